//! Full names of tailnet devices.

use std::fmt;

/// A MagicDNS name, as the operator takes it for egress
/// (`operator.go` tailnetFQDN regexp: `^[a-zA-Z0-9-]+\.[a-zA-Z0-9-]+\.ts\.net\.?$`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TailnetFqdn(Box<str>);

impl TailnetFqdn {
    /// Parses a full MagicDNS name.
    ///
    /// # Errors
    ///
    /// Returns what the name must be.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bare = text.strip_suffix('.').unwrap_or(text);
        let labels: Vec<&str> = bare.split('.').collect();
        let label = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        match labels.as_slice() {
            [host, tailnet, "ts", "net"] if label(host) && label(tailnet) => Ok(Self(text.into())),
            [_] => Err("must be a full MagicDNS name such as \"db.example.ts.net\"".into()),
            [_, .., "ts", "net"] => {
                Err("must be \"<device>.<tailnet>.ts.net\": the operator takes no other depth or characters".into())
            }
            _ => Err("must end in \".ts.net\": the operator takes no other domain".into()),
        }
    }

    /// Checks a part of a name whose other parts are not known yet.
    ///
    /// # Errors
    ///
    /// Returns what the name must be.
    pub fn check_part(part: &str) -> Result<(), String> {
        match part.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-' && *c != '.') {
            Some(odd) => Err(format!("must hold only letters, digits, \"-\" and \".\", has {odd:?}")),
            None => Ok(()),
        }
    }
}

impl fmt::Display for TailnetFqdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fqdn_is_what_the_operators_pattern_takes() {
        for (text, ok) in [
            ("db.example.ts.net", true),
            ("db.example.ts.net.", true),
            ("db", false),
            ("db.ts.net", false),
            ("a.b.c.ts.net", false),
            ("db.example.com", false),
            ("d_b.example.ts.net", false),
        ] {
            assert_eq!(TailnetFqdn::parse(text).is_ok(), ok, "{text:?}");
        }
    }
}
