//! `cargo xtask setup`: everything that tests need and Cargo does not build, each at one version.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;

use crate::cache::Cache;
use crate::go::Go;
use crate::node::Node;
use crate::wasm::Toolchain;
use crate::{debian, kubectl, pip, term, tools};

/// What can be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tool {
    /// The compiler of kustomize and the oracle; taken from PATH where it is recent enough
    Go,
    /// kustomize, as a user runs it
    Kustomize,
    /// kubectl, for the kustomize in it
    Kubectl,
    /// The Tailscale operator's reconcilers, as the judge of what is generated
    Oracle,
    /// wazero, which runs WebAssembly in hosts that are written in Go
    Wazero,
    /// A Rust toolchain for wasm32-wasip1 and wasm32-unknown-unknown
    Wasm,
    /// Packages of node: jco, wasm-opt, the TypeScript compiler
    Node,
    /// wasmtime for Python, which runs components
    Wasmtime,
    /// A browser without a window: Chromium
    Browser,
    /// What runs the container image: podman and runc
    Container,
}

impl Tool {
    fn name(self) -> String {
        self.to_possible_value().map(|v| v.get_name().to_owned()).unwrap_or_default()
    }
}

/// Installs everything, or one tool, and shows what there is.
pub(crate) fn run(checkout: &Path, only: Option<Tool>) -> Result<()> {
    let cache = Cache::open()?;
    let mut setup = Setup { cache: &cache, checkout, only, go: None };
    let mut rows = vec![["tool", "version", "time"].map(str::to_owned)];
    for tool in Tool::value_variants() {
        if only.is_some_and(|only| only != *tool) {
            continue;
        }
        let start = Instant::now();
        let (version, new) = setup.provide(*tool).with_context(|| format!("{} could not be set up", tool.name()))?;
        let time = if new { term::seconds(start.elapsed()) } else { "was there".to_owned() };
        rows.push([tool.name(), version, time]);
    }
    term::table(&rows);
    Ok(())
}

struct Setup<'a> {
    cache: &'a Cache,
    checkout: &'a Path,
    only: Option<Tool>,
    go: Option<Go>,
}

impl Setup<'_> {
    /// Provides a tool; returns its version, and whether that took any work.
    fn provide(&mut self, tool: Tool) -> Result<(String, bool)> {
        let cache = self.cache;
        match tool {
            // What is built needs no compiler any more.
            Tool::Go if self.only.is_none() && self.built()? && Go::find(cache).is_none() => {
                Ok(("not needed".to_owned(), false))
            }
            Tool::Go => {
                let (go, new) = Go::provide(cache)?;
                Ok((self.go.insert(go).version().to_owned(), new))
            }
            Tool::Kustomize => {
                let path = tools::kustomize_in(cache.folder());
                let new = self.build("kustomize", &path, |go, folder| go.build_kustomize(cache, folder))?;
                Ok((tools::KUSTOMIZE_VERSION.to_owned(), new))
            }
            Tool::Kubectl => Ok((tools::KUBECTL_VERSION.to_owned(), kubectl::provide(cache)?)),
            Tool::Oracle => {
                let checkout = self.checkout;
                let path = tools::oracle_in(cache.folder(), checkout).context("tests/oracle")?;
                let new = self.build("oracle", &path, |go, folder| go.build_oracle(cache, checkout, folder))?;
                Ok((format!("operator {}", tools::OPERATOR_VERSION), new))
            }
            Tool::Wazero => {
                let path = tools::wazero_in(cache.folder());
                let new = self.build("wazero", &path, |go, folder| go.build_wazero(cache, folder))?;
                Ok((tools::WAZERO_VERSION.to_owned(), new))
            }
            Tool::Wasm => {
                let (toolchain, new) = Toolchain::provide(cache)?;
                Ok((toolchain.version(), new))
            }
            Tool::Node => {
                let (node, new) = Node::provide(cache, self.checkout)?;
                Ok((node.version(), new))
            }
            Tool::Wasmtime => Ok((tools::WASMTIME_VERSION.to_owned(), wasmtime(cache)?)),
            Tool::Browser => debian::provide(cache, &debian::BROWSER),
            Tool::Container => debian::provide(cache, &debian::CONTAINER),
        }
    }

    fn build(&mut self, what: &str, path: &Path, build: impl FnOnce(&Go, &Path) -> Result<()>) -> Result<bool> {
        if path.is_file() {
            return Ok(false);
        }
        let start = Instant::now();
        let cache = self.cache;
        let log = cache.log(what);
        term::start(&format!("building {what} (minutes the first time; its log is {})", log.display()));
        let go = self.go()?;
        let new = cache.provide(path, |folder| build(go, folder))?;
        if new {
            term::done(&format!("built {what}"), start.elapsed());
        }
        Ok(new)
    }

    fn built(&self) -> Result<bool> {
        let oracle = tools::oracle_in(self.cache.folder(), self.checkout).context("tests/oracle")?;
        let in_cache = [tools::kustomize_in(self.cache.folder()), tools::wazero_in(self.cache.folder())];
        Ok(oracle.is_file() && in_cache.iter().all(|path| path.is_file()))
    }

    fn go(&mut self) -> Result<&Go> {
        match self.go.take() {
            Some(go) => Ok(self.go.insert(go)),
            None => Ok(self.go.insert(Go::provide(self.cache)?.0)),
        }
    }
}

/// Installs wasmtime's package for Python; returns whether that took any work.
fn wasmtime(cache: &Cache) -> Result<bool> {
    cache.provide(&tools::wasmtime_in(cache.folder()), |folder| {
        if !pip::install("wasmtime", tools::WASMTIME_VERSION, folder, &cache.log("wasmtime"))? {
            bail!("pip is not here; type:\n    sudo apt-get install python3-pip");
        }
        Ok(fs::write(folder.join("installed"), "")?)
    })
}
