//! `install`: a copy of this program in a folder. A running copy there is replaced, not written over.

use std::fs;
use std::io::Write;

use anyhow::{Context, Result, bail};

use super::Exit;
use super::args::Install;

/// Runs `install`.
pub(super) fn run(options: &Install) -> Result<Exit> {
    if options.name.is_empty() || options.name.contains(['/', '\\']) {
        bail!("the name \"{}\" must be a file's name", options.name);
    }
    let program = std::env::current_exe().context("cannot tell where this program is")?;
    let target = options.folder.join(&options.name);
    let failed = || format!("cannot write {}", target.display());
    fs::create_dir_all(&options.folder).with_context(failed)?;
    let part = options.folder.join(format!(".{}.part", options.name));
    // The copy keeps the permissions of the program.
    fs::copy(&program, &part).with_context(failed)?;
    fs::rename(&part, &target).with_context(failed)?;
    writeln!(anstream::stderr(), "wrote: {}", target.display())?;
    Ok(Exit::Done)
}
