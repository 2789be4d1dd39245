//! Object names and port names, as the API server checks them.

use std::fmt;

use super::hostname::{check_label, check_part, is_allowed, odd};

/// The most bytes of an object's name (`apimachinery/pkg/util/validation` DNS1123SubdomainMaxLength).
const SUBDOMAIN_MAX: usize = 253;

/// The most bytes between two dots: the operator labels what it makes with the name.
const LABEL_MAX: usize = 63;

/// An object's name: lower-case DNS labels with dots between them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(Box<str>);

impl Name {
    /// Parses an object's name.
    ///
    /// # Errors
    ///
    /// Returns what the name must be.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > SUBDOMAIN_MAX {
            return Err(format!("must be no more than {SUBDOMAIN_MAX} characters long, has {}", text.len()));
        }
        if text.split('.').try_for_each(check_label).is_ok() {
            return Ok(Self(text.into()));
        }
        Self::check_part(text)?;
        Err(if text.is_empty() {
            "must not be empty".to_owned()
        } else if let Some(long) = text.split('.').map(str::len).find(|length| *length > LABEL_MAX) {
            let between = if text.contains('.') { " between dots" } else { "" };
            format!("must be no more than {LABEL_MAX} characters long{between}, has {long}")
        } else {
            let between = if text.contains('.') { ", between dots too" } else { "" };
            format!("must start and end with a letter or digit{between}")
        })
    }

    /// Checks a part of an object's name whose other parts are not known yet.
    ///
    /// # Errors
    ///
    /// Returns what the name must be.
    pub fn check_part(part: &str) -> Result<(), String> {
        let is_allowed = |c: char| c == '.' || is_allowed(c);
        if part.chars().all(is_allowed) { Ok(()) } else { Err(odd(part, "digits, \"-\" and \".\"", is_allowed)) }
    }

    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name that is one DNS label: of a Service, a namespace, a ProxyGroup, an entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label(Box<str>);

impl Label {
    /// Parses a DNS label.
    ///
    /// # Errors
    ///
    /// Returns what the label must be.
    pub fn parse(text: &str) -> Result<Self, String> {
        check_label(text).map(|()| Self(text.into()))
    }

    /// Checks a part of a label whose other parts are not known yet.
    ///
    /// # Errors
    ///
    /// Returns what the label must be.
    pub fn check_part(part: &str) -> Result<(), String> {
        check_part(part)
    }

    /// Returns the label as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks the key of a label or annotation
/// (`apimachinery/pkg/util/validation` IsQualifiedName).
///
/// # Errors
///
/// Returns what the key must be.
pub fn check_key(key: &str) -> Result<(), String> {
    let name = match key.split_once('/') {
        Some((prefix, name)) => {
            Name::parse(prefix).map_err(|why| format!("prefix {why}"))?;
            name
        }
        None => key,
    };
    if name.is_empty() {
        return Err("name must not be empty".into());
    }
    if name.len() > 63 {
        return Err(format!("name must be no more than 63 characters long, has {}", name.len()));
    }
    let ends =
        name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.ends_with(|c: char| c.is_ascii_alphanumeric());
    if !ends || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        return Err(
            "name must hold only letters, digits, \"-\", \"_\" and \".\", and start and end with a letter or digit"
                .into(),
        );
    }
    Ok(())
}

/// Checks the value of a label (`apimachinery/pkg/util/validation` IsValidLabelValue).
///
/// # Errors
///
/// Returns what the value must be.
pub fn check_label_value(value: &str) -> Result<(), String> {
    if value.is_empty() {
        return Ok(());
    }
    if value.contains('/') {
        return Err("must not hold \"/\"".into());
    }
    check_key(value).map_err(|why| why.replacen("name ", "", 1))
}

/// Checks a part of a label's value whose other parts are not known yet.
///
/// # Errors
///
/// Returns what the value must be.
pub fn check_label_value_part(part: &str) -> Result<(), String> {
    if part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        Ok(())
    } else {
        Err("must hold only letters, digits, \"-\", \"_\" and \".\"".into())
    }
}

/// A port's name (`apimachinery/pkg/util/validation` IsValidPortName).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PortName(Box<str>);

impl PortName {
    /// Parses a port's name.
    ///
    /// # Errors
    ///
    /// Returns what the name must be.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > 15 {
            return Err(format!("must be no more than 15 characters long, has {}", text.len()));
        }
        check_label(text)?;
        if !text.chars().any(|c| c.is_ascii_lowercase()) {
            return Err("must hold a letter".into());
        }
        if text.contains("--") {
            return Err("must not hold two dashes in a row".into());
        }
        Ok(Self(text.into()))
    }

    /// Checks a part of a port's name whose other parts are not known yet.
    ///
    /// # Errors
    ///
    /// Returns what the name must be.
    pub fn check_part(part: &str) -> Result<(), String> {
        check_part(part)
    }

    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PortName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_it_must_be() {
        let long = format!("a.{}", "b".repeat(64));
        for (text, want) in [
            ("", "must not be empty"),
            ("-a", "must start and end with a letter or digit"),
            ("a..b", "must start and end with a letter or digit, between dots too"),
            (long.as_str(), "must be no more than 63 characters long between dots, has 64"),
            ("Example.ts.net", "must be lower-case"),
            ("My_web.a", "must hold only lower-case letters, digits, \"-\" and \".\", has 'M', '_'"),
        ] {
            assert_eq!(Name::parse(text).unwrap_err(), want, "{text:?}");
        }
        let long = "a".repeat(64);
        assert_eq!(check_label_value(&long).unwrap_err(), "must be no more than 63 characters long, has 64");
    }

    #[test]
    fn names_are_checked_as_the_api_server_checks_them() {
        assert!(Name::parse("a.b").is_ok() && Name::parse("A").is_err() && Name::parse("a..b").is_err());
        assert!(Label::parse("a-b").is_ok() && Label::parse("a.b").is_err());
        assert!(check_key("a.b/c_D").is_ok() && check_key("A/b").is_err() && check_key("a/-b").is_err());
        assert!(
            check_label_value("").is_ok() && check_label_value("a b").is_err() && check_label_value("a/b").is_err()
        );
        for (text, ok) in [("http", true), ("a1", true), ("1", false), ("a--b", false), ("sixteen-letters-", false)] {
            assert_eq!(PortName::parse(text).is_ok(), ok, "{text:?}");
        }
    }
}
