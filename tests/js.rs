//! The npm package: every golden case in node and in a browser, its README's examples, and its types.
//!
//! - What runs is what `npm install` makes of the packed file in `dist/`, and the answers are the
//!   library's, byte for byte.
//! - An example prints what the comments below say. A runtime that is missing is a failure.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test reads files and runs programs"
)]

#[path = "support/plain.rs"]
mod plain;
#[path = "support/request.rs"]
mod request;
mod support;
#[path = "support/tools.rs"]
mod tools;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::LazyLock;

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};
use support::{bless, cases, command, has_error, names_in, root, run, sources};
use tailscale_expose::api::json_schema;
use tailscale_expose::krm::Finding;
use tailscale_expose::yaml::{Sources, Span};
use tailscale_expose::{Rendered, render, respond};

/// What a browser downloads, compressed by brotli.
const LARGEST_MODULE: usize = 336_000;

/// What the package holds.
const FILES: [&str; 9] =
    ["LICENSE", "README.md", "api.js", "core.js", "core_bg.wasm", "index.d.ts", "index.js", "node.js", "package.json"];

/// What is asked.
#[derive(Clone)]
enum Question {
    Render(Vec<(String, String)>),
    Respond(String),
    Schema,
}

impl Question {
    fn json(&self) -> Value {
        match self {
            Self::Render(files) => files.iter().map(|(name, text)| json!({"name": name, "text": text})).collect(),
            Self::Respond(text) => json!(text),
            Self::Schema => json!("schema"),
        }
    }

    /// What the library says.
    fn answer(&self) -> Value {
        match self {
            Self::Render(files) => {
                let sources = sources(files);
                let rendering = render(&sources);
                let objects: Vec<Value> = rendering.objects.iter().map(|made| object(made, &sources)).collect();
                let findings = findings(&rendering.findings, &sources);
                json!({"objects": objects, "findings": findings, "ok": !rendering.has_errors()})
            }
            Self::Respond(text) => match respond(text.clone(), None) {
                Ok(response) => {
                    let found = findings(&response.findings, &response.sources);
                    json!({"text": response.text(), "findings": found, "ok": !has_error(&response.findings)})
                }
                Err(error) => {
                    let code = error.kind().as_str();
                    plain::without_nulls(json!({"code": code, "message": error.to_string(), "help": error.advice()}))
                }
            },
            Self::Schema => json_schema(),
        }
    }
}

static QUESTIONS: LazyLock<Vec<(String, Question)>> = LazyLock::new(|| {
    let respond = |name: &str, text: &str| (format!("respond: {name}"), Question::Respond(text.to_owned()));
    let utf16 = "kind: ResourceList # 😀\napiVersion: config.kubernetes.io/v1\nitems: [{😀: é, kind: [}]\n";
    let mut questions = vec![
        ("schema".to_owned(), Question::Schema),
        ("render: nothing".to_owned(), Question::Render(Vec::new())),
        respond("nothing", ""),
        respond("no YAML", utf16),
        respond("a foreign config", "kind: ResourceList\nitems: []\nfunctionConfig: {kind: Pod, apiVersion: v1}\n"),
    ];
    for case in cases() {
        questions.push((format!("render: {}", case.name), Question::Render(case.inputs())));
        questions.push((format!("respond: {}", case.name), Question::Respond(request::list(&case))));
    }
    questions
});

/// A folder into which the packed file was installed.
static INSTALLED: LazyLock<Result<tempfile::TempDir, String>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    fs::write(folder.path().join("package.json"), r#"{"private": true, "type": "module"}"#)
        .map_err(|error| error.to_string())?;
    let packed = tools::dist(&root(), &format!("tailscale-expose-{}.tgz", env!("CARGO_PKG_VERSION")));
    let mut npm = command("npm", folder.path());
    let done = run(npm.args(["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts"]).arg(packed), None);
    if done.code == 0 { Ok(folder) } else { Err(format!("npm: {}{}", done.stdout, done.stderr)) }
});

static NODE: LazyLock<Result<Vec<Value>, String>> = LazyLock::new(|| {
    let installed = INSTALLED.as_ref().map_err(Clone::clone)?;
    ask(command("node", &root()).arg("tests/js/node.mjs").arg(installed.path()))
});

static BROWSER: LazyLock<Result<Vec<Value>, String>> = LazyLock::new(|| {
    let browser = tools::on_path(&tools::BROWSERS).ok_or("no browser is on PATH: run `cargo xtask setup`")?;
    ask(command("node", &root()).arg("tests/js/browser.mjs").arg(package()?).arg(browser))
});

fn package() -> Result<PathBuf, String> {
    Ok(INSTALLED.as_ref().map_err(Clone::clone)?.path().join("node_modules/tailscale-expose"))
}

fn ask(command: &mut Command) -> Result<Vec<Value>, String> {
    let questions: Vec<Value> = QUESTIONS.iter().map(|(_, question)| question.json()).collect();
    let done = run(command, Some(&json!(questions).to_string()));
    if done.code != 0 {
        return Err(format!("ended with {}: {}", done.code, done.stderr));
    }
    serde_json::from_str(&done.stdout).map_err(|error| error.to_string())
}

fn main() -> ExitCode {
    let mut trials = Vec::new();
    for (number, (name, question)) in QUESTIONS.iter().enumerate() {
        for (kind, all) in [("node", &NODE), ("browser", &BROWSER)] {
            let run = move || {
                let all = all.as_ref().map_err(Clone::clone)?;
                compare(question, all.get(number).ok_or("there is no answer")?)
            };
            trials.push(Trial::test(name, run).with_kind(kind));
        }
    }
    trials.push(Trial::test("the README's examples print what they say", examples));
    trials.push(Trial::test("after calls that were ended in the middle it answers as before", again));
    trials.push(Trial::test("a program in TypeScript compiles", types));
    trials.push(Trial::test("the package holds its files and no others", files));
    trials.push(Trial::test("the module is small enough to be downloaded", size));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn compare(question: &Question, got: &Value) -> Result<(), Failed> {
    let wanted = question.answer();
    if got == &wanted {
        return Ok(());
    }
    let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap_or_default();
    Err(bless::difference(&pretty(&wanted), &pretty(got)).into())
}

fn object(made: &Rendered, sources: &Sources) -> Value {
    let name = |id| sources.get(id).map(|source| source.name.clone());
    let (origin, stub, patch) = (made.origin.as_str(), made.origin.stub().and_then(name), made.origin.patch());
    let mut object = plain::without_nulls(json!({"origin": origin, "text": made.text, "stub": stub, "patch": patch}));
    object["object"] = made.reference.as_ref().map_or(Value::Null, plain::reference);
    object
}

fn findings(found: &[Finding], sources: &Sources) -> Vec<Value> {
    let place = |span: Span| {
        let at = sources.place(span);
        let file = sources.get(span.source).expect("a span lies in a source");
        let utf16 = |text: &str| text.encode_utf16().count();
        let (start, length) = (utf16(&file.text[..span.start as usize]), utf16(sources.slice(span)));
        json!({"file": file.name, "line": at.line, "column": at.column, "start": start, "end": start + length})
    };
    found.iter().map(|found| plain::finding(found, place)).collect()
}

/// A call near the end of the stack is ended by the engine wherever it is.
fn again() -> Result<(), Failed> {
    let installed = INSTALLED.as_ref().map_err(Clone::clone)?;
    let done = run(command("node", &root()).arg("tests/js/again.mjs").arg(installed.path()), None);
    if done.code == 0 { Ok(()) } else { Err(format!("{}{}", done.stdout, done.stderr).into()) }
}

/// Each example is a module of its own; what it prints is written below in comments.
fn examples() -> Result<(), Failed> {
    let folder = INSTALLED.as_ref().map_err(Clone::clone)?.path();
    let readme = fs::read_to_string(package()?.join("README.md"))?;
    let blocks: Vec<&str> = readme.split("```js\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    for block in &blocks {
        fs::write(folder.join("example.js"), block)?;
        let done = run(command("node", folder).arg("example.js"), None);
        let says = |line: &str| line.trim_start().strip_prefix("// ").map(|text| format!("{text}\n"));
        let wanted: String = block.lines().filter_map(says).collect();
        if done.code != 0 || done.stdout != wanted || wanted.is_empty() {
            let shown = bless::difference(&wanted, &done.stdout);
            return Err(format!("{block}\n{shown}{}", done.stderr).into());
        }
    }
    if blocks.len() < 4 { Err("there are fewer examples than functions".into()) } else { Ok(()) }
}

fn types() -> Result<(), Failed> {
    let folder = INSTALLED.as_ref().map_err(Clone::clone)?.path();
    fs::copy(root().join("tests/js/types.ts"), folder.join("types.ts"))?;
    let modules = tools::node_modules(&root());
    let mut tsc = command("node", folder);
    tsc.arg(modules.join("typescript/bin/tsc"));
    tsc.args(["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--types", "node", "types.ts"]);
    tsc.arg("--typeRoots").arg(modules.join("@types"));
    let done = run(&mut tsc, None);
    if done.code == 0 { Ok(()) } else { Err(format!("{}{}", done.stdout, done.stderr).into()) }
}

fn files() -> Result<(), Failed> {
    let found = names_in(&package()?);
    if found == FILES { Ok(()) } else { Err(format!("{found:?}").into()) }
}

fn size() -> Result<(), Failed> {
    let done = run(command("node", &root()).args(["-e", tools::BROTLI]).arg(package()?.join("core_bg.wasm")), None);
    let bytes: usize = done.stdout.trim().parse().map_err(|_| done.stderr)?;
    if bytes <= LARGEST_MODULE {
        return Ok(());
    }
    Err(format!("core_bg.wasm must have no more than {LARGEST_MODULE} bytes under brotli, has {bytes}").into())
}
