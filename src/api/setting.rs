//! Settings: values with their place, and the difference between absent, cleared and set.
//!
//! Maps are kept as lists of pairs in the order written; the decoder has already refused duplicates.

use std::collections::BTreeSet;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::decode::{Decode, Decoder, Reach};
use super::shape::{Clear, Shape};
use super::switch::Switch;
use super::text::{FromText, TextKind};
use super::{Templated, has_placeholder, hints};
use crate::krm::Finding;
use crate::rule::rules;
use crate::tailscale::Label;
use crate::yaml::{Node, Span, Value};

/// A value and the bytes it was written as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it is written.
    pub span: Span,
}

/// A field: absent, cleared (`""`, `[]`, `{}`, `false`), or set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Setting<T> {
    /// Not written, or written as `null`: a default may apply.
    #[default]
    Absent,
    /// Written as empty: no default applies.
    Cleared(Span),
    /// Written. In a box, because most fields of most entries are not.
    Set(Box<Spanned<T>>),
}

impl<T> Setting<T> {
    /// Returns the value and its place, if one is written.
    #[must_use]
    pub fn get(&self) -> Option<&Spanned<T>> {
        match self {
            Self::Set(value) => Some(value),
            _ => None,
        }
    }

    /// Returns whether the field is not written.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<T: Serialize + Decode> Serialize for Setting<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Set(value) => value.value.serialize(serializer),
            Self::Absent => serializer.serialize_none(),
            Self::Cleared(_) => match T::CLEAR {
                Clear::Text => serializer.serialize_str(""),
                Clear::List => <[(); 0]>::serialize(&[], serializer),
                Clear::Map => serializer.serialize_map(Some(0))?.end(),
                Clear::False => serializer.serialize_bool(false),
                Clear::Never => serializer.serialize_none(),
            },
        }
    }
}

impl<T: Serialize> Serialize for Templated<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(value) => value.serialize(serializer),
            Self::Opaque(text) => crate::yaml::Text(text).serialize(serializer),
        }
    }
}

/// A list; lists of different layers replace one another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct List<T>(pub Vec<Spanned<T>>);

impl<T: Serialize> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|item| &item.value))
    }
}

/// A text and the bytes it was written as.
pub type SpannedText = Spanned<Box<str>>;

/// Texts by key: labels, annotations, a selector.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextMap(pub Vec<(SpannedText, SpannedText)>);

impl Serialize for TextMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (&key.value, crate::yaml::Text(&value.value))))
    }
}

impl<'n> Decoder<'n> {
    /// Reads a field: absent, cleared or set.
    pub fn setting<T: Decode>(&mut self, node: &'n Node<'_>) -> Setting<T> {
        if node.is_null() {
            return Setting::Absent;
        }
        if clears(node, T::CLEAR) {
            return Setting::Cleared(node.span);
        }
        match T::decode(node, self) {
            Some(value) => Setting::Set(Box::new(Spanned { value, span: node.span })),
            None => Setting::Absent,
        }
    }
}

/// Returns whether a value clears a field.
fn clears(node: &Node<'_>, by: Clear) -> bool {
    match (&node.value, by) {
        (_, Clear::False) => Switch::of(node) == Some(Switch::Off),
        (Value::Scalar(scalar), Clear::Text) => scalar.text.is_empty() && !scalar.tagged,
        (Value::Seq(items), Clear::List) => items.is_empty(),
        (Value::Map(map), Clear::Map) => map.entries.is_empty(),
        _ => false,
    }
}

/// One entry of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<T> {
    /// Its id.
    pub key: Spanned<Box<str>>,
    /// What it says.
    pub value: T,
    /// The bytes of what it says.
    pub span: Span,
    /// Whether it was decoded without a fault; only then may it be expanded.
    pub sound: bool,
}

/// The entries of a section, in the order written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entries<T>(pub Vec<Entry<T>>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Serialize> Serialize for Entries<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|entry| (&entry.key.value, &entry.value)))
    }
}

impl<T: FromText> Decode for Templated<T> {
    const SHAPE: &'static Shape = T::SHAPE;
    const CLEAR: Clear = Clear::Text;

    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        match node.text().filter(|text| has_placeholder(text)) {
            Some(_) => decoder.templated(node, &const { TextKind::of::<T>() }).map(|text| Self::Opaque(text.into())),
            None => decoder.parsed(node).map(Self::Known),
        }
    }
}

impl<T: Decode> Decode for List<T> {
    const SHAPE: &'static Shape = &Shape::List(T::SHAPE);
    const CLEAR: Clear = Clear::List;

    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        let Value::Seq(items) = &node.value else {
            decoder.wrong_type(node, Self::SHAPE);
            return None;
        };
        let mut list = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let value = decoder.item(index, |decoder| T::decode(item, decoder));
            list.extend(value.map(|value| Spanned { value, span: item.span }));
        }
        Some(Self(list))
    }
}

impl Decode for TextMap {
    const SHAPE: &'static Shape = &Shape::Map { keys: None, values: &Shape::Text { pattern: None, name: "text" } };
    const CLEAR: Clear = Clear::Map;

    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        let mut map = Self::default();
        decoder.pairs(node, Self::SHAPE, &mut |decoder, name, key, value| {
            if value.is_null() {
                return;
            }
            decoder.opaque(name, key.span);
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
        if node.map().is_none() {
            decoder.wrong_type(node, Self::SHAPE);
            return None;
        }
        if !decoder.is_in_stub() {
            return Self::each(node, decoder, false);
        }
        for (key, _) in node.map().map_or(&[][..], |map| &map.entries) {
            if let Some(name) = key.text().filter(|name| hints::is_lost_default(name)) {
                let why = "must not be an entry's key: it may be meant to be `defaults` of `spec`";
                let help = format!(
                    "write defaults as `defaults` under `spec`; or give the entry another key and write hostname: {}",
                    name.to_ascii_lowercase()
                );
                let finding = Finding::of(rules::INVALID_KEY, why).at(key.span).value(name).help(help);
                decoder.under(name, |decoder| decoder.report(finding));
            }
        }
        decoder.reaching(Reach::Entry, |decoder| Self::each(node, decoder, true))
    }
}

impl<T: Decode> Entries<T> {
    fn each<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>, in_stub: bool) -> Option<Self> {
        let mut entries = Self::default();
        let contested = decoder.pairs(node, Self::SHAPE, &mut |decoder, name, key, value| {
            let before = decoder.faults();
            if has_placeholder(name) {
                let help = "write a plain id here and the placeholder in `hostname` or `name`";
                decoder.report(
                    Finding::of(rules::INVALID_KEY, "a key must not hold a placeholder").at(key.span).help(help),
                );
            } else if in_stub && hints::is_lost_default(name) {
                // The stub is stopped, and that is told.
            } else if let Err(refusal) = Label::from_text(name) {
                decoder.refuse(rules::INVALID_KEY, refusal, key, name);
            }
            if value.is_null() {
                return;
            }
            if let Some(decoded) = T::decode(value, decoder) {
                let sound = decoder.faults() == before;
                let key = Spanned { value: name.into(), span: key.span };
                entries.0.push(Entry { key, value: decoded, span: value.span, sound });
            }
        })?;
        // Which of two is meant, nobody knows.
        if !contested.is_empty() {
            let mut names = BTreeSet::new();
            names.extend(contested);
            entries
                .0
                .iter_mut()
                .filter(|entry| names.contains(&*entry.key.value))
                .for_each(|entry| entry.sound = false);
        }
        Some(entries)
    }
}
