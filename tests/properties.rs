//! Properties: what holds for every input, tried on many that nobody would think of.
//!
//! The inputs are the same in each run; `PROPTEST_RNG_SEED` and `PROPTEST_CASES` try others, and more.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test touches files and programs, and may fail"
)]

#[path = "properties/entries.rs"]
mod entries;
#[path = "properties/levels.rs"]
mod levels;
#[path = "properties/literals.rs"]
mod literals;
#[path = "properties/logs.rs"]
mod logs;
#[path = "properties/readers.rs"]
mod readers;
mod support;
#[path = "properties/survival.rs"]
mod survival;
#[path = "properties/switches.rs"]
mod switches;
#[path = "properties/texts.rs"]
mod texts;

use std::env;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use support::{Case, cases};

const HEAD: &str =
    "apiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExpose\nmetadata: {name: app, namespace: apps}\n";

fn config(cases: u32) -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    if env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(20);
    }
    config
}

/// Returns the texts of all golden stubs: sound ones and bad ones.
fn golden() -> &'static [String] {
    static TEXTS: LazyLock<Vec<String>> =
        LazyLock::new(|| cases().iter().flat_map(Case::inputs).map(|(_, text)| text).collect());
    &TEXTS
}
