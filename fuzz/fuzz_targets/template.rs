//! The grammar of placeholders, on arbitrary bytes and on texts built from it: nothing panics, the parts are
//! the whole text, and all that is said of one text agrees.
//!
//! `cargo +nightly fuzz run -s none template -- -max_len=512`
#![no_main]

#[path = "../../tests/flux/agree.rs"]
mod agree;
mod put;
#[path = "../../tests/flux/texts.rs"]
mod texts;

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use tailscale_expose::api::Template;

/// Executions, texts with placeholders, those that Flux takes.
static COUNTS: [AtomicUsize; 3] = [const { AtomicUsize::new(0) }; 3];

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    agree::on(text);
    let template = Template::of(text);
    let has_placeholder = template.has_placeholder();
    let found = [true, has_placeholder, has_placeholder && template.fault.is_none()];
    for (count, found) in COUNTS.iter().zip(found) {
        count.fetch_add(usize::from(found), Relaxed);
    }
    if COUNTS[0].load(Relaxed).is_multiple_of(1 << 18) {
        let [runs, placeholders, taken] = COUNTS.each_ref().map(|count| count.load(Relaxed));
        eprintln!("{runs} texts, {placeholders} with placeholders, {taken} of them taken");
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let bytes = texts::bytes_of(u64::from(seed), 120);
    let mut choices = texts::Choices(&bytes);
    let text = match (seed % 8, std::str::from_utf8(&data[..size])) {
        (0..=2, _) => texts::text(&mut choices),
        (3..=5, Ok(text)) => {
            let mut text = text.to_owned();
            texts::damage(&mut text, &mut choices);
            text
        }
        _ => return fuzzer_mutate(data, size, max_size),
    };
    put::put(data, max_size, &text)
});
