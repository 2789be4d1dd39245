//! The KRM function: a ResourceList on standard input, a ResourceList on standard output.
//!
//! Also kustomize's legacy exec plugin, which hands the config over in the environment and the items
//! as a plain stream (kustomize `api/internal/plugins/execplugin/execplugin.go`): it is what kubectl
//! can run, which never runs exec functions.

use std::io::{Read, Write};

use anyhow::{Context, Result, bail};
use tailscale_expose::respond;

use super::exit::Exit;
use super::tell::tell;

/// What the legacy plugin loader sets; arguments alone do not tell, because they are a file name.
const PLUGIN_CONFIG: &str = "KUSTOMIZE_PLUGIN_CONFIG_STRING";

/// Returns the config of the legacy plugin that kustomize runs us as.
pub(super) fn plugin_config() -> Option<String> {
    std::env::var(PLUGIN_CONFIG).ok()
}

/// Answers one question.
pub(super) fn run(plugin: Option<&str>) -> Result<Exit> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
    if u32::try_from(bytes.len()).is_err() {
        bail!("the input must be smaller than 4 GiB");
    }
    let question = String::from_utf8(bytes).map_err(|error| {
        anyhow::anyhow!("the input must be UTF-8: byte {} is not", error.utf8_error().valid_up_to())
    })?;
    let response = respond(question, plugin)?;
    // kustomize drops `results`, so people are told here, too.
    tell(&response.findings, &response.sources);
    let mut out = std::io::stdout().lock();
    for piece in response.pieces() {
        out.write_all(piece.as_bytes())?;
    }
    out.flush()?;
    Ok(if response.has_errors() { Exit::Found } else { Exit::Done })
}
