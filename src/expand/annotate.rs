//! `annotate`: annotations that expose a Service of the build.
//!
//! Only annotations are set, and a record of which; a key that somebody else wrote is never
//! overwritten (`svc.go` shouldExpose, `svc-for-pg.go` isTailscaleService).

use std::collections::BTreeSet;

use super::Annotated;
use super::context::Context;
use super::layers::{At, Layers};
use super::proxy::tags;
use super::service::namespace_of;
use super::ways::Way;
use crate::api::{ANNOTATED_ANNOTATION, Annotate, ProxyGroupType, Target, Templated};
use crate::build::Record;
use crate::krm::Finding;
use crate::rule::rules;
use crate::tailscale::{Label, annotation};

/// Expands one entry.
pub(super) fn expand<'a>(context: &mut Context<'_, 'a, '_>, layers: &Layers<'a, Annotate>) -> Option<()> {
    let common = layers.as_common();
    let picked = layers.own(|entry| &entry.service);
    let by_key = Label::parse(&context.key.value).ok().map(|name| Target {
        namespace: None,
        service: Templated::Known(name),
        port: None,
    });
    let at = picked.as_ref().map_or(At::entry("service", context.key.span), |picked| picked.at("service"));
    let span = at.span;
    let target = picked.as_ref().map_or(by_key.as_ref(), |picked| Some(picked.value))?;
    let namespace = context.namespace(&common, picked.as_ref().and_then(namespace_of));
    let path = context.path_at(at);
    if let Some(port) = &target.port {
        let message = format!("must not have a port, has \"{port}\": the operator exposes every port of the Service");
        let finding = Finding::of(rules::INVALID_SERVICE, message).at(span).path(path);
        let without = Target { port: None, ..target.clone() };
        context.report(finding.help(format!("write \"{without}\"")));
        return None;
    }
    let Some(service) = context.find_service(&namespace, &target.service) else {
        let (rule, why) = if context.build.visible {
            (rules::DANGLING_SERVICE, "is not in the build: only a Service of the build can be annotated")
        } else {
            (rules::BUILD_NOT_VISIBLE, "is not visible to a generator: `annotate` needs the manifests of the build")
        };
        let finding = Finding::of(rule, format!("Service \"{target}\" {why}")).at(span).path(path);
        context.report(finding.help(if context.build.visible {
            "render the stub together with the Service, or write a `loadBalancer` entry"
        } else {
            "list the stub under `resources`, and the component that `tailscale-expose init --component` writes under \
             `components`; or write a `loadBalancer` entry"
        }));
        return None;
    };
    let group = layers.any(|entry| &entry.proxy_group, |defaults| &defaults.proxy_group);
    let class = layers.any(|entry| &entry.proxy_class, |defaults| &defaults.proxy_class);
    let reference = service.object.reference();
    if service.is_headless() || service.unquoted_name().is_some() {
        context.servable(service, at);
        return None;
    }
    if group.is_some() && service.is_type("ExternalName") {
        let message = format!("{reference} is of type ExternalName: only a standalone proxy exposes one");
        let finding = Finding::of(rules::STANDALONE_ONLY, message).at(span).path(path);
        context.report(finding.related(service.object.node.span.head(), "this Service"));
        return None;
    }
    if let Some(group) = &group
        && !context.standalone_only("proxyClass", class.as_ref().filter(|class| class.is_written()), group)
    {
        return None;
    }
    let hostname = context.hostname(&common, Way::Hostname)?;
    let mut set = super::manifest::Texts::default();
    set.push(annotation::EXPOSE, "true");
    set.push(annotation::HOSTNAME, hostname.text.clone());
    context.proxy_annotations(tags(&common).as_ref(), group.as_ref(), class.as_ref(), &mut set);
    let set = context.annotations(layers.merged(|entry| &entry.annotations, |defaults| &defaults.annotations), set)?;
    let tailnet = match &group {
        Some(group) => context.proxy_group(group, ProxyGroupType::Ingress, tags(&common).as_ref())?,
        None => String::new(),
    };
    if !context.claim_object("annotated", &reference, at) {
        return None;
    }
    context.claim_service(&tailnet, group.is_some(), &hostname, &reference)?;
    let record = service.record();
    let recorded: BTreeSet<&str> = record.iter().flat_map(|record| record.ours(service.object)).collect();
    let is_ours = |key: &str| recorded.contains(key);
    for (key, value) in &set.0 {
        let there = service.object.annotation(key);
        if there.is_some_and(|there| there != value) && !is_ours(key) {
            let message = format!("{reference} already has the annotation {key}: \"{}\"", there.unwrap_or_default());
            let finding = Finding::of(rules::FOREIGN_ANNOTATION, message).at(span).path(context.path_at(at));
            let finding = finding.related(service.object.node.span.head(), "this Service");
            context.report(finding.help("delete it from the Service; the stub says it now"));
            return None;
        }
    }
    // What somebody else wrote is theirs, even if it says the same.
    let ours = set.0.iter().filter(|(key, _)| service.object.annotation(key).is_none() || is_ours(key));
    let ours = ours.map(|(key, value)| (&**key, value.as_str()));
    let record = Record::write(&context.stub.provenance(), ours);
    let bytes = record.len() + set.0.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>();
    if let Err(why) = context.budget.take_bytes(bytes) {
        context.too_much(rules::INVALID_TEXT, why);
        return None;
    }
    let mut annotations = vec![(ANNOTATED_ANNOTATION.to_owned(), record)];
    annotations.extend(set.0.into_iter().map(|(key, value)| (key.into_owned(), value)));
    context.expansion.annotated.push(Annotated {
        reference,
        document: service.object.document,
        node: service.object.node.span,
        annotations,
        stub: context.number,
        key: context.key.span,
        links: std::mem::take(context.links),
    });
    Some(())
}
