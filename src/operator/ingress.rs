//! Ingresses of the operator's class, standalone and on a ProxyGroup.
//!
//! `ingress.go` maybeProvision, hostnameForIngress and handlersForIngress; `ingress-for-pg.go` maybeProvision
//! and validateIngress. Of two Ingresses with one name on ProxyGroups nothing is said here.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::look::{annotation, at, namespace, proxy_class, text_at};
use super::{
    Dropped, Exposure, Handler, Mechanism, Ports, Redirection, Refusal, Said, Scheme, Surroundings, TailnetName,
    Target, check,
};
use crate::krm::Object;
use crate::tailscale::annotation as key;
use crate::yaml::Node;

/// Reads an Ingress; nothing where it is of another class. The legacy annotation of a class is never read.
pub(super) fn read<'s>(object: Object<'s>, around: &dyn Surroundings<'s>) -> Option<Exposure<'s>> {
    let class = text_at(object, &["spec", "ingressClassName"])?;
    if class.text != around.installation().ingress_class {
        return None;
    }
    let mut exposure = Exposure::new(Mechanism::Ingress);
    exposure.group = annotation(object, key::PROXY_GROUP).filter(|group| !group.text.is_empty());
    let is_on = |key| annotation(object, key).is_some_and(|switch| switch.text == "true");
    let name = hostname(object, around);
    check::tags(object, &mut exposure, around.installation());
    exposure.redirection = if is_on(key::HTTP_REDIRECT) { Redirection::Redirect } else { Redirection::None };
    handlers(object, around, &mut exposure);
    if let Some(group) = exposure.group {
        exposure.tailnet = around.group_tailnet(group.text);
        on_group(object, around, &mut exposure, group, &name);
    } else {
        exposure.class = proxy_class(object);
        exposure.replicas = 1;
        exposure.funnel = is_on(key::FUNNEL);
        exposure.cluster_traffic = is_on(key::CLUSTER_TRAFFIC);
        if exposure.handlers().is_empty() {
            exposure.refuse(Refusal::NoBackends);
        }
    }
    let mut ports = vec![443];
    if exposure.redirection != Redirection::None {
        ports.push(80);
    }
    exposure.ports = Ports::Tcp(ports);
    exposure.names.push(TailnetName { is_service: exposure.group.is_some(), ..name });
    Some(exposure)
}

/// What is asked of an Ingress on a ProxyGroup, and what such a group never reads.
fn on_group<'s>(
    object: Object<'s>,
    around: &dyn Surroundings<'s>,
    exposure: &mut Exposure<'s>,
    group: Said<'s>,
    name: &TailnetName<'s>,
) {
    if !check::are_tags(object) {
        exposure.refuse(Refusal::Tags);
    }
    let tls = at(object, &["spec", "tls"]).map_or(&[][..], Node::items);
    let hosts = tls.first().and_then(|first| first.get("hosts")).map_or(0, |hosts| hosts.items().len());
    if tls.len() > 1 || hosts > 1 {
        exposure.refuse(Refusal::TlsHosts);
    }
    check::hostname(exposure, &name.text);
    if around.group_type(group.text).is_some_and(|kind| kind != "ingress") {
        exposure.refuse(Refusal::GroupType);
    }
    if let Some(funnel) = annotation(object, key::FUNNEL).filter(|funnel| funnel.text == "true") {
        exposure.dropped.push((Dropped::Funnel, funnel.span));
    }
    if let Some(endpoint) = annotation(object, key::HTTP_ENDPOINT).filter(|endpoint| endpoint.text == "enabled") {
        if exposure.redirection == Redirection::Redirect {
            exposure.dropped.push((Dropped::Redirect, endpoint.span));
        }
        exposure.redirection = Redirection::Endpoint;
    }
}

/// Returns the first label of the first TLS host, or what is derived where there is none.
fn hostname<'s>(object: Object<'s>, around: &dyn Surroundings<'s>) -> TailnetName<'s> {
    let (text, span, derived) = match tls_host(object) {
        Some(host) => (Cow::Borrowed(host.text.split('.').next().unwrap_or_default()), host.span, false),
        None => {
            let text = format!("{}-{}-ingress", namespace(object, around), object.metadata("name"));
            let name = at(object, &["metadata", "name"]).unwrap_or(object.node);
            (Cow::Owned(text), name.span, true)
        }
    };
    TailnetName { text, replicas: None, is_service: false, derived, span }
}

fn tls_host(object: Object<'_>) -> Option<Said<'_>> {
    let host = at(object, &["spec", "tls"])?.items().first()?.get("hosts")?.items().first()?;
    Some(Said { text: host.text()?, span: host.span })
}

/// Reads the backends: of two at one path the later counts.
fn handlers<'s>(object: Object<'s>, around: &dyn Surroundings<'s>, exposure: &mut Exposure<'s>) {
    let mut handlers: BTreeMap<Cow<'s, str>, Handler<'s>> = BTreeMap::new();
    let mut add =
        |backend: &'s Node<'s>, path: &'s str, dropped: &mut Vec<_>| match handler(object, backend, path, around) {
            Some(handler) => drop(handlers.insert(handler.path.clone(), handler)),
            None => dropped.push((Dropped::Backend, backend.span)),
        };
    if let Some(backend) = at(object, &["spec", "defaultBackend"]).filter(|backend| !backend.is_null()) {
        add(backend, "/", &mut exposure.dropped);
    }
    for rule in at(object, &["spec", "rules"]).map_or(&[][..], Node::items) {
        if let Some(host) = rule.get("host").filter(|host| host.text() != Some("") && !host.is_null())
            && !is_served(host.text().unwrap_or_default(), object, exposure.group, around)
        {
            exposure.dropped.push((Dropped::HostRule, host.span));
            continue;
        }
        for path in rule.get("http").and_then(|http| http.get("paths")).map_or(&[][..], Node::items) {
            let at = path.get("path").and_then(Node::text).unwrap_or_default();
            if let Some(backend) = path.get("backend") {
                add(backend, at, &mut exposure.dropped);
            }
        }
    }
    exposure.target = Target::Handlers(handlers.into_values().collect());
}

/// Whether a rule's host is the one that is compared: literally that of TLS, and on a ProxyGroup the full name
/// on its tailnet, as far as that is known.
fn is_served<'s>(host: &str, object: Object<'s>, group: Option<Said<'s>>, around: &dyn Surroundings<'s>) -> bool {
    let tls = tls_host(object).map_or("", |host| host.text);
    let Some(group) = group else { return host == tls };
    let first = hostname(object, around).text;
    let tailnet = host.strip_prefix(&*first).and_then(|rest| rest.strip_prefix('.'));
    match &around.installation().tailnet {
        Some(own) if around.group_tailnet(group.text).is_empty() => tailnet == Some(own),
        _ => tailnet.is_some_and(|tailnet| tailnet.ends_with(".ts.net")),
    }
}

/// Reads a backend; nothing where it cannot be served.
fn handler<'s>(
    object: Object<'s>,
    backend: &'s Node<'s>,
    path: &'s str,
    around: &dyn Surroundings<'s>,
) -> Option<Handler<'s>> {
    let service = backend.get("service")?;
    let name = service.get("name")?;
    let port = service.get("port")?;
    let port_name = port.get("name").and_then(Node::text).filter(|name| !name.is_empty());
    let seen = around.service(namespace(object, around), name.text()?);
    if seen.is_some_and(has_no_address) {
        return None;
    }
    let number = match (port_name, seen) {
        (Some(name), Some(service)) => Some(port_called(service, name)?),
        (Some(_), None) => None,
        (None, _) => port.get("number").and_then(Node::text)?.parse::<u32>().ok().filter(|number| *number > 0),
    };
    if port_name.is_none() && number.is_none() {
        return None;
    }
    let is_https = number == Some(443) || port_name == Some("https");
    Some(Handler {
        path: if path.is_empty() { "/".into() } else { path.into() },
        service: Said { text: name.text()?, span: name.span },
        port: number,
        port_name,
        scheme: if is_https { Scheme::Https } else { Scheme::Http },
        span: backend.span,
    })
}

/// Whether a Service has no address of the cluster: it is headless, or a name outside.
pub(super) fn has_no_address(service: Object<'_>) -> bool {
    text_at(service, &["spec", "clusterIP"]).is_some_and(|address| address.text == "None")
        || text_at(service, &["spec", "type"]).is_some_and(|kind| kind.text == "ExternalName")
}

fn port_called(service: Object<'_>, name: &str) -> Option<u32> {
    let ports = at(service, &["spec", "ports"])?.items();
    let port = ports.iter().find(|port| port.get("name").and_then(Node::text) == Some(name))?;
    port.get("port")?.text()?.parse().ok()
}
