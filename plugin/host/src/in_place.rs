//! Compiled code that is a part of this program and runs where it lies.
//!
//! `Module::deserialize` copies code to memory of its own, and the copy takes as long as all the rest of
//! a small question. Here the kernel maps the pages that are used, from the file of the program, and
//! they are shared by all of its processes. Nothing here is ever writable.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::Arc;

use rustix::mm::{MprotectFlags, mprotect};
use wasmtime::{CustomCodeMemory, Engine, Module, Result};

use crate::Failure;
use crate::engine::config;

/// Bytes that begin on a page, the largest of our architectures.
#[repr(C, align(65536))]
pub struct Aligned<B: ?Sized>(pub B);

/// Makes pages of the program executable, and does nothing else with memory.
struct Pages;

#[allow(unsafe_code)]
impl CustomCodeMemory for Pages {
    fn required_alignment(&self) -> usize {
        rustix::param::page_size()
    }

    fn publish_executable(&self, start: *const u8, length: usize) -> Result<()> {
        // SAFETY: the pages hold constants of this program and are read only; that they can be executed
        // changes nothing for those who read them.
        Ok(unsafe { mprotect(start.cast_mut().cast::<c_void>(), length, MprotectFlags::READ | MprotectFlags::EXEC) }?)
    }

    fn unpublish_executable(&self, start: *const u8, length: usize) -> Result<()> {
        // SAFETY: as above; wasmtime no longer runs the code.
        Ok(unsafe { mprotect(start.cast_mut().cast::<c_void>(), length, MprotectFlags::READ) }?)
    }
}

/// Returns an engine, and the module of code that is a part of the program.
///
/// # Errors
///
/// Returns why it cannot be loaded.
///
/// # Safety
///
/// The bytes must be what wasmtime's compiler made, unchanged.
#[allow(unsafe_code)]
pub unsafe fn load_in_place(code: &'static Aligned<[u8]>) -> Result<(Engine, Module), Failure> {
    let mut config = config();
    config.with_custom_code_memory(Some(Arc::new(Pages)));
    #[cfg(feature = "compiler")]
    crate::compile::configure(&mut config)?;
    let engine = Engine::new(&config).map_err(|error| Failure::Engine(format!("{error:#}")))?;
    // SAFETY: the caller says that the bytes are the compiler's; a constant is neither moved nor changed.
    let module = unsafe { Module::deserialize_raw(&engine, NonNull::from(&code.0)) };
    Ok((engine, module.map_err(|error| Failure::Code(format!("{error:#}")))?))
}
