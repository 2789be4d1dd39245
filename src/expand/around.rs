//! What stands around the entries, gathered once: ProxyGroups, ProxyClasses, tailnet names of the build.

use std::collections::{BTreeMap, BTreeSet};

use super::approval::GroupTags;
use super::claims::{ALL_SERVICES, ALL_TAILNETS};
use super::layers::Layers;
use super::{Governed, Kept, tops};
use crate::api::{List, ProfileSpec, Setting, Switch, Templated};
use crate::build::{Build, Known, Record, Release};
use crate::krm::{Object, ResourceRef};
use crate::operator::{Exposure, Installation, Mechanism, Surroundings, read};
use crate::yaml::{Node, Span};

/// What stands around the entries.
#[derive(Debug, Default)]
pub(super) struct Around {
    stubs: BTreeSet<String>,
    groups: BTreeMap<String, Group>,
    classes: BTreeSet<String>,
    /// The ProxyClasses of the build whose proxies take routes of the tailnet.
    routed: BTreeSet<String>,
    installation: Installation,
    default_tags: BTreeSet<String>,
    taken: Taken,
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
    /// The tags of its proxies, if they are known.
    pub(super) tags: Option<GroupTags>,
    /// The ProxyClass of its proxies, if it is known.
    pub(super) class: Option<String>,
    /// Where it is, if it is here.
    pub(super) span: Option<Span>,
}

/// An object of the build that has a tailnet name.
#[derive(Debug)]
pub(super) struct Owner {
    /// Which object.
    pub(super) reference: ResourceRef,
    /// Where the name is written, or where the object begins.
    pub(super) span: Span,
    /// Whether the operator derives the name.
    pub(super) derived: bool,
    /// Whether it is that of a Tailscale Service.
    is_service: bool,
}

/// Tailnet names of the build, in small letters as DNS compares them: by tailnet and name.
#[derive(Debug, Default)]
struct Taken {
    names: BTreeMap<[String; 2], Vec<Owner>>,
    /// Names of replicas, by what stands before their numbers: how many there are.
    replicas: BTreeMap<[String; 2], Vec<(u32, Owner)>>,
}

impl Around {
    /// Gathers what profiles, the build and the stubs say; the later knows better. Names of `kept` are
    /// taken, although stubs here made them.
    pub(super) fn gather(stubs: &[Governed<'_>], build: &Build<'_>, kept: &[Kept<'_>]) -> Self {
        let mut around = Self::default();
        around.default_tags = around.installation.default_tags.iter().cloned().collect();
        around.stubs.extend(stubs.iter().map(|governed| governed.stub.provenance()));
        let mut last: Option<&ProfileSpec> = None;
        for profile in stubs.iter().filter_map(Governed::profile_spec) {
            // Most stubs have the profile of their neighbour.
            if !last.is_some_and(|last| std::ptr::eq(last, profile)) {
                around.know(profile);
            }
            last = Some(profile);
        }
        for class in build.of_kind("tailscale.com", "ProxyClass") {
            around.classes.insert(class.metadata("name").to_owned());
            let routes = spec(class, "tailscale").and_then(|tailscale| tailscale.get("acceptRoutes"));
            if routes.and_then(Node::text) == Some("true") {
                around.routed.insert(class.metadata("name").to_owned());
            }
        }
        for object in build.of_kind("tailscale.com", "ProxyGroup") {
            let field = |field: &str| spec(object, field).and_then(Node::text).map(str::to_owned);
            let tags = spec(object, "tags").map_or(&[][..], Node::items);
            let group = Group {
                kind: field("type"),
                tailnet: field("tailnet").unwrap_or_default(),
                tags: Some(GroupTags::of(tags.iter().filter_map(Node::text).map(str::to_owned), &around.default_tags)),
                class: field("proxyClass"),
                span: Some(object.node.span.head()),
            };
            around.groups.insert(object.metadata("name").to_owned(), group);
        }
        for governed in stubs {
            around.learn(governed);
        }
        around.take_names(build, kept);
        for kept in kept.iter().filter(|kept| !kept.stubs.is_empty()) {
            let at = kept.object.node.span.head();
            let reference = kept.patch.as_ref().map_or_else(|| kept.object.reference(), |(_, service)| service.clone());
            around.kept.insert(reference.identity(), (kept.stubs.clone(), at));
        }
        around
    }

    /// Takes in what a profile knows of the operator and of other repositories.
    fn know(&mut self, profile: &ProfileSpec) {
        self.installation = installation(profile);
        self.default_tags = self.installation.default_tags.iter().cloned().collect();
        let known = profile.known.get().map(|known| &known.value);
        let groups = known.and_then(|known| known.proxy_groups.get());
        for entry in groups.map_or(&[][..], |groups| &groups.value.0) {
            let value = &entry.value;
            let tags = value.tags.get().map(|tags| GroupTags::of(texts(&tags.value), &self.default_tags));
            let tailnet = text(&value.tailnet).unwrap_or_default();
            let group = Group { kind: text(&value.kind), tailnet, tags, class: None, span: None };
            self.groups.insert(entry.key.value.to_string(), group);
        }
        let classes = known.and_then(|known| known.proxy_classes.get());
        let classes = classes.map_or(&[][..], |classes| &classes.value.0);
        self.classes.extend(classes.iter().map(|class| class.value.0.to_string()));
    }

    /// Takes in the ProxyGroups that a stub makes.
    fn learn(&mut self, governed: &Governed<'_>) {
        let (stub, tops) = (governed.stub, tops(governed));
        for entry in stub.spec.proxy_group.get().map_or(&[][..], |entries| &entries.value.0) {
            let value = &entry.value;
            let layers = Layers { entry: value, sections: [None, None], tops };
            let tags = layers.any(|entry| &entry.tags, |defaults| &defaults.tags);
            let tags = tags.map(|tags| texts(tags.value)).into_iter().flatten();
            let tags = Some(GroupTags::of(tags, &self.default_tags));
            let name = text(&value.name).unwrap_or_else(|| entry.key.value.to_string());
            let class = text(&value.proxy_class);
            let tailnet = text(&value.tailnet).unwrap_or_default();
            let group = Group { kind: text(&value.kind), tailnet, tags, class, span: Some(entry.key.span) };
            self.groups.insert(name, group);
        }
        for entry in stub.spec.api_server.get().map_or(&[][..], |entries| &entries.value.0) {
            let name = text(&entry.value.name).unwrap_or_else(|| entry.key.value.to_string());
            let kind = Some("kube-apiserver".to_owned());
            let tailnet = text(&entry.value.tailnet).unwrap_or_default();
            let group = Group { kind, tailnet, tags: None, class: None, span: Some(entry.key.span) };
            self.groups.insert(name, group);
        }
    }

    /// Takes the tailnet names of the build's own objects, of those that a layer below has generated, and of
    /// those that are kept; what else the stubs here have generated is replaced by what they generate now.
    fn take_names(&mut self, build: &Build<'_>, kept: &[Kept<'_>]) {
        let mut taken = Taken::default();
        for Known { object, stub } in build.objects() {
            for patch in Release::of(*object).into_iter().flat_map(Release::patches) {
                if !patch.record().is_some_and(|record| self.has_stub(record.stub)) {
                    self.add_names(patch.service(), build, &mut taken);
                }
            }
            let stub = stub.or_else(|| Record::of(*object).map(|record| record.stub));
            if !stub.is_some_and(|stub| self.has_stub(stub)) {
                self.add_names(*object, build, &mut taken);
            }
        }
        for Kept { object, patch, .. } in kept {
            match (patch, Release::of(*object)) {
                (Some((slot, _)), Some(release)) => {
                    let patches = release.patches().filter(|patch| patch.slot == *slot);
                    patches.for_each(|patch| self.add_names(patch.service(), build, &mut taken));
                }
                _ => self.add_names(*object, build, &mut taken),
            }
        }
        self.taken = taken;
    }

    fn add_names(&self, object: Object<'_>, build: &Build<'_>, taken: &mut Taken) {
        let class = spec(object, "ingressClassName").and_then(Node::text);
        let class = class.filter(|class| *class != self.installation.ingress_class && build.classes.has(class));
        // Stubs of one build may have profiles of different classes.
        let other = class.map(|class| Installation { ingress_class: class.to_owned(), ..self.installation.clone() });
        let installation = other.as_ref().unwrap_or(&self.installation);
        let Some(exposure) = read(object, &Seen { around: self, installation }) else { return };
        let everywhere = match exposure.mechanism {
            Mechanism::Ingress if exposure.group.is_some() => Some(ALL_TAILNETS),
            Mechanism::Service => Some(ALL_SERVICES),
            _ => None,
        };
        for tailnet in [Some(exposure.tailnet.as_str()), everywhere].into_iter().flatten() {
            taken.add(tailnet, object, &exposure);
        }
    }

    /// Returns the tags of what names none.
    pub(super) fn default_tags(&self) -> &BTreeSet<String> {
        &self.default_tags
    }

    /// Returns what the operator's own objects are called.
    pub(super) fn operator(&self) -> &str {
        &self.installation.name
    }

    /// Returns the operator's own tailnet name.
    pub(super) fn operator_name(&self) -> &str {
        &self.installation.hostname
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

    /// Returns where a Tailscale Service of the operator's own tailnet is in the build, if the name is that of one.
    pub(super) fn tailscale_service(&self, name: &str) -> Option<Span> {
        self.taken.service(name)
    }

    /// Returns whether proxies of a ProxyClass are known to take routes of the tailnet.
    pub(super) fn takes_routes(&self, class: &str) -> bool {
        self.routed.contains(class)
    }

    /// Returns the object of the build, other than `own`, that has a tailnet name.
    pub(super) fn owner(&self, tailnet: &str, name: &str, own: &ResourceRef) -> Option<&Owner> {
        self.taken.owner(tailnet, name, own)
    }
}

impl Taken {
    fn add(&mut self, tailnet: &str, object: Object<'_>, exposure: &Exposure<'_>) {
        for name in exposure.names.iter().filter(|name| !name.text.is_empty()) {
            // A derived name begins with the namespace, which may be known only to the cluster.
            if name.derived && name.text.starts_with('-') {
                continue;
            }
            let span = if name.derived { object.node.span.head() } else { name.span };
            let owner =
                Owner { reference: object.reference(), span, derived: name.derived, is_service: name.is_service };
            let key = [tailnet.to_owned(), name.text.to_ascii_lowercase()];
            match name.replicas {
                Some(count) => self.replicas.entry(key).or_default().push((count, owner)),
                None => self.names.entry(key).or_default().push(owner),
            }
        }
    }

    fn service(&self, name: &str) -> Option<Span> {
        let owners = self.names.get(&[String::new(), name.to_ascii_lowercase()])?;
        owners.iter().find(|owner| owner.is_service).map(|owner| owner.span)
    }

    fn owner(&self, tailnet: &str, name: &str, own: &ResourceRef) -> Option<&Owner> {
        if self.names.is_empty() && self.replicas.is_empty() {
            return None;
        }
        let key = |name: &str| [tailnet.to_owned(), name.to_ascii_lowercase()];
        let is_other = |owner: &&Owner| !owner.reference.same_object(own);
        let named = self.names.get(&key(name)).and_then(|owners| owners.iter().find(is_other));
        named.or_else(|| {
            let (base, number) = name.rsplit_once('-')?;
            let number: u32 = number.parse().ok().filter(|parsed: &u32| parsed.to_string() == number)?;
            let owners = self.replicas.get(&key(base))?;
            owners.iter().filter(|(count, _)| number < *count).map(|(_, owner)| owner).find(is_other)
        })
    }
}

/// What names depend on.
struct Seen<'r> {
    around: &'r Around,
    installation: &'r Installation,
}

impl<'s> Surroundings<'s> for Seen<'_> {
    fn installation(&self) -> &Installation {
        self.installation
    }

    fn service(&self, _: &str, _: &str) -> Option<Object<'s>> {
        // No name depends on a Service, and an Ingress may have as many paths as a Service has ports.
        None
    }

    fn group_type(&self, name: &str) -> Option<String> {
        self.around.group(name)?.kind.clone()
    }

    fn group_tailnet(&self, name: &str) -> String {
        self.around.group(name).map(|group| group.tailnet.clone()).unwrap_or_default()
    }
}

/// Returns how the operator is set up, as a profile says.
fn installation(profile: &ProfileSpec) -> Installation {
    let mut installation = Installation::default();
    let Some(operator) = profile.operator.get().map(|operator| &operator.value) else { return installation };
    if let Some(class) = operator.ingress_class.get() {
        installation.ingress_class = class.value.to_string();
    }
    if let Some(tags) = operator.default_tags.get() {
        installation.default_tags = texts(&tags.value).collect();
    }
    installation.default_load_balancer =
        operator.default_load_balancer.get().is_some_and(|balancer| balancer.value == Switch::On);
    if let Some(hostname) = operator.hostname.get() {
        installation.hostname = hostname.value.to_string();
    }
    if let Some(name) = operator.name.get() {
        installation.name = name.value.to_string();
    }
    installation.namespace = operator.namespace.get().map(|namespace| namespace.value.to_string());
    installation.tailnet = profile.tailnet.get().map(|tailnet| tailnet.value.to_string());
    installation
}

fn text<T: std::fmt::Display>(setting: &Setting<Templated<T>>) -> Option<String> {
    setting.get()?.value.known().map(ToString::to_string)
}

/// Returns the texts of a list.
pub(super) fn texts<T: std::fmt::Display>(list: &List<T>) -> impl Iterator<Item = String> {
    list.0.iter().map(|item| item.value.to_string())
}

fn spec<'s>(object: Object<'s>, field: &str) -> Option<&'s Node<'s>> {
    object.node.get("spec")?.get(field)
}
