//! What the operator does with what we generate: every golden case, every example and the corpus.
//!
//! The judge is the operator itself (`tests/oracle`), started once for all worlds. Each case is a test:
//! `cargo test --features programs --test oracle -- repo41` runs some. `BLESS=1` rewrites `docs/corpus.md`.

#[allow(clippy::indexing_slicing, reason = "a field that is not there is null")]
#[path = "support/charts.rs"]
mod charts;
#[path = "support/oracle.rs"]
mod oracle;
mod oracle_cases;
#[allow(clippy::indexing_slicing, reason = "the table of a comparison has the sizes it is made with")]
mod support;
#[path = "support/tools.rs"]
mod tools;

use std::process::ExitCode;

fn main() -> ExitCode {
    libtest_mimic::run(&libtest_mimic::Arguments::from_args(), oracle_cases::trials()).exit_code()
}
