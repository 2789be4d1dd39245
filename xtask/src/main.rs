//! The project's chores, in one place and the same everywhere: `cargo xtask help`.
//!
//! What the tests need and Cargo does not build is installed by `setup` into a cache folder outside
//! the checkout; `test` is the one list of what a change must pass.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod bench;
mod bench_function;
mod bench_growth;
mod bench_growth_inputs;
mod bench_stats;
mod bench_wasm;
mod cache;
mod debian;
mod dist;
mod go;
mod kubectl;
mod node;
mod pip;
mod process;
mod setup;
mod steps;
mod term;
mod wasm;

// Where the built tools belong. The tests look there, so the rules are theirs.
#[path = "../../tests/support/tools.rs"]
mod tools;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

/// The chores of tailscale-expose.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what the tests need and Cargo does not build: the judges and hosts that they run
    Setup {
        /// Install this one alone (and Go, where it takes Go to build it)
        #[arg(long, value_name = "TOOL")]
        only: Option<setup::Tool>,
    },
    /// Check everything that a change must pass
    Test,
    /// Rewrite the files that are derived from others
    Bless,
    /// Make all that is released, in `dist/`
    Dist {
        /// Make these alone, and leave the rest as it is
        #[arg(long, value_name = "PART")]
        only: Vec<dist::Part>,
    },
    /// Measure what the command costs, and print a table
    Bench(bench::Options),
    /// Measure how the time of the function grows with its input, and print a table
    BenchGrowth(bench_growth::Options),
    /// Measure what the sandbox costs, against native code, and print a table
    BenchWasm(bench_wasm::Options),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            term::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let checkout = checkout()?;
    match command {
        Command::Setup { only } => setup::run(&checkout, only),
        Command::Test => steps::test(&checkout),
        Command::Bless => steps::bless(&checkout),
        Command::Dist { only } => dist::run(&checkout, &only),
        Command::Bench(options) => bench::run(&checkout, &options),
        Command::BenchGrowth(options) => bench_growth::run(&checkout, &options),
        Command::BenchWasm(options) => bench_wasm::run(&checkout, &options),
    }
}

/// The checkout that this program was built from, whatever the current folder.
fn checkout() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here.parent().context("xtask must be a folder of the checkout")?.to_owned())
}
