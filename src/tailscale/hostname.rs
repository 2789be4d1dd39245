//! Tailnet host names.

use std::fmt;

/// The most bytes of a DNS label (RFC 1123).
const MAX: usize = 63;

/// A tailnet name: a lower-case DNS label, always.
///
/// The operator takes upper case too (`util/dnsname` ValidLabel), but MagicDNS names are lower-case,
/// so a name in upper case is never the name the device gets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hostname(Box<str>);

impl Hostname {
    /// Parses a tailnet name.
    ///
    /// # Errors
    ///
    /// Returns what the name must be.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.contains('.') {
            return Err("must be one DNS label, without dots: the tailnet adds its domain".into());
        }
        check_label(text).map(|()| Self(text.into()))
    }

    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Hostname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks a lower-case DNS label.
pub(super) fn check_label(text: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.is_empty() {
        return Err("must not be empty".into());
    }
    if text.len() > MAX {
        return Err(format!("must be no more than {MAX} characters long, has {}", text.len()));
    }
    if text.chars().any(|c| c.is_ascii_uppercase()) && text.chars().all(|c| allowed(c.to_ascii_lowercase())) {
        return Err(format!("must be lower-case: write \"{}\"", text.to_ascii_lowercase()));
    }
    if let Some(odd) = text.chars().find(|c| !allowed(*c)) {
        return Err(format!("must hold only lower-case letters, digits and \"-\", has {odd:?}"));
    }
    if text.starts_with('-') || text.ends_with('-') {
        return Err("must start and end with a letter or digit".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostname_is_a_lower_case_dns_label() {
        let long = "a".repeat(64);
        for (text, want) in [
            ("home", ""),
            ("a-1", ""),
            ("", "must not be empty"),
            (long.as_str(), "must be no more than 63 characters long, has 64"),
            ("home.ts.net", "must be one DNS label, without dots: the tailnet adds its domain"),
            ("Home", "must be lower-case: write \"home\""),
            ("ho_me", "must hold only lower-case letters, digits and \"-\", has '_'"),
            ("-home", "must start and end with a letter or digit"),
            ("home-", "must start and end with a letter or digit"),
        ] {
            assert_eq!(Hostname::parse(text).err().unwrap_or_default(), want, "{text:?}");
        }
    }
}
