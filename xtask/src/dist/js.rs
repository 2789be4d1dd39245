//! The npm package: wasm-bindgen's glue, our modules around it, and a manifest.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::json;
use wasm_bindgen_cli_support::Bindgen;

use super::{Artefact, Kit, module};
use crate::cache::remove;
use crate::node::Node;
use crate::{process, term};

/// The files that are written by hand; README.md and the types are what npm shows.
const WRITTEN: [&str; 5] = ["README.md", "api.js", "index.d.ts", "index.js", "node.js"];

/// Makes the package's folder, and packs it.
pub(crate) fn build(out: &Path, kit: &Kit<'_>) -> Result<Vec<Artefact>> {
    let folder = out.join("js");
    remove(&folder)?;
    fs::create_dir_all(&folder)?;
    let compiled = module::compile(kit, "tailscale-expose-js")?;
    let mut bindgen = Bindgen::new();
    bindgen.input_path(&compiled).out_name("core").typescript(false).web(true)?;
    // After a call that trapped there must be a fresh instance (`api.js`).
    bindgen.reset_state_function(true);
    // The two entries say where the module is; without this the glue would name it, too.
    bindgen.omit_default_module_path(true).generate(&folder)?;
    let wasm = folder.join("core_bg.wasm");
    kit.node.wasm_opt(&wasm, &wasm, &kit.cache.log("wasm-opt"))?;
    for name in WRITTEN {
        let from = kit.checkout.join("plugin/js/package").join(name);
        fs::copy(&from, folder.join(name)).with_context(|| from.display().to_string())?;
    }
    fs::copy(kit.checkout.join("LICENSE"), folder.join("LICENSE"))?;
    fs::write(folder.join("package.json"), manifest()?)?;
    let small = Node::brotli(&wasm)?;
    term::note(&format!("{} is {small} bytes when compressed by brotli", wasm.display()));
    let mut npm = Command::new("npm");
    npm.args(["pack", "--silent", "--pack-destination"]).arg(out).current_dir(&folder);
    let packed = out.join(process::output(&mut npm)?);
    let bytes = |path: &Path| -> Result<u64> { Ok(fs::metadata(path)?.len()) };
    Ok(vec![Artefact { bytes: bytes(&wasm)?, path: wasm }, Artefact { bytes: bytes(&packed)?, path: packed }])
}

/// Returns `package.json`.
fn manifest() -> Result<String> {
    let manifest = json!({
        "name": "tailscale-expose",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Expose anything on a tailnet from git: short stubs in, complete Kubernetes manifests out",
        "keywords": ["tailscale", "kubernetes", "kustomize", "krm", "gitops", "wasm"],
        "license": env!("CARGO_PKG_LICENSE"),
        "type": "module",
        "types": "./index.d.ts",
        "exports": {
            ".": {"types": "./index.d.ts", "node": "./node.js", "default": "./index.js"},
            "./core_bg.wasm": "./core_bg.wasm",
            "./package.json": "./package.json",
        },
        // Importing an entry loads the module.
        "sideEffects": ["./index.js", "./node.js"],
        "engines": {"node": ">=20"},
        "files": ["*.js", "*.wasm", "index.d.ts"],
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&manifest)?))
}
