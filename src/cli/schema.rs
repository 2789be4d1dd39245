//! `schema`: the JSON Schema of the language, drawn from its declarations.

use std::io::Write;

use anyhow::Result;
use tailscale_expose::api::json_schema;

use super::exit::Exit;

/// Print the JSON Schema of stubs and profiles, for editors.
#[derive(Debug, clap::Args)]
pub(super) struct Schema;

impl Schema {
    /// Runs `schema`.
    pub(super) fn run(&self) -> Result<Exit> {
        let schema = serde_json::to_string_pretty(&json_schema())?;
        writeln!(anstream::stdout(), "{schema}")?;
        Ok(Exit::Done)
    }
}
