//! `connector`: Connectors, which are cluster-scoped and never get a namespace.
//!
//! What excludes what is as `connector.go` validate and the CRD have it. Which routes the tailnet's policy
//! approves, and which apps it gives to an app connector, is not known here.

use super::context::Context;
use super::layers::{At, Layers, Picked};
use super::manifest::{ConnectorSpec, Scalar};
use super::names::TailnetName;
use super::proxy_group::{affixes, claim_replicas, named, number, tags_traced, texts};
use super::ways::Way;
use crate::api::{Connector, Replicas, Spanned, Switch, Templated, has_placeholder};
use crate::krm::{Finding, ResourceRef};
use crate::rule::rules;
use crate::tailscale::{Feature, Name, Route, half_of_all};
use crate::yaml::Span;

/// Expands one entry.
pub(super) fn expand<'a>(context: &mut Context<'_, 'a, '_>, layers: &Layers<'a, Connector>) -> Option<()> {
    let entry = layers.entry;
    context.needs(Feature::Connector, At::entry("", context.key.span));
    let is_sound = [is_something(context, entry), are_whole(context, entry), may_be_called_so(context, entry)];
    let (name, name_span) = named(context, &entry.name);
    let names = is_sound[2].then(|| names(context, layers, &name, name_span)).flatten();
    let labels = context.labels(layers.merged(|entry| &entry.labels, |defaults| &defaults.labels));
    let set = context.provenance();
    let annotations =
        context.annotations(layers.merged(|entry| &entry.annotations, |defaults| &defaults.annotations), set);
    let (names, labels, annotations) = (names?, labels?, annotations?);
    if is_sound.contains(&false) {
        return None;
    }
    if let Some(class) = entry.proxy_class.get() {
        context.proxy_class(&Picked { value: &class.value, span: class.span, layer: 0 });
    }
    if let Some(tailnet) = entry.tailnet.get() {
        context.needs(Feature::Tailnet, At::entry("tailnet", tailnet.span));
    }
    let tags = layers.any(|entry| &entry.tags, |defaults| &defaults.tags);
    traced(context, entry);
    tags_traced(context, tags.as_ref());
    context.substituted(|at| at.path("name"), name_span, &name);
    let own = ResourceRef::new("tailscale.com/v1alpha1", "Connector", "", name.as_str());
    claim(context, entry, &names, &own)?;
    let (hostname, hostname_prefix) = match names {
        Names::One { is_derived: true, .. } => (None, None),
        Names::One { name, .. } => (Some(Scalar::Text(name.text)), None),
        Names::Many(prefix) => (None, Some(Scalar::Text(prefix.text))),
    };
    let text = |written: &Spanned<Templated<Name>>| Scalar::Text(written.value.to_string());
    let spec = ConnectorSpec {
        exit_node: entry.exit_node.get().map(|exit| match &exit.value {
            Switch::Opaque(text) => Scalar::Bare(text.to_string()),
            Switch::On | Switch::Off => Scalar::Flag(exit.value == Switch::On),
        }),
        is_app_connector: entry.app_connector.get().is_some(),
        routes: entry.routes.get().map_or_else(Vec::new, |routes| texts(&routes.value)),
        replicas: entry.replicas.get().map(number),
        hostname,
        hostname_prefix,
        tags: tags.map_or_else(Vec::new, |tags| texts(tags.value)),
        proxy_class: entry.proxy_class.get().map(text),
        tailnet: entry.tailnet.get().map(text),
    };
    context.make(&own, &labels, &annotations, &spec)
}

/// Refuses a Connector that is nothing, or an app connector and something else.
fn is_something(context: &mut Context<'_, '_, '_>, entry: &Connector) -> bool {
    let (app, exit) = (entry.app_connector.get(), entry.exit_node.get());
    if let Some(app) = app {
        context.needs(Feature::AppConnector, At::entry("appConnector", app.span));
    }
    match (app, exit) {
        (Some(Spanned { value: Switch::Opaque(_), span }), _) => {
            let message = "must be true or false: what a placeholder becomes cannot choose where `routes` are written";
            let finding = Finding::of(rules::WRONG_TYPE, message).at(*span);
            let path = context.path("appConnector");
            context.report(finding.path(path).help("write true, and leave the entry out where it is not wanted"));
            false
        }
        (Some(app), Some(exit)) => {
            let message = "must not be set on an app connector: it is no exit node";
            let path = context.path("exitNode");
            let finding = Finding::of(rules::CONFLICTING_CONNECTOR, message).at(exit.span).path(path);
            context.report(finding.related(app.span, "an app connector by this").help("write an entry for each"));
            false
        }
        (None, None) if entry.routes.get().is_none() => {
            let message = "must have `routes`, `exitNode` or `appConnector`: it leads nowhere";
            let path = context.entry_path();
            let finding = Finding::of(rules::MISSING_FIELD, message).at(context.key.span).path(path);
            context.report(finding.help("write routes: [10.0.0.0/8], exitNode: true or appConnector: true"));
            false
        }
        _ => true,
    }
}

/// Refuses a route to all addresses of one family alone, of which the operator makes nothing.
fn are_whole(context: &mut Context<'_, '_, '_>, entry: &Connector) -> bool {
    let routes = entry.routes.get().map_or(&[][..], |routes| &routes.value.0);
    let is_opaque = |route: &Spanned<Templated<Route>>| route.value.known().is_none();
    if routes.iter().any(is_opaque) {
        return true;
    }
    let texts = routes.iter().filter_map(|route| Some(route.value.known()?.as_str()));
    let Some((index, other)) = half_of_all(texts) else { return true };
    let Some(route) = routes.get(index) else { return true };
    let message = format!("must not be without {other}: the operator makes nothing of one of them alone");
    let path = context.path("routes").index(index);
    let finding = Finding::of(rules::INVALID_ROUTE, message).at(route.span).path(path);
    context.report(finding.value(route.value.to_string()).help(match entry.app_connector.get() {
        Some(_) => format!("write {other}, too"),
        None => "write exitNode: true instead, which stands for both".to_owned(),
    }));
    false
}

/// Refuses a name that is written twice, and one name for many.
fn may_be_called_so(context: &mut Context<'_, '_, '_>, entry: &Connector) -> bool {
    let Some(hostname) = entry.hostname.get() else { return true };
    let (message, other, what, help) = match (entry.hostname_prefix.get(), entry.replicas.get()) {
        (Some(prefix), _) => {
            let message = "must not be beside `hostnamePrefix`: a proxy has one name";
            (message, prefix.span, "the name is said here, too", "write one of them".to_owned())
        }
        (None, Some(replicas)) if count(Some(replicas)).is_some_and(|count| count > 1) => {
            let message = "must not be set for more than one proxy: each needs a name of its own";
            (message, replicas.span, "so many proxies", format!("write hostnamePrefix: {}", hostname.value))
        }
        _ => return true,
    };
    let path = context.path("hostname");
    let finding = Finding::of(rules::CONFLICTING_CONNECTOR, message).at(hostname.span).path(path);
    context.report(finding.related(other, what).help(help));
    false
}

/// How the proxies are called.
enum Names {
    /// There is one.
    One {
        name: TailnetName,
        /// Whether the operator calls it so of itself.
        is_derived: bool,
    },
    /// What stands before the numbers of many.
    Many(TailnetName),
}

fn names<'a>(
    context: &mut Context<'_, 'a, '_>,
    layers: &Layers<'a, Connector>,
    name: &str,
    name_span: Span,
) -> Option<Names> {
    let entry = layers.entry;
    let is_one = count(entry.replicas.get()) == Some(1);
    let feature = entry.replicas.get().map(|replicas| At::entry("replicas", replicas.span));
    let feature = feature.or(entry.hostname_prefix.get().map(|prefix| At::entry("hostnamePrefix", prefix.span)));
    if let Some(at) = feature {
        context.needs(Feature::ConnectorReplicas, at);
    }
    if let Some(prefix) = entry.hostname_prefix.get() {
        context.trace(Way::GroupHostname, (0, prefix.span));
        let prefix = TailnetName { text: prefix.value.to_string(), span: prefix.span };
        context.substituted(|at| at.path("hostnamePrefix"), prefix.span, &prefix.text);
        return Some(Names::Many(prefix));
    }
    let written = entry.hostname.get();
    written.into_iter().for_each(|name| context.trace(Way::ConnectorHostname, (0, name.span)));
    let base = written.map_or_else(|| format!("{name}-connector"), |hostname| hostname.value.to_string());
    let span = written.map_or(name_span, |hostname| hostname.span);
    let [before, after] = affixes(layers);
    let is_derived = written.is_none() && before.is_none() && after.is_none();
    if written.is_none() && !is_one {
        return context.tailnet_name("hostnamePrefix", before, &base, after, span).map(Names::Many);
    }
    let name = context.tailnet_name("hostname", before, &base, after, span)?;
    if name.text.len() < 2 && !has_placeholder(&name.text) {
        let message = "the tailnet name of a Connector must be at least 2 characters long";
        let path = context.path("hostname");
        context.report(Finding::of(rules::INVALID_HOSTNAME, message).at(span).path(path).value(name.text));
        return None;
    }
    Some(Names::One { name, is_derived })
}

/// Returns how many proxies there are, if that is known.
fn count(replicas: Option<&Spanned<Templated<Replicas>>>) -> Option<u32> {
    match replicas.map(|replicas| &replicas.value) {
        Some(Templated::Known(Replicas(replicas))) => Some(*replicas),
        Some(Templated::Opaque(_)) => None,
        None => Some(1),
    }
}

/// Notes what the fields are made from, and shows the texts that may hold a placeholder.
fn traced(context: &mut Context<'_, '_, '_>, entry: &Connector) {
    let span = |way, span: Option<Span>| (way, span);
    for (way, span) in [
        span(Way::ExitNode, entry.exit_node.get().map(|exit| exit.span)),
        span(Way::AppConnector, entry.app_connector.get().map(|app| app.span)),
        span(Way::GroupReplicas, entry.replicas.get().map(|replicas| replicas.span)),
        span(Way::GroupClass, entry.proxy_class.get().map(|class| class.span)),
        span(Way::GroupTailnet, entry.tailnet.get().map(|tailnet| tailnet.span)),
    ] {
        span.into_iter().for_each(|span| context.trace(way, (0, span)));
    }
    let way = if entry.app_connector.get().is_some() { Way::AppRoute } else { Way::Route };
    for (number, route) in entry.routes.get().into_iter().flat_map(|routes| &routes.value.0).enumerate() {
        context.trace_item(way, number, (0, route.span));
        context.substituted(|at| at.path("routes").index(number), route.span, &route.value.to_string());
    }
    for (field, name) in [("proxyClass", entry.proxy_class.get()), ("tailnet", entry.tailnet.get())] {
        if let Some(name) = name {
            context.substituted(|at| at.path(field), name.span, &name.value.to_string());
        }
    }
}

/// Claims the names of the proxies.
fn claim(context: &mut Context<'_, '_, '_>, entry: &Connector, names: &Names, own: &ResourceRef) -> Option<()> {
    let tailnet = entry.tailnet.get();
    match names {
        Names::Many(prefix) => claim_replicas(context, prefix, count(entry.replicas.get()).unwrap_or(1), tailnet, own),
        Names::One { name: TailnetName { text, span }, .. } => {
            let tailnet = tailnet.map_or_else(String::new, |tailnet| tailnet.value.to_string());
            context.claim(&tailnet, text, *span, own)
        }
    }
}
