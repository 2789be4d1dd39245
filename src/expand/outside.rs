//! `outside`: a Service that leads to a host outside of the cluster.
//!
//! A DNS name is an ExternalName Service: the proxy resolves the name and passes on every port (`svc.go`
//! shouldExposeDNSName, `sts.go` reconcileSTS). An address is a Service without selector, whose endpoints are
//! an EndpointSlice of ours: the proxy passes on to the cluster's address of the Service, which has the ports that
//! are written (`svc.go` shouldExposeClusterIP). A ProxyGroup takes no ExternalName Service, and a Service only
//! where one of its endpoints says that it is ready (`svc-for-pg.go` shouldExpose, checkEndpointsReady).

use super::context::Context;
use super::endpoints::{EndpointPort, EndpointSlice};
use super::layers::{Layers, Picked};
use super::manifest::{Scalar, ServicePort, ServiceSpec, Texts};
use super::ports::{self, Targets, Written, service_ports};
use super::proxy::tags;
use super::ways::Way;
use crate::api::{Host, HostAddress, Literals, Outside, ProxyGroupType, STUB_ANNOTATION, Templated};
use crate::build::{ENDPOINTS_OF, MANAGED_BY, MANAGER};
use crate::krm::{Finding, ResourceRef};
use crate::rule::rules;
use crate::tailscale::annotation;

/// Where an entry leads.
enum Leads<'a> {
    Host(Picked<'a, Templated<Host>>),
    Address(Picked<'a, Templated<HostAddress>>, Written<'a>),
}

/// Expands one entry.
pub(super) fn expand<'a>(context: &mut Context<'_, 'a, '_>, layers: &Layers<'a, Outside>) -> Option<()> {
    let common = layers.as_common();
    let namespace = context.namespace(&common, None);
    let class = layers.any(|entry| &entry.proxy_class, |defaults| &defaults.proxy_class);
    let group = layers.own(|entry| &entry.proxy_group);
    let leads = leads(context, layers);
    let allowed = group.as_ref().is_none_or(|group| {
        let host = layers.own(|entry| &entry.host);
        let class = class.as_ref().filter(|class| class.is_written());
        context.standalone_only("host", host.as_ref(), group) & context.standalone_only("proxyClass", class, group)
    });
    let hostname = context.hostname(&common, Way::Hostname);
    let name = context.name(&common, Some("-tailnet"));
    let name = name.filter(|name| context.service_name(&common, name).is_some());
    let labels = context.labels(layers.merged(|entry| &entry.labels, |defaults| &defaults.labels));
    let mut set = context.provenance();
    set.push(annotation::EXPOSE, "true");
    set.push(annotation::HOSTNAME, hostname.as_ref().map_or_else(String::new, |hostname| hostname.text.clone()));
    context.proxy_annotations(tags(&common).as_ref(), group.as_ref(), class.as_ref(), &mut set);
    let annotations = layers.merged(|entry| &entry.annotations, |defaults| &defaults.annotations);
    let annotations = context.annotations(annotations, set)?;
    let (leads, hostname, name, labels) = (leads?, hostname?, name?, labels?);
    if !allowed {
        return None;
    }
    let tailnet = match &group {
        Some(group) => context.proxy_group(group, ProxyGroupType::Ingress, tags(&common).as_ref())?,
        None => String::new(),
    };
    let reference = ResourceRef::new("v1", "Service", namespace, name);
    let (picked, ports) = match leads {
        Leads::Host(host) => {
            let text = host.value.to_string();
            context.trace(Way::OutsideHost, host.place());
            context.substituted(|at| at.path("host"), host.span, &text);
            context.claim_service(&tailnet, group.is_some(), &hostname, &reference)?;
            let spec =
                ServiceSpec { kind: "ExternalName", external_name: Some(Scalar::Text(text)), ..ServiceSpec::default() };
            return context.make(&reference, &labels, &annotations, &spec);
        }
        Leads::Address(picked, ports) => (picked, ports),
    };
    let address = picked.value.to_string();
    let is_six = match picked.value {
        Templated::Known(known) => known.is_ipv6(),
        Templated::Opaque(text) => Literals::of(text).parts.iter().any(|part| part.text.contains(':')),
    };
    let served = service_ports(context, &ports, Targets::Numbers);
    context.substituted(|at| at.path("ip"), picked.span, &address);
    let sound = are_free(context, layers);
    let served = served.filter(|_| sound)?;
    context.claim_service(&tailnet, group.is_some(), &hostname, &reference)?;
    let endpoints = served.iter().map(EndpointPort::of).collect();
    let before = context.expansion.generated.len();
    service(context, &reference, [&labels, &annotations], is_six.then_some(&picked), served)?;
    let slice = EndpointSlice {
        address_type: if is_six { "IPv6" } else { "IPv4" },
        address: Scalar::Text(address),
        ports: endpoints,
    };
    let made = endpoint_slice(context, layers, &reference, [labels, annotations], (&picked, &ports), &slice);
    if made.is_none() {
        // One without the other would lead nowhere.
        context.expansion.generated.truncate(before);
    }
    made
}

/// Makes the Service of an address; `six` is the address if it is one of IPv6.
fn service(
    context: &mut Context<'_, '_, '_>,
    reference: &ResourceRef,
    [labels, annotations]: [&Texts; 2],
    six: Option<&Picked<'_, Templated<HostAddress>>>,
    ports: Vec<ServicePort>,
) -> Option<()> {
    let mut spec = ServiceSpec { kind: "ClusterIP", ports, ..ServiceSpec::default() };
    if let Some(six) = six {
        context.trace(Way::OutsideFamily, six.place());
        spec.ip_families.push(Scalar::Text("IPv6".to_owned()));
    }
    context.make(reference, labels, annotations, &spec)
}

/// Makes the EndpointSlice of a Service: with its labels, and with all annotations that are not the operator's.
fn endpoint_slice<'a>(
    context: &mut Context<'_, 'a, '_>,
    layers: &Layers<'a, Outside>,
    service: &ResourceRef,
    [mut labels, mut annotations]: [Texts; 2],
    (address, ports): (&Picked<'_, Templated<HostAddress>>, &Written<'_>),
    slice: &EndpointSlice,
) -> Option<()> {
    context.links.keep(&[Way::Namespace, Way::NamespaceOfStub, Way::Stub, Way::Name, Way::Label]);
    annotations.0.retain(|(key, _)| !key.starts_with(annotation::PREFIX) || *key == STUB_ANNOTATION);
    for pair in layers.merged(|entry| &entry.annotations, |defaults| &defaults.annotations) {
        if let Some(number) = annotations.number(pair.key) {
            context.trace_item(Way::Annotation, number, (pair.layer, pair.span));
        }
    }
    labels.push(MANAGED_BY, MANAGER);
    labels.push(ENDPOINTS_OF, service.name.clone());
    context.trace(Way::Address, address.place());
    context.trace(Way::AddressType, address.place());
    match ports {
        Written::One(one) => context.trace(Way::OnlyEndpointPort, one.place()),
        Written::Named(ports) => {
            for (number, (_, spec)) in ports.value.0.iter().enumerate() {
                context.trace_item(Way::EndpointPort, number, (ports.layer, spec.span));
            }
        }
    }
    let ResourceRef { namespace, name, .. } = service;
    let reference = ResourceRef::new("discovery.k8s.io/v1", "EndpointSlice", namespace.clone(), name.clone());
    context.make(&reference, &labels, &annotations, slice)
}

/// Returns where an entry leads.
fn leads<'a>(context: &mut Context<'_, 'a, '_>, layers: &Layers<'a, Outside>) -> Option<Leads<'a>> {
    let (host, ip) = (layers.own(|entry| &entry.host), layers.own(|entry| &entry.ip));
    match (host, ip) {
        (Some(host), None) => {
            let why = "every port of a DNS name is open, the tailnet policy is the only filter";
            let sound = context.unused("ports", layers.entry.ports.get(), why);
            (context.unused("port", layers.entry.port.get(), why) && sound).then_some(Leads::Host(host))
        }
        (None, Some(ip)) => {
            let (one, named) = (layers.own(|entry| &entry.port), layers.own(|entry| &entry.ports));
            let ports = ports::written(context, one, named, |finding| finding.help("write ports: {http: 80}"));
            ports.map(|ports| Leads::Address(ip, ports))
        }
        (Some(host), Some(ip)) => {
            let finding = Finding::of(rules::OUTSIDE_TARGET, "`host` and `ip` must not both be set").at(ip.span);
            let path = context.path_at(ip.at("ip"));
            context.report(finding.path(path).related(host.span, "`host` is set here"));
            None
        }
        (None, None) => {
            let finding = Finding::of(rules::OUTSIDE_TARGET, "one of `host` and `ip` must be set").at(context.key.span);
            let path = context.path("host");
            let help = "write host: nas.lan, or ip: 192.168.1.9 with the ports";
            context.report(finding.path(path).help(help));
            None
        }
    }
}

/// Refuses labels by which the EndpointSlice is found.
fn are_free<'a>(context: &mut Context<'_, 'a, '_>, layers: &Layers<'a, Outside>) -> bool {
    let mut sound = true;
    for pair in layers.merged(|entry| &entry.labels, |defaults| &defaults.labels) {
        if pair.key == ENDPOINTS_OF || pair.key == MANAGED_BY {
            let path = context.path_in(pair.layer, "labels").key(pair.key);
            let message = "must not be written: the EndpointSlice is found by it";
            context.report(Finding::of(rules::INVALID_LABEL, message).at(pair.key_span).path(path));
            sound = false;
        }
    }
    sound
}
