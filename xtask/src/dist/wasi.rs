//! The function as a command of WASI preview 1: `tailscale-expose.wasm`.

use std::path::Path;

use anyhow::Result;

use super::{Artefact, Kit};

/// What the module is called.
pub(crate) const MODULE: &str = "tailscale-expose.wasm";

/// Rust's name of the system.
pub(crate) const TARGET: &str = "wasm32-wasip1";

/// Compiles and shrinks the module.
pub(crate) fn build(out: &Path, kit: &Kit<'_>) -> Result<Vec<Artefact>> {
    let mut cargo = kit.toolchain.cargo("build", TARGET, &kit.flags());
    cargo.args(["--package", "tailscale-expose-wasi", "--profile", "small"]);
    kit.compile(cargo)?;
    let compiled = kit.target().join(TARGET).join("small/tailscale-expose-wasi.wasm");
    let module = out.join(MODULE);
    kit.node.wasm_opt(&compiled, &module, &kit.cache.log("wasm-opt"))?;
    Ok(vec![Artefact::file(module)?])
}
