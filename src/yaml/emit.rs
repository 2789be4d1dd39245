//! Emission: serde values to YAML that every reader of Kubernetes reads back the same.
//!
//! serde-saphyr quotes what some reader takes for a number, a boolean or a date. What it cannot know
//! is that a placeholder stands where text is wanted: `Text` quotes it. A placeholder where a number
//! is wanted is given to serde as a bare string, and comes out plain, so that substitution gives a
//! number.

use std::fmt::Write;

use serde::{Serialize, Serializer};
use serde_saphyr::{DoubleQuoted, SerializeError, SerializerOptions, SingleQuoted};

/// A text: always quoted where it holds a placeholder, so that substitution gives text again.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a>(pub &'a str);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A byte is found faster than two, and nearly no text has it.
        if !(self.0.as_bytes().contains(&b'$') && self.0.contains("${")) {
            serializer.serialize_str(self.0)
        } else if self.0.contains(['"', '\\']) && self.0.chars().all(is_printable) {
            SingleQuoted(self.0).serialize(serializer)
        } else {
            DoubleQuoted(self.0).serialize(serializer)
        }
    }
}

/// Whether a character stands for itself in single quotes: neither a control nor a line break of any
/// reader, nor a mark that readers drop.
fn is_printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Writes one value as a YAML document without a separator, at the end of `out`.
///
/// # Errors
///
/// Returns the emitter's error, which for our types can only mean a fault of ours.
pub fn emit<W: Write>(out: &mut W, value: &impl Serialize) -> Result<(), SerializeError> {
    serde_saphyr::to_fmt_writer_with_options(out, value, options())
}

fn options() -> SerializerOptions {
    serde_saphyr::ser_options! {
        // A long annotation stays on its line: folding would make a diff of every edit.
        folded_wrap_chars: usize::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emitted(value: &impl Serialize) -> String {
        let mut out = String::new();
        emit(&mut out, value).unwrap();
        out
    }

    #[test]
    fn placeholders_are_quoted_as_text_and_plain_as_numbers() {
        assert_eq!(emitted(&[Text("${NAME}")]), "- \"${NAME}\"\n");
        assert_eq!(emitted(&["${PORT:=8000}"]), "- ${PORT:=8000}\n");
        assert_eq!(emitted(&[Text("say \"${NAME}\"")]), "- 'say \"${NAME}\"'\n");
        assert_eq!(emitted(&[Text("a\n${NAME}\n")]), "- \"a\\n${NAME}\\n\"\n");
        for odd in ['\u{7f}', '\u{85}', '\u{2028}', '\u{2029}', '\u{feff}', '\u{fffe}', '\u{200b}', '\u{e000}'] {
            let out = emitted(&[Text(&format!("${{A}}\"{odd}"))]);
            assert!(out.starts_with("- \"") || out.starts_with("- '"), "{odd:?}: {out}");
        }
    }

    #[test]
    fn text_that_looks_like_another_type_is_quoted() {
        for text in ["true", "on", "8000", "012", "1e3", "null", "~", "=", "<<", "12:30:00", "2001-01-01"] {
            let out = emitted(&[text]);
            assert!(out.starts_with("- \"") || out.starts_with("- '"), "{out}");
        }
    }

    #[test]
    fn long_text_stays_on_one_line() {
        let text = "word ".repeat(60);
        assert_eq!(emitted(&[text.trim_ascii()]).lines().count(), 1);
    }
}
