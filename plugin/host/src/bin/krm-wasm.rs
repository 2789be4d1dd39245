//! `krm-wasm FILE.wasm`: any KRM function of WebAssembly, in a sandbox.
//!
//! What the sandbox is, is told where the crate begins, in `lib.rs`; what is trusted of the cache, in
//! `cache.rs`.

use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use std::{env, fs};

use clap::{CommandFactory, Parser};
use krm_host::apart::{compile_apart, serve};
use krm_host::cache::Cache;
use krm_host::compile::module;
use krm_host::{Imports, Limits, Stderr, call, engine, finish, shown, within};
use sha2::{Digest, Sha256};

/// The memory for a question of no length, in MiB. Go's runtime alone takes some.
const BASE: u64 = 256;

/// Compiling a large module takes a while.
const COMPILING: Duration = Duration::from_secs(60);

/// The largest module.
const LONGEST: u64 = 128 << 20;

/// Run a KRM function that is a WebAssembly module, in a sandbox
///
/// The function is a command of WASI preview 1: a ResourceList on standard input, a ResourceList on
/// standard output. It has no files, no network, no environment and no clock; what it answers depends
/// on what it is asked, and on nothing else.
#[derive(Parser)]
#[command(name = "krm-wasm", version, after_long_help = EXAMPLES)]
struct Arguments {
    /// The function: a core module, built for wasm32-wasip1 (GOOS=wasip1 in Go)
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,

    /// Refuse a file that has another SHA-256
    #[arg(long, value_name = "HEX")]
    sha256: Option<String>,

    /// What running it and compiling it may use of memory; without it, 256 for each, and 64 times the length of
    /// the input, or 256 times that of FILE.wasm
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=65_536))]
    memory: Option<u64>,

    /// When to give up; without it, 70, and one for each 100 KiB of input
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    deadline: Option<u64>,

    /// Compile anew, and keep nothing
    #[arg(long)]
    no_cache: bool,

    /// Write the compiled code to a file and run nothing; for a program that has it embedded
    #[arg(long, value_name = "FILE", conflicts_with = "no_cache")]
    compile: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  In a pipe:
    $ krm-wasm set-labels.wasm < list.yaml

  In a kustomization, under `transformers` or `generators` (kustomize 5.7 or later):
    metadata:
      annotations:
        config.kubernetes.io/function: |
          exec: {path: krm-wasm, args: [functions/set-labels.wasm]}
    $ kustomize build --enable-alpha-plugins --enable-exec

  A function that must be the one that was reviewed:
    $ krm-wasm --sha256 \"$(cut -d' ' -f1 set-labels.wasm.sha256)\" set-labels.wasm < list.yaml

Exit codes:
  The function's own; by custom 0 done, 1 a result is an error.
  2: the function could not run, or was stopped.

Standard error:
  The function's own is cut after 16 MiB and 64 times the length of the input.
  What nobody reads holds up nothing past the deadline.

Cache:
  Compiled code is kept in $XDG_CACHE_HOME/krm-wasm (~/.cache/krm-wasm), and the key that it is
  authenticated with in $XDG_STATE_HOME/krm-wasm (~/.local/state/krm-wasm). Keep the second one to
  the machine: code from a cache that was carried elsewhere is compiled anew.";

fn main() -> ExitCode {
    let given: Vec<_> = env::args_os().skip(1).collect();
    if let Some(code) = serve(&given) {
        return code;
    }
    let arguments = Arguments::parse();
    if arguments.compile.is_none() && io::stdin().is_terminal() {
        let _ = write!(io::stderr(), "{}", Arguments::command().render_long_help());
        return ExitCode::from(2);
    }
    let Ok(stderr) = Stderr::start(io::stderr()) else {
        let _ = writeln!(io::stderr(), "error: the system refuses a thread");
        return ExitCode::from(2);
    };
    match run(arguments, &stderr) {
        Ok(code) => code,
        Err(error) => {
            stderr.tell(&format!("error: {}\n", shown(&error)));
            stderr.finish(Instant::now());
            ExitCode::from(2)
        }
    }
}

fn run(arguments: Arguments, stderr: &Stderr) -> Result<ExitCode, String> {
    let wasm = read(&arguments.file)?;
    if let Some(wanted) = &arguments.sha256 {
        check(&wasm, wanted).map_err(|error| format!("{}: {error}", arguments.file.display()))?;
    }
    let set = arguments.memory.map(|memory| memory << 20);
    let compiling = set.unwrap_or(Limits::compiling(BASE, wasm.len()));
    if let Some(path) = &arguments.compile {
        let code = within(COMPILING, move || compile_apart(&wasm, compiling)).map_err(|failure| failure.to_string())?;
        fs::write(path, code).map_err(|error| format!("{}: {error}", path.display()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut question = Vec::new();
    io::stdin().read_to_end(&mut question).map_err(|error| format!("cannot read standard input: {error}"))?;
    let mut limits = Limits::of(BASE, question.len());
    // A function cannot address more.
    limits.memory = set.unwrap_or(limits.memory).min(1 << 32);
    let deadline = arguments.deadline.map_or(limits.deadline + COMPILING, Duration::from_secs);
    let until = Instant::now() + deadline;
    let cache = if arguments.no_cache { None } else { cache(stderr) };
    let said = stderr.of_function(limits.stderr(question.len()));
    let result = within(deadline, move || {
        let engine = engine()?;
        let module = module(&engine, &wasm, cache.as_ref(), compiling)?;
        call(&engine, &module, Imports::All, question, limits, said)
    });
    Ok(finish(result, stderr.clone(), until))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let read = || {
        let file = fs::File::open(path)?;
        let mut bytes = Vec::new();
        file.take(LONGEST + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error: io::Error| format!("{}: {error}", path.display()))?;
    if bytes.len() as u64 > LONGEST {
        return Err(format!("{}: it must have no more than {} MiB", path.display(), LONGEST >> 20));
    }
    Ok(bytes)
}

/// Compares a file with the hash that it must have.
fn check(wasm: &[u8], wanted: &str) -> Result<(), String> {
    let found: String = Sha256::digest(wasm).iter().map(|byte| format!("{byte:02x}")).collect();
    if wanted.trim_ascii().trim_start_matches("sha256:").eq_ignore_ascii_case(&found) {
        return Ok(());
    }
    Err(format!("its SHA-256 must be {wanted}, is {found}"))
}

/// Opens the cache; a run without one is only slower, but its user wants to know why.
fn cache(stderr: &Stderr) -> Option<Cache> {
    let home = |variable: &str, below_home: &str| {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        set(variable).or_else(|| Some(set("HOME")?.join(below_home)))
    };
    let opened = match (home("XDG_CACHE_HOME", ".cache"), home("XDG_STATE_HOME", ".local/state")) {
        (Some(cache), Some(state)) => Cache::open(&cache, &state, "krm-wasm"),
        _ => Err("HOME is not set".to_owned()),
    };
    match opened {
        Ok(cache) => Some(cache),
        Err(why) => {
            let why = shown(&why);
            stderr.tell(&format!(
                "warning: compiled code is not kept: {why}\nhelp: --no-cache says that it need not be\n"
            ));
            None
        }
    }
}
