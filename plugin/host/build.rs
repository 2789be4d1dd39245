//! Puts the compiled function where the program includes it.
//!
//! `cargo xtask dist` names its file. All other builds (an editor's, clippy's) need none: they get a
//! stand-in of no bytes, with which the program says that it has no function.

use std::path::PathBuf;
use std::{env, fs, io};

const VARIABLE: &str = "TAILSCALE_EXPOSE_CODE";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    let folder = env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    let code = match env::var_os(VARIABLE) {
        Some(path) => {
            println!("cargo::rerun-if-changed={}", path.to_string_lossy());
            fs::read(path)?
        }
        None => Vec::new(),
    };
    fs::write(folder.join("function.cwasm"), code)
}
