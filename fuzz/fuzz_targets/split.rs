//! The splitter against the full parser, on arbitrary bytes and on lists built to be hard.
//!
//! `cargo +nightly fuzz run -s none split -- -max_len=1024`
#![no_main]

#[path = "../../tests/split/agree.rs"]
mod agree;
#[path = "../../tests/split/lists.rs"]
mod lists;
mod mutator;
mod put;

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use agree::Outcome;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

/// Executions, answers, answers that the parser shares, those with several items, their items, the
/// certain kinds.
static COUNTS: [AtomicUsize; 6] = [const { AtomicUsize::new(0) }; 6];

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut found = [1, 0, 0, 0, 0, 0];
    match agree::on_list(text) {
        Outcome::NoAnswer => {}
        Outcome::OnlySplit => found[1] = 1,
        Outcome::Agreed { items, certain } => {
            [found[1], found[2], found[3], found[4], found[5]] = [1, 1, usize::from(items > 1), items, certain];
        }
    }
    for (count, found) in COUNTS.iter().zip(found) {
        count.fetch_add(found, Relaxed);
    }
    if COUNTS[0].load(Relaxed).is_multiple_of(1 << 18) {
        let [runs, answered, agreed, several, items, certain] = COUNTS.each_ref().map(|count| count.load(Relaxed));
        eprintln!(
            "{runs} texts, {answered} answered, {agreed} agreed ({several} with several items, {items} items, \
             {certain} certain kinds)"
        );
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutator::mutate(data, size, max_size, seed, lists::list)
});
