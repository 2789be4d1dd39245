//! Stubs through `render`: nothing panics, and what comes out can be read.
//!
//! `cargo +nightly fuzz run -s none stub fuzz/corpus/stub tests/corpus tests/golden examples`
#![no_main]

#[allow(dead_code, reason = "each target builds what it needs")]
#[path = "../../tests/split/lists.rs"]
mod lists;
mod mutator;
mod put;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use tailscale_expose::report::{Colour, report};
use tailscale_expose::yaml::{Sources, documents};
use tailscale_expose::{Origin, render};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut sources = Sources::default();
    sources.add("stub.yaml", text);
    let rendering = render(&sources);
    for object in &rendering.objects {
        let mut written = Sources::default();
        let id = written.add("out.yaml", object.text.as_str());
        let parsed = documents(id, written.get(id).expect("it was added"));
        // What passes through may be broken; what is made or changed may not.
        if !matches!(object.origin, Origin::Passed) {
            let roots = parsed.iter().filter(|document| matches!(document.root, Ok(Some(_)))).count();
            assert!(roots == 1 && parsed.iter().all(|document| document.root.is_ok()), "{text}\n=>\n{}", object.text);
        }
    }
    let _ = report(&rendering.findings, &sources, Colour::Plain);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutator::mutate(data, size, max_size, seed, lists::stream)
});
