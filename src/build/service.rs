//! A Service of the build, and its ports.

use super::Record;
use crate::krm::Object;
use crate::yaml::{Node, Resolved, Scalar, Span};

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
    /// Returns whether it is of TCP.
    #[must_use]
    pub fn is_tcp(&self) -> bool {
        self.text("protocol").is_none_or(|protocol| protocol == "TCP")
    }

    /// Returns a field's text.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&'s str> {
        self.node.get(field).and_then(Node::text).filter(|text| !text.is_empty())
    }
}

impl<'s> Service<'s> {
    /// Returns the ports.
    pub fn ports(&self) -> impl ExactSizeIterator<Item = Port<'s>> + use<'s> {
        self.spec("ports").map_or(&[][..], Node::items).iter().map(|node| Port { node })
    }

    /// Returns a field of the spec.
    #[must_use]
    pub fn spec(&self, field: &str) -> Option<&'s Node<'s>> {
        self.object.node.get("spec")?.get(field)
    }

    /// Returns where its name or namespace is a number, a boolean or null to every reader, because it is not
    /// written in quotes.
    #[must_use]
    pub fn unquoted_name(&self) -> Option<Span> {
        let metadata = self.object.node.get("metadata")?;
        let is_other = |value: &&Node<'_>| {
            let resolved = value.scalar().and_then(Scalar::resolved);
            resolved
                .is_some_and(|resolved| !matches!(resolved, Resolved::Text | Resolved::AmbiguousBool | Resolved::Null))
        };
        ["name", "namespace"].into_iter().filter_map(|field| metadata.get(field)).find(is_other).map(|value| value.span)
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
    pub fn record(&self) -> Option<Record<'s>> {
        Record::of(self.object)
    }
}
