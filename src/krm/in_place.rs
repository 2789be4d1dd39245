//! Places in a text that is edited: what a mapping has itself, and what nothing else can have.
//!
//! A value behind an anchor may be had by something else, and what an alias or a merge key brings stands
//! elsewhere. Nothing here decides what is edited.

use std::ops::Range;

use super::Object;
use crate::yaml::{Edit, Map, Node, Span, Style};

/// A key and its value.
pub(super) type Pair<'s> = (Node<'s>, Node<'s>);

/// Returns the entry that a mapping has itself under a key, if there is one; nothing where it is written twice.
pub(super) fn only<'m, 's>(map: &'m Map<'s>, key: &str) -> Option<Option<(&'m Node<'s>, &'m Node<'s>)>> {
    let mut own = map.own().iter().filter(|(name, _)| name.text() == Some(key));
    let first = own.next().map(|(key, value)| (key, value));
    own.next().is_none().then_some(first)
}

/// Whether an object is the value of an anchor that is used.
pub(super) fn is_shared(text: &str, object: Object<'_>) -> bool {
    let before = text.get(..range(object.node).start).unwrap_or_default();
    anchor_before(before).is_some_and(|name| text.contains(&format!("*{name}")))
}

/// Returns the name of an anchor that a text ends in.
pub(super) fn anchor_before(text: &str) -> Option<&str> {
    let text = text.trim_ascii_end();
    let start = text.rfind(|c: char| c.is_ascii_whitespace() || "{[,".contains(c)).map_or(0, |before| before + 1);
    text.get(start..)?.strip_prefix('&').filter(|name| !name.is_empty())
}

/// The text that is edited.
#[derive(Clone, Copy)]
pub(super) struct Source<'t>(pub(super) &'t str);

impl<'t> Source<'t> {
    pub(super) fn slice(self, range: Range<usize>) -> &'t str {
        self.0.get(range).unwrap_or_default()
    }

    /// Returns a pair if its value is its mapping's own, and nothing else can have it.
    pub(super) fn free<'m, 's>(
        self,
        parent: &Node<'_>,
        (key, value): (&'m Node<'s>, &'m Node<'s>),
    ) -> Option<(&'m Node<'s>, &'m Node<'s>)> {
        let is_free = self.is_within(parent, key, value) && !self.is_alias(value) && !self.is_anchored(key, value);
        is_free.then_some((key, value))
    }

    /// Whether a pair is written where its mapping is, and not where an alias leads.
    pub(super) fn is_within(self, parent: &Node<'_>, key: &Node<'_>, value: &Node<'_>) -> bool {
        let whole = range(parent);
        whole.start <= range(key).start && range(value).end <= whole.end.max(range(key).end)
    }

    pub(super) fn is_alias(self, value: &Node<'_>) -> bool {
        // A mapping may begin with a key that is one.
        let text = self.slice(range(value));
        text.starts_with('*') && !text.contains(|c: char| c.is_ascii_whitespace())
    }

    /// Whether an anchor stands between a key and its value.
    pub(super) fn is_anchored(self, key: &Node<'_>, value: &Node<'_>) -> bool {
        let (from, to) = (range(key).end, range(value).start);
        let between = self.slice(from..to.max(from));
        between.lines().any(|line| without_comment(line).contains('&'))
    }

    /// Whether a pair can go: neither its key nor its value is what an alias may lead to.
    pub(super) fn may_go(self, (key, value): &Pair<'_>) -> bool {
        !self.is_anchored(key, value)
            && !self.slice(range(value)).contains('&')
            && anchor_before(self.slice(0..range(key).start)).is_none()
    }

    /// Returns the column of a key that begins its line, behind an anchor of its own or not.
    pub(super) fn column(self, key: usize) -> Option<usize> {
        let line = self.slice(line_start(self.0, key)..key);
        let blanks = line.len() - line.trim_start_matches([' ', '-']).len();
        let rest = line.trim_start_matches([' ', '-']);
        (rest.is_empty() || (rest.starts_with('&') && !rest.trim_ascii_end().contains(' '))).then_some(blanks)
    }

    /// Returns the column of the keys of a block mapping.
    pub(super) fn indent(self, parent: &Node<'_>, map: &Map<'_>) -> Option<usize> {
        let own = map.own().iter().filter(|(key, value)| self.is_within(parent, key, value)).map(|(key, _)| key.span);
        own.chain(map.merges().iter().map(|(key, _)| *key)).find_map(|key| self.column(key.range().start))
    }

    /// Returns the edit that writes a value on the line of its key.
    pub(super) fn fill(self, (key, old): (&Node<'_>, &Node<'_>), value: &str) -> Edit {
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

    /// Returns the place behind the colon of a key; nothing where none follows it.
    pub(super) fn after_colon(self, key: &Node<'_>) -> Option<usize> {
        let end = range(key).end;
        let rest = self.0.get(end..)?;
        let colon = rest.len() - rest.trim_start_matches(' ').len();
        rest.get(colon..)?.starts_with(':').then_some(end + colon + 1)
    }

    /// Returns the whole lines from a key to the end of its value.
    pub(super) fn lines(self, key: &Node<'_>, value: &Node<'_>) -> Range<usize> {
        let written = self.slice(0..range(value).end).trim_ascii_end().len();
        let end = if range(value).is_empty() { range(key).end } else { written };
        let after = line_end(self.0, end.max(range(key).end));
        line_start(self.0, range(key).start)..(after + 1).min(self.0.len())
    }
}

/// Returns a line without the comment at its end.
pub(super) fn without_comment(line: &str) -> &str {
    let starts = |(at, _): &(usize, &str)| {
        line.get(..*at).is_none_or(|before| before.is_empty() || before.ends_with([' ', '\t']))
    };
    let comment = line.match_indices('#').find(starts);
    comment.and_then(|(at, _)| line.get(..at)).unwrap_or(line)
}

pub(super) fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}

pub(super) fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |newline| at + newline)
}

pub(super) fn range(node: &Node<'_>) -> Range<usize> {
    Span::range(node.span)
}

pub(super) fn insert(at: usize, text: String) -> Edit {
    Edit { range: at..at, text }
}

/// A double-quoted scalar, good in JSON and in every YAML context.
pub(super) fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
