//! Annotations edited in place: what is not ours is never emitted anew.
//!
//! The source text is edited, so that comments, quoting and order stay. A value behind an anchor may be
//! had by something else, so it is not touched; what is beside it, and what stands in its place through
//! an alias or a merge key, is the mapping's own.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use super::Object;
use crate::yaml::{Edit, Map, Node, Span, Style, Text, Value, emit};

/// Annotations to be set, in the order they are written.
pub type Annotations = Vec<(String, String)>;

type Pair<'s> = (Node<'s>, Node<'s>);

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

/// Returns the entry that a mapping has itself under a key, if there is one; nothing where it is written twice.
fn only<'m, 's>(map: &'m Map<'s>, key: &str) -> Option<Option<(&'m Node<'s>, &'m Node<'s>)>> {
    let mut own = map.own().iter().filter(|(name, _)| name.text() == Some(key));
    let first = own.next().map(|(key, value)| (key, value));
    own.next().is_none().then_some(first)
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

/// Whether an object is the value of an anchor that is used.
fn is_shared(text: &str, object: Object<'_>) -> bool {
    let before = text.get(..range(object.node).start).unwrap_or_default();
    anchor_before(before).is_some_and(|name| text.contains(&format!("*{name}")))
}

/// Returns the name of an anchor that a text ends in.
fn anchor_before(text: &str) -> Option<&str> {
    let text = text.trim_ascii_end();
    let start = text.rfind(|c: char| c.is_ascii_whitespace() || "{[,".contains(c)).map_or(0, |before| before + 1);
    text.get(start..)?.strip_prefix('&').filter(|name| !name.is_empty())
}

/// The text that is edited.
#[derive(Clone, Copy)]
struct Source<'t>(&'t str);

impl<'t> Source<'t> {
    fn slice(self, range: Range<usize>) -> &'t str {
        self.0.get(range).unwrap_or_default()
    }

    /// Returns a pair if its value is its mapping's own, and nothing else can have it.
    fn free<'m, 's>(
        self,
        parent: &Node<'_>,
        (key, value): (&'m Node<'s>, &'m Node<'s>),
    ) -> Option<(&'m Node<'s>, &'m Node<'s>)> {
        let is_free = self.is_within(parent, key, value) && !self.is_alias(value) && !self.is_anchored(key, value);
        is_free.then_some((key, value))
    }

    /// Whether a pair is written where its mapping is, and not where an alias leads.
    fn is_within(self, parent: &Node<'_>, key: &Node<'_>, value: &Node<'_>) -> bool {
        let whole = range(parent);
        whole.start <= range(key).start && range(value).end <= whole.end.max(range(key).end)
    }

    fn is_alias(self, value: &Node<'_>) -> bool {
        // A mapping may begin with a key that is one.
        let text = self.slice(range(value));
        text.starts_with('*') && !text.contains(|c: char| c.is_ascii_whitespace())
    }

    /// Whether an anchor stands between a key and its value.
    fn is_anchored(self, key: &Node<'_>, value: &Node<'_>) -> bool {
        let (from, to) = (range(key).end, range(value).start);
        let between = self.slice(from..to.max(from));
        between.lines().any(|line| without_comment(line).contains('&'))
    }

    /// Whether a pair can go: neither its key nor its value is what an alias may lead to.
    fn may_go(self, (key, value): &Pair<'_>) -> bool {
        !self.is_anchored(key, value)
            && !self.slice(range(value)).contains('&')
            && anchor_before(self.slice(0..range(key).start)).is_none()
    }

    /// Returns the column of a key that begins its line, behind an anchor of its own or not.
    fn column(self, key: usize) -> Option<usize> {
        let line = self.slice(line_start(self.0, key)..key);
        let blanks = line.len() - line.trim_start_matches([' ', '-']).len();
        let rest = line.trim_start_matches([' ', '-']);
        (rest.is_empty() || (rest.starts_with('&') && !rest.trim_ascii_end().contains(' '))).then_some(blanks)
    }

    /// Returns the column of the keys of a block mapping.
    fn indent(self, parent: &Node<'_>, map: &Map<'_>) -> Option<usize> {
        let own = map.own().iter().filter(|(key, value)| self.is_within(parent, key, value)).map(|(key, _)| key.span);
        own.chain(map.merges().iter().map(|(key, _)| *key)).find_map(|key| self.column(key.range().start))
    }

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

    /// Returns the edit that writes a value on the line of its key.
    fn fill(self, (key, old): (&Node<'_>, &Node<'_>), value: &str) -> Edit {
        let Some(colon) = self.after_colon(key) else {
            return insert(range(key).end, format!(": {value}"));
        };
        // A value that is not written has an empty span, on the token after it.
        let end = if range(old).is_empty() { colon } else { self.slice(0..range(old).end).trim_ascii_end().len() };
        let is_plain = old.scalar().is_none_or(|scalar| scalar.style != Style::Block && !scalar.tagged);
        if end > colon && is_plain && !old.is_null() {
            return Edit { range: range(old).start..end, text: value.to_owned() };
        }
        Edit { range: colon..end.max(colon), text: format!(" {value}") }
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

    /// Returns the place behind the colon of a key; nothing where none follows it.
    fn after_colon(self, key: &Node<'_>) -> Option<usize> {
        let end = range(key).end;
        let rest = self.0.get(end..)?;
        let colon = rest.len() - rest.trim_start_matches(' ').len();
        rest.get(colon..)?.starts_with(':').then_some(end + colon + 1)
    }

    /// Returns the whole lines from a key to the end of its value.
    fn lines(self, key: &Node<'_>, value: &Node<'_>) -> Range<usize> {
        let written = self.slice(0..range(value).end).trim_ascii_end().len();
        let end = if range(value).is_empty() { range(key).end } else { written };
        let after = line_end(self.0, end.max(range(key).end));
        line_start(self.0, range(key).start)..(after + 1).min(self.0.len())
    }
}

/// Returns a line without the comment at its end.
fn without_comment(line: &str) -> &str {
    let starts = |(at, _): &(usize, &str)| {
        line.get(..*at).is_none_or(|before| before.is_empty() || before.ends_with([' ', '\t']))
    };
    let comment = line.match_indices('#').find(starts);
    comment.and_then(|(at, _)| line.get(..at)).unwrap_or(line)
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |newline| at + newline)
}

fn range(node: &Node<'_>) -> Range<usize> {
    Span::range(node.span)
}

fn insert(at: usize, text: String) -> Edit {
    Edit { range: at..at, text }
}

fn flow<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>) -> String {
    let pairs: Vec<String> = pairs.map(|(key, value)| format!("{}: {}", json(key), json(value))).collect();
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

/// Gathers keys, one after the other: a set that sorts them first is as large as all the rest.
fn keys<'k>(keys: impl Iterator<Item = &'k str>) -> BTreeSet<&'k str> {
    let mut set = BTreeSet::new();
    set.extend(keys);
    set
}

#[cfg(test)]
mod tests;
