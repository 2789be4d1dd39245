//! What the command does with its arguments, and how it ends.
//!
//! This part may touch files, the terminal and the environment; the library may not.
#![allow(clippy::disallowed_methods, reason = "the library is pure so that this part need not be")]

mod args;
mod carry_out;
mod function;
mod gather;
mod init;
mod install;
mod render;
mod write;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser};
use tailscale_expose::krm::Finding;
use tailscale_expose::report::{Colour, report};
use tailscale_expose::yaml::{Sources, visible};

use args::{Args, Command};

/// How a run ends. All other codes are reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// Everything is well.
    Done,
    /// A finding is an error, or what is on disk is stale.
    Found,
    /// The run could not go on.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Found => 1,
            Exit::Failed => 2,
        })
    }
}

/// Runs the command.
pub(crate) fn main() -> ExitCode {
    // Run as a legacy plugin, the only argument is a file that we do not need.
    let plugin = function::plugin_config();
    let ran = match &plugin {
        Some(config) => function::run(Some(config)),
        None => match arguments() {
            Ok(args) => run(args),
            Err(code) => return code,
        },
    };
    match ran {
        Ok(exit) => exit.into(),
        Err(error) if is_closed_pipe(&error) => Exit::Done.into(),
        Err(error) => {
            say_of("\u{1b}[1;31merror", &format!("{error:#}"));
            if let Some(help) =
                error.downcast_ref::<tailscale_expose::Error>().and_then(tailscale_expose::Error::advice)
            {
                say_of("\u{1b}[1;36mhelp", help);
            }
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

fn run(args: Args) -> Result<Exit> {
    match args.command {
        None => function::run(None),
        Some(Command::Render(options)) => render::run(&options),
        Some(Command::Init(options)) => init::run(&options),
        Some(Command::Install(options)) => install::run(&options),
        Some(Command::Schema) => {
            let schema = serde_json::to_string_pretty(&tailscale_expose::api::json_schema())?;
            writeln!(anstream::stdout(), "{schema}")?;
            Ok(Exit::Done)
        }
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "tailscale-expose", &mut script);
            std::io::stdout().write_all(&script)?;
            Ok(Exit::Done)
        }
    }
}

/// Whether an error only says that the reader of our output has gone.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Tells people one thing, on a line of its own whatever it quotes.
fn say(line: &str) {
    let _ = writeln!(anstream::stderr(), "{}", visible(line));
}

/// Tells people one thing, under a coloured word.
fn say_of(word: &str, line: &str) {
    let _ = writeln!(anstream::stderr(), "{word}\u{1b}[0m: {}", visible(line));
}

/// Tells people what was found; colour only on a terminal, `NO_COLOR` and `CLICOLOR_FORCE` honoured.
fn tell(findings: &[Finding], sources: &Sources) {
    let _ = write!(anstream::stderr(), "{}", report(findings, sources, Colour::Styled));
}
