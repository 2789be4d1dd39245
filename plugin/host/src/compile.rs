//! The compiler: from a WebAssembly module to code that can be loaded.

use wasmtime::{Config, Engine, Module, OptLevel};

use crate::apart::compile_apart;
use crate::cache::Cache;
use crate::{Failure, load};

/// Sets what only a compiler can be told.
pub(crate) fn configure(config: &mut Config) -> Result<(), Failure> {
    config.cranelift_opt_level(OptLevel::Speed);
    // A target that is named is compiled for as it was at its plainest; this machine's own processor
    // would be asked otherwise.
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    config.target(&target).map_err(|error| Failure::Engine(format!("{error:#}")))?;
    Ok(())
}

/// Compiles a module.
///
/// # Errors
///
/// Returns why it is none.
pub(crate) fn compile(engine: &Engine, wasm: &[u8]) -> Result<Vec<u8>, Failure> {
    // A component has the same magic number, and another version in the two bytes at its end.
    if wasm.starts_with(b"\0asm") && wasm.get(6..8).is_some_and(|layer| layer != [0, 0]) {
        return Err(Failure::Module("it is a component".to_owned()));
    }
    if !wasm.starts_with(b"\0asm") {
        return Err(Failure::Module("it is no WebAssembly".to_owned()));
    }
    engine.precompile_module(wasm).map_err(|error| Failure::Module(format!("{error:#}")))
}

/// Returns a module that is ready to run: from the cache, or compiled with so many bytes of memory and put
/// there.
///
/// # Errors
///
/// Returns why there is none.
#[allow(unsafe_code)]
pub fn module(engine: &Engine, wasm: &[u8], cache: Option<&Cache>, memory: u64) -> Result<Module, Failure> {
    let key = cache.map(|cache| (cache, cache.entry(wasm, engine.precompile_compatibility_hash())));
    if let Some((cache, entry)) = &key
        && let Some(code) = cache.get(entry)
        // SAFETY: the cache gives back only what this program, run by this user, once put there for
        // this very module, version and configuration.
        && let Ok(module) = unsafe { load(engine, &code) }
    {
        return Ok(module);
    }
    let code = compile_apart(wasm, memory)?;
    if let Some((cache, entry)) = &key {
        cache.put(entry, &code);
    }
    // SAFETY: the compiler, which is this program, has just made it.
    unsafe { load(engine, &code) }
}
