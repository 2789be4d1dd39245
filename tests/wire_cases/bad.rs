//! Bad input: a clear error or the right answer, soon, and never a panic.
//!
//! What comes of each question is a line of `bad.txt`: its exit code, and the first line of standard
//! error or how large the answer is. `BLESS=1` rewrites it.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Trial;

use super::by_library;
use crate::support::{Outcome, bless, command, root};

/// How long a question may take, in a debug build on a busy machine.
const LIMIT: Duration = Duration::from_secs(5);

/// How large a question is that never comes to its end.
const LARGE: usize = 4_000_000;

/// How large a question is that has many parts.
const MANY: usize = 400_000;

/// What gives a program a terminal (util-linux); where it is not there, its test is skipped.
const SCRIPT: &str = "/usr/bin/script";

/// What is repeated until it is large.
const REPEATED: [&str; 22] = [
    "[", "{", "]", "- ", "? ", ": ", ",", "\"", "'", "&a", "&a ", "*a ", "!", "!<", "%", "#", " ", "\t", "\r", "a",
    "{\"a\":", "<<: ",
];

/// What is repeated until there is much of it.
const LINES: [&str; 9] = ["\n", "---\n", "...\n", "a\n", "- a\n", "a: b\n", "- - \n", "|\n", "%TAG ! !\n"];

/// Returns a list with a text for its items.
fn list(items: &str) -> String {
    format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{items}")
}

/// Returns a list with other keys than items.
fn keys(keys: &str) -> String {
    format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n{keys}\n")
}

/// Returns a list with one ConfigMap whose data is a text.
fn data(data: &str) -> String {
    list(&format!("- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: c\n  data: {data}\n"))
}

/// Returns a list whose config is a stub with a text for its spec.
fn stub(spec: &str) -> String {
    let stub = "apiVersion: tailscale-expose.dev/v1alpha1\n  kind: TailscaleExpose\n  metadata: {name: s}";
    keys(&format!("items: []\nfunctionConfig:\n  {stub}\n  spec: {spec}"))
}

fn nested(open: &str, middle: &str, close: &str) -> String {
    open.repeat(2_000) + middle + &close.repeat(2_000)
}

/// Nine levels of nine aliases: 387 million values.
fn bomb() -> String {
    let mut text = "{a: &a [x, x, x, x, x, x, x, x, x]".to_owned();
    for (this, before) in ('b'..='i').zip('a'..) {
        text += &format!(", {this}: &{this} [{}]", vec![format!("*{before}"); 9].join(", "));
    }
    text + "}"
}

/// A mapping whose value is a mapping, and so on, a line each.
fn staircase() -> String {
    (0..2_000).map(|depth| format!("\n{:1$}a:", "", depth + 4)).collect()
}

fn questions() -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut add = |name: &str, question: &[u8]| assert!(all.insert(name.to_owned(), question.to_vec()).is_none());
    let entries = |count: usize| (0..count).map(|n| format!("k{n}: {{servcie: x}}")).collect::<Vec<_>>();
    let foreign = "- {apiVersion: v1, kind: A, metadata: {name: a}}\n";
    let config = "items: []\nfunctionConfig:";
    for (name, question) in [
        ("alias of nothing", data("*nope")),
        ("alias in its own anchor", data("&a [*a]")),
        ("anchor of the config after it", keys("items:\n- *a\nfunctionConfig: &a {}")),
        ("bell in an item", data("{x: \"a\u{7}b\"}")),
        ("bomb in a stub", stub(&format!("{{ingress: {}}}", bomb()))),
        ("bomb in an item", data(&bomb())),
        ("byte order mark inside", data("\u{feff}")),
        ("carriage returns alone", list(foreign).replace('\n', "\r")),
        ("keys after question marks", keys("? a").replace("kind", "? b:\nkind")),
        ("config is a list", keys(&format!("{config} [a]"))),
        ("config is a text", keys(&format!("{config} a"))),
        ("config of another kind", keys(&format!("{config} {{apiVersion: v1, kind: Pod, metadata: {{name: a}}}}"))),
        ("config map whose data is a list", keys(&format!("{config} {{apiVersion: v1, kind: ConfigMap, data: [a]}}"))),
        ("dash behind a tab", list(" \t- apiVersion: v1\n    kind: A\n")),
        ("dash of an item on the line of the key", keys("? items\n: - {apiVersion: v1, kind: A}")),
        ("deep brackets in a stub", stub(&format!("{{ingress: {}}}", nested("[", "", "]")))),
        ("deep brackets in an item", data(&nested("[", "", "]"))),
        ("deep dashes", list(&nested("- ", "a: b", ""))),
        ("deep JSON", format!("{{\"kind\": \"List\", \"items\": [{}]}}", nested("{\"a\":", "1", "}"))),
        ("deep mappings", data(&nested("{a: ", "1", "}"))),
        ("deep mappings, a line each", data(&staircase())),
        ("foreign item with a key twice", data("{a: 1, a: 2}")),
        ("half a quote", list("- apiVersion: v1\n  kind: \"Confi")),
        ("half an item in braces", list("- {apiVersion: v1, kind: ")),
        ("item is a list", list("- []\n")),
        ("item is a number", list(&format!("{foreign}- 7\n"))),
        ("item is a text", list("- hello\n")),
        ("item is nothing", list(&format!("-\n{foreign}"))),
        ("items are a mapping", keys("items: {a: b}")),
        ("items are a text", keys("items: hello")),
        ("items twice", list(&format!("{foreign}items: []\n"))),
        ("kind is a number", keys("items: []").replace("ResourceList", "5")),
        ("long text", data(&format!("{{x: \"{}\"}}", "a".repeat(LARGE)))),
        ("many bad entries on one line", stub(&format!("{{ingress: {{{}}}}}", entries(1_000).join(", ")))),
        ("many bad entries, a line each", stub(&format!("\n    ingress:\n      {}", entries(1_000).join("\n      ")))),
        ("last key is nothing", "kind: List\napiVersion: v1\nmetadata:\n :\n".to_owned()),
        ("nothing", String::new()),
        ("nothing but a comment", "# nothing\n".to_owned()),
        ("nothing but a marker", "---\n".to_owned()),
        ("nothing but blank lines", "\n\n\n".to_owned()),
        ("nothing but null", "null\n".to_owned()),
        ("NUL", "a: \0\n".to_owned()),
        ("NUL in an item", data("{x: \"a\0b\"}")),
        ("only NUL", "\0".repeat(1_000)),
        ("second document is half", "a: 1\n---\nb: [\n---\nc: 3\n".to_owned()),
        ("second document is a template", "a: 1\n---\n{{- if .Values.a }}\nb: 1\n{{- end }}\n---\nc: 3\n".to_owned()),
        ("stub with a key twice", stub("{ingress: {}, ingress: {}}")),
        ("tab as indentation", list("-\tapiVersion: v1\n\tkind: A\n")),
        ("tags of other languages", data("{x: !!binary aGk=, y: !ruby/object:A {}, z: !<tag:x> w}")),
        ("text that is no mapping", "hello\n".to_owned()),
    ] {
        add(name, question.as_bytes());
    }
    add("invalid UTF-8", b"items: \xff\n");
    add("UTF-16", b"\xff\xfei\0t\0e\0m\0s\0");
    for text in REPEATED {
        let text = text.repeat(LARGE / text.len());
        let name = text.chars().take(5).collect::<String>().escape_debug().to_string();
        add(&format!("4 MB of {name}"), text.as_bytes());
        add(&format!("4 MB in an item of {name}"), data(&text).as_bytes());
    }
    for text in LINES {
        let text = text.repeat(MANY / text.len());
        let name = text.chars().take(9).collect::<String>().escape_debug().to_string();
        add(&format!("400 KB of {name}"), text.as_bytes());
        add(&format!("400 KB in an item of {name}"), data(&text).as_bytes());
    }
    all
}

/// Every test of bad input.
pub(crate) fn trials() -> Vec<Trial> {
    let path = root().join("tests/wire_cases/bad.txt");
    let questions = questions();
    if bless::is_asked() {
        let line = |(name, question): (&String, &Vec<u8>)| match ask(question) {
            Ok(outcome) => format!("{name}: {}\n", summary(&outcome, question)),
            Err(error) => format!("{name}: {error}\n"),
        };
        bless::write(&path, &questions.iter().map(line).collect::<String>()).expect("expected files must be writable");
    }
    let known = bless::expected(&path).expect("expected files must be readable");
    let mut trials = Vec::new();
    for (name, question) in questions {
        let want = known.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
        let check = move || Ok(check(&question, &want.unwrap_or_default())?);
        trials.push(Trial::test(format!("bad/{name}"), check).with_kind("native"));
    }
    trials.push(Trial::test("bad/cut short at every byte", || Ok(cut_short()?)).with_kind("library"));
    trials.push(Trial::test("bad/nobody reads the answer", || Ok(nobody_reads()?)).with_kind("native"));
    let terminal = Trial::test("bad/a terminal", || Ok(terminal()?)).with_kind("native");
    trials.push(terminal.with_ignored_flag(!Path::new(SCRIPT).exists()));
    trials
}

fn check(question: &[u8], want: &str) -> Result<(), String> {
    let outcome = ask(question)?;
    let summary = summary(&outcome, question);
    if summary != want {
        return Err(format!("wanted: {want}\ncame out: {summary}\n{}", outcome.stderr));
    }
    if outcome.code == 2 && !outcome.stdout.is_empty() {
        return Err("what is refused must not be answered".to_owned());
    }
    Ok(())
}

fn summary(outcome: &Outcome, question: &[u8]) -> String {
    let said = outcome.stderr.lines().next();
    let answer = match outcome.stdout.len() {
        0 => "no answer".to_owned(),
        _ if outcome.stdout.as_bytes() == question => "the answer is the question".to_owned(),
        length => format!("an answer of {length} bytes"),
    };
    let why = said.map(|said| format!(", {said}")).unwrap_or_default();
    format!("exit code {}, {answer}{why}", outcome.code)
}

/// Asks a question; one that takes too long is an error.
fn ask(question: &[u8]) -> Result<Outcome, String> {
    let start = Instant::now();
    let mut child = native().stdin(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
    let mut stdin = child.stdin.take().expect("there must be a pipe");
    let mut stdout = child.stdout.take().expect("there must be a pipe");
    let mut stderr = child.stderr.take().expect("there must be a pipe");
    let (stdout, stderr) = std::thread::scope(|scope| {
        // Who refuses need not read to the end.
        scope.spawn(move || stdin.write_all(question));
        let errors = scope.spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).map(|_| text)
        });
        let mut text = String::new();
        (stdout.read_to_string(&mut text).map(|_| text), errors.join().expect("a pipe must be readable"))
    });
    let status = child.wait().map_err(|error| error.to_string())?;
    if start.elapsed() > LIMIT {
        return Err(format!("took {:?}", start.elapsed()));
    }
    let text = |text: std::io::Result<String>| text.map_err(|error| error.to_string());
    Ok(Outcome { stdout: text(stdout)?, stderr: text(stderr)?, code: status.code().unwrap_or(-1) })
}

fn native() -> Command {
    command(env!("CARGO_BIN_EXE_tailscale-expose"), Path::new("/"))
}

/// Cuts a question short at every byte: what is refused says why, and nothing panics.
fn cut_short() -> Result<(), String> {
    let text = stub("{ingress: {web: {service: 'apps/web:80'}}} # all");
    for end in 0..text.len() {
        let outcome = by_library(&text[..end], None);
        if outcome.code == 2 && !outcome.stderr.starts_with("error: ") {
            return Err(format!("{}: {}", &text[..end], outcome.stderr));
        }
    }
    Ok(())
}

/// Closes standard output before it is written to.
fn nobody_reads() -> Result<(), String> {
    let question = list(&"- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: c}\n".repeat(20_000));
    let mut child = native().stdin(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().expect("there must be a pipe");
    stdin.write_all(question.as_bytes()).map_err(|error| error.to_string())?;
    drop(stdin);
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if said.is_empty() && output.status.code() == Some(0) { Ok(()) } else { Err(format!("{}: {said}", output.status)) }
}

/// Starts it from a terminal, where nobody asks anything: it must say what it is for, and not wait.
fn terminal() -> Result<(), String> {
    let mut script = command(SCRIPT, Path::new("/"));
    let output = script.args(["-qec", env!("CARGO_BIN_EXE_tailscale-expose"), "/dev/null"]).output();
    let output = output.map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let is_help = said.contains("Without a command it is a KRM function") && said.contains("Usage");
    if is_help && output.status.code() == Some(2) { Ok(()) } else { Err(format!("{}: {said}", output.status)) }
}
