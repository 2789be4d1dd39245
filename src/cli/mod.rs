//! The commands and how they are run; a command's arguments, help and work are one file.
//!
//! This part may touch files, the terminal and the environment; the library may not.
#![allow(clippy::disallowed_methods, reason = "the library is pure so that this part need not be")]

mod carry_out;
mod completions;
mod exit;
mod function;
mod gather;
mod init;
mod install;
mod render;
mod schema;
mod tell;
mod write;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};
use tailscale_expose::yaml::visible;

use exit::Exit;

/// Exposes anything on a tailnet from git: short stubs in, complete Kubernetes manifests out.
///
/// Without a command it is a KRM function, as kustomize runs it: a ResourceList on standard input, a
/// ResourceList on standard output, findings on standard error.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "\
Examples:
  tailscale-expose init                     write a first stub for the app in this folder
  tailscale-expose render                   print what the stubs in this folder become
  tailscale-expose render --beside apps     write it next to each stub, for Flux or Argo CD
  tailscale-expose render --beside --check apps
                                            fail if that is out of date, for CI

Exit codes: 0 done, 1 a finding is an error or a file is out of date, 2 the run could not go on."
)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    Render(render::Render),
    Init(init::Init),
    Install(install::Install),
    Schema(schema::Schema),
    Completions(completions::Completions),
}

impl Command {
    fn run(&self) -> Result<Exit> {
        match self {
            Self::Render(render) => render.run(),
            Self::Init(init) => init.run(),
            Self::Install(install) => install.run(),
            Self::Schema(schema) => schema.run(),
            Self::Completions(completions) => completions.run(Args::command()),
        }
    }
}

/// Runs the command.
pub(crate) fn main() -> ExitCode {
    // Run as a legacy plugin, the only argument is a file that we do not need.
    let plugin = function::plugin_config();
    let ran = match &plugin {
        Some(config) => function::run(Some(config)),
        None => match arguments() {
            Ok(Args { command: Some(command) }) => command.run(),
            Ok(Args { command: None }) if std::io::stdin().is_terminal() => help(),
            Ok(Args { command: None }) => function::run(None),
            Err(code) => return code,
        },
    };
    match ran {
        Ok(exit) => exit.into(),
        Err(error) if is_closed_pipe(&error) => Exit::Done.into(),
        Err(error) => {
            tell::tell_error(&error);
            Exit::Failed.into()
        }
    }
}

/// Reads the arguments; where they are refused, or help is asked for, that is printed.
///
/// What clap says quotes the arguments as they are, so it is asked again about arguments that can be shown.
fn arguments() -> Result<Args, ExitCode> {
    let refused = match Args::try_parse() {
        Ok(args) => return Ok(args),
        Err(refused) => refused,
    };
    let shown = std::env::args_os().map(|argument| visible(&argument.to_string_lossy()).into_owned());
    let refused = Args::try_parse_from(shown).err().unwrap_or(refused);
    let _ = refused.print();
    Err(ExitCode::from(u8::try_from(refused.exit_code()).unwrap_or(2)))
}

/// A terminal asks the function nothing, so the help is printed.
fn help() -> Result<Exit> {
    write!(anstream::stderr(), "{}", Args::command().render_long_help().ansi())?;
    Ok(Exit::Failed)
}

/// Whether an error only says that the reader of our output has gone.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
