//! Node's packages: jco, wasm-opt and the TypeScript compiler, as `xtask/node/package-lock.json` pins them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::cache::Cache;
use crate::{process, term, tools};

/// What every host that we know understands; `--all-features` makes modules that wazero refuses.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-multivalue",
    "--enable-reference-types",
];

/// Node, with the packages.
pub(crate) struct Node {
    modules: PathBuf,
    version: String,
}

impl Node {
    /// Finds the packages, or installs them; returns whether it did.
    pub(crate) fn provide(cache: &Cache, checkout: &Path) -> Result<(Self, bool)> {
        let version = version()?;
        let modules = tools::node_modules_in(cache.folder(), checkout).context("xtask/node/package-lock.json")?;
        // `provide` looks for a file beside the folder that is meant.
        let marker = modules.with_file_name("installed");
        let new = cache.provide(&marker, |folder| {
            term::note("npm ci (jco, binaryen, typescript)");
            for name in ["package.json", "package-lock.json"] {
                fs::copy(checkout.join("xtask/node").join(name), folder.join(name)).with_context(|| name.to_owned())?;
            }
            let mut npm = Command::new("npm");
            npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(folder);
            process::quietly(&mut npm, &cache.log("node"))?;
            Ok(fs::write(folder.join("installed"), "")?)
        })?;
        Ok((Self { modules, version }, new))
    }

    /// The version of node.
    pub(crate) fn version(&self) -> String {
        self.version.clone()
    }

    /// Shrinks a module: for size, and without names.
    pub(crate) fn wasm_opt(&self, module: &Path, into: &Path, log: &Path) -> Result<()> {
        let mut wasm_opt = Command::new("node");
        wasm_opt.arg(self.modules.join("binaryen/bin/wasm-opt"));
        wasm_opt.args(["-Oz", "--strip-debug", "--strip-producers", "--strip-target-features"]).args(FEATURES);
        process::quietly(wasm_opt.arg(module).arg("-o").arg(into), log)
    }

    /// How large a file is when a web server has compressed it as well as it can.
    pub(crate) fn brotli(file: &Path) -> Result<u64> {
        let text = process::output(Command::new("node").args(["-e", tools::BROTLI]).arg(file))?;
        text.parse().with_context(|| format!("node says {text:?}"))
    }
}

/// The version of node, which must be recent enough.
fn version() -> Result<String> {
    let wanted = tools::OLDEST_NODE;
    let Ok(text) = process::output(Command::new("node").arg("--version")) else {
        bail!("node is not on PATH; install node {wanted} or later with npm from https://nodejs.org/en/download");
    };
    let version = text.trim_start_matches('v').to_owned();
    let major = version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
    ensure!(major >= wanted, "node must be {wanted} or later, is {version}: see https://nodejs.org/en/download");
    Ok(version)
}
