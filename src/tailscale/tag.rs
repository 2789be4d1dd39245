//! Tailnet tags.

use std::fmt;

/// A tag: `tag:` and a letter, then letters, digits and dashes
/// (`tailcfg/tailcfg.go` CheckTag; the CRDs' pattern says the same).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag(Box<str>);

impl Tag {
    /// Parses a tag.
    ///
    /// # Errors
    ///
    /// Returns what the tag must be.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some(name) = text.strip_prefix("tag:") else {
            return Err(if text.trim_ascii().is_empty() {
                "must not be empty".into()
            } else if text.trim_ascii() != text && text.trim_ascii().starts_with("tag:") {
                "must not have blanks around it: the operator sends them along".into()
            } else {
                "must start with \"tag:\"".into()
            });
        };
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err("must have a letter after \"tag:\"".into());
        }
        if text.contains(" - ") {
            return Err("must be one tag: two list items have become one line".into());
        }
        if name.contains(',') {
            return Err("must be one tag: write each as an item of its own".into());
        }
        if let Some(odd) = name.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-') {
            return Err(format!("must hold only letters, digits and \"-\" after \"tag:\", has {odd:?}"));
        }
        Ok(Self(text.into()))
    }

    /// Checks a part of a tag whose other parts are not known yet.
    ///
    /// # Errors
    ///
    /// Returns what the tag must be.
    pub fn check_part(part: &str) -> Result<(), String> {
        if part.contains(',') {
            return Err("must be one tag: write each as an item of its own".into());
        }
        match part.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-' && *c != ':') {
            Some(odd) => Err(format!("must hold only letters, digits and \"-\" after \"tag:\", has {odd:?}")),
            None => Ok(()),
        }
    }

    /// Returns the tag as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_checked_as_the_control_plane_checks_it() {
        for (text, want) in [
            ("tag:k8s", ""),
            ("tag:K8s-1-", ""),
            ("k8s", "must start with \"tag:\""),
            ("", "must not be empty"),
            (" tag:k8s", "must not have blanks around it: the operator sends them along"),
            ("tag:", "must have a letter after \"tag:\""),
            ("tag:1", "must have a letter after \"tag:\""),
            ("tag:a_b", "must hold only letters, digits and \"-\" after \"tag:\", has '_'"),
            ("tag:a,tag:b", "must be one tag: write each as an item of its own"),
            ("tag:a  - tag:b", "must be one tag: two list items have become one line"),
        ] {
            assert_eq!(Tag::parse(text).err().unwrap_or_default(), want, "{text:?}");
        }
    }
}
