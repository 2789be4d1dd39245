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
mod look;
mod proxy_group;
mod service;
mod surroundings;

pub use exposure::{
    Dropped, Exposure, Handler, Mechanism, Ports, Redirection, Refusal, Said, Scheme, ServedPort, TailnetName, Target,
};
pub use installation::Installation;
pub use surroundings::Surroundings;

use crate::krm::Object;

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
