//! Field paths as Kubernetes prints them: `spec.ingress.home.paths["/api"]`.

use std::fmt;

use crate::yaml::{shortened, visible};

/// A path to a field of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct FieldPath(String);

impl FieldPath {
    /// Returns the path one key deeper; a key with other than letters, digits, `-` and `_` is quoted, and a long
    /// one is cut.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        let cut = shortened(key);
        let key = cut.as_deref().unwrap_or(key);
        let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !key.is_empty() && key.chars().all(bare) {
            if !self.0.is_empty() {
                self.0.push('.');
            }
            self.0.push_str(key);
        } else {
            let quoted = format!("[{key:?}]");
            self.0.push_str(&visible(&quoted));
        }
        self
    }

    /// Returns the path of an item of a sequence.
    #[must_use]
    pub fn index(mut self, index: usize) -> Self {
        self.0.push_str(&format!("[{index}]"));
        self
    }

    /// Returns the path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether this is a field, or a part of it.
    #[must_use]
    pub fn is_in(&self, field: &Self) -> bool {
        let rest = self.0.strip_prefix(&field.0);
        rest.is_some_and(|rest| field.0.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']))
    }

    /// Returns whether this is the object itself.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes a path of plain keys.
impl<const N: usize> From<[&str; N]> for FieldPath {
    fn from(keys: [&str; N]) -> Self {
        keys.into_iter().fold(Self::default(), Self::key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_keys_are_quoted() {
        let path = FieldPath::from(["spec", "ingress", "home"]).key("paths").key("/api").index(2);
        assert_eq!(path.as_str(), "spec.ingress.home.paths[\"/api\"][2]");
    }

    #[test]
    fn a_part_of_a_field_is_in_it() {
        let field = FieldPath::from(["spec", "a"]);
        for (path, want) in [
            (field.clone(), true),
            (field.clone().key("b"), true),
            (field.clone().key("/b"), true),
            (FieldPath::from(["spec", "ab"]), false),
            (FieldPath::from(["spec"]), false),
        ] {
            assert_eq!(path.is_in(&field), want, "{path}");
            assert!(path.is_in(&FieldPath::default()));
        }
    }

    #[test]
    fn a_path_is_one_line() {
        let path = FieldPath::default().key("x\n::error::y\u{1b}\u{2028}\u{200b}\u{feff}");
        assert_eq!(path.as_str(), "[\"x\\n::error::y\\u{1b}\\u{2028}\\u{200b}\\u{feff}\"]");
    }
}
