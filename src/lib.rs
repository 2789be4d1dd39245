//! Exposing anything on a tailnet from git: short stubs in, complete Kubernetes manifests out.
//!
//! ```text
//!  text ──read──▶ trees ──decode──▶ stubs ──expand──▶ manifests ──write──▶ text
//!         yaml            api               expand               process
//! ```
//!
//! - A *stub* is a `TailscaleExpose`: what a person writes. A *profile* is what is true for a cluster.
//! - The *build* is the manifests beside the stubs: ports, selectors and Services to annotate are
//!   read from it.
//! - A *finding* is something that a manifest's author should know; see [`error`] for the channels.
//!
//! The modules are rooms whose imports point down only: `docs/architecture.md` draws them and says where to
//! add what.
//!
//! The library is pure: no environment, files, network, time or randomness, so that WebAssembly and
//! native code give the same bytes.

pub mod api;
pub mod build;

pub mod error;
pub mod expand;
pub mod krm;
pub mod kustomize;
pub mod operator;
pub mod plan;
pub mod process;
pub mod report;
pub mod rule;
pub mod tailscale;
pub mod yaml;

pub use error::Error;
pub use process::{
    Action, File, FileChange, Files, HEADER, Named, Origin, Rendered, Rendering, Response, Role, State, Tree, beside,
    folder, render, render_tree, respond,
};
