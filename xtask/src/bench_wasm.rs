//! `cargo xtask bench-wasm`: what the sandbox costs, against the same function as native code.
//!
//! What is measured are the files in `dist/`, as they are released, run as kustomize runs them: a process
//! for each question. They run in turns, so that a busy moment of the machine falls on all of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, ensure};

use crate::bench::{Subject, load, machine, take_turns};
use crate::bench_function::{write_build, write_list};
use crate::bench_stats::{Figure, table};
use crate::{setup, term, tools};

/// How often to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How often a small question is asked
    #[arg(long, default_value_t = 200, value_name = "N")]
    pairs: usize,
    /// How often the question of a megabyte is asked, and how often an overlay is built
    #[arg(long, default_value_t = 20, value_name = "N")]
    rounds: usize,
}

/// The released programs.
struct Programs {
    native: PathBuf,
    host: PathBuf,
    krm_wasm: PathBuf,
    module: PathBuf,
}

/// Measures the released files and prints the table.
pub(crate) fn run(checkout: &Path, options: &Options) -> Result<()> {
    ensure!(options.pairs > 0 && options.rounds > 0, "there must be at least one pair and one round");
    setup::run(checkout, Some(setup::Tool::Kustomize))?;
    let programs = Programs {
        native: tools::dist_program(checkout, "tailscale-expose"),
        host: tools::dist_program(checkout, "tailscale-expose-wasm"),
        krm_wasm: tools::dist_program(checkout, "krm-wasm"),
        module: tools::dist(checkout, "tailscale-expose.wasm"),
    };
    let folder = checkout.join("target/bench-wasm");
    fs::create_dir_all(&folder)?;
    let before = load();
    let mut figures = small(checkout, &programs, &folder, options.pairs)?;
    figures.extend(large(&programs, &folder, options.rounds)?);
    figures.extend(builds(checkout, &programs, &folder, options.rounds)?);
    print!("{}\n{}", table(&figures), machine(&before));
    Ok(())
}

/// The reference stub, as the one item of a list.
fn small(checkout: &Path, programs: &Programs, folder: &Path, pairs: usize) -> Result<Vec<Figure>> {
    let question = folder.join("reference.yaml");
    let stub = fs::read_to_string(checkout.join("examples/tazlab/stub.yaml"))?;
    let mut text = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n".to_owned();
    for (number, line) in stub.lines().filter(|line| !line.starts_with('#')).enumerate() {
        text.push_str(if number == 0 { "- " } else { "  " });
        text.push_str(line);
        text.push('\n');
    }
    fs::write(&question, text)?;
    let subject = |program: &Path, arguments: &[&Path]| Subject::new(program, arguments, 0).reading(&question);
    let mut nothing = subject(Path::new("/bin/true"), &[]);
    let mut native = subject(&programs.native, &[]);
    let mut host = subject(&programs.host, &[]);
    let mut krm_wasm = subject(&programs.krm_wasm, &[&programs.module]);
    turns("the reference stub", &mut [&mut nothing, &mut native, &mut host, &mut krm_wasm], pairs)?;
    let [nothing, native, host, krm_wasm] = [nothing, native, host, krm_wasm].map(|subject| subject.milliseconds);
    let (by_native, by_nothing) = (host.per(&native), host.per(&nothing));
    Ok(vec![
        Figure::new("`/bin/true`", "ms", nothing, ""),
        Figure::new("reference stub, native", "ms", native, ""),
        Figure::new("reference stub, `tailscale-expose-wasm`", "ms", host, ""),
        Figure::new("reference stub, `krm-wasm`, compiled before", "ms", krm_wasm, ""),
        Figure::new("reference stub, `tailscale-expose-wasm` by native", "", by_native, "≤ 1.5"),
        Figure::new("reference stub, `tailscale-expose-wasm` by `/bin/true`", "", by_nothing, "≤ 2.5"),
    ])
}

/// A list of a megabyte.
fn large(programs: &Programs, folder: &Path, rounds: usize) -> Result<Vec<Figure>> {
    let question = folder.join("megabyte.yaml");
    write_list(&question, 1.0)?;
    let mut native = Subject::new(&programs.native, &[], 0).reading(&question);
    let mut host = Subject::new(&programs.host, &[], 0).reading(&question);
    turns("a list of 1 MB with 20 stubs", &mut [&mut native, &mut host], rounds)?;
    let ratio = host.milliseconds.per(&native.milliseconds);
    Ok(vec![
        Figure::new("1 MB with 20 stubs, native", "ms", native.milliseconds, ""),
        Figure::new("1 MB with 20 stubs, `tailscale-expose-wasm`", "ms", host.milliseconds, ""),
        Figure::new("1 MB with 20 stubs, the second by the first", "", ratio, "≤ 2"),
    ])
}

/// kustomize's build of an overlay of 200 resources.
fn builds(checkout: &Path, programs: &Programs, folder: &Path, rounds: usize) -> Result<Vec<Figure>> {
    let kustomize = tools::kustomize();
    let build = |name: &str, function: &Path| -> Result<Subject> {
        let overlay = write_build(checkout, &folder.join(name), 200, &function.display().to_string())?;
        let flags = ["build", "--enable-alpha-plugins", "--enable-exec"].map(Path::new);
        Ok(Subject::new(&kustomize, &[flags[0], flags[1], flags[2], &overlay], 0))
    };
    let mut native = build("native", &programs.native)?;
    let mut host = build("sandboxed", &programs.host)?;
    turns("builds of 200 resources", &mut [&mut native, &mut host], rounds)?;
    let ratio = host.milliseconds.per(&native.milliseconds);
    Ok(vec![Figure::new("`kustomize build` of 200 resources, `tailscale-expose-wasm` by native", "", ratio, "≤ 1.02")])
}

/// Runs programs in turns, and says so.
fn turns(what: &str, subjects: &mut [&mut Subject], rounds: usize) -> Result<()> {
    let (start, what) = (Instant::now(), format!("{rounds} rounds of {what}"));
    term::start(&what);
    take_turns(subjects, rounds)?;
    term::done(&what, start.elapsed());
    Ok(())
}
