//! A package of ours as a WebAssembly module without a system: compiled, not yet wrapped.

use std::path::PathBuf;

use anyhow::Result;

use super::Kit;

const TARGET: &str = "wasm32-unknown-unknown";

/// Compiles a package as a module that exports what its bindings say.
pub(super) fn compile(kit: &Kit<'_>, package: &str) -> Result<PathBuf> {
    let mut cargo = kit.toolchain.cargo("rustc", TARGET, &kit.flags());
    cargo.args(["--quiet", "--package", package, "--lib", "--profile", "small", "--crate-type", "cdylib"]);
    kit.compile(cargo)?;
    Ok(kit.target().join(TARGET).join("small").join(format!("{}.wasm", package.replace('-', "_"))))
}
