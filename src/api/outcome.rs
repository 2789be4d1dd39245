//! What a text becomes for those who read YAML after Flux.
//!
//! kustomize writes a text without quotes where it can (go.yaml.in/yaml/v2 `emitterc.go`
//! yaml_emitter_analyze_scalar), Flux substitutes in what was written, and what comes out is read anew: a
//! text whose default is a number has become a number.

use super::template::{Function, Kind, Place, Template};
use crate::yaml::{Resolved, resolve};

/// Returns what a text becomes where its variables are not set, if that is known and is no text.
#[must_use]
pub fn becomes(text: &str) -> Option<&'static str> {
    if !text.contains("${") || is_quoted(text) {
        return None;
    }
    let outcome = outcome(&Template::of(text))?;
    if text.contains('\n') {
        return is_indented_block(&outcome).then_some("something else");
    }
    let outcome = outcome.split(" #").next().unwrap_or_default().trim_matches(' ');
    match resolve(outcome) {
        Resolved::Null => Some("null"),
        Resolved::Bool(_) | Resolved::AmbiguousBool => Some("a boolean"),
        Resolved::Integer(_) | Resolved::LeadingZero | Resolved::Number => Some("a number"),
        Resolved::Text if outcome.starts_with('#') => Some("null"),
        Resolved::Text => (!is_plain(outcome)).then_some("something else"),
    }
}

/// Returns the text with defaults for placeholders, if each has one; a length is some number.
fn outcome(template: &Template<'_>) -> Option<String> {
    if template.fault.is_some() || !template.has_placeholder() {
        return None;
    }
    let mut outcome = String::new();
    for part in &template.parts {
        let text = template.text.get(part.range.clone())?;
        match part.kind {
            Kind::Text(Place::Outside) => outcome.push_str(&text.replace("$$", "$")),
            Kind::Text(Place::Default) => outcome.push_str(text),
            Kind::Open { function: Function::Length, place: Place::Outside | Place::Default, .. } => outcome.push('1'),
            Kind::Open { function: Function::Default | Function::Unlike, .. } => {}
            Kind::Open { place: Place::Outside | Place::Default, .. } | Kind::Unread => return None,
            Kind::Open { .. } | Kind::Text(Place::Argument) | Kind::Sign | Kind::Close => {}
        }
    }
    Some(outcome)
}

/// Whether the first line of a block is indented farther than another, which then ends the block too early.
fn is_indented_block(outcome: &str) -> bool {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let mut lines = outcome.lines();
    let first = lines.next().map_or(0, indent);
    first > 0 && lines.any(|line| !line.is_empty() && indent(line) < first)
}

/// Whether kustomize writes a text in quotes, so that it stays text; a text of several lines is a block.
fn is_quoted(text: &str) -> bool {
    let is_special = |c: char| !matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}');
    if text.contains('\n') {
        return text.starts_with(' ') || text.ends_with(' ') || text.contains(" \n") || text.contains(is_special);
    }
    let is_indicator = |c: char| "#,[]{}&*!|>'\"%@`".contains(c);
    text.starts_with(' ')
        || text.ends_with(' ')
        || text.starts_with(is_indicator)
        || ["- ", "? ", ": "].iter().any(|sign| text.starts_with(sign))
        || has_mapping(text)
        || text.contains(" #")
        || text.contains(is_special)
}

/// Whether readers take what stands without quotes for a text, that of quotes in it among them.
fn is_plain(outcome: &str) -> bool {
    for quote in ['"', '\''] {
        if let Some(rest) = outcome.strip_prefix(quote) {
            return rest.ends_with(quote);
        }
    }
    let is_sign = ["-", "?", ":"].contains(&outcome) || ["- ", "? "].iter().any(|sign| outcome.starts_with(sign));
    !is_sign && !outcome.starts_with(|c| ",[]{}&*!|>%@`".contains(c)) && !has_mapping(outcome)
}

fn has_mapping(text: &str) -> bool {
    text.contains(": ") || text.ends_with(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_becomes_something_else_is_known() {
        for (text, want) in [
            ("${A:=2}", Some("a number")),
            ("1${A:=2}", Some("a number")),
            ("${A:=${B:-0x1f}}", Some("a number")),
            ("${A:?012}", Some("a number")),
            ("${#A}", Some("a number")),
            ("${A:= 5}", Some("a number")),
            ("${A=true}", Some("a boolean")),
            ("${A:=on}", Some("a boolean")),
            ("${A:=t}${B:=rue}", Some("a boolean")),
            ("${A:=}", Some("null")),
            ("${A:=~}", Some("null")),
            ("${A:=#fff}", Some("null")),
            ("${A:=[a]}", Some("something else")),
            ("${A:=*}", Some("something else")),
            ("${A:=- x}", Some("something else")),
            ("${A:=x:}${B:= y}", Some("something else")),
            ("${A:=\"2\"}", None),
            ("${A:=2001-01-01}", None),
            ("${A:=12:30}", None),
            ("${A:=web}", None),
            ("${A}", None),
            ("${A}${B:=2}", None),
            ("${A^^}", None),
            ("${A:0:1}", None),
            ("${quote}${A:=2}${quote}", None),
            (" ${A:=2}", None),
            ("${A:=2}\n", None),
            ("${A:=2: 3}", None),
            ("${A:= x}\ny", Some("something else")),
            ("${A:= x}\n y", None),
            ("$${A:=2}", None),
            ("2", None),
            ("${A-2}", None),
        ] {
            assert_eq!(becomes(text), want, "{text:?}");
        }
    }
}
