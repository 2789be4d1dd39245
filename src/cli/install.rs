//! `install`: a copy of this program in a folder. A running copy there is replaced, not written over.
//!
//! For init containers that hand the program to another container, and for the folder in which
//! kubectl's kustomize looks for plugins.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::exit::Exit;
use super::tell::say;
use super::write;

/// Copy this program into a folder, for containers without `cp`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tailscale-expose install /custom-tools
  tailscale-expose install --name TailscaleExpose \\
    ~/.config/kustomize/plugin/tailscale-expose.dev/v1alpha1/tailscaleexpose")]
pub(super) struct Install {
    /// The folder; it is made if it is not there.
    folder: PathBuf,
    /// The name of the copy.
    #[arg(long, default_value = "tailscale-expose")]
    name: String,
}

impl Install {
    /// Runs `install`.
    pub(super) fn run(&self) -> Result<Exit> {
        if self.name.is_empty() || self.name.contains(['/', '\\']) {
            bail!("the name \"{}\" must be a file's name", self.name);
        }
        let program = std::env::current_exe().context("cannot tell where this program is")?;
        let target = self.folder.join(&self.name);
        fs::create_dir_all(&self.folder).with_context(|| format!("cannot write {}", target.display()))?;
        write::copy(&program, &target)?;
        say(&format!("wrote: {}", target.display()));
        Ok(Exit::Done)
    }
}
