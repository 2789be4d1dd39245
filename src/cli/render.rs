//! `render`: files in; text, files or a verdict out.
//!
//! The manifests beside the stubs are the build: ports, selectors and Services to annotate are read
//! from it. Which files are read is for `gather`, what is done to files for `carry_out`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tailscale_expose::{Files, Origin, Rendering, Tree, beside, folder, render_tree};

use super::carry_out::{self, Doing};
use super::exit::Exit;
use super::gather::{gather, named_path};
use super::tell::{say, tell};

/// Print or write what stubs become.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tailscale-expose render examples/tazlab
  tailscale-expose render apps/home/stub.yaml apps/home/service.yaml
  kustomize build apps | tailscale-expose render --all -
  tailscale-expose render -o out apps
  tailscale-expose render --beside --check apps")]
pub(super) struct Render {
    /// Files or folders with stubs and manifests; `-` is standard input. Default: this folder.
    paths: Vec<PathBuf>,
    /// Print the manifests of the build, too.
    #[arg(long)]
    all: bool,
    /// Write one file for each object into a folder.
    #[arg(short, long, value_name = "DIR", conflicts_with = "beside")]
    output: Option<PathBuf>,
    /// Write a file NAME.gen.yaml next to each file NAME.yaml with stubs, and NAME.patch.gen.yaml with
    /// patches for annotated Services.
    #[arg(long, conflicts_with = "all")]
    beside: bool,
    /// Write nothing; fail if what is on disk is out of date, and say which files.
    #[arg(long)]
    check: bool,
}

impl Render {
    /// Runs `render`.
    pub(super) fn run(&self) -> Result<Exit> {
        if self.check && self.output.is_none() && !self.beside {
            bail!("--check needs --beside or -o DIR: it compares what is on disk");
        }
        let here = [PathBuf::from(".")];
        let paths = if self.paths.is_empty() { &here[..] } else { &self.paths };
        let tree = gather(paths, self.output.as_deref())?;
        match &self.output {
            Some(output) => {
                let place = named_path(&absolute(output)?)?;
                let planned = folder(&tree, &place, self.all)?;
                let is_silent = planned.stub_sources.is_empty() && !self.all;
                self.finish(paths, &tree, &planned, is_silent, Some(output))
            }
            None if self.beside => {
                let planned = beside(&tree);
                let is_stdin = |source| tree.sources.get(source).is_some_and(|source| source.name == "<stdin>");
                if planned.stub_sources.iter().any(|source| is_stdin(*source)) {
                    bail!("--beside needs files: a stub on standard input has no place beside it");
                }
                self.finish(paths, &tree, &planned, planned.stub_sources.is_empty(), None)
            }
            None => {
                let rendering = render_tree(&tree);
                tell(&rendering.findings, &tree.sources);
                if rendering.stub_sources.is_empty() && !self.all && !rendering.has_errors() {
                    return Err(no_stub(paths));
                }
                print(&rendering, self.all)?;
                let exit = if rendering.has_errors() { Exit::Found } else { Exit::Done };
                // The process ends here: to give back each object by itself would be its last tenth.
                std::mem::forget((rendering, tree));
                Ok(exit)
            }
        }
    }

    /// Tells what was found, and does to files what was planned.
    fn finish(
        &self,
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
            let doing = Doing::of(change, self.check);
            is_stale |= self.check && doing.is_due();
            if !self.check {
                carry_out::apply(change, output)?;
            }
            say(&doing.line(change, output));
        }
        if is_stale {
            say("run the same command without --check to update");
        }
        Ok(if is_stale || planned.has_errors() { Exit::Found } else { Exit::Done })
    }
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
