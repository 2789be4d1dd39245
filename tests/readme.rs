//! The README is a test: its files are written, its commands are run, its output is compared.
//! What is in `dist/`, and kustomize, wazero, jco and podman, are on its `PATH`.
//!
//! A `yaml` block that starts with `# file: NAME` becomes that file; one that is a stub must render
//! without a finding. In a `console` block every `$ ` line is run and what follows is its whole output
//! (standard output and error). A `sh` block is run as a script, and every command in it must succeed.
//! `cargo run --release --` stands for the command; `cargo xtask test`, which runs this test, is
//! the one line that is not run again.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot run its commands fails"
)]

#[path = "support/podman.rs"]
mod podman;
mod support;
#[path = "support/tools.rs"]
mod tools;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const README: &str = include_str!("../README.md");

/// A fenced block: its language, and its lines.
struct Block {
    language: String,
    text: String,
    line: usize,
}

fn blocks() -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (number, line) in README.lines().enumerate() {
        if let Some(language) = line.strip_prefix("```") {
            open = !open;
            if open {
                blocks.push(Block { language: language.to_owned(), text: String::new(), line: number + 1 });
            }
        } else if open {
            let block = blocks.last_mut().expect("an open block");
            block.text.push_str(line);
            block.text.push('\n');
        }
    }
    blocks
}

/// A folder with the examples, and the programs of the README on the `PATH`.
struct Scratch {
    folder: tempfile::TempDir,
    path: String,
}

impl Scratch {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        // The example names the component of its cluster, which has the cluster's profile.
        for part in ["examples", "plugin/kustomize"] {
            copy(&root.join(part), &folder.path().join(part));
        }
        let dist = tools::dist(root, "SHA256SUMS").with_file_name("");
        std::os::unix::fs::symlink(&dist, folder.path().join("dist")).expect("a scratch folder");
        // As a user has them: without the platform in their names.
        let programs = folder.path().join("bin");
        fs::create_dir(&programs).expect("a scratch folder");
        for name in ["tailscale-expose-wasm", "krm-wasm"] {
            std::os::unix::fs::symlink(tools::dist_program(root, name), programs.join(name)).expect("a scratch folder");
        }
        let beside = |program: PathBuf| program.parent().expect("a folder").to_path_buf();
        let programs = [
            programs,
            beside(PathBuf::from(env!("CARGO_BIN_EXE_tailscale-expose"))),
            beside(tools::kustomize()),
            beside(tools::wazero()),
            tools::node_modules(root).join(".bin"),
            podman::podman().expect("podman must run").folder().to_path_buf(),
        ];
        let before = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(programs.into_iter().chain(std::env::split_paths(&before))).expect("a PATH");
        Self { folder, path: path.to_string_lossy().into_owned() }
    }

    /// Runs a line; returns its output, both streams as one, and whether it succeeded.
    fn run(&self, line: &str) -> (String, bool) {
        let line = line.replace("cargo run --release --", "tailscale-expose");
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1; {line}")])
            .current_dir(self.folder.path())
            .env("PATH", &self.path)
            .env_remove("CLICOLOR_FORCE")
            .output()
            .expect("sh must run");
        (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.success())
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a scratch folder");
    for entry in fs::read_dir(from).expect("examples") {
        let path = entry.expect("an example").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("an example must be copied");
        }
    }
}

#[test]
fn every_block_of_the_readme_does_what_it_says() {
    let scratch = Scratch::new();
    let mut commands = 0;
    for block in blocks() {
        let at = format!("README.md:{}", block.line);
        match block.language.as_str() {
            "yaml" => {
                if let Some(name) = block.text.lines().next().and_then(|line| line.strip_prefix("# file: ")) {
                    fs::write(scratch.folder.path().join(name), &block.text).expect("a file of the README");
                } else if block.text.contains("kind: TailscaleExpose") {
                    fs::write(scratch.folder.path().join("block.yaml"), &block.text).expect("a file of the README");
                    let (output, well) = scratch.run("tailscale-expose render block.yaml > /dev/null");
                    assert!(well && output.is_empty(), "{at}: {output}");
                    commands += 1;
                }
            }
            "console" => {
                for run in block.text.split("$ ").filter(|run| !run.is_empty()) {
                    let (line, want) = run.split_once('\n').expect("a command line");
                    let (output, _) = scratch.run(line);
                    assert_eq!(output, want, "{at}: $ {line}");
                    commands += 1;
                }
            }
            "sh" => {
                let lines = block.text.lines().filter(|line| !line.starts_with("cargo xtask test"));
                let script: String = lines.map(|line| format!("{line}\n")).collect();
                let (output, well) = scratch.run(&format!("set -e\n{script}"));
                assert!(well, "{at}:\n{script}\n{output}");
                commands += 1;
            }
            _ => panic!("{at}: a block must be yaml, sh or console"),
        }
    }
    assert!(commands >= 8, "the README must have its commands, has {commands}");
}
