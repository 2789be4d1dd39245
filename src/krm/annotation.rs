//! Annotation keys that a KRM function meets on the wire (functions-spec, manifest-annotations).

/// The orchestrator's file position; never to be changed.
pub const PATH: &str = "internal.config.kubernetes.io/path";
/// The older form of [`PATH`].
pub const LEGACY_PATH: &str = "config.kubernetes.io/path";
/// The item's number in its file.
pub const INDEX: &str = "internal.config.kubernetes.io/index";
/// The older form of [`INDEX`].
pub const LEGACY_INDEX: &str = "config.kubernetes.io/index";
/// What kustomize puts on every item that it sends to a transformer
/// (kustomize `api/internal/plugins/utils/utils.go` idAnnotation).
pub const KUSTOMIZE_ID: &str = "kustomize.config.k8s.io/id";

/// Whether a key is an orchestrator's own: it says nothing about the object.
#[must_use]
pub fn is_internal(key: &str) -> bool {
    key.starts_with("internal.config.kubernetes.io/")
        || matches!(key, LEGACY_PATH | LEGACY_INDEX | "config.k8s.io/id" | KUSTOMIZE_ID)
}
