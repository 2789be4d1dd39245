//! What stands around the entries, gathered once: ProxyGroups, ProxyClasses, tailnet names of the build.

use std::collections::{BTreeMap, BTreeSet};

use super::claims::ALL_TAILNETS;
use super::record::Record;
use super::{Build, Governed, Kept, Known};
use crate::api::{ProfileSpec, Setting, Templated};
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
    /// What is kept of a stub: the numbers of the stubs, and where the objects begin.
    kept: BTreeMap<String, (Vec<usize>, Span)>,
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
    /// Gathers what profiles, the build and the stubs say; the later knows better. Names of `kept` are
    /// taken, although stubs here made them.
    pub(super) fn gather(stubs: &[Governed<'_>], build: &Build<'_>, kept: &[Kept<'_>]) -> Self {
        let mut around = Self::default();
        around.stubs.extend(stubs.iter().map(|governed| governed.stub.provenance()));
        let mut last: Option<&ProfileSpec> = None;
        for profile in stubs.iter().filter_map(Governed::profile_spec) {
            // Most stubs have the profile of their neighbour.
            if !last.is_some_and(|last| std::ptr::eq(last, profile)) {
                around.know(profile);
            }
            last = Some(profile);
        }
        around
            .classes
            .extend(build.of_kind("tailscale.com", "ProxyClass").map(|class| class.metadata("name").to_owned()));
        for object in build.of_kind("tailscale.com", "ProxyGroup") {
            let field = |field: &str| spec(object, field).and_then(Node::text).map(str::to_owned);
            let group = Group { kind: field("type"), tailnet: field("tailnet").unwrap_or_default() };
            around.groups.insert(object.metadata("name").to_owned(), group);
        }
        for Governed { stub, .. } in stubs {
            for entry in stub.spec.proxy_group.get().map_or(&[][..], |entries| &entries.value.0) {
                let value = &entry.value;
                around.add_group(&entry.key.value, text(&value.name), text(&value.kind), &value.tailnet);
            }
            for entry in stub.spec.api_server.get().map_or(&[][..], |entries| &entries.value.0) {
                let kind = Some("kube-apiserver".to_owned());
                around.add_group(&entry.key.value, text(&entry.value.name), kind, &entry.value.tailnet);
            }
        }
        around.taken = around.names(build, kept);
        for kept in kept.iter().filter(|kept| !kept.stubs.is_empty()) {
            let at = kept.object.node.span.head();
            around.kept.insert(kept.object.reference().identity(), (kept.stubs.clone(), at));
        }
        around
    }

    /// Takes in what a profile knows of other repositories.
    fn know(&mut self, profile: &ProfileSpec) {
        let known = profile.known.get().map(|known| &known.value);
        let groups = known.and_then(|known| known.proxy_groups.get());
        for entry in groups.map_or(&[][..], |groups| &groups.value.0) {
            self.add_group(&entry.key.value, None, text(&entry.value.kind), &entry.value.tailnet);
        }
        let classes = known.and_then(|known| known.proxy_classes.get());
        let classes = classes.map_or(&[][..], |classes| &classes.value.0);
        self.classes.extend(classes.iter().map(|class| class.value.0.to_string()));
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

    /// Returns the tailnet names of the build's own objects, of those that a layer below has generated,
    /// and of those that are kept; what else the stubs here have generated is replaced by what they
    /// generate now.
    fn names(&self, build: &Build<'_>, kept: &[Kept<'_>]) -> BTreeMap<[String; 2], Vec<Owner>> {
        let mut names: BTreeMap<_, Vec<Owner>> = BTreeMap::new();
        for Known { object, stub } in build.objects() {
            let stub = stub.or_else(|| Record::of(*object).map(|record| record.stub));
            if !stub.is_some_and(|stub| self.has_stub(stub)) {
                self.add_names(*object, build, &mut names);
            }
        }
        for kept in kept {
            self.add_names(kept.object, build, &mut names);
        }
        names
    }

    fn add_names(&self, object: Object<'_>, build: &Build<'_>, names: &mut BTreeMap<[String; 2], Vec<Owner>>) {
        let Some(name) = tailnet_name(object, build).filter(|name| !name.is_empty()) else { return };
        let group = object.annotation(annotation::PROXY_GROUP);
        let tailnet = match group.and_then(|group| self.group(group)) {
            Some(group) => group.tailnet.as_str(),
            None => spec(object, "tailnet").and_then(Node::text).unwrap_or_default(),
        };
        let everywhere = (object.kind() == "Ingress" && group.is_some()).then_some(ALL_TAILNETS);
        for tailnet in [Some(tailnet), everywhere].into_iter().flatten() {
            let owner = Owner { reference: object.reference(), span: object.node.span.head() };
            names.entry([tailnet.to_owned(), name.to_owned()]).or_default().push(owner);
        }
    }

    /// Returns where an object is that is kept of another stub than that of a number.
    pub(super) fn kept(&self, reference: &ResourceRef, stub: usize) -> Option<Span> {
        if self.kept.is_empty() {
            return None;
        }
        self.kept.get(&reference.identity()).filter(|(owners, _)| !owners.contains(&stub)).map(|(_, span)| *span)
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
fn tailnet_name<'s>(object: Object<'s>, build: &Build<'_>) -> Option<&'s str> {
    let word = |field: &str| spec(object, field).and_then(Node::text);
    if object.is("networking.k8s.io", "Ingress") {
        let host = spec(object, "tls")?.items().first()?.get("hosts")?.items().first()?.text()?;
        let is_ours = word("ingressClassName").is_some_and(|class| build.classes.has(class));
        return is_ours.then(|| host.split('.').next()).flatten();
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
