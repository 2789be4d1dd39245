//! The command: arguments and files around the library, which does the work.
//!
//! Without a subcommand it is a KRM function: a ResourceList on standard input, a ResourceList on
//! standard output.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
