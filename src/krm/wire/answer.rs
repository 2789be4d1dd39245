//! The answer: the question with some items removed, replaced or added.
//!
//! Pieces of the source are kept as ranges, so that what passes through is copied once, to its
//! destination, and costs nothing else.

use std::ops::Range;

use super::items::{Changes, ends_line};
use super::{Form, Layout, Question};
use crate::yaml::{Edit, Sources, documents, sort_edits};

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

    /// Returns whether the answer can be read.
    #[must_use]
    pub fn is_yaml(&self, question: &str) -> bool {
        let mut sources = Sources::default();
        let id = sources.add("", self.pieces(question).collect::<String>());
        sources.get(id).is_some_and(|source| documents(id, source).iter().all(|document| document.root.is_ok()))
    }

    fn from_edits(length: usize, mut edits: Vec<Edit>) -> Self {
        sort_edits(&mut edits);
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

impl Question<'_> {
    /// Returns whether items may share anchors.
    #[must_use]
    pub fn is_tangled(&self) -> bool {
        self.is_tangled
    }

    /// Returns the answer; `results` is the YAML of the findings, `results_json` the same as JSON.
    #[must_use]
    pub fn answer(&self, changes: Changes, results: &str, results_json: &str) -> Answer {
        let mut edits = self.item_edits(changes);
        if self.form == Form::ResourceList {
            self.result_edits(results, results_json, &mut edits);
        }
        Answer::from_edits(self.text.len(), edits)
    }

    /// Replaces the results that an earlier function left, and adds ours.
    fn result_edits(&self, results: &str, results_json: &str, edits: &mut Vec<Edit>) {
        let mut insert = |range: Range<usize>, text: String| edits.push(Edit { range, text });
        match (&self.results, self.brace) {
            (Some(value), Some(_)) => {
                insert(value.clone(), format!(" {}", if results.is_empty() { "[]" } else { results_json }));
            }
            (None, Some(brace)) if !results.is_empty() => {
                let has_new_items = matches!(&self.layout, Layout::Nothing { with_key: true, .. });
                let joint = if has_new_items { ", " } else { self.joint(brace) };
                insert(brace..brace, format!("{joint}\"results\": {results_json}"));
            }
            (old, None) => {
                if let Some(lines) = old {
                    insert(lines.clone(), String::new());
                }
                if !results.is_empty() {
                    let newline = if ends_line(self.text, self.end) { "" } else { "\n" };
                    let margin = " ".repeat(self.margin);
                    let lines = results.split_inclusive('\n').map(|line| [&margin, line].concat());
                    insert(self.end..self.end, lines.fold(newline.to_owned(), |text, line| text + &line));
                }
            }
            (None, Some(_)) => {}
        }
    }
}
