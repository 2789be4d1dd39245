//! kustomize's legacy exec plugins, which kubectl can run, too: it never runs functions.
//!
//! ```text
//! tests/legacy/<case>/
//!   kustomization.yaml  begins with a comment that says what the case shows
//!   want.yaml           standard output, byte for byte; absent when empty
//!   stderr.txt          standard error; absent when empty
//!   oracle.txt          what the operator does not do with it; absent when it does all
//! ```
//!
//! - `install` puts the program where kustomize looks for the plugins of our two kinds.
//! - A build is `kustomize build --enable-alpha-plugins .`, and `kubectl kustomize --enable-alpha-plugins .`
//!   must give the same. Both say `error:` if and only if their exit code is not 0.
//! - `BLESS=1 cargo test --features programs --test legacy` rewrites the expected files, from kustomize.
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

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, LazyLock};

use libtest_mimic::{Arguments, Failed, Trial};
use sandbox::{PROGRAM, Sandbox};
use support::{Outcome, bless, command, names_in, root};

/// Where kustomize looks for plugins, below its plugin home.
const KINDS: [(&str, &str); 2] = [
    ("TailscaleExpose", "tailscale-expose.dev/v1alpha1/tailscaleexpose"),
    ("TailscaleExposeProfile", "tailscale-expose.dev/v1alpha1/tailscaleexposeprofile"),
];

/// A program that builds.
#[derive(Clone, Copy)]
enum Builder {
    Kustomize,
    Kubectl,
}

impl Builder {
    const ALL: [Self; 2] = [Self::Kustomize, Self::Kubectl];

    fn name(self) -> &'static str {
        match self {
            Self::Kustomize => "kustomize",
            Self::Kubectl => "kubectl",
        }
    }

    fn build(self, case: &Path) -> Outcome {
        let sandbox = Sandbox::of(case);
        let home = sandbox.home().join("plugins");
        install(&sandbox, &home);
        let (program, verb) = match self {
            Self::Kustomize => (tools::kustomize(), "build"),
            Self::Kubectl => (tools::kubectl(), "kustomize"),
        };
        let program = program.to_str().expect("the program's path must be UTF-8");
        let mut command = command(program, &sandbox.path());
        command.args([verb, "--enable-alpha-plugins", "."]).env("KUSTOMIZE_PLUGIN_HOME", &home);
        let outcome = sandbox.finish(&mut command, None);
        Outcome { stderr: alike(&outcome.stderr), ..outcome }
    }
}

/// Takes out what differs between runs and programs: the config's temporary file, and a capital.
fn alike(stderr: &str) -> String {
    let is_path = |word: &&str| word.contains("/kust-plugin-config-");
    let path = stderr.split_whitespace().find(is_path).map(|word| word.trim_end_matches(';'));
    let stderr = path.map_or_else(|| stderr.to_owned(), |path| stderr.replace(path, "<config>"));
    stderr.replace("Error: ", "error: ")
}

fn install(sandbox: &Sandbox, home: &Path) {
    for (kind, folder) in KINDS {
        let folder = home.join(folder);
        let folder = folder.to_str().expect("the copy's path must be UTF-8");
        let outcome = sandbox.run(Path::new(PROGRAM), ".", &["install", "--name", kind, folder], None);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    }
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(2);
    let folder = root().join("tests/legacy");
    let cases: Vec<(String, PathBuf)> =
        names_in(&folder).into_iter().map(|name| (name.clone(), folder.join(name))).collect();
    if bless::is_asked() && !arguments.list {
        for (_, case) in &cases {
            let outcome = Builder::Kustomize.build(case);
            for (file, text) in [("want.yaml", outcome.stdout), ("stderr.txt", outcome.stderr)] {
                bless::write(&case.join(file), &text).expect("expected files must be writable");
            }
        }
    }
    let want = |case: &Path| bless::expected(&case.join("want.yaml")).expect("expected files must be readable");
    let outcomes = cases.iter().map(|(name, case)| (name.clone(), want(case))).collect();
    let complaints = Arc::new(LazyLock::new(move || judged::complaints(&outcomes)));
    let mut trials = Vec::new();
    for (name, case) in cases {
        for builder in Builder::ALL {
            let case = case.clone();
            let compare = move || compare(&case, builder);
            trials.push(Trial::test(name.clone(), compare).with_kind(builder.name()));
        }
        let complaints = Arc::clone(&complaints);
        let (about, path) = (name.clone(), case.join("oracle.txt"));
        let check = move || Ok(bless::check(&path, &complaints[&about], "legacy")?);
        trials.push(Trial::test(name, check).with_kind("oracle"));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn compare(case: &Path, builder: Builder) -> Result<(), Failed> {
    let outcome = builder.build(case);
    for (file, text) in [("want.yaml", &outcome.stdout), ("stderr.txt", &outcome.stderr)] {
        let path = case.join(file);
        let expected = bless::expected(&path)?;
        if &expected != text {
            return Err(format!("{}:\n{}", path.display(), bless::difference(&expected, text)).into());
        }
    }
    let is_told = outcome.stderr.lines().any(|line| line.starts_with("error: "));
    if is_told == (outcome.code != 0) { Ok(()) } else { Err(format!("exit code {}", outcome.code).into()) }
}
