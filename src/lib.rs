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
//! ```
//! use tailscale_expose::{Sources, render};
//!
//! let mut sources = Sources::default();
//! sources.add(
//!     "apps/grafana.yaml",
//!     "\
//! apiVersion: tailscale-expose.dev/v1alpha1
//! kind: TailscaleExpose
//! metadata: {name: grafana, namespace: monitoring}
//! spec:
//!   ingress:
//!     grafana: {service: \"grafana:80\"}
//! ",
//! );
//! let rendering = render(&sources);
//! assert!(rendering.findings.is_empty());
//! let [ingress] = rendering.objects.as_slice() else { panic!("one entry makes one object") };
//! assert_eq!(ingress.origin.as_str(), "generated");
//! assert!(ingress.text.contains("kind: Ingress"));
//! assert!(ingress.text.contains("ingressClassName: tailscale"));
//! ```
//!
//! What is exported here is the interface: [`render`] and [`render_tree`] for objects, [`beside`] and
//! [`folder`] for files, [`respond`] for a KRM function. What they return may get more fields. The modules
//! are open to tests and hosts of this repository, and change with them.
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

pub use error::{Error, ErrorKind};
pub use krm::{Finding, ResourceRef, Severity};
pub use kustomize::TreePath;
pub use process::{
    Action, File, FileChange, Files, HEADER, Named, Origin, Rendered, Rendering, Response, Role, State, Tree, beside,
    folder, render, render_tree, respond,
};
pub use yaml::{SourceId, Sources, Span};
