//! The function as WebAssembly: the same bytes in every host, from the files that are released.
//!
//! - `parity`: every golden case, as a request, and every kind of bad request: standard output, standard
//!   error and exit code are those of the library, in the command, in both of our hosts, in wasmtime, wazero
//!   and node.
//! - `module`: what the module is: its size, what it imports, what it needs of an engine.
//! - `krm_wasm`: the host of any function: a second function, hostile ones, and the cache; `limits`: what it limits.
//!
//! The files are those in `dist/` (`cargo xtask dist`); one that is missing fails, as a runtime does.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test runs programs, and fails where one is not there"
)]

mod krm_wasm;
mod limits;
mod module;
mod parity;
#[path = "../support/request.rs"]
mod request;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/tools.rs"]
mod tools;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(2);
    let mut trials: Vec<Trial> = parity::trials();
    trials.extend(module::trials());
    trials.extend(krm_wasm::trials());
    trials.extend(limits::trials());
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A test of one fact, in a group.
fn trial(group: &str, name: &str, run: fn() -> Result<(), String>) -> Trial {
    Trial::test(name, move || Ok(run()?)).with_kind(group)
}

/// Fails where two texts are not the same.
fn same(what: &str, wanted: &str, got: &str) -> Result<(), String> {
    if wanted == got { Ok(()) } else { Err(format!("{what} differs\n{}", support::bless::difference(wanted, got))) }
}
