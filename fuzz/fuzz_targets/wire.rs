//! Questions through `respond`: nothing panics, and the answer can be read.
//!
//! `cargo +nightly fuzz run -s none wire fuzz/corpus/wire fuzz/corpus/split tests/golden`
#![no_main]

#[allow(dead_code, reason = "each target builds what it needs")]
#[path = "../../tests/split/lists.rs"]
mod lists;
mod mutator;
mod put;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use tailscale_expose::respond;
use tailscale_expose::yaml::{Sources, documents};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(answer) = respond(text.to_owned(), None).map(|response| response.text()) else { return };
    // A foreign item that is broken goes on as it came, and nobody can read the answer either.
    assert!(is_readable(&answer) || !is_readable(text), "{text}\n=>\n{answer}");
});

fn is_readable(text: &str) -> bool {
    let mut sources = Sources::default();
    let id = sources.add("", text);
    documents(id, sources.get(id).expect("it was added")).iter().all(|document| document.root.is_ok())
}

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutator::mutate(data, size, max_size, seed, lists::list)
});
