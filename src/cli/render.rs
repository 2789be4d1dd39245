//! `render`: files in; text, files or a verdict out.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tailscale_expose::{Files, Origin, Rendering, Tree, beside, folder, render_tree};

use super::args::Render;
use super::carry_out::{self, Doing};
use super::gather::{gather, named_path};
use super::{Exit, say, tell};

/// Runs `render`.
pub(super) fn run(options: &Render) -> Result<Exit> {
    if options.check && options.output.is_none() && !options.beside {
        bail!("--check needs --beside or -o DIR: it compares what is on disk");
    }
    let here = [PathBuf::from(".")];
    let paths = if options.paths.is_empty() { &here[..] } else { &options.paths };
    let tree = gather(paths, options.output.as_deref())?;
    match &options.output {
        Some(output) => {
            let place = named_path(&absolute(output)?)?;
            let planned = folder(&tree, &place, options.all)?;
            let is_silent = planned.stub_sources.is_empty() && !options.all;
            finish(options, paths, &tree, &planned, is_silent, Some(output))
        }
        None if options.beside => {
            let planned = beside(&tree);
            let is_stdin = |source| tree.sources.get(source).is_some_and(|source| source.name == "<stdin>");
            if planned.stub_sources.iter().any(|source| is_stdin(*source)) {
                bail!("--beside needs files: a stub on standard input has no place beside it");
            }
            finish(options, paths, &tree, &planned, planned.stub_sources.is_empty(), None)
        }
        None => {
            let rendering = render_tree(&tree);
            tell(&rendering.findings, &tree.sources);
            if rendering.stub_sources.is_empty() && !options.all && !rendering.has_errors() {
                return Err(no_stub(paths));
            }
            print(&rendering, options.all)?;
            let exit = if rendering.has_errors() { Exit::Found } else { Exit::Done };
            // The process ends here: to give back each object by itself would be its last tenth.
            std::mem::forget((rendering, tree));
            Ok(exit)
        }
    }
}

/// Tells what was found, and does to files what was planned.
fn finish(
    options: &Render,
    paths: &[PathBuf],
    tree: &Tree,
    planned: &Files,
    is_silent: bool,
    output: Option<&Path>,
) -> Result<Exit> {
    if is_silent && planned.changes.is_empty() && !planned.has_errors() {
        tell(&planned.findings, &tree.sources);
        return Err(no_stub(paths));
    }
    // What cannot be done is said before anything is.
    for change in &planned.changes {
        carry_out::check(change, output)?;
    }
    tell(&planned.findings, &tree.sources);
    let mut is_stale = false;
    for change in &planned.changes {
        let doing = Doing::of(change, options.check);
        is_stale |= options.check && doing.is_due();
        if !options.check {
            carry_out::apply(change, output)?;
        }
        say(&doing.line(change, output));
    }
    if is_stale {
        say("run the same command without --check to update");
    }
    Ok(if is_stale || planned.has_errors() { Exit::Found } else { Exit::Done })
}

fn no_stub(paths: &[PathBuf]) -> anyhow::Error {
    let named = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    anyhow::anyhow!("no TailscaleExpose in {named}; `tailscale-expose init` writes a first one")
}

/// Returns where a folder is or will be, without links on the way to what is there.
fn absolute(folder: &Path) -> Result<PathBuf> {
    let failed = || format!("cannot write {}", folder.display());
    let whole = std::path::absolute(folder).with_context(failed)?;
    let there = whole.ancestors().find(|above| above.exists()).unwrap_or(Path::new("/"));
    let rest = whole.strip_prefix(there).unwrap_or(Path::new("")).to_owned();
    Ok(std::fs::canonicalize(there).with_context(failed)?.join(rest))
}

/// Prints the objects, with a marker between two.
fn print(rendering: &Rendering, all: bool) -> Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let wanted = rendering.objects.iter().filter(|object| all || object.origin != Origin::Passed);
    for (index, object) in wanted.enumerate() {
        if index > 0 {
            out.write_all(b"---\n")?;
        }
        out.write_all(object.text.as_bytes())?;
        if !object.text.ends_with('\n') {
            out.write_all(b"\n")?;
        }
    }
    out.flush()?;
    Ok(())
}
