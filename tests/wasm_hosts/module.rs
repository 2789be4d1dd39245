//! The module that is released: what it is, and what it needs.

use std::collections::BTreeSet;
use std::fs;

use libtest_mimic::Trial;
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

use crate::support::root;
use crate::{tools, trial};

/// What it may ask of its host: what Rust's standard library brings for streams, arguments and an exit.
const IMPORTS: [&str; 7] =
    ["args_get", "args_sizes_get", "environ_get", "environ_sizes_get", "fd_read", "fd_write", "proc_exit"];

/// The largest module, in bytes.
const LARGEST: usize = 945_000;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("module", "imports seven functions of WASI preview 1 at most", imports),
        trial("module", "exports a command and its memory, and nothing else", exports),
        trial("module", "needs no more of an engine than WebAssembly 2", features),
        trial("module", "is not larger than it may be", size),
        trial("module", "holds no path of the machine that built it", paths),
    ]
}

fn read() -> Vec<u8> {
    fs::read(tools::dist(&root(), "tailscale-expose.wasm")).expect("it must be readable")
}

fn imports() -> Result<(), String> {
    let bytes = read();
    let mut found = BTreeSet::new();
    for payload in Parser::new(0).parse_all(&bytes) {
        if let Payload::ImportSection(section) = payload.map_err(|error| error.to_string())? {
            for import in section.into_imports() {
                let import = import.map_err(|error| error.to_string())?;
                found.insert(format!("{}.{}", import.module, import.name));
            }
        }
    }
    let may: BTreeSet<String> = IMPORTS.iter().map(|name| format!("wasi_snapshot_preview1.{name}")).collect();
    let more: Vec<_> = found.difference(&may).collect();
    if more.is_empty() { Ok(()) } else { Err(format!("it also imports {more:?}")) }
}

fn exports() -> Result<(), String> {
    let bytes = read();
    let mut found = BTreeSet::new();
    for payload in Parser::new(0).parse_all(&bytes) {
        if let Payload::ExportSection(section) = payload.map_err(|error| error.to_string())? {
            for export in section {
                found.insert(export.map_err(|error| error.to_string())?.name.to_owned());
            }
        }
    }
    // The first is what `_start` calls; Rust exports it, too.
    let wanted = ["__main_void", "_start", "memory"].map(str::to_owned).into();
    if found == wanted { Ok(()) } else { Err(format!("it exports {found:?}")) }
}

fn features() -> Result<(), String> {
    // wazero's CoreFeaturesV2 is WebAssembly 2.
    let mut validator = Validator::new_with_features(WasmFeatures::WASM2);
    validator.validate_all(&read()).map(|_| ()).map_err(|error| error.to_string())
}

fn size() -> Result<(), String> {
    let bytes = read().len();
    if bytes <= LARGEST { Ok(()) } else { Err(format!("it has {bytes} bytes, may have {LARGEST}")) }
}

fn paths() -> Result<(), String> {
    let bytes = read();
    let home = std::env::var("HOME").unwrap_or_else(|_| "/root".to_owned());
    for path in [root().display().to_string(), format!("{home}/")] {
        if bytes.windows(path.len()).any(|window| window == path.as_bytes()) {
            return Err(format!("it holds {path}"));
        }
    }
    Ok(())
}
