//! `ingress`: an Ingress of the operator's class.
//!
//! The one form that works standalone and on a ProxyGroup: the name in `tls[0].hosts[0]` and no
//! `rules[].host` (`ingress.go` hostnameForIngress and handlersForIngress; `ingress-for-pg.go`
//! validateIngress).

use super::claims::ALL_TAILNETS;
use super::context::Context;
use super::layers::{At, Layers, Picked, strongest};
use super::manifest::{Backend, IngressSpec, Path, Scalar, Texts};
use super::names::TailnetName;
use super::proxy::{switch, tags, wanted};
use super::service::namespace_of;
use super::source_map::PROFILE;
use super::ways::Way;
use crate::api::{FreeText, Homepage, Ingress, Literals, ProxyGroupType, Setting, Spanned, Switch, Target, Templated};
use crate::krm::{FieldPath, Finding, ResourceRef, Severity};
use crate::rule::rules;
use crate::tailscale::{Feature, annotation, pattern_in};

/// Expands one entry.
pub(super) fn expand<'a>(context: &mut Context<'_, 'a, '_>, layers: &Layers<'a, Ingress>) -> Option<()> {
    let common = layers.as_common();
    let service = layers.own(|entry| &entry.service);
    let namespace = context.namespace(&common, service.as_ref().and_then(namespace_of));
    let targets = targets(context, layers, service.as_ref(), &namespace);
    let set = proxy_annotations(context, layers);
    let hostname = context.hostname(&common, Way::IngressHostname);
    let name = context.name(&common, Some("-tailnet"));
    let labels = context.labels(layers.merged(|entry| &entry.labels, |defaults| &defaults.labels));
    let set = match (set, &hostname) {
        (Some(set), Some(hostname)) => Some(homepage(context, layers, &hostname.text, set)),
        _ => None,
    };
    let annotations =
        context.annotations(layers.merged(|entry| &entry.annotations, |defaults| &defaults.annotations), set?)?;
    let (hostname, name, labels, targets) = (hostname?, name?, labels?, targets?);
    let reference = ResourceRef::new("networking.k8s.io/v1", "Ingress", namespace, name);
    claim(context, layers, &hostname, &reference)?;
    let class = context.profile.and_then(|profile| profile.operator.get()?.value.ingress_class.get());
    if let Some(class) = class {
        let path = |_: &Context<'_, '_, '_>| FieldPath::from(["spec", "operator", "ingressClass"]);
        context.trace(Way::IngressClass, (PROFILE, class.span));
        context.substituted(path, class.span, &class.value.to_string());
    }
    let class = class.map_or_else(|| "tailscale".to_owned(), |class| class.value.to_string());
    let (default_backend, paths) = match targets {
        Targets::Root(backend) => (Some(backend), Vec::new()),
        Targets::Paths(paths) => (None, paths),
    };
    let spec = IngressSpec {
        ingress_class_name: Scalar::Text(class),
        host: Scalar::Text(hostname.text),
        default_backend,
        paths,
    };
    context.make(&reference, &labels, &annotations, &spec)
}

enum Targets {
    Root(Backend),
    Paths(Vec<Path>),
}

/// Returns what is served: everything at `/`, or some paths.
fn targets<'a>(
    context: &mut Context<'_, 'a, '_>,
    layers: &Layers<'a, Ingress>,
    service: Option<&Picked<'a, Target>>,
    namespace: &str,
) -> Option<Targets> {
    let port_name = layers.own(|entry| &entry.port_name);
    if let (Some(service), Some(name)) = (service, &port_name)
        && let Some(port) = &service.value.port
        && name.layer <= service.layer
    {
        let message = format!("`portName` must not be set where `service` has the port \"{port}\"");
        context.fault(rules::CONFLICTING_PORT, "portName", name, message);
        return None;
    }
    let paths = layers.own(|entry| &entry.paths);
    let Some(paths) = paths else {
        let Some(service) = service else {
            let finding =
                Finding::of(rules::MISSING_FIELD, "must be set: the Service behind the Ingress").at(context.key.span);
            let path = context.path("service");
            context.report(finding.path(path).help("write service: \"namespace/service:port\""));
            return None;
        };
        let at = service.at("service");
        in_namespace(context, service.value, at, namespace)?;
        context.trace(Way::Backend, service.place());
        let backend = context.backend(namespace, service.value, port_name.as_ref(), at)?;
        if let Some(name) = port_name.as_ref().filter(|_| service.value.port.is_none()) {
            context.trace(Way::BackendPort, name.place());
        }
        return Some(Targets::Root(backend));
    };
    if paths.value.0.is_empty() {
        context.lists_nothing("paths", &paths, "must list a path", "write paths: {} to serve /");
        return None;
    }
    let mut served = Vec::new();
    let names_own = paths.value.0.iter().all(|(_, target)| target.get().is_some());
    let why = "every path names its own target";
    let mut sound = !names_own || context.unused("portName", layers.entry.port_name.get(), why);
    for (path, setting) in &paths.value.0 {
        context.substituted(|at| at.path_in(paths.layer, "paths").key(&path.value), path.span, &path.value);
        is_literal(context, path, paths.layer);
        let (target, at) = match (setting, service) {
            (Setting::Set(target), _) => (&target.value, At { span: target.span, ..paths.at("paths") }),
            (_, Some(service)) if service.is_written() => (service.value, At::entry("paths", service.span)),
            (_, Some(service)) => (service.value, service.at("service")),
            (_, None) => {
                let at = context.path_at(paths.at("paths")).key(&path.value);
                let message = "must name a target: the entry has no `service` that \"\" could stand for";
                context.report(Finding::of(rules::MISSING_FIELD, message).at(path.span).path(at));
                sound = false;
                continue;
            }
        };
        let own_port = if setting.get().is_some() { None } else { port_name.as_ref() };
        let backend = in_namespace(context, target, at, namespace)
            .and_then(|()| context.backend(namespace, target, own_port, at));
        match backend {
            Some(service) => {
                let at = setting.get().map_or(path.span, |target| target.span);
                context.trace_item(Way::Path, served.len(), (paths.layer, at));
                served.push(Path { path: path.value.to_string(), backend: service });
            }
            None => sound = false,
        }
    }
    if !sound {
        return None;
    }
    match served.as_slice() {
        [Path { path, backend }] if path == "/" => {
            context.trace(Way::BackendOfRoot, paths.place());
            Some(Targets::Root(backend.clone()))
        }
        _ => Some(Targets::Paths(served)),
    }
}

/// Warns of a path that another controller would read as a pattern.
fn is_literal(context: &mut Context<'_, '_, '_>, path: &Spanned<Box<str>>, layer: usize) {
    let literals = Literals::of(&path.value);
    let Some(part) = literals.parts.iter().find(|part| pattern_in(part.text).is_some()) else { return };
    let at = context.path_in(layer, "paths").key(&path.value);
    let message = "the operator takes the path as it is written, and no pattern";
    let finding = Finding::of(rules::LITERAL_PATH, message).at(path.span).path(at).value(&*path.value);
    let before = pattern_in(part.text).and_then(|sign| part.text.get(..sign)).unwrap_or_default();
    let before = match before.trim_end_matches('/') {
        "" => "/",
        before => before,
    };
    let help = if literals.is_substituted {
        "write the path alone: it stands for everything below it, too".to_owned()
    } else {
        format!("write \"{before}\": a path stands for everything below it, too")
    };
    context.report(finding.help(help));
}

/// Refuses a backend in another namespace: an Ingress cannot name one.
fn in_namespace(context: &mut Context<'_, '_, '_>, target: &Target, at: At<'_>, namespace: &str) -> Option<()> {
    let Some(of_target) = target.namespace.as_ref().map(ToString::to_string).filter(|of_target| of_target != namespace)
    else {
        return Some(());
    };
    let path = context.path_at(at);
    let message = format!("the Service must be in the Ingress's namespace \"{namespace}\", is in \"{of_target}\"");
    let help = "write an entry for each namespace";
    context.report(Finding::of(rules::CONFLICTING_NAMESPACE, message).at(at.span).path(path).help(help));
    None
}

/// Returns the operator's annotations, and refuses those that this proxy would not serve.
fn proxy_annotations<'a>(context: &mut Context<'_, 'a, '_>, layers: &Layers<'a, Ingress>) -> Option<Texts> {
    let group = layers.any(|entry| &entry.proxy_group, |defaults| &defaults.proxy_group);
    let class = layers.any(|entry| &entry.proxy_class, |defaults| &defaults.proxy_class);
    let funnel = wanted(layers.own(|entry| &entry.funnel));
    let cluster_traffic = wanted(layers.any(|entry| &entry.cluster_traffic, |defaults| &defaults.cluster_traffic));
    let http_endpoint = wanted(layers.own(|entry| &entry.http_endpoint));
    let http_redirect = wanted(layers.any(|entry| &entry.http_redirect, |defaults| &defaults.http_redirect));
    let mut sound = true;
    if let Some(group) = &group {
        sound &= context.standalone_only("proxyClass", class.as_ref().filter(|class| class.is_written()), group);
        sound &= context.standalone_only("funnel", funnel.as_ref(), group);
        sound &= context.standalone_only("clusterTraffic", cluster_traffic.as_ref(), group);
    } else if let Some(http_endpoint) = &http_endpoint {
        let message = "`httpEndpoint` must be set on a ProxyGroup only: a standalone proxy does not serve it";
        context.fault(rules::GROUP_ONLY, "httpEndpoint", http_endpoint, message);
        sound = false;
    }
    if let Some(picked) = http_endpoint.as_ref().filter(|picked| matches!(picked.value, Switch::Opaque(_))) {
        let finding =
            Finding::of(rules::WRONG_TYPE, "must be true or false: the operator reads the word \"enabled\" here");
        let path = context.path_at(picked.at("httpEndpoint"));
        context.report(finding.at(picked.span).path(path));
        sound = false;
    }
    let http_redirect = match (&http_endpoint, http_redirect) {
        (Some(endpoint), Some(redirect)) => {
            sound &= only_endpoint(context, endpoint, &redirect);
            None
        }
        (_, redirect) => redirect,
    };
    if let Some(http_redirect) = &http_redirect {
        context.needs(Feature::HttpRedirect, http_redirect.at("httpRedirect"));
    }
    let mut set = context.provenance();
    context.proxy_annotations(tags(&layers.as_common()).as_ref(), group.as_ref(), class.as_ref(), &mut set);
    let switches: [(Way, _, _); 3] = [
        (Way::ClusterTraffic, annotation::CLUSTER_TRAFFIC, cluster_traffic),
        (Way::Funnel, annotation::FUNNEL, funnel),
        (Way::HttpRedirect, annotation::HTTP_REDIRECT, http_redirect),
    ];
    for (way, key, picked) in switches {
        if let Some(picked) = picked {
            context.trace(way, picked.place());
            context.substituted_switch(way.field(), &picked);
            if let Some(text) = switch(picked.value) {
                set.push(key, text);
            }
        }
    }
    if let Some(picked) = http_endpoint.filter(|picked| *picked.value == Switch::On) {
        context.trace(Way::HttpEndpoint, picked.place());
        set.push(annotation::HTTP_ENDPOINT, "enabled");
    }
    sound.then_some(set)
}

/// Says that an endpoint and a redirect exclude each other: the operator drops the redirect and serves clear
/// text. Written together they are an error; a redirect of farther defaults yields.
fn only_endpoint(
    context: &mut Context<'_, '_, '_>,
    endpoint: &Picked<'_, Switch>,
    redirect: &Picked<'_, Switch>,
) -> bool {
    let is_default = redirect.layer > endpoint.layer;
    let message = if is_default {
        "`httpRedirect` of the defaults is left out: `httpEndpoint` serves port 80 in clear text"
    } else {
        "`httpEndpoint` and `httpRedirect` must not both be set: the operator would drop the redirect and serve port 80 in clear text"
    };
    let mut finding = Finding::of(rules::CONFLICTING_HTTP, message).at(endpoint.span);
    finding = finding.path(context.path_in(endpoint.layer, "httpEndpoint")).related(redirect.span, "the redirect");
    if is_default {
        let help = "say so in the entry: httpRedirect: false";
        context.report(finding.severity(Severity::Warning).help(help));
    } else {
        context.report(finding.help("keep one of them"));
    }
    is_default
}

/// Adds the annotations of a dashboard tile.
fn homepage<'a>(
    context: &mut Context<'_, 'a, '_>,
    layers: &Layers<'a, Ingress>,
    hostname: &str,
    mut set: Texts,
) -> Texts {
    let own = [(0, Some(layers.entry)), (1, layers.sections[0]), (3, layers.sections[1])];
    let own = own.into_iter().filter_map(|(layer, entry)| Some((layer, &entry?.homepage)));
    let own = own.take_while(|(_, homepage)| !matches!(homepage, Setting::Cleared(_)));
    let tiles: Vec<_> = own.filter_map(|(layer, homepage)| Some((layer, homepage.get()?))).collect();
    let Some((layer, span)) = tiles.first().map(|(layer, tile)| (*layer, tile.span)) else { return set };
    let mut field = |way: Way, pick: fn(&Homepage) -> &Setting<Templated<FreeText>>| {
        let settings = tiles.iter().map(|(layer, tile)| (*layer, pick(&tile.value)));
        let value = strongest(settings)?;
        let text = value.value.to_string();
        let (_, name) = way.field().split_once('.')?;
        context.trace(way, value.place());
        context.substituted(|at| at.path_in(value.layer, "homepage").key(name), value.span, &text);
        Some((way.annotation(), text))
    };
    let name = field(Way::TileName, |tile| &tile.name);
    let others = [
        field(Way::TileGroup, |tile| &tile.group),
        field(Way::TileIcon, |tile| &tile.icon),
        field(Way::TileDescription, |tile| &tile.description),
    ];
    context.trace(Way::Tile, (layer, span));
    set.push("gethomepage.dev/enabled", "true");
    set.push("gethomepage.dev/name", name.map_or_else(|| context.key.value.to_string(), |(_, name)| name));
    for (key, value) in others.into_iter().flatten() {
        set.push(key, value);
    }
    let written = layers.merged(|entry| &entry.annotations, |defaults| &defaults.annotations);
    if !written.iter().any(|pair| pair.key == "gethomepage.dev/href") {
        // What other objects of the build call their hosts may be of another tailnet: nothing is guessed.
        let group = layers.any(|entry| &entry.proxy_group, |defaults| &defaults.proxy_group);
        let group = group.and_then(|group| context.around.group(&group.value.to_string()));
        let is_elsewhere = group.is_some_and(|group| !group.tailnet.is_empty());
        let tailnet = context.profile.and_then(|profile| profile.tailnet.get());
        if let Some(tailnet) = tailnet.filter(|_| !is_elsewhere) {
            context.trace(Way::TileLink, (layer, span));
            set.push("gethomepage.dev/href", format!("https://{hostname}.{}", tailnet.value));
        } else {
            let path = context.path_in(layer, "homepage");
            let (why, help) = if is_elsewhere {
                ("its ProxyGroup is of another tailnet", "write the annotation gethomepage.dev/href")
            } else {
                let help = "set `tailnet` in a profile, or write the annotation gethomepage.dev/href";
                ("that needs the profile's `tailnet`", help)
            };
            let message = format!("the tile has no link: {why}");
            let finding = Finding::of(rules::MISSING_TAILNET, message).severity(Severity::Info).at(span).path(path);
            context.report(finding.help(help));
        }
    }
    set
}

/// Claims the tailnet name; an Ingress on a ProxyGroup also against all others on ProxyGroups.
fn claim<'a>(
    context: &mut Context<'_, 'a, '_>,
    layers: &Layers<'a, Ingress>,
    hostname: &TailnetName,
    own: &ResourceRef,
) -> Option<()> {
    let Some(group) = layers.any(|entry| &entry.proxy_group, |defaults| &defaults.proxy_group) else {
        return context.claim("", &hostname.text, hostname.span, own);
    };
    let tailnet = context.proxy_group(&group, ProxyGroupType::Ingress, tags(&layers.as_common()).as_ref())?;
    context.claim(&tailnet, &hostname.text, hostname.span, own)?;
    if tailnet.is_empty() {
        context.certifiable(hostname);
        context.claims.add_service(&hostname.text, hostname.span);
    }
    context.claim(ALL_TAILNETS, &hostname.text, hostname.span, own)
}
