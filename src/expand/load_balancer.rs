//! `loadBalancer`: a new Service of type LoadBalancer and the operator's class, or of type ClusterIP.
//!
//! One of type ClusterIP is exposed by an annotation (`svc.go` shouldExposeClusterIP); then no node ports are
//! opened. The class is the word `tailscale` whatever the Ingress class is called (`svc.go` isTailscaleLoadBalancerService).
//! The tailnet name is always written: what the operator derives has no cluster in it.

use super::context::Context;
use super::keys::{key_fault, label_value_fault};
use super::layers::{Layers, Picked};
use super::manifest::{Scalar, ServicePort, ServiceSpec, Texts};
use super::ports::{self, Targets, service_ports};
use super::proxy::tags;
use super::service::{namespace_of, number_scalar};
use super::ways::Way;
use crate::api::{LoadBalancer, PortRef, ProxyGroupType, ServiceType, Setting, Switch, Target, Templated};
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
    let kind = service_type(context, layers);
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
    if kind == Some(ServiceType::ClusterIp) {
        set.push(annotation::EXPOSE, "true");
    }
    set.push(annotation::HOSTNAME, hostname.as_ref().map_or_else(String::new, |hostname| hostname.text.clone()));
    context.proxy_annotations(tags(&common).as_ref(), group.as_ref(), class.as_ref(), &mut set);
    let annotations =
        context.annotations(layers.merged(|entry| &entry.annotations, |defaults| &defaults.annotations), set)?;
    let (ports, selector) = behind?;
    let (hostname, name, labels, kind) = (hostname?, name?, labels?, kind?);
    if !allowed {
        return None;
    }
    let tailnet = match &group {
        Some(group) => context.proxy_group(group, ProxyGroupType::Ingress, tags(&common).as_ref())?,
        None => String::new(),
    };
    let reference = ResourceRef::new("v1", "Service", namespace, name);
    context.claim_service(&tailnet, group.is_some(), &hostname, &reference)?;
    let spec = spec(context, layers, kind, ports, selector);
    context.make(&reference, &labels, &annotations, &spec)
}

/// Returns what Service is made; what does nothing on it is refused where the entry itself says it.
fn service_type<'a>(context: &mut Context<'_, 'a, '_>, layers: &Layers<'a, LoadBalancer>) -> Option<ServiceType> {
    let Some(picked) = layers.own(|entry| &entry.kind) else { return Some(ServiceType::LoadBalancer) };
    let Some(kind) = picked.value.known() else {
        let message = "must be written out, without a placeholder: what else is written depends on it";
        context.fault(rules::UNKNOWN_VALUE, "type", &picked, message);
        return None;
    };
    context.trace(Way::Type, picked.place());
    if *kind == ServiceType::LoadBalancer {
        return Some(*kind);
    }
    context.trace(Way::Expose, picked.place());
    let why = "a Service of type ClusterIP has no node ports";
    let ports = layers.entry.allocate_load_balancer_node_ports.get();
    let sound = context.unused("allocateLoadBalancerNodePorts", ports, why);
    let policy = layers.entry.external_traffic_policy.get();
    let sound = context.unused("externalTrafficPolicy", policy, why) && sound;
    sound.then_some(*kind)
}

fn spec<'a>(
    context: &mut Context<'_, 'a, '_>,
    layers: &Layers<'a, LoadBalancer>,
    kind: ServiceType,
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
    let is_balanced = kind == ServiceType::LoadBalancer;
    let node_ports = layers.own(|entry| &entry.allocate_load_balancer_node_ports).filter(|_| is_balanced);
    let spread = layers.own(|entry| &entry.external_traffic_policy).filter(|_| is_balanced);
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
        kind: kind.as_str(),
        load_balancer_class: is_balanced.then_some("tailscale"),
        external_name: None,
        allocate_load_balancer_node_ports: node_ports.map(|flag| boolean(&flag.value.0)),
        external_traffic_policy: word(context, policy, spread),
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
    let (one, named) = (layers.own(|entry| &entry.port), layers.own(|entry| &entry.ports));
    let ports = ports::written(context, one, named, |finding| {
        finding.help("write ports: {http: 80}, or service: \"namespace/service\" to copy a Service's")
    });
    let mut sound = ports.is_some();
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
    let ports = service_ports(context, &ports?, Targets::Any)?;
    sound.then_some((ports, texts))
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
        ("port", layers.entry.port.get().map(|port| port.span)),
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
