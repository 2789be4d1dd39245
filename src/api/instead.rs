//! What to write instead of a value of the wrong type.
//!
//! The wanted shape and what stands there are enough to say it for every field. Only a fault leads
//! here.

use super::hints::{self, glued};
use super::placeholder::{Literal, Literals};
use super::shape::{PATHS, Record, Shape};
use super::text::{TextKind, scalar};
use crate::rule::rules;
use crate::tailscale::suggest;
use crate::yaml::{Node, Resolved, Value, resolve};

/// Says what a node must be and what it is.
pub(super) fn message(want: &Shape, node: &Node<'_>) -> String {
    let must = match want {
        Shape::Record(_) | Shape::Defaults(_) | Shape::Map { .. } => "a mapping",
        Shape::List(_) => "a list",
        Shape::Boolean => "true or false",
        Shape::Integer { .. } => "a whole number",
        Shape::Text { .. } | Shape::Words(_) | Shape::IntOrText { .. } => "a string",
    };
    if node.scalar().is_some_and(|scalar| scalar.tagged) {
        return format!("must be {must}, without a tag");
    }
    match (want, plain(node)) {
        (Shape::Boolean, Some((text, Resolved::AmbiguousBool))) => format!("must be {must}, is the word \"{text}\""),
        (Shape::Integer { .. }, Some((text, Resolved::Number))) => format!("must be {must}, is {text}"),
        _ => format!("must be {must}, is {}", kind(node)),
    }
}

/// Names the type of a node.
pub(super) fn kind(node: &Node<'_>) -> &'static str {
    match (&node.value, plain(node)) {
        (Value::Map(_), _) => "a mapping",
        (Value::Seq(_), _) => "a list",
        (_, Some((_, Resolved::Null))) => "null",
        (_, Some((_, Resolved::Bool(_)))) => "a boolean",
        (_, Some((_, Resolved::Integer(_) | Resolved::LeadingZero | Resolved::Number))) => "a number",
        (Value::Scalar(_), _) => "a string",
    }
}

fn plain<'n>(node: &'n Node<'_>) -> Option<(&'n str, Resolved)> {
    let scalar = node.scalar()?;
    Some((scalar.text.as_ref(), scalar.resolved()?))
}

/// What to do about a dollar sign that begins no placeholder.
pub(super) const PLACEHOLDER: &str = "write a placeholder as \"${NAME}\"";

/// Says what to write for a part of a text with placeholders.
pub(super) fn part(kind: &TextKind, text: &str, part: Literal<'_>) -> Option<String> {
    if part.text.contains('$') {
        return Some(PLACEHOLDER.to_owned());
    }
    let end = part.start + part.text.len();
    let with = |meant: &str| {
        let whole = format!("{}{meant}{}", text.get(..part.start)?, text.get(end..)?);
        (kind.check_parts)(&Literals::of(&whole)).is_ok().then(|| format!("write \"{whole}\""))
    };
    if part.is_default {
        return (kind.suggest)(part.text).and_then(|meant| with(&meant));
    }
    // Between two letters a dash at the end of a part stays.
    let between = (kind.suggest)(&format!("x{}x", part.text));
    between.and_then(|meant| with(meant.strip_prefix('x')?.strip_suffix('x')?)).or_else(|| {
        // What stands behind a dot is a domain, and so is all that follows it; not so in a network.
        if std::ptr::eq(kind.rule, rules::INVALID_ROUTE) {
            return None;
        }
        let (host, _) = part.text.split_once('.')?;
        let host = if host.is_empty() { String::new() } else { (kind.suggest)(host)? };
        let whole = Some(format!("{}{host}", text.get(..part.start)?)).filter(|whole| !whole.is_empty())?;
        (kind.check_parts)(&Literals::of(&whole)).is_ok().then(|| format!("write \"{whole}\""))
    })
}

/// Says what to write instead; `key` is the key that the node stands under.
pub(super) fn form(want: &Shape, node: &Node<'_>, key: &str) -> Option<String> {
    let text = node.text().filter(|text| !text.is_empty());
    match want {
        Shape::Boolean if key == "appConnector" && node.map().is_some() => Some(hints::app_connector(node)),
        Shape::Boolean => boolean(node),
        Shape::Integer { .. } => {
            let text = text.filter(|text| matches!(resolve(text), Resolved::Integer(_)))?;
            Some(format!("write {text} without quotes"))
        }
        Shape::List(item) => {
            let items = text?.split(',').map(str::trim_ascii).filter(|item| !item.is_empty());
            let is_tag = matches!(item, Shape::Text { name: "tag", .. });
            let items = items.map(|item| if is_tag { suggest::tag(item) } else { Some(item.to_owned()) });
            Some(format!("write [{}]", items.collect::<Option<Vec<_>>>()?.join(", ")))
        }
        Shape::Record(record) => entry(record, node, key),
        Shape::Map { values: Shape::Record(_), .. } => {
            let items = node.items();
            let name = items.iter().find_map(|item| item.get("name")).and_then(Node::text);
            let name = name.unwrap_or("web");
            (!items.is_empty()).then(|| format!("write each entry under a key of its own: {name}: {{…}}"))
        }
        Shape::Map { values, .. } => {
            let scalars: Vec<&str> =
                text.map_or_else(|| node.items().iter().filter_map(scalar).collect(), |text| vec![text]);
            let pairs = scalars.iter().map(|text| mapped(want, values, text)).collect::<Option<Vec<_>>>()?;
            (!pairs.is_empty()).then(|| format!("write {key}: {{{}}}", pairs.join(", ")))
        }
        Shape::Defaults(_) | Shape::Text { .. } | Shape::Words(_) | Shape::IntOrText { .. } => None,
    }
}

fn boolean(node: &Node<'_>) -> Option<String> {
    let text = node.text()?;
    let word = text.to_ascii_lowercase();
    let meant = match word.as_str() {
        "true" | "yes" | "y" | "on" | "1" | "enabled" | "enable" => true,
        "false" | "no" | "n" | "off" | "0" | "disabled" | "disable" => false,
        _ => return None,
    };
    let without = match node.scalar() {
        Some(scalar) if scalar.tagged => " without a tag",
        _ if word == meant.to_string() => " without quotes",
        _ => "",
    };
    Some(format!("write {meant}{without}"))
}

/// Writes a text as the field of an entry that is most likely meant by it.
fn entry(record: &Record, node: &Node<'_>, key: &str) -> Option<String> {
    if record.name == "Spec" {
        let entry = "ingress: {web: {service: \"namespace/service:port\"}}";
        return Some(format!("write what is exposed: {key}: {{{entry}}}"));
    }
    let text = scalar(node).filter(|text| !text.is_empty() && resolve(text) == Resolved::Text);
    let field = record.fields.iter().find(|field| field.name == "service").or_else(|| record.fields.first());
    match (text, field.map(|field| (field.name, field.shape))) {
        (Some(text), Some((name, Shape::List(_)))) => {
            let is_switch =
                record.fields.iter().any(|field| field.name == text && matches!(field.shape, Shape::Boolean));
            let rest = if is_switch { format!("{text}: true") } else { format!("{name}: [{text}]") };
            Some(format!("write {key}: {{{rest}}}"))
        }
        (Some(text), Some((name, Shape::Text { .. } | Shape::Words(_)))) => Some(match glued(record, text) {
            Some((field, '=', rest)) => format!("write {key}: {{{field}: \"{rest}\"}}"),
            Some((field, _, rest)) => format!("write a blank after the colon: {field}: {rest}"),
            None => format!("write {key}: {{{name}: \"{text}\"}}"),
        }),
        _ => Some(format!("the fields here are {}", record.names().collect::<Vec<_>>().join(", "))),
    }
}

/// Writes a text as the pair of a mapping: ports by a name, paths by themselves, labels at their sign.
fn mapped(map: &Shape, values: &Shape, text: &str) -> Option<String> {
    match (values, map) {
        (Shape::IntOrText { .. }, _) => {
            let arrow = text.replace("->", ":");
            let text = arrow.as_str();
            let port = text.split([':', '/']).next()?;
            let name = match port {
                "80" => "http".to_owned(),
                "443" => "https".to_owned(),
                _ => format!("port-{port}"),
            };
            let quoted = if port == text { port.to_owned() } else { format!("\"{text}\"") };
            port.parse::<u16>().is_ok().then(|| format!("{name}: {quoted}"))
        }
        (_, Shape::Map { keys: Some(PATHS), .. }) => text.starts_with('/').then(|| format!("{text}: \"\"")),
        (Shape::Text { .. }, _) => {
            let (key, value) = text.split_once(['=', ':'])?;
            Some(format!("{}: {}", key.trim_ascii(), value.trim_ascii()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::api::{Decode, Decoder, Spec};
    use crate::krm::ResourceRef;
    use crate::yaml::{Sources, documents};

    /// Decodes a spec on one line and returns message and help of the first fault.
    fn fault(text: &str) -> (String, String) {
        let mut sources = Sources::default();
        let id = sources.add("t.yaml", text);
        let parsed = documents(id, sources.get(id).unwrap());
        let node = parsed[0].root.as_ref().unwrap().as_ref().unwrap();
        let mut decoder = Decoder::new(ResourceRef::default());
        let _ = Spec::decode(node, &mut decoder);
        let finding = decoder.findings.iter().next().cloned();
        finding.map(|finding| (finding.message, finding.help.unwrap_or_default())).unwrap_or_default()
    }

    #[test]
    fn every_wrong_type_says_what_to_write() {
        for (text, message, help) in [
            ("ingress: {a: {funnel: \"true\"}}", "must be true or false, is a string", "write true without quotes"),
            ("ingress: {a: {funnel: yes}}", "must be true or false, is the word \"yes\"", "write true"),
            ("ingress: {a: {funnel: 0}}", "must be true or false, is a number", "write false"),
            ("ingress: {a: {funnel: maybe}}", "must be true or false, is a string", ""),
            ("ingress: {a: {tags: tag:web}}", "must be a list, is a string", "write [tag:web]"),
            ("ingress: {a: {tags: web}}", "must be a list, is a string", "write [tag:web]"),
            ("ingress: {a: {tags: \"tag:a,tag:b\"}}", "must be a list, is a string", "write [tag:a, tag:b]"),
            (
                "ingress: {a: {tags: [tag: web]}}",
                "must be a string, is a mapping",
                "write tag:web, without a blank after the colon",
            ),
            ("ingress: {a: {tags: [null]}}", "must not be null", "delete the item"),
            ("ingress: {a: {hostname: 42}}", "must be a string; without quotes, 42 is a number", "write \"42\""),
            ("ingress: {a: {hostname: [web]}}", "must be a string, is a list", "write \"web\""),
            ("ingress: {a: {service: {name: web, port: 80}}}", "must be a string, is a mapping", "write \"web:80\""),
            (
                "ingress: {a: {service: {namespace: apps, name: web, port: {number: 80}}}}",
                "must be a string, is a mapping",
                "write \"apps/web:80\"",
            ),
            ("ingress: {a: {service: {web: 80}}}", "must be a string, is a mapping", "write \"web:80\""),
            (
                "ingress: {a: {service: 8080}}",
                "must be a string; without quotes, 8080 is a number",
                "write \"service:8080\"",
            ),
            ("ingress: {a: \"web:80\"}", "must be a mapping, is a string", "write a: {service: \"web:80\"}"),
            ("ingress: {a: [\"web:80\"]}", "must be a mapping, is a list", "write a: {service: \"web:80\"}"),
            (
                "ingress: {a: service:web:80}",
                "must be a mapping, is a string",
                "write a blank after the colon: service: web:80",
            ),
            ("ingress: {a: service=web:80}", "must be a mapping, is a string", "write a: {service: \"web:80\"}"),
            (
                "ingress: [{name: store, service: web}]",
                "must be a mapping, is a list",
                "write each entry under a key of its own: store: {…}",
            ),
            ("ingress: {a: {paths: [/api]}}", "must be a mapping, is a list", "write paths: {/api: \"\"}"),
            (
                "ingress: {a: {homepage: true}}",
                "must be a mapping, is a boolean",
                "the fields here are group, name, icon, description",
            ),
            ("connector: {a: {appConnector: {}}}", "must be true or false, is a mapping", "write appConnector: true"),
            (
                "connector: {a: {appConnector: {routes: [10.0.0.0/8, \"fd00::/8\"]}}}",
                "must be true or false, is a mapping",
                "write appConnector: true, routes: [10.0.0.0/8, fd00::/8]",
            ),
            ("connector: {a: 10.0.0.0/8}", "must be a mapping, is a string", "write a: {routes: [10.0.0.0/8]}"),
            ("connector: {a: exitNode}", "must be a mapping, is a string", "write a: {exitNode: true}"),
            ("connector: {a: {routes: 10.0.0.0/8}}", "must be a list, is a string", "write [10.0.0.0/8]"),
            ("proxyGroup: {a: egress}", "must be a mapping, is a string", "write a: {type: \"egress\"}"),
            ("loadBalancer: {a: {ports: 80}}", "must be a mapping, is a number", "write ports: {http: 80}"),
            (
                "loadBalancer: {a: {ports: [443, 53/udp]}}",
                "must be a mapping, is a list",
                "write ports: {https: 443, port-53: \"53/udp\"}",
            ),
            (
                "loadBalancer: {a: {ports: {http: 80.5}}}",
                "must be a port number, is 80.5",
                "write a number, or \"port:targetPort/protocol\" such as \"53:5353/udp\"",
            ),
            ("loadBalancer: {a: {selector: app=web}}", "must be a mapping, is a string", "write selector: {app: web}"),
            ("loadBalancer: {a: {labels: [a, b]}}", "must be a mapping, is a list", ""),
            ("proxyGroup: {a: {replicas: \"3\"}}", "must be a whole number, is a string", "write 3 without quotes"),
            ("proxyGroup: {a: {replicas: 1.5}}", "must be a whole number, is 1.5", ""),
        ] {
            assert_eq!(fault(text), (message.to_owned(), help.to_owned()), "{text}");
        }
    }
}
