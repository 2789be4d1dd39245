//! Rules: what a finding can say is wrong, each declared once.
//!
//! A rule is a value, so a finding cannot name one that does not exist, and one that nothing reports does
//! not compile without a warning. Nothing is judged here: that is done where objects are read, decoded and
//! expanded.

#[macro_use]
mod declare;
pub(crate) mod rules;
#[cfg(feature = "docs")]
mod table;

use std::fmt;

use serde::{Serialize, Serializer};

use crate::tailscale::Version;

pub use rules::RULES;
#[cfg(feature = "docs")]
pub use table::{table, versions};

/// How bad a finding is: the words of the wire, and so all there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The operator or the cluster refuses it, or traffic cannot work.
    Error,
    /// Something written is ignored, or another reading is likely.
    Warning,
    /// It works, and there is something to know.
    Info,
}

impl Severity {
    /// Returns the word of the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

impl Serialize for Severity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A rule.
///
/// What judges an object is no part of it: a check stands where objects of its kind are judged, and names
/// the rule.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rule {
    /// Its id: the kebab-case name of the fault.
    pub id: &'static str,
    /// What it is about.
    pub about: Text,
    /// How bad it is where no profile says otherwise.
    pub level: Severity,
    /// Whether a profile may change its level. One that is not adjustable finds what cannot be expanded.
    pub adjustable: bool,
    /// The first version of the operator that it is about; none for every version.
    pub since: Option<Version>,
    /// The kinds of objects that it is about; none where it is about files, or about objects of any kind.
    pub kinds: &'static [&'static str],
    /// What it rests on, in the operator's source or a specification; empty where it is a rule of ours.
    pub source: Text,
    /// Where it is told at another level; private, so that rules are made in this room alone.
    exception: Text,
}

impl Rule {
    const fn new(id: &'static str, level: Severity, about: &'static str) -> Self {
        let [about, source, exception] = [Text::of(about), Text::of(""), Text::of("")];
        Self { id, about, level, adjustable: false, since: None, kinds: &[], source, exception }
    }

    /// Declares what is an error.
    const fn error(id: &'static str, about: &'static str) -> Self {
        Self::new(id, Severity::Error, about)
    }

    /// Declares what is a warning.
    const fn warning(id: &'static str, about: &'static str) -> Self {
        Self::new(id, Severity::Warning, about)
    }

    /// Declares what is a piece of information.
    const fn info(id: &'static str, about: &'static str) -> Self {
        Self::new(id, Severity::Info, about)
    }

    /// Lets a profile change the level.
    const fn adjustable(mut self) -> Self {
        self.adjustable = true;
        self
    }

    /// Says which version of the operator was the first that it is about.
    const fn since(mut self, version: Version) -> Self {
        self.since = Some(version);
        self
    }

    /// Says which objects it is about.
    const fn of(mut self, kinds: &'static [&'static str]) -> Self {
        self.kinds = kinds;
        self
    }

    /// Says what it rests on.
    const fn source(mut self, source: &'static str) -> Self {
        self.source = Text::of(source);
        self
    }

    /// Says where it is told at another level.
    const fn except(mut self, exception: &'static str) -> Self {
        self.exception = Text::of(exception);
        self
    }
}

/// A text about a rule. Where no table of rules is compiled it takes no room, so that a module does not carry
/// what it cannot show.
#[derive(Debug, Clone, Copy)]
pub struct Text(#[cfg(feature = "docs")] &'static str);

impl Text {
    const fn of(text: &'static str) -> Self {
        let _ = text;
        Self(
            #[cfg(feature = "docs")]
            text,
        )
    }

    /// Returns the text.
    #[cfg(feature = "docs")]
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// Each id is there once.
impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::rules::NAMES;
    use super::*;

    #[test]
    fn a_rule_is_called_as_its_constant_is() {
        assert_eq!(NAMES.len(), RULES.len());
        for ((name, rule), listed) in NAMES.iter().zip(RULES) {
            assert_eq!(name.to_ascii_lowercase().replace('_', "-"), rule.id);
            assert!(std::ptr::eq(*rule, listed), "{name} must be what is listed");
        }
    }

    #[test]
    fn rules_are_sorted_and_say_what_they_are_about() {
        assert!(RULES.is_sorted_by(|a, b| a.id < b.id));
        for rule in RULES {
            assert!(rule.id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{rule} must be in kebab-case");
            #[cfg(feature = "docs")]
            {
                let texts = [rule.about, rule.source, rule.exception].map(Text::as_str);
                assert!(texts.iter().all(|text| !text.ends_with('.')), "{rule}: {texts:?}");
                assert!(!rule.about.as_str().is_empty(), "{rule} must say what it is about");
            }
        }
    }
}
