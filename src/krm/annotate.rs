//! Annotations edited in place: what is not ours is never emitted anew.
//!
//! The source text is edited, so that comments, quoting and order stay. A value behind an anchor may be
//! had by something else, so it is not touched; what is beside it, and what stands in its place through
//! an alias or a merge key, is the mapping's own.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::in_place::{Pair, Source, anchor_before, insert, is_shared, json, line_end, only, range};
use super::{Object, ResourceRef};
use crate::yaml::{Edit, Map, Node, Style, Text, Value, emit};

/// Annotations to be set, in the order they are written.
pub type Annotations = Vec<(String, String)>;

/// Returns the edits of a source that set annotations of an object and take others away; all other
/// bytes stay.
///
/// `text` is the whole text of the source. Returns nothing where the metadata cannot be edited in
/// place: it stands behind an alias, a value that something else may have by its anchor would change, or
/// a key is written twice, so that readers differ about which counts.
#[must_use]
pub fn annotate(text: &str, object: Object<'_>, set: &Annotations, gone: &[&str]) -> Option<Vec<Edit>> {
    let is_set = |(key, value): &(String, String)| object.annotation(key) == Some(value);
    if set.iter().all(is_set) && gone.iter().all(|key| object.annotation(key).is_none()) {
        return Some(Vec::new());
    }
    if is_shared(text, object) {
        return None;
    }
    let source = Source(text);
    let (root_key, metadata) = source.free(object.node, only(object.node.map()?, "metadata")??)?;
    let map = metadata.map()?;
    let Some((key, annotations)) = only(map, "annotations")? else {
        let merged = map.get("annotations").filter(|merged| !merged.is_null());
        let mut pairs = set.iter().map(|(key, value)| (Cow::from(key.as_str()), Cow::from(value.as_str()))).collect();
        if let Some(merged) = merged {
            // What is written hides what is merged, so that comes along.
            keep(merged.map()?, set, gone, &mut pairs)?;
        }
        return source.add(root_key, metadata, map, &pairs);
    };
    let pair = source.free(metadata, (key, annotations))?;
    match &annotations.value {
        Value::Map(map) => source.change(pair, map, set, &keys(gone.iter().copied())),
        _ if annotations.is_null() => {
            let value = flow(set.iter().map(|(key, value)| (key.as_str(), value.as_str())));
            Some(vec![source.fill(pair, &value)])
        }
        _ => None,
    }
}

/// Adds the pairs of a merged mapping that are neither set nor gone.
fn keep<'p>(
    map: &'p Map<'_>,
    set: &Annotations,
    gone: &[&str],
    pairs: &mut Vec<(Cow<'p, str>, Cow<'p, str>)>,
) -> Option<()> {
    let known = keys(set.iter().map(|(key, _)| key.as_str()).chain(gone.iter().copied()));
    for (key, value) in &map.entries {
        let key = key.text()?;
        if !known.contains(key) {
            pairs.push((key.into(), value.text()?.into()));
        }
    }
    Some(())
}

impl<'t> Source<'t> {
    /// Adds `annotations` to a mapping that has none of its own; `key` is that of the mapping.
    fn add(
        self,
        key: &Node<'_>,
        metadata: &Node<'_>,
        map: &Map<'_>,
        pairs: &[(Cow<'_, str>, Cow<'_, str>)],
    ) -> Option<Vec<Edit>> {
        let pairs = pairs.iter().map(|(key, value)| (&**key, &**value));
        if map.flow {
            let comma = if map.own().is_empty() && map.merges().is_empty() { "" } else { ", " };
            let text = format!("\"annotations\": {}{comma}", flow(pairs));
            return Some(vec![insert(range(metadata).start + 1, text)]);
        }
        let indent = self.indent(metadata, map)?;
        let mut lines = format!("\n{:indent$}annotations:", "");
        for (key, value) in pairs {
            lines.push_str(&format!("\n{:1$}{2}: {3}", "", indent + 2, self::key(key), scalar(value)));
        }
        let is_name = |(key, value): &&Pair<'_>| {
            key.text().is_some_and(|key| key == "name" || key == "namespace")
                && value.scalar().is_some_and(|scalar| scalar.style != Style::Block)
                && !value.span.range().is_empty()
        };
        let after = match map.own().iter().rev().find(is_name) {
            Some((_, value)) => range(value).end,
            None => self.after_colon(key)?,
        };
        Some(vec![insert(line_end(self.0, after), lines)])
    }

    /// Changes the annotations that there are.
    fn change(
        self,
        (key, annotations): (&Node<'_>, &Node<'_>),
        map: &Map<'_>,
        set: &Annotations,
        gone: &BTreeSet<&str>,
    ) -> Option<Vec<Edit>> {
        let is_gone = |(key, _): &&Pair<'_>| key.text().is_some_and(|key| gone.contains(key));
        let own = keys(map.own().iter().filter_map(|(key, _)| key.text()));
        let going: Vec<&Pair<'_>> = map.own().iter().filter(is_gone).collect();
        // What is merged cannot be taken away here, and of what is written twice nobody knows which counts.
        let is_merged = |key: &&str| !own.contains(*key) && map.get(key).is_some();
        if gone.iter().any(is_merged) || !going.iter().all(|pair| self.may_go(pair)) {
            return None;
        }
        let touched = set.iter().map(|(key, _)| key.as_str()).chain(gone.iter().copied());
        let touched = keys(touched.filter(|key| own.contains(key)));
        let touches = |(key, _): &&Pair<'_>| key.text().is_some_and(|key| touched.contains(key));
        if map.own().iter().filter(touches).count() != touched.len() {
            return None;
        }
        let new = set.iter().filter(|(key, _)| !own.contains(key.as_str()));
        let new = new.map(|(key, value)| (key.as_str(), value.as_str()));
        if map.flow && !going.is_empty() {
            return self.rewritten(annotations, map, set, gone);
        }
        let mut edits = self.replaced(map, set, &own)?;
        if map.flow {
            let inner = flow(new);
            let inner = inner.trim_start_matches('{').trim_end_matches('}');
            let comma = if map.own().is_empty() && map.merges().is_empty() { "" } else { ", " };
            if !inner.is_empty() {
                edits.push(insert(range(annotations).start + 1, format!("{inner}{comma}")));
            }
            return Some(edits);
        }
        if set.is_empty() && going.len() == map.own().len() && map.merges().is_empty() {
            return Some(vec![Edit { range: self.lines(key, annotations), text: String::new() }]);
        }
        edits.extend(going.into_iter().map(|(key, value)| Edit { range: self.lines(key, value), text: String::new() }));
        // Behind the key, not before the first entry: a comment above that one is about that one.
        let indent = self.indent(annotations, map)?;
        let at = line_end(self.0, self.after_colon(key)?);
        edits.extend(
            new.map(|(key, value)| insert(at, format!("\n{:indent$}{}: {}", "", self::key(key), scalar(value)))),
        );
        Some(edits)
    }

    /// Returns the edits of values that are not what they are to be.
    fn replaced(self, map: &Map<'_>, set: &Annotations, own: &BTreeSet<&str>) -> Option<Vec<Edit>> {
        let mut edits = Vec::new();
        for (name, value) in set.iter().filter(|(name, _)| own.contains(name.as_str())) {
            let Some((key, old)) = map.entry(name).filter(|(_, old)| old.text() != Some(value)) else { continue };
            if self.is_anchored(key, old) {
                return None;
            }
            edits.push(self.fill((key, old), &if map.flow { json(value) } else { scalar(value) }));
        }
        Some(edits)
    }

    /// Returns annotations in braces anew: with what is set, and without what is gone.
    fn rewritten(
        self,
        annotations: &Node<'_>,
        map: &Map<'_>,
        set: &Annotations,
        gone: &BTreeSet<&str>,
    ) -> Option<Vec<Edit>> {
        let mut pairs: Vec<String> = set.iter().map(|(key, value)| format!("{}: {}", json(key), json(value))).collect();
        let set = keys(set.iter().map(|(key, _)| key.as_str()));
        for pair in map.own() {
            let (key, value) = pair;
            let is_set = key.text().is_some_and(|key| set.contains(key));
            if is_set && !self.may_go(pair) {
                return None;
            }
            if is_set || key.text().is_some_and(|key| gone.contains(key)) {
                continue;
            }
            if anchor_before(self.slice(0..range(key).start)).is_some() {
                return None;
            }
            // With an anchor between them.
            pairs.push(self.slice(range(key).start..range(value).end.max(range(key).end)).to_owned());
        }
        let merges = map.merges().iter().map(|(key, value)| self.slice(key.range().start..value.range().end));
        pairs.extend(merges.map(str::to_owned));
        Some(vec![Edit { range: range(annotations), text: format!("{{{}}}", pairs.join(", ")) }])
    }
}

fn flow<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>) -> String {
    let pairs: Vec<String> = pairs.map(|(key, value)| format!("{}: {}", json(key), json(value))).collect();
    format!("{{{}}}", pairs.join(", "))
}

/// Returns a text as a scalar on one line.
#[must_use]
pub fn scalar(text: &str) -> String {
    let mut out = String::new();
    match emit(&mut out, &Text(text)) {
        Ok(()) if out.lines().count() == 1 => out.trim_ascii_end().to_owned(),
        _ => json(text),
    }
}

/// Returns a text as a key on one line; one that can only be a key, with placeholders or without, is not
/// quoted.
#[must_use]
pub fn key(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./${}".contains(c);
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$');
    if starts_well && text.chars().all(is_plain) && text.contains(['/', '$']) {
        text.into()
    } else {
        scalar(text).into()
    }
}

/// Returns a strategic merge patch that sets annotations of an object.
#[must_use]
pub fn merge_patch(object: &ResourceRef, annotations: &Annotations) -> String {
    let ResourceRef { api_version, kind, namespace, name } = object;
    let name = scalar(name);
    let mut out = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: {name}\n");
    if !namespace.is_empty() {
        out.push_str(&format!("  namespace: {}\n", scalar(namespace)));
    }
    if !annotations.is_empty() {
        out.push_str("  annotations:\n");
    }
    for (key, value) in annotations {
        out.push_str(&format!("    {}: {}\n", self::key(key), scalar(value)));
    }
    out
}

/// Gathers keys, one after the other: a set that sorts them first is as large as all the rest.
fn keys<'k>(keys: impl Iterator<Item = &'k str>) -> BTreeSet<&'k str> {
    let mut set = BTreeSet::new();
    set.extend(keys);
    set
}

#[cfg(test)]
mod tests;
