//! What a person meant who wrote a name that is not one.
//!
//! Only a fault leads here.

use super::by_hand;
use super::shape::Record;
use crate::yaml::Node;

/// Returns the known name nearest to a text, if one is near enough to be meant.
#[must_use]
pub fn nearest<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let fold = text.to_ascii_lowercase();
    // A text that is much longer than the name is not near it, and the table of a distance is the product of both.
    let may_be_near = |name: &&str| text.len() <= 4 * (name.len() + 1);
    known
        .filter(may_be_near)
        .map(|name| (strsim::damerau_levenshtein(&fold, &name.to_ascii_lowercase()), name))
        .filter(|(distance, name)| *distance <= (1 + name.len().max(text.len())) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Returns what to do about an unknown word.
pub(super) fn word(text: &str, known: &[&str]) -> Option<String> {
    if text == "kube-apiserver" {
        return Some("write an entry of the section `apiServer`".to_owned());
    }
    nearest(text, known.iter().copied()).map(did_you_mean)
}

fn did_you_mean(name: &str) -> String {
    format!("did you mean \"{name}\"?")
}

/// Returns what to do about an unknown field `name` of the mapping `parent`.
pub(super) fn unknown_field(record: &Record, name: &str, parent: &Node<'_>, value: &Node<'_>) -> String {
    match glued(record, name) {
        Some((field, '=', rest)) => return format!("write {field}: {rest}"),
        Some((field, _, rest)) => return format!("write a blank after the colon: {field}: {rest}"),
        None => {}
    }
    if is_lost_default(name) && !record.names().any(|field| field == "defaults") {
        return "write `defaults` under `spec`".to_owned();
    }
    meant(record.name, name, parent, value)
        .or_else(|| by_hand::section(record, name))
        .or_else(|| nearest(name, record.names()).map(did_you_mean))
        .unwrap_or_else(|| format!("the fields here are {}", record.names().collect::<Vec<_>>().join(", ")))
}

/// Returns what to do about an unknown field of a whole stub or profile, whose `spec` is a record.
pub(super) fn unknown_root(spec: &Record, name: &str) -> String {
    const ROOT: [&str; 4] = ["apiVersion", "kind", "metadata", "spec"];
    if let Some(by_hand) = by_hand::section(spec, name) {
        return by_hand;
    }
    match nearest(name, ROOT.into_iter().chain(spec.names())) {
        Some(near) if spec.names().any(|field| field == near) => format!("write \"{near}\" under `spec`"),
        Some(near) => did_you_mean(near),
        None => format!("the fields here are {}", ROOT.join(", ")),
    }
}

/// Returns what to do about an unknown field of `metadata`, which has the fields `known`.
pub(super) fn unknown_metadata(name: &str, known: &[&'static str]) -> String {
    if is_lost_default(name) {
        return "write `defaults` under `spec`".to_owned();
    }
    match nearest(name, known.iter().copied()) {
        Some(near) => did_you_mean(near),
        None => "write it under `spec` if it belongs there, else delete it".to_owned(),
    }
}

/// Returns whether a name is meant to be `defaults`, wherever it stands.
pub(super) fn is_lost_default(name: &str) -> bool {
    name.eq_ignore_ascii_case("defaults") || name.eq_ignore_ascii_case("default")
}

/// Splits a text that begins with a field of the record and a sign that is no separator: a colon
/// without a blank, an equals sign.
pub(super) fn glued<'t>(record: &Record, text: &'t str) -> Option<(&'t str, char, &'t str)> {
    let sign = text.find([':', '='])?;
    let (field, rest) = text.split_at_checked(sign)?;
    let (field, mut chars) = (field.trim_ascii(), rest.chars());
    let sign = chars.next()?;
    record.names().any(|name| name == field).then(|| (field, sign, chars.as_str().trim_ascii()))
}

/// Returns what to write for the part of a Connector that has routes under a key, or is a list of them.
fn routes(key: &str, part: &Node<'_>) -> Option<String> {
    let routes = part.get(key).unwrap_or(part).items().iter().filter_map(Node::text).collect::<Vec<_>>().join(", ");
    (!routes.is_empty()).then(|| format!("routes: [{routes}]"))
}

/// Returns what to write for a Connector's `appConnector`.
pub(super) fn app_connector(part: &Node<'_>) -> String {
    routes("routes", part)
        .map_or_else(|| "write appConnector: true".to_owned(), |routes| format!("write appConnector: true, {routes}"))
}

/// Returns what to write for a name that manifests or other tools have, by the record it stands in.
fn meant(record: &str, name: &str, parent: &Node<'_>, value: &Node<'_>) -> Option<String> {
    if record == "Connector" && ["subnetRouter", "advertiseRoutes", "subnets", "cidrs"].contains(&name) {
        return Some(format!(
            "write {}",
            routes("advertiseRoutes", value).as_deref().unwrap_or("routes: [10.0.0.0/8]")
        ));
    }
    let value = value.text().filter(|text| !text.is_empty());
    let service = parent.get("service").and_then(Node::text).filter(|text| !text.contains(':'));
    let fixed = match (record, name) {
        ("Ingress", "port" | "servicePort" | "targetPort") => {
            let (service, port) = (service.unwrap_or("namespace/service"), value.unwrap_or("port"));
            return Some(format!("write the port after the Service: service: \"{service}:{port}\""));
        }
        ("LoadBalancer" | "Egress" | "Outside", "appProtocol") => {
            let word = value.unwrap_or("https");
            return Some(format!("write it behind the port: ports: {{{word}: \"443@{word}\"}}"));
        }
        ("Egress", "port") => {
            return Some(format!("write ports: {{http: {}}}", value.unwrap_or("80")));
        }
        ("Ingress", "path") => return Some(format!("write paths: {{{}: \"\"}}", value.unwrap_or("/api"))),
        ("Ingress", "rules") => "write paths: {/api: \"\"}, a mapping from path to target",
        ("Ingress", "ports") => "write the port after the Service: service: \"namespace/service:port\"",
        ("Annotate", "port" | "ports") => "leave it out: the operator exposes every port of the Service",
        ("Annotate", "name" | "nameSuffix" | "labels") => {
            "leave it out: `annotate` makes no object, it changes annotations only"
        }
        ("Egress", "nameSuffix") => "write `name`: an egress Service is called after its key",
        ("Ingress", "backend" | "defaultBackend" | "serviceName") => "write service: \"namespace/service:port\"",
        ("LoadBalancer" | "Annotate", "serviceName") => "write service: \"namespace/service\"",
        ("Spec", "Connector" | "connectors" | "Connectors" | "subnetRouter" | "exitNode" | "appConnector") => {
            "write an entry of the section `connector`: connector: {home: {routes: [10.0.0.0/8]}}"
        }
        ("Connector", "namespace") => "leave it out: a Connector is of the whole cluster",
        ("Connector", "hosts" | "nameSuffix") => "write `hostname`, or `hostnamePrefix` for more than one proxy",
        ("Connector", "service" | "ports") => "write it in `loadBalancer` or `annotate`: a Connector leads to networks",
        ("Outside", "fqdn" | "externalName" | "dnsName") => "write `host`",
        ("Outside", "address" | "addresses") => "write `ip`, one address",
        ("Outside", "service" | "selector") => {
            "write `host` or `ip`; for a Service of the cluster write `loadBalancer` or `annotate`"
        }
        ("Ingress" | "LoadBalancer" | "Annotate" | "Egress" | "ApiServer" | "Connector", "host") => "write `hostname`",
        ("Ingress" | "LoadBalancer" | "Annotate" | "ApiServer", "hosts") => {
            "write `hostname`; one entry has one tailnet name"
        }
        ("ProxyGroup", "host" | "hostname") => "write `hostnamePrefix`: its proxies are called after it",
        ("Ingress", "tls") => "leave it out: the tailnet name is always served with TLS",
        ("Ingress", "ingressClassName" | "className" | "ingressClass")
        | ("LoadBalancer", "loadBalancerClass" | "className") => "leave it out: the class is always the operator's",
        ("Ingress", "secretName") => "leave it out: the operator has the certificate issued, and keeps its Secret",
        ("LoadBalancer" | "Annotate", "loadBalancerIP") => {
            "leave it out: the tailnet gives the address; `hostname` is the name that stays"
        }
        ("Ingress", "appProtocol") => {
            "leave it out: the operator speaks TLS to port 443 and to a port that is called `https`, else HTTP"
        }
        ("Annotate", "appProtocol") => "leave it out: the operator passes on bytes, whatever the protocol",
        ("Ingress" | "Annotate" | "ApiServer" | "Egress" | "Connector" | "Outside", "type") => {
            "leave it out: the section says it"
        }
        ("Spec", "service" | "services") => {
            "write `loadBalancer` for new Services, `annotate` for Services of the build"
        }
        ("Defaults", "hostname" | "name") => "write it in an entry: it names one object",
        _ => return None,
    };
    Some(fixed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Connector, Defaults, Egress, Ingress, LoadBalancer, Spec};
    use crate::yaml::{Sources, documents};

    #[test]
    fn the_nearest_name_is_near() {
        let known = ["service", "hostname", "tags", "funnel"];
        for (text, want) in [
            ("servcie", Some("service")),
            ("hostName", Some("hostname")),
            ("tag", Some("tags")),
            ("Funnel", Some("funnel")),
            ("replicas", None),
            ("tls", None),
            ("x", None),
        ] {
            assert_eq!(nearest(text, known.into_iter()), want, "{text:?}");
        }
    }

    #[test]
    fn an_unknown_field_says_what_was_meant() {
        for (record, text, want) in [
            (&Ingress::RECORD, "{servcie: x}", "did you mean \"service\"?"),
            (&Ingress::RECORD, "{tls: true}", "leave it out: the tailnet name is always served with TLS"),
            (&Ingress::RECORD, "{path: /x}", "write paths: {/x: \"\"}"),
            (&Ingress::RECORD, "{port: 80, service: web}", "write the port after the Service: service: \"web:80\""),
            (
                &Ingress::RECORD,
                "{port: 80, service: \"web:80\"}",
                "write the port after the Service: service: \"namespace/service:80\"",
            ),
            (&Ingress::RECORD, "{service:\"web:80\"}", "write a blank after the colon: service: \"web:80\""),
            (&Ingress::RECORD, "{service = \"web:80\"}", "write service: \"web:80\""),
            (
                &Spec::RECORD,
                "{Connector: {}}",
                "write an entry of the section `connector`: connector: {home: {routes: [10.0.0.0/8]}}",
            ),
            (&Connector::RECORD, "{subnetRouter: {advertiseRoutes: [a, b]}}", "write routes: [a, b]"),
            (&Connector::RECORD, "{advertiseRoutes: [a]}", "write routes: [a]"),
            (&Connector::RECORD, "{subnetRouter: {}}", "write routes: [10.0.0.0/8]"),
            (&Connector::RECORD, "{exitnode: true}", "did you mean \"exitNode\"?"),
            (&Egress::RECORD, "{port: 5432}", "write ports: {http: 5432}"),
            (&LoadBalancer::RECORD, "{appProtocol: h2c}", "write it behind the port: ports: {h2c: \"443@h2c\"}"),
            (&Defaults::RECORD, "{hostname: x}", "write it in an entry: it names one object"),
            (
                &Spec::RECORD,
                "{frobnicate: x}",
                "the fields here are defaults, ingress, loadBalancer, annotate, apiServer, proxyGroup, egress, connector, \
                 outside",
            ),
        ] {
            let mut sources = Sources::default();
            let id = sources.add("t.yaml", text);
            let parsed = documents(id, sources.get(id).unwrap());
            let node = parsed[0].root.as_ref().unwrap().as_ref().unwrap();
            let (key, value) = &node.map().unwrap().entries[0];
            assert_eq!(unknown_field(record, key.text().unwrap(), node, value), want, "{text}");
        }
    }

    #[test]
    fn a_section_beside_spec_belongs_under_it() {
        for (name, want) in [
            ("ingress", "write \"ingress\" under `spec`"),
            ("metadta", "did you mean \"metadata\"?"),
            ("x", "the fields here are apiVersion, kind, metadata, spec"),
        ] {
            assert_eq!(unknown_root(&Spec::RECORD, name), want);
        }
    }
}
