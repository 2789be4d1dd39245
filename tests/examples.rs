//! The examples are tests: what their READMEs say to run is run, says nothing but what it wrote, and
//! leaves every file as it is in git. `BLESS=1` runs it in the checkout, which rewrites generated files.
//!
//! That the operator takes what they become is the business of `tests/oracle.rs`.
#![allow(clippy::disallowed_methods, clippy::expect_used, reason = "a test reads files and runs programs")]

#[allow(clippy::indexing_slicing, reason = "the table of a comparison has the sizes it is made with")]
mod support;
#[path = "support/tools.rs"]
mod tools;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use support::{bless, command, names_in, root, run};

/// What the examples of a checkout refer to.
const FOLDERS: [&str; 2] = ["examples", "plugin/kustomize"];

#[test]
fn every_command_of_an_example_runs_and_changes_nothing() {
    let copy = tempfile::tempdir().expect("a scratch folder");
    let checkout = if bless::is_asked() { root() } else { copy.path().to_path_buf() };
    let before = files();
    if !bless::is_asked() {
        for (path, text) in &before {
            let target = checkout.join(path);
            fs::create_dir_all(target.parent().expect("a file has a folder")).expect("a scratch folder");
            fs::write(target, text).expect("a scratch file");
        }
    }
    let mut faults = Vec::new();
    for example in names_in(&root().join("examples")) {
        let folder = checkout.join("examples").join(&example);
        let readme = fs::read_to_string(folder.join("README.md")).expect("an example must have a README.md");
        let commands: Vec<&str> = readme.lines().filter_map(|line| line.strip_prefix("    ")).collect();
        assert!(
            !commands.is_empty() && readme.lines().count() <= 6,
            "{example}: a README of few lines, with a command"
        );
        for line in commands {
            let mut shell = command("sh", &folder);
            let outcome = run(shell.args(["-c", line]).env("PATH", path()), None);
            let is_quiet = outcome.stderr.lines().all(|line| line.starts_with("wrote: "));
            if outcome.code != 0 || !is_quiet {
                faults.push(format!("{example}: {line}: {} {}", outcome.code, outcome.stderr));
            }
        }
    }
    for (path, text) in &before {
        if fs::read_to_string(checkout.join(path)).ok().as_ref() != Some(text) && !bless::is_asked() {
            faults.push(format!(
                "{} is out of date: BLESS=1 cargo test --features programs --test examples",
                path.display()
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The files by their path in the checkout.
fn files() -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for folder in FOLDERS {
        walk(Path::new(folder), &mut files);
    }
    files
}

fn walk(folder: &Path, files: &mut BTreeMap<PathBuf, String>) {
    for name in names_in(&root().join(folder)) {
        let path = folder.join(name);
        let there = root().join(&path);
        if there.is_dir() {
            walk(&path, files);
        } else {
            files.insert(path, fs::read_to_string(there).expect("an example is text"));
        }
    }
}

/// The command, kustomize, and then what the machine has.
fn path() -> std::ffi::OsString {
    let kustomize = tools::kustomize();
    let ours = Path::new(env!("CARGO_BIN_EXE_tailscale-expose"));
    let programs = [ours, &kustomize].map(|program| program.parent().expect("a folder").to_path_buf());
    let machine = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(programs.into_iter().chain(std::env::split_paths(&machine))).expect("a PATH")
}
