//! The KRM function: a ResourceList on standard input, a ResourceList on standard output.

use std::io::{IsTerminal, Read, Write};

use anyhow::{Context, Result};
use clap::CommandFactory;
use tailscale_expose::respond;

use super::args::Args;
use super::{Exit, tell};

/// Answers one request; on a terminal there is none, so the help is printed.
pub(super) fn run() -> Result<Exit> {
    let mut stdin = std::io::stdin();
    if stdin.is_terminal() {
        write!(anstream::stderr(), "{}", Args::command().render_long_help().ansi())?;
        return Ok(Exit::Failed);
    }
    let mut request = String::new();
    stdin.read_to_string(&mut request).context("cannot read the request: it must be UTF-8")?;
    let response = respond(request, None)?;
    // The orchestrator drops `results`, so people are told here.
    tell(&response.findings, &response.sources);
    let mut out = std::io::stdout().lock();
    for piece in response.pieces() {
        out.write_all(piece.as_bytes())?;
    }
    out.flush()?;
    Ok(if response.has_errors() { Exit::Found } else { Exit::Done })
}
