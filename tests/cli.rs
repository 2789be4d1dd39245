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
#[path = "cli/function.rs"]
mod function;
#[path = "cli/init.rs"]
mod init;
#[path = "cli/log.rs"]
mod log;
#[path = "cli/output_folder.rs"]
mod output_folder;
#[path = "cli/render.rs"]
mod render;
mod support;
#[path = "cli/terminal.rs"]
mod terminal;
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
        run(command(PROGRAM, self.path()).args(arguments), None)
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
