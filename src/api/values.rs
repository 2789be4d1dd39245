//! How the operator's words, and a few plain values, are read from a stub.

use std::net::IpAddr;

use serde::Serialize;

use super::Templated;
use super::decode::{Decode, Decoder};
use super::placeholder::{Literal, Literals, has_placeholder, is_numeric};
use super::shape::{Clear, Shape};
use super::text::{self, FromText, Refusal};
use crate::krm::Finding;
use crate::rule::{Rule, rules};
use crate::tailscale::{
    Hostname, Label, Name, PortName, Route, Selector, Tag, TailnetFqdn, Version, suggest, suggest_route,
};
use crate::yaml::{Node, Resolved};

macro_rules! from_text {
    ($($type:ty: $rule:ident, $name:literal, $pattern:expr, $suggest:expr, $part:expr;)+) => {
        $(
            impl FromText for $type {
                const RULE: &'static Rule = rules::$rule;
                const SHAPE: &'static Shape = &Shape::Text { pattern: $pattern, name: $name };

                fn from_text(text: &str) -> Result<Self, Refusal> {
                    <$type>::parse(text).map_err(|why| Refusal::from(why).suggest($suggest(text)))
                }

                fn check_part(part: &str) -> Result<(), String> {
                    $part(part)
                }

                fn suggest(text: &str) -> Option<String> {
                    $suggest(text)
                }
            }
        )+
    };
}

from_text! {
    Hostname: INVALID_HOSTNAME, "host name", Some("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"), suggest::hostname, Hostname::check_part;
    Label: INVALID_NAME, "name", Some("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"), suggest::label, Label::check_part;
    Name: INVALID_NAME, "name", Some("^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$"), suggest::name, Name::check_part;
    PortName: INVALID_PORT, "port name", Some("^[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$"), suggest::port_name, PortName::check_part;
    TailnetFqdn: INVALID_FQDN, "MagicDNS name", None, fqdn, TailnetFqdn::check_part;
    Version: INVALID_VERSION, "version", Some("^v?[0-9]+\\.[0-9]+(\\.[0-9]+)?$"), no_other, version_part;
    FreeText: INVALID_TEXT, "text", None, no_other, any_part;
    Selector: INVALID_ACCESS, "selector of the tailnet policy", None, selector, Selector::check_part;
    Route: INVALID_ROUTE, "network", None, suggest_route, Route::check_part;
    IpAddress: INVALID_IP, "IP address", None, no_other, IpAddress::check_part;
}

/// Suggests nothing.
fn no_other(_: &str) -> Option<String> {
    None
}

/// Takes every part.
#[expect(clippy::unnecessary_wraps, reason = "one signature for every type that is read from a text")]
fn any_part(_: &str) -> Result<(), String> {
    Ok(())
}

fn version_part(part: &str) -> Result<(), String> {
    let is_allowed = |c: char| c.is_ascii_digit() || c == '.' || c == 'v';
    if part.chars().all(is_allowed) { Ok(()) } else { Err("must be a version such as \"1.102.3\"".into()) }
}

/// Suggests the name that a URL holds.
fn fqdn(text: &str) -> Option<String> {
    let Some((_, url)) = text.split_once("://") else { return within_tailnets(text) };
    let host = url.split(['/', ':']).next()?;
    TailnetFqdn::parse(host).ok().map(|name| name.to_string())
}

/// Suggests the full name of a device whose tailnet is called as tailnets are: `tail1a2b3c`, `cat-crocodile`.
fn within_tailnets(text: &str) -> Option<String> {
    let (_, tailnet) = text.split_once('.')?;
    let is_given = tailnet.strip_prefix("tail").is_some_and(|rest| rest.contains(|c: char| c.is_ascii_digit()));
    let is_tailnet = (is_given || tailnet.contains('-')) && !tailnet.contains('.');
    is_tailnet.then(|| format!("{text}.ts.net")).filter(|name| TailnetFqdn::parse(name).is_ok())
}

/// Suggests what a selector without its prefix may mean.
fn selector(text: &str) -> Option<String> {
    let near = |near: String| Selector::parse(&near).is_ok().then_some(near);
    let singular =
        text.strip_prefix("autogroup:").and_then(|name| near(format!("autogroup:{}", name.trim_end_matches('s'))));
    singular.or_else(|| near(text.chars().filter(|c| !c.is_ascii_whitespace()).collect()))
}

impl FromText for Tag {
    const RULE: &'static Rule = rules::INVALID_TAG;
    const SHAPE: &'static Shape = &Shape::Text { pattern: Some("^tag:[a-zA-Z][a-zA-Z0-9-]*$"), name: "tag" };

    fn from_text(text: &str) -> Result<Self, Refusal> {
        Self::parse(text).map_err(|why| Refusal::from(why).suggest(suggest::tag(text)))
    }

    fn check_part(part: &str) -> Result<(), String> {
        Self::check_part(part)
    }

    fn check_parts<'t>(literals: &Literals<'t>) -> Result<(), (Literal<'t>, String)> {
        const SCHEME: &str = "tag:";
        literals.check(&Self::check_part)?;
        match literals.parts.first().filter(|part| !part.is_default && part.start == 0) {
            Some(part) if !part.text.starts_with(SCHEME) && !SCHEME.starts_with(part.text) => {
                Err((*part, format!("must start with \"{SCHEME}\"")))
            }
            _ => Ok(()),
        }
    }

    fn instead(node: &Node<'_>) -> Option<String> {
        if let Some(("tag", name)) = text::pair(node) {
            return suggest::tag(name).map(|tag| format!("write {tag}, without a blank after the colon"));
        }
        text::scalar(node).and_then(suggest::tag).map(|tag| format!("write \"{tag}\""))
    }
}

macro_rules! as_text {
    ($($type:ty),+) => { $(
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )+ };
}

as_text!(Hostname, Label, Name, PortName, Route, Selector, Tag, TailnetFqdn, Version);

/// A text that is taken as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeText(pub Box<str>);

impl FreeText {
    #[expect(clippy::unnecessary_wraps, reason = "one signature for every type that is read from a text")]
    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self(text.into()))
    }
}

impl std::fmt::Display for FreeText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for FreeText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::yaml::Text(&self.0).serialize(serializer)
    }
}

/// Free text in a list: placeholders need no case of their own.
impl Decode for FreeText {
    const SHAPE: &'static Shape = <Self as FromText>::SHAPE;
    const CLEAR: Clear = Clear::Text;

    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        let text = decoder.text(node)?;
        decoder.opaque(text, node.span);
        Some(Self(text.into()))
    }
}

/// An IPv4 or IPv6 address (`svc.go` validateService: netip.ParseAddr).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IpAddress(IpAddr);

impl IpAddress {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| {
            if text.contains('/') {
                "must be one address, not a range".into()
            } else {
                "must be an IPv4 or IPv6 address".to_owned()
            }
        })
    }
}

impl IpAddress {
    /// Returns whether it is an IPv6 address.
    #[must_use]
    pub fn is_ipv6(&self) -> bool {
        self.0.is_ipv6()
    }

    fn check_part(part: &str) -> Result<(), String> {
        let is_allowed = |c: char| c.is_ascii_hexdigit() || c == '.' || c == ':';
        if part.chars().all(is_allowed) { Ok(()) } else { Err("must be an IPv4 or IPv6 address".to_owned()) }
    }
}

impl std::fmt::Display for IpAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A number of replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Replicas(pub u32);

impl std::fmt::Display for Replicas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Decode for Templated<Replicas> {
    const SHAPE: &'static Shape = &Shape::Integer { min: 1 };
    const CLEAR: Clear = Clear::Text;

    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        let Some(scalar) = node.scalar().filter(|scalar| !scalar.tagged) else {
            decoder.wrong_type(node, <Self as Decode>::SHAPE);
            return None;
        };
        let text = scalar.text.as_ref();
        let why = match scalar.resolved() {
            _ if has_placeholder(text) && is_numeric(text) => {
                decoder.opaque(text, node.span);
                return Some(Self::Opaque(text.into()));
            }
            _ if has_placeholder(text) => "must be a whole number: digits, beside a placeholder and in its default",
            Some(Resolved::Integer(number)) => {
                if let Some(replicas) = u32::try_from(number).ok().filter(|number| (1..=1000).contains(number)) {
                    return Some(Self::Known(Replicas(replicas)));
                }
                "must be from 1 to 1000: without a proxy nothing is served"
            }
            Some(Resolved::LeadingZero) => "must not have leading zeros: some YAML readers take it for an octal number",
            _ => {
                decoder.wrong_type(node, <Self as Decode>::SHAPE);
                return None;
            }
        };
        decoder.report(Finding::of(rules::INVALID_REPLICAS, why).at(node.span).value(text));
        None
    }
}

/// The target of an egress: a full MagicDNS name, or a device's name within the profile's tailnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fqdn {
    /// A full name.
    Full(TailnetFqdn),
    /// A device of the profile's tailnet.
    Short(Hostname),
    /// A text with a placeholder.
    Opaque(Box<str>),
}

impl Decode for Fqdn {
    const SHAPE: &'static Shape = <TailnetFqdn as FromText>::SHAPE;
    const CLEAR: Clear = Clear::Text;

    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        match node.text() {
            Some(text) if !has_placeholder(text) && !text.contains('.') => Templated::<Hostname>::decode(node, decoder)
                .and_then(|name| match name {
                    Templated::Known(name) => Some(Self::Short(name)),
                    Templated::Opaque(_) => None,
                }),
            _ => Some(match Templated::<TailnetFqdn>::decode(node, decoder)? {
                Templated::Known(fqdn) => Self::Full(fqdn),
                Templated::Opaque(text) => Self::Opaque(text),
            }),
        }
    }
}

impl Serialize for Fqdn {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Full(fqdn) => fqdn.serialize(serializer),
            Self::Short(name) => name.serialize(serializer),
            Self::Opaque(text) => crate::yaml::Text(text).serialize(serializer),
        }
    }
}
