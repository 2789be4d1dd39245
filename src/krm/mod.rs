//! The wire and the objects: what every KRM function and every manifest has in common.
//!
//! This room knows Kubernetes objects, findings and the KRM Functions v1 wire
//! (kustomize `cmd/config/docs/api-conventions/functions-spec.md`). It knows nothing of Tailscale.

mod annotate;
pub mod annotation;
mod field_path;
mod finding;
mod in_place;
mod object;
mod post_renderers;
mod reference;
pub mod split;
mod told;
pub mod wire;

pub use crate::rule::Severity;
pub use annotate::{Annotations, annotate, key, merge_patch, scalar};
pub use field_path::FieldPath;
pub use finding::{Affected, Finding, Findings, ItemFile};
pub use object::Object;
pub use post_renderers::{Patching, Slot, patches, patching};
pub use reference::ResourceRef;
pub use told::{Location, Related, Told};
