//! What it takes to read a value from a text: the type's own rule, and why a text is refused.
//!
//! Where the text stands, and what becomes of a refusal, is the decoder's business.

use super::hints;
use super::placeholder::{Literal, Literals};
use super::shape::{Shape, Word};
use crate::rule::Rule;
use crate::yaml::{Node, Value};

/// A type that is read from a text.
pub trait FromText: Sized {
    /// The rule that a fault breaks.
    const RULE: &'static Rule;
    /// What it looks like.
    const SHAPE: &'static Shape;

    /// Parses it.
    ///
    /// # Errors
    ///
    /// Returns what is wrong and what to do.
    fn from_text(text: &str) -> Result<Self, Refusal>;

    /// Checks a part of a text whose other parts are not known yet.
    ///
    /// # Errors
    ///
    /// Returns what the whole must be.
    fn check_part(part: &str) -> Result<(), String>;

    /// Checks the literal parts of a text with placeholders.
    ///
    /// # Errors
    ///
    /// Returns the first part at fault, and what the whole must be.
    fn check_parts<'t>(literals: &Literals<'t>) -> Result<(), (Literal<'t>, String)> {
        literals.check(&Self::check_part)
    }

    /// Returns the value that a text comes nearest to.
    fn suggest(_: &str) -> Option<String> {
        None
    }

    /// Says what to do about a node that is no text.
    fn instead(node: &Node<'_>) -> Option<String> {
        let text = scalar(node)?;
        Self::from_text(text).map_or_else(|refusal| refusal.help, |_| Some(format!("write \"{text}\"")))
    }
}

/// What is the same for all types that are read from a text, so that it is compiled once and not for each.
pub(super) struct TextKind {
    /// The rule that a fault breaks.
    pub(super) rule: &'static Rule,
    /// Checks the literal parts of a text with placeholders.
    pub(super) check_parts: for<'t> fn(&Literals<'t>) -> Result<(), (Literal<'t>, String)>,
    /// Returns the value that a text comes nearest to.
    pub(super) suggest: fn(&str) -> Option<String>,
    /// Says what to do about a node that is no text.
    pub(super) instead: fn(&Node<'_>) -> Option<String>,
}

impl TextKind {
    /// Describes a type.
    pub(super) const fn of<T: FromText>() -> Self {
        Self { rule: T::RULE, check_parts: T::check_parts, suggest: T::suggest, instead: T::instead }
    }
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
    /// Adds a value to write instead, if there is one.
    #[must_use]
    pub fn suggest(self, value: Option<impl std::fmt::Display>) -> Self {
        Self { help: value.map(|value| format!("write \"{value}\"")).or(self.help), ..self }
    }

    /// Makes the refusal of a word, naming the nearest known one.
    #[must_use]
    pub fn word(text: &str, words: &[Word]) -> Self {
        let known: Vec<&str> = words.iter().map(|word| word.word).collect();
        let quoted: Vec<String> = known.iter().map(|word| format!("\"{word}\"")).collect();
        Self { message: format!("must be one of {}", quoted.join(", ")), help: hints::word(text, &known) }
    }
}

/// Returns the text that a node holds: its own, or that of a list's only item.
pub(super) fn scalar<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    match &node.value {
        Value::Scalar(_) => node.text(),
        Value::Seq(items) => match items.as_slice() {
            [item] => item.text(),
            _ => None,
        },
        Value::Map(_) => None,
    }
}

/// Returns the key and value of a mapping that has just one pair, both of them texts.
pub(super) fn pair<'n>(node: &'n Node<'_>) -> Option<(&'n str, &'n str)> {
    match &*node.map()?.entries {
        [(key, value)] => Some((key.text()?, value.text()?)),
        _ => None,
    }
}
