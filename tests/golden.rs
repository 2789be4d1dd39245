//! Golden cases: a folder is a build, and beside it what becomes of it.
//!
//! ```text
//! tests/golden/<group>/<case>/
//!   stub.yaml      the stub. A comment in its first line says what the case shows
//!   build.yaml     manifests beside it, where the case needs some
//!   profile.yaml   a profile, where the case needs one; any other *.yaml, *.yml or *.json is read too
//!   output.yaml    standard output of `render` in this folder, byte for byte; absent when empty
//!   stderr.txt     what a person sees, without colour; absent when empty
//! ```
//!
//! - The exit code is no file: it must be 1 if a finding is an error, else 0.
//! - Each case is several tests: the library, the command, and the library once more with the output
//!   beside the input. Rendering what was rendered must change neither objects nor findings.
//! - `BLESS=1 cargo test --test golden` rewrites the expected files from the library, and then compares.
//! - Names are facts in kebab-case; a case shows one thing.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test touches files and programs, and may fail"
)]

mod support;

use std::collections::BTreeSet;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use support::{Case, OUTPUT, Outcome, STDERR, bless, by_library, cases, command, names_in, run};
use tailscale_expose::krm::{Finding, Object, ResourceRef};
use tailscale_expose::yaml::{Sources, documents};
use tailscale_expose::{Origin, Rendering, render};

/// Some editors write it; it is no part of the text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// What runs a case; a packaging of the tool that can render a folder gets a variant of its own.
#[derive(Clone, Copy)]
enum Runner {
    /// In this process.
    Library,
    /// The command that was built for this machine.
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

    fn run(self, case: &Case) -> Outcome {
        match self {
            Self::Library => by_library(&case.sources()),
            Self::Native => {
                // The inputs by name: output.yaml stands in the folder too.
                let files = case.inputs().into_iter().map(|(name, _)| name);
                run(command(env!("CARGO_BIN_EXE_tailscale-expose"), &case.folder).arg("render").args(files), None)
            }
        }
    }
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(2);
    let mut trials = Vec::new();
    for case in cases() {
        if bless::is_asked()
            && !arguments.list
            && let Err(error) = rewrite(&case)
        {
            let text = format!("{}: {error}", case.name);
            trials.push(Trial::test(case.name.clone(), move || Err(Failed::from(text))).with_kind("bless"));
        }
        for runner in Runner::ALL {
            let trial = case.clone();
            trials.push(Trial::test(case.name.clone(), move || compare(&trial, runner)).with_kind(runner.name()));
        }
        let trial = case.clone();
        trials.push(Trial::test(case.name.clone(), move || again(&trial)).with_kind("again"));
        trials.push(Trial::test(case.name.clone(), move || tidy(&case)).with_kind("files"));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Rewrites the expected files of a case.
fn rewrite(case: &Case) -> Result<(), String> {
    let outcome = Runner::Library.run(case);
    bless::write(&case.file(OUTPUT), &outcome.stdout)?;
    bless::write(&case.file(STDERR), &outcome.stderr)
}

/// Compares what a runner does with what is expected.
fn compare(case: &Case, runner: Runner) -> Result<(), Failed> {
    let outcome = runner.run(case);
    for (name, text) in [(OUTPUT, &outcome.stdout), (STDERR, &outcome.stderr)] {
        let path = case.file(name);
        let expected = bless::expected(&path)?;
        if &expected != text {
            let how = "if the new text is right: BLESS=1 cargo test --test golden";
            let shown = bless::difference(&expected, text);
            return Err(format!("{} is not what came out; {how}\n{shown}", path.display()).into());
        }
    }
    let code = i32::from(support::has_error(&render(&case.sources()).findings));
    if outcome.code == code { Ok(()) } else { Err(format!("must exit with {code}, did with {}", outcome.code).into()) }
}

/// Renders a case with its own output beside it: neither objects nor findings may change.
fn again(case: &Case) -> Result<(), Failed> {
    let first_sources = case.sources();
    let first = render(&first_sources);
    let output = by_library(&first_sources).stdout;
    let mut sources = without_annotated(case, &first);
    sources.add("generated/output.yaml", output.as_str());
    let second = render(&sources);
    let (before, after) = (objects(&first), objects(&second));
    if before != after {
        let list = |objects: &BTreeSet<(Option<ResourceRef>, String)>| {
            support::joined(objects.iter().map(|(_, text)| text.as_str()))
        };
        return Err(format!("objects change\n{}", bless::difference(&list(&before), &list(&after))).into());
    }
    let (before, after) = (said(&first.findings), said(&second.findings));
    if before == after {
        Ok(())
    } else {
        Err(format!("findings change\n{}", bless::difference(&before, &after)).into())
    }
}

/// Returns the inputs of a case without the Services that the output holds annotated.
fn without_annotated(case: &Case, rendering: &Rendering) -> Sources {
    let is_annotated = |object: Object<'_>| {
        let reference = Some(object.reference());
        rendering
            .objects
            .iter()
            .any(|made| matches!(made.origin, Origin::Annotated { .. }) && made.reference == reference)
    };
    let before = case.sources();
    let mut after = Sources::default();
    for (id, source) in before.iter() {
        let kept = documents(id, source).into_iter().filter(|document| {
            let node = document.root.as_ref().ok().and_then(Option::as_ref);
            !node.and_then(|node| Object::new(node, document.span)).is_some_and(is_annotated)
        });
        let text: String = kept.map(|document| before.slice(document.span)).collect();
        after.add(source.name.as_str(), text);
    }
    after
}

/// Returns the objects that a rendering made or changed.
fn objects(rendering: &Rendering) -> BTreeSet<(Option<ResourceRef>, String)> {
    let ours = rendering.objects.iter().filter(|object| object.origin != Origin::Passed);
    ours.map(|object| (object.reference.clone(), support::joined([object.text.as_str()].into_iter()))).collect()
}

/// Returns what findings say, a line each; places may move.
fn said(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let Finding { rule, severity, message, help, path, value, .. } = finding;
        format!("{} [{rule}] {path} {value:?}: {message} ({help:?})\n", severity.as_str())
    };
    findings.iter().map(line).collect()
}

/// Refuses files in a case that nothing reads, and stubs that do not say what they show.
fn tidy(case: &Case) -> Result<(), Failed> {
    let inputs = case.inputs();
    let known = |name: &str| name == OUTPUT || name == STDERR || inputs.iter().any(|(input, _)| input == name);
    if let Some(odd) = names_in(&case.folder).into_iter().find(|name| !known(name)) {
        return Err(format!("{odd} is not read").into());
    }
    let first = inputs
        .iter()
        .any(|(name, text)| name.ends_with(".json") || text.trim_start_matches(BYTE_ORDER_MARK).starts_with("# "));
    if first { Ok(()) } else { Err("no input begins with a comment that says what the case shows".into()) }
}
