//! Selectors of the tailnet policy: who may reach something.
//!
//! They name users, groups, tags, addresses and hosts as the source of a grant
//! (tailscale.com/docs/reference/targets-and-selectors). Whether the policy knows them is the policy's business.

use std::fmt;
use std::net::IpAddr;

use super::Tag;

/// Who may reach something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Selector {
    /// Everybody whom the policy knows: `*`.
    Anybody,
    /// `autogroup:member` and the like.
    Autogroup(Box<str>),
    /// `group:eng`.
    Group(Box<str>),
    /// `tag:ci`.
    Tag(Tag),
    /// `ipset:prod`.
    IpSet(Box<str>),
    /// A user's login name: `alice@example.com`.
    User(Box<str>),
    /// An address or a range of them.
    Address(Box<str>),
    /// The name of an entry in `hosts`.
    Host(Box<str>),
}

/// The sets that the control plane knows as a source of traffic.
const AUTOGROUPS: [&str; 10] = [
    "admin",
    "auditor",
    "billing-admin",
    "danger-all",
    "it-admin",
    "member",
    "network-admin",
    "owner",
    "shared",
    "tagged",
];

impl Selector {
    /// Parses a selector.
    ///
    /// # Errors
    ///
    /// Returns what the selector must be.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::check_part(text)?;
        if text == "*" {
            return Ok(Self::Anybody);
        }
        let Some((kind, name)) = text.split_once(':').filter(|(kind, _)| is_word(kind)) else {
            return Self::plain(text);
        };
        match kind {
            "autogroup" if AUTOGROUPS.contains(&name) => Ok(Self::Autogroup(name.into())),
            "autogroup" if matches!(name, "internet" | "self") => {
                Err(format!("must be who reaches it: \"autogroup:{name}\" is what can be reached"))
            }
            "autogroup" => Err(format!(
                "must be a set that the policy knows: {}",
                AUTOGROUPS.map(|name| format!("\"autogroup:{name}\"")).join(", ")
            )),
            "group" if is_name(name) => Ok(Self::Group(name.into())),
            "ipset" if is_name(name) => Ok(Self::IpSet(name.into())),
            "group" | "ipset" => {
                Err(format!("must have a name of letters, digits, \"-\", \"_\" and \".\" behind \"{kind}:\""))
            }
            "tag" => Tag::parse(text).map(Self::Tag),
            "svc" => Err("must be who reaches it: \"svc:\" is what can be reached".to_owned()),
            _ => Self::plain(text),
        }
    }

    /// Parses a selector without a prefix.
    fn plain(text: &str) -> Result<Self, String> {
        let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
        if let Ok(address) = address.parse::<IpAddr>() {
            let most = if address.is_ipv4() { 32 } else { 128 };
            let fits = length.is_none_or(|length| length.parse::<u32>().is_ok_and(|length| length <= most));
            return if fits {
                Ok(Self::Address(text.into()))
            } else {
                Err(format!("must have a prefix length of no more than {most}"))
            };
        }
        match text.split_once('@') {
            Some((user, domain)) if is_name(user) && is_name(domain) => Ok(Self::User(text.into())),
            None if is_name(text) => Ok(Self::Host(text.into())),
            _ => Err("must be a selector of the tailnet policy: \"group:eng\", \"tag:ci\", \"alice@example.com\", \
                      \"autogroup:member\", an address, or a host's name"
                .to_owned()),
        }
    }

    /// Checks a part of a selector whose other parts are not known yet.
    ///
    /// # Errors
    ///
    /// Returns what the selector must be.
    pub fn check_part(part: &str) -> Result<(), String> {
        match part.chars().find(|c| !(c.is_ascii_alphanumeric() || "-_.:/@*+%".contains(*c))) {
            Some(odd) => Err(format!("must hold only letters, digits and \"-_.:/@*+%\", has {odd:?}")),
            None => Ok(()),
        }
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+%".contains(&byte))
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anybody => f.write_str("*"),
            Self::Autogroup(name) => write!(f, "autogroup:{name}"),
            Self::Group(name) => write!(f, "group:{name}"),
            Self::IpSet(name) => write!(f, "ipset:{name}"),
            Self::Tag(tag) => tag.fmt(f),
            Self::User(text) | Self::Address(text) | Self::Host(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_is_what_a_grant_may_have_as_its_source() {
        for text in [
            "*",
            "autogroup:member",
            "group:eng",
            "tag:ci",
            "ipset:prod",
            "alice@example.com",
            "100.64.0.1",
            "10.0.0.0/8",
            "fd7a:115c:a1e0::/48",
            "laptop",
            "alice@github",
        ] {
            assert_eq!(Selector::parse(text).map(|selector| selector.to_string()), Ok(text.to_owned()));
        }
        for text in [
            "",
            "autogroup:members",
            "autogroup:internet",
            "group:",
            "tag:1",
            "svc:grafana",
            "10.0.0.0/33",
            "a b",
            "@",
            "tag: ci",
            "everyone!",
        ] {
            assert!(Selector::parse(text).is_err(), "{text:?}");
        }
    }
}
