//! Manifests as values: reading them, and which object one is.

use std::fmt;

use serde_json::Value;

use crate::support::documents;

/// Which object a manifest is. An object without namespace is written `Kind//name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id {
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Id {
    /// Which object a manifest is.
    pub(crate) fn of(manifest: &Value) -> Self {
        Self {
            kind: text(manifest, "/kind").to_owned(),
            namespace: text(manifest, "/metadata/namespace").to_owned(),
            name: text(manifest, "/metadata/name").to_owned(),
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.kind, self.namespace, self.name)
    }
}

/// Reads a stream of manifests; the items of a `List` each for itself.
pub(crate) fn read(stream: &str) -> Result<Vec<Value>, String> {
    Ok(documents(stream)?.into_iter().flat_map(items).collect())
}

fn items(manifest: Value) -> Vec<Value> {
    match manifest.get("items") {
        Some(Value::Array(items)) if text(&manifest, "/kind") == "List" => items.clone(),
        _ => vec![manifest],
    }
}

/// The text at a JSON pointer, `""` if there is none.
pub(crate) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The list at a JSON pointer, empty if there is none.
pub(crate) fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The annotation, if the manifest has it.
pub(crate) fn annotation<'v>(manifest: &'v Value, key: &str) -> Option<&'v str> {
    manifest.get("metadata")?.get("annotations")?.get(key)?.as_str()
}

/// The namespace that the object ends up in.
pub(crate) fn namespace(manifest: &Value) -> &str {
    match text(manifest, "/metadata/namespace") {
        "" => "default",
        namespace => namespace,
    }
}
