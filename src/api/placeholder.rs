//! Flux placeholders: `${VAR}` and its forms, which nobody here may look into.
//!
//! A text with a placeholder is opaque: it is never trimmed, lower-cased, length-checked or hashed,
//! and it is split only outside of `${…}`. What it is checked for is its literal parts: they come out
//! whatever the variables hold. All that is said of a text here comes from its one [`Template`].

use std::fmt;

use super::template::{Fault, Function, Kind, Part, Place, Template};

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

/// Returns whether a text holds a placeholder; `$${X}` is none.
#[must_use]
pub fn has_placeholder(text: &str) -> bool {
    may_hold(text) && Template::of(text).has_placeholder()
}

/// Whether it is worth reading a text as a template: nearly none is.
fn may_hold(text: &str) -> bool {
    text.as_bytes().contains(&b'$') && text.contains("${")
}

/// Splits at the first separator outside of placeholders.
pub(super) fn split_outside(text: &str, separator: char) -> Option<(&str, &str)> {
    if !may_hold(text) {
        return text.split_once(separator);
    }
    let template = Template::of(text);
    let outside = template.parts.iter().filter(|part| part.kind == Kind::Text(Place::Outside));
    let at =
        outside.filter_map(|part| Some(part.range.start + text.get(part.range.clone())?.find(separator)?)).next()?;
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
        let mut found = Self { prefix: text, ..Self::default() };
        for Part { kind, range } in Template::of(text).parts {
            let start = range.start;
            match kind {
                Kind::Text(place @ (Place::Outside | Place::Default)) => {
                    let text = text.get(range).unwrap_or_default();
                    found.parts.push(Literal { text, start, is_default: place == Place::Default });
                }
                Kind::Open { .. } | Kind::Unread if !found.is_substituted => {
                    found.is_substituted = true;
                    found.prefix = text.get(..start).unwrap_or_default();
                }
                _ => {}
            }
        }
        found
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
    pub fn check(&self, part: &dyn Fn(&str) -> Result<(), String>) -> Result<(), (Literal<'t>, String)> {
        self.parts.iter().try_for_each(|literal| {
            part(literal.text).map_err(|why| {
                let why = if literal.is_default { format!("{why}, in the default \"{}\"", literal.text) } else { why };
                (*literal, why)
            })
        })
    }
}

/// Returns whether a text that holds a placeholder stands for a number: its literal part and its
/// defaults are digits only.
pub(super) fn is_numeric(text: &str) -> bool {
    Literals::of(text).parts.iter().all(|part| part.text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What is to be known about the substitution of a text.
pub(super) struct Doubt {
    /// Whether Flux refuses the text, and with it all that is applied along with it.
    pub(super) is_refused: bool,
    /// Why.
    pub(super) message: String,
    /// What to do.
    pub(super) help: &'static str,
}

/// Returns why Flux's substitution fails on a text, or does other than it looks like.
pub(super) fn substitution_doubt(text: &str) -> Option<Doubt> {
    const NO_SUBSTITUTION: &str = "write \"$$\" for \"$\" where no substitution is meant";
    if !may_hold(text) {
        return None;
    }
    let template = Template::of(text);
    let written = escaped(text);
    let is_refused = written.as_deref().map_or(template.fault.is_some(), |text| Template::of(text).fault.is_some());
    if is_refused {
        let (message, help) = match &template.fault {
            Some(Fault { range, must }) => {
                (format!("`{}` {must}", cut(text.get(range.clone()).unwrap_or_default())), NO_SUBSTITUTION)
            }
            None => (
                "a backslash must not stand in a placeholder here: YAML writes two for it, because of the control or \
                 other unusual character in the text"
                    .to_owned(),
                "write the text without one of them",
            ),
        };
        return Some(Doubt { is_refused, message, help });
    }
    template.parts.iter().find_map(|part| {
        let Kind::Open { name, function, .. } = part.kind else { return None };
        let rest = text.get(part.range.start..).unwrap_or_default();
        let whole = cut(rest.get(..rest.find('}')? + 1)?);
        let (message, help) = if function == Function::Unlike {
            (
                "means other than in a shell: it stands for the text after the sign where the variable is not set",
                "write \":=\" for the sign",
            )
        } else if !is_settable(name) {
            (
                "names a variable that cannot be set: a name is letters, digits and \"_\", and begins with no digit",
                NO_SUBSTITUTION,
            )
        } else {
            return None;
        };
        Some(Doubt { is_refused: false, message: format!("`{whole}` {message}"), help })
    })
}

/// Whether Flux takes a variable of the name (fluxcd/pkg `kustomize` varsubRegex).
fn is_settable(name: &str) -> bool {
    name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// Returns a text as kustomize writes it in double quotes, where it does: with escapes, which Flux does not
/// know (go.yaml.in/yaml/v2 `emitterc.go` yaml_emitter_select_scalar_style).
fn escaped(text: &str) -> Option<String> {
    let is_special = |c: char| !matches!(c, ' '..='~' | '\u{a0}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}');
    let is_quoted = text.contains(|c| c != '\n' && is_special(c))
        || text.contains(" \n")
        || (text.contains('\n') && text.ends_with(' '));
    is_quoted.then(|| text.replace('\\', "\\\\").replace('"', "\\\"").replace(is_special, "\\x"))
}

/// Returns the beginning of a text that is too long for a message.
fn cut(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
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
        assert_eq!(split_outside("a/${V//-}:80", ':'), Some(("a/${V//-}", "80")));
        assert_eq!(split_outside("$${V:80", ':'), Some(("$${V", "80")));
    }

    #[test]
    fn literal_parts_are_what_comes_out_as_it_is() {
        let deep = "${a:=".repeat(50) + "x" + &"}".repeat(50);
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
            ("a${open:=x", "a", "a"),
            ("a${V-d}b", "a|b", "a"),
            ("${A:=$${B}}", "<$>", ""),
            (deep.as_str(), "<x>", ""),
        ] {
            let literals = Literals::of(text);
            let shown = literals.parts.iter().map(|part| {
                assert_eq!(text.get(part.start..part.start + part.text.len()), Some(part.text));
                if part.is_default { format!("<{}>", part.text) } else { part.text.to_owned() }
            });
            assert_eq!((shown.collect::<Vec<_>>().join("|").as_str(), literals.prefix), (want, prefix));
            assert_eq!(literals.is_substituted, text.contains("${") && !text.starts_with("$$"));
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
    fn what_flux_refuses_is_told_and_what_it_reads_otherwise() {
        for text in ["${v-d}", "${a.b}", "${ v }", "${{ x }}", "${v", "${v:=${w-x}}", "${v//-}", "${v/a\\/b/${w}}\t"] {
            assert!(substitution_doubt(text).is_some_and(|doubt| doubt.is_refused), "{text:?}");
        }
        for text in ["${1}", "${v:?d}", "${v:=${w:+x}}", "${é:=x}"] {
            assert!(substitution_doubt(text).is_some_and(|doubt| !doubt.is_refused), "{text:?}");
        }
        for text in ["${v}", "${v:=d}", "${v:=${w}-x}", "${v/a\\/b/c}", "${v/a\\/b/${w}}\n", "${#v}", "$${v-d}"] {
            assert!(substitution_doubt(text).is_none(), "{text:?}");
        }
        let long = substitution_doubt(&format!("${{v-{}}}", "x".repeat(1_000_000))).unwrap();
        assert!(long.message.len() < 200);
    }

    #[test]
    fn no_depth_ends_the_run_or_takes_long() {
        for (text, is_refused) in [
            ("${a:=".repeat(100) + &"}".repeat(100), false),
            ("${a:=".repeat(101) + &"}".repeat(101), true),
            ("${a:=".repeat(300_000) + &"}".repeat(300_000), true),
            ("${a:=${v/}/x}".repeat(100_000), true),
            ("${a}:".repeat(300_000), false),
            ("${a//-}".repeat(300_000), true),
        ] {
            assert_eq!(substitution_doubt(&text).is_some_and(|doubt| doubt.is_refused), is_refused);
            assert_eq!(has_placeholder(&text), Literals::of(&text).is_substituted);
            let _ = (split_outside(&text, '/'), is_numeric(&text));
        }
    }
}
