//! `egress`: an ExternalName Service that leads to a tailnet device.
//!
//! The operator overwrites `spec.externalName` with the name of its proxy (`svc.go` maybeProvision;
//! on a ProxyGroup `egress-services.go` validateEgressService). The proxy's own tailnet name is
//! written only where the entry says one: nobody calls an egress proxy.

use super::context::Context;
use super::layers::{Layers, Picked};
use super::manifest::{Scalar, ServiceSpec};
use super::ports::{Targets, Written, service_ports};
use super::proxy::tags;
use super::versions::too_old;
use super::ways::Way;
use crate::api::{Egress, Fqdn, Gitops, IpAddress, ProxyGroupType, Templated};
use crate::krm::{Finding, ResourceRef};
use crate::rule::rules;
use crate::tailscale::{Feature, Label, Name, annotation, is_via};

/// How Flux applies an object.
const FLUX_SSA: &str = "kustomize.toolkit.fluxcd.io/ssa";

/// Expands one entry.
pub(super) fn expand<'a>(context: &mut Context<'_, 'a, '_>, layers: &Layers<'a, Egress>) -> Option<()> {
    let common = layers.as_common();
    let namespace = context.namespace(&common, None);
    let group = layers.own(|entry| &entry.proxy_group);
    let class = layers.any(|entry| &entry.proxy_class, |defaults| &defaults.proxy_class);
    let all_tags = tags(&common);
    let target = target(context, layers);
    let name = context.name(&common, None)?;
    context.service_name(&common, &name)?;
    let labels = context.labels(layers.merged(|entry| &entry.labels, |defaults| &defaults.labels));
    let written_name = layers.entry.hostname.get();
    let mut set = context.provenance();
    let mut sound = context.derived_name(&namespace, &name);
    let mut hostname = None;
    if let Some(group) = &group {
        sound &= context.standalone_only("proxyClass", class.as_ref().filter(|class| class.is_written()), group);
        sound &= context.standalone_only("tags", all_tags.as_ref().filter(|tags| tags.is_written()), group);
        let picked = written_name.map(|name| Picked { value: &name.value, span: name.span, layer: 0 });
        sound &= context.standalone_only("hostname", picked.as_ref(), group);
        sound &= context.proxy_group(group, ProxyGroupType::Egress, None).is_some();
        context.proxy_annotations(None, Some(group), None, &mut set);
    } else {
        if written_name.is_none() {
            let why = "it is written around `hostname`, which the entry does not have";
            sound &= context.unused("hostnamePrefix", layers.entry.hostname_prefix.get(), why);
            sound &= context.unused("hostnameSuffix", layers.entry.hostname_suffix.get(), why);
        }
        context.proxy_annotations(all_tags.as_ref(), None, class.as_ref(), &mut set);
        if written_name.is_some() {
            hostname = Some(context.hostname(&common, Way::Hostname)?);
        }
    }
    if let Some(hostname) = &hostname {
        set.push(annotation::HOSTNAME, hostname.text.clone());
    }
    let (key, value) = target?;
    leads(context, layers, group.as_ref(), class.as_ref());
    set.push(key, value);
    let annotations =
        context.annotations(layers.merged(|entry| &entry.annotations, |defaults| &defaults.annotations), set)?;
    let ports = layers.own(|entry| &entry.ports);
    if ports.is_none() && group.is_some() {
        let finding =
            Finding::of(rules::MISSING_FIELD, "must be set: a ProxyGroup leads to single ports").at(context.key.span);
        let path = context.path("ports");
        context.report(finding.path(path).help("write ports: {https: 443}"));
        sound = false;
    }
    let ports = match ports {
        Some(ports) => service_ports(context, &Written::Named(ports), Targets::None)?,
        None => Vec::new(),
    };
    let labels = labels?;
    if !sound {
        return None;
    }
    let reference = ResourceRef::new("v1", "Service", namespace, name);
    if let Some(hostname) = &hostname {
        context.claim("", &hostname.text, hostname.span, &reference)?;
    } else if group.is_none() && !reference.namespace.is_empty() {
        let derived = format!("{}-{}", reference.namespace, reference.name);
        context.claim("", &derived, context.key.span, &reference)?;
    }
    drift(context, layers, &reference);
    let external_name = layers.own(|entry| &entry.external_name);
    let external_name = external_name.map_or_else(
        || "placeholder".to_owned(),
        |name| {
            let text = name.value.to_string();
            context.trace(Way::ExternalName, name.place());
            context.substituted(|at| at.path_in(name.layer, "externalName"), name.span, &text);
            text
        },
    );
    let spec = ServiceSpec {
        kind: "ExternalName",
        external_name: Some(Scalar::Text(external_name)),
        ports,
        ..ServiceSpec::default()
    };
    context.make(&reference, &labels, &annotations, &spec)
}

/// Tells what the operator must be new enough for, and what a proxy must take, to lead there.
fn leads<'a>(
    context: &mut Context<'_, 'a, '_>,
    layers: &Layers<'a, Egress>,
    group: Option<&Picked<'a, Templated<Label>>>,
    class: Option<&Picked<'a, Templated<Name>>>,
) {
    if let Some(ip) = layers.own(|entry| &entry.ip)
        && group.is_some()
        && ip.value.known().is_some_and(IpAddress::is_ipv6)
    {
        context.needs(Feature::Ipv6Egress, ip.at("ip"));
    }
    let Some(fqdn) = layers.own(|entry| &entry.fqdn) else { return };
    let name = match fqdn.value {
        Fqdn::Full(name) => name.to_string(),
        Fqdn::Short(name) => name.to_string(),
        Fqdn::Opaque(_) => return,
    };
    if is_via(&name) {
        context.needs(Feature::ViaEgress, fqdn.at("fqdn"));
        return;
    }
    let own = context.profile.and_then(|profile| profile.tailnet.get()).map(|tailnet| tailnet.value.to_string());
    let (host, tailnet) = name.split_once('.').unwrap_or((&name, ""));
    if !tailnet.is_empty() && own.is_none_or(|own| own != tailnet.trim_end_matches('.')) {
        return;
    }
    let of_group = group.map(|group| group.value.to_string());
    let of_group = of_group.map(|group| context.around.group(&group).and_then(|group| group.class.clone()));
    let class = of_group.unwrap_or_else(|| class.map(|class| class.value.to_string()));
    let at = fqdn.at("fqdn");
    let told = match context.lacks(Feature::ServiceEgress) {
        Some(version) => too_old(Feature::ServiceEgress, Feature::ServiceEgress.words(), version),
        None if class.as_deref().is_some_and(|class| context.around.takes_routes(class)) => return,
        None => {
            let message = "leads to a Tailscale Service, which a proxy reaches only if it takes routes of the tailnet";
            let help = "write the `proxyClass` of a ProxyClass with spec.tailscale.acceptRoutes: true";
            let of_group =
                "write the `proxyClass` of the ProxyGroup: a ProxyClass with spec.tailscale.acceptRoutes: true";
            let help = if group.is_some() { of_group } else { help };
            Finding::of(rules::UNACCEPTED_ROUTE, message).help(help)
        }
    };
    let told = context.addressed(told.at(fqdn.span).path(context.path_at(at)));
    context.claims.ask(host, told);
}

/// Returns the annotation that names the device.
fn target<'a>(context: &mut Context<'_, 'a, '_>, layers: &Layers<'a, Egress>) -> Option<(&'static str, String)> {
    let fqdn = layers.own(|entry| &entry.fqdn);
    let ip: Option<Picked<'_, Templated<IpAddress>>> = layers.own(|entry| &entry.ip);
    match (fqdn, ip) {
        (Some(fqdn), None) => {
            let text = match fqdn.value {
                Fqdn::Full(name) => name.to_string(),
                Fqdn::Opaque(text) => text.to_string(),
                Fqdn::Short(name) => {
                    let Some(tailnet) = context.profile.and_then(|profile| profile.tailnet.get()) else {
                        let message = "must be a full MagicDNS name: a short name needs the profile's `tailnet`";
                        let finding = Finding::of(rules::MISSING_TAILNET, message).at(fqdn.span);
                        let help = format!("write \"{name}.<tailnet>.ts.net\", or set `tailnet` in a profile");
                        context.report(finding.path(context.path_in(fqdn.layer, "fqdn")).help(help));
                        return None;
                    };
                    format!("{name}.{}", tailnet.value)
                }
            };
            context.trace(Way::Fqdn, fqdn.place());
            context.substituted(|at| at.path_in(fqdn.layer, "fqdn"), fqdn.span, &text);
            Some((annotation::TAILNET_FQDN, text))
        }
        (None, Some(ip)) => {
            let text = ip.value.to_string();
            context.trace(Way::Ip, ip.place());
            context.substituted(|at| at.path_in(ip.layer, "ip"), ip.span, &text);
            Some((annotation::TAILNET_IP, text))
        }
        (Some(fqdn), Some(ip)) => {
            let finding = Finding::of(rules::EGRESS_TARGET, "`fqdn` and `ip` must not both be set").at(ip.span);
            let path = context.path_at(ip.at("ip"));
            context.report(finding.path(path).related(fqdn.span, "`fqdn` is set here"));
            None
        }
        (None, None) => {
            let finding = Finding::of(rules::EGRESS_TARGET, "one of `fqdn` and `ip` must be set").at(context.key.span);
            let path = context.path("fqdn");
            context.report(finding.path(path).help("write fqdn: \"device.tailnet.ts.net\""));
            None
        }
    }
}

/// Says what to tell the GitOps tool about the field that the operator overwrites.
fn drift<'a>(context: &mut Context<'_, 'a, '_>, layers: &Layers<'a, Egress>, reference: &ResourceRef) {
    let annotations = layers.merged(|entry| &entry.annotations, |defaults| &defaults.annotations);
    if annotations.iter().any(|pair| pair.key == FLUX_SSA) {
        return;
    }
    let tool = context.profile.and_then(|profile| profile.gitops.get()?.value.known().copied());
    let help = match tool {
        Some(Gitops::Flux) => {
            "annotate the entry with kustomize.toolkit.fluxcd.io/ssa: IfNotPresent; Flux then makes the Service once and \
             leaves it alone, later edits of the entry too"
        }
        Some(Gitops::Argo) => {
            "add to the Application: ignoreDifferences: [{group: \"\", kind: Service, jsonPointers: [/spec/externalName]}]; \
             then set the rule egress-drift to \"off\" in the profile"
        }
        Some(Gitops::None) | None => return,
    };
    let message =
        format!("the operator overwrites spec.externalName of {reference}, and the GitOps tool writes it back");
    let path = context.path("externalName");
    let finding = Finding::of(rules::EGRESS_DRIFT, message).at(context.key.span).path(path);
    context.report(finding.help(help));
}
