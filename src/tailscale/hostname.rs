//! Tailnet host names.

use std::fmt;

/// The most bytes of a DNS label (RFC 1123).
const MAX: usize = 63;

/// The operator takes what stands before the first dot, and nothing of the rest (`ingress.go`
/// hostnameForIngress).
const DOT: &str = "must be one DNS label, without dots: the tailnet adds its domain";

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
            return Err(DOT.into());
        }
        check_label(text).map(|()| Self(text.into()))
    }

    /// Checks a part of a tailnet name whose other parts are not known yet.
    ///
    /// # Errors
    ///
    /// Returns what the name must be.
    pub fn check_part(part: &str) -> Result<(), String> {
        if part.contains('.') { Err(DOT.into()) } else { check_part(part) }
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
    if text.is_empty() {
        return Err("must not be empty".into());
    }
    if text.len() > MAX {
        return Err(format!("must be no more than {MAX} characters long, has {}", text.len()));
    }
    check_part(text)?;
    if text.starts_with('-') || text.ends_with('-') {
        return Err("must start and end with a letter or digit".into());
    }
    Ok(())
}

/// Checks a part of a lower-case DNS label.
pub(super) fn check_part(part: &str) -> Result<(), String> {
    if part.chars().all(is_allowed) { Ok(()) } else { Err(odd(part, "digits and \"-\"", is_allowed)) }
}

/// Returns whether a DNS label may hold a character.
pub(super) fn is_allowed(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

/// Says which characters a name must not hold; `others` names those beside letters that it may hold.
pub(super) fn odd(text: &str, others: &str, is_allowed: impl Fn(char) -> bool) -> String {
    if text.chars().all(|c| is_allowed(c.to_ascii_lowercase())) {
        return "must be lower-case".into();
    }
    let mut odd: Vec<char> = Vec::new();
    for c in text.chars().filter(|c| !is_allowed(*c)) {
        if !odd.contains(&c) {
            odd.push(c);
        }
    }
    let odd: Vec<String> = odd.iter().map(|c| format!("{c:?}")).collect();
    format!("must hold only lower-case letters, {others}, has {}", odd.join(", "))
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
            ("Home", "must be lower-case"),
            ("ho_me", "must hold only lower-case letters, digits and \"-\", has '_'"),
            ("Ho_m_E", "must hold only lower-case letters, digits and \"-\", has 'H', '_', 'E'"),
            ("-home", "must start and end with a letter or digit"),
            ("home-", "must start and end with a letter or digit"),
        ] {
            assert_eq!(Hostname::parse(text).err().unwrap_or_default(), want, "{text:?}");
        }
    }
}
