//! The build: the manifests that stand beside the stubs, as far as expansion asks about them.

use std::collections::BTreeMap;

use crate::api::{ANNOTATED_ANNOTATION, STUB_ANNOTATION};
use crate::krm::{Object, ResourceRef};
use crate::yaml::Node;

/// The manifests of a build.
#[derive(Debug, Default)]
pub struct Build<'s> {
    /// Whether the build is visible at all; a generator sees none of it.
    pub visible: bool,
    objects: BTreeMap<Identity, Known<'s>>,
    services: BTreeMap<String, Vec<Service<'s>>>,
}

type Identity = (String, String, String, String);

/// What is known of an object of the build.
#[derive(Debug, Clone, Copy)]
pub struct Known<'s> {
    /// The object.
    pub object: Object<'s>,
    /// The stub that its annotation names, if it was generated.
    pub stub: Option<&'s str>,
}

/// A Service of the build.
#[derive(Debug, Clone, Copy)]
pub struct Service<'s> {
    /// The object.
    pub object: Object<'s>,
}

/// A port of a Service of the build.
#[derive(Debug, Clone, Copy)]
pub struct Port<'s> {
    /// The port's mapping.
    pub node: &'s Node<'s>,
}

impl<'s> Port<'s> {
    /// Returns a field's text.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&'s str> {
        self.node.get(field).and_then(Node::text).filter(|text| !text.is_empty())
    }
}

impl<'s> Service<'s> {
    /// Returns the ports.
    #[must_use]
    pub fn ports(&self) -> Vec<Port<'s>> {
        self.spec("ports").map_or_else(Vec::new, |ports| ports.items().iter().map(|node| Port { node }).collect())
    }

    /// Returns a field of the spec.
    #[must_use]
    pub fn spec(&self, field: &str) -> Option<&'s Node<'s>> {
        self.object.node.get("spec")?.get(field)
    }

    /// Returns whether it has no cluster address (`svc.go` validateService).
    #[must_use]
    pub fn is_headless(&self) -> bool {
        self.spec("clusterIP").and_then(Node::text) == Some("None")
    }

    /// Returns whether it is of a type.
    #[must_use]
    pub fn is_type(&self, kind: &str) -> bool {
        self.spec("type").and_then(Node::text) == Some(kind)
    }

    /// Returns the record of what an earlier run annotated.
    #[must_use]
    pub fn annotated(&self) -> Option<&'s str> {
        self.object.annotation(ANNOTATED_ANNOTATION)
    }

    /// Returns the stub that an earlier run annotated it for.
    #[must_use]
    pub fn annotated_by(&self) -> Option<&'s str> {
        self.annotated()?.split(' ').next()
    }
}

impl<'s> Build<'s> {
    /// Returns a build that is visible, with nothing in it yet.
    #[must_use]
    pub fn visible() -> Self {
        Self { visible: true, ..Self::default() }
    }

    /// Adds an object.
    pub fn add(&mut self, object: Object<'s>) {
        let stub = object.annotation(STUB_ANNOTATION);
        if object.is("", "Service") && stub.is_none() {
            self.services.entry(object.metadata("name").to_owned()).or_default().push(Service { object });
        }
        self.objects.insert(identity(&object.reference()), Known { object, stub });
    }

    /// Returns the object with an identity.
    #[must_use]
    pub fn get(&self, reference: &ResourceRef) -> Option<&Known<'s>> {
        if self.objects.is_empty() {
            return None;
        }
        self.objects.get(&identity(reference))
    }

    /// Returns a Service that was not generated.
    ///
    /// One side may have no namespace yet: kustomize and Flux fill it in later. Then the name alone
    /// must tell, and must be the only one.
    #[must_use]
    pub fn service(&self, namespace: &str, name: &str) -> Option<Service<'s>> {
        let named = self.services.get(name)?;
        let exact = named.iter().find(|service| service.object.metadata("namespace") == namespace);
        if exact.is_some() {
            return exact.copied();
        }
        let mut open =
            named.iter().filter(|service| namespace.is_empty() || service.object.metadata("namespace").is_empty());
        let first = open.next().copied();
        if open.next().is_some() { None } else { first }
    }

    /// Returns all objects.
    pub fn objects(&self) -> impl Iterator<Item = &Known<'s>> {
        self.objects.values()
    }

    /// Returns the Services that were not generated.
    pub fn services(&self) -> impl Iterator<Item = &Service<'s>> {
        self.services.values().flatten()
    }

    /// Returns the objects of a kind.
    pub fn of_kind<'b>(&'b self, group: &'b str, kind: &'b str) -> impl Iterator<Item = Object<'s>> + 'b {
        self.objects.values().map(|known| known.object).filter(move |object| object.is(group, kind))
    }
}

fn identity(reference: &ResourceRef) -> Identity {
    (reference.group().to_owned(), reference.kind.clone(), reference.namespace.clone(), reference.name.clone())
}
