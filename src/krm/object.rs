//! Manifests as they were read: typed access to what every object has, and edits of annotations.
//!
//! An object that is not ours is never emitted anew. Where annotations must change, the source text
//! is edited in place, so that comments, quoting and order stay.

use std::borrow::Cow;
use std::ops::Range;

use super::ResourceRef;
use crate::yaml::{Edit, Map, Node, Span, Text, Value, emit, indent_of};

/// Annotations to be set, in the order they are written.
pub type Annotations = Vec<(String, String)>;

/// A manifest and its place.
#[derive(Debug, Clone, Copy)]
pub struct Object<'s> {
    /// The root of the document.
    pub node: &'s Node<'s>,
    /// The whole document, with what surrounds the node.
    pub document: Span,
}

impl<'s> Object<'s> {
    /// Returns a manifest if the node is one: a mapping with `apiVersion` and `kind`.
    #[must_use]
    pub fn new(node: &'s Node<'s>, document: Span) -> Option<Self> {
        let object = Self { node, document };
        (!object.api_version().is_empty() && !object.kind().is_empty()).then_some(object)
    }

    /// Returns `apiVersion`.
    #[must_use]
    pub fn api_version(&self) -> &'s str {
        text(self.node, "apiVersion")
    }

    /// Returns `kind`.
    #[must_use]
    pub fn kind(&self) -> &'s str {
        text(self.node, "kind")
    }

    /// Returns the group of `apiVersion`; empty for the core group.
    #[must_use]
    pub fn group(&self) -> &'s str {
        self.api_version().split_once('/').map_or("", |(group, _)| group)
    }

    /// Returns whether the object is of a group and kind.
    #[must_use]
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.kind() == kind && self.group() == group
    }

    /// Returns a text of `metadata`; empty where there is none.
    #[must_use]
    pub fn metadata(&self, key: &str) -> &'s str {
        self.node.get("metadata").map_or("", |metadata| text(metadata, key))
    }

    /// Returns an annotation.
    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<&'s str> {
        self.node.get("metadata")?.get("annotations")?.get(key)?.text()
    }

    /// Returns which object this is.
    #[must_use]
    pub fn reference(&self) -> ResourceRef {
        ResourceRef {
            api_version: self.api_version().to_owned(),
            kind: self.kind().to_owned(),
            namespace: self.metadata("namespace").to_owned(),
            name: self.metadata("name").to_owned(),
        }
    }
}

fn text<'s>(node: &'s Node<'s>, key: &str) -> &'s str {
    node.get(key).and_then(Node::text).unwrap_or_default()
}

/// Returns the edits of a source that set annotations of an object and take others away; all other
/// bytes stay.
///
/// `text` is the whole text of the source. Returns nothing where the metadata cannot be edited in
/// place: it stands behind an alias, or behind an anchor by which something else may have it.
#[must_use]
pub fn annotate(text: &str, object: Object<'_>, set: &Annotations, gone: &[&str]) -> Option<Vec<Edit>> {
    let (_, metadata) = own(text, object.node, entry(object.node.map()?, "metadata")?)?;
    let map = metadata.map()?;
    let Some(pair) = entry(map, "annotations") else {
        return if set.is_empty() {
            Some(Vec::new())
        } else if map.flow {
            let at = range(metadata).start + 1;
            Some(vec![insert(at, format!("\"annotations\": {}, ", flow(set)))])
        } else {
            let (name, value) = own(text, metadata, last_of(map, &["name", "namespace"])?)?;
            let indent = indent_of(text, range(name).start)?;
            let end = range(value).end;
            let line_end = text.get(end..)?.find('\n').map_or(text.len(), |newline| end + newline);
            let mut lines = format!("\n{:indent$}annotations:", "");
            for (key, value) in set {
                lines.push_str(&format!("\n{:1$}{2}: {3}", "", indent + 2, self::key(key), scalar(value)));
            }
            Some(vec![insert(line_end, lines)])
        };
    };
    let (key, annotations) = own(text, metadata, pair)?;
    match &annotations.value {
        Value::Map(map) if map.flow && map.entries.iter().any(|(key, _)| is_gone(key, gone)) => {
            let kept = map
                .entries
                .iter()
                .filter(|(key, _)| !is_gone(key, gone) && !set.iter().any(|(new, _)| key.text() == Some(new)));
            let kept = kept.filter_map(|(key, value)| {
                Some(format!("{}: {}", text.get(key.span.range())?, text.get(value.span.range())?))
            });
            let new = set.iter().map(|(key, value)| format!("{}: {}", json(key), json(value)));
            let pairs: Vec<String> = new.chain(kept).collect();
            Some(vec![Edit { range: range(annotations), text: format!("{{{}}}", pairs.join(", ")) }])
        }
        Value::Map(map) if map.flow => {
            let range = range(annotations);
            let mut edits = replaced(text, annotations, map, set)?;
            let new: Annotations = set.iter().filter(|(key, _)| map.get(key).is_none()).cloned().collect();
            if !new.is_empty() {
                let comma = if map.entries.is_empty() { "" } else { ", " };
                let inner = flow(&new);
                edits.push(insert(
                    range.start + 1,
                    format!("{}{comma}", inner.trim_start_matches('{').trim_end_matches('}')),
                ));
            }
            Some(edits)
        }
        Value::Map(map) => {
            // Behind the key, not before the first entry: a comment above that one is about that one.
            let (first, _) = own(text, annotations, map.entries.first()?)?;
            let indent = indent_of(text, range(first).start)?;
            if set.is_empty() && map.entries.iter().all(|(key, _)| is_gone(key, gone)) {
                return Some(vec![Edit { range: lines(text, key, annotations)?, text: String::new() }]);
            }
            let after_key = range(key).end;
            let line_end = after_key + text.get(after_key..)?.find('\n')?;
            let mut edits = replaced(text, annotations, map, set)?;
            for pair in map.entries.iter().filter(|(key, _)| is_gone(key, gone)) {
                let (key, value) = own(text, annotations, pair)?;
                edits.push(Edit { range: lines(text, key, value)?, text: String::new() });
            }
            for (key, value) in set.iter().filter(|(key, _)| map.get(key).is_none()) {
                edits.push(insert(line_end, format!("\n{:indent$}{}: {}", "", self::key(key), scalar(value))));
            }
            Some(edits)
        }
        _ if annotations.is_null() && set.is_empty() => Some(Vec::new()),
        _ if annotations.is_null() => {
            let colon = range(key).end + text.get(range(key).end..)?.find(':')? + 1;
            // A value that is not written has an empty span, on the token after it.
            let is_written = annotations.span.start < annotations.span.end;
            let end = if is_written { range(annotations).end } else { colon };
            Some(vec![Edit { range: colon..end, text: format!(" {}", flow(set)) }])
        }
        _ => None,
    }
}

fn is_gone(key: &Node<'_>, gone: &[&str]) -> bool {
    key.text().is_some_and(|key| gone.contains(&key))
}

fn range(node: &Node<'_>) -> Range<usize> {
    node.span.range()
}

/// Returns the whole lines from a key to the end of its value.
fn lines(text: &str, key: &Node<'_>, value: &Node<'_>) -> Option<Range<usize>> {
    let (start, end) = (range(key).start, range(value).end);
    let line_start = text.get(..start)?.rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text.get(end..)?.find('\n').map_or(text.len(), |newline| end + newline + 1);
    Some(line_start..line_end)
}

/// Returns a pair if it is its mapping's own: written in it and not behind an alias, and without an
/// anchor by which something else could have it.
fn own<'m, 's>(text: &str, parent: &Node<'_>, pair: &'m (Node<'s>, Node<'s>)) -> Option<(&'m Node<'s>, &'m Node<'s>)> {
    let (key, value) = pair;
    let (whole, key_at, value_at) = (range(parent), range(key), range(value));
    let is_within = whole.start <= key_at.start && value_at.end <= whole.end;
    let is_alias = text.get(value_at.clone())?.starts_with('*');
    let between = text.get(key_at.end..value_at.start.max(key_at.end))?;
    let is_anchored = between.lines().any(|line| line.split(" #").next().is_some_and(|line| line.contains('&')));
    (is_within && !is_alias && !is_anchored).then_some((key, value))
}

fn entry<'m, 's>(map: &'m Map<'s>, key: &str) -> Option<&'m (Node<'s>, Node<'s>)> {
    map.entries.iter().find(|(name, _)| name.text() == Some(key))
}

fn last_of<'m, 's>(map: &'m Map<'s>, keys: &[&str]) -> Option<&'m (Node<'s>, Node<'s>)> {
    map.entries.iter().rev().find(|(name, _)| name.text().is_some_and(|name| keys.contains(&name)))
}

fn replaced(text: &str, annotations: &Node<'_>, map: &Map<'_>, set: &Annotations) -> Option<Vec<Edit>> {
    let mut edits = Vec::new();
    for (key, value) in set {
        if let Some(pair) = entry(map, key).filter(|(_, old)| old.text() != Some(value)) {
            let (_, old) = own(text, annotations, pair)?;
            edits.push(Edit { range: range(old), text: if map.flow { json(value) } else { scalar(value) } });
        }
    }
    Some(edits)
}

fn insert(at: usize, text: String) -> Edit {
    Edit { range: at..at, text }
}

fn flow(set: &Annotations) -> String {
    let pairs: Vec<String> = set.iter().map(|(key, value)| format!("{}: {}", json(key), json(value))).collect();
    format!("{{{}}}", pairs.join(", "))
}

/// A double-quoted scalar, good in JSON and in every YAML context.
fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Returns a text as a scalar on one line.
#[must_use]
pub fn scalar(text: &str) -> String {
    let mut out = String::new();
    match emit(&mut out, &Text(text)) {
        Ok(()) if out.lines().count() == 1 => out.trim_end().to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Sources, apply, documents};

    #[test]
    fn metadata_that_something_else_may_have_is_not_edited() {
        let set = vec![("x/y".to_owned(), "true".to_owned())];
        let head = "apiVersion: v1\nkind: Service\n";
        for (metadata, can) in [
            ("metadata:\n  name: a # R&D\n", true),
            ("metadata: # R&D\n  name: a\n", true),
            ("metadata: &m\n  name: a\n", false),
            ("metadata: &m {name: a}\n", false),
            ("x: &m {name: a}\nmetadata: *m\n", false),
            ("x: &m\n  name: a\nmetadata:\n  <<: *m\n", false),
            ("metadata:\n  name: a\n  annotations: &a\n    b: c\n", false),
            ("x: &a {b: c}\nmetadata:\n  name: a\n  annotations: *a\n", false),
            ("metadata:\n  name: &n a\n  namespace: b\n", true),
            ("metadata:\n  name: a\n  annotations:\n    x/y: &v no\n", false),
        ] {
            let mut sources = Sources::default();
            let id = sources.add("t.yaml", format!("{head}{metadata}"));
            let docs = documents(id, sources.get(id).unwrap());
            let node = docs[0].root.as_ref().unwrap().as_ref().unwrap();
            let object = Object::new(node, docs[0].span).unwrap();
            assert_eq!(annotate(&sources.get(id).unwrap().text, object, &set, &[]).is_some(), can, "{metadata}");
        }
    }

    #[test]
    fn metadata_of_another_item_is_not_edited() {
        let text = "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: ConfigMap\n    metadata: &m\n      name: a\n  \
                    - apiVersion: v1\n    kind: Service\n    metadata:\n      <<: *m\n";
        let mut sources = Sources::default();
        let id = sources.add("t.yaml", text);
        let docs = documents(id, sources.get(id).unwrap());
        let items = docs[0].root.as_ref().unwrap().as_ref().unwrap().get("items").unwrap().items();
        let object = Object::new(&items[1], docs[0].span).unwrap();
        assert_eq!(annotate(text, object, &vec![("x/y".to_owned(), "true".to_owned())], &[]), None);
    }

    fn annotated(text: &str, set: &[(&str, &str)]) -> String {
        let mut sources = Sources::default();
        let id = sources.add("t.yaml", text);
        let docs = documents(id, sources.get(id).unwrap());
        let node = docs[0].root.as_ref().unwrap().as_ref().unwrap();
        let object = Object::new(node, docs[0].span).unwrap();
        let set = set.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let out = apply(text, annotate(text, object, &set, &[]).unwrap());
        // What was written must be read back, whatever the style.
        let id = sources.add("out.yaml", out.as_str());
        let docs = documents(id, sources.get(id).unwrap());
        let node = docs[0].root.as_ref().unwrap().as_ref().unwrap();
        let object = Object::new(node, docs[0].span).unwrap();
        for (key, value) in &set {
            assert_eq!(object.annotation(key), Some(value.as_str()), "{out}");
        }
        out
    }

    #[test]
    fn annotations_are_added_in_every_style_of_metadata() {
        for (before, after) in [
            (
                "apiVersion: v1\nkind: Service\nmetadata:\n  name: a # the app\n  namespace: b\nspec: {}\n",
                "apiVersion: v1\nkind: Service\nmetadata:\n  name: a # the app\n  namespace: b\n  annotations:\n    x/y: \"true\"\nspec: {}\n",
            ),
            (
                "apiVersion: v1\nkind: Service\nmetadata:\n  annotations:\n    # why\n    z: 'q'\n  name: a\n",
                "apiVersion: v1\nkind: Service\nmetadata:\n  annotations:\n    x/y: \"true\"\n    # why\n    z: 'q'\n  name: a\n",
            ),
            (
                "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n",
                "apiVersion: v1\nkind: Service\nmetadata: {\"annotations\": {\"x/y\": \"true\"}, name: a}\n",
            ),
            (
                "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"a\",\"annotations\":{\"z\":\"q\"}}}",
                "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"a\",\"annotations\":{\"x/y\": \"true\", \"z\":\"q\"}}}",
            ),
            (
                "apiVersion: v1\nkind: Service\nmetadata:\n  annotations:\n  name: a\n",
                "apiVersion: v1\nkind: Service\nmetadata:\n  annotations: {\"x/y\": \"true\"}\n  name: a\n",
            ),
            (
                "apiVersion: v1\nkind: Service\nmetadata:\n  annotations: {}\n  name: a\n",
                "apiVersion: v1\nkind: Service\nmetadata:\n  annotations: {\"x/y\": \"true\"}\n  name: a\n",
            ),
            (
                "apiVersion: v1\nkind: Service\nmetadata:\n  annotations:\n    x/y: no\n  name: a\n",
                "apiVersion: v1\nkind: Service\nmetadata:\n  annotations:\n    x/y: \"true\"\n  name: a\n",
            ),
        ] {
            assert_eq!(annotated(before, &[("x/y", "true")]), after);
        }
    }

    #[test]
    fn a_key_is_a_key_whatever_is_in_it() {
        let service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n";
        for (key, want) in [
            ("x/y", "x/y"),
            ("${A}", "${A}"),
            ("x/${A}", "x/${A}"),
            ("${A}\nkind", "\"${A}\\nkind\""),
            ("${A}: b", "\"${A}: b\""),
            ("on", "\"on\""),
        ] {
            assert_eq!(super::key(key), want);
            let out = annotated(service, &[(key, "1")]);
            assert!(out.ends_with(&format!("  annotations:\n    {want}: \"1\"\n")), "{out}");
        }
    }
}
