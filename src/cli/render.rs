//! `render`: files in; text, files or a verdict out.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use tailscale_expose::{Origin, Rendering, render};

use super::args::Render;
use super::{Exit, files, output, say, tell};

/// Runs `render`.
pub(super) fn run(options: &Render) -> Result<Exit> {
    if options.check && options.output.is_none() && !options.beside {
        bail!("--check needs --beside or -o DIR: it compares what is on disk");
    }
    let here = [PathBuf::from(".")];
    let paths = if options.paths.is_empty() { &here[..] } else { &options.paths };
    let sources = files::read(paths)?;
    let rendering = render(&sources);
    if rendering.stub_sources.is_empty() && !options.all {
        tell(&rendering.findings, &sources);
        if rendering.has_errors() {
            return Ok(Exit::Found);
        }
        bail!("no TailscaleExpose in {}; `tailscale-expose init` writes a first one", named(paths));
    }
    let changes = match (&options.output, options.beside) {
        (Some(folder), _) => output::folder(folder, &rendering, &sources, options.all)?,
        (None, true) => output::beside(&rendering, &sources)?,
        (None, false) => {
            tell(&rendering.findings, &sources);
            print(&rendering, options.all)?;
            let exit = verdict(&rendering);
            // The process ends here: to give back each object by itself would be its last tenth.
            std::mem::forget((rendering, sources));
            return Ok(exit);
        }
    };
    tell(&rendering.findings, &sources);
    let mut due = Vec::new();
    for change in &changes {
        if change.is_due()? {
            due.push(change);
        }
    }
    for change in &due {
        let doing = match (options.check, &change.text) {
            (true, Some(_)) => "out of date",
            (true, None) => "no longer generated",
            (false, Some(_)) => "wrote",
            (false, None) => "removed",
        };
        if !options.check {
            change.apply()?;
        }
        say(&format!("{doing}: {}", change.path.display()));
    }
    if options.check && !due.is_empty() {
        say("run the same command without --check to update");
        return Ok(Exit::Found);
    }
    Ok(verdict(&rendering))
}

fn verdict(rendering: &Rendering) -> Exit {
    if rendering.has_errors() { Exit::Found } else { Exit::Done }
}

fn named(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
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
