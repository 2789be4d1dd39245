//! `install`: a copy of this program in a folder. A running copy there is replaced, not written over.

use std::fs;

use anyhow::{Context, Result, bail};

use super::args::Install;
use super::{Exit, say, write};

/// Runs `install`.
pub(super) fn run(options: &Install) -> Result<Exit> {
    if options.name.is_empty() || options.name.contains(['/', '\\']) {
        bail!("the name \"{}\" must be a file's name", options.name);
    }
    let program = std::env::current_exe().context("cannot tell where this program is")?;
    let target = options.folder.join(&options.name);
    fs::create_dir_all(&options.folder).with_context(|| format!("cannot write {}", target.display()))?;
    write::copy(&program, &target)?;
    say(&format!("wrote: {}", target.display()));
    Ok(Exit::Done)
}
