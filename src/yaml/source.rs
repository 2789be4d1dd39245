//! Sources and spans: every byte that was read keeps its address.
//!
//! A span is three numbers, so that decoded values can carry one without cost. Lines and columns
//! are computed only when somebody is told about a place.

use std::ops::Range;

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
        self.0.push(Source { name: name.into(), text: text.into() });
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
        let text = self.get(span.source).map_or("", |source| source.text.as_str());
        let before = text.get(..span.start as usize).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
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
