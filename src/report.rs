//! Findings for people: the place, the line and what to do, as rustc does it.

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
    if let Some(span) = finding.span {
        group = group.elements(snippet(sources, span, AnnotationKind::Primary, None));
    }
    for (span, label) in &finding.related {
        group = group.elements(snippet(sources, *span, AnnotationKind::Context, Some(label)));
    }
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

/// Returns the first line of a span with the span underlined.
fn snippet<'a>(sources: &'a Sources, span: Span, kind: AnnotationKind, label: Option<&'a str>) -> Option<Element<'a>> {
    let source = sources.get(span.source)?;
    let text = source.text.as_str();
    let start = (span.start as usize).min(text.len());
    let line_start = text.get(..start)?.rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text.get(start..)?.find('\n').map_or(text.len(), |newline| start + newline);
    let line = text.get(line_start..line_end)?;
    let end = (span.end as usize).clamp(start, line_end);
    let annotation: Annotation<'a> = kind.span(start - line_start..end - line_start).label(label);
    let snippet = Snippet::source(line).line_start(sources.place(span).line).path(source.name.as_str());
    Some(snippet.annotation(annotation).into())
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
