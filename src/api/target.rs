//! Targets and ports: `[namespace/]service[:port]` and `port[:targetPort][/protocol]`.

use std::fmt;

use serde::{Serialize, Serializer};

use super::Templated;
use super::decode::{Decode, Decoder, FromText, Refusal};
use super::placeholder::{has_placeholder, is_numeric, split_outside};
use super::setting::{Setting, Spanned};
use super::shape::{Clear, Shape};
use crate::krm::Finding;
use crate::tailscale::{Label, PortName};
use crate::yaml::{Node, Resolved, Style, Value, resolve};

/// A port of a Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortRef {
    /// By number.
    Number(u16),
    /// By name.
    Name(PortName),
    /// A placeholder for a number or for a name.
    Opaque {
        /// The text.
        text: Box<str>,
        /// Whether it stands for a number.
        number: bool,
    },
}

impl PortRef {
    fn parse(text: &str) -> Result<Self, String> {
        if has_placeholder(text) {
            return Ok(Self::Opaque { text: text.into(), number: is_numeric(text) });
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return number(text).map(Self::Number);
        }
        PortName::parse(text).map(Self::Name).map_err(|why| format!("port name \"{text}\" {why}"))
    }
}

fn number(text: &str) -> Result<u16, String> {
    if text.len() > 1 && text.starts_with('0') {
        let bare = text.trim_start_matches('0');
        return Err(format!("port \"{text}\" must not have leading zeros: write {bare}"));
    }
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("port \"{text}\" must be from 1 to 65535")),
    }
}

impl fmt::Display for PortRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Name(name) => name.fmt(f),
            Self::Opaque { text, .. } => f.write_str(text),
        }
    }
}

/// A Service, and a port of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its namespace, if written.
    pub namespace: Option<Templated<Label>>,
    /// Its name.
    pub service: Templated<Label>,
    /// The port, if written.
    pub port: Option<PortRef>,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        self.service.fmt(f)?;
        self.port.as_ref().map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::yaml::Text(&self.to_string()).serialize(serializer)
    }
}

fn label(text: &str, what: &str) -> Result<Templated<Label>, String> {
    if has_placeholder(text) {
        return Ok(Templated::Opaque(text.into()));
    }
    Label::parse(text).map(Templated::Known).map_err(|why| format!("{what} \"{text}\" {why}"))
}

impl FromText for Target {
    const RULE: &'static str = "invalid-service";
    const SHAPE: &'static Shape = &Shape::Text { pattern: None, name: "[namespace/]service[:port]" };

    fn from_text(text: &str) -> Result<Self, Refusal> {
        let form = || Some("write \"namespace/service:port\"".to_owned());
        if text.contains("://") {
            return Err(Refusal { message: "must name a Service, not a URL".into(), help: form() });
        }
        let (namespace, rest) =
            split_outside(text, '/').map_or((None, text), |(namespace, rest)| (Some(namespace), rest));
        if split_outside(rest, '/').is_some() {
            return Err(Refusal { message: "must hold no more than one \"/\"".into(), help: form() });
        }
        let (service, port) = split_outside(rest, ':').map_or((rest, None), |(service, port)| (service, Some(port)));
        if service.contains('.') && !has_placeholder(service) {
            return Err(Refusal { message: "must name a Service, not a DNS name".into(), help: form() });
        }
        Ok(Self {
            namespace: namespace.map(|namespace| label(namespace, "namespace")).transpose()?,
            service: label(service, "name")?,
            port: port.map(PortRef::parse).transpose()?,
        })
    }
}

impl Decode for Target {
    const SHAPE: &'static Shape = <Self as FromText>::SHAPE;
    const CLEAR: Clear = Clear::Text;

    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        let target: Self = decoder.parsed(node)?;
        if let Some(text) = node.text().filter(|text| has_placeholder(text)) {
            decoder.opaque(text, node.span);
        }
        Some(target)
    }
}

/// Paths, each with its target; a cleared target is the entry's own `service`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PathMap(pub Vec<(Spanned<Box<str>>, Setting<Target>)>);

impl Serialize for PathMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (&key.value, value)))
    }
}

impl Decode for PathMap {
    const SHAPE: &'static Shape = &Shape::Map { keys: Some("^/"), values: <Target as FromText>::SHAPE };
    const CLEAR: Clear = Clear::Map;

    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        let mut paths = Self::default();
        decoder.pairs(node, |decoder, name, key, value| {
            if !name.starts_with('/') && !name.starts_with("${") {
                decoder.report(Finding::error("invalid-path", "path must start with \"/\"").at(key.span).value(name));
                return;
            }
            let target = decoder.setting(value);
            if !target.is_absent() {
                paths.0.push((Spanned { value: name.into(), span: key.span }, target));
            }
        })?;
        Some(paths)
    }
}

words! {
    /// A protocol of a port.
    pub enum Protocol {
        /// TCP.
        Tcp "TCP",
        /// UDP.
        Udp "UDP",
        /// SCTP.
        Sctp "SCTP",
    }
}

/// A port that a Service serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortSpec {
    /// The port on the tailnet: a number or a placeholder for one.
    pub port: PortRef,
    /// The port of the Pods, if written.
    pub target: Option<PortRef>,
    /// The protocol, if written.
    pub protocol: Option<Protocol>,
}

impl fmt::Display for PortSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.port.fmt(f)?;
        if let Some(target) = &self.target {
            write!(f, ":{target}")?;
        }
        self.protocol.map_or(Ok(()), |protocol| write!(f, "/{protocol}"))
    }
}

impl Serialize for PortSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self, &self.port) {
            (Self { target: None, protocol: None, .. }, PortRef::Number(number)) => serializer.serialize_u16(*number),
            _ => crate::yaml::Text(&self.to_string()).serialize(serializer),
        }
    }
}

impl FromText for PortSpec {
    const RULE: &'static str = "invalid-port";
    const SHAPE: &'static Shape = &Shape::IntOrText { name: "port[:targetPort][/protocol]" };

    fn from_text(text: &str) -> Result<Self, Refusal> {
        let help = || Some("write a number, or \"port:targetPort/protocol\" such as \"53:5353/udp\"".to_owned());
        let (ports, protocol) =
            split_outside(text, '/').map_or((text, None), |(ports, protocol)| (ports, Some(protocol)));
        let protocol = protocol
            .map(|protocol| Protocol::from_text(&protocol.to_ascii_uppercase()))
            .transpose()
            .map_err(|refusal| Refusal { message: format!("protocol {}", refusal.message), help: help() })?;
        let (port, target) = split_outside(ports, ':').map_or((ports, None), |(port, target)| (port, Some(target)));
        let port = match PortRef::parse(port)? {
            PortRef::Name(name) => {
                let message = format!("must start with a port number, has \"{name}\"");
                return Err(Refusal { message, help: help() });
            }
            PortRef::Opaque { text, .. } => PortRef::Opaque { text, number: true },
            number @ PortRef::Number(_) => number,
        };
        Ok(Self { port, target: target.map(PortRef::parse).transpose()?, protocol })
    }
}

impl Decode for PortSpec {
    const SHAPE: &'static Shape = <Self as FromText>::SHAPE;
    const CLEAR: Clear = Clear::Text;

    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        let plain_number = match &node.value {
            Value::Scalar(scalar) if scalar.style == Style::Plain => {
                matches!(resolve(&scalar.text), Resolved::Integer(_) | Resolved::LeadingZero)
            }
            _ => false,
        };
        if !plain_number {
            let spec = decoder.parsed(node)?;
            if let Some(text) = node.text().filter(|text| has_placeholder(text)) {
                decoder.opaque(text, node.span);
            }
            return Some(spec);
        }
        match number(node.text()?) {
            Ok(number) => Some(Self { port: PortRef::Number(number), target: None, protocol: None }),
            Err(why) => {
                decoder.report(Finding::error("invalid-port", why).at(node.span));
                None
            }
        }
    }
}

/// Ports by name; in maps, so that a kustomize patch can change one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PortMap(pub Vec<(Spanned<PortName>, Spanned<PortSpec>)>);

impl Serialize for PortMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (&key.value, &value.value)))
    }
}

impl Decode for PortMap {
    const SHAPE: &'static Shape =
        &Shape::Map { keys: Some("^[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$"), values: <PortSpec as FromText>::SHAPE };
    const CLEAR: Clear = Clear::Map;

    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        let mut ports = Self::default();
        decoder.pairs(node, |decoder, name, key, value| {
            let key = match PortName::parse(name) {
                Ok(parsed) => Spanned { value: parsed, span: key.span },
                Err(why) => {
                    decoder.report(Finding::error("invalid-port", format!("port name {why}")).at(key.span).value(name));
                    return;
                }
            };
            if let Setting::Set(spec) = decoder.setting(value) {
                ports.0.push((key, *spec));
            }
        })?;
        Some(ports)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_namespace_service_and_port() {
        for text in
            ["homepage", "homepage:80", "homepage:http", "apps/homepage", "a/b:1", "${NS}/${S:=${APP}}:${P:=http}"]
        {
            assert_eq!(Target::from_text(text).unwrap().to_string(), text);
        }
        for (text, want) in [
            ("", "name \"\" must not be empty"),
            ("a/b/c", "must hold no more than one \"/\""),
            ("http://a", "must name a Service, not a URL"),
            ("a.b.svc:80", "must name a Service, not a DNS name"),
            ("a:080", "port \"080\" must not have leading zeros: write 80"),
            ("a:0", "port \"0\" must be from 1 to 65535"),
            ("a:70000", "port \"70000\" must be from 1 to 65535"),
            ("A:1", "name \"A\" must be lower-case: write \"a\""),
        ] {
            assert_eq!(Target::from_text(text).unwrap_err().message, want, "{text:?}");
        }
    }

    #[test]
    fn a_port_is_port_target_and_protocol() {
        for (text, want) in [
            ("53", "53"),
            ("53/udp", "53/UDP"),
            ("80:http", "80:http"),
            ("80:8080/tcp", "80:8080/TCP"),
            ("${P:=80}:${T}/UDP", "${P:=80}:${T}/UDP"),
        ] {
            assert_eq!(PortSpec::from_text(text).unwrap().to_string(), want);
        }
        for (text, want) in [
            ("http", "must start with a port number, has \"http\""),
            ("80/icmp", "protocol must be one of \"TCP\", \"UDP\", \"SCTP\""),
            ("012", "port \"012\" must not have leading zeros: write 12"),
        ] {
            assert_eq!(PortSpec::from_text(text).unwrap_err().message, want, "{text:?}");
        }
    }
}
