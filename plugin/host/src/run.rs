//! One run of a function, from its question to its answer.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use tailscale_expose::yaml::{shortened, visible};
use wasmtime::{Engine, Linker, Module, Store, Trap};

use crate::limits::{HOST_STACK, STACK};
use crate::wasi::{Exit, Imports, State};
use crate::{Failure, Limits, Stderr};

/// What a function that ended by itself has said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its standard output.
    pub output: Vec<u8>,
    /// Its exit code.
    pub code: u8,
}

/// Does the work on a thread with a function's stack, and gives up waiting at the deadline.
///
/// What does not end in time is not stopped: the caller must end the program.
///
/// # Errors
///
/// Returns the failure of the work, or that it was not done in time.
pub fn within<T: Send + 'static>(
    deadline: Duration,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let (done, wait) = mpsc::channel();
    let thread = thread::Builder::new().stack_size(STACK + HOST_STACK);
    let spawned = thread.spawn(move || {
        // Nobody waits any longer: then nobody needs it.
        let _ = done.send(work());
    });
    spawned.map_err(|error| Failure::System(error.to_string()))?;
    match wait.recv_timeout(deadline) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => Err(Failure::Deadline(deadline)),
        Err(RecvTimeoutError::Disconnected) => Err(Failure::Engine("it panicked".to_owned())),
    }
}

/// Calls a function: its standard error goes to `stderr` while it runs, its answer is returned.
///
/// # Errors
///
/// Returns why there is no answer.
pub fn call(
    engine: &Engine,
    module: &Module,
    imports: Imports,
    question: Vec<u8>,
    limits: Limits,
    stderr: impl Write + Send + 'static,
) -> Result<Answer, Failure> {
    let mut linker = Linker::new(engine);
    imports.define(module, &mut linker).map_err(|error| Failure::Module(format!("{error:#}")))?;
    let mut store = Store::new(engine, State::new(question, limits, Box::new(stderr)));
    store.limiter(State::limiter);
    let instance = linker.instantiate(&mut store, module).map_err(|error| failure(&error, true))?;
    let start = instance.get_typed_func::<(), ()>(&mut store, "_start");
    let start = start.map_err(|_| Failure::Module("it exports no function `_start`".to_owned()))?;
    let memory = instance.get_memory(&mut store, "memory");
    store.data_mut().memory = Some(memory.ok_or_else(|| Failure::Module("it exports no `memory`".to_owned()))?);
    let code = match start.call(&mut store, ()) {
        Ok(()) => 0,
        Err(error) => match error.downcast_ref::<Exit>() {
            Some(Exit(code)) => *code,
            None => return Err(failure(&error, false)),
        },
    };
    Ok(Answer { output: store.into_data().output, code })
}

/// Returns what an error of the engine means.
fn failure(error: &wasmtime::Error, starting: bool) -> Failure {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return failure.clone();
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => Failure::Stack,
        Some(trap) => Failure::Trap(trap.to_string().trim_start_matches("wasm trap: ").to_owned()),
        None if starting => Failure::System(format!("{error:#}")),
        None => Failure::Trap(format!("{error:#}")),
    }
}

/// Writes an answer to standard output, or a failure to standard error, and returns the exit code; for what
/// waits to be read of standard error there is time until `until`.
#[must_use]
pub fn finish(result: Result<Answer, Failure>, stderr: Stderr, until: Instant) -> ExitCode {
    let (code, told) = match result {
        Ok(answer) => match io::stdout().lock().write_all(&answer.output) {
            // A reader that has gone needs no answer.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => (0, None),
            Err(error) => (2, Some((format!("cannot write: {error}"), None))),
            Ok(()) => (answer.code, None),
        },
        Err(failure) => (2, Some((failure.to_string(), failure.help()))),
    };
    if let Some((why, help)) = told {
        let help = help.map_or_else(String::new, |help| format!("help: {help}\n"));
        stderr.tell(&format!("error: {}\n{help}", shown(&why)));
    }
    stderr.finish(until);
    ExitCode::from(code)
}

/// Returns a text as a log shows it, on one line and cut: names in it are a module's choice.
#[must_use]
pub fn shown(text: &str) -> String {
    let text = shortened(text).unwrap_or_else(|| text.to_owned());
    visible(&text).into_owned()
}
