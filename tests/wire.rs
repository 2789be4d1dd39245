//! The wire: what an orchestrator asks, and what we answer, byte for byte.
//!
//! ```text
//! tests/wire/<group>/<case>/
//!   question.yaml | question.json  standard input; a comment in its first line says what the case shows
//!   plugin.yaml                    the config of a legacy exec plugin, where the case is one
//!   answer.yaml | answer.json      standard output; absent when empty
//!   stderr.txt                     what a person sees, without colour; absent when empty
//! ```
//!
//! - The exit code is no file: it must be 2 if standard error begins with `error: `, else 1 if it tells an
//!   error, else 0.
//! - Each case is run by the library and by the command; and what was answered is asked again, which
//!   changes nothing.
//! - Where Go's reader (a generator of real kustomize that prints the question) reads the question, it
//!   reads the answer, and the ConfigMaps in both are the same (feature `programs`).
//! - Questions that are too large, or no text, are made in `wire_cases/bad.rs`.
//! - `BLESS=1 cargo test --test wire` rewrites the expected files from the library.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test reads files and runs programs, and what is not there fails it"
)]

#[path = "wire_cases/bad.rs"]
mod bad;
#[cfg(feature = "programs")]
#[path = "wire_cases/go.rs"]
mod go;
#[cfg(feature = "programs")]
#[path = "support/sandbox.rs"]
mod sandbox;
mod support;
#[cfg(feature = "programs")]
#[path = "support/tools.rs"]
mod tools;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use support::{Outcome, bless, command, has_error, names_in, root, run};
use tailscale_expose::report::{Colour, report};
use tailscale_expose::respond;

/// What the loader of legacy plugins sets.
const PLUGIN: &str = "KUSTOMIZE_PLUGIN_CONFIG_STRING";

/// A folder below `tests/wire`.
#[derive(Clone, Debug)]
struct Case {
    name: String,
    folder: PathBuf,
    question: String,
    plugin: Option<String>,
    /// `yaml` or `json`.
    extension: &'static str,
}

impl Case {
    fn read(folder: PathBuf, name: String) -> Self {
        let text = |file: &str| std::fs::read_to_string(folder.join(file)).ok();
        let extension = if folder.join("question.json").exists() { "json" } else { "yaml" };
        let question = text(&format!("question.{extension}")).expect("a case must have a question");
        Self { question, plugin: text("plugin.yaml"), name, folder, extension }
    }

    fn expected(&self, text: &Outcome) -> [(PathBuf, String); 2] {
        let answer = self.folder.join(format!("answer.{}", self.extension));
        [(answer, text.stdout.clone()), (self.folder.join("stderr.txt"), text.stderr.clone())]
    }
}

/// What answers.
#[derive(Clone, Copy)]
enum Runner {
    Library,
    Native,
}

impl Runner {
    const ALL: [Self; 2] = [Self::Library, Self::Native];

    fn name(self) -> &'static str {
        match self {
            Self::Library => "library",
            Self::Native => "native",
        }
    }

    fn run(self, question: &str, plugin: Option<&str>) -> Outcome {
        match self {
            Self::Library => by_library(question, plugin),
            Self::Native => {
                let mut command = command(env!("CARGO_BIN_EXE_tailscale-expose"), Path::new("/"));
                if let Some(plugin) = plugin {
                    command.env(PLUGIN, plugin).arg("/a/file/that/nobody/reads");
                }
                run(&mut command, Some(question))
            }
        }
    }
}

/// Writes down what the command would do with what the library says.
fn by_library(question: &str, plugin: Option<&str>) -> Outcome {
    match respond(question.to_owned(), plugin) {
        Ok(response) => Outcome {
            stdout: response.text(),
            stderr: report(&response.findings, &response.sources, Colour::Plain),
            code: i32::from(has_error(&response.findings)),
        },
        Err(error) => {
            let help = error.advice().map(|help| format!("help: {help}\n")).unwrap_or_default();
            Outcome { stdout: String::new(), stderr: format!("error: {error}\n{help}"), code: 2 }
        }
    }
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(2);
    let mut trials = bad::trials();
    let folder = root().join("tests/wire");
    for group in names_in(&folder).into_iter().filter(|name| folder.join(name).is_dir()) {
        for name in names_in(&folder.join(&group)) {
            let case = Case::read(folder.join(&group).join(&name), format!("{group}/{name}"));
            if bless::is_asked() && !arguments.list {
                let outcome = Runner::Library.run(&case.question, case.plugin.as_deref());
                for (path, text) in case.expected(&outcome) {
                    bless::write(&path, &text).expect("expected files must be writable");
                }
            }
            for runner in Runner::ALL {
                let case = case.clone();
                let trial = Trial::test(case.name.clone(), move || compare(&case, runner));
                trials.push(trial.with_kind(runner.name()));
            }
            #[cfg(feature = "programs")]
            trials.push(go::trial(&case));
            let again = case.clone();
            trials.push(Trial::test(case.name.clone(), move || Ok(ask_again(&again)?)).with_kind("again"));
            trials.push(Trial::test(case.name.clone(), move || Ok(is_tidy(&case)?)).with_kind("files"));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Compares what a runner answers with what is expected.
fn compare(case: &Case, runner: Runner) -> Result<(), Failed> {
    let outcome = runner.run(&case.question, case.plugin.as_deref());
    for (path, text) in case.expected(&outcome) {
        let expected = bless::expected(&path)?;
        if expected != text {
            let how = "if the new text is right: BLESS=1 cargo test --test wire";
            let shown = bless::difference(&expected, &text);
            return Err(format!("{} is not what came out; {how}\n{shown}", path.display()).into());
        }
    }
    let code = match outcome.stderr.as_str() {
        stopped if stopped.starts_with("error: ") => 2,
        told => i32::from(told.lines().any(|line| line.starts_with("error["))),
    };
    if outcome.code == code { Ok(()) } else { Err(format!("must exit with {code}, did with {}", outcome.code).into()) }
}

/// Asks what was answered: with nothing left to tell nothing changes, and else nothing more changes.
fn ask_again(case: &Case) -> Result<(), String> {
    let first = by_library(&case.question, case.plugin.as_deref());
    if first.code == 2 {
        return Ok(());
    }
    let second = by_library(&first.stdout, case.plugin.as_deref());
    let (before, after) = if first.stderr.is_empty() {
        (first, second)
    } else {
        let third = by_library(&second.stdout, case.plugin.as_deref());
        (second, third)
    };
    if before == after {
        return Ok(());
    }
    Err(format!("{}\n{}", after.stderr, bless::difference(&before.stdout, &after.stdout)))
}

/// Refuses cases that do not say what they show, and files that nothing reads.
fn is_tidy(case: &Case) -> Result<(), String> {
    let known = ["question.yaml", "question.json", "plugin.yaml", "answer.yaml", "answer.json", "stderr.txt"];
    if let Some(odd) = names_in(&case.folder).into_iter().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("{odd} is not read"));
    }
    let says = |text: &str| text.trim_start_matches('\u{feff}').starts_with("# ");
    // JSON has no comments, and a legacy generator is asked nothing.
    if case.extension == "json" || says(&case.question) || case.plugin.as_deref().is_some_and(says) {
        return Ok(());
    }
    Err("the question does not begin with a comment that says what it shows".to_owned())
}
