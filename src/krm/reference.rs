//! Object identities.

use std::fmt;

/// Which object: its type, namespace and name.
///
/// The namespace is empty for cluster-scoped objects, and where only the cluster will know it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct ResourceRef {
    /// `group/version`, or `v1`.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The namespace; may be empty.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl ResourceRef {
    /// Returns the group of the API version; empty for the core group.
    #[must_use]
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// Returns whether two references name one object; versions of a group do not tell objects apart.
    #[must_use]
    pub fn same_object(&self, other: &Self) -> bool {
        self.group() == other.group()
            && (&self.kind, &self.namespace, &self.name) == (&other.kind, &other.namespace, &other.name)
    }
}

/// `Kind namespace/name`, the way messages name an object.
impl fmt::Display for ResourceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{} {}", self.kind, self.name)
        } else {
            write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
        }
    }
}
