//! The decoder: from the spanned tree to types, with every fault it meets.
//!
//! serde's derive stops at the first fault and forgets where values stood, so it does not serve
//! here. A fault is a finding with rule, field path, value, place and, where it is not implied, what
//! to do. What is sound around it is decoded all the same.

use std::collections::BTreeMap;

use super::Templated;
use super::hints;
use super::placeholder::{has_placeholder, substitution_fault};
use super::setting::{Entries, Entry, List, Setting, Spanned, TextMap};
use super::shape::{Clear, Record, Shape, Word};
use crate::krm::{FieldPath, Finding, Findings, ResourceRef, Severity};
use crate::tailscale::Label;
use crate::yaml::{Node, Resolved, Span, Style, Value, resolve};

/// A type that can be read from a node.
pub trait Decode: Sized {
    /// What it looks like.
    const SHAPE: &'static Shape;
    /// How a field of it is cleared.
    const CLEAR: Clear;

    /// Reads it; a fault becomes a finding and gives nothing.
    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self>;
}

/// A type that is read from a text.
pub trait FromText: Sized {
    /// The rule that a fault breaks.
    const RULE: &'static str;
    /// What it looks like.
    const SHAPE: &'static Shape;

    /// Parses it.
    ///
    /// # Errors
    ///
    /// Returns what is wrong and what to do.
    fn from_text(text: &str) -> Result<Self, Refusal>;
}

/// Why a text is not a value.
#[derive(Debug)]
pub struct Refusal {
    /// What the value must be.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl From<String> for Refusal {
    fn from(message: String) -> Self {
        Self { message, help: None }
    }
}

impl Refusal {
    /// Makes the refusal of a word, naming the nearest known one.
    #[must_use]
    pub fn word(text: &str, words: &[Word]) -> Self {
        let known: Vec<&str> = words.iter().map(|word| word.word).collect();
        let quoted: Vec<String> = known.iter().map(|word| format!("\"{word}\"")).collect();
        Self {
            message: format!("must be one of {}", quoted.join(", ")),
            help: hints::nearest(text, known.into_iter()).map(|near| format!("did you mean \"{near}\"?")),
        }
    }
}

/// Collects faults on the way through one object.
#[derive(Debug)]
pub struct Decoder<'n> {
    /// The object's identity, once known.
    pub object: ResourceRef,
    /// What was found.
    pub findings: Findings,
    /// How many errors stand in defaults.
    pub default_errors: usize,
    path: Vec<Step<'n>>,
    in_defaults: bool,
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
        Self { object, findings: Findings::default(), default_errors: 0, path: Vec::new(), in_defaults: false }
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
        let in_defaults = matches!(self.path.get(1), Some(Step::Key("defaults")));
        if in_defaults && finding.severity == Severity::Error {
            self.default_errors += 1;
        }
        self.findings.push(finding.about(self.object.clone()));
    }

    /// Reads what stands under a key.
    pub fn under<T>(&mut self, key: &'n str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(Step::Key(key));
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

    /// Reads a field: absent, cleared or set.
    pub fn setting<T: Decode>(&mut self, node: &'n Node<'_>) -> Setting<T> {
        if node.is_null() {
            return Setting::Absent;
        }
        let clears = match (&node.value, T::CLEAR) {
            (Value::Scalar(scalar), Clear::Text) => scalar.text.is_empty(),
            (Value::Scalar(scalar), Clear::False) => scalar.style == Style::Plain && scalar.text == "false",
            (Value::Seq(items), Clear::List) => items.is_empty(),
            (Value::Map(map), Clear::Map) => map.entries.is_empty(),
            _ => false,
        };
        if clears {
            return Setting::Cleared(node.span);
        }
        match T::decode(node, self) {
            Some(value) => Setting::Set(Box::new(Spanned { value, span: node.span })),
            None => Setting::Absent,
        }
    }

    /// Reads a mapping field by field.
    ///
    /// Unknown names and names written twice are reported here; `read` sees each known name once.
    pub fn fields(
        &mut self,
        node: &'n Node<'_>,
        record: &'static Record,
        mut read: impl FnMut(&mut Self, &'n str, &'n Node<'_>),
    ) -> Option<()> {
        self.pairs(node, |decoder, name, key, value| {
            let known = record.fields.iter().find(|field| field.name == name);
            match known {
                None => {
                    let names = record.fields.iter().map(|field| field.name);
                    let help = hints::unknown_field(record.name, name, names);
                    decoder.report(
                        Finding::error("unknown-field", format!("unknown field \"{name}\"")).at(key.span).help(help),
                    );
                }
                Some(field) if field.own && decoder.in_defaults => decoder.report(
                    Finding::error("not-a-default", "must be written in an entry, it cannot be a default").at(key.span),
                ),
                Some(_) => read(decoder, name, value),
            }
        })
    }

    /// Reads a mapping pair by pair, each key once and with its path.
    pub fn pairs(
        &mut self,
        node: &'n Node<'_>,
        mut read: impl FnMut(&mut Self, &'n str, &'n Node<'_>, &'n Node<'_>),
    ) -> Option<()> {
        let Some(map) = node.map() else {
            self.wrong_type(node, "a mapping");
            return None;
        };
        let mut seen = BTreeMap::new();
        for (key, value) in &map.entries {
            let Some(name) = self.key(key) else { continue };
            let first = seen.entry(name).or_insert(key.span);
            self.under(name, |decoder| {
                if *first == key.span {
                    read(decoder, name, key, value);
                } else {
                    decoder.report(
                        Finding::error("duplicate-key", format!("key \"{name}\" must not be written twice"))
                            .at(key.span)
                            .related(*first, "first written here"),
                    );
                }
            });
        }
        Some(())
    }

    fn key(&mut self, key: &'n Node<'_>) -> Option<&'n str> {
        let Value::Scalar(scalar) = &key.value else {
            self.wrong_type(key, "a string as key");
            return None;
        };
        if scalar.style == Style::Plain {
            self.text_as(key, "the key must be a string")?;
        }
        Some(&scalar.text)
    }

    /// Reads a text; an unquoted word that some reader takes for another type is a fault.
    pub fn text(&mut self, node: &'n Node<'_>) -> Option<&'n str> {
        self.text_as(node, "must be a string")
    }

    fn text_as(&mut self, node: &'n Node<'_>, must: &str) -> Option<&'n str> {
        let Value::Scalar(scalar) = &node.value else {
            self.wrong_type(node, "a string");
            return None;
        };
        let text: &'n str = &scalar.text;
        let is = match (scalar.style, resolve(text)) {
            (Style::Quoted | Style::Block, _) | (_, Resolved::Text) => return Some(text),
            (_, Resolved::Null) => "null",
            (_, Resolved::Bool(_)) => "a boolean",
            (_, Resolved::AmbiguousBool) => "a boolean to some YAML readers and a string to others",
            (_, Resolved::LeadingZero) => "an octal number to some YAML readers",
            (_, Resolved::Integer(_) | Resolved::Number) => "a number",
        };
        let message = format!("{must}; without quotes, {text} is {is}");
        self.report(Finding::error("wrong-type", message).at(node.span).help(format!("write \"{text}\"")));
        None
    }

    /// Reads a text with a placeholder, warning of forms that cannot be substituted.
    pub fn opaque(&mut self, text: &'n str, span: Span) {
        if let Some(fault) = substitution_fault(text) {
            let help = "write \"$$\" for \"$\" where no substitution is meant";
            self.report(Finding::warning("flux-substitution", fault).at(span).help(help));
        }
    }

    /// Reports a node of another type than wanted.
    pub fn wrong_type(&mut self, node: &'n Node<'_>, want: &str) {
        let is = match &node.value {
            Value::Map(_) => "a mapping",
            Value::Seq(_) => "a list",
            Value::Scalar(scalar) if scalar.style != Style::Plain => "a string",
            Value::Scalar(scalar) => match resolve(&scalar.text) {
                Resolved::Null => "null",
                Resolved::Bool(_) => "a boolean",
                Resolved::Integer(_) | Resolved::LeadingZero | Resolved::Number => "a number",
                Resolved::Text | Resolved::AmbiguousBool => "a string",
            },
        };
        self.report(Finding::error("wrong-type", format!("must be {want}, is {is}")).at(node.span));
    }

    /// Reads a value from a text of the node.
    pub fn parsed<T: FromText>(&mut self, node: &'n Node<'_>) -> Option<T> {
        let text = self.text(node)?;
        match T::from_text(text) {
            Ok(value) => Some(value),
            Err(Refusal { message, help }) => {
                let mut finding = Finding::error(T::RULE, message).at(node.span).value(text);
                finding.help = help;
                self.report(finding);
                None
            }
        }
    }
}

impl<T: FromText> Decode for Templated<T> {
    const SHAPE: &'static Shape = T::SHAPE;
    const CLEAR: Clear = Clear::Text;

    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        match node.text().filter(|text| has_placeholder(text)) {
            Some(_) => {
                let text = decoder.text(node)?;
                decoder.opaque(text, node.span);
                Some(Self::Opaque(text.into()))
            }
            None => decoder.parsed(node).map(Self::Known),
        }
    }
}

impl<T: Decode> Decode for List<T> {
    const SHAPE: &'static Shape = &Shape::List(T::SHAPE);
    const CLEAR: Clear = Clear::List;

    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        let Value::Seq(items) = &node.value else {
            decoder.wrong_type(node, "a list");
            return None;
        };
        let mut list = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            decoder.path.push(Step::Index(index));
            list.extend(T::decode(item, decoder).map(|value| Spanned { value, span: item.span }));
            decoder.path.pop();
        }
        Some(Self(list))
    }
}

impl Decode for TextMap {
    const SHAPE: &'static Shape = &Shape::Map { keys: None, values: &Shape::Text { pattern: None, name: "text" } };
    const CLEAR: Clear = Clear::Map;

    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        let mut map = Self::default();
        decoder.pairs(node, |decoder, name, key, value| {
            if value.is_null() {
                return;
            }
            if let Some(text) = decoder.text(value) {
                decoder.opaque(text, value.span);
                let key = Spanned { value: name.into(), span: key.span };
                map.0.push((key, Spanned { value: text.into(), span: value.span }));
            }
        })?;
        Some(map)
    }
}

impl<T: Decode> Decode for Entries<T> {
    const SHAPE: &'static Shape = &Shape::Map { keys: Some("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"), values: T::SHAPE };
    const CLEAR: Clear = Clear::Map;

    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        let mut entries = Self::default();
        decoder.pairs(node, |decoder, name, key, value| {
            let before = decoder.findings.errors();
            if has_placeholder(name) {
                let help = "write a plain id here and the placeholder in `hostname` or `name`";
                decoder
                    .report(Finding::error("invalid-key", "a key must not hold a placeholder").at(key.span).help(help));
            } else if let Err(why) = Label::parse(name) {
                decoder.report(Finding::error("invalid-key", why).at(key.span).value(name));
            }
            if value.is_null() {
                return;
            }
            if let Some(text) = value.text() {
                let takes_service = matches!(T::SHAPE, Shape::Record(record) if record.fields.iter().any(|field| field.name == "service"));
                let field = if takes_service { format!("service: \"{text}\"") } else { format!("name: \"my-{name}\"") };
                let help = format!("write {name}: {{{field}}}");
                decoder.report(Finding::error("wrong-type", "must be a mapping, is a string").at(value.span).help(help));
                return;
            }
            if let Some(decoded) = T::decode(value, decoder) {
                let sound = decoder.findings.errors() == before;
                let key = Spanned { value: name.into(), span: key.span };
                entries.0.push(Entry { key, value: decoded, span: value.span, sound });
            }
        })?;
        Some(entries)
    }
}
