//! `completions`: a script for a shell, drawn from the arguments.

use std::io::Write;

use anyhow::Result;

use super::exit::Exit;

/// Print a completion script for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tailscale-expose completions bash > ~/.local/share/bash-completion/completions/tailscale-expose
  tailscale-expose completions fish > ~/.config/fish/completions/tailscale-expose.fish")]
pub(super) struct Completions {
    /// The shell.
    shell: clap_complete::Shell,
}

impl Completions {
    /// Runs `completions` for a command with all of its subcommands.
    pub(super) fn run(&self, mut command: clap::Command) -> Result<Exit> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "tailscale-expose", &mut script);
        std::io::stdout().write_all(&script)?;
        Ok(Exit::Done)
    }
}
