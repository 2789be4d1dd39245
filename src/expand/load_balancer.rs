//! `loadBalancer`: a new Service of type LoadBalancer and the operator's class.
//!
//! The class is the word `tailscale` whatever the Ingress class is called (`svc.go` isTailscaleLoadBalancerService).
//! The tailnet name is always written: what the operator derives has no cluster in it.

use std::collections::BTreeMap;

use super::context::Context;
use super::keys::{key_fault, label_value_fault};
use super::layers::{Layers, Picked};
use super::manifest::{Scalar, ServicePort, ServiceSpec, Texts};
use super::proxy::tags;
use super::service::{namespace_of, number_scalar, port_scalar};
use super::ways::Way;
use crate::api::{LoadBalancer, PortMap, PortRef, Protocol, ProxyGroupType, Setting, Switch, Target, Templated};
use crate::build::Service;
use crate::krm::{Finding, ResourceRef, Severity};
use crate::rule::rules;
use crate::tailscale::annotation;
use crate::yaml::{Node, Span, Value};

/// Expands one entry.
pub(super) fn expand<'a>(context: &mut Context<'_, 'a, '_>, layers: &Layers<'a, LoadBalancer>) -> Option<()> {
    let common = layers.as_common();
    let target = layers.own(|entry| &entry.service);
    let namespace = context.namespace(&common, target.as_ref().and_then(namespace_of));
    let group = layers.any(|entry| &entry.proxy_group, |defaults| &defaults.proxy_group);
    let class = layers.any(|entry| &entry.proxy_class, |defaults| &defaults.proxy_class);
    let behind = match &target {
        Some(target) => copied(context, layers, target, &namespace),
        None => written(context, layers),
    };
    let allowed = group.as_ref().is_none_or(|group| {
        context.standalone_only("proxyClass", class.as_ref().filter(|class| class.is_written()), group)
    });
    let hostname = context.hostname(&common, Way::Hostname);
    let name = context.name(&common, Some("-tailnet"));
    let name = name.filter(|name| context.service_name(&common, name).is_some());
    let labels = context.labels(layers.merged(|entry| &entry.labels, |defaults| &defaults.labels));
    let mut set = context.provenance();
    set.push(annotation::HOSTNAME, hostname.as_ref().map_or_else(String::new, |hostname| hostname.text.clone()));
    context.proxy_annotations(tags(&common).as_ref(), group.as_ref(), class.as_ref(), &mut set);
    let annotations =
        context.annotations(layers.merged(|entry| &entry.annotations, |defaults| &defaults.annotations), set)?;
    let (ports, selector) = behind?;
    let (hostname, name, labels) = (hostname?, name?, labels?);
    if !allowed {
        return None;
    }
    let tailnet = match &group {
        Some(group) => context.proxy_group(group, ProxyGroupType::Ingress, tags(&common).as_ref())?,
        None => String::new(),
    };
    let reference = ResourceRef::new("v1", "Service", namespace, name);
    context.claim_service(&tailnet, group.is_some(), &hostname, &reference)?;
    let spec = spec(context, layers, ports, selector);
    context.make(&reference, &labels, &annotations, &spec)
}

fn spec<'a>(
    context: &mut Context<'_, 'a, '_>,
    layers: &Layers<'a, LoadBalancer>,
    ports: Vec<ServicePort>,
    selector: Texts,
) -> ServiceSpec {
    fn word<T: std::fmt::Display>(
        context: &mut Context<'_, '_, '_>,
        way: Way,
        picked: Option<Picked<'_, Templated<T>>>,
    ) -> Option<Scalar> {
        let picked = picked?;
        context.trace(way, picked.place());
        Some(Scalar::Text(picked.value.to_string()))
    }
    let boolean = |value: &Switch| match value {
        Switch::On => Scalar::Flag(true),
        Switch::Off => Scalar::Flag(false),
        Switch::Opaque(text) => Scalar::Bare(text.to_string()),
    };
    let node_ports = layers.own(|entry| &entry.allocate_load_balancer_node_ports);
    let families = layers.own(|entry| &entry.ip_families);
    let not_ready = layers.own(|entry| &entry.publish_not_ready_addresses);
    let ways: [(Way, _); 3] = [
        (Way::NodePorts, node_ports.as_ref().map(Picked::place)),
        (Way::Families, families.as_ref().map(Picked::place)),
        (Way::NotReady, not_ready.as_ref().map(Picked::place)),
    ];
    for (way, place) in ways {
        place.into_iter().for_each(|place| context.trace(way, place));
    }
    let (policy, family) = (Way::TrafficPolicy, Way::FamilyPolicy);
    let affinity = Way::Affinity;
    ServiceSpec {
        kind: "LoadBalancer",
        load_balancer_class: Some("tailscale"),
        external_name: None,
        allocate_load_balancer_node_ports: node_ports.map(|flag| boolean(&flag.value.0)),
        external_traffic_policy: word(context, policy, layers.own(|entry| &entry.external_traffic_policy)),
        ip_family_policy: word(context, family, layers.own(|entry| &entry.ip_family_policy)),
        ip_families: families.map_or_else(Vec::new, |families| {
            families.value.0.iter().map(|family| Scalar::Text(family.value.to_string())).collect()
        }),
        publish_not_ready_addresses: not_ready.map(|flag| boolean(flag.value)),
        session_affinity: word(context, affinity, layers.own(|entry| &entry.session_affinity)),
        ports,
        selector,
    }
}

/// Returns ports and selector as the entry writes them.
fn written<'a>(
    context: &mut Context<'_, 'a, '_>,
    layers: &Layers<'a, LoadBalancer>,
) -> Option<(Vec<ServicePort>, Texts)> {
    let ports = layers.own(|entry| &entry.ports);
    let mut sound = true;
    if ports.is_none() {
        let finding = Finding::of(rules::MISSING_FIELD, "must be set: the ports to serve").at(context.key.span);
        let path = context.path("ports");
        context.report(
            finding.path(path).help("write ports: {http: 80}, or service: \"namespace/service\" to copy a Service's"),
        );
        sound = false;
    }
    let is_cleared = matches!(layers.entry.selector, Setting::Cleared(_));
    let selector = layers.own(|entry| &entry.selector);
    if selector.is_none() && !is_cleared {
        let finding =
            Finding::of(rules::MISSING_FIELD, "must be set: the labels of the Pods behind it").at(context.key.span);
        let path = context.path("selector");
        let help = "write selector: {app: my-app}, service: \"namespace/service\" to copy a Service's, or selector: {} for none";
        context.report(finding.path(path).help(help));
        sound = false;
    }
    if let Some(selector) = selector.as_ref().filter(|selector| selector.value.0.is_empty()) {
        context.lists_nothing("selector", selector, "must list a label", "write selector: {} for none");
        sound = false;
    }
    let mut texts = Texts::default();
    let layer = selector.as_ref().map_or(0, |selector| selector.layer);
    for (key, value) in selector.as_ref().map_or(&[][..], |selector| &selector.value.0) {
        let faults = [(key.span, "", key_fault(&key.value)), (value.span, "value ", label_value_fault(&value.value))];
        for (span, what, why) in faults.into_iter().filter_map(|(span, what, why)| Some((span, what, why?))) {
            let path = context.path_in(layer, "selector").key(&key.value);
            let message = format!("the label's {what}{why}");
            context.report(Finding::of(rules::INVALID_LABEL, message).at(span).path(path));
            sound = false;
        }
        context.substituted(|at| at.path_in(layer, "selector").key(&key.value), value.span, &value.value);
        context.trace_item(Way::Selector, texts.0.len(), (layer, value.span));
        texts.push_written(&key.value, &value.value);
    }
    let ports = service_ports(context, &ports?, true)?;
    sound.then_some((ports, texts))
}

/// Returns the ports of a mapping; a port without a target serves the Pods' port of its number.
pub(super) fn service_ports(
    context: &mut Context<'_, '_, '_>,
    ports: &Picked<'_, PortMap>,
    with_target: bool,
) -> Option<Vec<ServicePort>> {
    if ports.value.0.is_empty() {
        context.lists_nothing("ports", ports, "must list a port", "write ports: {http: 80}");
        return None;
    }
    let mut sound = true;
    let mut seen = BTreeMap::new();
    let mut list = Vec::new();
    for (name, spec) in &ports.value.0 {
        let protocol = spec.value.protocol.unwrap_or(Protocol::Tcp);
        if let Some(first) = seen.insert((spec.value.port.to_string(), protocol.as_str()), spec.span) {
            let path = context.path_in(ports.layer, "ports").key(name.value.as_str());
            let message = format!("port {}/{protocol} must not be served twice", spec.value.port);
            context.report(
                Finding::of(rules::UNSERVABLE_PORT, message)
                    .at(spec.span)
                    .path(path)
                    .related(first, "first served here"),
            );
            sound = false;
        }
        let target = spec.value.target.as_ref();
        if !with_target && target.is_some() {
            let path = context.path_in(ports.layer, "ports").key(name.value.as_str());
            let message = "must be a port and no target port: the operator leads to the same port of the device";
            context.report(Finding::of(rules::INVALID_PORT, message).at(spec.span).path(path));
            sound = false;
        }
        context.trace_item(Way::Port, list.len(), (ports.layer, spec.span));
        list.push(ServicePort {
            name: Some(Scalar::Text(name.value.to_string())),
            app_protocol: None,
            protocol: spec.value.protocol.map(|protocol| Scalar::Text(protocol.to_string())),
            port: port_scalar(&spec.value.port),
            target_port: with_target.then(|| port_scalar(target.unwrap_or(&spec.value.port))),
        });
    }
    sound.then_some(list)
}

/// Returns ports and selector of a Service of the build.
fn copied<'a>(
    context: &mut Context<'_, 'a, '_>,
    layers: &Layers<'a, LoadBalancer>,
    target: &Picked<'a, Target>,
    namespace: &str,
) -> Option<(Vec<ServicePort>, Texts)> {
    for (field, span) in [
        ("ports", layers.entry.ports.get().map(|ports| ports.span)),
        ("selector", layers.entry.selector.get().map(|selector| selector.span)),
    ] {
        if let Some(span) = span {
            let path = context.path(field);
            let message = format!("`{field}` must not be set beside `service`, which copies it");
            context.report(
                Finding::of(rules::AMBIGUOUS_SELECTOR, message)
                    .at(span)
                    .path(path)
                    .related(target.span, "copies this Service"),
            );
            return None;
        }
    }
    let Some(service) = context.find_service(namespace, &target.value.service) else {
        let (rule, why) = if context.build.visible {
            (rules::DANGLING_SERVICE, "is not in the build, so its ports and selector cannot be copied")
        } else {
            (rules::BUILD_NOT_VISIBLE, "is not visible to a generator, so its ports and selector cannot be copied")
        };
        let message = format!("Service \"{}\" {why}", target.value.service);
        let path = context.path_at(target.at("service"));
        let help = "write `ports` and `selector`";
        context.report(Finding::of(rule, message).at(target.span).path(path).help(help));
        return None;
    };
    if service.unquoted_name().is_some() {
        context.servable(service, target.at("service"))?;
    }
    without_selector(context, service, target.span)?;
    let ports = copied_ports(service, target.value.port.as_ref());
    if ports.is_empty() {
        let message = service.lacks(target.value.port.as_ref());
        let path = context.path_at(target.at("service"));
        let finding = Finding::of(rules::DANGLING_PORT, message).severity(Severity::Error).at(target.span).path(path);
        context.report(finding.related(service.object.node.span.head(), "this Service"));
        return None;
    }
    context.trace(Way::PortsOfService, target.place());
    context.trace(Way::SelectorOfService, target.place());
    let mut selector = Texts::default();
    if let Some(Value::Map(map)) = service.spec("selector").map(|selector| &selector.value) {
        for (key, value) in &map.entries {
            let text = value.text().unwrap_or_default();
            context.substituted(|at| at.path_at(target.at("service")), target.span, text);
            selector.push_written(key.text().unwrap_or_default(), text);
        }
    }
    Some((ports, selector))
}

/// Refuses to copy a Service that selects no Pods: the copy would lead nowhere.
fn without_selector(context: &mut Context<'_, '_, '_>, service: Service<'_>, span: Span) -> Option<()> {
    let why = if service.is_type("ExternalName") {
        "is of type ExternalName"
    } else if service.spec("selector").and_then(Node::map).is_none_or(|selector| selector.entries.is_empty()) {
        "has no selector"
    } else {
        return Some(());
    };
    let message = format!("{} {why}: a copy of it would lead nowhere", service.object.reference());
    let finding = Finding::of(rules::SERVICE_WITHOUT_SELECTOR, message).at(span).path(context.path("service"));
    let help = "expose the Service itself, with an entry of `annotate`";
    context.report(finding.related(service.object.node.span.head(), "this Service").help(help));
    None
}

fn copied_ports(service: Service<'_>, only: Option<&PortRef>) -> Vec<ServicePort> {
    let wanted = only.map(ToString::to_string);
    let text = |text: &str| Scalar::Text(text.to_owned());
    let int_or_text = |text: &str| match text.parse() {
        Ok(number) => Scalar::Number(number),
        Err(_) => Scalar::Text(text.to_owned()),
    };
    service
        .ports()
        .filter(|port| {
            wanted
                .as_deref()
                .is_none_or(|wanted| port.text("name") == Some(wanted) || port.text("port") == Some(wanted))
        })
        .filter_map(|port| {
            Some(ServicePort {
                name: port.text("name").map(text),
                app_protocol: port.text("appProtocol").map(text),
                protocol: port.text("protocol").map(text),
                port: number_scalar(port.text("port")?),
                target_port: port.text("targetPort").map(int_or_text),
            })
        })
        .collect()
}
