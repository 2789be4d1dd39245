//! Why a document cannot be read, in the words of the person who wrote it.
//!
//! The parser says what it met; a few mistakes are so common in manifests that they deserve their
//! own message: tabs, an unquoted placeholder inside braces, two lines that were glued together.
//! Nothing of the document is quoted: nobody knows what it is, and it may be a Secret. The parser's own
//! texts name no more of it than one indicator of YAML (`%`) or one character that YAML forbids.

use granit_parser::ScanError;

use super::source::{SourceId, Span};

/// A document that is not YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxFault {
    /// Where reading stopped, or the mistake that made it stop.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// Explains the parser's error; `offset` is where `text` starts in its source.
pub fn explain(source: SourceId, offset: usize, text: &str, error: &ScanError) -> SyntaxFault {
    let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let span = |start: usize, end: usize| {
        let narrow = |byte: usize| u32::try_from(offset + byte).unwrap_or(u32::MAX);
        Span { source, start: narrow(start), end: narrow(end.max(start)) }
    };
    if let Some(tab) = indenting_tab(text, at) {
        return SyntaxFault {
            span: span(tab, tab + 1),
            message: "a tab must not indent a line".to_owned(),
            help: Some("indent with spaces".to_owned()),
        };
    }
    if let Some((start, end)) = unquoted_placeholder(text, at) {
        return SyntaxFault {
            span: span(start, end),
            message: "a placeholder must be quoted inside braces".to_owned(),
            help: Some("write the value that holds it in double quotes".to_owned()),
        };
    }
    let line = line_around(text, at);
    let line_text = text.get(line.0..line.1).unwrap_or_default();
    if let Some(close) = glued(line_text) {
        return SyntaxFault {
            span: span(line.0 + close, line.1),
            message: "two lines have become one".to_owned(),
            help: Some(
                "break the line here; this happens when a file without a newline at its end is appended to".to_owned(),
            ),
        };
    }
    if error.info().contains("after double-quoted scalar")
        && let Some(quote) = open_quote(text, at)
    {
        let message = "the quote must be closed on its line".to_owned();
        return SyntaxFault { span: span(quote, quote + 1), message, help: None };
    }
    if let Some(message) = limit(&error.info(), text, at) {
        return SyntaxFault { span: span(at, at), message, help: None };
    }
    let help = error.info().contains("did not find expected key").then(|| INDENT.to_owned());
    let end = text.get(at..).and_then(|rest| rest.chars().next()).map_or(at, |c| at + c.len_utf8());
    SyntaxFault { span: span(at, end), message: format!("is not YAML: {}", error.info()), help }
}

/// Returns what a document must not be, where the parser only says that it gives up.
fn limit(info: &str, text: &str, at: usize) -> Option<String> {
    if info.contains("recursion limit") {
        return Some("must not be nested so deeply".to_owned());
    }
    let odd = text.get(at..)?.chars().next().filter(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))?;
    Some(format!("must not hold the character U+{:04X}", u32::from(odd)))
}

const INDENT: &str = "indent the line as deep as its neighbours";

/// Returns the double quote that is not closed on its line, in the last such line before `at`.
fn open_quote(text: &str, at: usize) -> Option<usize> {
    let mut start = line_around(text, at).0;
    while start > 0 {
        let line = line_around(text, start - 1);
        let line_text = text.get(line.0..line.1)?;
        if line_text.matches('"').count() % 2 == 1 {
            return line_text.rfind('"').map(|quote| line.0 + quote);
        }
        start = line.0;
    }
    None
}

/// Returns the first tab that indents the line of the error or the line before it.
fn indenting_tab(text: &str, at: usize) -> Option<usize> {
    let (start, end) = line_around(text, at);
    let before = line_around(text, start.saturating_sub(1));
    [(start, end), before].into_iter().find_map(|(start, end)| {
        let line = text.get(start..end)?;
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        line.get(..indent)?.find('\t').map(|tab| start + tab)
    })
}

/// Returns the first `${…}` in braces without quotes, on the line of the error or the one before.
fn unquoted_placeholder(text: &str, at: usize) -> Option<(usize, usize)> {
    let (_, end) = line_around(text, at);
    let mut start = at;
    for _ in 0..2 {
        start = line_around(text, start.saturating_sub(1)).0;
    }
    let (mut quote, mut depth, mut last) = (None, 0_usize, ' ');
    let chars = text.get(start..end)?.char_indices();
    for (index, c) in chars {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if " {[,:".contains(last) => quote = Some(c),
            (None, '{') if last == '$' && depth > 0 => {
                let from = start + index - 1;
                let rest = text.get(from..end)?;
                let close = rest.find('}').map_or(rest.len(), |close| close + 1);
                return Some((from, from + close));
            }
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => depth = depth.saturating_sub(1),
            (None, '\n') if depth == 0 => quote = None,
            (None, _) => {}
        }
        last = c;
    }
    None
}

/// Returns where a line goes on after a value that was already closed.
fn glued(line: &str) -> Option<usize> {
    let (mut quote, mut depth, mut closed) = (None, 0_usize, None);
    for (index, c) in line.char_indices() {
        if let Some(after) = closed {
            match c {
                ' ' => continue,
                '#' | ',' | ']' | '}' | ':' => closed = None,
                _ => return Some(after),
            }
        }
        match (quote, c) {
            (Some(open), _) if c == open => {
                quote = None;
                if depth == 0 {
                    closed = Some(index + 1);
                }
            }
            (Some(_), _) => {}
            (None, '"') => quote = Some(c),
            (None, '#') => return None,
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    closed = Some(index + 1);
                }
            }
            (None, _) => {}
        }
    }
    None
}

fn line_around(text: &str, at: usize) -> (usize, usize) {
    let at = at.min(text.len());
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    let end = text.get(start..).and_then(|rest| rest.find('\n')).map_or(text.len(), |newline| start + newline);
    (start, end)
}

#[cfg(test)]
mod tests {
    use crate::yaml::{Sources, documents};

    fn fault(text: &str) -> (String, String, String) {
        let mut sources = Sources::default();
        let id = sources.add("t.yaml", text);
        let found = documents(id, sources.get(id).unwrap()).remove(0).root.unwrap_err();
        (sources.slice(found.span).to_owned(), found.message, found.help.unwrap_or_default())
    }

    #[test]
    fn common_mistakes_have_their_own_message() {
        for (text, place, message) in [
            ("a:\n\tb: 1\n", "\t", "a tab must not indent a line"),
            ("a: {b: ${X}}\n", "${X}", "a placeholder must be quoted inside braces"),
            ("a: {b: ${X:=1}, c: 2}\n", "${X:=1}", "a placeholder must be quoted inside braces"),
            ("a: {b: 1}  c: {d: 2}\n", "  c: {d: 2}", "two lines have become one"),
            ("a: \"b\"c: d\n", "c: d", "two lines have become one"),
            ("a: \0\n", "", "must not hold the character U+0000"),
            ("a: {b: \"c}\nd: {e: \"f\"}\n", "\"", "the quote must be closed on its line"),
        ] {
            let got = fault(text);
            assert_eq!((got.0.as_str(), got.1.as_str()), (place, message), "{text:?}");
        }
    }

    #[test]
    fn a_line_between_two_indents_says_so() {
        let (_, message, help) = fault("a:\n  b:\n    c: 1\n   d: 2\n");
        assert!(message.starts_with("is not YAML: "), "{message}");
        assert_eq!(help, "indent the line as deep as its neighbours");
    }

    #[test]
    fn nothing_of_the_document_is_quoted() {
        for text in [
            "a: *hunter2\n",
            "a: @hunter2\n",
            "a: `hunter2\n",
            "a: %hunter2\n",
            "a: !hunter2!x 1\n",
            "%TAG !hunter2 x\n---\na: 1\n",
            "%hunter2\n",
            "a: \"hunter2\"hunter2\n",
            "a: \"\\hunter2\"\n",
            "a: {b: ${hunter2:=hunter2}}\n",
            "hunter2: 1\n hunter2: 2\n",
            "hunter2\nhunter2: 1\n",
            "? hunter2\n- hunter2\n",
            "a: [hunter2\nhunter2: }",
            "a: 'hunter2\n",
            "a: |hunter2\n",
            "a: &hunter2 *hunter2\n",
            "{hunter2: 1, hunter2}}\n",
            "a:\n\thunter2: 1\n",
        ] {
            let mut sources = Sources::default();
            let id = sources.add("t.yaml", text);
            for document in documents(id, sources.get(id).unwrap()) {
                if let Err(found) = document.root {
                    assert!(!found.message.contains("hunter2"), "{text:?}: {}", found.message);
                    assert!(!found.help.unwrap_or_default().contains("hunter2"), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn nesting_has_a_limit() {
        assert_eq!(fault(&format!("{}{}", "[".repeat(10_000), "]".repeat(10_000))).1, "must not be nested so deeply");
    }

    #[test]
    fn other_mistakes_say_what_the_parser_met() {
        let (_, message, _) = fault("a: [1, 2\nb: 3\n");
        assert!(message.starts_with("is not YAML: "), "{message}");
    }
}
