//! Flux placeholders: `${VAR}` and its forms, which nobody here may look into.
//!
//! A text with a placeholder is opaque: it is never trimmed, lower-cased, length-checked or hashed,
//! and it is split only outside of `${…}`. What it is checked for is its literal parts: they come out
//! whatever the variables hold. The forms are those of fluxcd/pkg `envsubst`.

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

/// A part of a text that comes out as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Literal<'t> {
    /// The part.
    pub text: &'t str,
    /// Where it begins in the whole text.
    pub start: usize,
    /// Whether it is a placeholder's default, or a part of one.
    pub is_default: bool,
}

/// The literal parts of a text, in order: what stands outside of its placeholders, and their defaults,
/// those of nested placeholders too. Other forms (`${X%.*}`, `${X/a/b}`, `${X:0:3}`) have none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Literals<'t> {
    /// The parts; none is empty.
    pub parts: Vec<Literal<'t>>,
    /// What stands before the first placeholder.
    pub prefix: &'t str,
    /// Whether there is a placeholder at all; `$${X}` is none.
    pub is_substituted: bool,
}

impl<'t> Literals<'t> {
    /// Splits a text.
    #[must_use]
    pub fn of(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let mut found = Self { prefix: text, ..Self::default() };
        // Of each placeholder that is open, whether its default is being read.
        let mut open: Vec<bool> = Vec::new();
        let mut hidden = 0_usize;
        let (mut start, mut at) = (0, 0);
        while let Some(byte) = bytes.get(at) {
            let is_escaped = at > start && bytes.get(at - 1) == Some(&b'$');
            if *byte == b'$' && bytes.get(at + 1) == Some(&b'{') && !is_escaped {
                found.add(text, start..at, !open.is_empty(), hidden > 0);
                if !found.is_substituted {
                    found.prefix = text.get(..at).unwrap_or_default();
                }
                found.is_substituted = true;
                let inner = text.get(at + 2..).unwrap_or_default();
                let default = default_mark(inner);
                open.push(default.is_some());
                hidden += usize::from(default.is_none());
                at += 2 + default.unwrap_or_default();
                start = at;
                continue;
            }
            if *byte == b'}'
                && let Some(is_default) = open.pop()
            {
                found.add(text, start..at, true, hidden > 0);
                hidden -= usize::from(!is_default);
                start = at + 1;
            }
            at += 1;
        }
        found.add(text, start..text.len(), !open.is_empty(), hidden > 0);
        found
    }

    fn add(&mut self, text: &'t str, range: Range<usize>, is_default: bool, is_hidden: bool) {
        let start = range.start;
        if let Some(text) = text.get(range).filter(|text| !text.is_empty() && !is_hidden) {
            self.parts.push(Literal { text, start, is_default });
        }
    }

    /// Returns the text with each placeholder replaced by its default, and by nothing where it has none.
    #[must_use]
    pub fn joined(&self) -> String {
        self.parts.iter().map(|part| part.text).collect()
    }

    /// Checks each part.
    ///
    /// # Errors
    ///
    /// Returns the first part at fault, and what it must be.
    pub fn check(&self, part: impl Fn(&str) -> Result<(), String>) -> Result<(), (Literal<'t>, String)> {
        self.parts.iter().try_for_each(|literal| {
            part(literal.text).map_err(|why| {
                let why = if literal.is_default { format!("{why}, in the default \"{}\"", literal.text) } else { why };
                (*literal, why)
            })
        })
    }
}

/// Returns the length of what stands before a placeholder's default: its name and the sign. `:?` and
/// `:+` count, because Flux puts the text after them in, too.
fn default_mark(inner: &str) -> Option<usize> {
    let rest = inner.trim_start_matches(|c: char| c == '_' || c.is_ascii_alphanumeric());
    let rest = rest.strip_prefix(':').unwrap_or(rest).strip_prefix(['=', '-', '?', '+'])?;
    Some(inner.len() - rest.len())
}

/// Returns whether a text that holds a placeholder stands for a number: its literal part and its
/// defaults are digits only.
pub(super) fn is_numeric(text: &str) -> bool {
    Literals::of(text).parts.iter().all(|part| part.text.bytes().all(|byte| byte.is_ascii_digit()))
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
    fn literal_parts_are_what_comes_out_as_it_is() {
        let deep = "${a:=".repeat(50_000) + "x";
        for (text, want, prefix) in [
            ("web", "web", "web"),
            ("memo.${TSNET}", "memo.", "memo."),
            ("${H:=memo.ts.net}", "<memo.ts.net>", ""),
            ("${H:-a}-${I=b}", "<a>|-|<b>", ""),
            ("${V:+x}${V:?y}", "<x>|<y>", ""),
            ("a${A:=b${B:=c.d}e}f", "a|<b>|<c.d>|<e>|f", "a"),
            ("${X%%.*}${X/a/b}${X:0:3}${#X}${X^^}", "", ""),
            ("${X/a/${Y:=b.c}}d", "d", ""),
            ("$${X}", "$${X}", "$${X}"),
            ("a$X", "a$X", "a$X"),
            ("a}b", "a}b", "a}b"),
            ("${open:=x", "<x>", ""),
            (deep.as_str(), "<x>", ""),
        ] {
            let literals = Literals::of(text);
            let shown = literals.parts.iter().map(|part| {
                assert_eq!(text.get(part.start..part.start + part.text.len()), Some(part.text));
                if part.is_default { format!("<{}>", part.text) } else { part.text.to_owned() }
            });
            assert_eq!((shown.collect::<Vec<_>>().join("|").as_str(), literals.prefix), (want, prefix));
            assert_eq!(literals.is_substituted, text.contains("${") && !text.contains("$$"));
        }
        assert_eq!(Literals::of("${D:=tail${E:=scale}}.com/${X}").joined(), "tailscale.com/");
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
            ("$${P}", false),
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
