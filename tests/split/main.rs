//! The splitter: what it refuses, which kinds it is sure of, and that it agrees with the full parser.
//!
//! A wrong answer would lose or mix up objects of a build, so the tables hold every trap that was found,
//! and the properties, the fuzz target `fuzz/fuzz_targets/split.rs` and the comparison with Go's readers
//! (`fuzz/goreader`) look for more.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that finds something unexpected fails"
)]

mod agree;
mod answers;
mod kinds;
mod lists;
mod properties;
mod refusals;
