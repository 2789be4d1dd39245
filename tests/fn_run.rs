//! Real `kustomize fn run`: the function in a folder that it writes back to, run after run.
//!
//! ```text
//! tests/fn_run/cases/<case>/
//!   1/             what a person writes; a comment in its first file says what the case shows
//!   1.want/        the folder after the run, byte for byte
//!   1.results.yaml the results file; absent when there is none
//!   1.stderr.txt   standard error; absent when empty
//!   1.oracle.txt   what the operator does not do with the folder; absent when it does all
//!   2/             what the person changes then: written over 1.want, a file with nothing in it removes its
//!                  namesake
//!   2.want/ …
//! tests/fn_run/corpus/  what 66 public repositories hold: not ours, so not one byte may change
//! ```
//!
//! - A run is `kustomize fn run . --enable-exec --exec-path tailscale-expose`, unless a line of the comment
//!   that begins with `$` says another.
//! - Every run is done twice, and the second changes nothing. Files that are not generated are left as
//!   `cat` leaves them: kustomize itself moves comments and unindents lists.
//! - kustomize says `Error:` if and only if its exit code is not 0, so the code is no file.
//! - `BLESS=1 cargo test --features programs --test fn_run` rewrites the expected files.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test reads files and runs programs, and what is not there fails it"
)]

#[allow(dead_code, reason = "shared with the oracle test")]
#[path = "oracle_cases/facts.rs"]
mod facts;
#[path = "support/judged.rs"]
mod judged;
#[allow(dead_code, reason = "shared with the oracle test")]
#[path = "oracle_cases/manifest.rs"]
mod manifest;
#[allow(dead_code, reason = "shared with the oracle test")]
#[path = "oracle_cases/meaning.rs"]
mod meaning;
#[path = "support/oracle.rs"]
mod oracle;
#[allow(dead_code, reason = "shared with the oracle test")]
#[path = "oracle_cases/placeholder.rs"]
mod placeholder;
#[path = "support/sandbox.rs"]
mod sandbox;
mod support;
#[path = "support/tools.rs"]
mod tools;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, LazyLock};

use libtest_mimic::{Arguments, Trial};
use sandbox::{Sandbox, files, write};
use support::{Outcome, bless, names_in, root};

/// The folder that the function runs in.
const PACKAGE: &str = "package";
const RESULTS: &str = "results";
const RUN: &str = "kustomize fn run . --enable-exec --exec-path tailscale-expose";
/// What a generated file's name ends with.
const GENERATED: &str = ".gen.yaml";
/// What a Service that is annotated has.
const ANNOTATED: &str = "tailscale-expose.dev/annotated";

/// Files by path.
type Files = BTreeMap<String, String>;

/// A folder of cases.
#[derive(Clone, Debug)]
struct Case {
    name: String,
    folder: PathBuf,
    command: String,
}

/// What a run left.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Left {
    files: Files,
    results: String,
    outcome: Outcome,
}

impl Case {
    fn read(folder: PathBuf, name: String) -> Self {
        let texts = files(&folder.join("1"));
        let lines = texts.values().flat_map(|text| text.lines());
        let command = lines.filter_map(|line| line.strip_prefix("# $ ")).next().unwrap_or(RUN).to_owned();
        Self { name, folder, command }
    }

    fn steps(&self) -> impl Iterator<Item = usize> {
        (1..).take_while(|step| self.folder.join(step.to_string()).is_dir())
    }

    fn file(&self, step: usize, name: &str) -> PathBuf {
        self.folder.join(format!("{step}.{name}"))
    }

    /// Runs the steps one after the other, each twice.
    fn run(&self) -> Result<Vec<Left>, String> {
        let sandbox = Sandbox::new();
        let mut all = Vec::new();
        for step in self.steps() {
            sandbox.lay(&self.folder.join(step.to_string()), PACKAGE);
            let by_cat = by_cat(&files(&sandbox.path().join(PACKAGE)));
            let first = run(&sandbox, &self.command);
            let second = run(&sandbox, &self.command);
            if first.files != second.files || first.outcome.code != second.outcome.code {
                return Err(format!("step {step}: the second run differs:\n{}", changes(&first.files, &second.files)));
            }
            let is_foreign = |name: &str, text: &str| !name.ends_with(GENERATED) && !text.contains(ANNOTATED);
            let by_cat: Files = by_cat.into_iter().filter(|(name, text)| is_foreign(name, text)).collect();
            let is_same = |name: &str| is_foreign(name, &first.files[name]) && by_cat.contains_key(name);
            let ours: Files = first.files.clone().into_iter().filter(|(name, _)| is_same(name)).collect();
            let by_cat: Files = by_cat.into_iter().filter(|(name, _)| ours.contains_key(name)).collect();
            if first.outcome.code == 0 && by_cat != ours {
                return Err(format!("step {step}: `cat` leaves other files:\n{}", changes(&by_cat, &ours)));
            }
            all.push(first);
        }
        Ok(all)
    }

    fn check(&self) -> Result<(), String> {
        for (step, left) in self.steps().zip(self.run()?) {
            let want = files(&self.file(step, "want"));
            if want != left.files {
                return Err(format!("step {step}:\n{}", changes(&want, &left.files)));
            }
            for (name, text) in [("results.yaml", &left.results), ("stderr.txt", &left.outcome.stderr)] {
                bless::check(&self.file(step, name), text, "fn_run")?;
            }
            let is_told = left.outcome.stderr.lines().any(|line| line.starts_with("Error: "));
            if is_told != (left.outcome.code != 0) {
                return Err(format!("step {step}: exit code {}", left.outcome.code));
            }
        }
        Ok(())
    }

    fn rewrite(&self) -> Result<(), String> {
        for (step, left) in self.steps().zip(self.run()?) {
            let want = self.file(step, "want");
            let _ = fs::remove_dir_all(&want);
            left.files.iter().for_each(|(name, text)| write(&want.join(name), text));
            bless::write(&self.file(step, "results.yaml"), &left.results)?;
            bless::write(&self.file(step, "stderr.txt"), &left.outcome.stderr)?;
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(2);
    let folder = root().join("tests/fn_run/cases");
    let cases: Vec<Case> = names_in(&folder).into_iter().map(|name| Case::read(folder.join(&name), name)).collect();
    let mut trials = Vec::new();
    let mut outcomes = BTreeMap::new();
    for case in &cases {
        if bless::is_asked()
            && !arguments.list
            && let Err(error) = case.rewrite()
        {
            trials.push(Trial::test(case.name.clone(), move || Err(error.into())).with_kind("bless"));
        }
        for step in case.steps().filter(|step| case.file(*step, "want").is_dir()) {
            let texts = files(&case.file(step, "want")).into_values().filter(|text| text.contains("apiVersion"));
            outcomes.insert(format!("{} {step}", case.name), texts.collect::<Vec<_>>().join("\n---\n"));
        }
    }
    let complaints = Arc::new(LazyLock::new(move || judged::complaints(&outcomes)));
    for case in cases {
        let (judged, complaints) = (case.clone(), Arc::clone(&complaints));
        let check = move || {
            let mut steps = judged.steps();
            let complaint = |step| complaints.get(&format!("{} {step}", judged.name)).cloned().unwrap_or_default();
            Ok(steps.try_for_each(|step| bless::check(&judged.file(step, "oracle.txt"), &complaint(step), "fn_run"))?)
        };
        trials.push(Trial::test(case.name.clone(), check).with_kind("oracle"));
        trials.push(Trial::test(case.name.clone(), move || Ok(case.check()?)).with_kind("steps"));
    }
    let corpus = root().join("tests/fn_run/corpus");
    for name in names_in(&corpus) {
        let path = corpus.join(&name);
        trials.push(Trial::test(name, move || Ok(is_untouched(&path)?)).with_kind("corpus"));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Runs a command in the package; what it wrote as results is taken away.
fn run(sandbox: &Sandbox, command: &str) -> Left {
    let results = sandbox.path().join(RESULTS);
    let _ = fs::remove_dir_all(&results);
    fs::create_dir_all(&results).expect("the copy must be writable");
    let words: Vec<&str> = command.split_whitespace().collect();
    assert_eq!(words.first(), Some(&"kustomize"), "only kustomize is run");
    let (options, last) = words
        .iter()
        .skip(1)
        .position(|word| *word == "--")
        .map_or((&words[1..], &[][..]), |at| words[1..].split_at(at));
    let arguments = [options, &["--results-dir", "../results"], last].concat();
    let outcome = sandbox.run(&tools::kustomize(), PACKAGE, &arguments, None);
    let results: String = files(&results).into_values().collect();
    Left { files: files(&sandbox.path().join(PACKAGE)), results, outcome }
}

/// Returns what `cat` as a function leaves of a folder.
fn by_cat(before: &Files) -> Files {
    let sandbox = Sandbox::new();
    before.iter().for_each(|(name, text)| write(&sandbox.path().join(PACKAGE).join(name), text));
    run(&sandbox, "kustomize fn run . --enable-exec --exec-path cat").files
}

/// Runs a file of the corpus through us and through `cat`.
fn is_untouched(path: &Path) -> Result<(), String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let ran = ["cat", "tailscale-expose"].map(|function| {
        let sandbox = Sandbox::new();
        write(&sandbox.path().join(PACKAGE).join("file.yaml"), &text);
        run(&sandbox, &format!("kustomize fn run . --enable-exec --exec-path {function}"))
    });
    let [by_cat, by_us] = &ran;
    if by_cat == by_us && by_us.outcome.code == 0 {
        return Ok(());
    }
    Err(format!("{}\n{:?}", changes(&by_cat.files, &by_us.files), by_us.outcome))
}

/// Returns the files that differ.
fn changes(before: &Files, after: &Files) -> String {
    let names = before.keys().chain(after.keys()).collect::<std::collections::BTreeSet<_>>();
    let text = |files: &Files, name: &str| files.get(name).cloned().unwrap_or_default();
    let pairs = names.into_iter().map(|name| (name, text(before, name), text(after, name)));
    let changed = pairs.filter(|(_, before, after)| before != after);
    changed.map(|(name, before, after)| format!("== {name}\n{}", bless::difference(&before, &after))).collect()
}
