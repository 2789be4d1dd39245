//! The KRM function as a command of WASI preview 1: a question on standard input, its answer on
//! standard output, findings on standard error.
//!
//! It is what a host of WebAssembly runs: kustomize's proposal (KEP-4944, `wasip1: {file: …}`),
//! wasmtime, wazero, node and Yoke. The texts and exit codes are those of the native command. It asks
//! its host for nothing else: arguments, environment, clock and randomness are not looked at.
#![allow(clippy::disallowed_methods, reason = "the library is pure so that this program need not be")]

use std::io::{Read, Write};
use std::process::ExitCode;

use tailscale_expose::report::{Colour, report};
use tailscale_expose::{Error, respond};

fn main() -> ExitCode {
    match run() {
        Ok(has_errors) => ExitCode::from(u8::from(has_errors)),
        Err((message, help)) => {
            let mut stderr = std::io::stderr();
            let _ = writeln!(stderr, "error: {message}");
            if let Some(help) = help {
                let _ = writeln!(stderr, "help: {help}");
            }
            ExitCode::from(2)
        }
    }
}

/// Answers one question; returns whether one of the findings is an error, or the error and what to do.
fn run() -> Result<bool, (String, Option<String>)> {
    let plain = |message: String| (message, None);
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|error| plain(format!("cannot read standard input: {error}")))?;
    let question = String::from_utf8(bytes)
        .map_err(|error| plain(format!("the input must be UTF-8: byte {} is not", error.utf8_error().valid_up_to())))?;
    let told = |error: Error| (error.to_string(), error.advice().map(str::to_owned));
    let response = respond(question, None).map_err(told)?;
    let _ = std::io::stderr().write_all(report(&response.findings, &response.sources, Colour::Plain).as_bytes());
    let mut out = std::io::stdout().lock();
    let mut write =
        || response.pieces().try_for_each(|piece| out.write_all(piece.as_bytes())).and_then(|()| out.flush());
    write().map_err(|error| plain(error.to_string()))?;
    Ok(response.has_errors())
}
