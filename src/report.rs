//! Findings for people: the place, the line and what to do, as rustc does it.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Message, Renderer, Snippet};

use crate::krm::{Finding, Severity};
use crate::yaml::{SourceId, Sources, Span};

/// Whether a report is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// With ANSI colours.
    Styled,
    /// Plain text.
    Plain,
}

/// Returns the findings as text, each as a block with an empty line after it, and a total at the end.
#[must_use]
pub fn report(findings: &[Finding], sources: &Sources, colour: Colour) -> String {
    let renderer = match colour {
        Colour::Styled => Renderer::styled(),
        Colour::Plain => Renderer::plain(),
    };
    let mut out = String::new();
    for finding in findings {
        let (group, places) = block(finding, sources);
        let block = renderer.render(&[group]);
        out.push_str(&places.iter().fold(block, |block, (shown, place)| block.replacen(shown, place, 1)));
        out.push_str("\n\n");
    }
    out.push_str(&total(findings));
    out
}

/// Returns a finding for the renderer, and the places that it will count wrong, each with the right one:
/// of a long line it sees a part.
fn block<'a>(finding: &'a Finding, sources: &'a Sources) -> (Group<'a>, Vec<(String, String)>) {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let mut title = String::new();
    if !finding.path.is_empty() {
        title.push_str(&format!("{}: ", cut(finding.path.as_str(), LONGEST_TEXT)));
    }
    if let Some(value) = &finding.value {
        title.push_str(&format!("invalid value {:?}: ", cut(value, LONGEST_VALUE)));
    }
    title.push_str(&cut(&finding.message, LONGEST_TEXT));
    let mut group = level.primary_title(title).id(finding.rule).elements(Vec::<Element<'_>>::new());
    let mut lines: Vec<Line<'_>> = Vec::new();
    let main = finding.span.map(|span| (span, AnnotationKind::Primary, None));
    let related = finding.related.iter().map(|(span, label)| (*span, AnnotationKind::Context, Some(label.as_str())));
    for (span, kind, label) in main.into_iter().chain(related) {
        let known = lines.iter().position(|known| known.covers(span)).or_else(|| {
            lines.push(Line::around(sources, span)?);
            lines.len().checked_sub(1)
        });
        if let Some(line) = known.and_then(|known| lines.get_mut(known)) {
            line.annotations.push(kind.span(line.within(span)).label(label));
        }
    }
    let places = lines.iter().filter_map(Line::places).collect();
    group = group.elements(lines.into_iter().map(Element::from));
    if let Some(object) = &finding.object {
        let file = finding.file.as_ref().map_or_else(String::new, |file| format!(", from {file}"));
        group = group.element(note(Level::NOTE, format!("in {object}{file}")));
    }
    if let Some(text) = finding.note {
        group = group.element(note(Level::NOTE, text.to_owned()));
    }
    if let Some(help) = &finding.help {
        group = group.element(note(Level::HELP, cut(help, LONGEST_TEXT).into_owned()));
    }
    (group, places)
}

/// The most characters of a value that are shown.
const LONGEST_VALUE: usize = 100;
/// The most characters of a path, a message or a help that are shown.
const LONGEST_TEXT: usize = 600;

fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()).into(),
        None => text.into(),
    }
}

fn note<'a>(level: Level<'a>, text: String) -> Message<'a> {
    level.message(text)
}

/// The longest line that is shown whole, in bytes; the renderer looks at all of it for each finding.
const LONGEST_LINE: usize = 400;
/// How many bytes of a longer line are shown before a span, and from its start on.
const WINDOW: (usize, usize) = (60, 100);

/// A line of a source, or a part of one that is long, and what is underlined in it.
struct Line<'a> {
    path: &'a str,
    text: &'a str,
    start: usize,
    number: usize,
    /// The columns of the first span in the text and in the line, where the text is a part of it.
    columns: Option<(usize, usize)>,
    at: SourceId,
    annotations: Vec<Annotation<'a>>,
}

impl<'a> Line<'a> {
    /// Returns the line where a span starts.
    fn around(sources: &'a Sources, span: Span) -> Option<Self> {
        let source = sources.get(span.source)?;
        let text = source.text.as_str();
        let at = (span.start as usize).min(text.len());
        let mut start = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
        let mut end = text.get(at..)?.find('\n').map_or(text.len(), |newline| at + newline);
        let place = sources.place(span);
        let is_long = end - start > LONGEST_LINE;
        if is_long {
            start = text.floor_char_boundary(at.saturating_sub(WINDOW.0).max(start));
            end = text.ceil_char_boundary((at + WINDOW.1).min(end));
        }
        let column = text.get(start..at)?.chars().count() + 1;
        Some(Self {
            path: &source.name,
            text: text.get(start..end)?,
            start,
            number: place.line,
            columns: is_long.then_some((column, place.column)),
            at: span.source,
            annotations: Vec::new(),
        })
    }

    /// Returns whether a span starts in what is shown.
    fn covers(&self, span: Span) -> bool {
        let at = span.start as usize;
        self.at == span.source && self.start <= at && at <= self.start + self.text.len()
    }

    /// Returns the bytes of the line that a span covers.
    fn within(&self, span: Span) -> Range<usize> {
        let start = (span.start as usize).saturating_sub(self.start).min(self.text.len());
        start..(span.end as usize).saturating_sub(self.start).clamp(start, self.text.len())
    }

    /// Returns the place as the renderer will count it, and as it is.
    fn places(&self) -> Option<(String, String)> {
        let (shown, column) = self.columns?;
        let place = |column: usize| format!("{}:{}:{column}\n", self.path, self.number);
        Some((place(shown), place(column)))
    }
}

impl<'a> From<Line<'a>> for Element<'a> {
    fn from(line: Line<'a>) -> Self {
        Snippet::source(line.text).line_start(line.number).path(line.path).annotations(line.annotations).into()
    }
}

/// Returns the last line of a report: `2 errors, 1 warning`.
fn total(findings: &[Finding]) -> String {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let words = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "note")];
    let counted: Vec<String> = words
        .into_iter()
        .map(|(severity, word)| (count(severity), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
        .collect();
    if counted.is_empty() { String::new() } else { format!("{}\n", counted.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_shown_in_part_and_placed_in_whole() {
        let mut sources = Sources::default();
        let id = sources.add("t.yaml", format!("a: 1\n{}wrong{}\n", "é".repeat(300), " x".repeat(300)));
        let at = |start, end| Span { source: id, start, end };
        let finding = Finding::error("invalid-text", "must be right").at(at(605, 610)).related(at(611, 612), "by this");
        let text = report(&[finding.value("v".repeat(200))], &sources, Colour::Plain);
        assert!(text.contains(" --> t.yaml:2:301\n") && !text.contains(":::"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() < 170), "{text}");
        assert!(text.contains("^^^^^ - by this") && text.contains("vvv…\""), "{text}");
    }

    #[test]
    fn many_findings_on_one_long_line_take_little_time() {
        let mut sources = Sources::default();
        let id = sources.add("t.yaml", "x ".repeat(50_000));
        let finding =
            |start| Finding::error("invalid-text", "must be right").at(Span { source: id, start, end: start + 1 });
        let findings: Vec<Finding> = (0..2_000).map(|number| finding(number * 50)).collect();
        assert!(report(&findings, &sources, Colour::Plain).ends_with("2000 errors\n"));
    }
}
