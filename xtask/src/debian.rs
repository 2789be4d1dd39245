//! What only a distribution brings: programs that come as packages of Debian.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::cache::Cache;
use crate::{process, term, tools};

/// Programs that are needed together, and the packages that hold them.
pub(crate) struct Wanted {
    name: &'static str,
    /// One program of each row must be there; the first row's says its version.
    programs: &'static [&'static [&'static str]],
    packages: &'static [&'static str],
}

/// A browser without a window.
pub(crate) const BROWSER: Wanted = Wanted { name: "browser", programs: &[&tools::BROWSERS], packages: &["chromium"] };

/// What runs a container without a daemon.
pub(crate) const CONTAINER: Wanted =
    Wanted { name: "container", programs: &[&["podman"], &["runc"]], packages: &["podman", "runc"] };

/// Finds programs, or installs their packages; returns the version, and whether it installed.
pub(crate) fn provide(cache: &Cache, wanted: &Wanted) -> Result<(String, bool)> {
    if let Some(version) = version(wanted) {
        return Ok((version, false));
    }
    let _lock = cache.lock(wanted.name)?;
    if let Some(version) = version(wanted) {
        return Ok((version, false));
    }
    install(cache, wanted.packages)?;
    let version = version(wanted).with_context(|| format!("{} is not on PATH", wanted.packages.join(" ")))?;
    Ok((version, true))
}

/// Whether packages can be installed from here.
pub(crate) fn can_install() -> bool {
    let is_root = process::output(Command::new("id").arg("-u")).is_ok_and(|id| id == "0");
    is_root && process::output(Command::new("apt-get").arg("--version")).is_ok()
}

/// Installs packages, without what they recommend.
pub(crate) fn install(cache: &Cache, packages: &[&str]) -> Result<()> {
    let (list, log) = (packages.join(" "), cache.log("debian"));
    if !can_install() {
        bail!("this needs packages; type:\n    sudo apt-get install --no-install-recommends {list}");
    }
    term::note(&format!("apt-get install {list}"));
    process::quietly(apt_get().arg("update"), &log)?;
    process::quietly(apt_get().args(["install", "-y", "--no-install-recommends"]).args(packages), &log)
}

/// What the first program says of its version, where every program is there.
fn version(wanted: &Wanted) -> Option<String> {
    let found: Option<Vec<_>> = wanted.programs.iter().map(|names| tools::on_path(names)).collect();
    let said = process::output(Command::new(found?.first()?).arg("--version")).ok()?;
    let number = said.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()));
    Some(number.unwrap_or("unknown").to_owned())
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").args(["-o", "DPkg::Lock::Timeout=300"]);
    command
}
