//! The cache folder: each tool is built aside and moved into place when it is whole.
//!
//! Two setups may run at once (a lock a tool), and one may be killed at any moment (what it leaves
//! is thrown away by the next).

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::{term, tools};

/// How many versions of a tool are kept. A build of the oracle is large, and each edit makes one.
const KEPT: usize = 4;

/// How the folder of a build that is under way begins.
const ASIDE: &str = ".building-";

/// The cache, and what its files are called.
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Opens the cache that the environment names.
    pub(crate) fn open() -> Result<Self> {
        let folder = tools::cache().context("there is no place for built tools: set TAILSCALE_EXPOSE_CACHE")?;
        Self::at(folder)
    }

    /// Opens the cache in a folder, which is made.
    pub(crate) fn at(folder: PathBuf) -> Result<Self> {
        let folder = std::path::absolute(folder)?;
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        Ok(Self { folder })
    }

    /// The folder itself.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The log of a tool's installation.
    pub(crate) fn log(&self, tool: &str) -> PathBuf {
        self.folder.join("log").join(format!("{tool}.log"))
    }

    /// Makes others that install the same tool wait until the result is dropped.
    pub(crate) fn lock(&self, tool: &str) -> Result<File> {
        let path = self.folder.join(format!("{tool}.lock"));
        let file = File::create(&path).with_context(|| path.display().to_string())?;
        if file.try_lock().is_err() {
            term::note(&format!("waiting for another setup that installs {tool}"));
            file.lock().with_context(|| path.display().to_string())?;
        }
        Ok(file)
    }

    /// Builds what belongs at `path` (`<tool>/<version>/<program>` in the cache), unless it is there.
    ///
    /// `build` gets an empty folder, and leaves in it all that the version's folder will hold.
    pub(crate) fn provide(&self, path: &Path, build: impl FnOnce(&Path) -> Result<()>) -> Result<bool> {
        let version = path.parent().context("a tool must have a folder")?;
        let tool = version.parent().context("a version must have a folder")?;
        if path.is_file() {
            return Ok(false);
        }
        let name = tool.file_name().unwrap_or_default().to_string_lossy();
        let _lock = self.lock(&name)?;
        if path.is_file() {
            return Ok(false);
        }
        fs::create_dir_all(tool).with_context(|| tool.display().to_string())?;
        clean(tool)?;
        // Of its own name, because what a killed setup started may go on for a while.
        let aside = tool.join(format!("{ASIDE}{}", std::process::id()));
        fs::create_dir_all(&aside).with_context(|| aside.display().to_string())?;
        build(&aside)?;
        remove(version)?;
        fs::rename(&aside, version).with_context(|| version.display().to_string())?;
        prune(tool, version)?;
        Ok(true)
    }
}

/// Removes a folder; it need not exist.
pub(crate) fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| folder.display().to_string())
        }
        _ => Ok(()),
    }
}

/// Removes what setups that were killed have left. What still writes there is in nobody's way.
fn clean(tool: &Path) -> Result<()> {
    for entry in fs::read_dir(tool)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(ASIDE) {
            let _ = remove(&entry.path());
        }
    }
    Ok(())
}

/// Removes the oldest versions of a tool, but never the one just made.
fn prune(tool: &Path, newest: &Path) -> Result<()> {
    let mut versions = Vec::new();
    for entry in fs::read_dir(tool)? {
        let entry = entry?;
        if entry.path() != newest {
            versions.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    versions.sort();
    for (_, old) in versions.iter().rev().skip(KEPT - 1) {
        remove(old)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path().join("cache")).unwrap();
        (folder, cache)
    }

    fn write(text: &'static str) -> impl FnOnce(&Path) -> Result<()> {
        move |folder| Ok(fs::write(folder.join("prog"), text)?)
    }

    #[test]
    fn a_tool_is_built_once() {
        let (_folder, cache) = cache();
        let path = cache.folder().join("tool/v1/prog");
        assert!(cache.provide(&path, write("first")).unwrap());
        assert!(!cache.provide(&path, write("second")).unwrap());
        assert_eq!(fs::read_to_string(path).unwrap(), "first");
    }

    #[test]
    fn a_build_that_stopped_half_way_leaves_nothing_behind() {
        let (_folder, cache) = cache();
        let path = cache.folder().join("tool/v1/prog");
        let failed = cache.provide(&path, |folder| {
            fs::write(folder.join("prog"), "half")?;
            anyhow::bail!("stopped")
        });
        assert_eq!(failed.unwrap_err().to_string(), "stopped");
        assert!(!path.exists());
        assert!(cache.provide(&path, write("whole")).unwrap());
        assert_eq!(fs::read_to_string(path).unwrap(), "whole");
    }

    #[test]
    fn of_two_at_once_one_builds_and_the_other_waits() {
        let (_folder, cache) = cache();
        let path = cache.folder().join("tool/v1/prog");
        let slow = |folder: &Path| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            write("built")(folder)
        };
        let built = std::thread::scope(|scope| {
            let both = [(); 2].map(|()| scope.spawn(|| cache.provide(&path, slow).unwrap()));
            both.map(|one| one.join().unwrap())
        });
        assert_eq!(built.iter().filter(|b| **b).count(), 1);
    }

    #[test]
    fn old_versions_go_and_the_new_one_stays() {
        let (_folder, cache) = cache();
        for version in 0..KEPT + 3 {
            let path = cache.folder().join(format!("tool/v{version}/prog"));
            cache.provide(&path, write("built")).unwrap();
        }
        assert_eq!(fs::read_dir(cache.folder().join("tool")).unwrap().count(), KEPT);
        assert!(cache.folder().join(format!("tool/v{}/prog", KEPT + 2)).exists());
    }
}
