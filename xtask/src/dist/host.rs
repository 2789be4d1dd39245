//! The sandboxed hosts: `krm-wasm`, and `tailscale-expose-wasm` with the function in it.
//!
//! The first has the compiler, and compiles the function for the second: so the code that is embedded
//! is of the same version of wasmtime, made with the same settings. What is embedded is built for speed
//! (with SIMD, which wasmtime always has), not for size as the module that is downloaded.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::native::{Machine, built, cargo, check};
use super::{Artefact, Kit, place, wasi};
use crate::{process, term};

/// Builds both for this machine.
pub(crate) fn build(out: &Path, kit: &Kit<'_>) -> Result<Vec<Artefact>> {
    let machine = Machine::here()?;
    term::note("krm-wasm, with wasmtime's compiler (minutes the first time)");
    let mut compiler = cargo(kit, machine)?;
    compiler.args(["--package", "tailscale-expose-host", "--bin", "krm-wasm"]);
    compiler.args(["--features", "compiler", "--profile", "compiler"]);
    kit.compile(compiler)?;
    let krm_wasm = built(kit, "compiler", "krm-wasm")?;
    check(&krm_wasm, machine)?;

    term::note("the function, for speed");
    let mut flags = kit.flags();
    flags.push("-Ctarget-feature=+simd128".to_owned());
    let mut function = kit.toolchain.cargo("build", wasi::TARGET, &flags);
    function.args(["--package", "tailscale-expose-wasi", "--profile", "fast"]);
    kit.compile(function)?;
    let module = kit.target().join(wasi::TARGET).join("fast/tailscale-expose-wasi.wasm");
    let code = kit.target().join("function.cwasm");
    process::output(Command::new(&krm_wasm).arg(&module).arg("--compile").arg(&code))?;

    term::note("tailscale-expose-wasm, with the function in it");
    let mut host = cargo(kit, machine)?;
    host.args(["--package", "tailscale-expose-host", "--bin", "tailscale-expose-wasm", "--profile", "host"]);
    kit.compile({
        host.env("TAILSCALE_EXPOSE_CODE", &code);
        host
    })?;
    let host = built(kit, "host", "tailscale-expose-wasm")?;
    check(&host, machine)?;
    let name = |program: &str| out.join(format!("{program}-{}", machine.suffix()));
    Ok(vec![place(&host, name("tailscale-expose-wasm"))?, place(&krm_wasm, name("krm-wasm"))?])
}
