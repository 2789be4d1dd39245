//! What becomes of the patches in a HelmRelease: one for each Service of its chart that is annotated.
//!
//! A patch is edited as a Service is: what somebody else wrote into it stays, and it goes when nothing of
//! theirs is in it.

use crate::api::ANNOTATED_ANNOTATION;
use crate::build::{Patch, Release};
use crate::expand::Annotated;
use crate::krm::{Annotations, Object, Patching, ResourceRef, Slot, annotate, merge_patch, patching};
use crate::yaml::{Edit, Node, Sources, apply, documents, emit, to_json};

/// Why a Service is not annotated.
pub(super) const NOT_EDITED: &str =
    "the Service's metadata cannot be edited in place: write it without anchors and merge keys";

/// Why a HelmRelease is not patched.
pub(super) const NOT_PATCHED: &str =
    "the HelmRelease's `spec.postRenderers` cannot be edited in place: write them without anchors and merge keys";

/// Returns the edits of a source that set and take back what stubs ask of a HelmRelease's chart; nothing where
/// they cannot be made in place.
pub(super) fn edits(text: &str, release: Object<'_>, set: &[&Annotated], gone: &[Slot]) -> Option<Vec<Edit>> {
    patching(text, release, &changes(release, set, gone)?)
}

/// Returns a strategic merge patch of a HelmRelease. A custom resource's lists are replaced, so that it holds the
/// user's own post renderers, too.
pub(super) fn release_patch(release: Object<'_>, set: &[&Annotated]) -> Option<String> {
    let list = release.node.get("spec").and_then(|spec| spec.get("postRenderers"));
    let mut list: Vec<serde_json::Value> = list.map_or(&[][..], Node::items).iter().map(to_json).collect();
    for change in changes(release, set, &[])? {
        match change {
            Patching::Add { target, patch } => {
                let target: serde_json::Map<String, serde_json::Value> =
                    target.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
                let mut entry = serde_json::Map::new();
                entry.insert("target".to_owned(), target.into());
                entry.insert("patch".to_owned(), patch.into());
                list.push(nested(&["kustomize", "patches"], vec![serde_json::Value::from(entry)].into()));
            }
            Patching::Set((item, inner), patch) => {
                let place = format!("/kustomize/patches/{inner}/patch");
                *list.get_mut(item)?.pointer_mut(&place)? = patch.into();
            }
            Patching::Remove(_) => {}
        }
    }
    let mut out = merge_head(&release.reference());
    emit(&mut out, &nested(&["spec", "postRenderers"], list.into())).ok()?;
    Some(out)
}

/// Returns a value below some keys.
fn nested(keys: &[&str], value: serde_json::Value) -> serde_json::Value {
    keys.iter().rev().fold(value, |value, key| {
        let mut map = serde_json::Map::new();
        map.insert((*key).to_owned(), value);
        map.into()
    })
}

/// Returns what a strategic merge patch begins with.
fn merge_head(reference: &ResourceRef) -> String {
    merge_patch(reference, &Vec::new())
}

/// Returns what changes.
fn changes(release: Object<'_>, set: &[&Annotated], gone: &[Slot]) -> Option<Vec<Patching>> {
    let there: Vec<Patch<'_>> = Release::of(release).into_iter().flat_map(Release::patches).collect();
    let mut changes = Vec::new();
    for change in set {
        let Some(of) = &change.patch else { continue };
        let mut is_new = true;
        for patch in there.iter().filter(|patch| patch.of.identity() == of.identity()) {
            is_new = false;
            let is_set = |key: &String| change.annotations.iter().any(|(set, _)| set == key);
            let mut old = ours(patch);
            old.retain(|key| !is_set(key));
            let text = annotated(patch.text, &change.annotations, &old)?;
            if text != patch.text {
                changes.push(Patching::Set(patch.slot, text));
            }
        }
        if is_new {
            // The namespace is Helm's to set.
            let service = ResourceRef { namespace: String::new(), ..of.service.clone() };
            let patch = merge_patch(&service, &change.annotations);
            changes.push(Patching::Add { target: of.target(), patch });
        }
    }
    for patch in there.iter().filter(|patch| gone.contains(&patch.slot)) {
        let mut keys = ours(patch);
        keys.push(ANNOTATED_ANNOTATION.to_owned());
        let rest = annotated(patch.text, &Vec::new(), &keys)?;
        changes.push(if says_nothing(&rest) { Patching::Remove(patch.slot) } else { Patching::Set(patch.slot, rest) });
    }
    Some(changes)
}

/// Returns the annotations of a patch that are as they were recorded.
fn ours(patch: &Patch<'_>) -> Vec<String> {
    let record = patch.record();
    let ours = record.iter().flat_map(|record| record.ours(patch.service()));
    ours.map(str::to_owned).collect()
}

/// Returns a patch with other annotations.
fn annotated(text: &str, set: &Annotations, gone: &[String]) -> Option<String> {
    let gone: Vec<&str> = gone.iter().map(String::as_str).collect();
    let edits = with(text, |object| annotate(text, object, set, &gone))??;
    Some(apply(text, edits))
}

/// Whether a patch does nothing but name its object.
fn says_nothing(text: &str) -> bool {
    let names = |map: Option<&Node<'_>>, known: &[&str]| {
        let map = map.and_then(Node::map);
        map.is_some_and(|map| map.entries.iter().all(|(key, _)| key.text().is_some_and(|key| known.contains(&key))))
    };
    let is_bare = |object: Object<'_>| {
        let metadata = object.node.get("metadata");
        let annotations = metadata.and_then(|metadata| metadata.get("annotations"));
        names(Some(object.node), &["apiVersion", "kind", "metadata"])
            && names(metadata, &["name", "namespace", "annotations"])
            && annotations.is_none_or(|annotations| annotations.is_null() || names(Some(annotations), &[]))
    };
    with(text, is_bare).unwrap_or_default()
}

/// Looks at the object that a text is.
fn with<T>(text: &str, look: impl FnOnce(Object<'_>) -> T) -> Option<T> {
    let mut sources = Sources::default();
    let id = sources.add("", text);
    let parsed = documents(id, sources.get(id)?);
    let document = parsed.first()?;
    Some(look(Object::new(document.root.as_ref().ok()?.as_ref()?, document.span)?))
}
