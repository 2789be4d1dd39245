//! The words of the Tailscale Kubernetes operator, as versions 1.96 to 1.104 read them.
//!
//! Names, limits and annotation keys, each with the file and function of the operator it mirrors
//! (paths are below `cmd/k8s-operator/` of `tailscale.com@v1.102.3` unless they say otherwise); what is not in all
//! of these versions is in `version.rs`.
//! This room knows neither YAML nor stubs.

pub mod annotation;
mod fqdn;
mod hostname;
pub mod limits;
mod name;
mod path;
mod route;
mod selector;
pub mod suggest;
mod tag;
mod version;

pub use fqdn::{TailnetFqdn, is_via};
pub use hostname::Hostname;
pub use name::{Label, Name, PortName, check_key, check_label_value, check_label_value_part};
pub use path::{check_path, check_path_part, pattern_in, suggest_path};
pub use route::{Route, half_of_all, suggest_route};
pub use selector::Selector;
pub use tag::Tag;
pub use version::{Feature, Version};
