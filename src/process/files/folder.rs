//! In a folder of its own: one file for each object.

use std::collections::BTreeMap;

use super::super::load::root;
use super::super::old::{IN_FOLDER, Old, STDIN, olds};
use super::super::render::written;
use super::super::run::Run;
use super::super::tree::{HEADER, Tree};
use super::super::{conflicts, render};
use super::{Action, FileChange, Files, Part, Settling, differs, ended, settled};
use crate::api::ANNOTATED_ANNOTATION;
use crate::build::{Record, Release};
use crate::error::{Error, ErrorKind};
use crate::krm::{Finding, Object, ResourceRef};
use crate::kustomize::TreePath;
use crate::process::Origin;
use crate::rule::rules;
use crate::yaml::{Document, SourceId, Span, visible};

/// Plans the files `[namespace/]kind_name.yaml` in a folder, with the manifests of the build if `all`.
///
/// # Errors
///
/// Returns that an object has no name that a file can have.
pub fn folder(tree: &Tree, folder: &TreePath, all: bool) -> Result<Files, Error> {
    let (mut run, manifests) = Run::of(tree);
    let olds = olds(&run, IN_FOLDER, Some(folder));
    let mut read = Vec::new();
    let mut settling = settled(&mut run, &manifests, &olds, &mut read);
    let mut more = conflicts::shared(&run, &settling.built);
    more.extend(conflicts::patched(&run));
    let objects = written(&run, &manifests, &mut settling.built, &mut more);
    more.extend(render::missing_newlines(&run));
    let mut texts: BTreeMap<TreePath, Text<'_>> = BTreeMap::new();
    let mut collisions = Vec::new();
    for (object, source) in objects.iter().filter(|(object, _)| all || object.origin != Origin::Passed) {
        let Some(reference) = &object.reference else { continue };
        let path = file_of(folder, reference)?;
        let text = format!("{HEADER}{}{IN_FOLDER}\n{}", source_name(&run, folder, *source), ended(&object.text));
        match texts.get(&path) {
            Some(Text { text: known, source: first, .. }) if *known != text => {
                let message = format!("two objects must not become one file: {reference} is here twice");
                let head = |source| Span { source, ..Span::default() };
                let finding = Finding::of(rules::CONFLICTING_OUTPUT, message).at(head(*source));
                let finding = if first == source { finding } else { finding.related(head(*first), "the other one") };
                collisions.push(finding.help("render each build into a folder of its own"));
            }
            Some(_) => {}
            None => drop(texts.insert(path, Text { reference, text, source: *source })),
        }
    }
    // Nobody can say which of two is meant: nothing is touched.
    let is_sound = collisions.is_empty();
    let changes = if is_sound { changes(&run, folder, &settling, &olds, &texts) } else { Vec::new() };
    more.append(&mut collisions);
    let findings = run.told(&mut settling.built, more);
    Ok(Files { changes, findings, stub_sources: render::stub_sources(&run) })
}

/// What a file becomes.
struct Text<'o> {
    reference: &'o ResourceRef,
    text: String,
    source: SourceId,
}

/// Returns the file of an object; every part of its path is the name of a file.
fn file_of(folder: &TreePath, reference: &ResourceRef) -> Result<TreePath, Error> {
    let refused = |why: &str| {
        let message = format!("{reference} must not be written to a file: {why}");
        Err(Error::new(ErrorKind::Unsupported, message))
    };
    if reference.name.is_empty() {
        return refused("it has no name; write its items as documents of their own, or leave out -o");
    }
    let file = format!("{}_{}.yaml", reference.kind.to_lowercase(), reference.name);
    if !is_file_name(&file) {
        return refused("its kind and name are not a file's name");
    }
    if reference.namespace.is_empty() {
        return Ok(folder.join(&file));
    }
    if !is_file_name(&reference.namespace) {
        return refused("its namespace is not a folder's name");
    }
    Ok(folder.join(&reference.namespace).join(&file))
}

/// Whether a text names a file or folder, and nothing else, to every system.
fn is_file_name(name: &str) -> bool {
    let is_odd = |c: char| c.is_control() || matches!(c, '/' | '\\' | ':' | '\u{2028}' | '\u{2029}');
    // A name that begins with a dot is hidden, `..` among them, and would not be found again.
    !name.is_empty() && name.len() <= 255 && !name.starts_with('.') && !name.contains(is_odd)
}

fn source_name(run: &Run<'_>, folder: &TreePath, source: SourceId) -> String {
    let file = run.tree.file(source);
    match file {
        Some(file) if file.path.name() == STDIN => STDIN.to_owned(),
        Some(file) => visible(&file.path.relative_to(folder)).into_owned(),
        None => STDIN.to_owned(),
    }
}

fn changes(
    run: &Run<'_>,
    folder: &TreePath,
    settling: &Settling<'_>,
    olds: &[Old<'_>],
    texts: &BTreeMap<TreePath, Text<'_>>,
) -> Vec<FileChange> {
    let mut changes: BTreeMap<TreePath, FileChange> = BTreeMap::new();
    let there: BTreeMap<&TreePath, &Old<'_>> = olds.iter().map(|old| (&old.file.path, old)).collect();
    let mut add = |path: &TreePath, action| {
        let change = FileChange { path: path.clone(), name: path.relative_to(folder), action };
        changes.insert(path.clone(), change);
    };
    for (path, new) in texts {
        match there.get(path) {
            Some(old) if !differs(old.text, &new.text) => {}
            Some(old) if settling.is_faulty(run, old) && is_taken_away(run, settling, old, new) => {
                let objects = kept(run, settling, old).unwrap_or_default();
                add(path, Action::Keep { objects, text: None });
            }
            _ => add(path, Action::Write(new.text.clone())),
        }
    }
    for old in olds.iter().filter(|old| !old.builds.is_empty() && !texts.contains_key(&old.file.path)) {
        let objects = if settling.is_faulty(run, old) { kept(run, settling, old) } else { None };
        add(&old.file.path, objects.map_or(Action::Remove, |objects| Action::Keep { objects, text: None }));
    }
    changes.into_values().collect()
}

/// Whether something of a file stays because of an error, and would be gone with its new text: another object
/// of the same kind and name, or a Service that an earlier run annotated and this one does not, which would be
/// exposed no more.
fn is_taken_away(run: &Run<'_>, settling: &Settling<'_>, old: &Old<'_>, new: &Text<'_>) -> bool {
    old.documents(run.tree).iter().any(|document| {
        let Some(object) = root(document).and_then(|node| Object::new(node, document.span)) else { return false };
        let is_patched = || Release::of(object).is_some_and(|release| release.patches().next().is_some());
        let is_annotated =
            || (!new.text.contains(ANNOTATED_ANNOTATION) && Record::of(object).is_some()) || is_patched();
        matches!(settling.part(document), Part::Stays)
            && (!object.reference().same_object(new.reference) || is_annotated())
    })
}

/// Returns what of a file stays because of an error; nothing where the whole file goes.
fn kept(run: &Run<'_>, settling: &Settling<'_>, old: &Old<'_>) -> Option<Vec<String>> {
    let documents = old.documents(run.tree);
    let stays = |document: &Document<'_>| document.root.is_err() || matches!(settling.part(document), Part::Stays);
    let is_kept = documents.iter().any(stays);
    let names = documents.iter().filter_map(|document| Object::new(root(document)?, document.span));
    is_kept.then(|| names.map(|object| object.reference().to_string()).collect())
}
