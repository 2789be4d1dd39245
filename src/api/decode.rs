//! The decoder: from the spanned tree to types, with every fault it meets.
//!
//! serde's derive stops at the first fault and forgets where values stood, so it does not serve
//! here. A fault is a finding with rule, field path, value, place and, where it is not implied, what
//! to do. What is sound around it is decoded all the same.

use super::placeholder::{Literals, has_placeholder, substitution_doubt};
use super::shape::{Clear, Record, Shape};
use super::text::{self, FromText, Refusal, TextKind};
use super::{hints, instead};
use crate::krm::{FieldPath, Finding, Findings, ResourceRef, Severity};
use crate::rule::{Rule, rules};
use crate::yaml::{Node, Resolved, Span, Value};

/// A type that can be read from a node.
pub trait Decode: Sized {
    /// What it looks like.
    const SHAPE: &'static Shape;
    /// How a field of it is cleared.
    const CLEAR: Clear;

    /// Reads it; a fault becomes a finding and gives nothing.
    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self>;
}

/// Collects faults on the way through one object.
#[derive(Debug)]
pub struct Decoder<'n> {
    /// The object's identity, once known.
    pub object: ResourceRef,
    /// What was found.
    pub findings: Findings,
    /// How many errors reach beyond one entry.
    pub far_errors: usize,
    /// How many errors stop nothing.
    passing_errors: usize,
    path: Vec<Step<'n>>,
    reach: Reach,
    in_defaults: bool,
}

/// What an error stops: what might be governed by the thing that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The entry it stands in.
    Entry,
    /// Its stub: what cannot be read may hold a default.
    Stub,
    /// Every stub.
    All,
}

#[derive(Debug, Clone, Copy)]
enum Step<'n> {
    Key(&'n str),
    Index(usize),
}

impl<'n> Decoder<'n> {
    /// Makes a decoder for one object.
    #[must_use]
    pub fn new(object: ResourceRef) -> Self {
        Self {
            object,
            findings: Findings::default(),
            far_errors: 0,
            passing_errors: 0,
            path: Vec::new(),
            reach: Reach::Entry,
            in_defaults: false,
        }
    }

    /// Returns the path of the field that is being read.
    #[must_use]
    pub fn path(&self) -> FieldPath {
        self.path.iter().fold(FieldPath::default(), |path, step| match step {
            Step::Key(key) => path.key(key),
            Step::Index(index) => path.index(*index),
        })
    }

    /// Adds a finding about the field that is being read.
    pub fn report(&mut self, finding: Finding) {
        let finding = if finding.path.is_empty() { finding.path(self.path()) } else { finding };
        let mut finding = finding.about(self.object.clone());
        let note = match self.reach {
            _ if finding.severity != Severity::Error => None,
            Reach::Entry => None,
            Reach::Stub => Some("nothing of this stub is expanded until this is right"),
            Reach::All => Some("no stub is expanded until this is right"),
        };
        if note.is_some() {
            self.far_errors += 1;
            finding.note = note;
        }
        self.findings.push(finding);
    }

    /// Reads a part whose errors stop more, or less, than those around it.
    pub(super) fn reaching<T>(&mut self, reach: Reach, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.reach, reach);
        let value = read(self);
        self.reach = before;
        value
    }

    /// Returns whether errors here stop more than one entry of a stub, but not every stub.
    pub(super) fn is_in_stub(&self) -> bool {
        self.reach == Reach::Stub
    }

    /// Reads what stands under a key.
    pub fn under<T>(&mut self, key: &'n str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(Step::Key(key));
        let value = read(self);
        self.path.pop();
        value
    }

    /// Reads an item of a list.
    pub fn item<T>(&mut self, index: usize, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(Step::Index(index));
        let value = read(self);
        self.path.pop();
        value
    }

    /// Reads a part in which fields of entries are defaults.
    pub fn as_defaults<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.in_defaults, true);
        let value = read(self);
        self.in_defaults = before;
        value
    }

    /// Reads a mapping field by field.
    ///
    /// Unknown names and names written twice are reported here; `read` sees each known name once.
    pub fn fields(
        &mut self,
        node: &'n Node<'_>,
        record: &'static Record,
        read: &mut dyn FnMut(&mut Self, &'n str, &'n Node<'_>),
    ) -> Option<()> {
        self.pairs(node, &Shape::Record(record), &mut |decoder, name, key, value| {
            let known = record.fields.iter().find(|field| field.name == name);
            match known {
                None => {
                    let help = hints::unknown_field(record, name, node, value);
                    decoder.report(
                        Finding::of(rules::UNKNOWN_FIELD, format!("unknown field \"{name}\"")).at(key.span).help(help),
                    );
                }
                Some(field) if field.own && decoder.in_defaults => decoder.report(
                    Finding::of(rules::NOT_A_DEFAULT, "must be written in an entry, it cannot be a default")
                        .at(key.span),
                ),
                Some(_) => read(decoder, name, value),
            }
        })
        .map(drop)
    }

    /// Reads a mapping pair by pair, each key once and with its path; `shape` is what it must be. Returns the
    /// keys that are written twice.
    pub fn pairs(
        &mut self,
        node: &'n Node<'_>,
        shape: &Shape,
        read: &mut dyn FnMut(&mut Self, &'n str, &'n Node<'_>, &'n Node<'_>),
    ) -> Option<Vec<&'n str>> {
        let mut twice = Vec::new();
        let Some(map) = node.map() else {
            self.wrong_type(node, shape);
            return None;
        };
        for (key, value) in &map.entries {
            let Some(name) = self.key(key) else { continue };
            let first = map.entry(name).map_or(key.span, |(first, _)| first.span);
            self.under(name, |decoder| {
                if first == key.span {
                    read(decoder, name, key, value);
                } else {
                    twice.push(name);
                    decoder.report(
                        Finding::of(rules::DUPLICATE_KEY, format!("key \"{name}\" must not be written twice"))
                            .at(key.span)
                            .related(first, "first written here"),
                    );
                }
            });
        }
        Some(twice)
    }

    fn key(&mut self, key: &'n Node<'_>) -> Option<&'n str> {
        self.text_as(key, "the key must be a string", quoted)
    }

    /// Reads a text; an unquoted word that some reader takes for another type is a fault.
    pub fn text(&mut self, node: &'n Node<'_>) -> Option<&'n str> {
        self.text_as(node, "must be a string", quoted)
    }

    fn text_as(&mut self, node: &'n Node<'_>, must: &str, instead: fn(&Node<'_>) -> Option<String>) -> Option<&'n str> {
        let (message, help) = match &node.value {
            Value::Scalar(scalar) if scalar.tagged => (format!("{must}, without a tag"), instead(node)),
            Value::Scalar(scalar) => {
                let text: &'n str = &scalar.text;
                let is = match scalar.resolved() {
                    None | Some(Resolved::Text) => return Some(text),
                    Some(Resolved::Null) => "null",
                    Some(Resolved::Bool(_)) => "a boolean",
                    Some(Resolved::AmbiguousBool) => "a boolean to some YAML readers and a string to others",
                    Some(Resolved::LeadingZero) => "an octal number to some YAML readers",
                    Some(Resolved::Integer(_) | Resolved::Number) => "a number",
                };
                if is == "null" && matches!(self.path.last(), Some(Step::Index(_))) {
                    ("must not be null".to_owned(), Some("delete the item".to_owned()))
                } else {
                    (format!("{must}; without quotes, {text} is {is}"), instead(node))
                }
            }
            _ => (format!("{must}, is {}", instead::kind(node)), instead(node)),
        };
        let mut finding = Finding::of(rules::WRONG_TYPE, message).at(node.span);
        finding.help = help;
        self.report(finding);
        None
    }

    /// Reads a text that may hold placeholders: what Flux refuses is an error.
    ///
    /// The error stops nothing: a profile may lower it, and what is made is the same at every level.
    pub fn opaque(&mut self, text: &'n str, span: Span) {
        let Some(doubt) = substitution_doubt(text) else { return };
        let mut finding = Finding::of(rules::FLUX_SUBSTITUTION, doubt.message).at(span).help(doubt.help);
        if doubt.is_refused {
            finding.severity = Severity::Error;
        }
        self.passing_errors += usize::from(doubt.is_refused);
        self.findings.push(finding.path(self.path()).about(self.object.clone()));
    }

    /// Returns how many errors stop what they stand in.
    pub(super) fn faults(&self) -> usize {
        self.findings.errors() - self.passing_errors
    }

    /// Reports a node of another type than wanted, with what to write instead.
    pub fn wrong_type(&mut self, node: &'n Node<'_>, want: &Shape) {
        let key = self.path.iter().rev().find_map(|step| if let Step::Key(key) = step { Some(*key) } else { None });
        let mut finding = Finding::of(rules::WRONG_TYPE, instead::message(want, node)).at(node.span);
        finding.help = instead::form(want, node, key.unwrap_or_default());
        self.report(finding);
    }

    /// Reads a value from a text of the node.
    pub fn parsed<T: FromText>(&mut self, node: &'n Node<'_>) -> Option<T> {
        let kind = &const { TextKind::of::<T>() };
        let text = self.text_as(node, "must be a string", kind.instead)?;
        match T::from_text(text) {
            Ok(value) => Some(value),
            Err(refusal) => {
                self.refuse_text(kind, refusal, node, text);
                None
            }
        }
    }

    fn refuse_text(&mut self, kind: &TextKind, mut refusal: Refusal, node: &'n Node<'_>, text: &str) {
        if text.contains('$') && !has_placeholder(text) {
            refusal.help = Some(instead::PLACEHOLDER.to_owned());
        }
        self.refuse(kind.rule, refusal, node, text);
    }

    /// Reads a text with placeholders, whose literal parts must fit.
    pub(super) fn templated(&mut self, node: &'n Node<'_>, kind: &TextKind) -> Option<&'n str> {
        let text = self.text(node)?;
        if let Err((part, why)) = (kind.check_parts)(&Literals::of(text)) {
            let refusal = Refusal { message: why, help: instead::part(kind, text, part) };
            self.refuse(kind.rule, refusal, node, text);
            return None;
        }
        self.opaque(text, node.span);
        Some(text)
    }

    /// Reports why a text is refused.
    pub fn refuse(&mut self, rule: &'static Rule, refusal: Refusal, node: &'n Node<'_>, text: &str) {
        let mut finding = Finding::of(rule, refusal.message).at(node.span).value(text);
        finding.help = refusal.help;
        self.report(finding);
    }
}

fn quoted(node: &Node<'_>) -> Option<String> {
    text::scalar(node).map(|text| format!("write \"{text}\""))
}
