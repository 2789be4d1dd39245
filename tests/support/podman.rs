//! Podman, which needs no daemon, as what runs the container image of `dist/`.

// Each test uses a part of this file.
#![allow(dead_code, clippy::disallowed_methods)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use crate::support::{Outcome, command, root, run};
use crate::tools;

/// What the image is called while it is tested.
pub(crate) const IMAGE: &str = "localhost/tailscale-expose:test";

/// Podman with a store of its own, and programs `docker` and `podman` that use it.
pub(crate) struct Podman {
    folder: tempfile::TempDir,
}

static PODMAN: LazyLock<Result<Podman, String>> = LazyLock::new(Podman::with_image);

impl Podman {
    /// Makes a store that holds the image.
    fn with_image() -> Result<Self, String> {
        if let Some(missing) = ["podman", "runc", "python3"].iter().find(|name| tools::on_path(&[name]).is_none()) {
            return Err(format!("{missing} is not on PATH: run `cargo xtask setup`"));
        }
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).map_err(|error| error.to_string())?;
        let podman = Self { folder };
        let layout = format!("oci:{}:{}", layout("image").display(), env!("CARGO_PKG_VERSION"));
        let id = podman.must(&["pull", "--quiet", &layout])?;
        podman.must(&["tag", id.trim(), IMAGE])?;
        let words: Vec<String> = podman.options().iter().map(|word| format!("'{word}'")).collect();
        let real = tools::on_path(&["podman"]).unwrap_or_default();
        let script = format!("#!/bin/sh\nexec '{}' {} \"$@\"\n", real.display(), words.join(" "));
        for name in ["docker", "podman"] {
            let path = podman.folder().join(name);
            fs::write(&path, &script).map_err(|error| error.to_string())?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).map_err(|error| error.to_string())?;
        }
        Ok(podman)
    }

    /// The folder of the programs.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A store that goes away with the test, and a runtime that asks for no more than it may have.
    fn options(&self) -> Vec<String> {
        let folder = |name: &str| self.folder.path().join(name).display().to_string();
        let runtime = root().join("tests/container/runc").display().to_string();
        let pairs = [
            ("--root", folder("store")),
            ("--runroot", folder("run")),
            ("--tmpdir", folder("tmp")),
            ("--runtime", runtime),
            ("--storage-driver", "vfs".to_owned()),
            ("--cgroup-manager", "cgroupfs".to_owned()),
        ];
        pairs.into_iter().flat_map(|(option, value)| [option.to_owned(), value]).collect()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut podman = command("podman", self.folder.path());
        podman.args(self.options()).args(arguments);
        podman
    }

    fn must(&self, arguments: &[&str]) -> Result<String, String> {
        let done = run(&mut self.command(arguments), None);
        if done.code == 0 { Ok(done.stdout) } else { Err(format!("podman {arguments:?}: {}", done.stderr)) }
    }

    /// Runs the image the way kustomize does.
    pub(crate) fn function(&self, question: &str) -> Outcome {
        let options = ["run", "--rm", "-i", "--network", "none", "--user", "nobody"];
        let options = [&options[..], &["--security-opt=no-new-privileges", IMAGE]].concat();
        run(&mut self.command(&options), Some(question))
    }
}

/// Podman, with the image in its store.
pub(crate) fn podman() -> Result<&'static Podman, String> {
    PODMAN.as_ref().map_err(Clone::clone)
}

/// The folder of a layout in `dist/`.
pub(crate) fn layout(name: &str) -> PathBuf {
    let file = tools::dist(&root(), &format!("{name}/oci-layout"));
    file.parent().map(Path::to_path_buf).unwrap_or_default()
}
