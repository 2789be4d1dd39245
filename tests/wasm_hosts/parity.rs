//! The same answer from every host.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use libtest_mimic::Trial;
use tailscale_expose::report::{Colour, report};
use tailscale_expose::respond;

use crate::support::{cases, command, has_error, root};
use crate::{request, same, tools};

/// What a run came to; bytes, since a request need not be text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

/// What runs the function.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Host {
    Native,
    Sandboxed,
    KrmWasm,
    Wazero,
}

/// What runs the module of all questions in one process, because it starts slowly.
#[derive(Clone, Copy, Debug)]
enum Engine {
    /// With wasmtime's own WASI.
    Wasmtime,
    /// With node's.
    Node,
}

impl Engine {
    const ALL: [Self; 2] = [Self::Wasmtime, Self::Node];

    fn name(self) -> &'static str {
        match self {
            Self::Wasmtime => "wasmtime",
            Self::Node => "node",
        }
    }

    fn command(self) -> Command {
        let scripts = root().join("tests/wasm_hosts");
        let mut command = match self {
            Self::Wasmtime => {
                let mut python = command("python3", &root());
                python.arg(scripts.join("wasmtime.py")).arg(tools::wasmtime());
                python
            }
            Self::Node => {
                let mut node = command("node", &root());
                node.arg(scripts.join("node.mjs"));
                node
            }
        };
        command.arg(tools::dist(&root(), "tailscale-expose.wasm"));
        command
    }

    /// The folder of all answers.
    fn answers(self) -> Result<&'static Path, String> {
        static ALL: [LazyLock<Result<tempfile::TempDir, String>>; 2] =
            [LazyLock::new(|| Engine::Wasmtime.run()), LazyLock::new(|| Engine::Node.run())];
        let all = match self {
            Self::Wasmtime => &ALL[0],
            Self::Node => &ALL[1],
        };
        all.as_ref().map(tempfile::TempDir::path).map_err(Clone::clone)
    }

    fn run(self) -> Result<tempfile::TempDir, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        for (number, (_, question)) in QUESTIONS.iter().enumerate() {
            let path = folder.path().join(format!("{number}.question"));
            fs::write(path, question).map_err(|error| error.to_string())?;
        }
        let done = ask(self.command().arg(folder.path()), b"");
        if done.code == 0 { Ok(folder) } else { Err(format!("ended with {}: {}", done.code, done.stderr)) }
    }

    fn answer(self, number: usize) -> Result<Answer, String> {
        let folder = self.answers()?;
        let read = |end: &str| {
            let path = folder.join(format!("{number}.{end}"));
            fs::read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).map_err(|error| error.to_string())
        };
        let code = read("code")?.parse().map_err(|_| "there is no exit code")?;
        Ok(Answer { stdout: read("stdout")?, stderr: read("stderr")?, code })
    }
}

/// What is asked: a name, and the bytes.
static QUESTIONS: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let mut questions: Vec<(String, Vec<u8>)> = odd().into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
    for case in cases() {
        questions.push((format!("{} as a ResourceList", case.name), request::list(&case).into_bytes()));
        questions.push((format!("{} as a stream", case.name), request::stream(&case).into_bytes()));
    }
    questions
});

/// Where hosts keep what they compile in these tests, and where they find nothing of the developer's.
static HOME: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().expect("there must be room"));

impl Host {
    const ALL: [Self; 4] = [Self::Native, Self::Sandboxed, Self::KrmWasm, Self::Wazero];

    fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Sandboxed => "tailscale-expose-wasm",
            Self::KrmWasm => "krm-wasm",
            Self::Wazero => "wazero",
        }
    }

    /// The command that runs the function in this host.
    pub(crate) fn command(self) -> Command {
        let module = || tools::dist(&root(), "tailscale-expose.wasm");
        let new = |program: &Path| command(&program.to_string_lossy(), &root());
        match self {
            Self::Native => new(Path::new(env!("CARGO_BIN_EXE_tailscale-expose"))),
            Self::Sandboxed => new(&tools::dist_program(&root(), "tailscale-expose-wasm")),
            Self::KrmWasm => {
                let mut command = new(&krm_wasm());
                command.env_clear().env("HOME", HOME.path()).arg(module());
                command
            }
            Self::Wazero => {
                let mut command = new(&tools::wazero());
                let cache = HOME.path().join("wazero");
                command.arg("run").arg(format!("-cachedir={}", cache.display())).arg(module());
                command
            }
        }
    }
}

/// The host of any function.
pub(crate) fn krm_wasm() -> PathBuf {
    tools::dist_program(&root(), "krm-wasm")
}

/// Runs a command to its end with a question.
pub(crate) fn ask(command: &mut Command, question: &[u8]) -> Answer {
    let mut child = command.stdin(Stdio::piped()).spawn().expect("the host must start");
    let mut pipe = child.stdin.take().expect("it is piped");
    let question = question.to_vec();
    // On its own thread: a host may answer before it has read all.
    let writer = std::thread::spawn(move || {
        let _ = pipe.write_all(&question);
    });
    let output = child.wait_with_output().expect("the host must end");
    let _ = writer.join();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Answer { stdout: text(&output.stdout), stderr: text(&output.stderr), code: output.status.code().unwrap_or(-1) }
}

/// Returns what the library says, in the words of the command.
fn by_library(question: &[u8]) -> Answer {
    let failed = |error: String, help: Option<&str>| {
        let help = help.map(|help| format!("help: {help}\n")).unwrap_or_default();
        Answer { stdout: String::new(), stderr: format!("error: {error}\n{help}"), code: 2 }
    };
    let question = match String::from_utf8(question.to_vec()) {
        Ok(question) => question,
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            return failed(format!("the input must be UTF-8: byte {at} is not"), None);
        }
    };
    match respond(question, None) {
        Ok(response) => Answer {
            stdout: response.text(),
            stderr: report(&response.findings, &response.sources, Colour::Plain),
            code: i32::from(has_error(&response.findings)),
        },
        Err(error) => failed(error.to_string(), error.advice()),
    }
}

/// Questions that are no builds.
fn odd() -> Vec<(&'static str, Vec<u8>)> {
    let nested = |open: &str, close: &str, depth: usize| {
        format!("kind: ResourceList\nitems: {}{}\n", open.repeat(depth), close.repeat(depth)).into_bytes()
    };
    vec![
        ("nothing", Vec::new()),
        ("blank", b" \n\n".to_vec()),
        ("no list", b"hello\n".to_vec()),
        ("no YAML", b"kind: ResourceList\nitems: [\n".to_vec()),
        ("no UTF-8", b"kind: ResourceList\n# \xff\n".to_vec()),
        ("no items", b"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n".to_vec()),
        ("a zero byte", b"kind: ResourceList\nitems:\n- \0\n".to_vec()),
        ("a JSON list", br#"{"apiVersion":"config.kubernetes.io/v1","kind":"ResourceList","items":[]}"#.to_vec()),
        ("200 levels", nested("[", "]", 200)),
        ("100 000 levels", nested("[", "]", 100_000)),
        ("100 000 levels of mappings", nested("{a: ", "}", 100_000)),
        ("a foreign config", b"kind: ResourceList\nitems: []\nfunctionConfig: {kind: Pod, apiVersion: v1}\n".to_vec()),
        ("half a megabyte", large(500_000)),
    ]
}

/// A list of so many bytes: twenty stubs, among manifests that are not ours.
fn large(bytes: usize) -> Vec<u8> {
    let mut text = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n".to_owned();
    let mut number = 0;
    while text.len() < bytes {
        text.push_str(&format!(
            "- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: settings-{number}\n    namespace: team\n  \
             data:\n    greeting: \"hello, number {number}\"\n    list: |\n      one\n      two\n"
        ));
        if number % 200 == 0 && number < 4000 {
            text.push_str(&format!(
                "- apiVersion: tailscale-expose.dev/v1alpha1\n  kind: TailscaleExpose\n  metadata:\n    name: \
                 app-{number}\n  spec:\n    ingress:\n      app-{number}: {{service: \"team/app-{number}:80\"}}\n"
            ));
        }
        number += 1;
    }
    text.into_bytes()
}

fn compare(question: &[u8], got: &Answer) -> Result<(), String> {
    let wanted = by_library(question);
    same("standard error", &wanted.stderr, &got.stderr)?;
    same("standard output", &wanted.stdout, &got.stdout)?;
    if wanted.code == got.code {
        return Ok(());
    }
    Err(format!("must exit with {}, did with {}", wanted.code, got.code))
}

/// The environment and arguments must not be seen.
fn is_hermetic() -> Result<(), String> {
    let question = b"kind: ResourceList\napiVersion: config.kubernetes.io/v1\nitems: []\n";
    let wanted = ask(&mut Host::Wazero.command(), question);
    let mut wazero = command(&tools::wazero().to_string_lossy(), &root());
    wazero.args(["run", "-env=RUST_BACKTRACE=full", "-env=KUSTOMIZE_PLUGIN_CONFIG_STRING=x", "-env=CLICOLOR_FORCE=1"]);
    wazero.arg(tools::dist(&root(), "tailscale-expose.wasm")).args(["render", "--help"]);
    let mut host = Host::Sandboxed.command();
    host.envs([("RUST_BACKTRACE", "full"), ("KUSTOMIZE_PLUGIN_CONFIG_STRING", "x"), ("CLICOLOR_FORCE", "1")]);
    for got in [ask(&mut wazero, question), ask(&mut host, question)] {
        if got != wanted {
            return Err(format!("{got:?} is not {wanted:?}"));
        }
    }
    Ok(())
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (number, (name, question)) in QUESTIONS.iter().enumerate() {
        for host in Host::ALL {
            let run = move || Ok(compare(question, &ask(&mut host.command(), question))?);
            trials.push(Trial::test(name, run).with_kind(host.name()));
        }
        for engine in Engine::ALL {
            let run = move || Ok(compare(question, &engine.answer(number)?)?);
            trials.push(Trial::test(name, run).with_kind(engine.name()));
        }
    }
    trials.push(crate::trial("wazero", "neither arguments nor environment are looked at", is_hermetic));
    trials
}
