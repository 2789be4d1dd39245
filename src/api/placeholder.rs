//! Flux placeholders: `${VAR}` and its forms, which nobody here may look into.
//!
//! A text with a placeholder is opaque: it is never trimmed, lower-cased, length-checked or hashed,
//! and it is split only outside of `${…}`. The forms are those of fluxcd/pkg `envsubst`.

use std::fmt;
use std::ops::Range;

/// A value, or a text that becomes one when Flux substitutes its placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Templated<T> {
    /// A value that is known now.
    Known(T),
    /// A text with a placeholder.
    Opaque(Box<str>),
}

impl<T> Templated<T> {
    /// Returns the value if it is known now.
    #[must_use]
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Opaque(_) => None,
        }
    }
}

impl<T: fmt::Display> fmt::Display for Templated<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(value) => value.fmt(f),
            Self::Opaque(text) => f.write_str(text),
        }
    }
}

/// Returns whether a text holds a placeholder.
#[must_use]
pub fn has_placeholder(text: &str) -> bool {
    text.contains("${")
}

/// Returns the ranges of the outermost placeholders; one that is not closed reaches to the end.
pub(super) fn placeholders(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut depth, mut start, mut at) = (0_usize, 0, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                if depth == 0 {
                    start = at;
                }
                depth += 1;
                at += 1;
            }
            b'}' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    found.push(start..at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    if depth > 0 {
        found.push(start..text.len());
    }
    found
}

/// Splits at the first separator outside of placeholders.
pub(super) fn split_outside(text: &str, separator: char) -> Option<(&str, &str)> {
    let inside = placeholders(text);
    let at = text.char_indices().find(|(at, c)| *c == separator && !inside.iter().any(|range| range.contains(at)))?.0;
    Some((text.get(..at)?, text.get(at + separator.len_utf8()..)?))
}

/// Returns whether a text that holds a placeholder stands for a number: its literal part and its
/// defaults are digits only.
pub(super) fn is_numeric(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut at = 0;
    for range in placeholders(text) {
        let (literal, inside) = (text.get(at..range.start), text.get(range.start + 2..range.end));
        if !literal.is_some_and(digits) {
            return false;
        }
        let inner = inside.map_or("", |inside| inside.strip_suffix('}').unwrap_or(inside));
        let default = ["=", "-"].iter().find_map(|mark| {
            let name = inner.trim_start_matches(|c: char| c == '_' || c.is_ascii_alphanumeric());
            name.strip_prefix(':').unwrap_or(name).strip_prefix(mark)
        });
        if default.is_some_and(|default| if has_placeholder(default) { !is_numeric(default) } else { !digits(default) })
        {
            return false;
        }
        at = range.end;
    }
    text.get(at..).is_some_and(digits)
}

/// Returns why Flux's substitution fails on a text, or does other than it looks like.
///
/// Strict substitution is the default since kustomize-controller 1.9; these forms fail in every mode
/// (fluxcd/pkg `envsubst` parse).
pub(super) fn substitution_fault(text: &str) -> Option<String> {
    for range in placeholders(text) {
        let whole = text.get(range.clone()).unwrap_or_default();
        if range.start > 0 && text.get(range.start - 1..range.start) == Some("$") {
            continue;
        }
        let Some(inner) = whole.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) else {
            return Some(format!("`{whole}` must be closed with a brace"));
        };
        let named = inner.strip_prefix('#').unwrap_or(inner);
        let name_end = named.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(named.len());
        let (name, rest) = named.split_at_checked(name_end).unwrap_or((named, ""));
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Some(format!("`{whole}` must name a variable of letters, digits and \"_\""));
        }
        match rest.get(..2).unwrap_or(rest) {
            ":?" | ":+" => {
                return Some(format!("`{whole}` means other than in a shell: it stands for the text after the sign"));
            }
            rest if rest.starts_with('-') => {
                return Some(format!("`{whole}` must have its default after \":=\" or \":-\""));
            }
            rest if rest.starts_with(['.', ' ', '{', '}', '$', '+', '?']) => {
                return Some(format!("`{whole}` is a form that Flux cannot substitute"));
            }
            _ => {}
        }
        if let Some(at) = rest.find("${")
            && let Some(fault) = rest.get(at..).and_then(substitution_fault)
        {
            return Some(fault);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_split_outside_of_placeholders_only() {
        assert_eq!(split_outside("${S:=${APP}}:${P:=http}", ':'), Some(("${S:=${APP}}", "${P:=http}")));
        assert_eq!(split_outside("${v/a/b}", '/'), None);
        assert_eq!(split_outside("ns/${v/a/b}", '/'), Some(("ns", "${v/a/b}")));
        assert_eq!(split_outside("${open:", ':'), None);
    }

    #[test]
    fn a_placeholder_is_a_number_unless_its_default_is_not() {
        for (text, want) in [
            ("${P}", true),
            ("${P:=8000}", true),
            ("${P:-80}", true),
            ("${P:=${Q}}", true),
            ("8${P}", true),
            ("${P:=http}", false),
            ("http-${P}", false),
            ("${P:=${Q:=web}}", false),
        ] {
            assert_eq!(is_numeric(text), want, "{text:?}");
        }
    }

    #[test]
    fn forms_that_flux_refuses_are_named() {
        for text in ["${v-d}", "${a.b}", "${ v }", "${{ x }}", "${v", "${1}", "${v:=${w-x}}"] {
            assert!(substitution_fault(text).is_some(), "{text:?}");
        }
        for text in [
            "${v}",
            "${v:=d}",
            "${v:-d}",
            "${v=d}",
            "${v:=${w}-x}",
            "${v:0:2}",
            "${v^^}",
            "${v/a/b}",
            "${#v}",
            "$${v-d}",
        ] {
            assert_eq!(substitution_fault(text), None, "{text:?}");
        }
    }
}
