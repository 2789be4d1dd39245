//! pip, for programs that PyPI has.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process;

/// Installs one package, and nothing that it depends on, into a folder; returns whether there is a pip.
pub(crate) fn install(package: &str, version: &str, folder: &Path, log: &Path) -> Result<bool> {
    let Some(mut pip) = find() else { return Ok(false) };
    pip.args(["install", "--quiet", "--no-deps", "--only-binary", ":all:", "--target"])
        .arg(folder)
        .arg(format!("{package}=={version}"));
    process::quietly(&mut pip, log)?;
    Ok(true)
}

/// The first pip that works.
fn find() -> Option<Command> {
    let ways: [&[&str]; 4] = [&["python3", "-m", "pip"], &["python", "-m", "pip"], &["pip3"], &["pip"]];
    ways.into_iter().find_map(|way| {
        let pip = || {
            let (program, first) = way.split_first()?;
            let mut command = Command::new(program);
            command.args(first);
            Some(command)
        };
        process::output(pip()?.arg("--version")).ok()?;
        pip()
    })
}
