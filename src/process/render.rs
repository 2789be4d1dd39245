//! Rendering files: stubs and the manifests that stand beside them, each in its source.

use std::collections::{BTreeMap, BTreeSet};

use super::conflicts;
use super::decode::is_ours;
use super::emit::Emitter;
use super::interest::INTEREST;
use super::load::{Manifests, root};
use super::releases::{self, NOT_EDITED, NOT_PATCHED};
use super::run::{Built, Run};
use super::tree::Tree;
use crate::expand::Annotated;
use crate::krm::wire::{Changes, Form, read};
use crate::krm::{Finding, Object, ResourceRef, Severity, annotate, merge_patch};
use crate::plan::{Fate, There};
use crate::rule::rules;
use crate::yaml::{Document, Edit, Node, Source, SourceId, Sources, Span, apply};

/// What a build becomes.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Rendering {
    /// The objects that were generated or annotated, and those that pass through, in this order: the
    /// build's own as they came, then the generated ones.
    pub objects: Vec<Rendered>,
    /// What was found, in the order of the sources.
    pub findings: Vec<Finding>,
    /// The sources that hold a stub.
    pub stub_sources: Vec<SourceId>,
}

/// One object of the output.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rendered {
    /// Which object; nothing for a document that is not one.
    pub reference: Option<ResourceRef>,
    /// Its text, without a document marker.
    pub text: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where an object of the output comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// An entry of a stub made it.
    #[non_exhaustive]
    Generated {
        /// The source of the stub.
        stub: SourceId,
    },
    /// It stood in the build and got annotations.
    #[non_exhaustive]
    Annotated {
        /// The source of the stub.
        stub: SourceId,
        /// A strategic merge patch that sets the annotations.
        patch: String,
    },
    /// It stood in the build and is as it was.
    Passed,
}

impl Origin {
    /// Returns the word for it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Generated { .. } => "generated",
            Self::Annotated { .. } => "annotated",
            Self::Passed => "passed",
        }
    }

    /// Returns the source of the stub, if one has a part in it.
    #[must_use]
    pub fn stub(&self) -> Option<SourceId> {
        match self {
            Self::Generated { stub } | Self::Annotated { stub, .. } => Some(*stub),
            Self::Passed => None,
        }
    }

    /// Returns the strategic merge patch that sets the annotations, if it got some.
    #[must_use]
    pub fn patch(&self) -> Option<&str> {
        match self {
            Self::Annotated { patch, .. } => Some(patch),
            Self::Generated { .. } | Self::Passed => None,
        }
    }
}

impl Rendering {
    /// Returns whether one of the findings is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// Renders stubs together with the manifests that stand beside them; the names of the sources are their
/// paths.
#[must_use]
pub fn render(sources: &Sources) -> Rendering {
    let tree = Tree::of(sources);
    let rendering = render_tree(&tree);
    sources.reveal_as(&tree.sources);
    rendering
}

/// Renders the files of a tree.
#[must_use]
pub fn render_tree(tree: &Tree) -> Rendering {
    let (mut run, manifests) = Run::of(tree);
    let mut built = built(&mut run, &manifests, &|_, _| Vec::new());
    let mut more = conflicts::shared(&run, &built);
    more.extend(conflicts::patched(&run));
    let objects = written(&run, &manifests, &mut built, &mut more);
    more.extend(missing_newlines(&run));
    let objects = objects.into_iter().map(|(object, _)| object).collect();
    let findings = run.told(&mut built, more);
    Rendering { objects, findings, stub_sources: stub_sources(&run) }
}

/// Expands every build of a run, and none where two of them disagree; `outputs` are what earlier runs
/// made of a build.
pub(super) fn built<'m>(
    run: &mut Run<'_>,
    manifests: &'m Manifests<'m>,
    outputs: &dyn Fn(&Run<'_>, usize) -> Vec<There<'m>>,
) -> Vec<Built<'m>> {
    let expand = |run: &Run<'_>| -> Vec<Built<'m>> {
        run.stubs_of.keys().map(|build| run.expand(*build, manifests, outputs(run, *build))).collect()
    };
    let mut built = expand(run);
    // What is kept of a stub claims names, which may be the error of one more.
    while run.learn_faulty(&built) {
        built = expand(run);
    }
    match conflicts::between_builds(run, &built) {
        None => built,
        Some(finding) => {
            run.hold(finding);
            expand(run)
        }
    }
}

/// Returns the sources that hold a stub.
pub(super) fn stub_sources(run: &Run<'_>) -> Vec<SourceId> {
    let stubs = run.stubs.iter().filter(|placement| !placement.is_unread);
    let sources = stubs.filter_map(|placement| run.tree.files.get(placement.file)).map(|file| file.source);
    sources.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Returns the objects of the output, each with the source that it comes from.
pub(super) fn written(
    run: &Run<'_>,
    manifests: &Manifests<'_>,
    built: &mut [Built<'_>],
    findings: &mut Vec<Finding>,
) -> Vec<(Rendered, SourceId)> {
    let mut annotated: BTreeMap<Span, Vec<&Annotated>> = BTreeMap::new();
    let mut gone: BTreeSet<Span> = BTreeSet::new();
    for built in built.iter() {
        for change in &built.settled.expansion.annotated {
            let changes = annotated.entry(change.document).or_default();
            // A stub of two builds becomes the same in both.
            if !changes.iter().any(|known| known.identity() == change.identity()) {
                changes.push(change);
            }
        }
        let fates = built.there.iter().zip(&built.settled.fates);
        let goes = fates.filter(|(there, fate)| !there.annotated && matches!(fate, Fate::Replaced(_) | Fate::Removed));
        gone.extend(goes.map(|(there, _)| there.object.node.span));
    }
    let mut objects = Vec::new();
    let mut seen = BTreeSet::new();
    for (number, document) in manifests {
        // A link is passed over beside what it leads to.
        let target = run.tree.files.get(*number).map(|file| &file.target);
        if !seen.insert((target, document.span.start)) {
            continue;
        }
        let Some(object) = root(document).and_then(|node| Object::new(node, document.span)) else {
            if document.root.is_err() {
                let text = body(run.tree.sources.slice(document.span)).to_owned();
                objects.push((Rendered { reference: None, text, origin: Origin::Passed }, document.span.source));
            }
            continue;
        };
        let is_kustomization = object.group() == "kustomize.config.k8s.io";
        if gone.contains(&object.node.span) || is_kustomization || is_patch(run, *number) {
            continue;
        }
        let changes = annotated.get(&document.span).map_or(&[][..], Vec::as_slice);
        let (text, done) = edited(run.tree, document, changes, findings);
        let text = without_items(object, &text, &gone).unwrap_or(text);
        let origin = match done.first() {
            None => Origin::Passed,
            Some((first, _)) => Origin::Annotated {
                stub: stub_source(run, built, first),
                patch: done.iter().map(|(_, patch)| patch.as_str()).collect::<Vec<_>>().join("---\n"),
            },
        };
        objects.push((Rendered { reference: Some(object.reference()), text, origin }, document.span.source));
    }
    let (mut seen, mut emitter) = (BTreeSet::new(), Emitter::default());
    for built in built.iter_mut() {
        let sources: Vec<Option<SourceId>> = built.stubs.iter().map(|stub| run.source_of(*stub)).collect();
        let is_new: Vec<bool> = built.stubs.iter().map(|stub| seen.insert(*stub)).collect();
        for made in built.settled.expansion.generated.drain(..) {
            if is_new.get(made.stub).copied().unwrap_or_default() {
                let stub = sources.get(made.stub).copied().flatten().unwrap_or_default();
                let origin = Origin::Generated { stub };
                let text = emitter.text(&made.manifest).to_owned();
                objects.push((Rendered { reference: Some(made.manifest.reference()), text, origin }, stub));
            }
        }
    }
    objects
}

/// Whether a file is named as a patch, and is no manifest.
fn is_patch(run: &Run<'_>, number: usize) -> bool {
    run.tree.files.get(number).is_some_and(|file| run.layout.is_patch(&file.path))
}

/// Returns the source of the stub that a Service is annotated for.
fn stub_source(run: &Run<'_>, built: &[Built<'_>], change: &Annotated) -> SourceId {
    let of = |built: &Built<'_>| {
        let is_it = |known: &&Annotated| known.document == change.document && known.identity() == change.identity();
        let change = built.settled.expansion.annotated.iter().find(is_it)?;
        run.source_of(*built.stubs.get(change.stub)?)
    };
    built.iter().find_map(of).unwrap_or_default()
}

/// Returns a document without its marker line.
fn body(document: &str) -> &str {
    let rest = document.strip_prefix("---").map_or(document, str::trim_ascii_start);
    // A comment or value may stand on the marker's own line.
    if rest.len() == document.len() { document } else { rest }
}

/// Returns a document with the annotations of the changes that can be made in it, and these changes, the first
/// of each object with its patch; the others become findings.
fn edited<'c>(
    tree: &Tree,
    document: &Document<'_>,
    changes: &[&'c Annotated],
    findings: &mut Vec<Finding>,
) -> (String, Vec<(&'c Annotated, String)>) {
    let text = tree.sources.slice(document.span);
    let source = tree.sources.get(document.span.source).map_or("", |source| source.text.as_str());
    let base = document.span.start as usize;
    let (mut edits, mut done) = (Vec::new(), Vec::new());
    let mut objects: BTreeMap<Span, Vec<&'c Annotated>> = BTreeMap::new();
    changes.iter().for_each(|change| objects.entry(change.node).or_default().push(change));
    for (place, changes) in objects {
        let Some(object) = root(document).and_then(|node| at(node, document.span, place)) else { continue };
        let Some(first) = changes.first().copied() else { continue };
        let is_patched = first.patch.is_some();
        let made = if is_patched {
            releases::edits(source, object, &changes, &[])
        } else {
            annotate(source, object, &first.annotations, &[])
        };
        match made.zip(patch(object, &changes)) {
            Some((made, patch)) => {
                let moved = |edit: Edit| Edit { range: edit.range.start - base..edit.range.end - base, ..edit };
                edits.extend(made.into_iter().map(moved));
                done.push((first, patch));
            }
            None => {
                let why = if is_patched { NOT_PATCHED } else { NOT_EDITED };
                let finding = Finding::of(rules::INVALID_ANNOTATION, why).at(object.node.span.head());
                findings.push(finding.about(object.reference()));
            }
        }
    }
    (body(&apply(text, edits)).to_owned(), done)
}

/// Returns a strategic merge patch that does what changes of one object do.
pub(super) fn patch(object: Object<'_>, changes: &[&Annotated]) -> Option<String> {
    let first = changes.first()?;
    match &first.patch {
        Some(_) => releases::release_patch(object, changes),
        None => Some(merge_patch(&first.reference, &first.annotations)),
    }
}

/// Returns the object that stands at a place: the document's own, or an item of a `List`.
pub(super) fn at<'s>(node: &'s Node<'s>, document: Span, place: Span) -> Option<Object<'s>> {
    if node.span == place {
        return Object::new(node, document);
    }
    node.get("items")?.items().iter().find_map(|item| at(item, document, place))
}

/// Returns a `List` without stubs, profiles, and those of its items that are made anew; nothing where
/// all of them stay.
fn without_items(list: Object<'_>, text: &str, gone: &BTreeSet<Span>) -> Option<String> {
    if !(list.api_version() == "v1" && list.kind() == "List") {
        return None;
    }
    let items = list.node.get("items").map_or(&[][..], Node::items).iter().enumerate();
    let removed: BTreeSet<usize> =
        items.filter(|(_, item)| gone.contains(&item.span) || is_ours(item)).map(|(number, _)| number).collect();
    if removed.is_empty() {
        return None;
    }
    let source = Source::new("", text);
    let question = read(SourceId::default(), &source, &INTEREST).ok().filter(|question| question.form == Form::List)?;
    let changes = Changes { removed, ..Changes::default() };
    Some(question.answer(changes, "", "").pieces(text).collect())
}

/// Warns of files with stubs that do not end with a newline.
pub(super) fn missing_newlines(run: &Run<'_>) -> Vec<Finding> {
    let mut told = Vec::new();
    for (number, placement) in run.stubs.iter().enumerate().filter(|(_, placement)| !placement.is_unread) {
        let Some(finding) = run.source_of(number).and_then(|id| missing_newline(&run.tree.sources, id)) else {
            continue;
        };
        let build = placement.builds.first().copied().unwrap_or_default();
        told.extend(run.levelled(finding, number, build));
    }
    told
}

/// Warns of a file that does not end with a newline.
fn missing_newline(sources: &Sources, id: SourceId) -> Option<Finding> {
    let source = sources.get(id)?;
    if source.text.is_empty() || source.text.ends_with('\n') {
        return None;
    }
    let end = u32::try_from(source.text.len()).ok()?;
    let start = source.text.trim_ascii_end().rfind('\n').map_or(0, |newline| newline + 1);
    let span = Span { source: id, start: u32::try_from(start).ok()?, end };
    let message = "the file must end with a newline: text that is appended to it would join its last line";
    Some(Finding::of(rules::MISSING_NEWLINE, message).at(span))
}

#[cfg(test)]
mod tests;
