//! A host outside of the cluster: its DNS name, or its address.

use std::fmt;
use std::net::IpAddr;

use serde::{Serialize, Serializer};

use super::shape::Shape;
use super::text::{FromText, Refusal};
use crate::rule::{Rule, rules};
use crate::tailscale::{Name, suggest};

/// The DNS name of a host (Kubernetes `pkg/apis/core/validation` ValidateService: `externalName`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host(Name);

impl FromText for Host {
    const RULE: &'static Rule = rules::INVALID_HOST;
    const SHAPE: &'static Shape =
        &Shape::Text { pattern: Some("^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$"), name: "DNS name" };

    fn from_text(text: &str) -> Result<Self, Refusal> {
        if let Ok(address) = text.parse::<IpAddr>() {
            let help = Some(format!("write ip: \"{address}\""));
            return Err(Refusal { message: "must be a DNS name, is an address".into(), help });
        }
        Name::parse(text).map(Self).map_err(|why| Refusal::from(why).suggest(Self::suggest(text)))
    }

    fn check_part(part: &str) -> Result<(), String> {
        Name::check_part(part)
    }

    /// Suggests the name that a URL holds, or one that is written before a port.
    fn suggest(text: &str) -> Option<String> {
        let host = text.split_once("://").map_or(text, |(_, rest)| rest);
        suggest::name(host.split(['/', ':', '?']).next()?)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Host {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The address of a host, as an endpoint may have it (Kubernetes `pkg/apis/core/validation` ValidateNonSpecialIP).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HostAddress(IpAddr);

impl HostAddress {
    /// Returns whether it is of IPv6.
    #[must_use]
    pub fn is_ipv6(&self) -> bool {
        self.0.is_ipv6()
    }
}

impl FromText for HostAddress {
    const RULE: &'static Rule = rules::INVALID_IP;
    const SHAPE: &'static Shape = &Shape::Text { pattern: None, name: "IP address" };

    fn from_text(text: &str) -> Result<Self, Refusal> {
        let Ok(address) = text.parse::<IpAddr>() else {
            let is_range = text.contains('/');
            let message = if is_range { "must be one address, not a range" } else { "must be an IPv4 or IPv6 address" };
            let host = Host::from_text(text).ok().filter(|_| text.contains(|c: char| c.is_ascii_lowercase()));
            return Err(Refusal { message: message.into(), help: host.map(|host| format!("write host: {host}")) });
        };
        let mapped = match address {
            IpAddr::V6(six) => six.to_ipv4_mapped(),
            IpAddr::V4(_) => None,
        };
        let what = match address {
            _ if mapped.is_some() => "this one is an IPv4 address, written as one of IPv6",
            _ if address.is_unspecified() => "this one stands for every address",
            _ if address.is_loopback() => "this one is the proxy's own (loopback)",
            _ if address.is_multicast() => "this one is of a group (multicast)",
            IpAddr::V4(four) if four.is_link_local() => "this one is link-local",
            IpAddr::V6(six) if six.is_unicast_link_local() => "this one is link-local",
            _ => return Ok(Self(address)),
        };
        Err(Refusal::from(format!("must be the address of a host, {what}")).suggest(mapped))
    }

    fn check_part(part: &str) -> Result<(), String> {
        let is_allowed = |c: char| c.is_ascii_hexdigit() || c == '.' || c == ':';
        if part.chars().all(is_allowed) { Ok(()) } else { Err("must be an IPv4 or IPv6 address".to_owned()) }
    }
}

impl fmt::Display for HostAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_and_an_address_is_one_of_a_host() {
        for (text, message, help) in [
            ("nas.lan", "", ""),
            ("NAS.lan", "must be lower-case", "write \"nas.lan\""),
            ("192.168.1.9", "must be a DNS name, is an address", "write ip: \"192.168.1.9\""),
            ("fd00::9", "must be a DNS name, is an address", "write ip: \"fd00::9\""),
            ("", "must not be empty", ""),
        ] {
            let refusal = Host::from_text(text).err();
            assert_eq!(refusal.as_ref().map_or("", |refusal| &refusal.message), message, "{text:?}");
            assert_eq!(refusal.and_then(|refusal| refusal.help).unwrap_or_default(), help, "{text:?}");
        }
        for (text, message, help) in [
            ("192.168.1.9", "", ""),
            ("fd00::9", "", ""),
            ("nas.lan", "must be an IPv4 or IPv6 address", "write host: nas.lan"),
            ("192.168.1.900", "must be an IPv4 or IPv6 address", ""),
            ("192.168.1.0/24", "must be one address, not a range", ""),
            ("::", "must be the address of a host, this one stands for every address", ""),
            ("::1", "must be the address of a host, this one is the proxy's own (loopback)", ""),
            ("fe80::1", "must be the address of a host, this one is link-local", ""),
            ("ff02::1", "must be the address of a host, this one is of a group (multicast)", ""),
            (
                "::ffff:10.0.0.1",
                "must be the address of a host, this one is an IPv4 address, written as one of IPv6",
                "write \"10.0.0.1\"",
            ),
        ] {
            let refusal = HostAddress::from_text(text).err();
            assert_eq!(refusal.as_ref().map_or("", |refusal| &refusal.message), message, "{text:?}");
            assert_eq!(refusal.and_then(|refusal| refusal.help).unwrap_or_default(), help, "{text:?}");
        }
    }
}
