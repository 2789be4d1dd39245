//! A HelmRelease of the build, and the patches by which an earlier run annotated what its chart makes.
//!
//! The chart is not here, so nothing is known of a Service but its name. A patch of ours is known by the
//! record in it, which the Service gets, too.

use super::Record;
use crate::api::ANNOTATED_ANNOTATION;
use crate::krm::{Object, ResourceRef, Slot, patches};
use crate::yaml::{Map, Node, Scalar, Sources, Span, Style, Value, documents};

/// A HelmRelease of Flux.
#[derive(Debug, Clone, Copy)]
pub struct Release<'s> {
    /// The object.
    pub object: Object<'s>,
}

/// Which patch: the Service of which HelmRelease it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchOf {
    /// The HelmRelease.
    pub release: ResourceRef,
    /// The Service.
    pub service: ResourceRef,
    /// The namespace that the patch asks for; empty where the name is enough.
    pub namespace: String,
}

/// A patch that an earlier run wrote.
#[derive(Debug)]
pub struct Patch<'s> {
    /// Where it stands.
    pub slot: Slot,
    /// Its text.
    pub text: &'s str,
    /// Which it is.
    pub of: PatchOf,
    service: Node<'static>,
}

impl PatchOf {
    /// Returns a text that no other patch has.
    #[must_use]
    pub fn identity(&self) -> String {
        format!("{}\n{}/{}", self.release.identity(), self.namespace, self.service.name)
    }

    /// Returns the `target` of the patch.
    #[must_use]
    pub fn target(&self) -> Vec<(&'static str, String)> {
        let (name, namespace) = (self.service.name.clone(), self.namespace.clone());
        let mut target = vec![("version", "v1".to_owned()), ("kind", "Service".to_owned()), ("name", name)];
        if !namespace.is_empty() {
            target.push(("namespace", namespace));
        }
        target
    }
}

impl<'s> Release<'s> {
    /// Returns an object as a HelmRelease, if it is one.
    #[must_use]
    pub fn of(object: Object<'s>) -> Option<Self> {
        let is_it = object.kind() == "HelmRelease" && object.api_version().starts_with("helm.toolkit.fluxcd.io/v2");
        is_it.then_some(Self { object })
    }

    /// Returns the namespace that its chart is installed in; empty where the object does not say its own.
    #[must_use]
    pub fn namespace(&self) -> &'s str {
        let target = self.object.node.get("spec").and_then(|spec| spec.get("targetNamespace")).and_then(Node::text);
        target.filter(|target| !target.is_empty()).unwrap_or_else(|| self.object.metadata("namespace"))
    }

    /// Returns the patches that an earlier run wrote.
    pub fn patches(self) -> impl Iterator<Item = Patch<'s>> {
        patches(self.object).filter_map(move |(slot, entry)| self.patch(slot, entry))
    }

    fn patch(&self, slot: Slot, entry: &'s Node<'s>) -> Option<Patch<'s>> {
        let written = entry.get("patch")?;
        let text = written.text().filter(|text| text.contains(ANNOTATED_ANNOTATION))?;
        let word = |key: &str| entry.get("target").and_then(|target| target.get(key)).and_then(Node::text);
        let namespace = word("namespace").unwrap_or_default();
        let mut sources = Sources::default();
        let id = sources.add("", text);
        let parsed = documents(id, sources.get(id)?);
        let [document] = parsed.as_slice() else { return None };
        let node = document.root.as_ref().ok()?.as_ref()?;
        let name = word("name").unwrap_or_else(|| Object { node, document: document.span }.metadata("name"));
        let lives_in = if namespace.is_empty() { self.namespace() } else { namespace };
        let service = placed(node, lives_in, written.span);
        let object = Object::new(&service, written.span)?;
        Record::of(object)?;
        let of = PatchOf {
            release: self.object.reference(),
            service: service_ref(lives_in, name),
            namespace: namespace.to_owned(),
        };
        Some(Patch { slot, text, of, service })
    }
}

impl Patch<'_> {
    /// Returns what the patch says of the Service, each part where the patch stands.
    #[must_use]
    pub fn service(&self) -> Object<'_> {
        Object { node: &self.service, document: self.service.span }
    }

    /// Returns the record of what was set.
    #[must_use]
    pub fn record(&self) -> Option<Record<'_>> {
        Record::of(self.service())
    }
}

/// Returns which Service has a name.
#[must_use]
pub fn service_ref(namespace: &str, name: &str) -> ResourceRef {
    ResourceRef {
        api_version: "v1".to_owned(),
        kind: "Service".to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    }
}

/// Returns an object in a namespace, every part of it at one place.
fn placed(object: &Node<'_>, namespace: &str, at: Span) -> Node<'static> {
    let scalar = |text: &str| {
        let text = text.to_owned().into();
        Node { span: at, value: Value::Scalar(Scalar { text, style: Style::Quoted, tagged: false }) }
    };
    let mut object = moved(object, at);
    if let Value::Map(map) = &mut object.value {
        for (key, value) in &mut map.entries {
            if let (Some("metadata"), Value::Map(metadata)) = (key.text(), &value.value) {
                let others = metadata.entries.iter().filter(|(key, _)| key.text() != Some("namespace")).cloned();
                let entries = others.chain([(scalar("namespace"), scalar(namespace))]).collect();
                value.value = Value::Map(Map::new(entries, metadata.flow));
            }
        }
    }
    object
}

fn moved(node: &Node<'_>, at: Span) -> Node<'static> {
    let value = match &node.value {
        Value::Scalar(_) => node.detached().value,
        Value::Seq(items) => Value::Seq(items.iter().map(|item| moved(item, at)).collect()),
        Value::Map(map) => {
            let entries = map.entries.iter().map(|(key, value)| (moved(key, at), moved(value, at))).collect();
            Value::Map(Map::new(entries, map.flow))
        }
    };
    Node { span: at, value }
}
