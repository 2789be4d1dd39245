//! A copy of a folder of tests that programs may write in, and programs that find ours on the PATH.

// Each test uses a part of this file; and a test that cannot read its own files fails.
#![allow(dead_code, clippy::disallowed_methods, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Outcome, command, names_in, run};

/// Our program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_tailscale-expose");

/// How the folder of a sandbox is written in what programs say.
const HERE: &str = "$PWD";

/// A copy of a folder; it goes away with the value.
#[derive(Debug)]
pub(crate) struct Sandbox {
    /// Holds the copy, a home that belongs to nobody, and programs that are found before all others.
    root: tempfile::TempDir,
}

impl Sandbox {
    /// Returns an empty folder.
    pub(crate) fn new() -> Self {
        let sandbox = Self { root: tempfile::tempdir().expect("there must be room for a copy") };
        for folder in [sandbox.path(), sandbox.home()] {
            fs::create_dir(folder).expect("the copy must be writable");
        }
        sandbox
    }

    /// Lets another program be found where ours is asked for.
    pub(crate) fn replace_program(&self, program: &Path) {
        fs::create_dir(self.programs()).expect("the copy must be writable");
        std::os::unix::fs::symlink(program, self.programs().join("tailscale-expose"))
            .expect("the copy must be writable");
    }

    /// What is found before our program, if the folder is there.
    fn programs(&self) -> PathBuf {
        self.root.path().join("bin")
    }

    /// Returns a copy of a folder.
    pub(crate) fn of(folder: &Path) -> Self {
        let sandbox = Self::new();
        sandbox.lay(folder, ".");
        sandbox
    }

    /// The copy's folder, as programs see it.
    pub(crate) fn path(&self) -> PathBuf {
        self.root.path().canonicalize().expect("the copy must be there").join("copy")
    }

    /// A home without anybody's configuration.
    pub(crate) fn home(&self) -> PathBuf {
        self.root.path().canonicalize().expect("the copy must be there").join("home")
    }

    /// Lays the files of another folder over one of the copy: a file with nothing in it removes its
    /// namesake.
    pub(crate) fn lay(&self, folder: &Path, over: &str) {
        for (name, text) in files(folder) {
            let path = self.path().join(over).join(name);
            if text.is_empty() {
                fs::remove_file(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            } else {
                write(&path, &text);
            }
        }
    }

    /// Runs a program in a folder of the copy; what it says of the copy's place is the same anywhere.
    pub(crate) fn run(&self, program: &Path, folder: &str, arguments: &[&str], input: Option<&str>) -> Outcome {
        let program = program.to_str().expect("the program's path must be UTF-8");
        self.finish(command(program, &self.path().join(folder)).args(arguments), input)
    }

    /// Runs a command, with our programs on its PATH and nobody's configuration.
    pub(crate) fn finish(&self, command: &mut Command, input: Option<&str>) -> Outcome {
        command.env("PATH", self.search_path()).env("HOME", self.home());
        for name in ["KUSTOMIZE_PLUGIN_HOME", "XDG_CONFIG_HOME", "KUBECONFIG"] {
            if command.get_envs().all(|(set, _)| set != name) {
                command.env_remove(name);
            }
        }
        let Outcome { stdout, stderr, code } = run(command, input);
        Outcome { stdout: self.shown(&stdout), stderr: self.shown(&stderr), code }
    }

    /// The PATH with our program and kustomize before all others.
    fn search_path(&self) -> std::ffi::OsString {
        let folder = |program: &Path| program.parent().unwrap_or(Path::new("/")).to_owned();
        let ours = [self.programs(), folder(Path::new(PROGRAM)), folder(&crate::tools::kustomize())];
        let others = env::var_os("PATH").unwrap_or_default();
        env::join_paths(ours.into_iter().chain(env::split_paths(&others))).expect("the PATH must be one")
    }

    /// Returns a text with the copy's own place taken out.
    pub(crate) fn shown(&self, text: &str) -> String {
        text.replace(&*self.path().to_string_lossy(), HERE)
    }
}

/// Returns the files below a folder: path, with slashes, and text.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for name in names_in(folder) {
        let path = folder.join(&name);
        if path.is_dir() {
            files.extend(self::files(&path).into_iter().map(|(inner, text)| (format!("{name}/{inner}"), text)));
        } else {
            let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            files.insert(name, text);
        }
    }
    files
}

/// Writes a file, and the folders that it stands in.
pub(crate) fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a file must have a folder")).expect("the copy must be writable");
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
