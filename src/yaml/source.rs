//! Sources and spans: every byte that was read keeps its address.
//!
//! A span is three numbers, so that decoded values can carry one without cost. Lines and columns
//! are computed only when somebody is told about a place.

use std::ops::Range;
use std::sync::OnceLock;

/// The number of a source within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct SourceId(u32);

/// A range of bytes in one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span {
    /// Which source.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// Returns the bytes as a range.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Returns the span that begins where `self` does and ends where `last` does.
    #[must_use]
    pub fn to(self, last: Self) -> Self {
        Self { end: last.end.max(self.end), ..self }
    }

    /// Returns an empty span at the start.
    #[must_use]
    pub fn head(self) -> Self {
        Self { end: self.start, ..self }
    }
}

/// A line and a column, both counted from one; the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// A text that was read, under the name people know it by.
#[derive(Debug, Clone)]
pub struct Source {
    /// A path as the user wrote it, `<stdin>`, or what the orchestrator calls it.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// Where lines start; made when somebody is first told about a place.
    lines: OnceLock<Box<[u32]>>,
}

impl Source {
    /// Makes a source.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), lines: OnceLock::new() }
    }

    fn lines(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let after = self.text.bytes().zip(1..).filter(|(byte, _)| *byte == b'\n').map(|(_, next)| next);
            std::iter::once(0).chain(after).collect()
        })
    }
}

/// All texts of a run.
#[derive(Debug, Clone, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Adds a source and returns its number.
    ///
    /// Texts of 4 GiB and more are cut off by the span's 32 bits; callers refuse them first.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        let id = SourceId(u32::try_from(self.0.len()).unwrap_or(u32::MAX));
        self.0.push(Source::new(name, text));
        id
    }

    /// Returns the source with that number.
    #[must_use]
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.0.get(id.0 as usize)
    }

    /// Returns the sources with their numbers, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        (0..).map(SourceId).zip(&self.0)
    }

    /// Returns the bytes of a span, or nothing where it does not lie in its source.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.source).and_then(|source| source.text.get(span.range())).unwrap_or_default()
    }

    /// Returns the line and column where a span starts.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        let Some(source) = self.get(span.source) else { return Place { line: 1, column: 1 } };
        let line = source.lines().partition_point(|start| *start <= span.start).max(1);
        let start = source.lines().get(line - 1).copied().unwrap_or_default();
        let before = source.text.get(start as usize..span.start as usize).unwrap_or_default();
        Place { line, column: before.chars().count() + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_characters_not_bytes() {
        let mut sources = Sources::default();
        let source = sources.add("a.yaml", "é: 1\nü: b\n");
        let span = Span { source, start: 10, end: 11 };
        assert_eq!(sources.slice(span), "b");
        assert_eq!(sources.place(span), Place { line: 2, column: 4 });
    }

    #[test]
    fn a_span_outside_its_source_is_empty() {
        let mut sources = Sources::default();
        let source = sources.add("a.yaml", "a");
        assert_eq!(sources.slice(Span { source, start: 5, end: 9 }), "");
    }
}
