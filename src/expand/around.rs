//! What stands around the entries, gathered once: ProxyGroups, ProxyClasses, tailnet names of the build.

use std::collections::{BTreeMap, BTreeSet};

use super::claims::ALL_TAILNETS;
use super::{Build, Known, Service};
use crate::api::{ProfileSpec, Setting, Stub, Templated};
use crate::krm::{Object, ResourceRef};
use crate::tailscale::annotation;
use crate::yaml::{Node, Span};

/// What stands around the entries.
#[derive(Debug, Default)]
pub(super) struct Around {
    stubs: BTreeSet<String>,
    groups: BTreeMap<String, Group>,
    classes: BTreeSet<String>,
    taken: BTreeMap<[String; 2], Vec<Owner>>,
}

/// What is known of a ProxyGroup.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// Its type, if it is known.
    pub(super) kind: Option<String>,
    /// Its tailnet; empty for the operator's own.
    pub(super) tailnet: String,
}

/// An object of the build that has a tailnet name.
#[derive(Debug)]
pub(super) struct Owner {
    /// Which object.
    pub(super) reference: ResourceRef,
    /// Where it begins.
    pub(super) span: Span,
}

impl Around {
    /// Gathers what the profile, the build and the stubs say; the later knows better.
    pub(super) fn gather(stubs: &[Stub], profile: Option<&ProfileSpec>, build: &Build<'_>) -> Self {
        let mut around = Self::default();
        around.stubs.extend(stubs.iter().map(Stub::provenance));
        let known = profile.and_then(|profile| profile.known.get()).map(|known| &known.value);
        let groups = known.and_then(|known| known.proxy_groups.get());
        for entry in groups.map_or(&[][..], |groups| &groups.value.0) {
            around.add_group(&entry.key.value, None, text(&entry.value.kind), &entry.value.tailnet);
        }
        let classes = known.and_then(|known| known.proxy_classes.get());
        let classes = classes.map_or(&[][..], |classes| &classes.value.0);
        around.classes.extend(classes.iter().map(|class| class.value.0.to_string()));
        around
            .classes
            .extend(build.of_kind("tailscale.com", "ProxyClass").map(|class| class.metadata("name").to_owned()));
        for object in build.of_kind("tailscale.com", "ProxyGroup") {
            let field = |field: &str| spec(object, field).and_then(Node::text).map(str::to_owned);
            let group = Group { kind: field("type"), tailnet: field("tailnet").unwrap_or_default() };
            around.groups.insert(object.metadata("name").to_owned(), group);
        }
        for stub in stubs {
            for entry in stub.spec.proxy_group.get().map_or(&[][..], |entries| &entries.value.0) {
                let value = &entry.value;
                around.add_group(&entry.key.value, text(&value.name), text(&value.kind), &value.tailnet);
            }
            for entry in stub.spec.api_server.get().map_or(&[][..], |entries| &entries.value.0) {
                let kind = Some("kube-apiserver".to_owned());
                around.add_group(&entry.key.value, text(&entry.value.name), kind, &entry.value.tailnet);
            }
        }
        around.taken = around.names(profile, build);
        around
    }

    fn add_group<T: std::fmt::Display>(
        &mut self,
        key: &str,
        name: Option<String>,
        kind: Option<String>,
        tailnet: &Setting<Templated<T>>,
    ) {
        let group = Group { kind, tailnet: text(tailnet).unwrap_or_default() };
        self.groups.insert(name.unwrap_or_else(|| key.to_owned()), group);
    }

    /// Returns the tailnet names of the build's own objects, and of those that a layer below has
    /// generated; what the stubs here have generated is replaced by what they generate now.
    fn names(&self, profile: Option<&ProfileSpec>, build: &Build<'_>) -> BTreeMap<[String; 2], Vec<Owner>> {
        let class = profile.and_then(|profile| profile.operator.get()?.value.ingress_class.get());
        let class = class.map_or_else(|| "tailscale".to_owned(), |class| class.value.to_string());
        let mut names: BTreeMap<_, Vec<Owner>> = BTreeMap::new();
        for Known { object, stub } in build.objects() {
            let made_by = stub.or_else(|| Service { object: *object }.annotated_by());
            let Some(name) = tailnet_name(*object, &class).filter(|name| !name.is_empty()) else { continue };
            if made_by.is_some_and(|stub| self.has_stub(stub)) {
                continue;
            }
            let group = object.annotation(annotation::PROXY_GROUP);
            let tailnet = match group.and_then(|group| self.group(group)) {
                Some(group) => group.tailnet.as_str(),
                None => spec(*object, "tailnet").and_then(Node::text).unwrap_or_default(),
            };
            let everywhere = (object.kind() == "Ingress" && group.is_some()).then_some(ALL_TAILNETS);
            for tailnet in [Some(tailnet), everywhere].into_iter().flatten() {
                let owner = Owner { reference: object.reference(), span: object.node.span.head() };
                names.entry([tailnet.to_owned(), name.to_owned()]).or_default().push(owner);
            }
        }
        names
    }

    /// Returns whether a stub of that name is here.
    pub(super) fn has_stub(&self, name: &str) -> bool {
        self.stubs.contains(name)
    }

    /// Returns what is known of a ProxyGroup.
    pub(super) fn group(&self, name: &str) -> Option<&Group> {
        self.groups.get(name)
    }

    /// Returns whether a ProxyClass is in the build or known to the profile.
    pub(super) fn has_class(&self, name: &str) -> bool {
        self.classes.contains(name)
    }

    /// Returns the object of the build, other than `own`, that has a tailnet name.
    pub(super) fn owner(&self, tailnet: &str, name: &str, own: &ResourceRef) -> Option<&Owner> {
        if self.taken.is_empty() {
            return None;
        }
        let owners = self.taken.get(&[tailnet.to_owned(), name.to_owned()])?;
        owners.iter().find(|owner| !owner.reference.same_object(own))
    }
}

fn text<T: std::fmt::Display>(setting: &Setting<Templated<T>>) -> Option<String> {
    setting.get()?.value.known().map(ToString::to_string)
}

fn spec<'s>(object: Object<'s>, field: &str) -> Option<&'s Node<'s>> {
    object.node.get("spec")?.get(field)
}

/// Returns the tailnet name that the operator takes from an object (`ingress.go` hostnameForIngress,
/// `svc.go` shouldExpose and `sts.go` nameForService, `api-server-proxy-pg.go` serviceNameForAPIServerProxy).
fn tailnet_name<'s>(object: Object<'s>, class: &str) -> Option<&'s str> {
    let word = |field: &str| spec(object, field).and_then(Node::text);
    if object.is("networking.k8s.io", "Ingress") {
        let host = spec(object, "tls")?.items().first()?.get("hosts")?.items().first()?.text()?;
        return (word("ingressClassName") == Some(class)).then(|| host.split('.').next()).flatten();
    }
    if object.is("", "Service") {
        let is_exposed = object.annotation(annotation::EXPOSE) == Some("true")
            || (word("type") == Some("LoadBalancer") && word("loadBalancerClass") == Some("tailscale"));
        return object.annotation(annotation::HOSTNAME).filter(|_| is_exposed);
    }
    if object.is("tailscale.com", "ProxyGroup") && word("type") == Some("kube-apiserver") {
        let hostname = spec(object, "kubeAPIServer").and_then(|server| server.get("hostname")).and_then(Node::text);
        return hostname.or_else(|| Some(object.metadata("name")));
    }
    None
}
