//! What Flux does to manifests after us: `${NAME}` becomes a value.
//!
//! A case may bring its values. For one that does not, [`fill`] makes them up by the field that a
//! placeholder stands in, so that the manifest is one that a cluster could take:
//!
//! | field | value |
//! |---|---|
//! | ports | `8080` |
//! | replicas | `2` |
//! | switches | `true` |
//! | other words of a fixed set | the first |
//! | tags | `tag:` and the placeholder's name; what stands behind other text is the name alone |
//! | the address of an egress | `100.64.0.1`, and `1` for a part of it |
//! | the name of an egress | `device.example.ts.net`, or the part of it that is missing |
//! | routes | `10.0.0.0/8`, and `192.168.2` or `7` for the beginning or the middle of one |
//! | anything else | the placeholder's name, as a DNS label |

use std::collections::BTreeMap;

use serde_json::Value;

/// Values by the name of their placeholder.
pub(crate) type Values = BTreeMap<String, String>;

/// Replaces placeholders by their value, else by the default that they bring. One that has neither
/// stays.
pub(crate) fn substitute(text: &str, values: &Values) -> String {
    let Some(found) = Placeholder::first(text) else { return text.to_owned() };
    let value = match (values.get(found.name), found.default) {
        (Some(value), _) => value.clone(),
        (None, Some(default)) => substitute(default, values),
        (None, None) => found.whole.to_owned(),
    };
    format!("{}{value}{}", found.before, substitute(found.after, values))
}

/// Makes up values for the placeholders of manifests that bring no default.
pub(crate) fn fill(manifests: &[Value]) -> Values {
    let mut found = BTreeMap::new();
    for manifest in manifests {
        walk(manifest, &mut Vec::new(), &mut found);
    }
    found.into_iter().map(|(name, (_, value))| (name, value)).collect()
}

/// How well a field tells what its value is: what stands in a port and in a name is a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Exact,
    Any,
}

type Found = BTreeMap<String, (Fit, String)>;

fn walk<'v>(value: &'v Value, path: &mut Vec<&'v str>, found: &mut Found) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                visit(key, &[], "", found);
                path.push(key);
                walk(value, path, found);
                path.pop();
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, path, found)),
        Value::String(text) => visit(text, path, "", found),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn visit(text: &str, path: &[&str], before: &str, found: &mut Found) {
    let Some(placeholder) = Placeholder::first(text) else { return };
    let before = format!("{before}{}", placeholder.before);
    if let Some(default) = placeholder.default {
        visit(default, path, &before, found);
    } else {
        let (fit, value) = value(path, placeholder.name, &before, placeholder.after);
        let best = found.entry(placeholder.name.to_owned()).or_insert((fit, value.clone()));
        if fit < best.0 {
            *best = (fit, value);
        }
    }
    visit(placeholder.after, path, &format!("{before}x"), found);
}

/// The value for a placeholder in a field, between other text.
fn value(path: &[&str], name: &str, before: &str, after: &str) -> (Fit, String) {
    let label = name.to_lowercase().replace('_', "-");
    let label = label.trim_matches('-');
    let field = path.last().copied().unwrap_or_default();
    let exact = match (path, field.strip_prefix("tailscale.com/").unwrap_or(field)) {
        ([.., "ports", "port" | "targetPort"] | [.., "port", "number"], _) => "8080",
        (_, "replicas") => "2",
        (_, "funnel" | "expose" | "http-redirect" | "experimental-forward-cluster-traffic-via-ingress") => "true",
        (_, "allocateLoadBalancerNodePorts" | "publishNotReadyAddresses") => "true",
        (_, "ipFamilies") => "IPv4",
        (_, "ipFamilyPolicy") => "SingleStack",
        (_, "sessionAffinity") => "ClientIP",
        (_, "externalTrafficPolicy") => "Cluster",
        (["spec", "type"], _) => "ingress",
        (_, "mode") => "auth",
        (_, "protocol") => "TCP",
        (_, "tags") if before.is_empty() || before.ends_with(',') => return (Fit::Exact, format!("tag:{label}")),
        (_, "exitNode") => "true",
        (_, "routes" | "advertiseRoutes") => match (before.is_empty(), after.is_empty()) {
            (true, true) => "10.0.0.0/8",
            (true, false) => "192.168.2",
            (false, _) => "7",
        },
        (_, "tailnet-ip") => {
            if before.is_empty() && after.is_empty() {
                "100.64.0.1"
            } else {
                "1"
            }
        }
        (_, "tailnet-fqdn") => match (before.contains('.'), after.contains('.')) {
            (false, false) => "device.example.ts.net",
            (true, false) => "example.ts.net",
            (_, true) => return (Fit::Any, label.to_owned()),
        },
        _ => return (Fit::Any, label.to_owned()),
    };
    (Fit::Exact, exact.to_owned())
}

/// A placeholder and the text around it.
struct Placeholder<'t> {
    before: &'t str,
    whole: &'t str,
    name: &'t str,
    default: Option<&'t str>,
    after: &'t str,
}

impl<'t> Placeholder<'t> {
    /// The first of a text. One that is not closed is none.
    fn first(text: &'t str) -> Option<Self> {
        let (before, rest) = text.split_once("${")?;
        let mut depth = 1;
        let end = rest.char_indices().find_map(|(at, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            (depth == 0).then_some(at)
        })?;
        let (inner, after) = (rest.get(..end)?, rest.get(end + 1..)?);
        let whole = text.get(before.len()..text.len() - after.len())?;
        let name_end = inner.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(inner.len());
        let (name, operator) = inner.split_at(name_end);
        let default = [":=", ":-", "="].into_iter().find_map(|sign| operator.strip_prefix(sign));
        Some(Self { before, whole, name, default, after })
    }
}
