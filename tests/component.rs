//! Real kustomize with our component: a folder is what a user could have written, and beside it what
//! becomes of it.
//!
//! ```text
//! tests/component/<case>/
//!   [<folder>/]kustomization.yaml  where it begins with a comment it is built; the comment says what it shows
//!   [<folder>/]want.yaml           standard output, byte for byte; absent when empty
//!   [<folder>/]stderr.txt          standard error; absent when empty
//!   [<folder>/]oracle.txt          what the operator does not do with it; absent when it does all
//!   [<folder>/]guard.sh            what a CI runs to see that the function ran
//!   tailscale-expose/              the component: what a case does not bring is what `init --component` writes
//! ```
//!
//! - A build is `kustomize build --enable-alpha-plugins --enable-exec .`, unless a line of the comment
//!   that begins with `$` says another.
//! - Each is built with the native program, and with the module in our own host.
//! - kustomize says `Error:` if and only if its exit code is not 0, so the code is no file.
//! - What was built is built again, through the component: nothing may change. Nor does a file of
//!   `tests/fn_run/corpus`, which holds nothing of ours.
//! - `BLESS=1 cargo test --features programs --test component` rewrites the expected files.
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

use libtest_mimic::{Arguments, Failed, Trial};
use sandbox::{PROGRAM, Sandbox, files, write};
use support::{Outcome, bless, names_in, root};

const COMPONENT: &str = "tailscale-expose";
const WANT: &str = "want.yaml";
const STDERR: &str = "stderr.txt";
const ORACLE: &str = "oracle.txt";
const GUARD: &str = "guard.sh";
const BUILD: &str = "kustomize build --enable-alpha-plugins --enable-exec .";

/// What `path: tailscale-expose` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Native,
    /// The module, in our own host.
    Sandboxed,
}

/// A kustomization that is built.
#[derive(Clone, Debug)]
struct Target {
    /// `case` or `case/folder`.
    name: String,
    /// The folder of the case.
    case: PathBuf,
    /// The folder of the kustomization, in that of the case.
    folder: String,
    /// The command, as a user types it.
    command: String,
}

impl Target {
    /// Returns the targets of a case.
    fn all_of(case: &Path, name: &str) -> Vec<Self> {
        let mut targets = Vec::new();
        for (path, text) in files(case) {
            let Some(folder) = path.strip_suffix("kustomization.yaml") else { continue };
            if !text.starts_with("# ") || folder.starts_with(COMPONENT) {
                continue;
            }
            let head = text.lines().take_while(|line| line.starts_with('#'));
            let command = head.filter_map(|line| line.strip_prefix("# $ ")).next().unwrap_or(BUILD).to_owned();
            let folder = folder.trim_end_matches('/').to_owned();
            let name = if folder.is_empty() { name.to_owned() } else { format!("{name}/{folder}") };
            targets.push(Self { name, case: case.to_owned(), folder, command });
        }
        targets
    }

    /// The path of an expected file.
    fn file(&self, name: &str) -> PathBuf {
        self.case.join(&self.folder).join(name)
    }

    /// Builds it in a copy, with a program as the function.
    fn build(&self, function: Function) -> Outcome {
        let sandbox = Sandbox::of(&self.case);
        add_component(&sandbox);
        if function == Function::Sandboxed {
            sandbox.replace_program(&tools::dist_program(&root(), "tailscale-expose-wasm"));
        }
        let outcome = build(&sandbox, &self.folder, &self.command);
        Outcome { stderr: without_addresses(&outcome.stderr), ..outcome }
    }
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(2);
    let mut trials = vec![Trial::test("the component is what `init` writes", || Ok(component_is_vendored()?))];
    let mut targets = Vec::new();
    let folder = root().join("tests/component");
    for name in names_in(&folder) {
        let case = folder.join(&name);
        let own = Target::all_of(&case, &name);
        let (trial, own_targets) = (case.clone(), own.clone());
        trials.push(Trial::test(name, move || Ok(is_tidy(&trial, &own_targets)?)).with_kind("files"));
        targets.extend(own);
    }
    if bless::is_asked() && !arguments.list {
        for target in &targets {
            let outcome = target.build(Function::Native);
            bless::write(&target.file(WANT), &outcome.stdout).expect("expected files must be writable");
            bless::write(&target.file(STDERR), &outcome.stderr).expect("expected files must be writable");
        }
    }
    let want = |target: &Target| bless::expected(&target.file(WANT)).expect("expected files must be readable");
    let outcomes: BTreeMap<String, String> = targets.iter().map(|target| (target.name.clone(), want(target))).collect();
    let complaints = Arc::new(LazyLock::new(move || judged::complaints(&outcomes)));
    for target in targets {
        for (function, kind) in [(Function::Native, "build"), (Function::Sandboxed, "sandboxed build")] {
            let target = target.clone();
            trials.push(Trial::test(target.name.clone(), move || compare(&target, function)).with_kind(kind));
        }
        let (again, judged) = (target.clone(), target.clone());
        trials.push(Trial::test(target.name.clone(), move || Ok(build_again(&again)?)).with_kind("again"));
        let complaints = Arc::clone(&complaints);
        let check = move || Ok(bless::check(&judged.file(ORACLE), &complaints[&judged.name], "component")?);
        trials.push(Trial::test(target.name.clone(), check).with_kind("oracle"));
        if target.file(GUARD).exists() {
            trials.push(Trial::test(target.name.clone(), move || Ok(guard(&target)?)).with_kind("guard"));
        }
    }
    let corpus = root().join("tests/fn_run/corpus");
    for name in names_in(&corpus) {
        let text = fs::read_to_string(corpus.join(&name)).expect("the corpus must be readable");
        let check = move || Ok(is_passed_through(&text, &BTreeMap::new())?);
        trials.push(Trial::test(name, check).with_kind("corpus"));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Adds what is missing of the component, the way a user does.
fn add_component(sandbox: &Sandbox) {
    let outcome = sandbox.run(Path::new(PROGRAM), ".", &["init", "--component", COMPONENT], None);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
}

fn component_is_vendored() -> Result<(), String> {
    let sandbox = Sandbox::new();
    add_component(&sandbox);
    let (written, kept) = (files(&sandbox.path().join(COMPONENT)), files(&root().join("plugin/kustomize")));
    if written == kept { Ok(()) } else { Err(format!("{written:?}\nis not plugin/kustomize:\n{kept:?}")) }
}

/// Compares a build with what is expected.
fn compare(target: &Target, function: Function) -> Result<(), Failed> {
    let outcome = target.build(function);
    let differs = |name: &str, text: &str| {
        let path = target.file(name);
        let expected = bless::expected(&path)?;
        if expected == text {
            Ok(())
        } else {
            Err(format!("{}:\n{}", path.display(), bless::difference(&expected, text)))
        }
    };
    differs(WANT, &outcome.stdout)?;
    differs(STDERR, &outcome.stderr)?;
    let is_told = outcome.stderr.lines().any(|line| line.starts_with("Error: "));
    if is_told == (outcome.code != 0) { Ok(()) } else { Err(format!("exit code {}", outcome.code).into()) }
}

/// Runs kustomize in a folder of a copy.
fn build(sandbox: &Sandbox, folder: &str, command: &str) -> Outcome {
    let words: Vec<&str> = command.split_whitespace().collect();
    let (program, arguments) = words.split_first().expect("a command must have a program");
    assert_eq!(*program, "kustomize", "only kustomize is run");
    sandbox.run(&tools::kustomize(), folder, arguments, None)
}

/// Takes out the addresses in memory that kustomize prints where it means a name.
fn without_addresses(text: &str) -> String {
    let mut parts = text.split("0x");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("0x…");
        out.push_str(part.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
    }
    out
}

/// Builds what was built, through the component and without it.
fn build_again(target: &Target) -> Result<(), String> {
    let want = bless::expected(&target.file(WANT))?;
    if want.is_empty() || want.contains("kind: TailscaleExpose") {
        return Ok(());
    }
    let own = target.case.join(COMPONENT);
    let own = if own.exists() { files(&own) } else { BTreeMap::new() };
    is_passed_through(&want, &own)
}

/// Builds manifests through the component, of which a user has written some files, and without it: there
/// must be no difference, be it that kustomize refuses them.
fn is_passed_through(manifests: &str, own: &BTreeMap<String, String>) -> Result<(), String> {
    let builds = ["", "components: [tailscale-expose]\n"].map(|components| {
        let sandbox = Sandbox::new();
        write(&sandbox.path().join("kustomization.yaml"), &format!("resources: [built.yaml]\n{components}"));
        write(&sandbox.path().join("built.yaml"), manifests);
        own.iter().for_each(|(name, text)| write(&sandbox.path().join(COMPONENT).join(name), text));
        add_component(&sandbox);
        build(&sandbox, ".", BUILD)
    });
    let [without, with] = &builds;
    if with == without {
        return Ok(());
    }
    let difference = bless::difference(&without.stdout, &with.stdout);
    Err(format!("exit code {}\n{}{difference}", with.code, with.stderr))
}

/// Runs the guard as it is, and without the flag that it guards against losing.
fn guard(target: &Target) -> Result<(), String> {
    let script = fs::read_to_string(target.file(GUARD)).map_err(|error| error.to_string())?;
    let run = |script: &str| {
        let sandbox = Sandbox::of(&target.case);
        add_component(&sandbox);
        let script = format!("set -e\n{script}");
        sandbox.run(Path::new("sh"), &target.folder, &["-c", &script], None)
    };
    let (with, without) = (run(&script), run(&script.replace(" --enable-exec", "")));
    if with.code != 0 {
        return Err(format!("must pass where the function runs:\n{}{}", with.stdout, with.stderr));
    }
    if without.code == 0 { Err("must fail where the function does not run".to_owned()) } else { Ok(()) }
}

/// Refuses cases that build nothing, and expected files of nothing.
fn is_tidy(case: &Path, targets: &[Target]) -> Result<(), String> {
    if targets.is_empty() {
        return Err("no kustomization begins with a comment that says what it shows".to_owned());
    }
    for path in files(case).into_keys() {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        if [WANT, STDERR, ORACLE, GUARD].contains(&name) && !targets.iter().any(|target| target.folder == folder) {
            return Err(format!("{path} is of no build"));
        }
    }
    Ok(())
}
