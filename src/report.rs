//! Findings for people: the place, the line and what to do, as rustc does it.
//!
//! A report ends in logs that many read. Of a source it shows what the pipeline has revealed and nothing
//! else, and no text of the input can begin a line or reach the terminal as a control.

use std::borrow::Cow;

use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Message, Renderer, Snippet};

use crate::krm::{Finding, Location, Related, Severity, Told};
use crate::yaml::{SourceId, Sources, Span, visible, visible_line};

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
        let (group, places) = block(Told::of(finding, sources), sources);
        let block = renderer.render(&[group]);
        let block = places.iter().fold(block, |block, (shown, place)| block.replacen(shown, place, 1));
        push_block(&mut out, &block);
        out.push('\n');
    }
    out.push_str(&total(findings));
    out
}

/// Adds a block without the rules that the renderer draws around a line that may not be shown.
fn push_block(out: &mut String, block: &str) {
    let mut lines = block.lines().peekable();
    while let Some(line) = lines.next() {
        let is_double = lines.peek().is_none_or(|next| *next == line);
        if !(is_double && is_rule(line)) {
            out.push_str(line);
            out.push('\n');
        }
    }
}

/// Whether a line is a bare `|`; what the renderer colours it with is digits, brackets and letters.
fn is_rule(line: &str) -> bool {
    let plain = line.split('\u{1b}').enumerate().flat_map(|(number, part)| {
        let colour = if number == 0 { 0 } else { part.find('m').map_or(0, |end| end + 1) };
        part.get(colour..).unwrap_or_default().chars()
    });
    plain.filter(|c| *c != ' ').eq(['|'])
}

/// Returns a finding for the renderer, and the places that it will count wrong, each with the right one:
/// of a line it may see a part, and escapes for what nobody would see.
fn block<'a>(told: Told<'a>, sources: &'a Sources) -> (Group<'a>, Vec<(String, String)>) {
    let Told { rule, severity, message, note: follows, help, object, affects, file, path, value, place, related } =
        told;
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let mut title = String::new();
    if !path.is_empty() {
        title.push_str(&format!("{}: ", cut(path, LONGEST_TEXT)));
    }
    if let Some(value) = value {
        title.push_str(&format!("invalid value {:?}: ", cut(value, LONGEST_VALUE)));
    }
    title.push_str(&cut(message, LONGEST_TEXT));
    let title = visible(&title).into_owned();
    let mut group = level.primary_title(title).id(rule.id).elements(Vec::<Element<'_>>::new());
    let mut lines: Vec<Line<'_>> = Vec::new();
    let main = place.map(|place| (place, AnnotationKind::Primary, None));
    let related = related.into_iter().map(|Related { place, label }| (place, AnnotationKind::Context, Some(label)));
    for (Location { file, place, span, .. }, kind, label) in main.into_iter().chain(related) {
        let known = lines.iter().position(|known| known.covers(span)).or_else(|| {
            lines.push(Line::around(sources, file, place.line, span)?);
            lines.len().checked_sub(1)
        });
        if let Some(line) = known.and_then(|known| lines.get_mut(known)) {
            line.marks.push(Mark { span, column: place.column, kind, label });
        }
    }
    let places = lines.iter().flat_map(Line::places).collect();
    group = group.elements(lines.into_iter().map(Element::from));
    if let Some(object) = object {
        let file = file.map_or_else(String::new, |file| format!(", from {}", file.path));
        let affects = affects.map_or_else(String::new, |affected| format!(", found for {affected}"));
        group = group.element(note(Level::NOTE, &format!("in {object}{file}{affects}")));
    }
    if let Some(text) = follows {
        group = group.element(note(Level::NOTE, text));
    }
    if let Some(help) = help {
        group = group.element(note(Level::HELP, &cut(help, LONGEST_TEXT)));
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

fn note<'a>(level: Level<'a>, text: &str) -> Message<'a> {
    level.message(visible(text).into_owned())
}

/// The longest line that is shown whole, in bytes; the renderer looks at all of it for each finding.
const LONGEST_LINE: usize = 400;
/// How many bytes of a longer line are shown before a span, and from its start on.
const WINDOW: (usize, usize) = (60, 100);

/// What may be shown of a line of a source, and what is underlined in it.
struct Line<'a> {
    path: Cow<'a, str>,
    /// The text as it is written; nothing where only the place may be told.
    text: &'a str,
    start: usize,
    number: usize,
    at: SourceId,
    marks: Vec<Mark<'a>>,
}

/// A span in a line.
struct Mark<'a> {
    span: Span,
    /// Where it starts in the source's own line.
    column: usize,
    kind: AnnotationKind,
    label: Option<&'a str>,
}

impl<'a> Line<'a> {
    /// Returns the line where a span starts.
    fn around(sources: &'a Sources, file: &'a str, number: usize, span: Span) -> Option<Self> {
        let source = sources.get(span.source)?;
        let text = source.text.as_str();
        let at = (span.start as usize).min(text.len());
        let mut shown = sources.excerpt(span).unwrap_or(at..at);
        if shown.len() > LONGEST_LINE {
            let (before, after) = (at.saturating_sub(WINDOW.0), at + WINDOW.1);
            shown = text.floor_char_boundary(before.max(shown.start))..text.ceil_char_boundary(after.min(shown.end));
        }
        Some(Self {
            path: visible(file),
            start: shown.start,
            text: text.get(shown)?,
            number,
            at: span.source,
            marks: Vec::new(),
        })
    }

    /// Returns whether a span starts in what is shown.
    fn covers(&self, span: Span) -> bool {
        let at = span.start as usize;
        self.at == span.source && self.start <= at && at <= self.start + self.text.len()
    }

    /// Returns what is shown before a byte of the source.
    fn before(&self, at: u32) -> Cow<'a, str> {
        let length = (at as usize).saturating_sub(self.start).min(self.text.len());
        visible_line(self.text.get(..length).unwrap_or(self.text))
    }

    /// Returns the places as the renderer will count them, and as they are.
    fn places(&self) -> Vec<(String, String)> {
        let place = |column: usize| format!("{}:{}:{column}\n", self.path, self.number);
        let shown = |mark: &Mark<'_>| self.before(mark.span.start).chars().count() + 1;
        let wrong = self.marks.iter().map(|mark| (shown(mark), mark.column)).filter(|(shown, column)| shown != column);
        wrong.map(|(shown, column)| (place(shown), place(column))).collect()
    }
}

impl<'a> From<Line<'a>> for Element<'a> {
    fn from(line: Line<'a>) -> Self {
        if let ([Mark { column, label: None, .. }], true) = (line.marks.as_slice(), line.text.is_empty()) {
            let place = format!("{}:{}:{column}", line.path, line.number);
            return Snippet::<Annotation<'a>>::source("").line_start(line.number).path(place).into();
        }
        let annotation = |mark: &Mark<'a>| {
            let (start, end) = (line.before(mark.span.start).len(), line.before(mark.span.end).len());
            mark.kind.span(start..end.max(start)).label(mark.label.map(visible))
        };
        let annotations: Vec<Annotation<'a>> = line.marks.iter().map(annotation).collect();
        Snippet::source(visible_line(line.text)).line_start(line.number).path(line.path).annotations(annotations).into()
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
    use crate::rule::rules;
    use crate::yaml::Shown;

    #[test]
    fn a_long_line_is_shown_in_part_and_placed_in_whole() {
        let mut sources = Sources::default();
        let id = sources.add("t.yaml", format!("a: 1\n{}wrong{}\n", "é".repeat(300), " x".repeat(300)));
        let at = |start, end| Span { source: id, start, end };
        sources.reveal([(at(0, 1_212), Shown::Lines)]);
        let finding =
            Finding::of(rules::INVALID_TEXT, "must be right").at(at(605, 610)).related(at(611, 612), "by this");
        let text = report(&[finding.value("v".repeat(200))], &sources, Colour::Plain);
        assert!(text.contains(" --> t.yaml:2:301\n") && !text.contains(":::"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() < 170), "{text}");
        assert!(text.contains("^^^^^ - by this") && text.contains("vvv…\""), "{text}");
    }

    #[test]
    fn many_findings_on_one_long_line_take_little_time() {
        let mut sources = Sources::default();
        let id = sources.add("t.yaml", "x ".repeat(50_000));
        sources.reveal([(Span { source: id, start: 0, end: 100_000 }, Shown::Lines)]);
        let finding =
            |start| Finding::of(rules::INVALID_TEXT, "must be right").at(Span { source: id, start, end: start + 1 });
        let findings: Vec<Finding> = (0..2_000).map(|number| finding(number * 50)).collect();
        assert!(report(&findings, &sources, Colour::Plain).ends_with("2000 errors\n"));
    }

    /// Returns the report of one finding about parts of a text: the last part of those that are given is
    /// where it is, the others are related.
    fn told(text: &str, shown: Vec<(&str, Shown)>, at: &[&str]) -> String {
        let mut sources = Sources::default();
        let source = sources.add("t.yaml", text);
        let narrow = |byte: usize| u32::try_from(byte).unwrap();
        let span = |part: &str| {
            let start = text.find(part).unwrap();
            Span { source, start: narrow(start), end: narrow(start + part.len()) }
        };
        sources.reveal(shown.into_iter().map(|(part, how)| (span(part), how)));
        let (last, others) = at.split_last().unwrap();
        let mut finding = Finding::of(rules::INVALID_TEXT, "must be right").at(span(last));
        for other in others {
            finding = finding.related(span(other), "see here");
        }
        report(&[finding], &sources, Colour::Plain)
    }

    #[test]
    fn what_was_not_revealed_is_only_placed() {
        let text = "[{a: secret}, {b: 1, c: 2}, {d: other, e: 3}]";
        let title = "error[invalid-text]: must be right\n";
        let mine = vec![("{b: 1, c: 2}", Shown::Lines), ("{d: other, e: 3}", Shown::Value)];
        for (at, want) in [
            (&["secret"][..], " --> t.yaml:1:6\n"),
            (&["2"], " --> t.yaml:1:25\n  |\n1 | {b: 1, c: 2}\n  |           ^\n"),
            (&["other"], " --> t.yaml:1:33\n  |\n1 | other\n  | ^^^^^\n"),
            (
                &["secret", "1"],
                " --> t.yaml:1:19\n  |\n1 | {b: 1, c: 2}\n  |     ^\n  |\n ::: t.yaml:1:6\n  |\n1 |\n  | - see here\n",
            ),
        ] {
            assert_eq!(told(text, mine.clone(), at), format!("{title}{want}\n1 error\n"), "{at:?}");
        }
    }

    #[test]
    fn a_line_of_a_source_has_no_controls_and_the_columns_are_right() {
        let text = "a: \u{1b}[2J\u{202e} wrong\r\nb: 1\n";
        let told = told(text, vec![(text, Shown::Lines)], &["a", "wrong"]);
        let want = " --> t.yaml:1:10\n  |\n1 | a: \\u{1b}[2J\\u{202e} wrong\n  | - see here           ^^^^^\n";
        assert_eq!(told, format!("error[invalid-text]: must be right\n{want}\n1 error\n"));
    }

    #[test]
    fn no_text_of_the_input_begins_a_line_or_is_obeyed() {
        let odd = "\n::error::x\u{1b}[2J\r\u{2028}::y\u{7}";
        let mut sources = Sources::default();
        let source = sources.add(format!("{odd}.yaml"), format!("{odd}\n"));
        let span = Span { source, start: 1, end: 20 };
        sources.reveal([(span, Shown::Lines)]);
        let mut finding = Finding::of(rules::INVALID_TEXT, odd).help(odd).value(odd).at(span).related(span.head(), odd);
        finding = finding.path(crate::krm::FieldPath::default().key(odd));
        finding = finding.about(crate::krm::ResourceRef::new(odd, odd, odd, odd));
        let from = Some(crate::krm::ItemFile { path: odd.to_owned(), index: None });
        (finding.message, finding.help, finding.file) = (odd.to_owned(), Some(odd.to_owned()), from);
        finding.related.push((Span { start: 0, ..span }, odd.to_owned()));
        let plain = report(&[finding.clone()], &sources, Colour::Plain);
        assert!(plain.chars().all(|c| c == '\n' || !c.is_control()), "{plain:?}");
        assert!(plain.lines().all(|line| !line.trim_ascii_start().starts_with("::e")), "{plain}");
        let styled = report(&[finding], &sources, Colour::Styled);
        let ours = |c: char| c == '\n' || c == '\u{1b}' || !c.is_control();
        assert!(styled.chars().all(ours) && !styled.contains("\u{1b}[2J"), "{styled:?}");
    }
}
