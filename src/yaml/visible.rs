//! Text of the input as people are shown it: what a terminal or a log would obey is escaped.
//!
//! A log is read by programs, too: GitHub's runner takes a line that begins with `::error` for a command
//! of the job. So a text of the input is one line, whatever is in it.

use std::borrow::Cow;
use std::fmt::Write;

/// Returns a text on one line, with escapes for all that would not be seen: control characters, line
/// breaks of any reader, marks that change the direction of writing, characters without width.
///
/// What is shown so stays as it is when it is shown again.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, is_unseen)
}

/// Returns a text with its long words cut, and the middle of what is still long, so that what it says about a
/// long value is still said; nothing where it is short enough.
///
/// A value may be as long as the input, and quoted by as many findings as the input has lines.
#[must_use]
pub fn shortened(text: &str) -> Option<String> {
    if text.len() <= LONGEST_WORD {
        return None;
    }
    // Of a text as long as a file its ends are looked at.
    let mut ends = String::new();
    push_ends(&mut ends, text, LONGEST_READ, LONGEST_READ / 2);
    let words = ends.split_inclusive(|c: char| c.is_ascii_whitespace()).fold(String::new(), |mut out, word| {
        push_ends(&mut out, word, LONGEST_WORD, KEPT_OF_WORD);
        out
    });
    let mut out = String::new();
    push_ends(&mut out, &words, LONGEST_TEXT, LONGEST_TEXT / 2);
    (out != text).then_some(out)
}

/// The longest word that is shown whole, in bytes.
const LONGEST_WORD: usize = 300;
/// How much is shown of each end of a longer one.
const KEPT_OF_WORD: usize = 80;
/// The longest text that is read whole.
const LONGEST_READ: usize = 8000;
/// The longest text that is shown whole.
const LONGEST_TEXT: usize = 1000;

/// Adds a text; of one that is longer than `longest`, its ends.
fn push_ends(out: &mut String, text: &str, longest: usize, kept: usize) {
    if text.len() <= longest {
        return out.push_str(text);
    }
    let (first, last) = (text.floor_char_boundary(kept), text.ceil_char_boundary(text.len() - kept));
    out.push_str(text.get(..first).unwrap_or_default());
    out.push('…');
    out.push_str(text.get(last..).unwrap_or_default());
}

/// Returns a line of a source for people; tabs stay, because they are seen as the blanks they stand for.
#[must_use]
pub fn visible_line(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c != '\t' && is_unseen(c))
}

fn escaped(text: &str, is_unseen: fn(char) -> bool) -> Cow<'_, str> {
    // Nearly all text is clean, and nearly all of that is ASCII.
    // Without an early return the loop runs on many bytes at once.
    let is_plain = text.bytes().fold(true, |is_plain, byte| is_plain & matches!(byte, b' '..=b'~'));
    if is_plain || !text.contains(is_unseen) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' if is_unseen(c) => out.push_str("\\n"),
            '\r' if is_unseen(c) => out.push_str("\\r"),
            '\t' if is_unseen(c) => out.push_str("\\t"),
            // A `String` takes everything that is written to it.
            c if is_unseen(c) => drop(write!(out, "\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Whether a character is obeyed or not seen (Unicode categories Cc, Cf, Zl and Zp, and what
/// `Default_Ignorable_Code_Point` adds to them but for the selectors that emoji are written with).
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}'
            | '\u{8e2}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{110bd}' | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_long_value_is_still_said() {
        let long = "é".repeat(500_000);
        for (text, begins, ends) in [
            (format!("ProxyGroup \"{long}\" is not known"), "ProxyGroup \"éé", "éé\" is not known"),
            (format!("\"{long}\" is not \"{long}\""), "\"éé", "éé\""),
            (format!("must not be {}", "a b ".repeat(100_000)), "must not be a b", "a b "),
            (" ".repeat(1_000_000), " ", " "),
        ] {
            let cut = shortened(&text).unwrap();
            assert!(cut.len() < 1100 && cut.starts_with(begins) && cut.ends_with(ends) && cut.contains('…'), "{cut}");
            assert_eq!(shortened(&cut), None, "cut once");
        }
        assert_eq!(shortened(&"word ".repeat(190)), None);
    }

    #[test]
    fn what_is_seen_stays() {
        for text in ["", "a b", "é ☃ 😀 日本語", "a\\nb", "${A} \"it's\" `x`", "e\u{301}", "❤\u{fe0f}"] {
            assert!(matches!(visible(text), Cow::Borrowed(same) if same == text), "{text:?}");
        }
    }

    #[test]
    fn what_is_obeyed_is_escaped() {
        for (text, want) in [
            ("x\n::error::y", "x\\n::error::y"),
            ("a\r\n\tb", "a\\r\\n\\tb"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("\u{0}\u{7f}\u{80}\u{9b}", "\\u{0}\\u{7f}\\u{80}\\u{9b}"),
            ("\u{85}\u{2028}\u{2029}", "\\u{85}\\u{2028}\\u{2029}"),
            ("\u{202e}\u{2066}\u{61c}", "\\u{202e}\\u{2066}\\u{61c}"),
            ("\u{200b}\u{200d}\u{2060}\u{feff}\u{ad}", "\\u{200b}\\u{200d}\\u{2060}\\u{feff}\\u{ad}"),
            ("\u{e0041}", "\\u{e0041}"),
        ] {
            assert_eq!(visible(text), want, "{text:?}");
            assert_eq!(visible(&visible(text)), want, "shown twice: {text:?}");
        }
    }

    #[test]
    fn a_line_keeps_its_tabs() {
        assert_eq!(visible_line("a:\tb\r"), "a:\tb\\r");
    }
}
