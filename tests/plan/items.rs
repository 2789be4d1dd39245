//! Objects of an answer or a file, read anew, and what a case came to.

use serde_json::Value;
use tailscale_expose::yaml::{Node, Sources, documents, to_json};

use crate::model::{MARK, RECORD};

/// An object as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    pub(crate) text: String,
    pub(crate) value: Value,
}

/// Group, kind, namespace and name.
pub(crate) type Identity = [String; 4];

impl Item {
    fn word(&self, pointer: &str) -> &str {
        self.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn identity(&self) -> Identity {
        let group = self.word("/apiVersion").split_once('/').map_or("", |(group, _)| group);
        [group, self.word("/kind"), self.word("/metadata/namespace"), self.word("/metadata/name")].map(str::to_owned)
    }

    pub(crate) fn annotation(&self, key: &str) -> Option<&str> {
        self.value["metadata"]["annotations"][key].as_str()
    }

    /// Whether it is a stub or a profile, or meant as one.
    pub(crate) fn is_ours(&self) -> bool {
        self.word("/kind").starts_with("TailscaleExpose")
    }

    /// Whether it is of a kind that stubs make.
    pub(crate) fn is_made_kind(&self) -> bool {
        matches!(
            (self.identity()[0].as_str(), self.word("/kind")),
            ("networking.k8s.io", "Ingress")
                | ("", "Service")
                | ("discovery.k8s.io", "EndpointSlice")
                | ("tailscale.com", "ProxyGroup" | "Connector")
        )
    }

    /// Returns the stub that it says it is from, and whether that only annotated it.
    pub(crate) fn stub(&self) -> Option<(&str, bool)> {
        let record = || Some((self.annotation(RECORD)?.split_once(' ')?.0, true));
        self.annotation(MARK).map(|stub| (stub, false)).or_else(record)
    }

    /// Returns its tags.
    pub(crate) fn tags(&self) -> Vec<&str> {
        let listed = self.value["spec"]["tags"].as_array().map_or(&[][..], Vec::as_slice);
        let annotated = self.annotation("tailscale.com/tags").into_iter().flat_map(|tags| tags.split(','));
        listed.iter().filter_map(Value::as_str).chain(annotated).collect()
    }
}

/// Reads the objects of documents, or the items of a list that is the whole; nothing where the text
/// cannot be read.
pub(crate) fn items(text: &str, is_list: bool) -> Option<Vec<Item>> {
    let mut sources = Sources::default();
    let id = sources.add("", text);
    let parsed = documents(id, sources.get(id)?);
    let mut found = Vec::new();
    let mut add = |node: &Node<'_>| {
        let text = sources.slice(node.span).trim_end().to_owned();
        found.push(Item { text, value: to_json(node) });
    };
    for document in &parsed {
        let Some(root) = document.root.as_ref().ok()? else { continue };
        match root.get("items").filter(|_| is_list) {
            Some(items) => items.items().iter().for_each(&mut add),
            None if root.is_null() => {}
            None => add(root),
        }
    }
    Some(found)
}

/// What a case came to, so that a run that checks nothing is seen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) sound: usize,
    pub(crate) faulty: usize,
    pub(crate) kept: usize,
    pub(crate) removed: usize,
}
