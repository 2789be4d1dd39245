//! Ports of a Service that is made: by name, or one that has none.
//!
//! Of `ports` and `port` the stronger layer counts; two of one layer are a fault. Ports that are copied from a
//! Service are none of this.

use std::collections::BTreeMap;

use super::context::Context;
use super::layers::Picked;
use super::manifest::{Scalar, ServicePort};
use super::service::port_scalar;
use super::ways::Way;
use crate::api::{PortMap, PortRef, PortSpec, Protocol};
use crate::krm::{FieldPath, Finding};
use crate::rule::rules;
use crate::yaml::Span;

/// The ports that an entry has.
#[derive(Debug)]
pub(super) enum Written<'a> {
    /// Ports by name.
    Named(Picked<'a, PortMap>),
    /// One that has none.
    One(Picked<'a, PortSpec>),
}

/// Which target ports there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Targets {
    /// None.
    None,
    /// Any. A port without one serves the Pods' port of its number.
    Any,
    /// Numbers alone. A port without one leads to the port of its number.
    Numbers,
}

/// Returns the ports that count; `help` says what to write where there are none.
pub(super) fn written<'a>(
    context: &mut Context<'_, 'a, '_>,
    one: Option<Picked<'a, PortSpec>>,
    named: Option<Picked<'a, PortMap>>,
    help: impl FnOnce(Finding) -> Finding,
) -> Option<Written<'a>> {
    match (one, named) {
        (None, None) => {
            let finding = Finding::of(rules::MISSING_FIELD, "must be set: the ports to serve").at(context.key.span);
            let path = context.path("ports");
            context.report(help(finding.path(path)));
            None
        }
        (Some(one), Some(named)) if one.layer == named.layer => {
            let message = "`port` must not be set beside `ports`: it is the only one";
            let path = context.path_at(one.at("port"));
            let finding = Finding::of(rules::CONFLICTING_PORT, message).at(one.span).path(path);
            context.report(finding.related(named.span, "`ports` is set here").help("write all of them in `ports`"));
            None
        }
        (Some(one), named) if named.as_ref().is_none_or(|named| one.layer < named.layer) => Some(Written::One(one)),
        (_, named) => named.map(Written::Named),
    }
}

/// Returns the ports of a Service.
pub(super) fn service_ports(
    context: &mut Context<'_, '_, '_>,
    written: &Written<'_>,
    targets: Targets,
) -> Option<Vec<ServicePort>> {
    let ports = match written {
        Written::One(one) => {
            let path = context.path_at(one.at("port"));
            target_fault(context, one.value, targets, one.span, path)?;
            context.trace(Way::OnlyPort, one.place());
            return Some(vec![service_port(None, one.value, targets)]);
        }
        Written::Named(ports) => ports,
    };
    if ports.value.0.is_empty() {
        context.lists_nothing("ports", ports, "must list a port", "write ports: {http: 80}");
        return None;
    }
    let mut sound = true;
    let mut seen = BTreeMap::new();
    let mut list = Vec::new();
    for (name, spec) in &ports.value.0 {
        let protocol = spec.value.protocol.unwrap_or(Protocol::Tcp);
        let path = context.path_in(ports.layer, "ports").key(name.value.as_str());
        if let Some(first) = seen.insert((spec.value.port.to_string(), protocol.as_str()), spec.span) {
            let message = format!("port {}/{protocol} must not be served twice", spec.value.port);
            let finding = Finding::of(rules::UNSERVABLE_PORT, message).at(spec.span).path(path.clone());
            context.report(finding.related(first, "first served here"));
            sound = false;
        }
        sound &= target_fault(context, &spec.value, targets, spec.span, path).is_some();
        context.trace_item(Way::Port, list.len(), (ports.layer, spec.span));
        list.push(service_port(Some(name.value.as_str()), &spec.value, targets));
    }
    sound.then_some(list)
}

/// Refuses a target port that leads nowhere.
fn target_fault(
    context: &mut Context<'_, '_, '_>,
    spec: &PortSpec,
    targets: Targets,
    span: Span,
    path: FieldPath,
) -> Option<()> {
    let message = match (targets, &spec.target) {
        (Targets::None, Some(_)) => {
            "must be a port and no target port: the operator leads to the same port of the device"
        }
        (Targets::Numbers, Some(PortRef::Name(_) | PortRef::Opaque { number: false, .. })) => {
            "must have a number as its target port: an address has no Pods that name their ports"
        }
        _ => return Some(()),
    };
    context.report(Finding::of(rules::INVALID_PORT, message).at(span).path(path));
    None
}

fn service_port(name: Option<&str>, spec: &PortSpec, targets: Targets) -> ServicePort {
    let target = spec.target.as_ref().unwrap_or(&spec.port);
    ServicePort {
        name: name.map(|name| Scalar::Text(name.to_owned())),
        app_protocol: spec.app_protocol.as_ref().map(|spoken| Scalar::Text(spoken.to_string())),
        protocol: spec.protocol.map(|protocol| Scalar::Text(protocol.to_string())),
        port: port_scalar(&spec.port),
        target_port: (targets != Targets::None).then(|| port_scalar(target)),
    }
}
