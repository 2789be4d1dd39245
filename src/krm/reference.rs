//! Object identities.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Serialize;

use crate::yaml::visible;

/// Which object: its type, namespace and name.
///
/// The namespace is empty for cluster-scoped objects, and where only the cluster will know it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceRef {
    /// `group/version`, or `v1`.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The namespace; may be empty.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl ResourceRef {
    /// Makes a reference.
    #[must_use]
    pub fn new(api_version: &str, kind: &str, namespace: impl Into<String>, name: impl Into<String>) -> Self {
        let (api_version, kind) = (api_version.to_owned(), kind.to_owned());
        Self { api_version, kind, namespace: namespace.into(), name: name.into() }
    }

    /// Makes the reference of an object that was read, from its type, namespace and name. A text that is longer
    /// than the API server takes stands for itself by its beginning and its hash, because a reference is a part
    /// of every finding about the object.
    #[must_use]
    pub(super) fn read(texts: [&str; 4]) -> Self {
        let [api_version, kind, namespace, name] = texts.map(bounded);
        Self { api_version, kind, namespace, name }
    }

    /// Returns the group of the API version; empty for the core group.
    #[must_use]
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// Returns what two references share if and only if they name one object, in an order by group, kind,
    /// namespace and name; versions of a group do not tell objects apart.
    #[must_use]
    pub fn identity(&self) -> String {
        [self.group(), &self.kind, &self.namespace, &self.name].join("\0")
    }

    /// Returns whether two references name one object; versions of a group do not tell objects apart.
    #[must_use]
    pub fn same_object(&self, other: &Self) -> bool {
        self.group() == other.group()
            && (&self.kind, &self.namespace, &self.name) == (&other.kind, &other.namespace, &other.name)
    }
}

/// The longest name of an object (`apimachinery/pkg/util/validation` DNS1123SubdomainMaxLength).
const LONGEST: usize = 253;

fn bounded(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("{}…{:016x}", text.get(..text.floor_char_boundary(LONGEST / 2)).unwrap_or_default(), hasher.finish())
}

/// `Kind namespace/name`, the way messages name an object; on one line, whatever it is named.
impl fmt::Display for ResourceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&visible(&self.kind))?;
        match (&*visible(&self.namespace), &*visible(&self.name)) {
            ("", "") => Ok(()),
            ("", name) => write!(f, " {name}"),
            (namespace, "") => write!(f, " of namespace {namespace}"),
            (namespace, name) => write!(f, " {namespace}/{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_named_as_far_as_it_has_a_name() {
        for (namespace, name, want) in [
            ("apps", "web", "Service apps/web"),
            ("", "web", "Service web"),
            ("apps", "", "Service of namespace apps"),
            ("", "", "Service"),
            ("a\n::error", "b\u{1b}[2J", "Service a\\n::error/b\\u{1b}[2J"),
        ] {
            let [api_version, kind, namespace, name] = ["v1", "Service", namespace, name].map(str::to_owned);
            assert_eq!(ResourceRef { api_version, kind, namespace, name }.to_string(), want);
        }
    }
}
