//! A plan carried out on the wire: changes of the question's items.

use std::collections::BTreeMap;

use super::emit::{Emitter, Format};
use super::releases::{self, NOT_EDITED, NOT_PATCHED};
use crate::api::{ANNOTATED_ANNOTATION, GROUP, PROFILE, STUB, Stub};
use crate::build::{Record, Release};
use crate::expand::{Annotated, Expansion};
use crate::krm::wire::{Changes, Form, Item, Question, file_of};
use crate::krm::{Finding, Object, ResourceRef, Slot, annotate, annotation};
use crate::kustomize::TreePath;
use crate::plan::{By, Fate, Settled, There};
use crate::rule::rules;
use crate::yaml::{Edit, Node, SourceId, Sources, Span, Value, documents, parse, to_json};

/// Turns a settled build into changes of the question's items.
pub(super) struct Carrier<'q, 's> {
    /// What becomes of the items.
    pub(super) changes: Changes,
    /// What was found on the way.
    pub(super) findings: Vec<Finding>,
    question: &'q Question<'s>,
    id: SourceId,
    stubs: &'q [Stub],
    /// The items by the places of their nodes.
    items: BTreeMap<Span, usize>,
    /// The next number of an item in each file; nothing before somebody asks.
    indexes: Option<BTreeMap<TreePath, u64>>,
    sources: &'s Sources,
    emitter: Emitter,
}

impl<'q, 's> Carrier<'q, 's> {
    /// Makes a carrier that changes nothing yet.
    pub(super) fn new(question: &'q Question<'s>, sources: &'s Sources, id: SourceId, stubs: &'q [Stub]) -> Self {
        let nodes = question.items.iter().enumerate();
        let mut items = BTreeMap::new();
        items.extend(nodes.filter_map(|(number, item)| Some((item.node.as_ref()?.span, number))));
        let emitter = Emitter::of(if question.is_json() { Format::Json } else { Format::Yaml });
        let (changes, findings) = (Changes::default(), Vec::new());
        Self { changes, findings, question, id, stubs, items, indexes: None, sources, emitter }
    }

    /// Carries a plan out.
    pub(super) fn carry_out(&mut self, settled: &Settled, there: &[There<'_>]) {
        self.orphans(there);
        self.consume();
        self.place(&settled.expansion, there, &settled.fates);
        self.annotate(&settled.expansion, there, &settled.fates);
        self.kept(there, &settled.fates);
    }

    /// Whether the host writes files back, judged by one item.
    fn is_kept(&self, item: &Item<'_>) -> bool {
        let Some(object) = item.object(self.id) else { return true };
        let has = |key| object.annotation(key).is_some();
        (has(annotation::PATH) || has(annotation::LEGACY_PATH)) && !has(annotation::KUSTOMIZE_ID)
    }

    /// Takes our own kinds out of a build.
    fn consume(&mut self) {
        for (number, item) in self.question.items.iter().enumerate() {
            if item.object(self.id).is_some_and(|object| is_ours(&object)) && !self.is_kept(item) {
                self.changes.removed.insert(number);
            }
        }
    }

    /// Adds, replaces and removes generated objects.
    fn place(&mut self, expansion: &Expansion, there: &[There<'_>], fates: &[Fate]) {
        let mut placed = vec![false; expansion.generated.len()];
        for (there, fate) in there.iter().zip(fates).filter(|(there, _)| !there.annotated) {
            let Some(item) = self.items.get(&there.object.node.span).copied() else { continue };
            match fate {
                Fate::Replaced(number) => {
                    let (Some(made), Some(placed)) = (expansion.generated.get(*number), placed.get_mut(*number)) else {
                        continue;
                    };
                    *placed = true;
                    let range = self.question.items.get(item).map(|item| item.range.clone());
                    let old = range.and_then(|range| self.question.text.get(range)).unwrap_or_default();
                    let text = self.emitter.text(&made.manifest);
                    if !is_as_made(old, text) {
                        self.changes.replaced.extend(renewed(there.object.node, text).map(|text| (item, text)));
                    }
                }
                Fate::Removed => {
                    self.changes.removed.insert(item);
                }
                Fate::Foreign | Fate::Kept => {}
            }
        }
        for (made, placed) in expansion.generated.iter().zip(placed) {
            if !placed {
                let text = self.emitter.text(&made.manifest).to_owned();
                let text = self.with_file(made.stub, text);
                self.changes.added.push(text);
            }
        }
    }

    /// Finds the first free number in each file that items say they are from; that of an item that goes is not
    /// given anew.
    fn numbered_files(&self) -> BTreeMap<TreePath, u64> {
        let mut indexes = BTreeMap::new();
        for item in &self.question.items {
            let read = self.unread(item);
            let Some(node) = item.node.as_ref().or(read.as_ref()) else { continue };
            let Some(object) = Object::new(node, item.span(self.id)) else { continue };
            let either = |key, legacy| object.annotation(key).or_else(|| object.annotation(legacy));
            let Some(path) = either(annotation::PATH, annotation::LEGACY_PATH) else { continue };
            let index = either(annotation::INDEX, annotation::LEGACY_INDEX).and_then(|index| index.parse::<u32>().ok());
            let next = indexes.entry(TreePath::new(path)).or_default();
            // An item without a number has the next one of its file.
            *next = index.map_or(*next, u64::from).saturating_add(1).max(*next);
        }
        indexes
    }

    /// Reads an item that nobody asked about and that may be in a file of ours.
    fn unread(&self, item: &Item<'s>) -> Option<Node<'s>> {
        let text = self.question.text.get(item.range.clone())?;
        if item.node.is_some() || !text.contains(GENERATED) {
            return None;
        }
        let source = self.sources.get(self.id)?;
        match parse(self.id, source, item.range.clone()).ok()??.value {
            Value::Seq(items) => items.into_iter().next(),
            _ => None,
        }
    }

    /// Returns a new object with the file it goes to, where the host writes files back: beside its
    /// stub.
    fn with_file(&mut self, stub: usize, text: String) -> String {
        let Some(stub) = self.stubs.get(stub) else { return text };
        let Some(file) = file_of(self.question, stub.name_span) else { return text };
        if !self.question.item_at(stub.name_span).is_some_and(|item| self.is_kept(item)) {
            return text;
        }
        let stem = file.path.rsplit_once('.').map_or(file.path.as_str(), |(stem, _)| stem);
        let path = format!("{stem}{GENERATED}");
        let mut indexes = self.indexes.take().unwrap_or_else(|| self.numbered_files());
        let next = indexes.entry(TreePath::new(&path)).or_default();
        let index = next.to_string();
        *next += 1;
        self.indexes = Some(indexes);
        let set = [
            (annotation::INDEX, index.clone()),
            (annotation::PATH, path.clone()),
            (annotation::LEGACY_INDEX, index),
            (annotation::LEGACY_PATH, path),
        ];
        annotated(&text, &set.map(|(key, value)| (key.to_owned(), value)))
    }

    /// Sets the annotations that `annotate` asks for, and takes back those it no longer asks for.
    fn annotate(&mut self, expansion: &Expansion, there: &[There<'_>], fates: &[Fate]) {
        let mut gone: BTreeMap<Span, (Object<'_>, Vec<String>)> = BTreeMap::new();
        let mut patched: BTreeMap<Span, (Vec<&Annotated>, Vec<Slot>)> = BTreeMap::new();
        for (there, fate) in there.iter().zip(fates).filter(|(there, _)| there.annotated) {
            if let Some((slot, _)) = &there.patch {
                if *fate == Fate::Removed {
                    patched.entry(there.object.node.span).or_default().1.push(*slot);
                }
                continue;
            }
            let Some(record) = Record::of(there.object) else { continue };
            let mut keys: Vec<String> = match fate {
                Fate::Replaced(_) | Fate::Removed => record.ours(there.object).into_iter().map(str::to_owned).collect(),
                Fate::Foreign | Fate::Kept => continue,
            };
            if *fate == Fate::Removed {
                keys.push(ANNOTATED_ANNOTATION.to_owned());
            }
            gone.insert(there.object.node.span, (there.object, keys));
        }
        for change in &expansion.annotated {
            if change.patch.is_some() {
                patched.entry(change.node).or_default().0.push(change);
                continue;
            }
            let known = gone.remove(&change.node).map(|(_, keys)| keys).unwrap_or_default();
            let is_set = |key: &String| change.annotations.iter().any(|(set, _)| set == key);
            let keys: Vec<&str> = known.iter().filter(|key| !is_set(key)).map(String::as_str).collect();
            let edits = self.object_at(change.node).and_then(|object| {
                let text = self.question.text;
                annotate(text, object, &change.annotations, &keys)
            });
            self.edit(edits, NOT_EDITED, change.node, &change.reference);
        }
        for (object, keys) in gone.into_values() {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let edits = annotate(self.question.text, object, &Vec::new(), &keys);
            self.edit(edits, NOT_EDITED, object.node.span, &object.reference());
        }
        for (place, (set, slots)) in patched {
            let release = self.object_at(place);
            let edits = release.and_then(|release| releases::edits(self.question.text, release, &set, &slots));
            let of = set.first().and_then(|change| Some(change.patch.as_ref()?.release.clone()));
            let of = of.or_else(|| release.map(|release| release.reference())).unwrap_or_default();
            self.edit(edits, NOT_PATCHED, place, &of);
        }
    }

    /// Returns the object of an item that stands at a place.
    fn object_at(&self, place: Span) -> Option<Object<'q>> {
        let item = self.question.items.get(*self.items.get(&place)?)?;
        item.object(self.id)
    }

    /// Takes in the edits of an object, or says why there are none.
    fn edit(&mut self, edits: Option<Vec<Edit>>, why: &'static str, place: Span, object: &ResourceRef) {
        if let Some(edits) = edits {
            self.changes.edits.extend(edits);
        } else {
            let finding = Finding::of(rules::INVALID_ANNOTATION, why).at(place.head());
            self.findings.push(finding.about(object.clone()));
        }
    }

    /// Names generated objects whose stub is gone, in hosts that write files back: there nobody else
    /// would remove them. In a build an overlay sees them and not their stub, and that is well.
    fn orphans(&mut self, there: &[There<'_>]) {
        if self.question.form == Form::Stream {
            return;
        }
        for there in there.iter().filter(|there| there.by == By::Nobody) {
            let There { object, annotated, patch, .. } = there;
            let item = self.items.get(&object.node.span).and_then(|item| self.question.items.get(*item));
            if !item.is_some_and(|item| self.is_kept(item)) {
                continue;
            }
            let patch =
                patch.as_ref().and_then(|(slot, _)| Release::of(*object)?.patches().find(|patch| patch.slot == *slot));
            let record = match &patch {
                Some(patch) => patch.record(),
                None => Record::of(*object).filter(|_| *annotated),
            };
            let (name, doing, help) = match (&record, &patch) {
                (None, _) => {
                    let name = object.annotation(crate::api::STUB_ANNOTATION).unwrap_or_default();
                    (name, "generated", "delete the object if the stub was deleted".to_owned())
                }
                (Some(record), None) => {
                    let help = format!(
                        "remove the annotation {ANNOTATED_ANNOTATION} and those it names if the stub was deleted"
                    );
                    (record.stub, "annotated", help)
                }
                (Some(record), Some(patch)) => {
                    let help = format!("delete `spec.postRenderers[{}]` if the stub was deleted", patch.slot.0);
                    (record.stub, "patched", help)
                }
            };
            let message = format!("{} was {doing} by stub \"{name}\", which is not here", object.reference());
            let finding = Finding::of(rules::ORPHAN_OBJECT, message).at(object.node.span.head());
            self.findings.push(finding.about(object.reference()).help(help));
        }
    }

    /// Says what was kept because of an error, once for each stub.
    fn kept(&mut self, there: &[There<'_>], fates: &[Fate]) {
        let mut kept: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for (there, _) in there.iter().zip(fates).filter(|(_, fate)| **fate == Fate::Kept) {
            if let By::Stubs(stubs) = &there.by {
                let first = stubs.first().copied().unwrap_or_default();
                kept.entry(first).or_default().push(there.reference().to_string());
            }
        }
        for (stub, objects) in kept {
            let Some(stub) = self.stubs.get(stub) else { continue };
            let message =
                format!("kept as an earlier run made it, because the stub has an error: {}", objects.join(", "));
            let finding = Finding::of(rules::KEPT_OBJECT, message).at(stub.name_span);
            self.findings.push(finding.about(stub.reference.clone()));
        }
    }
}

/// How the names of files end that a host writes.
const GENERATED: &str = ".gen.yaml";

/// Whether an object is a stub or a profile.
fn is_ours(object: &Object<'_>) -> bool {
    object.is(GROUP, STUB) || object.is(GROUP, PROFILE)
}

/// Whether the lines of an item are those of a new manifest, with nothing but the orchestrator's annotations
/// before the others. What is not seen here is read.
fn is_as_made(item: &str, new: &str) -> bool {
    let indent = item.len() - item.trim_start_matches(' ').len() + 2;
    let mut wanted = new.lines();
    let mut is_in_annotations = false;
    for (number, line) in item.lines().enumerate() {
        let Some((lead, content)) = line.split_at_checked(indent) else { return false };
        if lead.trim_start_matches(' ') != if number == 0 { "- " } else { "" } {
            return false;
        }
        let key = content.strip_prefix("    ").and_then(|pair| pair.split_once(": ")).map(|(key, _)| key);
        if is_in_annotations && key.is_some_and(annotation::is_internal) {
            continue;
        }
        is_in_annotations = content == "  annotations:";
        if wanted.next() != Some(content) {
            return false;
        }
    }
    wanted.next().is_none()
}

/// Returns a generated object anew, with the orchestrator's annotations of the old one; nothing where
/// the old one says the same.
fn renewed(old: &Node<'_>, new: &str) -> Option<String> {
    let mut old = to_json(old);
    let mut internal = Vec::new();
    let annotations = old.pointer_mut("/metadata/annotations").and_then(serde_json::Value::as_object_mut);
    if let Some(annotations) = annotations {
        annotations.retain(|key, value| {
            let is_internal = annotation::is_internal(key);
            if is_internal {
                internal.push((key.clone(), value.as_str().unwrap_or_default().to_owned()));
            }
            !is_internal
        });
    }
    let mut sources = Sources::default();
    let id = sources.add("", new);
    let parsed = sources.get(id).map(|source| documents(id, source)).unwrap_or_default();
    let same = parsed
        .first()
        .and_then(|document| document.root.as_ref().ok()?.as_ref())
        .is_some_and(|node| to_json(node) == old);
    (!same).then(|| annotated(new, &internal))
}

/// Returns one of our own manifests with more annotations.
fn annotated(text: &str, set: &[(String, String)]) -> String {
    let mut sources = Sources::default();
    let id = sources.add("", text);
    let Some(source) = sources.get(id) else { return text.to_owned() };
    let parsed = documents(id, source);
    let object = parsed.first().and_then(|document| Object::new(document.root.as_ref().ok()?.as_ref()?, document.span));
    let edits = object.and_then(|object| annotate(text, object, &set.to_vec(), &[]));
    edits.map_or_else(|| text.to_owned(), |edits| crate::yaml::apply(text, edits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_as_it_was_made_only_line_by_line() {
        let new = "kind: Ingress\nmetadata:\n  name: a\n  annotations:\n    b: c\nspec:\n  d: e\n";
        let item = "  - kind: Ingress\n    metadata:\n      name: a\n      annotations:\n        \
                    internal.config.kubernetes.io/path: x\n        b: c\n    spec:\n      d: e\n";
        assert!(is_as_made(item, new));
        let internal = "        internal.config.kubernetes.io/path: x\n";
        for (from, to) in [
            ("d: e", "d: f"),
            ("b: c", "b: c # d"),
            ("- kind", "-  kind"),
            ("e\n", "e\n# about the next\n"),
            ("      d: e\n", ""),
            ("        b: c\n", ""),
            (internal, "        b: c\n"),
            ("    spec:\n", &format!("    spec:\n{internal}")),
            ("        b: c\n", &format!("        b: c\n{internal}")),
        ] {
            assert!(!is_as_made(&item.replacen(from, to, 1), new), "{to}");
        }
    }
}
