//! Where the programs are that tests need and Cargo does not build: which versions, and in which folder.
//!
//! `cargo xtask setup` puts them there, and includes this file so that both agree. A program is
//! addressed by its version, so another checkout or branch with other needs never disturbs this one.

// Each test, and the setup, uses a part of this file; and a test that cannot find its program fails.
#![allow(dead_code, clippy::disallowed_methods, clippy::expect_used, clippy::panic)]

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The kustomize that the tests run.
pub(crate) const KUSTOMIZE_VERSION: &str = "v5.8.1";

/// The kubectl that the tests run.
pub(crate) const KUBECTL_VERSION: &str = "v1.37.1";

/// The release of the tailscale.com module whose operator judges the generated objects.
pub(crate) const OPERATOR_VERSION: &str = "v1.102.3";

/// Overrides the place of kustomize.
pub(crate) const KUSTOMIZE_VARIABLE: &str = "TAILSCALE_EXPOSE_KUSTOMIZE";

/// Overrides the place of kubectl.
pub(crate) const KUBECTL_VARIABLE: &str = "TAILSCALE_EXPOSE_KUBECTL";

/// Overrides the place of the oracle.
pub(crate) const ORACLE_VARIABLE: &str = "TAILSCALE_EXPOSE_ORACLE";

/// The folder that holds one folder a program, or nothing if the environment names no place for it.
pub(crate) fn cache() -> Option<PathBuf> {
    let variable = |name| env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    variable("TAILSCALE_EXPOSE_CACHE")
        .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("tailscale-expose")))
        .or_else(|| Some(variable("HOME")?.join(".cache/tailscale-expose")))
}

/// Where kustomize belongs in the cache.
pub(crate) fn kustomize_in(cache: &Path) -> PathBuf {
    cache.join("kustomize").join(KUSTOMIZE_VERSION).join("kustomize")
}

/// Where kubectl belongs in the cache.
pub(crate) fn kubectl_in(cache: &Path) -> PathBuf {
    cache.join("kubectl").join(KUBECTL_VERSION).join("kubectl")
}

/// Where the oracle belongs in the cache: its version is the operator's and that of our Go files.
pub(crate) fn oracle_in(cache: &Path, checkout: &Path) -> io::Result<PathBuf> {
    let hash = oracle_sources(checkout)?.iter().try_fold(FNV_OFFSET, |hash, file| {
        let name = file.file_name().unwrap_or_default().as_encoded_bytes();
        let content = fs::read(file)?;
        io::Result::Ok([name, &content].iter().fold(hash, |hash, bytes| fnv(hash, bytes)))
    })?;
    Ok(cache.join("oracle").join(format!("{OPERATOR_VERSION}-{hash:016x}")).join("oracle"))
}

/// The oracle's Go files, sorted.
pub(crate) fn oracle_sources(checkout: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(checkout.join("tests/oracle"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "go") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The kustomize to run in a test.
///
/// # Panics
/// When it is not there.
pub(crate) fn kustomize() -> PathBuf {
    find(KUSTOMIZE_VARIABLE, "kustomize", |cache| Ok(kustomize_in(cache)))
}

/// The kubectl to run in a test.
///
/// # Panics
/// When it is not there.
pub(crate) fn kubectl() -> PathBuf {
    find(KUBECTL_VARIABLE, "kubectl", |cache| Ok(kubectl_in(cache)))
}

/// The oracle to run in a test of the given checkout.
///
/// # Panics
/// When it is not there.
pub(crate) fn oracle(checkout: &Path) -> PathBuf {
    find(ORACLE_VARIABLE, "the operator oracle", |cache| oracle_in(cache, checkout))
}

fn find(variable: &str, what: &str, in_cache: impl FnOnce(&Path) -> io::Result<PathBuf>) -> PathBuf {
    let path = match env::var_os(variable).filter(|v| !v.is_empty()) {
        Some(path) => PathBuf::from(path),
        None => {
            let cache = cache().expect("HOME, XDG_CACHE_HOME or TAILSCALE_EXPOSE_CACHE must be set");
            in_cache(&cache).expect("the checkout must be readable")
        }
    };
    assert!(path.is_file(), "{what} is not at {}: run `cargo xtask setup`", path.display());
    path
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, with the length in front so that no two lists of pieces look alike.
fn fnv(hash: u64, bytes: &[u8]) -> u64 {
    let length = (bytes.len() as u64).to_le_bytes();
    length.iter().chain(bytes).fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
