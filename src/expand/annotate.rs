//! `annotate`: annotations that expose a Service of the build, or one that a chart makes.
//!
//! Only annotations are set, and a record of which; a key that somebody else wrote is never
//! overwritten (`svc.go` shouldExpose, `svc-for-pg.go` isTailscaleService).

use std::collections::BTreeSet;

use super::Annotated;
use super::context::Context;
use super::layers::{At, Layers};
use super::place::Place;
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
    let group = layers.any(|entry| &entry.proxy_group, |defaults| &defaults.proxy_group);
    let class = layers.any(|entry| &entry.proxy_class, |defaults| &defaults.proxy_class);
    let place = match layers.own(|entry| &entry.helm_release) {
        Some(release) => {
            let is_said = target.namespace.is_some() || common.own(|entry| entry.common().namespace).is_some();
            Place::of_release(context, &namespace, is_said, target, &release)?
        }
        None => Place::of_service(context, &namespace, target, at, group.as_ref())?,
    };
    let reference = place.reference.clone();
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
    let before = place.before();
    let there = |key: &str| before.and_then(|before| before.annotation(key));
    let record = before.and_then(Record::of);
    let recorded: BTreeSet<&str> = record.iter().zip(before).flat_map(|(record, before)| record.ours(before)).collect();
    let is_ours = |key: &str| recorded.contains(key);
    for (key, value) in &set.0 {
        let there = there(key);
        if there.is_some_and(|there| there != value) && !is_ours(key) {
            let message = format!("{reference} already has the annotation {key}: \"{}\"", there.unwrap_or_default());
            let finding = Finding::of(rules::FOREIGN_ANNOTATION, message).at(span).path(context.path_at(at));
            let finding = finding.related(place.object.node.span.head(), format!("this {}", place.word()));
            context.report(finding.help(format!("delete it from the {}; the stub says it now", place.word())));
            return None;
        }
    }
    // What somebody else wrote is theirs, even if it says the same.
    let ours = set.0.iter().filter(|(key, _)| there(key).is_none() || is_ours(key));
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
        document: place.object.document,
        node: place.object.node.span,
        annotations,
        patch: place.patch,
        stub: context.number,
        key: context.key.span,
        links: std::mem::take(context.links),
    });
    Some(())
}
