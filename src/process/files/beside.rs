//! Next to each file with stubs: one file with its objects, one with patches for what it annotates.

use std::collections::{BTreeMap, BTreeSet};

use super::super::emit::Emitter;
use super::super::layout::outputs;
use super::super::load::{Manifests, root};
use super::super::old::{BESIDE, Old, olds};
use super::super::render::{at, missing_newlines, patch, stub_sources};
use super::super::run::{Built, Run};
use super::super::tree::{HEADER, Tree};
use super::super::{conflicts, listing};
use super::{Action, FileChange, Files, Part, Settling, differs, ended, settled};
use crate::expand::Annotated;
use crate::krm::Object;
use crate::kustomize::TreePath;
use crate::yaml::{Document, Node, SourceId, Sources, Span, documents, to_json, visible};

/// Plans the files next to the stubs of a tree: `NAME.gen.yaml` with objects, `NAME.patch.gen.yaml` with
/// patches for annotated Services.
#[must_use]
pub fn beside(tree: &Tree) -> Files {
    let (mut run, manifests) = Run::of(tree);
    for collision in conflicts::between_files(&run).iter() {
        run.hold(collision.clone());
    }
    let olds = olds(&run, BESIDE, None);
    let mut read = Vec::new();
    let mut settling = settled(&mut run, &manifests, &olds, &mut read);
    let mut more = conflicts::shared(&run, &settling.built);
    more.extend(conflicts::patched(&run));
    more.extend(missing_newlines(&run));
    let collisions = conflicts::between_patches(&run, &settling.built);
    // Of two patches of one list the later would take away what the earlier says: nothing is touched.
    let is_sound = collisions.is_empty();
    let changes = if is_sound { Plan::of(&run, &settling, &olds, &manifests).changes() } else { Vec::new() };
    more.extend(collisions);
    more.extend(listing::findings(&run, &settling.built, &olds, &changes));
    let findings = run.told(&mut settling.built, more);
    Files { changes, findings, stub_sources: stub_sources(&run) }
}

/// What is made of a stub, by its number in the run: its number among what a build makes, or annotates.
type Made = (usize, bool, usize);

struct Plan<'p, 't> {
    run: &'p Run<'t>,
    settling: &'p Settling<'p>,
    olds: &'p [Old<'t>],
    /// Files that stay because of an error: what stays in them, and their new text.
    kept: BTreeMap<TreePath, (Vec<String>, String)>,
    /// What is made anew in a file that stays.
    placed: BTreeSet<Made>,
    /// Whose patch stays in a file: one patch says all that post renderers do.
    held: BTreeSet<(TreePath, String)>,
    /// The documents that are not ours.
    documents: BTreeMap<Span, &'p Document<'t>>,
}

impl<'p, 't> Plan<'p, 't> {
    fn of(run: &'p Run<'t>, settling: &'p Settling<'p>, olds: &'p [Old<'t>], manifests: &'p Manifests<'t>) -> Self {
        let documents = manifests.iter().map(|(_, document)| (document.span, document)).collect();
        let (kept, placed, held) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        Self { run, settling, olds, kept, placed, held, documents }
    }

    fn changes(mut self) -> Vec<FileChange> {
        for old in self.olds {
            self.keep(old);
        }
        let mut texts = self.texts();
        let there: BTreeMap<&TreePath, &Old<'_>> = self.olds.iter().map(|old| (&old.file.path, old)).collect();
        for (path, (_, text)) in &mut self.kept {
            if let Some((_, more)) = texts.remove(path) {
                for part in more {
                    text.push_str(if text.ends_with('\n') { "---\n" } else { "\n---\n" });
                    text.push_str(&part);
                }
            }
        }
        let mut changes: BTreeMap<TreePath, FileChange> = BTreeMap::new();
        let mut add = |path: &TreePath, name: String, action| {
            changes.insert(path.clone(), FileChange { path: path.clone(), name, action });
        };
        for old in self.olds {
            let (path, name) = (&old.file.path, self.name(old.file.source));
            match self.kept.get(path) {
                Some((objects, text)) => {
                    let text = differs(old.text, text).then(|| text.clone());
                    add(path, name, Action::Keep { objects: objects.clone(), text });
                }
                // What nobody here answers for is left alone.
                None if old.builds.is_empty() || texts.contains_key(path) => {}
                None => add(path, name, Action::Remove),
            }
        }
        for (path, (source, parts)) in &texts {
            let text = self.header(*source) + &parts.join("---\n");
            let name = there
                .get(path)
                .map_or_else(|| beside_name(&self.name(*source), path), |old| self.name(old.file.source));
            if there.get(path).is_none_or(|old| differs(old.text, &text)) {
                add(path, name, Action::Write(text));
            }
        }
        changes.into_values().collect()
    }

    /// Decides whether an old file stays because of an error, and how.
    fn keep(&mut self, old: &Old<'t>) {
        if old.builds.is_empty() || !self.settling.is_faulty(self.run, old) {
            return;
        }
        let path = old.file.path.clone();
        let parts = old.documents(self.run.tree);
        // What cannot be read may be anything that was made.
        let mut stays = parts.iter().any(|document| document.root.is_err());
        let (mut objects, mut text) = (Vec::new(), String::new());
        for document in &parts {
            let own = self.run.tree.sources.slice(document.span);
            let Some(node) = root(document) else {
                text.push_str(own);
                continue;
            };
            match self.settling.part(document) {
                Part::Stays => {
                    stays = true;
                    let object = Object::new(node, document.span).map(|object| object.reference());
                    self.held.extend(object.as_ref().map(|object| (path.clone(), object.identity())));
                    objects.extend(object.map(|object| object.to_string()));
                    text.push_str(own);
                }
                Part::Anew(built, number, is_kept) => {
                    stays |= is_kept;
                    let (made, new) = self.made(built, number, old);
                    self.placed.extend(made);
                    text.push_str(&anew(own, node, &new));
                }
                Part::Goes => text.push_str(comments_before(own)),
            }
        }
        if stays {
            self.kept.insert(path, (objects, text));
        } else {
            // Nothing of it stays: what is made anew goes where it belongs.
            for document in &parts {
                if let Part::Anew(built, number, _) = self.settling.part(document) {
                    for made in self.made(built, number, old).0 {
                        self.placed.remove(&made);
                    }
                }
            }
        }
    }

    /// Returns the files to write: for each its source, and what is in it.
    fn texts(&self) -> BTreeMap<TreePath, (SourceId, Vec<String>)> {
        let mut texts: BTreeMap<TreePath, (SourceId, Vec<String>)> = BTreeMap::new();
        let (mut seen, mut emitter) = (BTreeSet::new(), Emitter::default());
        for built in &self.settling.built {
            let is_new: Vec<bool> = built.stubs.iter().map(|stub| seen.insert(*stub)).collect();
            let expansion = &built.settled.expansion;
            let made = expansion.generated.iter().map(|made| made.stub).enumerate().map(|(at, stub)| (stub, false, at));
            let set = expansion.annotated.iter().map(|set| set.stub).enumerate().map(|(at, stub)| (stub, true, at));
            for (local, is_patch, at) in made.chain(set) {
                let (Some(stub), Some(true)) = (built.stubs.get(local), is_new.get(local)) else { continue };
                if self.placed.contains(&(*stub, is_patch, at)) {
                    continue;
                }
                let Some(placement) = self.run.stubs.get(*stub) else { continue };
                let Some(file) = self.run.tree.files.get(placement.file) else { continue };
                let [objects, patches] = outputs(&file.path);
                let path = if is_patch { patches } else { objects };
                let text = if is_patch {
                    let group = self.group(built, at);
                    let is_held = group
                        .first()
                        .and_then(|change| change.1.patch.as_ref())
                        .is_some_and(|patch| self.held.contains(&(path.clone(), patch.release.identity())));
                    let is_first = group.first().is_some_and(|(first, _)| *first == at);
                    (is_first && !is_held).then(|| self.patch_of(&group)).flatten()
                } else {
                    expansion.generated.get(at).map(|made| ended(emitter.text(&made.manifest)))
                };
                let Some(text) = text else { continue };
                let (_, parts) = texts.entry(path).or_insert_with(|| (file.source, Vec::new()));
                parts.push(text);
            }
        }
        texts
    }

    /// Returns what makes a document anew, and its text.
    fn made(&self, built: &'p Built<'p>, number: usize, old: &Old<'_>) -> (Vec<Made>, String) {
        let expansion = &built.settled.expansion;
        let stub = |local: usize| built.stubs.get(local).copied();
        if old.file.path.name().ends_with(".patch.gen.yaml") {
            let group = self.group(built, number);
            let made = group.iter().filter_map(|(number, set)| Some((stub(set.stub)?, true, *number))).collect();
            (made, self.patch_of(&group).unwrap_or_default())
        } else {
            let made = expansion.generated.get(number);
            (
                made.and_then(|made| Some((stub(made.stub)?, false, number))).into_iter().collect(),
                made.map_or_else(String::new, |made| ended(Emitter::default().text(&made.manifest))),
            )
        }
    }

    /// Returns what is annotated by one patch with a change: of a HelmRelease all that one file asks for.
    fn group(&self, built: &'p Built<'p>, number: usize) -> Vec<(usize, &'p Annotated)> {
        let all = &built.settled.expansion.annotated;
        let Some(change) = all.get(number) else { return Vec::new() };
        if change.patch.is_none() {
            return vec![(number, change)];
        }
        let file = |change: &Annotated| {
            built.stubs.get(change.stub).and_then(|stub| self.run.stubs.get(*stub)).map(|placement| placement.file)
        };
        let is_same = |(_, other): &(usize, &Annotated)| other.node == change.node && file(other) == file(change);
        all.iter().enumerate().filter(is_same).collect()
    }

    /// Returns the patch that changes of one object make.
    fn patch_of(&self, group: &[(usize, &Annotated)]) -> Option<String> {
        let (_, first) = group.first()?;
        let document = self.documents.get(&first.document)?;
        let object = at(root(document)?, document.span, first.node)?;
        let changes: Vec<&Annotated> = group.iter().map(|(_, change)| *change).collect();
        patch(object, &changes)
    }

    fn header(&self, source: SourceId) -> String {
        let name = self.name(source);
        format!("{HEADER}{}{BESIDE}\n", visible(name.rsplit('/').next().unwrap_or_default()))
    }

    fn name(&self, source: SourceId) -> String {
        self.run.tree.sources.get(source).map_or_else(String::new, |source| source.name.clone())
    }
}

/// Returns a document that is made anew: as it was, if it means the same.
fn anew(own: &str, node: &Node<'_>, new: &str) -> String {
    let mut sources = Sources::default();
    let id = sources.add("", new);
    let parsed = sources.get(id).map(|source| documents(id, source)).unwrap_or_default();
    if parsed.first().and_then(root).is_some_and(|made| to_json(made) == to_json(node)) {
        return own.to_owned();
    }
    let before = comments_before(own);
    let marker = if before.is_empty() && own.starts_with("---") { "---\n" } else { "" };
    format!("{before}{marker}{new}")
}

/// Returns the lines of a document before its marker or its value: the header of the file.
fn comments_before(own: &str) -> &str {
    let end = own.split_inclusive('\n').take_while(|line| line.starts_with('#')).map(str::len).sum();
    own.get(..end).unwrap_or_default()
}

/// Returns the name of a file beside another.
fn beside_name(name: &str, path: &TreePath) -> String {
    match name.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{}", path.name()),
        None => path.name().to_owned(),
    }
}
