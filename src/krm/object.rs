//! Manifests as they were read: typed access to what every object has.
//!
//! An object that is not ours is never emitted anew, so this only looks; `annotate` edits.

use super::ResourceRef;
use crate::yaml::{Node, Span};

/// A manifest and its place.
#[derive(Debug, Clone, Copy)]
pub struct Object<'s> {
    /// The root of the document.
    pub node: &'s Node<'s>,
    /// The whole document, with what surrounds the node.
    pub document: Span,
}

impl<'s> Object<'s> {
    /// Returns a manifest if the node is one: a mapping with `apiVersion` and `kind`.
    #[must_use]
    pub fn new(node: &'s Node<'s>, document: Span) -> Option<Self> {
        let object = Self { node, document };
        (!object.api_version().is_empty() && !object.kind().is_empty()).then_some(object)
    }

    /// Returns `apiVersion`.
    #[must_use]
    pub fn api_version(&self) -> &'s str {
        text(self.node, "apiVersion")
    }

    /// Returns `kind`.
    #[must_use]
    pub fn kind(&self) -> &'s str {
        text(self.node, "kind")
    }

    /// Returns the group of `apiVersion`; empty for the core group.
    #[must_use]
    pub fn group(&self) -> &'s str {
        self.api_version().split_once('/').map_or("", |(group, _)| group)
    }

    /// Returns whether the object is of a group and kind.
    #[must_use]
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.kind() == kind && self.group() == group
    }

    /// Returns a text of `metadata`; empty where there is none.
    #[must_use]
    pub fn metadata(&self, key: &str) -> &'s str {
        self.node.get("metadata").map_or("", |metadata| text(metadata, key))
    }

    /// Returns an annotation.
    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<&'s str> {
        self.node.get("metadata")?.get("annotations")?.get(key)?.text()
    }

    /// Returns which object this is.
    #[must_use]
    pub fn reference(&self) -> ResourceRef {
        ResourceRef::read([self.api_version(), self.kind(), self.metadata("namespace"), self.metadata("name")])
    }
}

fn text<'s>(node: &'s Node<'s>, key: &str) -> &'s str {
    node.get(key).and_then(Node::text).unwrap_or_default()
}
