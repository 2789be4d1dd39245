//! Tailnet names: who claims which, and that nobody claims one twice.
//!
//! Devices and Tailscale Services share one namespace on a tailnet: a second device becomes
//! `name-1`, and a Service of a device's name is refused by the control plane. On a ProxyGroup the
//! operator compares the names of Ingresses whatever their tailnet (`ingress-for-pg.go`
//! validateIngress).

use std::collections::BTreeMap;

use crate::yaml::Span;

/// The claims of a run.
#[derive(Debug, Default)]
pub(super) struct Claims {
    names: BTreeMap<(String, String), Claim>,
}

/// One claim.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    /// Who claims it, for messages.
    pub(super) owner: String,
    /// Where the name is written.
    pub(super) span: Span,
}

impl Claims {
    /// Claims a name on a tailnet; returns the earlier claim, if there is one.
    pub(super) fn claim(&mut self, tailnet: &str, name: &str, owner: &str, span: Span) -> Option<Claim> {
        let key = (tailnet.to_owned(), name.to_owned());
        if let Some(earlier) = self.names.get(&key) {
            return Some(earlier.clone());
        }
        self.names.insert(key, Claim { owner: owner.to_owned(), span });
        None
    }
}

/// The pseudo-tailnet in which the names of Ingresses on ProxyGroups are compared.
pub(super) const ALL_TAILNETS: &str = "*";
