//! What the operator reads: any object, whoever wrote it, as what becomes of it on the tailnet.
//!
//! Each reading follows the functions of the operator that its file names, and is compared with the
//! operator itself (`tests/oracle_cases/agreement.rs`). It judges nothing: whether a reading is what somebody
//! meant is for those above. Devices that others own, the order of arrival, and what only a running
//! cluster shows are beyond it.

mod check;
mod connector;
mod exposure;
mod ingress;
mod installation;
mod proxy_group;
mod service;

pub use exposure::{
    Dropped, Exposure, Handler, Mechanism, Ports, Redirection, Refusal, Said, Scheme, ServedPort, TailnetName, Target,
};
pub use installation::Installation;

use crate::krm::Object;
use crate::yaml::Node;

/// What the operator looks up beside an object.
pub trait Surroundings<'s> {
    /// How the operator is set up.
    fn installation(&self) -> &Installation;

    /// Returns the namespace of objects that say none; empty where only the cluster will know it.
    fn namespace(&self) -> &str {
        ""
    }

    /// Returns a Service, if it can be seen.
    fn service(&self, namespace: &str, name: &str) -> Option<Object<'s>>;

    /// Returns the type of a ProxyGroup, if it is known.
    fn group_type(&self, name: &str) -> Option<String>;

    /// Returns the tailnet of a ProxyGroup; empty for the operator's own, and where nothing is known.
    fn group_tailnet(&self, name: &str) -> String;
}

/// Returns what the operator makes of an object; nothing where none of its reconcilers takes it up.
///
/// Which reconciler that is: `operator.go` runReconcilers and the handlers it registers.
#[must_use]
pub fn read<'s>(object: Object<'s>, around: &dyn Surroundings<'s>) -> Option<Exposure<'s>> {
    match (object.group(), object.kind()) {
        ("networking.k8s.io", "Ingress") => ingress::read(object, around),
        ("", "Service") => service::read(object, around),
        ("tailscale.com", "ProxyGroup") => Some(proxy_group::read(object, around)),
        ("tailscale.com", "Connector") => Some(connector::read(object, around)),
        _ => None,
    }
}

/// The kinds that [`read`] takes up, without their groups: what else an object is, the operator does not expose.
pub const KINDS: [&str; 4] = ["Connector", "Ingress", "ProxyGroup", "Service"];

/// Returns the node behind some keys.
fn at<'s>(object: Object<'s>, keys: &[&str]) -> Option<&'s Node<'s>> {
    keys.iter().try_fold(object.node, |node, key| node.get(key))
}

/// Returns a text behind some keys; an empty one is none.
fn text_at<'s>(object: Object<'s>, keys: &[&str]) -> Option<Said<'s>> {
    let node = at(object, keys)?;
    node.text().filter(|text| !text.is_empty()).map(|text| Said { text, span: node.span })
}

/// Returns an annotation and where its value is.
fn annotation<'s>(object: Object<'s>, key: &str) -> Option<Said<'s>> {
    let node = at(object, &["metadata", "annotations", key])?;
    node.text().map(|text| Said { text, span: node.span })
}

/// Returns the namespace of an object; empty where only the cluster will know it.
fn namespace<'a>(object: Object<'a>, around: &'a dyn Surroundings<'_>) -> &'a str {
    match object.metadata("namespace") {
        "" => around.namespace(),
        namespace => namespace,
    }
}
