//! Findings for people: the place, the line and what to do, as rustc does it.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Message, Renderer, Snippet};

use crate::krm::{Finding, Severity};
use crate::yaml::{Sources, Span};

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
        out.push_str(&renderer.render(&[block(finding, sources)]));
        out.push_str("\n\n");
    }
    out.push_str(&total(findings));
    out
}

fn block<'a>(finding: &'a Finding, sources: &'a Sources) -> Group<'a> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let mut title = String::new();
    if !finding.path.is_empty() {
        title.push_str(&format!("{}: ", finding.path));
    }
    if let Some(value) = &finding.value {
        title.push_str(&format!("invalid value {value:?}: "));
    }
    title.push_str(&finding.message);
    let mut group = level.primary_title(title).id(finding.rule).elements(Vec::<Element<'_>>::new());
    let mut lines: Vec<Line<'_>> = Vec::new();
    let main = finding.span.map(|span| (span, AnnotationKind::Primary, None));
    let related = finding.related.iter().map(|(span, label)| (*span, AnnotationKind::Context, Some(label.as_str())));
    for (span, kind, label) in main.into_iter().chain(related) {
        let Some(line) = Line::around(sources, span) else { continue };
        let annotation = kind.span(line.within(span)).label(label);
        match lines.iter_mut().find(|known| (known.path, known.start) == (line.path, line.start)) {
            Some(known) => known.annotations.push(annotation),
            None => lines.push(Line { annotations: vec![annotation], ..line }),
        }
    }
    group = group.elements(lines.into_iter().map(Element::from));
    if let Some(object) = &finding.object {
        group = group.element(note(Level::NOTE, format!("in {object}")));
    }
    if let Some(help) = &finding.help {
        group = group.element(note(Level::HELP, help.clone()));
    }
    group
}

fn note<'a>(level: Level<'a>, text: String) -> Message<'a> {
    level.message(text)
}

/// A line of a source, and what is underlined in it.
struct Line<'a> {
    path: &'a str,
    text: &'a str,
    start: usize,
    number: usize,
    annotations: Vec<Annotation<'a>>,
}

impl<'a> Line<'a> {
    /// Returns the line where a span starts.
    fn around(sources: &'a Sources, span: Span) -> Option<Self> {
        let source = sources.get(span.source)?;
        let text = source.text.as_str();
        let at = (span.start as usize).min(text.len());
        let start = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
        let end = text.get(at..)?.find('\n').map_or(text.len(), |newline| at + newline);
        let number = sources.place(span).line;
        Some(Self { path: &source.name, text: text.get(start..end)?, start, number, annotations: Vec::new() })
    }

    /// Returns the bytes of the line that a span covers.
    fn within(&self, span: Span) -> Range<usize> {
        let start = (span.start as usize).saturating_sub(self.start).min(self.text.len());
        start..(span.end as usize).saturating_sub(self.start).clamp(start, self.text.len())
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
