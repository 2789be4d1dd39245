//! Kustomizations: which files of a tree make one build.
//!
//! A build is a kustomization that no other includes. Nothing here reads a disk, or knows of stubs:
//! paths are compared as text, and kustomize itself judges whether a kustomization can be built.

mod builds;
mod file;
mod path;

pub use builds::{BuildFiles, Builds};
pub use file::{FILE_NAMES, Kustomization, Listed};
pub use path::TreePath;
