//! Ports: of a Service that is named, and `port[:targetPort][/protocol][@appProtocol]` of one that is made.

use std::fmt;

use serde::{Serialize, Serializer};

use super::decode::{Decode, Decoder};
use super::placeholder::{Literals, has_placeholder, is_numeric, split_outside};
use super::setting::{Setting, Spanned};
use super::shape::{Clear, Shape};
use super::text::{FromText, Refusal};
use crate::krm::Finding;
use crate::rule::{Rule, rules};
use crate::tailscale::{PortName, check_key, check_label_value_part};
use crate::yaml::{Node, Resolved, Scalar};

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
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if has_placeholder(text) {
            Literals::of(text).check(&PortName::check_part).map_err(|(_, why)| format!("port \"{text}\" {why}"))?;
            return Ok(Self::Opaque { text: text.into(), number: is_numeric(text) });
        }
        if text.is_empty() {
            return Err("must have a port after the colon, or no colon".to_owned());
        }
        if text.contains(':') {
            return Err(format!("must have one port, has \"{text}\""));
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return number(text).map(Self::Number);
        }
        PortName::parse(text).map(Self::Name).map_err(|why| format!("port name \"{text}\" {why}"))
    }
}

fn number(text: &str) -> Result<u16, String> {
    if text.len() > 1 && text.starts_with('0') {
        return Err(format!("port \"{text}\" must not have leading zeros"));
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
    /// What is spoken over it (`appProtocol`), if written.
    pub app_protocol: Option<Box<str>>,
}

impl fmt::Display for PortSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.port.fmt(f)?;
        if let Some(target) = &self.target {
            write!(f, ":{target}")?;
        }
        if let Some(protocol) = self.protocol {
            write!(f, "/{protocol}")?;
        }
        self.app_protocol.as_ref().map_or(Ok(()), |spoken| write!(f, "@{spoken}"))
    }
}

impl Serialize for PortSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self, &self.port) {
            (Self { target: None, protocol: None, app_protocol: None, .. }, PortRef::Number(number)) => {
                serializer.serialize_u16(*number)
            }
            _ => crate::yaml::Text(&self.to_string()).serialize(serializer),
        }
    }
}

const PORT_FORMS: &str = "write a number, or \"port:targetPort/protocol\" such as \"53:5353/udp\"";

impl FromText for PortSpec {
    const RULE: &'static Rule = rules::INVALID_PORT;
    const SHAPE: &'static Shape = &Shape::IntOrText { name: "port[:targetPort][/protocol][@appProtocol]" };

    fn from_text(text: &str) -> Result<Self, Refusal> {
        Self::parse(text).map_err(|refusal| {
            if let Some(other) = of_other_tools(text) {
                return other;
            }
            let parts = text.split_inclusive([':', '/']).map(|part| part.trim_start_matches('0'));
            let bare: String = parts.collect();
            let is_meant = bare != text && Self::parse(&bare).is_ok();
            refusal.suggest(is_meant.then_some(bare))
        })
    }

    fn check_part(part: &str) -> Result<(), String> {
        PortName::check_part(part)
    }
}

/// Reads ports as other tools write them: `80->8080` as kubectl and Docker show them, and a third number, which is
/// a Service's node port.
fn of_other_tools(text: &str) -> Option<Refusal> {
    let (before, after) = text.split_once("->").or_else(|| text.split_once('→')).unwrap_or((text, ""));
    if !after.is_empty() {
        // Docker says the address, too.
        let port = before.trim_ascii().rsplit(':').next()?;
        let meant = format!("{port}:{}", after.trim_ascii());
        let message = "must have a colon between port and target port, has an arrow".to_owned();
        return PortSpec::parse(&meant).is_ok().then(|| Refusal { message, help: Some(format!("write \"{meant}\"")) });
    }
    let (ports, protocol) = split_outside(text, '/').map_or((text, ""), |(ports, protocol)| (ports, protocol));
    let (port, rest) = split_outside(ports, ':')?;
    let (target, third) = split_outside(rest, ':')?;
    let protocol = if protocol.is_empty() { String::new() } else { format!("/{protocol}") };
    let meant = format!("{port}:{target}{protocol}");
    PortSpec::parse(&meant).is_ok().then(|| Refusal {
        message: format!("must be a port and a target port, has a third, \"{third}\""),
        help: Some(format!("write \"{meant}\": a node port, which a Service has as the third, is not needed")),
    })
}

/// What is spoken over TCP, and often taken for the protocol.
const SPOKEN: [&str; 7] = ["http", "https", "h2c", "http2", "grpc", "ws", "wss"];

/// Checks what is spoken over a port (Kubernetes `pkg/apis/core/validation` validateServicePort).
fn app_protocol(text: &str) -> Result<(), String> {
    let fault = if has_placeholder(text) {
        let part = |part: &str| check_label_value_part(&part.replace('/', ""));
        Literals::of(text).check(&part).err().map(|(_, why)| why)
    } else {
        check_key(text).err()
    };
    fault.map_or(Ok(()), |why| Err(format!("appProtocol {why}")))
}

impl PortSpec {
    fn parse(text: &str) -> Result<Self, Refusal> {
        let (text, spoken) = split_outside(text, '@').map_or((text, None), |(text, spoken)| (text, Some(spoken)));
        spoken.map_or(Ok(()), app_protocol)?;
        let (ports, protocol) =
            split_outside(text, '/').map_or((text, None), |(ports, protocol)| (ports, Some(protocol)));
        let help = || Some(PORT_FORMS.to_owned());
        let meant = protocol.filter(|word| spoken.is_none() && SPOKEN.contains(word));
        let meant = meant.map(|word| format!("write \"{ports}@{word}\": it is spoken over TCP"));
        let protocol = protocol
            .map(|protocol| Protocol::from_text(&protocol.to_ascii_uppercase()))
            .transpose()
            .map_err(|refusal| Refusal {
                message: format!("protocol {}", refusal.message),
                help: meant.or(refusal.help).or_else(help),
            })?;
        let (port, target) = split_outside(ports, ':').map_or((ports, None), |(port, target)| (port, Some(target)));
        let port = match PortRef::parse(port)? {
            PortRef::Name(name) => {
                let message = format!("must start with a port number, has \"{name}\"");
                return Err(Refusal { message, help: help() });
            }
            PortRef::Opaque { text, number: false } => {
                let message = format!("must start with a port number, has \"{text}\"");
                return Err(Refusal { message, help: help() });
            }
            number @ (PortRef::Number(_) | PortRef::Opaque { number: true, .. }) => number,
        };
        let target = target.map(PortRef::parse).transpose()?;
        Ok(Self { port, target, protocol, app_protocol: spoken.map(Into::into) })
    }
}

impl Decode for PortSpec {
    const SHAPE: &'static Shape = <Self as FromText>::SHAPE;
    const CLEAR: Clear = Clear::Text;

    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        let resolved = node.scalar().and_then(Scalar::resolved).unwrap_or(Resolved::Text);
        match resolved {
            Resolved::Integer(_) | Resolved::LeadingZero => {}
            Resolved::Text => {
                let spec = decoder.parsed(node)?;
                if let Some(text) = node.text().filter(|text| has_placeholder(text)) {
                    decoder.opaque(text, node.span);
                }
                return Some(spec);
            }
            _ => {
                let message = format!("must be a port number, is {}", node.text().unwrap_or_default());
                decoder.report(Finding::of(rules::WRONG_TYPE, message).at(node.span).help(PORT_FORMS));
                return None;
            }
        }
        match number(node.text()?) {
            Ok(number) => {
                Some(Self { port: PortRef::Number(number), target: None, protocol: None, app_protocol: None })
            }
            Err(why) => {
                let bare = Some(node.text()?.trim_start_matches('0')).filter(|bare| number(bare).is_ok());
                let mut finding = Finding::of(rules::INVALID_PORT, why).at(node.span);
                finding.help = bare.map(|bare| format!("write {bare}"));
                decoder.report(finding);
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
        decoder.pairs(node, Self::SHAPE, &mut |decoder, name, key, value| {
            let key = match PortName::from_text(name) {
                Ok(parsed) => Spanned { value: parsed, span: key.span },
                Err(refusal) => {
                    let refusal = Refusal { message: format!("port name {}", refusal.message), ..refusal };
                    decoder.refuse(rules::INVALID_PORT, refusal, key, name);
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
    fn a_port_is_port_target_and_protocol() {
        for (text, want) in [
            ("53", "53"),
            ("53/udp", "53/UDP"),
            ("80:http", "80:http"),
            ("80:8080/tcp", "80:8080/TCP"),
            ("${P:=80}:${T}/UDP", "${P:=80}:${T}/UDP"),
            ("443@https", "443@https"),
            ("80:8080/tcp@kubernetes.io/h2c", "80:8080/TCP@kubernetes.io/h2c"),
            ("443@${A:=a/b}", "443@${A:=a/b}"),
        ] {
            assert_eq!(PortSpec::from_text(text).unwrap().to_string(), want);
        }
        for (text, want) in [
            ("http", "must start with a port number, has \"http\""),
            ("80/icmp", "protocol must be one of \"TCP\", \"UDP\", \"SCTP\""),
            ("012", "port \"012\" must not have leading zeros"),
            ("80:", "must have a port after the colon, or no colon"),
            ("80:8080:1", "must be a port and a target port, has a third, \"1\""),
            ("80->8080", "must have a colon between port and target port, has an arrow"),
            ("80:8080:1:2", "must be a port and a target port, has a third, \"1:2\""),
            ("a:b:c", "must start with a port number, has \"a\""),
            ("443@", "appProtocol name must not be empty"),
            (
                "443@A_b/c",
                "appProtocol prefix must hold only lower-case letters, digits, \"-\" and \".\", has 'A', '_'",
            ),
        ] {
            assert_eq!(PortSpec::from_text(text).unwrap_err().message, want, "{text:?}");
        }
        let no_node_port = "write \"80:8080/tcp\": a node port, which a Service has as the third, is not needed";
        for (text, want) in [
            ("80:08080", "write \"80:8080\""),
            ("53/upd", "did you mean \"UDP\"?"),
            ("80/icmp", PORT_FORMS),
            ("80->8080", "write \"80:8080\""),
            ("0.0.0.0:80 -> 8080/tcp", "write \"80:8080/tcp\""),
            ("80:8080:30080/tcp", no_node_port),
            ("443:8443/https", "write \"443:8443@https\": it is spoken over TCP"),
        ] {
            assert_eq!(PortSpec::from_text(text).unwrap_err().help.as_deref(), Some(want), "{text:?}");
        }
    }
}
