//! What the tests share: golden cases as folders, the command, and YAML read as Kubernetes reads it.

// Each test uses a part of this file; and a test that cannot read its own files fails.
#![allow(dead_code, clippy::disallowed_methods, clippy::expect_used, clippy::panic)]

pub(crate) mod bless;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tailscale_expose::krm::{Finding, Severity};
use tailscale_expose::report::{Colour, report};
use tailscale_expose::yaml::Sources;
use tailscale_expose::{Origin, Rendering, render};

/// What came out.
pub(crate) const OUTPUT: &str = "output.yaml";
/// What a person saw.
pub(crate) const STDERR: &str = "stderr.txt";

/// A folder below `tests/golden`.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// `group/case`.
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
}

impl Case {
    /// Returns the input files: name and text, in the order the command reads them.
    pub(crate) fn inputs(&self) -> Vec<(String, String)> {
        let is_input = |name: &str| {
            let path = Path::new(name);
            name != OUTPUT && path.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "json")
        };
        let names = names_in(&self.folder).into_iter().filter(|name| is_input(name));
        let text = |name: &str| fs::read_to_string(self.folder.join(name)).expect("an input file must be UTF-8");
        names.map(|name| (name.clone(), text(&name))).collect()
    }

    /// Returns the inputs as the library reads them.
    pub(crate) fn sources(&self) -> Sources {
        sources(&self.inputs())
    }

    /// Returns the path of an expected file.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Returns every golden case, by name.
pub(crate) fn cases() -> Vec<Case> {
    let root = root().join("tests/golden");
    let folders = |folder: &Path| {
        let names = names_in(folder).into_iter().filter(|name| folder.join(name).is_dir());
        names.collect::<Vec<_>>()
    };
    let mut cases = Vec::new();
    for group in folders(&root) {
        for case in folders(&root.join(&group)) {
            cases.push(Case { name: format!("{group}/{case}"), folder: root.join(&group).join(case) });
        }
    }
    cases
}

/// Returns the names in a folder, sorted.
pub(crate) fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("a folder of tests must be readable").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Returns the checkout.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Returns texts as sources, under their names.
pub(crate) fn sources(inputs: &[(String, String)]) -> Sources {
    let mut sources = Sources::default();
    for (name, text) in inputs {
        sources.add(name.as_str(), text.as_str());
    }
    sources
}

/// Renders one text.
pub(crate) fn rendered(text: &str) -> Rendering {
    render(&sources(&[("stub.yaml".to_owned(), text.to_owned())]))
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

/// Runs the library, and writes down what the command would do with that.
pub(crate) fn by_library(sources: &Sources) -> Outcome {
    let rendering = render(sources);
    let texts = rendering.objects.iter().filter(|object| object.origin != Origin::Passed).map(|object| &object.text);
    Outcome {
        stdout: joined(texts.map(String::as_str)),
        stderr: report(&rendering.findings, sources, Colour::Plain),
        code: i32::from(has_error(&rendering.findings)),
    }
}

/// Returns documents as one stream.
pub(crate) fn joined<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut out = String::new();
    for text in texts {
        if !out.is_empty() {
            out.push_str("---\n");
        }
        out.push_str(text);
        if !out.ends_with('\n') {
            out.push('\n');
        }
    }
    out
}

/// Whether one of the findings is an error.
pub(crate) fn has_error(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}

/// Returns the command in a folder, with nothing of this environment that it honours.
pub(crate) fn command(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in
        ["CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "COLUMNS", "NO_COLOR", "RUST_BACKTRACE", "RUST_LIB_BACKTRACE"]
    {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end, with a text on its standard input.
pub(crate) fn run(command: &mut Command, input: Option<&str>) -> Outcome {
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.spawn().expect("the command must start");
    if let (Some(mut pipe), Some(input)) = (child.stdin.take(), input) {
        // A command that does not read to the end closes its side; what it says then counts.
        let _ = pipe.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().expect("the command must end");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the command must write UTF-8");
    Outcome { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code().unwrap_or(-1) }
}

/// Reads the documents of a YAML stream; those that are empty are left out.
pub(crate) fn documents(text: &str) -> Result<Vec<Value>, String> {
    // Our own output may be long, so no budget.
    let options = serde_saphyr::options! { budget: None };
    let documents =
        serde_saphyr::from_multiple_with_options::<Value>(text, options).map_err(|error| error.to_string())?;
    Ok(documents.into_iter().filter(|document| !document.is_null()).collect())
}
