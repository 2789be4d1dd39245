//! Source maps: what each field of an object was made from, so that what is found in an object can be told of
//! the stub.
//!
//! A link is noted where a value is put into the object. What has none was made from the entry's key, and so
//! was all that expansion adds of itself. Of a text that is put together, its base is noted and not what
//! stands around it. Nothing here judges an object.

use super::layers::path_of;
use super::ways::{COUNT, To, Way, numbered};
use super::{Annotated, Generated};
use crate::api::{Entries, Setting, Stub};
use crate::krm::FieldPath;
use crate::yaml::{Node, Span, Step};

/// The layer of what stands in the stub outside of entries and defaults.
pub(super) const STUB: usize = 5;
/// The layer of what stands in the profile outside of the defaults.
pub(super) const PROFILE: usize = 6;
/// The first layer of the profile's defaults.
const PROFILE_DEFAULTS: usize = 3;

/// More than there are ways.
const WAYS: usize = 1 << 7;
const _: () = assert!(COUNT <= WAYS, "a number of a way must have room below that of its layer");
/// More than there are layers.
const LAYERS: usize = 1 << 3;

/// A way that was taken: which, from which layer, to which item, as one number, and where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Link {
    code: usize,
    span: Span,
}

/// The links of an object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Links(Vec<Link>);

impl Links {
    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Notes a link.
    // Every section calls it for every field.
    #[inline(never)]
    pub(super) fn note(&mut self, way: Way, number: usize, (layer, span): (usize, Span)) {
        self.0.push(Link { code: way.number() + WAYS * (layer + LAYERS * number), span });
    }

    /// Forgets all but those of some ways.
    pub(super) fn keep(&mut self, ways: &[Way]) {
        self.0.retain(|link| ways.iter().any(|way| way.number() == link.code % WAYS));
    }

    /// Returns the links as numbers and places.
    pub(super) fn codes(&self) -> impl Iterator<Item = (usize, Span)> {
        self.0.iter().map(|link| (link.code, link.span))
    }

    /// Returns the links that were made such numbers.
    pub(super) fn of(codes: impl Iterator<Item = (usize, Span)>) -> Self {
        Self(codes.map(|(code, span)| Link { code, span }).collect())
    }
}

/// What a field of an object was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The field of the stub, or of the profile.
    pub path: FieldPath,
    /// Where it is written.
    pub span: Span,
    /// Whether the profile says it, and not the stub.
    pub in_profile: bool,
}

/// The keys of the items of an object's mappings, by their numbers.
type Keys<'k> = dyn Fn(To, usize) -> Option<&'k str> + 'k;

impl Generated {
    /// Returns what a field of the object was made from; `stub` is the one that it was made of.
    #[must_use]
    pub fn written(&self, stub: &Stub, field: &FieldPath) -> Written {
        let node = self.manifest.node(&mut |_| self.key);
        self.manifest.links().written(stub, self.key, field, &|to, number| key_of(&node, to, number))
    }

    /// Returns the object as those are that were read; each node stands where it was made from.
    #[must_use]
    pub fn node(&self) -> Node<'_> {
        let node = self.manifest.node(&mut |_| self.key);
        let places = self.manifest.links().places(&|to, number| key_of(&node, to, number));
        self.manifest.node(&mut |steps| {
            let field = steps.iter().fold(FieldPath::default(), |path, step| match step {
                Step::Key(key) => path.key(key),
                Step::Index(number) => path.index(*number),
            });
            nearest(&places, &field).map_or(self.key, |link| link.span)
        })
    }
}

impl Annotated {
    /// Returns what a field of the Service was made from, which is one of the annotations; `stub` is the one
    /// that asks for them.
    #[must_use]
    pub fn written(&self, stub: &Stub, field: &FieldPath) -> Written {
        // The record comes first.
        let key = |number: usize| self.annotations.get(number + 1).map(|(key, _)| key.as_str());
        self.links.written(stub, self.key, field, &|_, number| key(number))
    }
}

impl Links {
    fn written(&self, stub: &Stub, entry: Span, field: &FieldPath, key: &Keys<'_>) -> Written {
        let (section, name) = entry_at(stub, entry).unwrap_or_default();
        let places = self.places(key);
        let Some(link) = nearest(&places, field) else {
            return Written { path: path_of(0, section, name), span: entry, in_profile: false };
        };
        let layer = link.layer();
        let base = if layer >= STUB { FieldPath::default() } else { path_of(layer, section, name) };
        let in_profile = layer != STUB && layer >= PROFILE_DEFAULTS;
        Written { path: link.from(base, key), span: link.span, in_profile }
    }

    /// Returns the places of the links in the object.
    fn places(&self, key: &Keys<'_>) -> Vec<(FieldPath, Link)> {
        self.0.iter().filter_map(|link| Some((link.to(key)?, *link))).collect()
    }
}

/// Returns the link of the longest beginning of a field's path, and the last of two.
fn nearest(places: &[(FieldPath, Link)], field: &FieldPath) -> Option<Link> {
    let is_in = |(to, _): &&(FieldPath, Link)| {
        let rest = field.as_str().strip_prefix(to.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    places.iter().filter(is_in).max_by_key(|(to, _)| to.as_str().len()).map(|(_, link)| *link)
}

/// Returns the key of an item of a mapping of an object, or what the item of a list is known by.
fn key_of<'n>(object: &'n Node<'_>, to: To, number: usize) -> Option<&'n str> {
    let metadata = object.get("metadata")?;
    let key = |map: &'n Node<'_>| map.map()?.entries.get(number)?.0.text();
    match to {
        To::Labels => key(metadata.get("labels")?),
        To::Annotations => key(metadata.get("annotations")?),
        To::Selector => key(object.get("spec")?.get("selector")?),
        To::Ports => object.get("spec")?.get("ports")?.items().get(number)?.get("name")?.text(),
        To::EndpointPorts => object.get("ports")?.items().get(number)?.get("name")?.text(),
        To::Paths => {
            let rule = object.get("spec")?.get("rules")?.items().first()?;
            rule.get("http")?.get("paths")?.items().get(number)?.get("path")?.text()
        }
        To::Field(_) | To::Annotation(_) | To::Tags | To::Routes(_) => None,
    }
}

impl Link {
    fn layer(self) -> usize {
        self.code / WAYS % LAYERS
    }

    /// Returns where it leads, the field, and the number of the item.
    fn parts(self) -> Option<(To, &'static str, usize)> {
        let (to, field) = numbered(self.code % WAYS)?;
        Some((to, field, self.code / WAYS / LAYERS))
    }

    /// Returns the path of the place in the object.
    fn to(self, key: &Keys<'_>) -> Option<FieldPath> {
        let (to, _, number) = self.parts()?;
        let metadata = |field| FieldPath::from(["metadata", field]);
        let spec = |field| FieldPath::from(["spec", field]);
        Some(match to {
            To::Field(path) => below(FieldPath::default(), path),
            To::Annotation(key) => metadata("annotations").key(key),
            To::Labels => metadata("labels").key(key(to, number)?),
            To::Annotations => metadata("annotations").key(key(to, number)?),
            To::Selector => spec("selector").key(key(to, number)?),
            To::Ports => spec("ports").index(number),
            To::EndpointPorts => FieldPath::from(["ports"]).index(number),
            To::Paths => spec("rules").index(0).key("http").key("paths").index(number),
            To::Tags => spec("tags").index(number),
            To::Routes(path) => below(FieldPath::default(), path).index(number),
        })
    }

    /// Returns the path of the field, from that of its layer.
    fn from(self, base: FieldPath, key: &Keys<'_>) -> FieldPath {
        let Some((to, field, number)) = self.parts() else { return base };
        let path = below(base, field);
        match to {
            To::Field(_) | To::Annotation(_) => path,
            To::Tags | To::Routes(_) => path.index(number),
            To::Labels | To::Annotations | To::Selector | To::Ports | To::EndpointPorts | To::Paths => {
                match key(to, number) {
                    Some(key) => path.key(key),
                    None => path,
                }
            }
        }
    }
}

/// Returns a path and the keys of another, with dots between them, below it.
fn below(path: FieldPath, keys: &str) -> FieldPath {
    keys.split('.').fold(path, FieldPath::key)
}

/// Returns the section and the key of the entry whose key is written at a place.
fn entry_at(stub: &Stub, at: Span) -> Option<(&'static str, &str)> {
    fn of<'a, E>(section: &'static str, entries: &'a Setting<Entries<E>>, at: Span) -> Option<(&'static str, &'a str)> {
        let mut entries = entries.get()?.value.0.iter();
        entries.find(|entry| entry.key.span == at).map(|entry| (section, &*entry.key.value))
    }
    let spec = &stub.spec;
    of("ingress", &spec.ingress, at)
        .or_else(|| of("loadBalancer", &spec.load_balancer, at))
        .or_else(|| of("annotate", &spec.annotate, at))
        .or_else(|| of("egress", &spec.egress, at))
        .or_else(|| of("outside", &spec.outside, at))
        .or_else(|| of("apiServer", &spec.api_server, at))
        .or_else(|| of("proxyGroup", &spec.proxy_group, at))
        .or_else(|| of("connector", &spec.connector, at))
}

#[cfg(test)]
mod tests;
