//! The engine: one configuration, for the compiler and for the runtime that loads what it made.

use wasmtime::{Config, Engine, Module};

use crate::Failure;
use crate::limits::STACK;

/// The settings that compiled code depends on, and no others: code is loaded only where they agree.
pub(crate) fn config() -> Config {
    let mut config = Config::new();
    // The second is not used here, but must not be less than the first.
    config.max_wasm_stack(STACK).async_stack_size(STACK);
    // A trap is told by its reason; a backtrace would need tables as large as the code.
    config.wasm_backtrace_max_frames(None).generate_address_map(false).native_unwind_info(false);
    // One run a process: sharing an initial memory between runs costs more than copying it once.
    config.memory_init_cow(false);
    config
}

/// Returns an engine.
///
/// # Errors
///
/// Returns why this machine cannot run functions.
pub fn engine() -> Result<Engine, Failure> {
    #[cfg_attr(not(feature = "compiler"), allow(unused_mut))]
    let mut config = config();
    #[cfg(feature = "compiler")]
    crate::compile::configure(&mut config)?;
    Engine::new(&config).map_err(|error| Failure::Engine(format!("{error:#}")))
}

/// Loads compiled code.
///
/// # Errors
///
/// Returns why it cannot be loaded: another version or configuration of wasmtime made it, or the
/// processor lacks something.
///
/// # Safety
///
/// The bytes must be what wasmtime's compiler made, unchanged. They are run as they are: whoever could
/// choose them could do all that this process can.
#[allow(unsafe_code)]
pub unsafe fn load(engine: &Engine, code: &[u8]) -> Result<Module, Failure> {
    // SAFETY: the caller says that the bytes are the compiler's.
    unsafe { Module::deserialize(engine, code) }.map_err(|error| Failure::Code(format!("{error:#}")))
}
