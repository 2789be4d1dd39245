//! The compiler in a process of its own, with a limit of memory and one of time that the system enforces.
//!
//! What compiling takes does not follow from a module's length: 8 KB can be made to take gigabytes. The
//! compiler's own allocations cannot be refused one by one, because it ends the process when one fails; so
//! that must be another process. It is this program again, asked with [`FLAG`]: a module on standard input,
//! its code on standard output. It ends with the program that waits for it.

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::thread;

use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};

use crate::compile::compile;
use crate::{Failure, engine, shown};

/// What asks this program to be the compiler; its value is the limit of memory in bytes.
pub const FLAG: &str = "--as-compiler";

/// How the compiler says that it is no module's fault.
const FAILED: u8 = 3;
/// How the compiler says that the module is at fault.
const REFUSED: u8 = 1;

/// The processor time after which the system ends a compiler that nobody has ended, in seconds.
const LONGEST: u64 = 3600;

/// What is read of the compiler's last words.
const LAST_WORDS: u64 = 64 << 10;

/// Compiles a module in a process that may use so many bytes of memory.
///
/// # Errors
///
/// Returns why there is no code: the module is none, or takes more memory.
pub fn compile_apart(wasm: &[u8], memory: u64) -> Result<Vec<u8>, Failure> {
    let failed = |error: io::Error| Failure::Engine(format!("the compiler cannot be started: {error}"));
    // The program may have been replaced since it started; this still is the one that runs.
    let mut compiler = Command::new("/proc/self/exe");
    compiler.arg(FLAG).arg(memory.to_string()).env_clear();
    compiler.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = compiler.spawn().map_err(failed)?;
    let told = converse(&mut child, wasm, memory);
    // What has said too much is not waited for; what is done does not notice.
    let _ = child.kill();
    let status = child.wait().map_err(failed)?;
    let (code, words) = told.map_err(failed)?;
    let words = String::from_utf8_lossy(&words);
    if code.len() as u64 > memory {
        return Err(Failure::Compiler(memory >> 20));
    }
    judge(status, &words, memory).map_or(Ok(code), Err)
}

/// Hands a module over, and returns the code and the last words.
fn converse(child: &mut Child, wasm: &[u8], memory: u64) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
        return Err(io::Error::other("it has no streams"));
    };
    thread::scope(|scope| {
        let words = scope.spawn(move || read(stderr, LAST_WORDS));
        // A compiler that has ended says why in another way.
        let _ = stdin.write_all(wasm);
        drop(stdin);
        let code = read(stdout, memory.saturating_add(1))?;
        Ok((code, words.join().map_err(|_| io::Error::other("a reader panicked"))??))
    })
}

fn read(from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Returns what the end of a compiler means, where it is a failure.
fn judge(status: ExitStatus, words: &str, memory: u64) -> Option<Failure> {
    match status.code() {
        Some(0) => None,
        Some(code) if code == i32::from(REFUSED) => Some(Failure::Module(words.to_owned())),
        // The standard library's words for it, before it ends the process.
        _ if words.contains("memory allocation of") || words.contains("Cannot allocate memory") => {
            Some(Failure::Compiler(memory >> 20))
        }
        _ if status.signal() == Some(Signal::KILL.as_raw()) => Some(Failure::Compiler(memory >> 20)),
        _ => Some(Failure::Engine(format!("the compiler ended with {status}: {}", shown(words)))),
    }
}

/// Is the compiler, where this program is asked to be.
#[must_use]
pub fn serve(arguments: &[impl AsRef<OsStr>]) -> Option<ExitCode> {
    let [flag, memory] = arguments else { return None };
    if flag.as_ref() != FLAG {
        return None;
    }
    let memory = memory.as_ref().to_str()?.parse().ok()?;
    let (code, words) = match answer(memory) {
        Ok(()) => return Some(ExitCode::SUCCESS),
        Err(Failure::Module(why)) => (REFUSED, why),
        Err(failure) => (FAILED, failure.to_string()),
    };
    let _ = io::stderr().write_all(words.as_bytes());
    Some(ExitCode::from(code))
}

fn answer(memory: u64) -> Result<(), Failure> {
    let refused = |error: rustix::io::Errno| Failure::System(error.to_string());
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(refused)?;
    for (resource, most) in [(Resource::Data, memory), (Resource::Core, 0), (Resource::Cpu, LONGEST)] {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) }).map_err(refused)?;
    }
    let failed = |error: io::Error| Failure::System(error.to_string());
    let mut wasm = Vec::new();
    io::stdin().read_to_end(&mut wasm).map_err(failed)?;
    let code = compile(&engine()?, &wasm)?;
    io::stdout().write_all(&code).map_err(failed)
}
