//! The command as static binaries: they run in an empty root, on every Linux of their architecture.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use super::{Artefact, Kit, place};
use crate::wasm::{Toolchain, own_cargo};
use crate::{debian, process, term};

/// What the second architecture takes; each is a program and the package that holds it.
const CROSS: [(&str, &str); 2] = [
    ("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu libc6-dev-arm64-cross"),
    ("qemu-aarch64-static", "qemu-user-static"),
];

/// An architecture of what is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Machine {
    X86_64,
    Aarch64,
}

impl Machine {
    pub(crate) const ALL: [Self; 2] = [Self::X86_64, Self::Aarch64];

    /// The machine that this program runs on.
    pub(crate) fn here() -> Result<Self> {
        match std::env::consts::ARCH {
            "x86_64" => Ok(Self::X86_64),
            "aarch64" => Ok(Self::Aarch64),
            other => bail!("there are no releases for {other}"),
        }
    }

    /// Rust's name of it.
    pub(crate) fn target(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64-unknown-linux-gnu",
            Self::Aarch64 => "aarch64-unknown-linux-gnu",
        }
    }

    /// The end of a file's name, as Kubernetes calls platforms.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::X86_64 => "linux-amd64",
            Self::Aarch64 => "linux-arm64",
        }
    }
}

/// The flags of a static program. A panic ends it, so it needs no tables for unwinding.
fn flags(kit: &Kit<'_>) -> Vec<String> {
    let mut flags = kit.flags();
    flags.extend(["-Ctarget-feature=+crt-static", "-Cforce-unwind-tables=no"].map(str::to_owned));
    flags
}

/// Cargo for a static program.
pub(crate) fn cargo(kit: &Kit<'_>, machine: Machine) -> Result<Command> {
    let target = machine.target();
    let flags = flags(kit);
    let cargo = if machine == Machine::here()? {
        let mut cargo = Command::new(own_cargo());
        cargo.args(["build", "--target", target]).env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
        cargo
    } else {
        provide(kit)?;
        let mut cargo = Toolchain::provide_for(kit.cache, target)?.cargo("build", target, &flags);
        cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", CROSS[0].0);
        cargo
    };
    Ok(cargo)
}

/// Builds the command for each architecture, and runs it.
pub(crate) fn build(out: &Path, kit: &Kit<'_>) -> Result<Vec<Artefact>> {
    let mut made = Vec::new();
    for machine in Machine::ALL {
        term::note(&format!("tailscale-expose for {}", machine.target()));
        let mut cargo = cargo(kit, machine)?;
        cargo.args(["--package", "tailscale-expose", "--bin", "tailscale-expose", "--release"]);
        kit.compile(cargo)?;
        let program = kit.target().join(machine.target()).join("release/tailscale-expose");
        check(&program, machine)?;
        made.push(place(&program, placed(out, machine))?);
    }
    Ok(made)
}

/// Where the command of a machine goes.
pub(crate) fn placed(out: &Path, machine: Machine) -> PathBuf {
    out.join(format!("tailscale-expose-{}", machine.suffix()))
}

/// Runs a program of a machine, if need be in an emulator.
pub(crate) fn check(program: &Path, machine: Machine) -> Result<()> {
    let mut command = if machine == Machine::here()? {
        Command::new(program)
    } else {
        let mut qemu = Command::new(CROSS[1].0);
        qemu.arg(program);
        qemu
    };
    let said = process::output(command.arg("--version"))?;
    ensure!(said.contains(env!("CARGO_PKG_VERSION")), "{} says that it is {said:?}", program.display());
    Ok(())
}

/// Installs what the other architecture takes.
fn provide(kit: &Kit<'_>) -> Result<()> {
    let on_path = |program: &str| crate::tools::on_path(&[program]);
    let missing: Vec<&str> = CROSS
        .iter()
        .filter(|(program, _)| on_path(program).is_none())
        .flat_map(|(_, packages)| packages.split(' '))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    debian::install(kit.cache, &missing).context("the other architecture needs a linker and an emulator")
}

/// The path of a program that was built for this machine.
pub(crate) fn built(kit: &Kit<'_>, profile: &str, program: &str) -> Result<PathBuf> {
    Ok(kit.target().join(Machine::here()?.target()).join(profile).join(program))
}
