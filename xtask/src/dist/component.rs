//! The WebAssembly component: the world of `wit/world.wit`, which imports nothing.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use wit_component::{ComponentEncoder, DecodedWasm};

use super::{Artefact, Kit, module};

/// What the component is called in `dist/`.
pub(crate) const FILE: &str = "tailscale-expose.component.wasm";

/// Makes the component.
pub(crate) fn build(out: &Path, kit: &Kit<'_>) -> Result<Vec<Artefact>> {
    fs::create_dir_all(out)?;
    let compiled = module::compile(kit, "tailscale-expose-plugin")?;
    let small = compiled.with_extension("small.wasm");
    kit.node.wasm_opt(&compiled, &small, &kit.cache.log("wasm-opt"))?;
    let component = encode(&fs::read(&small)?)?;
    let path = out.join(FILE);
    fs::write(&path, &component).with_context(|| path.display().to_string())?;
    Ok(vec![Artefact { path, bytes: component.len() as u64 }])
}

/// Wraps a module, and looks at what came out.
fn encode(module: &[u8]) -> Result<Vec<u8>> {
    let component = ComponentEncoder::default().module(module)?.validate(true).encode()?;
    let DecodedWasm::Component(resolve, world) = wit_component::decode(&component)? else {
        anyhow::bail!("the encoder made a WIT package");
    };
    let world = resolve.worlds.get(world).context("the component has no world")?;
    ensure!(world.imports.is_empty(), "the component must import nothing, imports {:?}", world.imports.keys());
    Ok(component)
}
