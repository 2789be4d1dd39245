//! `cargo xtask test` and `bless`: what a change must pass, one step after the other.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::cache::Cache;
use crate::wasm::own_cargo;
use crate::{dist, process, setup, term, tools};

/// The hosts of WebAssembly.
const HOST: &str = "tailscale-expose-host";

/// Everything else, with the tests that run programs.
const ALL: [&str; 5] = ["--workspace", "--exclude", HOST, "--features", "tailscale-expose/programs"];

/// Runs every step, and stops at the first that fails.
pub(crate) fn test(checkout: &Path) -> Result<()> {
    let start = Instant::now();
    step("setup", || setup::run(checkout, None))?;
    step("fmt", || cargo(checkout, &["fmt", "--all", "--", "--check", "--color", term::color()], &[]))?;
    let lints = ["--all-targets", "--", "-D", "warnings"];
    step("clippy", || cargo(checkout, &[&["clippy"], &ALL[..], &lints].concat(), &[]))?;
    step("clippy of the hosts", || host(checkout, "clippy", &[&["--all-features"], &lints[..]].concat(), &[]))?;
    step("dist", || dist::run(checkout, &[]))?;
    step("test", || tests(checkout, &[]))?;
    step("test of the hosts", || host(checkout, "test", &[], &[]))?;
    let deny = [("RUSTDOCFLAGS", "-D warnings")];
    step("doc", || cargo(checkout, &[&["doc", "--no-deps"], &ALL[..]].concat(), &deny))?;
    step("doc of the hosts", || host(checkout, "doc", &["--no-deps", "--all-features"], &deny))?;
    term::done("everything passed", start.elapsed());
    Ok(())
}

/// Rewrites what is derived, by running the tests that compare it.
pub(crate) fn bless(checkout: &Path) -> Result<()> {
    step("setup", || setup::run(checkout, None))?;
    step("bless", || tests(checkout, &[("BLESS", "1")]))
}

fn step(name: &str, run: impl FnOnce() -> Result<()>) -> Result<()> {
    let start = Instant::now();
    term::start(name);
    run().with_context(|| format!("step `{name}` failed after {}", term::seconds(start.elapsed())))?;
    term::done(name, start.elapsed());
    Ok(())
}

/// Runs the tests, and tells them where their tools are.
fn tests(checkout: &Path, variables: &[(&str, &str)]) -> Result<()> {
    let cache = Cache::open()?;
    let kustomize = tools::kustomize_in(cache.folder());
    let kubectl = tools::kubectl_in(cache.folder());
    let oracle = tools::oracle_in(cache.folder(), checkout)?;
    let wazero = tools::wazero_in(cache.folder());
    let [kustomize, kubectl, oracle, wazero] =
        [&kustomize, &kubectl, &oracle, &wazero].map(|path| path.to_string_lossy());
    let mut all = vec![
        (tools::KUSTOMIZE_VARIABLE, &*kustomize),
        (tools::KUBECTL_VARIABLE, &*kubectl),
        (tools::ORACLE_VARIABLE, &*oracle),
        (tools::WAZERO_VARIABLE, &*wazero),
    ];
    all.extend(variables);
    cargo(checkout, &[&["test"], &ALL[..]].concat(), &all)
}

/// Runs Cargo for the hosts where what is released is compiled, so that wasmtime is compiled once a
/// machine and not once a checkout.
fn host(checkout: &Path, subcommand: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Result<()> {
    let folder = dist::target_in(&Cache::open()?).to_string_lossy().into_owned();
    let package = [subcommand, "--package", HOST, "--target-dir", &folder];
    cargo(checkout, &[&package, arguments].concat(), variables)
}

fn cargo(checkout: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Result<()> {
    let mut command = Command::new(own_cargo());
    command.args(arguments).envs(variables.iter().copied()).current_dir(checkout);
    process::aloud(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_fails_says_which_and_why() {
        let failure = step("lint", || anyhow::bail!("`cargo lint` failed (exit status: 1)")).unwrap_err();
        assert_eq!(format!("{failure:#}"), "step `lint` failed after 0.0 s: `cargo lint` failed (exit status: 1)");
    }
}
