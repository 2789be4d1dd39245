//! Shapes: what a type looks like in YAML, as data.
//!
//! A declaration makes one of these; the JSON Schema and the field tables are drawn from it.

/// How a field of a type is cleared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clear {
    /// By `""`.
    Text,
    /// By `[]`.
    List,
    /// By `{}`.
    Map,
    /// By `false`.
    False,
    /// Not at all.
    Never,
}

/// One allowed word.
#[derive(Debug)]
pub struct Word {
    /// The word.
    pub word: &'static str,
    /// What it means.
    pub doc: &'static str,
}

/// One field of a record.
#[derive(Debug)]
pub struct Field {
    /// The name in YAML.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Whether only an entry may have it, and no default.
    pub own: bool,
    /// What it looks like.
    pub shape: &'static Shape,
}

/// A mapping with named fields.
#[derive(Debug)]
pub struct Record {
    /// The type's name.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Its fields, in order.
    pub fields: &'static [Field],
}

impl Record {
    /// Returns the names of its fields, in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        self.fields.iter().map(|field| field.name)
    }
}

/// What a value looks like.
#[derive(Debug)]
pub enum Shape {
    /// A mapping with named fields.
    Record(&'static Record),
    /// The same, as a default: without the fields that only an entry may have.
    Defaults(&'static Record),
    /// A mapping from free keys to one shape.
    Map {
        /// A pattern for the keys.
        keys: Option<&'static str>,
        /// The values.
        values: &'static Shape,
    },
    /// A list of one shape.
    List(&'static Shape),
    /// A text.
    Text {
        /// A pattern for values without a placeholder.
        pattern: Option<&'static str>,
        /// What it is called in tables.
        name: &'static str,
    },
    /// One of some words, or a placeholder.
    Words(&'static [Word]),
    /// `true`, `false` or a placeholder.
    Boolean,
    /// A whole number or a placeholder.
    Integer {
        /// The least.
        min: u32,
    },
    /// A whole number or a text, as Kubernetes' `x-kubernetes-int-or-string`.
    IntOrText {
        /// What it is called in tables.
        name: &'static str,
    },
}

/// The pattern for keys that are paths: what begins with a slash, or with a placeholder for it.
pub(super) const PATHS: &str = r"^(/|\$\{)";
