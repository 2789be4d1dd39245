//! The plan: an error takes nothing away, nothing foreign goes, and nothing is lost, whatever was there.
//!
//! Cases are made from bytes; the fuzz targets `plan_wire` and `plan_folder` play them, too.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::panic,
    clippy::print_stderr,
    clippy::string_slice,
    reason = "a test that finds something unexpected says so, and fails"
)]

mod folder;
mod found;
mod items;
#[allow(dead_code, reason = "the splitter's tests need the rest")]
#[path = "../split/lists.rs"]
mod lists;
mod model;
mod trees;
mod wire;

use std::panic::{catch_unwind, resume_unwind};

use items::Seen;

/// Plays cases of many seeds, and says which of them fails.
fn sum(cases: u64, len: usize, check: fn(&[u8]) -> Seen) -> Seen {
    let mut all = Seen::default();
    for seed in 0..cases {
        let bytes = lists::bytes_of(seed, len);
        let seen = catch_unwind(|| check(&bytes)).unwrap_or_else(|panic| {
            eprintln!("of seed {seed}");
            resume_unwind(panic)
        });
        all.sound += seen.sound;
        all.faulty += seen.faulty;
        all.kept += seen.kept;
        all.removed += seen.removed;
    }
    all
}

/// Returns how many cases are played; `PLAN_CASES` asks for more.
fn cases(few: u64) -> u64 {
    std::env::var("PLAN_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(few)
}

#[test]
fn on_the_wire_nothing_is_lost() {
    let all = sum(cases(800), 120, wire::check);
    // Cases that are all alike would prove nothing.
    assert!(all.sound > 300 && all.faulty > 300 && all.kept > 300 && all.removed > 20, "{all:?}");
}

#[test]
fn on_disk_nothing_is_lost() {
    let all = sum(cases(800), 200, folder::check);
    assert!(all.sound > 100 && all.faulty > 100 && all.kept > 100 && all.removed > 20, "{all:?}");
}
