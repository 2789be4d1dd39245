//! The answer: the question with some items removed, replaced or added.
//!
//! Pieces of the source are kept as ranges, so that what passes through is copied once, to its
//! destination, and costs nothing else.

use std::ops::Range;

use super::{Form, Item, Layout, Question};
use crate::yaml::Edit;

/// An answer, in pieces.
#[derive(Debug, Default)]
pub struct Answer(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    /// Bytes of the question.
    Kept(Range<usize>),
    /// Something new.
    New(String),
}

impl Answer {
    /// Returns the pieces in order; `question` is the text that was asked.
    pub fn pieces<'a>(&'a self, question: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().map(move |piece| match piece {
            Piece::Kept(range) => question.get(range.clone()).unwrap_or_default(),
            Piece::New(text) => text.as_str(),
        })
    }

    fn from_edits(length: usize, mut edits: Vec<Edit>) -> Self {
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        let mut pieces = Vec::new();
        let mut at = 0;
        for edit in edits {
            if edit.range.start > at {
                pieces.push(Piece::Kept(at..edit.range.start));
            }
            if !edit.text.is_empty() {
                pieces.push(Piece::New(edit.text));
            }
            at = edit.range.end.max(at);
        }
        if at < length {
            pieces.push(Piece::Kept(at..length));
        }
        Self(pieces)
    }
}

/// What happens to the items of a question.
#[derive(Debug, Default)]
pub struct Changes {
    /// Items that go, by number.
    pub removed: Vec<usize>,
    /// Items that are written anew, by number: YAML, or JSON where the question is.
    pub replaced: Vec<(usize, String)>,
    /// Edits within items that stay.
    pub edits: Vec<Edit>,
    /// Items that are added at the end.
    pub added: Vec<String>,
}

impl Question<'_> {
    /// Returns the answer; `results` is the YAML of the findings, `results_json` the same as JSON.
    #[must_use]
    pub fn answer(&self, changes: Changes, results: &str, results_json: &str) -> Answer {
        let mut edits = changes.edits;
        if !(changes.removed.is_empty() && changes.replaced.is_empty() && changes.added.is_empty()) {
            match &self.layout {
                Layout::Flow(inside) => {
                    let rebuilt = self.flow(inside, &changes.removed, &changes.replaced, &changes.added, &edits);
                    edits = vec![Edit { range: inside.clone(), text: rebuilt }];
                }
                Layout::Block { indent, end } => {
                    self.block(*indent, *end, &changes.removed, &changes.replaced, &changes.added, &mut edits);
                }
                Layout::Nothing { range, with_key } => {
                    edits.extend(self.nothing(range.clone(), *with_key, &changes.added));
                }
                Layout::Stream => self.stream(&changes.removed, &changes.replaced, &changes.added, &mut edits),
            }
        } else if let Layout::Nothing { range, with_key: true } = &self.layout {
            // A ResourceList without `items` is taken for a resource by kustomize.
            edits.extend(self.nothing(range.clone(), true, &[]));
        }
        if self.form == Form::ResourceList {
            edits.extend(self.results(results, results_json));
        }
        Answer::from_edits(self.text.len(), edits)
    }

    fn results(&self, results: &str, results_json: &str) -> Option<Edit> {
        let insert = |at: usize, text: String| Some(Edit { range: at..at, text });
        match (&self.results, self.brace) {
            (Some(range), _) => Some(Edit {
                range: range.clone(),
                text: if results_json.is_empty() { " []".to_owned() } else { format!(" {results_json}") },
            }),
            (None, _) if results.is_empty() => None,
            (None, Some(brace)) => insert(brace, format!(", \"results\": {results_json}")),
            (None, None) => {
                let newline = if self.text.ends_with('\n') { "" } else { "\n" };
                insert(self.text.len(), format!("{newline}{results}"))
            }
        }
    }

    fn nothing(&self, range: Range<usize>, with_key: bool, added: &[String]) -> Option<Edit> {
        if let Some(brace) = self.brace {
            let list = format!("[{}]", added.join(", "));
            let text = if with_key { format!(", \"items\": {list}") } else { format!(" {list}") };
            let range = if with_key { brace..brace } else { range };
            return Some(Edit { range, text });
        }
        let mut text = if !with_key {
            String::new()
        } else if self.text.get(..range.start).is_some_and(|before| before.ends_with('\n')) {
            "items:".to_owned()
        } else {
            "\nitems:".to_owned()
        };
        if added.is_empty() {
            text.push_str(" []");
        }
        for item in added {
            text.push('\n');
            text.push_str(indented(item, 0).trim_end_matches('\n'));
        }
        Some(Edit { range, text })
    }

    fn block(
        &self,
        indent: usize,
        end: usize,
        removed: &[usize],
        replaced: &[(usize, String)],
        added: &[String],
        edits: &mut Vec<Edit>,
    ) {
        for number in removed {
            if let Some(item) = self.items.get(*number) {
                edits.push(Edit { range: self.without_trailing_comments(item), text: String::new() });
            }
        }
        for (number, text) in replaced {
            if let Some(item) = self.items.get(*number) {
                edits.push(Edit { range: self.without_trailing_comments(item), text: indented(text, indent) });
            }
        }
        let mut more: String = added.iter().map(|item| indented(item, indent)).collect();
        if !more.is_empty() && !self.text.get(..end).is_some_and(|before| before.ends_with('\n')) {
            more.insert(0, '\n');
        }
        if added.is_empty() && removed.len() == self.items.len() {
            // `items:` alone would be null.
            let start = self.items.first().map_or(end, |item| item.range.start);
            more = format!("{:indent$}[]\n", "");
            if indent == 0 {
                more.insert(0, ' ');
            }
            edits.push(Edit { range: start..start, text: more });
        } else if !more.is_empty() {
            edits.push(Edit { range: end..end, text: more });
        }
    }

    /// Returns the lines of an item without the comments below it, which are about the next one.
    fn without_trailing_comments(&self, item: &Item<'_>) -> Range<usize> {
        let Some(last) = item.node.as_ref().map(|node| node.span.end as usize) else { return item.range.clone() };
        let line_end = self
            .text
            .get(last..)
            .and_then(|rest| rest.find('\n'))
            .map_or(self.text.len(), |newline| last + newline + 1);
        item.range.start..line_end.min(item.range.end)
    }

    fn flow(
        &self,
        inside: &Range<usize>,
        removed: &[usize],
        replaced: &[(usize, String)],
        added: &[String],
        edits: &[Edit],
    ) -> String {
        let mut items: Vec<String> = Vec::new();
        for (number, item) in self.items.iter().enumerate() {
            if removed.contains(&number) {
                continue;
            }
            if let Some((_, text)) = replaced.iter().find(|(replaced, _)| *replaced == number) {
                items.push(text.clone());
                continue;
            }
            let start = item.range.start;
            let local = edits
                .iter()
                .filter(|edit| item.range.contains(&edit.range.start))
                .map(|edit| Edit { range: edit.range.start - start..edit.range.end - start, text: edit.text.clone() });
            let text = self.text.get(item.range.clone()).unwrap_or_default();
            items.push(crate::yaml::apply(text, local.collect()));
        }
        items.extend(added.iter().cloned());
        let is_spread = self.text.get(inside.clone()).is_some_and(|inside| inside.contains('\n'));
        items.join(if is_spread { ",\n" } else { ", " })
    }

    fn stream(&self, removed: &[usize], replaced: &[(usize, String)], added: &[String], edits: &mut Vec<Edit>) {
        for number in removed {
            if let Some(item) = self.items.get(*number) {
                edits.push(Edit { range: item.range.clone(), text: String::new() });
            }
        }
        for (number, text) in replaced {
            if let Some(item) = self.items.get(*number) {
                let marker = self.text.get(item.range.clone()).is_some_and(|text| text.starts_with("---"));
                let marker = if marker { "---\n" } else { "" };
                edits.push(Edit { range: item.range.clone(), text: format!("{marker}{text}") });
            }
        }
        let mut more = String::new();
        let mut is_first = removed.len() == self.items.len();
        for item in added {
            if more.is_empty() && !self.text.is_empty() && !self.text.ends_with('\n') {
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
