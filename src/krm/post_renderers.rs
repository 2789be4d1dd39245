//! Patches among the post renderers of a HelmRelease, edited in place.
//!
//! A post renderer changes what a chart makes before Helm sees it. Everybody may have some, in an order that
//! counts: what is new comes last, and what goes takes along only what nothing else stands in. The source text
//! is edited, and nothing that an anchor leads to.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::in_place::{
    Pair, Source, anchor_before, insert, is_shared, json, line_end, line_start, only, range, without_comment,
};
use super::{Object, scalar};
use crate::yaml::{Edit, Map, Node, Style, Value};

/// Where a patch stands: the number of the post renderer, and its own number there.
pub type Slot = (usize, usize);

/// What becomes of the patches of a HelmRelease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Patching {
    /// One more.
    Add {
        /// What it is for: fields of its `target`.
        target: Vec<(&'static str, String)>,
        /// A strategic merge patch.
        patch: String,
    },
    /// One says something else.
    Set(Slot, String),
    /// One goes.
    Remove(Slot),
}

const LIST: &str = "postRenderers";

/// Returns the patches of a HelmRelease.
pub fn patches<'s>(release: Object<'s>) -> impl Iterator<Item = (Slot, &'s Node<'s>)> {
    let list = release.node.get("spec").and_then(|spec| spec.get(LIST));
    list.map_or(&[][..], Node::items).iter().enumerate().flat_map(|(number, item)| {
        let patches = item.get("kustomize").and_then(|kustomize| kustomize.get("patches"));
        patches.map_or(&[][..], Node::items).iter().enumerate().map(move |(inner, patch)| ((number, inner), patch))
    })
}

/// Returns the edits of a source that change the patches of a HelmRelease; nothing where they cannot be
/// changed in place.
#[must_use]
pub fn patching(text: &str, release: Object<'_>, changes: &[Patching]) -> Option<Vec<Edit>> {
    if changes.is_empty() {
        return Some(Vec::new());
    }
    if is_shared(text, release) {
        return None;
    }
    let source = Source(text);
    let (spec_key, spec) = source.free(release.node, only(release.node.map()?, "spec")??)?;
    let map = spec.map()?;
    let mut added: Vec<(&[(&str, String)], &str)> = Vec::new();
    let (mut set, mut gone) = (Vec::new(), BTreeMap::<usize, BTreeSet<usize>>::new());
    for change in changes {
        match change {
            Patching::Add { target, patch } => added.push((target.as_slice(), patch.as_str())),
            Patching::Set(slot, patch) => set.push((*slot, patch.as_str())),
            Patching::Remove((item, inner)) => drop(gone.entry(*item).or_default().insert(*inner)),
        }
    }
    let Some(pair) = only(map, LIST)? else {
        // What is written would hide what is merged.
        return map.get(LIST).is_none().then(|| source.new_list(spec_key, spec, map, &added))?;
    };
    let (key, list) = source.free(spec, pair)?;
    let items = list.items();
    let is_list = matches!(list.value, Value::Seq(_));
    if !is_list && !list.is_null() {
        return None;
    }
    if items.is_empty() {
        return source.filled_list((key, list), (spec, map), &added);
    }
    let mut edits = Vec::new();
    for ((item, inner), patch) in set {
        edits.push(source.said_anew(items.get(item)?, inner, patch)?);
    }
    let mut whole = BTreeSet::new();
    for (number, inner) in &gone {
        match source.taken(items.get(*number)?, inner)? {
            Some(more) => edits.extend(more),
            None => drop(whole.insert(*number)),
        }
    }
    let is_flow = source.slice(range(list)).starts_with('[');
    // What goes and what comes may change places, so that the list stays.
    let mut added = added.into_iter();
    while let (Some(number), Some((target, patch))) = (whole.first().copied(), added.as_slice().first()) {
        whole.remove(&number);
        let item = items.get(number)?;
        edits.push(if is_flow {
            Edit { range: range(item), text: flow_item(target, patch) }
        } else {
            let (dash, column) = source.dash(item)?;
            let lines = line_start(text, dash)..line_end(text, source.written_end(item));
            Edit { range: lines, text: block_item(column, target, patch).split_off(1) }
        });
        added.next();
    }
    if whole.len() == items.len() {
        edits.extend(source.without_pair((key, list), (spec, map))?);
        return Some(edits);
    }
    let kept: Vec<Range<usize>> = items.iter().map(range).collect();
    edits.extend(if is_flow { source.flow_without(&kept, &whole) } else { source.block_without(items, &whole)? });
    let last = items.last()?;
    if is_flow {
        let more: String = added.map(|(target, patch)| format!(", {}", flow_item(target, patch))).collect();
        edits.push(insert(range(last).end, more));
    } else if added.len() > 0 {
        let column = items.iter().find_map(|item| source.dash(item))?.1;
        let more: String = added.map(|(target, patch)| block_item(column, target, patch)).collect();
        edits.push(insert(source.after(last), more));
    }
    Some(edits.into_iter().filter(|edit| !(edit.range.is_empty() && edit.text.is_empty())).collect())
}

/// Returns an item for a list in blocks, its dash at a column, each line with the break before it.
fn block_item(column: usize, target: &[(&str, String)], patch: &str) -> String {
    let mut out = format!("\n{:column$}- kustomize:\n{:column$}    patches:\n{:column$}      - target:", "", "", "");
    for (key, value) in target {
        out.push_str(&format!("\n{:column$}          {key}: {}", "", scalar(value)));
    }
    out.push_str(&format!("\n{:column$}        patch: |", ""));
    out + &indented(patch, column + 10)
}

/// Returns an item for a list in brackets.
fn flow_item(target: &[(&str, String)], patch: &str) -> String {
    let target: Vec<String> = target.iter().map(|(key, value)| format!("{}: {}", json(key), json(value))).collect();
    let (target, patch) = (target.join(", "), json(patch));
    format!("{{\"kustomize\": {{\"patches\": [{{\"target\": {{{target}}}, \"patch\": {patch}}}]}}}}")
}

/// Returns the lines of a text at a column, each with the break before it.
fn indented(text: &str, column: usize) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("\n{:column$}{line}", "") }).collect()
}

impl Source<'_> {
    /// Adds the list to a spec without one.
    fn new_list(
        self,
        key: &Node<'_>,
        spec: &Node<'_>,
        map: &Map<'_>,
        added: &[(&[(&str, String)], &str)],
    ) -> Option<Vec<Edit>> {
        if map.flow {
            let comma = if map.own().is_empty() && map.merges().is_empty() { "" } else { ", " };
            let text = format!("{}: {}{comma}", json(LIST), flow_list(added));
            return Some(vec![insert(range(spec).start + 1, text)]);
        }
        let indent = self.indent(spec, map)?;
        let is_line = |(key, value): &&Pair<'_>| {
            let scalar = value.scalar().is_some_and(|scalar| scalar.style != Style::Block);
            let text = self.slice(range(key).start..range(value).end.max(range(key).end));
            scalar && !value.span.range().is_empty() && !text.contains('\n') && self.is_within(spec, key, value)
        };
        let after = match map.own().iter().rev().find(is_line) {
            Some((_, value)) => range(value).end,
            None => self.after_colon(key)?,
        };
        let items: String = added.iter().map(|(target, patch)| block_item(indent + 2, target, patch)).collect();
        Some(vec![insert(line_end(self.0, after), format!("\n{:indent$}{LIST}:{items}", ""))])
    }

    /// Fills a list that is empty, or not written.
    fn filled_list(
        self,
        (key, list): (&Node<'_>, &Node<'_>),
        (spec, map): (&Node<'_>, &Map<'_>),
        added: &[(&[(&str, String)], &str)],
    ) -> Option<Vec<Edit>> {
        if added.is_empty() {
            return Some(Vec::new());
        }
        if map.flow {
            return Some(vec![self.fill((key, list), &flow_list(added))]);
        }
        let (indent, colon) = (self.indent(spec, map)?, self.after_colon(key)?);
        let end = if range(list).is_empty() { colon } else { self.written_end(list).max(colon) };
        let items: String = added.iter().map(|(target, patch)| block_item(indent + 2, target, patch)).collect();
        Some(vec![Edit { range: colon..end, text: String::new() }, insert(line_end(self.0, end), items)])
    }

    /// Returns the patches of a post renderer, if nothing else can have them.
    fn free_patches<'m, 's>(self, item: &'m Node<'s>) -> Option<Chain<'m, 's>> {
        if self.is_alias(item) || anchor_before(self.slice(0..range(item).start)).is_some() {
            return None;
        }
        let (_, kustomize) = self.free(item, only(item.map()?, "kustomize")??)?;
        let (key, patches) = self.free(kustomize, only(kustomize.map()?, "patches")??)?;
        Some(Chain { item: item.map()?, kustomize, key, patches })
    }

    /// Returns the edit that makes a patch say something else.
    fn said_anew(self, item: &Node<'_>, inner: usize, patch: &str) -> Option<Edit> {
        let entry = self.free_patches(item)?.patches.items().get(inner)?;
        if self.is_alias(entry) || anchor_before(self.slice(0..range(entry).start)).is_some() {
            return None;
        }
        let (key, value) = self.free(entry, only(entry.map()?, "patch")??)?;
        if value.scalar().is_some_and(|scalar| scalar.style == Style::Block) {
            let (colon, end) = (self.after_colon(key)?, self.written_end(value));
            let (header, content) = self.slice(colon..end).split_once('\n')?;
            if is_literal(header) {
                let first = content.lines().find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
                let column = first.len() - first.trim_start_matches(' ').len();
                return Some(Edit { range: colon + header.len()..end, text: indented(patch, column) });
            }
        }
        Some(self.fill((key, value), &json(patch)))
    }

    /// Returns the edits that take patches of a post renderer away; none where all of it goes.
    fn taken(self, item: &Node<'_>, inner: &BTreeSet<usize>) -> Option<Option<Vec<Edit>>> {
        let Chain { item: map, kustomize, key, patches } = self.free_patches(item)?;
        let entries = patches.items();
        for number in inner {
            let entry = entries.get(*number)?;
            if self.is_alias(entry) || self.has_anchor(entry) {
                return None;
            }
        }
        if inner.len() < entries.len() {
            let all: Vec<Range<usize>> = entries.iter().map(range).collect();
            let is_flow = self.slice(range(patches)).starts_with('[');
            let edits = if is_flow { self.flow_without(&all, inner) } else { self.block_without(entries, inner)? };
            return Some(Some(edits));
        }
        let is_only = |map: &Map<'_>| map.own().len() == 1 && map.merges().is_empty();
        let inside = kustomize.map()?;
        if is_only(inside) && is_only(map) {
            return Some(None);
        }
        if is_only(inside) {
            return None;
        }
        Some(Some(self.without_pair((key, patches), (kustomize, inside))?))
    }

    /// Whether something in a value, or before it, may be had by an alias.
    fn has_anchor(self, node: &Node<'_>) -> bool {
        let before = |node: &Node<'_>| anchor_before(self.slice(0..range(node).start)).is_some();
        before(node)
            || node.items().iter().any(|item| !self.is_alias(item) && self.has_anchor(item))
            || node.map().map_or(&[][..], Map::own).iter().any(|(key, value)| {
                before(key) || self.is_anchored(key, value) || (!self.is_alias(value) && self.has_anchor(value))
            })
    }

    /// Returns the edits that take a pair out of a mapping.
    fn without_pair(
        self,
        (key, value): (&Node<'_>, &Node<'_>),
        (parent, map): (&Node<'_>, &Map<'_>),
    ) -> Option<Vec<Edit>> {
        if map.flow {
            let own = map.own().iter().map(|(key, value)| range(key).start..range(value).end.max(range(key).end));
            let merged = map.merges().iter().map(|(key, value)| key.range().start..value.range().end);
            let mut all: Vec<Range<usize>> = own.chain(merged).collect();
            all.sort_by_key(|pair| pair.start);
            let number = all.iter().position(|pair| pair.start == range(key).start)?;
            return Some(self.flow_without(&all, &BTreeSet::from([number])));
        }
        let start = range(key).start;
        let is_alone = self.slice(line_start(self.0, start)..start).trim_start_matches(' ').is_empty();
        (is_alone && self.is_within(parent, key, value))
            .then(|| vec![Edit { range: self.lines(key, value), text: String::new() }])
    }

    /// Returns the edits that take items out of a list in blocks.
    fn block_without(self, items: &[Node<'_>], gone: &BTreeSet<usize>) -> Option<Vec<Edit>> {
        let mut edits = Vec::new();
        for number in gone {
            let item = items.get(*number)?;
            let (dash, _) = self.dash(item)?;
            let end = (line_end(self.0, self.written_end(item)) + 1).min(self.0.len());
            edits.push(Edit { range: line_start(self.0, dash)..end, text: String::new() });
        }
        Some(edits)
    }

    /// Returns the edits that take parts out of a list or a mapping in brackets, each with one comma.
    fn flow_without(self, all: &[Range<usize>], gone: &BTreeSet<usize>) -> Vec<Edit> {
        let mut edits = Vec::new();
        let last = (0..all.len()).rev().find(|number| !gone.contains(number));
        for (number, part) in all.iter().enumerate() {
            let next = all.get(number + 1).map(|next| self.comma(part.end..next.start));
            let range = match (gone.contains(&number), next) {
                (true, Some(comma)) if last.is_some_and(|last| number < last) => {
                    let blanks = self.slice(comma + 1..self.0.len());
                    part.start..comma + 1 + (blanks.len() - blanks.trim_start_matches(' ').len())
                }
                (true, Some(comma)) => part.start..comma + 1,
                (true, None) => part.clone(),
                (false, Some(comma)) if last == Some(number) => comma..comma + 1,
                (false, _) => continue,
            };
            edits.push(Edit { range, text: String::new() });
        }
        edits
    }

    /// Returns where the comma is in what stands between two parts.
    fn comma(self, between: Range<usize>) -> usize {
        let mut at = between.start;
        for line in self.slice(between.clone()).split_inclusive('\n') {
            if let Some(comma) = without_comment(line).find(',') {
                return at + comma;
            }
            at += line.len();
        }
        between.start
    }

    /// Returns where the dash of an item is, and its column; nothing where something else stands before it.
    fn dash(self, item: &Node<'_>) -> Option<(usize, usize)> {
        let before = self.slice(0..range(item).start).trim_ascii_end();
        let before = before.strip_suffix('-')?;
        let column = before.len() - line_start(self.0, before.len());
        let is_alone = self.slice(before.len() - column..before.len()).trim_start_matches(' ').is_empty();
        is_alone.then_some((before.len(), column))
    }

    /// Returns where the text of a value ends, without the blanks behind it.
    fn written_end(self, value: &Node<'_>) -> usize {
        self.slice(0..range(value).end).trim_ascii_end().len().max(range(value).start)
    }

    /// Returns the end of the last line of an item, with the empty lines that belong to it.
    fn after(self, item: &Node<'_>) -> usize {
        let mut last = item;
        while let Some(inner) = last.items().last().or_else(|| Some(&last.map()?.own().last()?.1)) {
            last = inner;
        }
        let mut at = line_end(self.0, self.written_end(item));
        let keeps = last.scalar().is_some_and(|scalar| scalar.style == Style::Block && scalar.text.ends_with("\n\n"));
        while keeps && self.0.get(at + 1..).is_some_and(|rest| rest.trim_start_matches(' ').starts_with('\n')) {
            at = line_end(self.0, at + 1);
        }
        at
    }
}

/// A post renderer down to its patches.
struct Chain<'m, 's> {
    item: &'m Map<'s>,
    kustomize: &'m Node<'s>,
    key: &'m Node<'s>,
    patches: &'m Node<'s>,
}

fn flow_list(added: &[(&[(&str, String)], &str)]) -> String {
    let items: Vec<String> = added.iter().map(|(target, patch)| flow_item(target, patch)).collect();
    format!("[{}]", items.join(", "))
}

/// Whether a text is the head of a literal block that says nothing of its indentation.
fn is_literal(header: &str) -> bool {
    let header = without_comment(header).trim_ascii();
    matches!(header, "|" | "|-" | "|+")
}

#[cfg(test)]
mod tests;
