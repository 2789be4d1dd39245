//! The rest of preview 1: what runtimes of languages call when they start, and errors for all else.
//!
//! Go reads clocks, asks for random numbers and waits; C asks what its streams are. They get answers
//! that are the same in every run. A file, a socket or a signal fails with "not supported", which a
//! program can tell its user.

use wasmtime::{Caller, ExternType, Linker, Module, Result, Val, ValType};

use super::{BAD_FILE, FAULT, PREVIEW_1, SUCCESS, State, get, parts, put, told};

const INVALID: u32 = 28;
const NOT_SUPPORTED: i32 = 52;
const NO_SEEK: u32 = 70;

/// What a clock shows first: 2022-01-01, as wazero's does (`internal/platform/time.go`).
const START: u64 = 1_640_995_200_000_000_000;

/// How far each look at a clock moves it.
const STEP: u64 = 1_000_000;

/// What is defined by name, here and in the module above.
const DEFINED: [&str; 15] = [
    "args_get",
    "args_sizes_get",
    "clock_time_get",
    "environ_get",
    "environ_sizes_get",
    "fd_close",
    "fd_fdstat_get",
    "fd_prestat_get",
    "fd_read",
    "fd_seek",
    "fd_write",
    "poll_oneoff",
    "proc_exit",
    "random_get",
    "sched_yield",
];

/// The clock and the random numbers of a run.
pub(crate) struct Rest {
    elapsed: u64,
    random: u64,
}

impl Default for Rest {
    fn default() -> Self {
        Self { elapsed: 0, random: 0x9e37_79b9_7f4a_7c15 }
    }
}

/// Defines what is not defined yet.
pub(crate) fn define(module: &Module, linker: &mut Linker<State>) -> Result<()> {
    linker.func_wrap(PREVIEW_1, "clock_time_get", clock_time_get)?;
    linker.func_wrap(PREVIEW_1, "fd_close", |fd: u32| if fd < 3 { SUCCESS } else { BAD_FILE })?;
    linker.func_wrap(PREVIEW_1, "fd_fdstat_get", fd_fdstat_get)?;
    // A runtime asks for the folders that it was given, one after the other, until there is no more.
    linker.func_wrap(PREVIEW_1, "fd_prestat_get", |_: u32, _: u32| BAD_FILE)?;
    linker.func_wrap(
        PREVIEW_1,
        "fd_seek",
        |fd: u32, _: i64, _: u32, _: u32| if fd < 3 { NO_SEEK } else { BAD_FILE },
    )?;
    linker.func_wrap(PREVIEW_1, "poll_oneoff", poll_oneoff)?;
    linker.func_wrap(PREVIEW_1, "random_get", random_get)?;
    linker.func_wrap(PREVIEW_1, "sched_yield", || SUCCESS)?;
    for import in module.imports() {
        let ExternType::Func(function) = import.ty() else { continue };
        let has_code = function.results().len() == 1 && function.results().all(|result| matches!(result, ValType::I32));
        if import.module() == PREVIEW_1 && has_code && !DEFINED.contains(&import.name()) {
            linker.func_new(PREVIEW_1, import.name(), function, |_, _, results| {
                if let Some(result) = results.first_mut() {
                    *result = Val::I32(NOT_SUPPORTED);
                }
                Ok(())
            })?;
        }
    }
    Ok(())
}

fn clock_time_get(mut caller: Caller<'_, State>, clock: u32, _precision: u64, time: u32) -> Result<u32> {
    let (memory, state) = parts(&mut caller)?;
    let rest = &mut state.rest;
    rest.elapsed = rest.elapsed.saturating_add(STEP);
    // The first is the time of day; the others count from some start.
    let now = if clock == 0 { START.saturating_add(rest.elapsed) } else { rest.elapsed };
    Ok(told(put(memory, time, &now.to_le_bytes())))
}

fn fd_fdstat_get(mut caller: Caller<'_, State>, fd: u32, stat: u32) -> Result<u32> {
    if fd > 2 {
        return Ok(BAD_FILE);
    }
    let (memory, _) = parts(&mut caller)?;
    // Of no special type, without flags; it may be read, or written.
    let rights: u64 = if fd == 0 { 1 << 1 } else { 1 << 6 };
    let mut bytes = [0; 24];
    put(&mut bytes, 8, &rights.to_le_bytes());
    Ok(told(put(memory, stat, &bytes)))
}

fn random_get(mut caller: Caller<'_, State>, buffer: u32, length: u32) -> Result<u32> {
    let (memory, state) = parts(&mut caller)?;
    let start = buffer as usize;
    let Some(buffer) = start.checked_add(length as usize).and_then(|end| memory.get_mut(start..end)) else {
        return Ok(FAULT);
    };
    for chunk in buffer.chunks_mut(8) {
        // Marsaglia's xorshift64: the same numbers each time, of which none is like the one before.
        let random = &mut state.rest.random;
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        for (to, from) in chunk.iter_mut().zip(random.to_le_bytes()) {
            *to = from;
        }
    }
    Ok(SUCCESS)
}

/// Waits for the first of some events. All have happened: streams are ready, and a clock that is waited
/// for is turned.
fn poll_oneoff(mut caller: Caller<'_, State>, asked: u32, events: u32, count: u32, happened: u32) -> Result<u32> {
    if count == 0 {
        return Ok(INVALID);
    }
    let (memory, state) = parts(&mut caller)?;
    let one = |number: u32, memory: &mut [u8], elapsed: &mut u64| {
        let subscription = asked.checked_add(number.checked_mul(48)?)?;
        let event = events.checked_add(number.checked_mul(32)?)?;
        let at = |offset: u32| subscription.checked_add(offset);
        let (low, high) = (get(memory, at(0)?)?, get(memory, at(4)?)?);
        let kind = get(memory, at(8)?)? & 0xff;
        if kind == 0 {
            let timeout = u64::from(get(memory, at(24)?)?) | u64::from(get(memory, at(28)?)?) << 32;
            let is_absolute = get(memory, at(40)?)? & 1 == 1;
            let is_day = get(memory, at(16)?)? == 0;
            let until = match (is_absolute, is_day) {
                (false, _) => elapsed.saturating_add(timeout),
                (true, true) => timeout.saturating_sub(START),
                (true, false) => timeout,
            };
            *elapsed = until.max(*elapsed);
        }
        let mut bytes = [0; 32];
        put(&mut bytes, 0, &low.to_le_bytes())?;
        put(&mut bytes, 4, &high.to_le_bytes())?;
        put(&mut bytes, 10, &[u8::try_from(kind).ok()?])?;
        put(memory, event, &bytes)
    };
    for number in 0..count {
        if one(number, memory, &mut state.rest.elapsed).is_none() {
            return Ok(FAULT);
        }
    }
    Ok(told(put(memory, happened, &count.to_le_bytes())))
}
