//! Settings: values with their place, and the difference between absent, cleared and set.
//!
//! Maps are kept as lists of pairs in the order written; the decoder has already refused duplicates.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::shape::Clear;
use super::{Decode, Templated};
use crate::yaml::Span;

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
