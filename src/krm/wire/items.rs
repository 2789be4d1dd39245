//! Changes of items as edits of the question, for each layout.
//!
//! Each edit touches one item and what joins it to its neighbours; comments between items stay with
//! the item that does.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{Item, Layout, Question};
use crate::yaml::Edit;

/// What happens to the items of a question.
#[derive(Debug, Default)]
pub struct Changes {
    /// Items that go, by number.
    pub removed: BTreeSet<usize>,
    /// Items that are written anew, by number: YAML, or JSON where the question is.
    pub replaced: Vec<(usize, String)>,
    /// Edits within items that stay.
    pub edits: Vec<Edit>,
    /// Items that are added at the end.
    pub added: Vec<String>,
}

impl Changes {
    /// Returns whether an item goes or is written anew.
    #[must_use]
    pub fn takes_away(&self) -> bool {
        !(self.removed.is_empty() && self.replaced.is_empty())
    }
}

/// Whether a place is at the start of a line.
pub(super) fn ends_line(text: &str, at: usize) -> bool {
    text.get(..at).is_none_or(|before| before.is_empty() || before.ends_with('\n'))
}

/// Returns the end of the line with the last character before `end` that is not blank.
///
/// The end of a node may lie further: that of a block scalar is behind the next line's indentation.
pub(super) fn content_end(text: &str, end: usize) -> usize {
    let last = text.get(..end).map_or(end, |before| before.trim_ascii_end().len());
    text.get(last..).and_then(|rest| rest.find('\n')).map_or(text.len(), |newline| last + newline + 1)
}

impl Question<'_> {
    /// Returns the edits that make the changes.
    pub(super) fn item_edits(&self, changes: Changes) -> Vec<Edit> {
        let Changes { removed, replaced, mut edits, added } = changes;
        match &self.layout {
            Layout::Nothing { range, with_key } if *with_key || !added.is_empty() => {
                // A ResourceList without `items` is taken for a resource by kustomize.
                edits.push(self.filled(range.clone(), *with_key, &added));
            }
            Layout::Nothing { .. } => {}
            Layout::Flow(inside) => self.in_brackets(inside, &removed, &replaced, &added, &mut edits),
            Layout::Block { indent, end } => self.in_block(*indent, *end, &removed, &replaced, &added, &mut edits),
            Layout::Stream => self.in_stream(&removed, &replaced, &added, &mut edits),
        }
        edits
    }

    fn item(&self, number: usize) -> Option<&Item<'_>> {
        self.items.get(number)
    }

    /// Whether nothing stays of what was the last item.
    fn is_last_gone(&self, removed: &BTreeSet<usize>) -> bool {
        self.items.len().checked_sub(1).is_none_or(|last| removed.contains(&last))
    }

    /// Returns what joins another key to the last value in braces, which may have a comma already.
    pub(super) fn joint(&self, brace: usize) -> &'static str {
        if self.text.get(..brace).is_some_and(|before| before.ends_with(',')) { " " } else { ", " }
    }

    fn filled(&self, range: Range<usize>, with_key: bool, added: &[String]) -> Edit {
        if let Some(brace) = self.brace {
            let list = format!("[{}]", added.join(", "));
            let text = if with_key { format!("{}\"items\": {list}", self.joint(brace)) } else { format!(" {list}") };
            return Edit { range: if with_key { brace..brace } else { range }, text };
        }
        let mut text = String::new();
        if with_key {
            text.push_str(if ends_line(self.text, range.start) { "" } else { "\n" });
            text.push_str(&" ".repeat(self.margin));
            text.push_str("items:");
        }
        if added.is_empty() {
            text.push_str(" []");
        }
        for item in added {
            text.push('\n');
            text.push_str(indented(item, self.margin).trim_end_matches('\n'));
        }
        if with_key {
            text.push('\n');
        }
        Edit { range, text }
    }

    fn in_block(
        &self,
        indent: usize,
        end: usize,
        removed: &BTreeSet<usize>,
        replaced: &[(usize, String)],
        added: &[String],
        edits: &mut Vec<Edit>,
    ) {
        let gone = removed.iter().map(|number| (*number, String::new()));
        let new = replaced.iter().map(|(number, text)| (*number, indented(text, indent)));
        for (number, text) in gone.chain(new) {
            if let Some(item) = self.item(number) {
                edits.push(Edit { range: self.own_lines(item), text });
            }
        }
        let mut more: String = added.iter().map(|item| indented(item, indent)).collect();
        if !more.is_empty() {
            // What stays in front of the new items: a comment may stay where the last item goes.
            let last = self.items.last().filter(|_| self.is_last_gone(removed));
            let stays = last.map_or(0, |last| self.own_lines(last).end);
            let before = self.text.get(stays..end).unwrap_or_default();
            if !before.is_empty() && !before.ends_with('\n') {
                more.insert(0, '\n');
            }
            edits.push(Edit { range: end..end, text: more });
        } else if removed.len() == self.items.len() {
            // `items:` alone would be null.
            let start = self.item(0).map_or(end, |item| item.range.start);
            edits.push(Edit { range: start..start, text: format!("{:1$}[]\n", "", indent.max(self.margin + 1)) });
        }
    }

    /// Returns the lines of an item without the comments below it, which are about the next one.
    fn own_lines(&self, item: &Item<'_>) -> Range<usize> {
        let Some(node) = &item.node else { return item.range.clone() };
        item.range.start..content_end(self.text, node.span.end as usize).min(item.range.end)
    }

    fn in_brackets(
        &self,
        inside: &Range<usize>,
        removed: &BTreeSet<usize>,
        replaced: &[(usize, String)],
        added: &[String],
        edits: &mut Vec<Edit>,
    ) {
        for (number, text) in replaced {
            if let Some(item) = self.item(*number) {
                edits.push(Edit { range: item.range.clone(), text: text.clone() });
            }
        }
        let last_kept = (0..self.items.len()).rev().find(|number| !removed.contains(number));
        for number in removed {
            let Some(item) = self.item(*number) else { continue };
            let range = match (last_kept, self.item(number + 1)) {
                // With its comma, up to the next item.
                (Some(kept), Some(next)) if *number < kept => item.range.start..next.range.start,
                // One of those at the end: with the comma before it.
                (Some(_), _) => {
                    self.item(number.wrapping_sub(1)).map_or(item.range.start, |before| before.range.end)
                        ..item.range.end
                }
                (None, Some(next)) => item.range.start..next.range.start,
                (None, None) => item.range.start..self.after_comma(item.range.end, inside.end),
            };
            edits.push(Edit { range, text: String::new() });
        }
        if added.is_empty() {
            return;
        }
        let comma = self.comma(inside);
        let (at, first) = match last_kept.and_then(|kept| self.item(kept)) {
            Some(kept) => (kept.range.end, comma.as_str()),
            None => (self.item(0).map_or(inside.start, |item| item.range.start), ""),
        };
        edits.push(Edit { range: at..at, text: format!("{first}{}", added.join(&comma)) });
    }

    /// Returns the place behind a comma that follows the last item.
    fn after_comma(&self, from: usize, to: usize) -> usize {
        let rest = self.text.get(from..to).unwrap_or_default();
        let blank = rest.len() - rest.trim_ascii_start().len();
        if rest.trim_ascii_start().starts_with(',') { from + blank + 1 } else { from }
    }

    /// Returns a comma, and a new line where the items stand on lines of their own.
    fn comma(&self, inside: &Range<usize>) -> String {
        let before = self.item(0).and_then(|item| self.text.get(inside.start..item.range.start)).unwrap_or_default();
        match before.rsplit_once('\n') {
            Some((_, indent)) if indent.trim_ascii().is_empty() => format!(",\n{indent}"),
            _ => ", ".to_owned(),
        }
    }

    fn in_stream(
        &self,
        removed: &BTreeSet<usize>,
        replaced: &[(usize, String)],
        added: &[String],
        edits: &mut Vec<Edit>,
    ) {
        for number in removed {
            if let Some(item) = self.item(*number) {
                edits.push(Edit { range: item.range.clone(), text: String::new() });
            }
        }
        for (number, text) in replaced {
            if let Some(item) = self.item(*number) {
                let marker = self.text.get(item.range.clone()).is_some_and(|text| text.starts_with("---"));
                let marker = if marker { "---\n" } else { "" };
                edits.push(Edit { range: item.range.clone(), text: format!("{marker}{text}") });
            }
        }
        let mut more = String::new();
        let mut is_first = removed.len() == self.items.len();
        for item in added {
            if more.is_empty() && !ends_line(self.text, self.text.len()) && !self.is_last_gone(removed) {
                more.push('\n');
            }
            if !is_first {
                more.push_str("---\n");
            }
            is_first = false;
            more.push_str(item);
            if !item.ends_with('\n') {
                more.push('\n');
            }
        }
        if !more.is_empty() {
            edits.push(Edit { range: self.text.len()..self.text.len(), text: more });
        }
    }
}

/// Returns a manifest as an item of a block sequence whose dashes stand in a column.
fn indented(item: &str, indent: usize) -> String {
    let mut out = String::with_capacity(item.len() + item.len() / 8);
    for (number, line) in item.lines().enumerate() {
        if number == 0 {
            out.push_str(&" ".repeat(indent));
            out.push_str("- ");
        } else if !line.is_empty() {
            out.push_str(&" ".repeat(indent + 2));
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}
