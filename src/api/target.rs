//! Targets: `[namespace/]service[:port]`, and paths that lead to them.

use std::fmt;

use serde::{Serialize, Serializer};

use super::Templated;
use super::decode::{Decode, Decoder};
use super::placeholder::{Literals, has_placeholder, split_outside};
use super::port::PortRef;
use super::setting::{Setting, Spanned};
use super::shape::{Clear, PATHS, Shape};
use super::text::{self, FromText, Refusal};
use crate::rule::{Rule, rules};
use crate::tailscale::{Label, check_path, check_path_part, suggest, suggest_path};
use crate::yaml::Node;

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
        Literals::of(text).check(&Label::check_part).map_err(|(_, why)| format!("{what} \"{text}\" {why}"))?;
        return Ok(Templated::Opaque(text.into()));
    }
    Label::parse(text).map(Templated::Known).map_err(|why| format!("{what} \"{text}\" {why}"))
}

impl FromText for Target {
    const RULE: &'static Rule = rules::INVALID_SERVICE;
    const SHAPE: &'static Shape = &Shape::Text { pattern: None, name: "[namespace/]service[:port]" };

    fn from_text(text: &str) -> Result<Self, Refusal> {
        Self::parse(text).map_err(|refusal| refusal.suggest(Self::nearest(text)))
    }

    fn check_part(part: &str) -> Result<(), String> {
        Label::check_part(part)
    }

    fn instead(node: &Node<'_>) -> Option<String> {
        let text = |field: &str| node.get(field).and_then(Node::text);
        let target = match (text::scalar(node), text::pair(node)) {
            (Some(port), _) if port.parse::<u16>().is_ok() => format!("service:{port}"),
            (Some(text), _) => text.to_owned(),
            (None, Some((service, port))) if port.parse::<u16>().is_ok() => format!("{service}:{port}"),
            (None, _) => {
                let service = text("name").or_else(|| text("service"))?;
                let ports = node.get("port");
                let port = text("port").or_else(|| ports?.get("number").or_else(|| ports?.get("name"))?.text());
                let namespace = text("namespace").map_or_else(String::new, |namespace| format!("{namespace}/"));
                format!("{namespace}{service}{}", port.map_or_else(String::new, |port| format!(":{port}")))
            }
        };
        Self::parse(&target).is_ok().then(|| format!("write \"{target}\""))
    }
}

impl Target {
    fn parse(text: &str) -> Result<Self, Refusal> {
        let form = |message: &str| {
            Err(Refusal { message: message.to_owned(), help: Some("write \"namespace/service:port\"".to_owned()) })
        };
        if text.contains("://") {
            return form("must name a Service, not a URL");
        }
        let (namespace, rest) =
            split_outside(text, '/').map_or((None, text), |(namespace, rest)| (Some(namespace), rest));
        if split_outside(rest, '/').is_some() {
            return form("must hold no more than one \"/\"");
        }
        let (service, port) = split_outside(rest, ':').map_or((rest, None), |(service, port)| (service, Some(port)));
        if service.contains('.') && Literals::of(service).parts.iter().any(|part| part.text.contains('.')) {
            return form("must name a Service, not a DNS name");
        }
        if service.is_empty() {
            return form("must name a Service");
        }
        Ok(Self {
            namespace: namespace.map(|namespace| label(namespace, "namespace")).transpose()?,
            service: label(service, "name")?,
            port: port.map(PortRef::parse).transpose()?,
        })
    }

    /// Returns the target that another notation comes nearest to: a URL, a DNS name, other separators.
    fn nearest(text: &str) -> Option<Self> {
        if has_placeholder(text) || text.contains("/:") {
            return None;
        }
        let is_url = text.contains("://");
        let text = text.split_once("://").map_or(text, |(_, rest)| rest);
        let is_port = |text: &str| text.parse::<u16>().is_ok_and(|port| port > 0);
        let parts: Vec<&str> =
            text.split(|c: char| "/:".contains(c) || c.is_ascii_whitespace()).filter(|part| !part.is_empty()).collect();
        let (names, port) = match *parts.as_slice() {
            [name] if !is_port(name) => (vec![name], None),
            // What stands behind a URL's host and port is a path.
            [host, port, ..] if is_url => (vec![host], is_port(port).then_some(port)),
            [name, port] if is_port(port) || text.contains(':') => (vec![name], Some(port)),
            [name, port, _] if is_port(port) => (vec![name], Some(port)),
            [namespace, name] => (vec![namespace, name], None),
            [namespace, name, port] => (vec![namespace, name], Some(port)),
            _ => return None,
        };
        let names: Vec<&str> = match *names.as_slice() {
            // A DNS name is `service.namespace.svc.cluster.local`.
            [host] if host.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit()) => return None,
            [host] if host.contains('.') => {
                let mut labels = host.split('.');
                let service = labels.next()?;
                labels.next().into_iter().chain([service]).collect()
            }
            _ => names,
        };
        let names = names.into_iter().map(suggest::label).collect::<Option<Vec<_>>>()?;
        let port = match port {
            Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
                format!(":{}", port.trim_start_matches('0'))
            }
            Some(port) => format!(":{}", suggest::port_name(port)?),
            None => String::new(),
        };
        Self::parse(&format!("{}{port}", names.join("/"))).ok()
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
    const SHAPE: &'static Shape = &Shape::Map { keys: Some(PATHS), values: <Target as FromText>::SHAPE };
    const CLEAR: Clear = Clear::Map;

    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        let mut paths = Self::default();
        decoder.pairs(node, Self::SHAPE, &mut |decoder, name, key, value| {
            if let Err(why) = path_fault(name) {
                let near = suggest_path(name).filter(|_| !has_placeholder(name));
                decoder.refuse(rules::INVALID_PATH, Refusal::from(why).suggest(near), key, name);
                return;
            }
            decoder.opaque(name, key.span);
            let target = decoder.setting(value);
            if !target.is_absent() {
                paths.0.push((Spanned { value: name.into(), span: key.span }, target));
            }
        })?;
        Some(paths)
    }
}

/// Checks a path, of which parts may not be known yet.
fn path_fault(path: &str) -> Result<(), String> {
    let literals = Literals::of(path);
    if !literals.is_substituted {
        return check_path(path);
    }
    if !path.starts_with(['/', '$']) {
        return Err("path must start with \"/\"".to_owned());
    }
    literals.check(&check_path_part).map_err(|(_, why)| why)
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
        let form = "write \"namespace/service:port\"";
        for (text, message, help) in [
            ("", "must name a Service", form),
            (":80", "must name a Service", form),
            ("/web:80", "namespace \"\" must not be empty", "write \"web:80\""),
            ("apps/:80", "must name a Service", form),
            ("apps/web/http", "must hold no more than one \"/\"", "write \"apps/web:http\""),
            ("a/b/c/d", "must hold no more than one \"/\"", form),
            ("http://web:80/x", "must name a Service, not a URL", "write \"web:80\""),
            ("http://gitea.git.svc:3000", "must name a Service, not a URL", "write \"git/gitea:3000\""),
            ("https://web/x", "must name a Service, not a URL", "write \"web\""),
            ("web.apps.svc.cluster.local:80", "must name a Service, not a DNS name", "write \"apps/web:80\""),
            ("10.0.0.1:80", "must name a Service, not a DNS name", form),
            ("a:080", "port \"080\" must not have leading zeros", "write \"a:80\""),
            ("a:0", "port \"0\" must be from 1 to 65535", ""),
            ("a:70000", "port \"70000\" must be from 1 to 65535", ""),
            ("a:", "must have a port after the colon, or no colon", "write \"a\""),
            (
                "A_b:1",
                "name \"A_b\" must hold only lower-case letters, digits and \"-\", has 'A', '_'",
                "write \"a-b:1\"",
            ),
            ("web:Http", "port name \"Http\" must be lower-case", "write \"web:http\""),
            ("apps:web:80", "must have one port, has \"web:80\"", "write \"apps/web:80\""),
            ("web:80:81", "must have one port, has \"80:81\"", "write \"web:80\""),
            (
                "web 80",
                "name \"web 80\" must hold only lower-case letters, digits and \"-\", has ' '",
                "write \"web:80\"",
            ),
        ] {
            let refusal = Target::from_text(text).unwrap_err();
            assert_eq!(
                (refusal.message.as_str(), refusal.help.as_deref().unwrap_or_default()),
                (message, help),
                "{text:?}"
            );
        }
    }
}
