//! Names that can be had once: tailnet names, and objects.
//!
//! Devices and Tailscale Services share one namespace on a tailnet: a second device becomes
//! `name-1`, and a Service of a device's name is refused by the control plane. On a ProxyGroup the
//! operator compares the names of Ingresses whatever their tailnet (`ingress-for-pg.go`
//! validateIngress).

use std::hash::{BuildHasherDefault, DefaultHasher};

use crate::yaml::Span;

/// Who has a name, and where it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim<'a> {
    /// The section of the entry.
    pub(super) section: &'static str,
    /// The key of the entry.
    pub(super) key: &'a str,
    /// The name of the stub.
    pub(super) stub: &'a str,
    /// Where the name is written.
    pub(super) span: Span,
}

/// Names that are taken.
///
/// The table is asked and never listed, so its order cannot be seen; its hasher has fixed keys.
#[derive(Debug, Default)]
pub(super) struct Claims<'a> {
    #[expect(clippy::disallowed_types, reason = "never iterated, and time must not grow with the logarithm")]
    names: std::collections::HashMap<Box<str>, Claim<'a>, BuildHasherDefault<DefaultHasher>>,
}

impl<'a> Claims<'a> {
    /// Takes a name; returns who has it already.
    pub(super) fn take(&mut self, parts: [&str; 3], claim: Claim<'a>) -> Option<Claim<'a>> {
        let mut earlier = None;
        let name = parts.join("\0").into_boxed_str();
        self.names.entry(name).and_modify(|claim| earlier = Some(*claim)).or_insert(claim);
        earlier
    }
}

/// The pseudo-tailnet in which the names of Ingresses on ProxyGroups are compared.
pub(super) const ALL_TAILNETS: &str = "*";
