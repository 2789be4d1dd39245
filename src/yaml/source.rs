//! Sources and spans: every byte that was read keeps its address.
//!
//! A span is three numbers, so that decoded values can carry one without cost. Lines and columns
//! are computed only when somebody is told about a place.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

/// The number of a source within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct SourceId(u32);

impl SourceId {
    /// Returns the number, counted from zero.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

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
    /// Returns a span of its source's number, its start and its length.
    pub(super) fn of(source: usize, start: usize, length: usize) -> Self {
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self { source: SourceId(narrow(source)), start: narrow(start), end: narrow(start.saturating_add(length)) }
    }

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
    /// How many characters there are before each block; made for places that are far from where a line starts.
    blocks: OnceLock<Box<[Characters]>>,
}

/// A number of characters.
#[derive(Debug, Clone, Copy, Default)]
struct Characters {
    all: u32,
    /// Those that are two units in UTF-16.
    wide: u32,
}

impl Characters {
    fn plus(self, bytes: &[u8]) -> Self {
        let (mut all, mut wide) = (0, 0);
        for byte in bytes {
            all += u32::from((*byte & 0xc0) != 0x80);
            wide += u32::from(*byte >= 0xf0);
        }
        Self { all: self.all + all, wide: self.wide + wide }
    }
}

/// How many bytes are counted for a place.
const BLOCK: usize = 512;

impl Source {
    /// Makes a source.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), lines: OnceLock::new(), blocks: OnceLock::new() }
    }

    /// Returns how many characters are before a byte.
    fn before(&self, at: usize) -> Characters {
        let bytes = self.text.as_bytes();
        let blocks = self.blocks.get_or_init(|| {
            let mut sum = Characters::default();
            let blocks = bytes.chunks(BLOCK).map(|block| {
                let next = sum.plus(block);
                std::mem::replace(&mut sum, next)
            });
            blocks.collect()
        });
        let block = (at / BLOCK).min(blocks.len().saturating_sub(1));
        let known = blocks.get(block).copied().unwrap_or_default();
        known.plus(bytes.get(block * BLOCK..at.min(bytes.len())).unwrap_or_default())
    }

    /// Returns the bytes of the line that a byte is in, with its end.
    fn line(&self, at: u32) -> (usize, Range<usize>) {
        let lines = self.lines();
        let number = lines.partition_point(|start| *start <= at).max(1);
        let start_of = |number: usize| lines.get(number).map(|start| *start as usize);
        let start = start_of(number - 1).unwrap_or_default();
        (number, start..start_of(number).unwrap_or(self.text.len()))
    }

    fn lines(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let after = self.text.bytes().zip(1..).filter(|(byte, _)| *byte == b'\n').map(|(_, next)| next);
            std::iter::once(0).chain(after).collect()
        })
    }
}

/// How much of a part of a source may be shown to people and kept in logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shown {
    /// The lines that a finding is about.
    Lines,
    /// Only the value that a finding is about.
    Value,
}

/// All texts of a run.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    all: Vec<Source>,
    /// What may be shown, without overlaps. The rest may not: what nobody has read
    /// may be a Secret.
    shown: OnceLock<BTreeMap<Span, Shown>>,
}

impl Sources {
    /// Adds a source and returns its number.
    ///
    /// Texts of 4 GiB and more are cut off by the span's 32 bits; callers refuse them first.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        let id = SourceId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        self.all.push(Source::new(name, text));
        self.shown = OnceLock::new();
        id
    }

    /// Returns the source with that number.
    #[must_use]
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.all.get(id.0 as usize)
    }

    /// Returns the sources with their numbers, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        (0..).map(SourceId).zip(&self.all)
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
        let (number, line) = source.line(span.start);
        let at = (span.start as usize).min(source.text.len());
        let column = match source.text.get(line.start..at) {
            Some(before) if before.len() < BLOCK => before.chars().count(),
            _ => (source.before(at).all - source.before(line.start).all) as usize,
        };
        Place { line: number, column: column + 1 }
    }

    /// Returns a span in the units of UTF-16, as JavaScript counts a text.
    #[must_use]
    pub fn utf16(&self, span: Span) -> Range<usize> {
        let Some(source) = self.get(span.source) else { return 0..0 };
        let units = |at: u32| {
            let Characters { all, wide } = source.before(at as usize);
            (all + wide) as usize
        };
        let start = units(span.start);
        start..units(span.end).max(start)
    }

    /// Says what may be shown, once for the texts that are there; parts do not overlap.
    pub fn reveal(&self, parts: impl IntoIterator<Item = (Span, Shown)>) {
        self.shown.get_or_init(|| {
            let mut shown = BTreeMap::new();
            shown.extend(parts);
            shown
        });
    }

    /// Reveals what was revealed of another copy of the same texts.
    pub fn reveal_as(&self, copy: &Self) {
        self.reveal(copy.shown.get().into_iter().flatten().map(|(span, shown)| (*span, *shown)));
    }

    /// Returns the bytes around the start of a span that may be shown: its line or a part of it, the value
    /// alone, or nothing.
    #[must_use]
    pub fn excerpt(&self, span: Span) -> Option<Range<usize>> {
        let until = Span { end: u32::MAX, ..span };
        let (part, how) = self.shown.get()?.range(..=until).next_back()?;
        if part.source != span.source || part.end < span.start {
            return None;
        }
        let source = self.get(span.source)?;
        let text = source.text.as_str();
        let at = (span.start as usize).min(text.len());
        let (_, whole) = source.line(span.start);
        let (start, line) = (whole.start, text.get(whole)?);
        let line = line.strip_suffix('\n').unwrap_or(line);
        let end = (start + line.strip_suffix('\r').unwrap_or(line).len()).max(at);
        match how {
            Shown::Lines => Some(left_of(text, start, part.start as usize)..right_of(text, part.end as usize, end)),
            // What begins a line is not a value alone.
            Shown::Value if text.get(start..at)?.trim_ascii_start().is_empty() => None,
            Shown::Value => Some(at..end.min(part.end as usize).min(span.end as usize)).filter(|part| !part.is_empty()),
        }
    }
}

/// How far a part may be from where its line begins or ends, to be shown with what is there. It is looked at for
/// each finding, and is no more than a report shows of a line.
const FAR: usize = 400;

/// Returns where a line begins of a part that begins in it: with the blanks and dashes before it.
fn left_of(text: &str, line: usize, part: usize) -> usize {
    if part.saturating_sub(line) > FAR {
        return part;
    }
    let before = text.get(line..part).unwrap_or_default();
    if before.trim_matches([' ', '-', '\t']).is_empty() { line } else { part }
}

/// Returns where a line ends of a part that ends in it: with the colon of a value that is not written, and
/// the comment after it.
fn right_of(text: &str, part: usize, line: usize) -> usize {
    if line.saturating_sub(part) > FAR {
        return part;
    }
    let after = text.get(part..line).unwrap_or_default();
    let rest = after.trim_start_matches([' ', '\t', ':']);
    let is_comment = rest.starts_with('#') && rest.len() < after.len();
    if rest.is_empty() || is_comment { line } else { part }
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
    fn places_far_into_a_line_are_counted_in_characters_and_in_utf16() {
        let text = format!("x\n{}\ny: 1\n", "aé☃😀".repeat(2_000));
        let mut sources = Sources::default();
        let source = sources.add("a.yaml", text.as_str());
        for (at, c) in text.char_indices().step_by(97) {
            let [start, end] = [at, at + c.len_utf8()].map(|byte| u32::try_from(byte).unwrap());
            let span = Span { source, start, end };
            let (before, _) = text.split_at(at);
            let line = before.rsplit('\n').next().unwrap_or_default();
            let want = Place { line: before.matches('\n').count() + 1, column: line.chars().count() + 1 };
            assert_eq!(sources.place(span), want, "{at}");
            let units = before.encode_utf16().count();
            assert_eq!(sources.utf16(span), units..units + c.len_utf16(), "{at}");
        }
    }

    #[test]
    fn only_what_was_revealed_is_shown() {
        let mut sources = Sources::default();
        let text = "items: [{a: 1}, {b: 2}, {c: 3}] # d\n- e: 4 # f\n  g:\n    5\n  h:\n  i: 6\n  j: 7\n";
        let source = sources.add("a.yaml", text);
        let at = |part: &str| {
            let start = text.find(part).unwrap();
            let narrow = |byte| u32::try_from(byte).unwrap();
            Span { source, start: narrow(start), end: narrow(start + part.len()) }
        };
        assert_eq!(sources.excerpt(at("a")), None, "nothing was revealed");
        let other = "i: 6\n  j: 7";
        let item = "e: 4 # f\n  g:\n    5\n  h";
        sources.reveal(vec![
            (at(item), Shown::Lines),
            (at("{a: 1}"), Shown::Lines),
            (at("{c: 3}"), Shown::Value),
            (at(other), Shown::Value),
        ]);
        let shown = |span| sources.excerpt(span).and_then(|part| text.get(part));
        for (part, want) in [
            ("items", None),
            ("{a: 1}", Some("{a: 1}")),
            ("1", Some("{a: 1}")),
            ("b", None),
            ("{b: 2}", None),
            ("3", Some("3")),
            ("d", None),
            ("e: 4", Some("- e: 4 # f")),
            ("g:", Some("  g:")),
            ("5", Some("    5")),
            ("h", Some("  h:")),
            ("7", Some("7")),
            ("6\n  j: 7", Some("6")),
            ("j: 7", None),
        ] {
            assert_eq!(shown(at(part)), want, "{part}");
        }
        assert_eq!(shown(at("{c: 3}").head()), None, "a place has no value");
        sources.add("b.yaml", "");
        assert_eq!(sources.excerpt(at("e: 4")), None, "what was said is about other texts");
    }

    #[test]
    fn a_span_outside_its_source_is_empty() {
        let mut sources = Sources::default();
        let source = sources.add("a.yaml", "a");
        assert_eq!(sources.slice(Span { source, start: 5, end: 9 }), "");
    }
}
