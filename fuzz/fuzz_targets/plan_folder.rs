//! Trees of files that are rendered, damaged, and rendered again: an error takes nothing away, nothing
//! that was not generated is touched, and nothing is lost.
//!
//! `cargo +nightly fuzz run -s none --no-trace-compares plan_folder -- -max_len=4096 -entropic=0`
#![no_main]

#[path = "../../tests/plan/folder.rs"]
mod folder;
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
#[path = "../../tests/plan/trees.rs"]
mod trees;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use tally::Tally;

static TALLY: Tally = Tally::new();

fuzz_target!(|data: &[u8]| {
    let seen = folder::check(data);
    TALLY.add([seen.sound, seen.faulty, seen.kept, seen.removed]);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    match seed % 8 {
        0 => tally::fresh(data, max_size, seed),
        _ => fuzzer_mutate(data, size, max_size),
    }
});
