//! WASI preview 1, as much of it as a KRM function needs: its streams and its exit.
//!
//! The names, numbers and layouts are those of `wasi_snapshot_preview1`
//! (github.com/WebAssembly/WASI, `legacy/preview1/docs.md`). These are the functions that Rust's
//! standard library imports for a program that reads, writes and exits; arguments and environment are
//! empty, but for a name of the program, without which some languages' runtimes stop.

#[cfg(feature = "compiler")]
mod rest;

use std::io::Write;

use wasmtime::{Caller, Linker, Memory, Module, ResourceLimiter, Result};

use crate::{Failure, Limits};

const PREVIEW_1: &str = "wasi_snapshot_preview1";

const SUCCESS: u32 = 0;
const BAD_FILE: u32 = 8;
const FAULT: u32 = 21;

/// The program's name, as KEP-4944 has it.
const NAME: &[u8] = b"krm\0";

/// Which functions a host has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imports {
    /// Those of Rust's standard library.
    Seven,
    /// All of preview 1; what is not a stream fails.
    #[cfg(feature = "compiler")]
    All,
}

impl Imports {
    /// Defines the functions.
    pub(crate) fn define(self, module: &Module, linker: &mut Linker<State>) -> Result<()> {
        linker.func_wrap(PREVIEW_1, "args_sizes_get", args_sizes_get)?;
        linker.func_wrap(PREVIEW_1, "args_get", args_get)?;
        linker.func_wrap(PREVIEW_1, "environ_sizes_get", environ_sizes_get)?;
        linker.func_wrap(PREVIEW_1, "environ_get", |_: u32, _: u32| SUCCESS)?;
        linker.func_wrap(PREVIEW_1, "fd_read", fd_read)?;
        linker.func_wrap(PREVIEW_1, "fd_write", fd_write)?;
        linker.func_wrap(PREVIEW_1, "proc_exit", proc_exit)?;
        match self {
            Self::Seven => {}
            #[cfg(feature = "compiler")]
            Self::All => rest::define(module, linker)?,
        }
        for import in module.imports() {
            if import.module() != PREVIEW_1 {
                wasmtime::bail!("it imports \"{}\" of \"{}\"", import.name(), import.module());
            }
        }
        Ok(())
    }
}

/// How a function ends itself.
#[derive(Debug)]
pub(crate) struct Exit(pub(crate) u8);

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit code {}", self.0)
    }
}

impl std::error::Error for Exit {}

/// The streams of a run, and what it has used.
pub(crate) struct State {
    /// The memory that pointers point into; known once the module is instantiated.
    pub(crate) memory: Option<Memory>,
    /// What was written to standard output.
    pub(crate) output: Vec<u8>,
    question: Vec<u8>,
    read: usize,
    stderr: Box<dyn Write + Send>,
    limits: Limits,
    #[cfg(feature = "compiler")]
    rest: rest::Rest,
}

impl State {
    pub(crate) fn new(question: Vec<u8>, limits: Limits, stderr: Box<dyn Write + Send>) -> Self {
        Self {
            memory: None,
            output: Vec::new(),
            question,
            read: 0,
            stderr,
            limits,
            #[cfg(feature = "compiler")]
            rest: rest::Rest::default(),
        }
    }

    /// The state watches what grows.
    pub(crate) fn limiter(&mut self) -> &mut dyn ResourceLimiter {
        self
    }

    fn write(&mut self, fd: u32, bytes: &[u8]) -> Result<()> {
        if fd == 2 {
            // Nobody may read it; the answer counts all the same.
            let _ = self.stderr.write_all(bytes);
            return Ok(());
        }
        if (self.output.len() + bytes.len()) as u64 > self.limits.memory {
            return Err(Failure::Answer(self.limits.mebibytes()).into());
        }
        self.output.extend_from_slice(bytes);
        Ok(())
    }
}

impl ResourceLimiter for State {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        // An error ends the function. Were it only told, its own words for that would come instead.
        if desired as u64 > self.limits.memory {
            Err(Failure::Memory(self.limits.mebibytes()).into())
        } else {
            Ok(true)
        }
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        Ok(desired as u64 <= self.limits.memory / 64)
    }

    fn instances(&self) -> usize {
        1
    }

    fn tables(&self) -> usize {
        4
    }

    fn memories(&self) -> usize {
        1
    }
}

/// The memory of a function, beside the state.
fn parts<'a>(caller: &'a mut Caller<'_, State>) -> Result<(&'a mut [u8], &'a mut State)> {
    let Some(memory) = caller.data().memory else { wasmtime::bail!("a system function is called before `_start`") };
    Ok(memory.data_and_store_mut(caller))
}

fn get(memory: &[u8], at: u32) -> Option<u32> {
    let at = at as usize;
    Some(u32::from_le_bytes(memory.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn put(memory: &mut [u8], at: u32, bytes: &[u8]) -> Option<()> {
    let at = at as usize;
    memory.get_mut(at..at.checked_add(bytes.len())?)?.copy_from_slice(bytes);
    Some(())
}

/// Returns the bytes of the number-th piece of a list of pieces.
fn piece(memory: &[u8], list: u32, number: u32) -> Option<std::ops::Range<usize>> {
    let at = list.checked_add(number.checked_mul(8)?)?;
    let start = get(memory, at)? as usize;
    let end = start.checked_add(get(memory, at.checked_add(4)?)? as usize)?;
    (end <= memory.len()).then_some(start..end)
}

/// The code of a call that has a result, or has bad pointers.
fn told(done: Option<()>) -> u32 {
    if done.is_some() { SUCCESS } else { FAULT }
}

fn args_sizes_get(mut caller: Caller<'_, State>, count: u32, size: u32) -> Result<u32> {
    let (memory, _) = parts(&mut caller)?;
    let length = u32::try_from(NAME.len()).unwrap_or_default();
    Ok(told(put(memory, count, &1_u32.to_le_bytes()).and_then(|()| put(memory, size, &length.to_le_bytes()))))
}

fn args_get(mut caller: Caller<'_, State>, pointers: u32, text: u32) -> Result<u32> {
    let (memory, _) = parts(&mut caller)?;
    Ok(told(put(memory, pointers, &text.to_le_bytes()).and_then(|()| put(memory, text, NAME))))
}

fn environ_sizes_get(mut caller: Caller<'_, State>, count: u32, size: u32) -> Result<u32> {
    let (memory, _) = parts(&mut caller)?;
    Ok(told(put(memory, count, &[0; 4]).and_then(|()| put(memory, size, &[0; 4]))))
}

fn fd_read(mut caller: Caller<'_, State>, fd: u32, list: u32, count: u32, read: u32) -> Result<u32> {
    if fd != 0 {
        return Ok(BAD_FILE);
    }
    let (memory, state) = parts(&mut caller)?;
    let mut total = 0_u32;
    for number in 0..count {
        let Some(range) = piece(memory, list, number) else { return Ok(FAULT) };
        let Some(buffer) = memory.get_mut(range) else { return Ok(FAULT) };
        let rest = state.question.get(state.read..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..length), rest.get(..length)) {
            to.copy_from_slice(from);
        }
        state.read += length;
        total = total.saturating_add(u32::try_from(length).unwrap_or(u32::MAX));
        if length == rest.len() {
            break;
        }
    }
    Ok(told(put(memory, read, &total.to_le_bytes())))
}

fn fd_write(mut caller: Caller<'_, State>, fd: u32, list: u32, count: u32, written: u32) -> Result<u32> {
    if !matches!(fd, 1 | 2) {
        return Ok(BAD_FILE);
    }
    let (memory, state) = parts(&mut caller)?;
    let mut total = 0_u32;
    for number in 0..count {
        let Some(bytes) = piece(memory, list, number).and_then(|range| memory.get(range)) else { return Ok(FAULT) };
        state.write(fd, bytes)?;
        total = total.saturating_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    }
    Ok(told(put(memory, written, &total.to_le_bytes())))
}

fn proc_exit(code: u32) -> Result<()> {
    // What has no place in an exit code of a process is still not success.
    Err(Exit(u8::try_from(code).unwrap_or(u8::MAX)).into())
}
