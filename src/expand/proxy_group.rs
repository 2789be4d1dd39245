//! `apiServer` and `proxyGroup`: ProxyGroups, which are cluster-scoped and never get a namespace.
//!
//! Limits of names come from what the operator makes of them: volumes, Pods, StatefulSets
//! (`proxygroup_specs.go`; `proxygroup.go` validate for the reserved names).

use super::around;
use super::context::Context;
use super::layers::{At, Layers, Picked};
use super::manifest::{KubeApiServer, ProxyGroupSpec, Scalar, Texts};
use super::names::TailnetName;
use super::ways::Way;
use crate::api::{
    AcmeAccount, ApiServer, FreeText, List, Mode, ProxyGroup, ProxyGroupType, Replicas, Setting, Spanned, Templated,
    has_placeholder,
};
use crate::krm::{Finding, ResourceRef};
use crate::rule::rules;
use crate::tailscale::{Feature, Hostname, Label, Name, Tag, annotation, limits};
use crate::yaml::Span;

/// How many proxies the operator makes where none are asked for.
const DEFAULT_REPLICAS: u32 = 2;

/// What both sections have.
struct Group<'a> {
    kind: Scalar,
    name: String,
    name_span: Span,
    replicas: Option<&'a Spanned<Templated<Replicas>>>,
    prefix: Option<TailnetName>,
    tags: Option<Picked<'a, List<Templated<Tag>>>>,
    class: Option<&'a Spanned<Templated<Name>>>,
    tailnet: Option<&'a Spanned<Templated<Name>>>,
}

/// Expands one entry of `apiServer`.
pub(super) fn expand_api_server<'a>(context: &mut Context<'_, 'a, '_>, layers: &Layers<'a, ApiServer>) -> Option<()> {
    let entry = layers.entry;
    context.needs(Feature::KubeApiServer, At::entry("", context.key.span));
    let (name, name_span) = named(context, &entry.name);
    let noauth = entry.mode.get().is_some_and(|mode| mode.value == Templated::Known(Mode::NoAuth));
    name_fits(context, &name, name_span, limits::API_GROUP_NAME, noauth)?;
    let [before, after] = affixes(layers);
    let written = entry.hostname.get();
    let is_derived = written.is_none() && before.is_none() && after.is_none();
    let base = written.map_or_else(|| name.clone(), |hostname| hostname.value.to_string());
    let span = written.map_or(name_span, |hostname| hostname.span);
    let hostname = context.tailnet_name("hostname", before, &base, after, span)?;
    if let Some(hostname) = written {
        context.trace(Way::ServerHostname, (0, hostname.span));
    }
    if let Some(mode) = entry.mode.get() {
        context.trace(Way::ServerMode, (0, mode.span));
    }
    let prefix = proxies_name(context, layers, &entry.hostname_prefix, &name, name_span)?;
    let labels = context.labels(layers.merged(|entry| &entry.labels, |defaults| &defaults.labels));
    let set = context.provenance();
    let annotations =
        context.annotations(layers.merged(|entry| &entry.annotations, |defaults| &defaults.annotations), set);
    let group = Group {
        kind: Scalar::Text("kube-apiserver".to_owned()),
        name,
        name_span,
        replicas: entry.replicas.get(),
        prefix,
        tags: layers.any(|entry| &entry.tags, |defaults| &defaults.tags),
        class: entry.proxy_class.get(),
        tailnet: entry.tailnet.get(),
    };
    let tailnet = group.tailnet.map_or_else(String::new, |tailnet| tailnet.value.to_string());
    context.claim(&tailnet, &hostname.text, hostname.span, &reference_of(&group))?;
    if tailnet.is_empty() {
        context.certifiable(&hostname);
        context.claims.add_service(&hostname.text, hostname.span);
    }
    let server = KubeApiServer {
        mode: entry.mode.get().map(|mode| Scalar::Text(mode.value.to_string())),
        hostname: (!is_derived).then_some(Scalar::Text(hostname.text)),
    };
    let server = (server.mode.is_some() || server.hostname.is_some()).then_some(server);
    make(context, group, server, labels?, annotations?)
}

/// Expands one entry of `proxyGroup`.
pub(super) fn expand<'a>(context: &mut Context<'_, 'a, '_>, layers: &Layers<'a, ProxyGroup>) -> Option<()> {
    let entry = layers.entry;
    let Some(kind) = entry.kind.get() else {
        let finding = Finding::of(rules::MISSING_FIELD, "must be set").at(context.key.span);
        let path = context.path("type");
        context.report(finding.path(path).help("write type: ingress, or type: egress"));
        return None;
    };
    let (most, feature) = match kind.value.known() {
        Some(ProxyGroupType::Ingress) => (limits::INGRESS_GROUP_NAME, Some(Feature::IngressProxyGroup)),
        Some(ProxyGroupType::Egress) => (limits::EGRESS_GROUP_NAME, Some(Feature::EgressProxyGroup)),
        None => (limits::INGRESS_GROUP_NAME, None),
    };
    if let Some(feature) = feature {
        context.needs(feature, At::entry("type", kind.span));
    }
    let (name, name_span) = named(context, &entry.name);
    context.trace(Way::Type, (0, kind.span));
    name_fits(context, &name, name_span, most, true)?;
    let prefix = proxies_name(context, layers, &entry.hostname_prefix, &name, name_span)?;
    let labels = context.labels(layers.merged(|entry| &entry.labels, |defaults| &defaults.labels));
    let mut set = context.provenance();
    let account = acme_account(context, entry, kind.value.known().copied(), &mut set);
    let annotations =
        context.annotations(layers.merged(|entry| &entry.annotations, |defaults| &defaults.annotations), set);
    account?;
    let group = Group {
        kind: Scalar::Text(kind.value.to_string()),
        name,
        name_span,
        replicas: entry.replicas.get(),
        prefix,
        tags: layers.any(|entry| &entry.tags, |defaults| &defaults.tags),
        class: entry.proxy_class.get(),
        tailnet: entry.tailnet.get(),
    };
    make(context, group, None, labels?, annotations?)
}

/// Says whose ACME account the group has; the operator reads it where there are certificates.
fn acme_account(
    context: &mut Context<'_, '_, '_>,
    entry: &ProxyGroup,
    kind: Option<ProxyGroupType>,
    set: &mut Texts,
) -> Option<()> {
    let Some(account) = entry.acme_account.get() else { return Some(()) };
    let has_certificates = kind != Some(ProxyGroupType::Egress);
    let why = "only a ProxyGroup of type `ingress` has certificates";
    if !has_certificates && !context.unused("acmeAccount", Some(account), why) {
        return None;
    }
    let share = match account.value {
        Templated::Known(AcmeAccount::Shared) => "true",
        Templated::Known(AcmeAccount::Own) => "false",
        Templated::Opaque(_) => {
            let message = "must be `shared` or `own`, without a placeholder: the operator reads other words";
            let finding = Finding::of(rules::UNKNOWN_VALUE, message).at(account.span).path(context.path("acmeAccount"));
            context.report(finding.value(account.value.to_string()));
            return None;
        }
    };
    context.needs(Feature::SharedAcmeAccount, At::entry("acmeAccount", account.span));
    context.trace(Way::GroupAccount, (0, account.span));
    set.push(annotation::SHARE_ACME_ACCOUNT, share);
    Some(())
}

fn make(
    context: &mut Context<'_, '_, '_>,
    group: Group<'_>,
    kube_api_server: Option<KubeApiServer>,
    labels: Texts,
    annotations: Texts,
) -> Option<()> {
    if let Some(class) = group.class {
        context.proxy_class(&Picked { value: &class.value, span: class.span, layer: 0 });
    }
    if let Some(tailnet) = group.tailnet {
        context.needs(Feature::Tailnet, At::entry("tailnet", tailnet.span));
    }
    traced(context, &group);
    substituted(context, &group);
    let reference = reference_of(&group);
    claim_devices(context, &group, &reference)?;
    let spec = ProxyGroupSpec {
        kind: group.kind,
        replicas: group.replicas.map(number),
        tags: group.tags.as_ref().map_or_else(Vec::new, |tags| texts(tags.value)),
        hostname_prefix: group.prefix.map(|prefix| Scalar::Text(prefix.text)),
        proxy_class: group.class.map(|class| Scalar::Text(class.value.to_string())),
        tailnet: group.tailnet.map(|tailnet| Scalar::Text(tailnet.value.to_string())),
        kube_api_server,
    };
    context.make(&reference, &labels, &annotations, &spec)
}

/// Notes what the fields of both sections are made from.
fn traced(context: &mut Context<'_, '_, '_>, group: &Group<'_>) {
    let ways: [(Way, Option<Span>); 3] = [
        (Way::GroupReplicas, group.replicas.map(|replicas| replicas.span)),
        (Way::GroupClass, group.class.map(|class| class.span)),
        (Way::GroupTailnet, group.tailnet.map(|tailnet| tailnet.span)),
    ];
    for (way, span) in ways {
        span.into_iter().for_each(|span| context.trace(way, (0, span)));
    }
    tags_traced(context, group.tags.as_ref());
}

/// Notes what tags are made from, and shows those that may hold a placeholder.
pub(super) fn tags_traced(context: &mut Context<'_, '_, '_>, tags: Option<&Picked<'_, List<Templated<Tag>>>>) {
    let Some(tags) = tags else { return };
    for (number, tag) in tags.value.0.iter().enumerate() {
        context.trace_item(Way::GroupTag, number, (tags.layer, tag.span));
        context.substituted(|at| at.path_in(tags.layer, "tags"), tag.span, &tag.value.to_string());
    }
}

/// Returns a number of proxies.
pub(super) fn number(replicas: &Spanned<Templated<Replicas>>) -> Scalar {
    match &replicas.value {
        Templated::Known(Replicas(replicas)) => Scalar::Number(*replicas),
        Templated::Opaque(text) => Scalar::Bare(text.to_string()),
    }
}

/// Returns the texts of a list.
pub(super) fn texts<T: std::fmt::Display>(list: &List<T>) -> Vec<Scalar> {
    around::texts(list).map(Scalar::Text).collect()
}

/// Shows the texts of a ProxyGroup that may hold a placeholder; its tailnet names were shown where they
/// were put together.
fn substituted(context: &mut Context<'_, '_, '_>, group: &Group<'_>) {
    context.substituted(|at| at.path("name"), group.name_span, &group.name);
    for (field, name) in [("proxyClass", group.class), ("tailnet", group.tailnet)] {
        if let Some(name) = name {
            context.substituted(|at| at.path(field), name.span, &name.value.to_string());
        }
    }
    if let Some(prefix) = &group.prefix {
        context.substituted(|at| at.path("hostnamePrefix"), prefix.span, &prefix.text);
    }
}

fn reference_of(group: &Group<'_>) -> ResourceRef {
    ResourceRef::new("tailscale.com/v1alpha1", "ProxyGroup", "", group.name.as_str())
}

/// Returns the object's name, and where it is written.
pub(super) fn named(context: &mut Context<'_, '_, '_>, name: &Setting<Templated<Label>>) -> (String, Span) {
    match name.get() {
        Some(name) => {
            context.trace(Way::Name, (0, name.span));
            (name.value.to_string(), name.span)
        }
        None => (context.key.value.to_string(), context.key.span),
    }
}

/// What is written before and after every tailnet name.
pub(super) fn affixes<'a, E>(layers: &Layers<'a, E>) -> [Option<Picked<'a, Templated<FreeText>>>; 2] {
    [layers.top(|defaults| &defaults.hostname_prefix), layers.top(|defaults| &defaults.hostname_suffix)]
}

/// Returns the proxies' own name, where it is not the object's: as written, or with what is around
/// every tailnet name, so that each cluster has its own.
fn proxies_name<'a, E>(
    context: &mut Context<'_, 'a, '_>,
    layers: &Layers<'a, E>,
    written: &Setting<Templated<Hostname>>,
    name: &str,
    span: Span,
) -> Option<Option<TailnetName>> {
    if let Some(written) = written.get() {
        context.trace(Way::GroupHostname, (0, written.span));
        return Some(Some(TailnetName { text: written.value.to_string(), span: written.span }));
    }
    let [before, after] = affixes(layers);
    if before.is_none() && after.is_none() {
        return Some(None);
    }
    context.tailnet_name("hostnamePrefix", before, name, after, span).map(Some)
}

/// Checks the object's name against what the operator makes of it.
fn name_fits(context: &mut Context<'_, '_, '_>, name: &str, span: Span, most: usize, reserve_auth: bool) -> Option<()> {
    if has_placeholder(name) {
        return Some(());
    }
    let path = context.path("name");
    if name.len() > most {
        let message =
            format!("a ProxyGroup's name of this type must be no more than {most} characters long, has {}", name.len());
        context.report(Finding::of(rules::NAME_TOO_LONG, message).at(span).path(path).value(name));
        return None;
    }
    let is_auth_proxy = reserve_auth && name == limits::AUTH_PROXY;
    if is_auth_proxy || limits::is_reserved(name, context.around.operator()) {
        let message = format!("a ProxyGroup must not be called \"{name}\": the operator has objects of that name");
        context.report(Finding::of(rules::RESERVED_NAME, message).at(span).path(path));
        return None;
    }
    Some(())
}

/// Claims the proxies' own names: the prefix, or the object's name, and `-0`, `-1` and so on.
fn claim_devices(context: &mut Context<'_, '_, '_>, group: &Group<'_>, own: &ResourceRef) -> Option<()> {
    let base = group.prefix.as_ref().map_or_else(|| group.name.clone(), |prefix| prefix.text.clone());
    let span = group.prefix.as_ref().map_or(group.name_span, |prefix| prefix.span);
    let replicas = match group.replicas.map(|replicas| &replicas.value) {
        Some(Templated::Known(Replicas(replicas))) => *replicas,
        Some(Templated::Opaque(_)) | None => DEFAULT_REPLICAS,
    };
    claim_replicas(context, &TailnetName { text: base, span }, replicas, group.tailnet, own)
}

/// Claims the names of so many proxies: what is before their numbers, and `-0`, `-1` and so on.
pub(super) fn claim_replicas(
    context: &mut Context<'_, '_, '_>,
    TailnetName { text: base, span }: &TailnetName,
    replicas: u32,
    tailnet: Option<&Spanned<Templated<Name>>>,
    own: &ResourceRef,
) -> Option<()> {
    let longest = format!("{base}-{}", replicas.saturating_sub(1));
    if longest.len() > limits::LABEL && !has_placeholder(base) {
        let path = context.path("hostnamePrefix");
        let message =
            format!("the proxies' name \"{longest}\" must be no more than 63 characters long, has {}", longest.len());
        context.report(Finding::of(rules::NAME_TOO_LONG, message).at(*span).path(path));
        return None;
    }
    if let Err(why) = context.budget.take_names(replicas as usize) {
        context.too_much(rules::INVALID_REPLICAS, why);
        return None;
    }
    let tailnet = tailnet.map_or_else(String::new, |tailnet| tailnet.value.to_string());
    (0..replicas)
        .try_for_each(|number| context.claim_by("hostnamePrefix", &tailnet, &format!("{base}-{number}"), *span, own))
}
