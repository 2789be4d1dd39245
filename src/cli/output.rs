//! Which files a rendering becomes: one for each object, or two beside each stub.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use tailscale_expose::yaml::{SourceId, Sources, visible};
use tailscale_expose::{Origin, Rendering};

use super::files::{Change, HEADER, generated_in};
use super::write;

/// Returns the files `[namespace/]kind_name.yaml` in a folder, and the removal of those that are no
/// longer generated.
pub(super) fn folder(folder: &Path, rendering: &Rendering, sources: &Sources, all: bool) -> Result<Vec<Change>> {
    let mut changes: BTreeMap<PathBuf, String> = BTreeMap::new();
    for object in rendering.objects.iter().filter(|object| all || object.origin != Origin::Passed) {
        let Some(reference) = &object.reference else { continue };
        let from = match &object.origin {
            Origin::Generated { stub } | Origin::Annotated { stub, .. } => name_of(*stub, sources),
            Origin::Passed => "the build",
        };
        if reference.name.is_empty() {
            bail!(
                "{reference} must not be written to a file: it has no name; write its items as documents of their own, or \
                 leave out -o"
            );
        }
        let file = format!("{}_{}.yaml", reference.kind.to_lowercase(), reference.name);
        let path = if reference.namespace.is_empty() {
            folder.join(&file)
        } else {
            folder.join(&reference.namespace).join(&file)
        };
        if reference.name.contains(['/', '\\'])
            || reference.namespace.contains(['/', '\\'])
            || reference.namespace == ".."
        {
            bail!("{reference} must not be written to a file: its name is not a file's name");
        }
        if !reference.namespace.is_empty() {
            write::is_folder(&folder.join(&reference.namespace))?;
        }
        let text = format!("{HEADER}{}. Do not edit.\n{}", visible(from), ended(&object.text));
        if changes.insert(path.clone(), text).is_some() {
            bail!(
                "{} must be written twice: the build has two objects of one kind, namespace and name",
                path.display()
            );
        }
    }
    let known: BTreeSet<PathBuf> = changes.keys().cloned().collect();
    let gone = generated_in(folder)?.into_iter().filter(|path| !known.contains(path));
    let removed: Vec<Change> = gone.map(|path| Change { path, text: None }).collect();
    Ok(changes.into_iter().map(|(path, text)| Change { path, text: Some(text) }).chain(removed).collect())
}

/// Returns, for each file with stubs, the file of its objects and the file of its patches; a file that
/// would be empty is removed.
pub(super) fn beside(rendering: &Rendering, sources: &Sources) -> Result<Vec<Change>> {
    let mut texts: BTreeMap<SourceId, (String, String)> = BTreeMap::new();
    for object in &rendering.objects {
        match &object.origin {
            Origin::Generated { stub } => append(&mut texts.entry(*stub).or_default().0, &object.text),
            Origin::Annotated { stub, patch } => append(&mut texts.entry(*stub).or_default().1, patch),
            Origin::Passed => {}
        }
    }
    let mut changes = Vec::new();
    for id in &rendering.stub_sources {
        let name = name_of(*id, sources);
        if name == "<stdin>" {
            bail!("--beside needs files: a stub on standard input has no place beside it");
        }
        let (objects, patches) = texts.remove(id).unwrap_or_default();
        for (suffix, text) in [("gen.yaml", objects), ("patch.gen.yaml", patches)] {
            let path = Path::new(name).with_extension(suffix);
            let file = Path::new(name).file_name().map_or(name.into(), |file| file.to_string_lossy());
            let file = visible(&file);
            let header = format!("{HEADER}{file}. Do not edit: run `tailscale-expose render --beside` again.\n");
            if !text.is_empty() {
                changes.push(Change { path, text: Some(header + &text) });
            } else if path.exists() {
                changes.push(Change { path, text: None });
            }
        }
    }
    Ok(changes)
}

fn append(out: &mut String, text: &str) {
    let separator = if out.is_empty() { "" } else { "---\n" };
    let _ = write!(out, "{separator}{}", ended(text));
}

fn ended(text: &str) -> String {
    if text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

fn name_of(id: SourceId, sources: &Sources) -> &str {
    sources.get(id).map_or("", |source| source.name.as_str())
}
