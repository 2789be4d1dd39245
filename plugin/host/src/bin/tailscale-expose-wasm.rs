//! The KRM function in its sandbox: `exec: {path: tailscale-expose-wasm}`.
//!
//! Why it is built this way is told where the crate begins, in `lib.rs`.

use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;
use std::time::Instant;

use krm_host::{
    Aligned, Answer, Failure, FunctionStderr, Imports, Limits, Stderr, call, finish, load_in_place, within,
};

/// Our function, compiled from `tailscale-expose.wasm`.
static CODE: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/function.cwasm")));

/// The memory for a question of no length, in MiB.
const BASE: u64 = 64;

const HELP: &str = "\
Expand TailscaleExpose stubs, as a KRM function in a sandbox: a ResourceList on standard input, a
ResourceList on standard output, findings on standard error. The function is WebAssembly; it has no
files, no network, no environment and no clock.

In a kustomization, under `transformers` or `generators`:
    metadata:
      annotations:
        config.kubernetes.io/function: |
          exec: {path: tailscale-expose-wasm}
    $ kustomize build --enable-alpha-plugins --enable-exec

In a pipe:
    $ tailscale-expose-wasm < list.yaml

Exit codes: 0 done, 1 a finding is an error, 2 the run could not go on.
All else (render, init, schema) is in the command `tailscale-expose`.
";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if let Some(argument) = arguments.next() {
        let text = match argument.to_str() {
            Some("--help" | "-h") => HELP,
            Some("--version" | "-V") => concat!("tailscale-expose-wasm ", env!("CARGO_PKG_VERSION"), "\n"),
            _ => {
                let _ = writeln!(io::stderr(), "error: unexpected argument {argument:?}\nhelp: it has none but --help");
                return ExitCode::from(2);
            }
        };
        let _ = io::stdout().write_all(text.as_bytes());
        return ExitCode::SUCCESS;
    }
    let mut stdin = io::stdin();
    if stdin.is_terminal() {
        let _ = io::stderr().write_all(HELP.as_bytes());
        return ExitCode::from(2);
    }
    let mut question = Vec::new();
    if let Err(error) = stdin.read_to_end(&mut question) {
        let _ = writeln!(io::stderr(), "error: cannot read standard input: {error}");
        return ExitCode::from(2);
    }
    let limits = Limits::of(BASE, question.len());
    let Ok(stderr) = Stderr::start(io::stderr()) else {
        let _ = writeln!(io::stderr(), "error: the system refuses a thread");
        return ExitCode::from(2);
    };
    let until = Instant::now() + limits.deadline;
    let said = stderr.of_function(limits.stderr(question.len()));
    finish(within(limits.deadline, move || answer(question, limits, said)), stderr, until)
}

#[allow(unsafe_code)]
fn answer(question: Vec<u8>, limits: Limits, said: FunctionStderr) -> Result<Answer, Failure> {
    if CODE.0.is_empty() {
        return Err(Failure::Code("this build has none in it; `cargo xtask dist` makes one that has".to_owned()));
    }
    // SAFETY: the bytes are from the compiler, when the program was built.
    let (engine, module) = unsafe { load_in_place(CODE) }?;
    call(&engine, &module, Imports::Seven, question, limits, said)
}
