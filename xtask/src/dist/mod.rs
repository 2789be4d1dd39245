//! `cargo xtask dist`: all that is released, in `dist/`, with checksums and a table of sizes.
//!
//! Two runs in one checkout give the same bytes: what is compiled holds no time, and no path of this
//! machine (the checkout, the target folder and Cargo's home are called by other names in it). Another
//! compiler gives other bytes; the table says which one it was.

mod component;
mod host;
mod js;
mod module;
mod native;
mod oci;
mod wasi;

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use sha2::{Digest as _, Sha256};

use crate::cache::{Cache, remove};
use crate::node::Node;
use crate::wasm::Toolchain;
use crate::{process, term};

/// The file with a checksum for each other file.
const SUMS: &str = "SHA256SUMS";

/// A part of what is released, in the order in which they need each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// The function as a command of WASI preview 1
    Wasi,
    /// The command as static binaries
    Native,
    /// The sandboxed hosts of the function, and of any function
    Host,
    /// The function as a WebAssembly component
    Component,
    /// The npm package
    Js,
    /// The container image, of the static binaries
    Image,
    /// The module as an OCI artefact
    WasmArtefact,
}

/// Something that was made.
pub(crate) struct Artefact {
    /// The file or folder.
    pub(crate) path: PathBuf,
    /// How large it is.
    pub(crate) bytes: u64,
}

impl Artefact {
    /// Takes a file as it is.
    fn file(path: PathBuf) -> Result<Self> {
        let bytes = fs::metadata(&path).with_context(|| path.display().to_string())?.len();
        Ok(Self { path, bytes })
    }
}

/// What the parts are made with.
pub(crate) struct Kit<'a> {
    pub(crate) checkout: &'a Path,
    pub(crate) cache: &'a Cache,
    pub(crate) toolchain: Toolchain,
    pub(crate) node: Node,
}

impl Kit<'_> {
    /// Where Cargo compiles what is released: not in the checkout, so that the compiler in `krm-wasm` is
    /// compiled once, and not once a checkout.
    fn target(&self) -> PathBuf {
        target_in(self.cache)
    }

    /// The flags that take this machine's paths out of what is compiled.
    fn flags(&self) -> Vec<String> {
        let home = |variable: &str| env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
        let cargo = home("CARGO_HOME").or_else(|| Some(home("HOME")?.join(".cargo")));
        // Not the checkout: Cargo names its own files from there, and with its path in the flags every
        // checkout would compile everything.
        let mut paths = vec![(self.target(), "/target".to_owned())];
        paths.extend(cargo.map(|cargo| (cargo, "/cargo".to_owned())));
        paths.extend(self.toolchain.sources());
        paths.iter().map(|(path, name)| format!("--remap-path-prefix={}={name}", path.display())).collect()
    }

    /// Compiles; what is compiled is said by Cargo itself, since it can take minutes.
    fn compile(&self, mut cargo: Command) -> Result<()> {
        cargo.arg("--locked").arg("--target-dir").arg(self.target()).current_dir(self.checkout);
        process::aloud(&mut cargo)
    }
}

/// Where Cargo compiles what is released.
pub(crate) fn target_in(cache: &Cache) -> PathBuf {
    cache.folder().join("dist")
}

/// Makes everything, or some parts.
pub(crate) fn run(checkout: &Path, only: &[Part]) -> Result<()> {
    let (cache, start) = (Cache::open()?, Instant::now());
    let out = checkout.join("dist");
    // Checkouts share the folder that Cargo compiles in, and so the places of the programs.
    let _lock = cache.lock("dist")?;
    if only.is_empty() {
        // What another version was called must not get a checksum.
        remove(&out)?;
    }
    fs::create_dir_all(&out).with_context(|| out.display().to_string())?;
    let (toolchain, _) = Toolchain::provide(&cache)?;
    let (node, _) = Node::provide(&cache, checkout)?;
    let kit = Kit { checkout, cache: &cache, toolchain, node };
    let mut made = Vec::new();
    for part in Part::value_variants() {
        if !only.is_empty() && !only.contains(part) {
            continue;
        }
        let name = part.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        let begin = Instant::now();
        term::start(&format!("dist: {name}"));
        made.extend(match part {
            Part::Wasi => wasi::build(&out, &kit)?,
            Part::Native => native::build(&out, &kit)?,
            Part::Host => host::build(&out, &kit)?,
            Part::Component => component::build(&out, &kit)?,
            Part::Js => js::build(&out, &kit)?,
            Part::Image => oci::image(&out)?,
            Part::WasmArtefact => oci::wasm(&out)?,
        });
        term::done(&format!("dist: {name}"), begin.elapsed());
    }
    let sums = checksums(&out)?;
    fs::write(out.join(SUMS), sums)?;
    show(&out, &made);
    let what = if only.is_empty() { "is complete" } else { "has what was asked for" };
    term::done(&format!("{} {what}, built by rustc {}", out.display(), toolchain.version()), start.elapsed());
    Ok(())
}

/// Puts a file that was made in its place.
fn place(from: &Path, to: PathBuf) -> Result<Artefact> {
    // Aside first: a program that runs cannot be written to, but it can be replaced.
    let aside = to.with_extension("new");
    fs::copy(from, &aside).with_context(|| from.display().to_string())?;
    fs::rename(&aside, &to).with_context(|| to.display().to_string())?;
    Artefact::file(to)
}

/// The checksum of each file below a folder, sorted by path; `sha256sum --check` reads it.
fn checksums(out: &Path) -> Result<String> {
    let mut files = Vec::new();
    collect(out, &mut files)?;
    files.sort();
    let mut text = String::new();
    for file in files {
        let name = file.strip_prefix(out)?.to_string_lossy().into_owned();
        if name != SUMS {
            let bytes = fs::read(&file).with_context(|| file.display().to_string())?;
            for byte in Sha256::digest(&bytes) {
                write!(text, "{byte:02x}")?;
            }
            writeln!(text, "  {name}")?;
        }
    }
    Ok(text)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        if entry.file_type()?.is_dir() { collect(&entry.path(), files)? } else { files.push(entry.path()) }
    }
    Ok(())
}

fn show(out: &Path, made: &[Artefact]) {
    let mut rows = vec![["made", "bytes", ""].map(str::to_owned)];
    for Artefact { path, bytes } in made {
        let name = path.strip_prefix(out).unwrap_or(path).display().to_string();
        rows.push([name, grouped(*bytes), String::new()]);
    }
    term::table(&rows);
}

/// A number with its digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_readable() {
        for (number, want) in [(0, "0"), (999, "999"), (1_000, "1 000"), (12_345_678, "12 345 678")] {
            assert_eq!(grouped(number), want);
        }
    }

    #[test]
    fn every_file_has_a_checksum_and_the_order_is_that_of_their_names() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("image")).unwrap();
        for name in ["z", "image/a", "b", SUMS] {
            fs::write(folder.path().join(name), "abc").unwrap();
        }
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(checksums(folder.path()).unwrap(), format!("{hash}  b\n{hash}  image/a\n{hash}  z\n"));
    }
}
