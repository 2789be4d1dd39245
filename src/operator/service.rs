//! Services: exposed by themselves or on a ProxyGroup, and egress.
//!
//! `svc.go` maybeProvision, validateService and shouldExpose; `svc-for-pg.go` validateService; and
//! `egress-services.go` validateEgressService. A Service may be taken up by two reconcilers at once; then
//! exposure is what is read, as it wins in `svc.go` maybeProvision.

use std::borrow::Cow;

use super::look::{annotation, at, namespace, proxy_class, text_at};
use super::{Exposure, Mechanism, Ports, Refusal, Said, ServedPort, Surroundings, TailnetName, Target, check, ingress};
use crate::krm::Object;
use crate::tailscale::{TailnetFqdn, annotation as key};
use crate::yaml::Node;

/// The deprecated key of a tailnet address, for standalone proxies alone (`svc.go` tailnetTargetAnnotation).
const OLD_TARGET: &str = "tailscale.com/ts-tailnet-target-ip";

/// The label of what the operator makes for itself (`operator.go` isManagedResource).
const MANAGED: &str = "tailscale.com/managed";

/// Reads a Service; nothing where it does not ask for the operator.
pub(super) fn read<'s>(object: Object<'s>, around: &dyn Surroundings<'s>) -> Option<Exposure<'s>> {
    let group = annotation(object, key::PROXY_GROUP);
    let target = target(object, group.is_some());
    let asks = is_exposed(object, around, group.is_some());
    let mut exposure = match (group, asks, target) {
        (Some(group), _, Some(target)) if !group.text.is_empty() => egress_on_group(object, around, group, target),
        (Some(group), true, _) => on_group(object, around, group),
        (Some(_), false, None) => return None,
        (None, true, _) => standalone(object, around),
        (_, false, Some(target)) => egress(object, around, target),
        (None, false, None) => return None,
    };
    if at(object, &["metadata", "labels", MANAGED]).and_then(Node::text) == Some("true") {
        exposure.refuse(Refusal::Managed);
    }
    Some(exposure)
}

/// Whether a Service asks to be exposed. A class-less one is the operator's only as a standalone proxy: the
/// reconciler of ProxyGroups is never told that it is the default.
fn is_exposed<'s>(object: Object<'s>, around: &dyn Surroundings<'s>, on_group: bool) -> bool {
    let is_balanced = text_at(object, &["spec", "type"]).is_some_and(|kind| kind.text == "LoadBalancer");
    let class = text_at(object, &["spec", "loadBalancerClass"]);
    let is_ours = match class {
        Some(class) => class.text == "tailscale",
        None => around.installation().default_load_balancer && !on_group,
    };
    let is_annotated = annotation(object, key::EXPOSE).is_some_and(|expose| expose.text == "true");
    let is_outside = outside(object).is_some();
    let leads_nowhere = is_external(object) && !is_outside;
    (is_balanced && is_ours) || (is_annotated && !leads_nowhere)
}

fn is_external(object: Object<'_>) -> bool {
    text_at(object, &["spec", "type"]).is_some_and(|kind| kind.text == "ExternalName")
}

fn outside(object: Object<'_>) -> Option<Said<'_>> {
    text_at(object, &["spec", "externalName"]).filter(|_| is_external(object))
}

/// Returns where an egress leads.
fn target<'s>(object: Object<'s>, on_group: bool) -> Option<Said<'s>> {
    let keys = [key::TAILNET_IP, OLD_TARGET, key::TAILNET_FQDN];
    let keys = keys.into_iter().filter(|key| !on_group || *key != OLD_TARGET);
    keys.filter_map(|key| annotation(object, key)).find(|target| !target.text.is_empty())
}

fn standalone<'s>(object: Object<'s>, around: &dyn Surroundings<'s>) -> Exposure<'s> {
    let mut exposure = proxied(Mechanism::Service, object, around);
    exposure.target = match outside(object) {
        Some(name) => Target::Outside(name),
        None => {
            exposure.ports = Ports::Served(served(object));
            Target::Cluster
        }
    };
    exposure
}

fn egress<'s>(object: Object<'s>, around: &dyn Surroundings<'s>, target: Said<'s>) -> Exposure<'s> {
    let mut exposure = proxied(Mechanism::Egress, object, around);
    exposure.target = Target::Tailnet(target);
    exposure
}

/// Reads what a proxy of its own gets.
fn proxied<'s>(mechanism: Mechanism, object: Object<'s>, around: &dyn Surroundings<'s>) -> Exposure<'s> {
    let mut exposure = Exposure::new(mechanism);
    let name = name(object, around);
    check::tags(object, &mut exposure, around.installation());
    validate(object, &mut exposure, &name.text);
    exposure.class = proxy_class(object);
    exposure.replicas = 1;
    exposure.names.push(name);
    exposure
}

fn on_group<'s>(object: Object<'s>, around: &dyn Surroundings<'s>, group: Said<'s>) -> Exposure<'s> {
    let mut exposure = Exposure::new(Mechanism::Service);
    if group.text.is_empty() {
        exposure.refuse(Refusal::EmptyGroup);
        return exposure;
    }
    exposure.group = Some(group);
    exposure.tailnet = around.group_tailnet(group.text);
    if ingress::has_no_address(object) {
        exposure.refuse(Refusal::NotExposed);
        return exposure;
    }
    let name = name(object, around);
    check::tags(object, &mut exposure, around.installation());
    validate(object, &mut exposure, &name.text);
    if around.group_type(group.text).is_some_and(|kind| kind != "ingress") {
        exposure.refuse(Refusal::GroupType);
    }
    exposure.target = Target::Cluster;
    exposure.names.push(TailnetName { is_service: true, ..name });
    exposure
}

/// Reads egress on a ProxyGroup: it has no tailnet name and no tags of its own, although both are validated.
fn egress_on_group<'s>(
    object: Object<'s>,
    around: &dyn Surroundings<'s>,
    group: Said<'s>,
    target: Said<'s>,
) -> Exposure<'s> {
    let mut exposure = Exposure::new(Mechanism::Egress);
    exposure.group = Some(group);
    exposure.tailnet = around.group_tailnet(group.text);
    validate(object, &mut exposure, &name(object, around).text);
    if around.group_type(group.text).is_some_and(|kind| kind != "egress") {
        exposure.refuse(Refusal::GroupType);
    }
    let ports = served(object);
    if ports.is_empty() {
        exposure.refuse(Refusal::NoPorts);
    }
    if !is_external(object) {
        exposure.refuse(Refusal::NotExternalName);
    }
    exposure.ports = Ports::Served(ports);
    exposure.target = Target::Tailnet(fqdn(object).unwrap_or(target));
    exposure
}

/// The checks of every Service (`svc.go` validateService).
fn validate(object: Object<'_>, exposure: &mut Exposure<'_>, name: &str) {
    if text_at(object, &["spec", "clusterIP"]).is_some_and(|address| address.text == "None") {
        exposure.refuse(Refusal::Headless);
    }
    let fqdn = fqdn(object);
    let address = annotation(object, key::TAILNET_IP).filter(|address| !address.text.is_empty());
    if fqdn.is_some() && address.is_some() {
        exposure.refuse(Refusal::TwoTargets);
    }
    if fqdn.is_some_and(|fqdn| TailnetFqdn::parse(fqdn.text).is_err()) {
        exposure.refuse(Refusal::TargetName);
    }
    if address.is_some_and(|address| !check::is_address(address.text)) {
        exposure.refuse(Refusal::TargetAddress);
    }
    check::hostname(exposure, name);
    if !check::are_tags(object) {
        exposure.refuse(Refusal::Tags);
    }
}

fn fqdn(object: Object<'_>) -> Option<Said<'_>> {
    annotation(object, key::TAILNET_FQDN).filter(|fqdn| !fqdn.text.is_empty())
}

/// Returns the name of the annotation, an empty one too, or the derived one (`sts.go` nameForService).
fn name<'s>(object: Object<'s>, around: &dyn Surroundings<'s>) -> TailnetName<'s> {
    let (text, span, derived) = match annotation(object, key::HOSTNAME) {
        Some(name) => (Cow::Borrowed(name.text), name.span, false),
        None => {
            let text = format!("{}-{}", namespace(object, around), object.metadata("name"));
            (Cow::Owned(text), at(object, &["metadata", "name"]).unwrap_or(object.node).span, true)
        }
    };
    TailnetName { text, replicas: None, is_service: false, derived, span }
}

fn served<'s>(object: Object<'s>) -> Vec<ServedPort<'s>> {
    let port = |port: &'s Node<'s>| {
        let number = port.get("port")?;
        let protocol = port.get("protocol").and_then(Node::text).unwrap_or("TCP");
        Some(ServedPort { protocol, number: Said { text: number.text()?, span: number.span } })
    };
    at(object, &["spec", "ports"]).map_or(&[][..], Node::items).iter().filter_map(port).collect()
}
