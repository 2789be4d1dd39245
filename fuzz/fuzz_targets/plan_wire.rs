//! Questions that are answered, damaged, and answered again on top of the answer: an error takes nothing
//! away, nothing foreign goes, and nothing is lost.
//!
//! `cargo +nightly fuzz run -s none --no-trace-compares plan_wire -- -max_len=4096 -entropic=0`
#![no_main]

#[allow(dead_code, reason = "each target looks at what it needs")]
#[path = "../../tests/plan/items.rs"]
mod items;
#[allow(dead_code, reason = "each target builds what it needs")]
#[path = "../../tests/split/lists.rs"]
mod lists;
#[allow(dead_code, reason = "each target builds what it needs")]
#[path = "../../tests/plan/model.rs"]
mod model;
mod tally;
#[path = "../../tests/plan/wire.rs"]
mod wire;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use tally::Tally;

static TALLY: Tally = Tally::new();

fuzz_target!(|data: &[u8]| {
    let seen = wire::check(data);
    TALLY.add([seen.sound, seen.faulty, seen.kept, seen.removed]);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    match seed % 8 {
        0 => tally::fresh(data, max_size, seed),
        _ => fuzzer_mutate(data, size, max_size),
    }
});
