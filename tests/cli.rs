//! The command as a person or a script meets it: files, exit codes, what it says, and the function form.
//!
//! Each file of `tests/cli` is about one part of it.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test touches files and programs, and may fail"
)]

#[path = "cli/beside.rs"]
mod beside;
#[path = "cli/builds.rs"]
mod builds;
#[path = "cli/function.rs"]
mod function;
#[path = "cli/init.rs"]
mod init;
#[path = "cli/keeping.rs"]
mod keeping;
#[path = "cli/listing.rs"]
mod listing;
#[path = "cli/log.rs"]
mod log;
#[path = "cli/output_folder.rs"]
mod output_folder;
#[path = "cli/outputs.rs"]
mod outputs;
#[path = "cli/profiles.rs"]
mod profiles;
#[path = "cli/render.rs"]
mod render;
#[path = "cli/stale.rs"]
mod stale;
mod support;
#[path = "cli/terminal.rs"]
mod terminal;
#[path = "cli/unreadable.rs"]
mod unreadable;
#[path = "cli/write.rs"]
mod write;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use support::{Outcome, bless, command, names_in, root, run};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_tailscale-expose");

const STUB: &str = "\
apiVersion: tailscale-expose.dev/v1alpha1
kind: TailscaleExpose
metadata: {name: app, namespace: apps}
spec:
  ingress:
    web: {service: \"web:80\"}
";

const INGRESS: &str = "\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web-tailnet
  namespace: apps
  annotations:
    tailscale-expose.dev/stub: apps/app
spec:
  ingressClassName: tailscale
  tls:
  - hosts:
    - web
  defaultBackend:
    service:
      name: web
      port:
        number: 80
";

const SERVICE: &str = "\
apiVersion: v1
kind: Service
metadata:
  name: plex
  namespace: media
spec: {ports: [{port: 32400}], selector: {app: plex}}
";

const ANNOTATE: &str = "\
apiVersion: tailscale-expose.dev/v1alpha1
kind: TailscaleExpose
metadata: {name: media, namespace: media}
spec:
  annotate:
    plex: {}
";

/// Returns a stub with entries of an Ingress: `web: {service: "web:80"}` for the key `web`.
fn stub(name: &str, entries: &[&str]) -> String {
    let entry = |entry: &&str| match entry.contains(' ') {
        true => format!("    {entry}\n"),
        false => format!("    {entry}: {{service: \"{entry}:80\"}}\n"),
    };
    let entries: String = entries.iter().map(entry).collect();
    let head = "apiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExpose\n";
    format!("{head}metadata: {{name: {name}, namespace: apps}}\nspec:\n  ingress:\n{entries}")
}

/// Returns a profile that gives every stub a tag, with more of its spec.
fn profile(tag: &str, more: &str) -> String {
    let head = "apiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExposeProfile\n";
    format!("{head}metadata: {{name: {tag}}}\nspec:\n  defaults: {{tags: [\"tag:{tag}\"]}}\n{more}")
}

/// Returns what a run told: the levels and rules of findings, and what became of files.
fn told(outcome: &Outcome) -> Vec<String> {
    let words = ["wrote: ", "removed: ", "kept: ", "out of date: ", "no longer generated: "];
    let line = |line: &str| match line.split_once("]: ") {
        Some((rule, _)) if ["error[", "warning[", "info["].iter().any(|level| line.starts_with(level)) => {
            Some(format!("{rule}]"))
        }
        _ => words.iter().any(|word| line.starts_with(word)).then(|| line.to_owned()),
    };
    outcome.stderr.lines().filter_map(line).collect()
}

/// Returns the tags of all objects that a run printed.
fn tags(outcome: &Outcome) -> Vec<&str> {
    outcome.stdout.lines().filter_map(|line| line.trim().strip_prefix("tailscale.com/tags: tag:")).collect()
}

/// A folder that goes away, and the command in it.
struct Folder(TempDir);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self(TempDir::new().expect("a test needs a folder"));
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a test writes files");
        fs::write(path, text).expect("a test writes files");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_in(".", arguments)
    }

    fn run_in(&self, folder: &str, arguments: &[&str]) -> Outcome {
        run(command(PROGRAM, &self.path().join(folder)).args(arguments), None)
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path().join(from), self.path().join(to)).unwrap_or_else(|error| panic!("{from}: {error}"));
    }

    #[cfg(unix)]
    fn link(&self, target: &str, name: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a test writes files");
        std::os::unix::fs::symlink(target, path).unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    /// Returns the generated files by name, with their texts.
    fn generated(&self) -> BTreeMap<String, String> {
        let is_generated = |text: &str| text.starts_with("# Generated by tailscale-expose from ");
        self.files().into_iter().filter(|(_, text)| is_generated(text)).collect()
    }

    fn pipe(&self, arguments: &[&str], input: &str) -> Outcome {
        run(command(PROGRAM, self.path()).args(arguments), Some(input))
    }

    /// Returns the names of all files.
    fn names(&self) -> Vec<String> {
        self.files().into_keys().collect()
    }

    /// Returns all files by name.
    fn files(&self) -> BTreeMap<String, String> {
        fn walk(folder: &Path, name: &str, files: &mut BTreeMap<String, String>) {
            for entry in names_in(folder) {
                let (path, name) = (folder.join(&entry), format!("{name}{entry}"));
                if path.is_dir() {
                    walk(&path, &format!("{name}/"), files);
                } else {
                    files.insert(name, fs::read_to_string(path).expect("a test's file is UTF-8"));
                }
            }
        }
        let mut files = BTreeMap::new();
        walk(self.path(), "", &mut files);
        files
    }
}

/// Checks an outcome: exit code, standard output, and standard error as a whole.
#[track_caller]
fn assert_ends(outcome: &Outcome, code: i32, stdout: &str, stderr: &str) {
    let want = Outcome { stdout: stdout.to_owned(), stderr: stderr.to_owned(), code };
    assert_eq!(*outcome, want, "\nstdout:\n{}\nstderr:\n{}", outcome.stdout, outcome.stderr);
}
