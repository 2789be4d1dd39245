//! Real kustomize, and the sandboxed host as the program that the folders of `tests/kustomize` call.

use std::path::{Path, PathBuf};

use libtest_mimic::Trial;

use crate::support::{bless, command, names_in, root, run};
use crate::{same, tools};

pub(crate) fn trials() -> Vec<Trial> {
    let top = root().join("tests/kustomize");
    let mut folders = Vec::new();
    collect(&top, &mut folders);
    let trial = |folder: PathBuf| {
        let name = folder.strip_prefix(&top).unwrap_or(&folder).display().to_string();
        Trial::test(name, move || Ok(build(&folder)?)).with_kind("kustomize")
    };
    folders.into_iter().map(trial).collect()
}

/// The folders that want something of a build.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let names = names_in(folder);
    if names.iter().any(|name| name == "want.yaml" || name == "want.txt") {
        found.push(folder.to_owned());
    }
    for name in names {
        if folder.join(&name).is_dir() {
            collect(&folder.join(&name), found);
        }
    }
}

fn build(folder: &Path) -> Result<(), String> {
    let path = tempfile::tempdir().map_err(|error| error.to_string())?;
    let host = tools::dist_program(&root(), "tailscale-expose-wasm");
    std::os::unix::fs::symlink(host, path.path().join("tailscale-expose")).map_err(|error| error.to_string())?;
    let mut kustomize = command(&tools::kustomize().to_string_lossy(), folder);
    kustomize.env("PATH", path.path()).args(["build", "--enable-alpha-plugins", "--enable-exec"]);
    let built = run(&mut kustomize, None);
    let told: String = built.stderr.split_inclusive('\n').filter(|line| !line.starts_with("Error: ")).collect();
    same("standard error", &bless::expected(&folder.join("want.txt"))?, &told)?;
    same("standard output", &bless::expected(&folder.join("want.yaml"))?, &built.stdout)
}
