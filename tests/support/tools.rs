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

/// The wazero that runs our module, as a kustomize with wasm (KEP-4944), Helm and Yoke would.
pub(crate) const WAZERO_VERSION: &str = "v1.9.0";

/// The release of the tailscale.com module whose operator judges the generated objects.
pub(crate) const OPERATOR_VERSION: &str = "v1.102.3";

/// The wasmtime that runs components in the tests: its package for Python.
pub(crate) const WASMTIME_VERSION: &str = "48.0.0";

/// The oldest node that runs what is packaged.
pub(crate) const OLDEST_NODE: u32 = 20;

/// Overrides the place of kustomize.
pub(crate) const KUSTOMIZE_VARIABLE: &str = "TAILSCALE_EXPOSE_KUSTOMIZE";

/// Overrides the place of kubectl.
pub(crate) const KUBECTL_VARIABLE: &str = "TAILSCALE_EXPOSE_KUBECTL";

/// Overrides the place of wazero.
pub(crate) const WAZERO_VARIABLE: &str = "TAILSCALE_EXPOSE_WAZERO";

/// Overrides the place of what `cargo xtask dist` made.
pub(crate) const DIST_VARIABLE: &str = "TAILSCALE_EXPOSE_DIST";

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

/// Where wazero belongs in the cache.
pub(crate) fn wazero_in(cache: &Path) -> PathBuf {
    cache.join("wazero").join(WAZERO_VERSION).join("wazero")
}

/// What says that wasmtime's package for Python is whole; the package lies beside it.
pub(crate) fn wasmtime_in(cache: &Path) -> PathBuf {
    cache.join("wasmtime").join(WASMTIME_VERSION).join("installed")
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

/// Where the packages of node belong in the cache: their version is that of the lock file.
pub(crate) fn node_modules_in(cache: &Path, checkout: &Path) -> io::Result<PathBuf> {
    let lock = fs::read(checkout.join("xtask/node/package-lock.json"))?;
    Ok(cache.join("node").join(format!("{:016x}", fnv(FNV_OFFSET, &lock))).join("node_modules"))
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

/// The wazero to run in a test.
///
/// # Panics
/// When it is not there.
pub(crate) fn wazero() -> PathBuf {
    find(WAZERO_VARIABLE, "wazero", |cache| Ok(wazero_in(cache)))
}

/// A file that `cargo xtask dist` made, of the given checkout.
///
/// # Panics
/// When it is not there.
pub(crate) fn dist(checkout: &Path, name: &str) -> PathBuf {
    let folder = env::var_os(DIST_VARIABLE).map_or_else(|| checkout.join("dist"), PathBuf::from);
    let path = folder.join(name);
    assert!(path.is_file(), "{} is not there: run `cargo xtask dist`", path.display());
    path
}

/// The same for a program, which has the platform in its name.
///
/// # Panics
/// When it is not there.
pub(crate) fn dist_program(checkout: &Path, name: &str) -> PathBuf {
    let platform = match env::consts::ARCH {
        "x86_64" => "linux-amd64",
        "aarch64" => "linux-arm64",
        other => panic!("there are no releases for {other}"),
    };
    dist(checkout, &format!("{name}-{platform}"))
}

/// The folder that holds wasmtime's package for Python.
///
/// # Panics
/// When it is not there.
pub(crate) fn wasmtime() -> PathBuf {
    let cache = cache().expect("HOME, XDG_CACHE_HOME or TAILSCALE_EXPOSE_CACHE must be set");
    let path = wasmtime_in(&cache);
    assert!(path.is_file(), "wasmtime for Python is not at {}: run `cargo xtask setup`", path.display());
    path.with_file_name("")
}

/// The oracle to run in a test of the given checkout.
///
/// # Panics
/// When it is not there.
pub(crate) fn oracle(checkout: &Path) -> PathBuf {
    find(ORACLE_VARIABLE, "the operator oracle", |cache| oracle_in(cache, checkout))
}

/// The packages of node to use in a test of the given checkout.
///
/// # Panics
/// When they are not there.
pub(crate) fn node_modules(checkout: &Path) -> PathBuf {
    let cache = cache().expect("HOME, XDG_CACHE_HOME or TAILSCALE_EXPOSE_CACHE must be set");
    let path = node_modules_in(&cache, checkout).expect("the checkout must be readable");
    assert!(path.is_dir(), "the packages of node are not at {}: run `cargo xtask setup`", path.display());
    path
}

/// The first of some programs that is on PATH.
pub(crate) fn on_path(names: &[&str]) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file()))
}

/// What a browser without a window may be called.
pub(crate) const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

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

/// What node runs to tell how large a file is when a web server has compressed it as well as it can.
pub(crate) const BROTLI: &str = "const {brotliCompressSync: c, constants: k} = require('node:zlib');\
    const data = require('node:fs').readFileSync(process.argv[1]);\
    console.log(c(data, {params: {[k.BROTLI_PARAM_QUALITY]: 11, [k.BROTLI_PARAM_SIZE_HINT]: data.length}}).length)";
