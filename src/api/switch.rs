//! Switches: what is on, off, or not yet known.
//!
//! One function decides what a node says, for a field that is read and for one that is cleared. Only
//! YAML 1.2's own words count: whatever else some reader calls a boolean is refused, so that nothing
//! is on here that is off to somebody else.

use serde::{Serialize, Serializer};

use super::decode::{Decode, Decoder};
use super::placeholder::Literals;
use super::shape::{Clear, Shape};
use crate::yaml::{Node, Resolved};

/// A switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Switch {
    /// It is on.
    On,
    /// It is off.
    Off,
    /// A text with a placeholder.
    Opaque(Box<str>),
}

impl Switch {
    /// Returns what a node says, if it is a switch at all.
    #[must_use]
    pub fn of(node: &Node<'_>) -> Option<Self> {
        let scalar = node.scalar().filter(|scalar| !scalar.tagged)?;
        if Literals::of(&scalar.text).is_substituted {
            return Some(Self::Opaque(scalar.text.as_ref().into()));
        }
        match scalar.resolved()? {
            Resolved::Bool(true) => Some(Self::On),
            Resolved::Bool(false) => Some(Self::Off),
            Resolved::Null
            | Resolved::AmbiguousBool
            | Resolved::Integer(_)
            | Resolved::LeadingZero
            | Resolved::Number
            | Resolved::Text => None,
        }
    }
}

impl Serialize for Switch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::On => serializer.serialize_bool(true),
            Self::Off => serializer.serialize_bool(false),
            Self::Opaque(text) => crate::yaml::Text(text).serialize(serializer),
        }
    }
}

impl Decode for Switch {
    const SHAPE: &'static Shape = &Shape::Boolean;
    const CLEAR: Clear = Clear::False;

    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        let switch = Self::of(node);
        match &switch {
            Some(Self::On | Self::Off) => {}
            Some(Self::Opaque(_)) => decoder.opaque(node.text().unwrap_or_default(), node.span),
            None => decoder.wrong_type(node, Self::SHAPE),
        }
        switch
    }
}

/// A switch whose `false` says something, so that it does not clear a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Flag(pub Switch);

impl Decode for Flag {
    const SHAPE: &'static Shape = &Shape::Boolean;
    const CLEAR: Clear = Clear::Never;

    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        Switch::decode(node, decoder).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Setting;
    use crate::krm::ResourceRef;
    use crate::yaml::{Sources, documents};

    #[test]
    fn what_clears_and_what_is_read_are_one_decision() {
        let opaque = |text: &str| Some(Switch::Opaque(text.into()));
        for (text, want) in [
            ("true", Some(Switch::On)),
            ("True", Some(Switch::On)),
            ("TRUE", Some(Switch::On)),
            ("false", Some(Switch::Off)),
            ("False", Some(Switch::Off)),
            ("FALSE", Some(Switch::Off)),
            ("&a False", Some(Switch::Off)),
            ("${X}", opaque("${X}")),
            ("\"${X:=false}\"", opaque("${X:=false}")),
            ("\"$${X}\"", None),
            ("\"false\"", None),
            ("\"true\"", None),
            ("|\n  true", None),
            ("no", None),
            ("off", None),
            ("y", None),
            ("tRue", None),
            ("0", None),
            ("1", None),
            ("0x0", None),
            ("00", None),
            ("0.0", None),
            ("!!bool \"false\"", None),
            ("!!bool true", None),
            ("!!str false", None),
            ("!!null true", None),
            ("!!str null", None),
            ("! true", None),
            ("!on \"${X}\"", None),
            ("{}", None),
            ("[]", None),
            ("\"\"", None),
        ] {
            let mut sources = Sources::default();
            let id = sources.add("t.yaml", format!("a: {text}\n"));
            let parsed = documents(id, sources.get(id).unwrap());
            let node = parsed[0].root.as_ref().unwrap().as_ref().unwrap().get("a").unwrap();
            assert_eq!(Switch::of(node), want, "{text}");
            let mut decoder = Decoder::new(ResourceRef::default());
            let read: Setting<Switch> = decoder.setting(node);
            match &want {
                Some(Switch::Off) => assert!(matches!(read, Setting::Cleared(_)), "{text}"),
                _ => assert_eq!(read.get().map(|read| &read.value), want.as_ref(), "{text}"),
            }
            assert_eq!(decoder.findings.errors(), usize::from(want.is_none()), "{text}");
            let flag: Setting<Flag> = Decoder::new(ResourceRef::default()).setting(node);
            assert_eq!(flag.get().map(|flag| &flag.value.0), want.as_ref(), "{text}");
        }
    }
}
