//! Annotation keys that a KRM function meets on the wire.

/// Marks an object that is for the client only; kustomize and kpt drop it at the end.
pub const LOCAL_CONFIG: &str = "config.kubernetes.io/local-config";
/// The orchestrator's file position; never to be changed.
pub const PATH: &str = "internal.config.kubernetes.io/path";
/// The older form of [`PATH`].
pub const LEGACY_PATH: &str = "config.kubernetes.io/path";
/// Says how kustomize runs a function; never copied to what a function makes.
pub const FUNCTION: &str = "config.kubernetes.io/function";
