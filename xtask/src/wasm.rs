//! A Rust toolchain that compiles for wasm.
//!
//! Where rustup can have the targets, it is the toolchain of everything else. Where it cannot, Debian's
//! own Rust builds the standard library from the sources that it ships.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Result, bail, ensure};

use crate::cache::Cache;
use crate::{debian, process, term};

/// What the core must compile for: a command of any WASI host, and a plugin without a system.
pub(crate) const TARGETS: [&str; 2] = ["wasm32-wasip1", "wasm32-unknown-unknown"];

const DEBIAN: [&str; 6] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-19", "wasi-libc"];

/// The bare rustc and cargo of Debian's packages.
const DEBIAN_BIN: &str = "/usr/bin";

/// How Debian's Rust links a command of WASI.
const DEBIAN_WASI: [&str; 3] =
    ["-Clink-self-contained=no", "-L/usr/lib/wasm32-wasi", "-Clink-arg=/usr/lib/wasm32-wasi/crt1-command.o"];

/// A toolchain with a standard library for every target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The toolchain that runs this program, with the targets installed.
    Own,
    /// Debian's, with `-Zbuild-std`.
    Debian,
}

impl Toolchain {
    /// Finds a toolchain that is ready, or installs what is missing; returns whether it did.
    pub(crate) fn provide(cache: &Cache) -> Result<(Self, bool)> {
        if let Some(ready) = Self::find() {
            return Ok((ready, false));
        }
        let _lock = cache.lock("wasm")?;
        match Self::find() {
            Some(ready) => Ok((ready, false)),
            None => Ok((Self::install(cache)?, true)),
        }
    }

    fn install(cache: &Cache) -> Result<Self> {
        let log = cache.log("wasm");
        term::note(&format!("rustup target add {}", TARGETS.join(" ")));
        let mut rustup = Command::new("rustup");
        rustup.args(["target", "add"]).args(TARGETS).env("RUSTUP_MAX_RETRIES", "1");
        if process::quietly(&mut rustup, &log).is_ok() && Self::own() {
            return Ok(Self::Own);
        }
        if debian::can_install() {
            term::note("rustup has no such targets here");
            debian::install(cache, &DEBIAN)?;
            ensure!(Self::debian(), "Debian's packages hold no sources of the standard library");
            return Ok(Self::Debian);
        }
        bail!(
            "no toolchain for wasm; one of these brings it:\n    rustup target add {}\n    sudo apt-get install --no-install-recommends {}",
            TARGETS.join(" "),
            DEBIAN.join(" ")
        )
    }

    /// Finds the toolchain that compiles for one more target.
    pub(crate) fn provide_for(cache: &Cache, target: &str) -> Result<Self> {
        if has_std(target) {
            return Ok(Self::Own);
        }
        let mut rustup = Command::new("rustup");
        rustup.args(["target", "add", target]).env("RUSTUP_MAX_RETRIES", "1");
        if process::quietly(&mut rustup, &cache.log("rustup")).is_ok() && has_std(target) {
            return Ok(Self::Own);
        }
        if !Self::debian() {
            term::note(&format!("rustup has no {target} here"));
            debian::install(cache, &DEBIAN)?;
        }
        ensure!(Self::debian(), "no toolchain for {target}; type:\n    rustup target add {target}");
        Ok(Self::Debian)
    }

    fn find() -> Option<Self> {
        if Self::own() { Some(Self::Own) } else { Self::debian().then_some(Self::Debian) }
    }

    fn own() -> bool {
        TARGETS.iter().all(|target| has_std(target))
    }

    fn debian() -> bool {
        let bin = Path::new(DEBIAN_BIN);
        let mut rustc = Self::Debian.command_of(&bin.join("rustc"));
        let library = |sysroot: String| Path::new(&sysroot).join("lib/rustlib/src/rust/library/Cargo.toml");
        bin.join("cargo").is_file()
            && process::output(rustc.args(["--print", "sysroot"])).is_ok_and(|s| library(s).is_file())
    }

    /// What the table of tools says of it.
    pub(crate) fn version(self) -> String {
        let mut rustc = match self {
            Self::Own => Command::new("rustc"),
            Self::Debian => self.command_of(&Path::new(DEBIAN_BIN).join("rustc")),
        };
        let text = process::output(rustc.arg("--version")).unwrap_or_default();
        let number = text.split_whitespace().nth(1).unwrap_or("unknown").to_owned();
        match self {
            Self::Own => number,
            Self::Debian => format!("{number} (Debian)"),
        }
    }

    /// Where the sources of the standard library are, if they are installed, and what they are called in a
    /// program where they are not.
    pub(crate) fn sources(self) -> Option<(PathBuf, String)> {
        let rustc = || match self {
            Self::Own => Command::new("rustc"),
            Self::Debian => self.command_of(&Path::new(DEBIAN_BIN).join("rustc")),
        };
        let sysroot = process::output(rustc().args(["--print", "sysroot"])).ok()?;
        let about = process::output(rustc().arg("-vV")).ok()?;
        let commit = about.lines().find_map(|line| line.strip_prefix("commit-hash: "))?;
        Some((Path::new(&sysroot).join("lib/rustlib/src/rust"), format!("/rustc/{commit}")))
    }

    /// `cargo <subcommand>` for a target, with flags of rustc; the caller adds what it wants of it.
    pub(crate) fn cargo(self, subcommand: &str, target: &str, flags: &[String]) -> Command {
        let mut cargo = match self {
            Self::Own => Command::new(own_cargo()),
            Self::Debian => self.command_of(&Path::new(DEBIAN_BIN).join("cargo")),
        };
        cargo.args([subcommand, "--target", target]);
        if self == Self::Debian {
            cargo.arg("-Zbuild-std=std,panic_abort").env("RUSTC_BOOTSTRAP", "1");
            let prefix = format!("CARGO_TARGET_{}", target.to_uppercase().replace('-', "_"));
            if target.starts_with("wasm32-") {
                cargo.env(format!("{prefix}_LINKER"), "wasm-ld-19");
            }
        }
        let mut all: Vec<&str> = flags.iter().map(String::as_str).collect();
        if self == Self::Debian && target == "wasm32-wasip1" {
            all.extend(DEBIAN_WASI);
        }
        if !all.is_empty() {
            // It wins over all other places of flags, so that what a developer has set is no part of it.
            cargo.env("CARGO_ENCODED_RUSTFLAGS", all.join("\x1f"));
        }
        cargo
    }

    /// A program of Debian's, away from rustup and from what Cargo told this program.
    fn command_of(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let path = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths([PathBuf::from(DEBIAN_BIN)].into_iter().chain(env::split_paths(&path)));
        command.env("PATH", path.unwrap_or_else(|_| DEBIAN_BIN.into()));
        for variable in ["CARGO", "RUSTC", "RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH"] {
            command.env_remove(variable);
        }
        command
    }
}

/// Whether the toolchain that runs this program has a standard library for a target.
fn has_std(target: &str) -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", target]);
    process::output(&mut rustc).is_ok_and(|folder| fs::read_dir(folder).is_ok_and(|files| files.count() > 0))
}

/// The cargo that runs this program.
pub(crate) fn own_cargo() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(command: &Command) -> Vec<String> {
        command.get_envs().filter(|(_, v)| v.is_some()).map(|(k, _)| k.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn our_own_toolchain_needs_nothing_but_the_target() {
        let cargo = Toolchain::Own.cargo("check", TARGETS[0], &[]);
        assert_eq!(cargo.get_args().collect::<Vec<_>>(), ["check", "--target", "wasm32-wasip1"]);
        assert_eq!(variables(&cargo), [""; 0]);
    }

    #[test]
    fn debians_toolchain_builds_std_and_is_kept_from_rustup() {
        let cargo = Toolchain::Debian.cargo("check", TARGETS[1], &[]);
        assert_eq!(cargo.get_program(), "/usr/bin/cargo");
        assert!(cargo.get_args().any(|a| a == "-Zbuild-std=std,panic_abort"));
        let set = variables(&cargo);
        assert_eq!(set, ["CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "PATH", "RUSTC_BOOTSTRAP"]);
        assert!(cargo.get_envs().any(|(k, v)| k == "RUSTUP_TOOLCHAIN" && v.is_none()));
    }
}
