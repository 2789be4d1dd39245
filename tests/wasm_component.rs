//! The WebAssembly component: every golden case as a request, in wasmtime and, transpiled, in node.
//!
//! - The answer is the library's, byte for byte, and the findings are typed: what the library found,
//!   field by field.
//! - What runs is `dist/tailscale-expose.component.wasm`, as it is released. A runtime that is missing is
//!   a failure.
#![allow(clippy::disallowed_methods, clippy::expect_used, reason = "a test reads files and runs programs")]

#[path = "support/plain.rs"]
mod plain;
#[path = "support/request.rs"]
mod request;
mod support;
#[path = "support/tools.rs"]
mod tools;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::LazyLock;

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};
use support::{bless, cases, command, root, run};
use tailscale_expose::krm::Finding;
use tailscale_expose::yaml::Sources;
use tailscale_expose::{Error, respond};

/// What the component exports.
const INTERFACE: &str = "tailscale-expose:krm/function@0.1.0";

/// What is asked: a name, and the request.
static QUESTIONS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n";
    let mut questions: Vec<(String, String)> = [
        ("nothing", String::new()),
        ("no list", "hello\n".to_owned()),
        ("no YAML", format!("{list}items: [\n")),
        ("no items", format!("{list}items: []\n")),
        ("a foreign config", format!("{list}items: []\nfunctionConfig: {{kind: Pod, apiVersion: v1}}\n")),
        ("100 000 levels", format!("{list}items: {}{}\n", "[".repeat(100_000), "]".repeat(100_000))),
    ]
    .map(|(name, text)| (format!("odd: {name}"), text))
    .into();
    for case in cases() {
        questions.push((format!("{} as a ResourceList", case.name), request::list(&case)));
        questions.push((format!("{} as a stream", case.name), request::stream(&case)));
    }
    questions
});

/// What runs the component; each is asked once for all answers, because it starts slowly.
#[derive(Clone, Copy)]
enum Engine {
    Wasmtime,
    Node,
}

static WASMTIME: LazyLock<Result<Vec<Value>, String>> = LazyLock::new(|| {
    let script = root().join("tests/wasm_component/wasmtime.py");
    let mut python = command("python3", &root());
    ask(python.arg(script).arg(tools::wasmtime()).arg(component()).arg(INTERFACE))
});

static NODE: LazyLock<Result<Vec<Value>, String>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let jco = tools::node_modules(&root()).join("@bytecodealliance/jco/dist/jco.js");
    let mut transpile = command("node", folder.path());
    let done = run(transpile.arg(jco).arg("transpile").arg(component()).args(["--name", "plugin", "-o", "."]), None);
    if done.code != 0 {
        return Err(format!("jco: {}{}", done.stdout, done.stderr));
    }
    std::fs::write(folder.path().join("package.json"), r#"{"type": "module"}"#).map_err(|error| error.to_string())?;
    let script = root().join("tests/wasm_component/node.mjs");
    ask(command("node", folder.path()).arg(script).arg(folder.path().join("plugin.js")).arg(INTERFACE))
});

impl Engine {
    const ALL: [Self; 2] = [Self::Wasmtime, Self::Node];

    fn name(self) -> &'static str {
        match self {
            Self::Wasmtime => "wasmtime",
            Self::Node => "node",
        }
    }

    fn answer(self, number: usize) -> Result<&'static Value, String> {
        let all = match self {
            Self::Wasmtime => &*WASMTIME,
            Self::Node => &*NODE,
        };
        all.as_ref().map_err(Clone::clone)?.get(number).ok_or_else(|| "there is no answer".to_owned())
    }
}

fn component() -> PathBuf {
    tools::dist(&root(), "tailscale-expose.component.wasm")
}

fn ask(command: &mut Command) -> Result<Vec<Value>, String> {
    let questions: Vec<&str> = QUESTIONS.iter().map(|(_, text)| text.as_str()).collect();
    let done = run(command, Some(&json!(questions).to_string()));
    if done.code != 0 {
        return Err(format!("{} ended with {}: {}", show(command), done.code, done.stderr));
    }
    serde_json::from_str(&done.stdout).map_err(|error| format!("{}: {error}", show(command)))
}

fn show(command: &Command) -> String {
    Path::new(command.get_program()).display().to_string()
}

fn main() -> ExitCode {
    let mut trials = Vec::new();
    for engine in Engine::ALL {
        for (number, (name, question)) in QUESTIONS.iter().enumerate() {
            let trial = Trial::test(name, move || compare(engine, number, question)).with_kind(engine.name());
            trials.push(trial);
        }
    }
    trials.push(Trial::test("the function is exported, and nothing is imported", imports_nothing));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Compares an answer with the library's.
fn compare(engine: Engine, number: usize, question: &str) -> Result<(), Failed> {
    let got = engine.answer(number)?;
    let wanted = match respond(question.to_owned(), None) {
        Err(error) => failure(&error),
        Ok(response) => {
            let text = got["resourceList"].as_str().unwrap_or_default();
            if text != response.text() {
                return Err(format!("the text differs\n{}", bless::difference(&response.text(), text)).into());
            }
            let findings: Vec<Value> =
                response.findings.iter().map(|found| finding(found, &response.sources)).collect();
            json!({"resourceList": text, "findings": findings})
        }
    };
    if got == &wanted {
        return Ok(());
    }
    let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap_or_default();
    Err(format!("the answer differs\n{}", bless::difference(&pretty(&wanted), &pretty(got))).into())
}

/// Returns an error as the world has it.
fn failure(error: &Error) -> Value {
    json!({"failure": error.kind().as_str(), "reason": plain::without_nulls(json!({"message": error.to_string(), "help": error.advice()}))})
}

/// Returns a finding as the world has it.
fn finding(found: &Finding, sources: &Sources) -> Value {
    plain::finding(found, |span| {
        let place = sources.place(span);
        json!({"line": place.line, "column": place.column})
    })
}

/// The component says what it exports, and imports nothing.
fn imports_nothing() -> Result<(), Failed> {
    let jco = tools::node_modules(&root()).join("@bytecodealliance/jco/dist/jco.js");
    let done = run(command("node", &root()).arg(jco).arg("wit").arg(component()), None);
    let wanted = format!("package root:component;\n\nworld root {{\n  export {INTERFACE};\n}}\n");
    if done.stdout.trim() == wanted.trim() {
        return Ok(());
    }
    Err(format!("{}\n{}", bless::difference(&wanted, &done.stdout), done.stderr).into())
}
