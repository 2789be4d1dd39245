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

/// Returns whether a MagicDNS name is that of an IPv4 address behind a site, `<a-b-c-d>-via-<site>.…`
/// (`net/dns/resolver/tsdns.go` resolveViaDomain).
#[must_use]
pub fn is_via(name: &str) -> bool {
    let host = name.split_once('.').map_or(name, |(host, _)| host).to_ascii_lowercase();
    let Some((address, site)) = host.split_once("-via-") else { return false };
    let site = site.strip_prefix("0x").map_or_else(|| site.parse(), |digits| u32::from_str_radix(digits, 16));
    address.replace('-', ".").parse::<std::net::Ipv4Addr>().is_ok() && site.is_ok()
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

    #[test]
    fn a_name_of_an_address_behind_a_site_is_known() {
        for (name, want) in [
            ("10-1-1-16-via-7.example.ts.net", true),
            ("10-1-1-16-VIA-7", true),
            ("10-1-1-16-via-0x1f", true),
            ("10-1-1-16-via-.example.ts.net", false),
            ("10-1-1-via-7.example.ts.net", false),
            ("10-1-1-300-via-7.example.ts.net", false),
            ("via-7.example.ts.net", false),
            ("db.10-1-1-16-via-7.ts.net", false),
        ] {
            assert_eq!(is_via(name), want, "{name}");
        }
    }
}
