//! Names that can be had once: tailnet names, and objects.
//!
//! Devices and Tailscale Services share one namespace on a tailnet: a second device becomes
//! `name-1`, and a Service of a device's name is refused by the control plane. On a ProxyGroup the
//! operator compares the names of Ingresses whatever their tailnet (`ingress-for-pg.go`
//! validateIngress).

use std::collections::BTreeMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

use crate::krm::Finding;
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
    /// Names of Tailscale Services of the operator's own tailnet, each with its place.
    services: BTreeMap<Box<str>, Span>,
    /// What is to be told of an entry if a name turns out to be that of a Tailscale Service.
    asked: Vec<(Box<str>, Finding)>,
}

impl<'a> Claims<'a> {
    /// Takes a name; returns who has it already.
    pub(super) fn take(&mut self, parts: [&str; 3], claim: Claim<'a>) -> Option<Claim<'a>> {
        let mut earlier = None;
        let name = parts.join("\0").into_boxed_str();
        self.names.entry(name).and_modify(|claim| earlier = Some(*claim)).or_insert(claim);
        earlier
    }

    /// Notes the name of a Tailscale Service of the operator's own tailnet.
    pub(super) fn add_service(&mut self, name: &str, span: Span) {
        self.services.insert(name.to_ascii_lowercase().into(), span);
    }

    /// Asks whether a name is that of a Tailscale Service; entries that are expanded later may say so.
    pub(super) fn ask(&mut self, name: &str, told: Finding) {
        self.asked.push((name.to_ascii_lowercase().into(), told));
    }

    /// Returns what is to be told, when all entries are expanded. `known` are Services of the build.
    pub(super) fn answers<'s>(
        &'s mut self,
        known: impl Fn(&str) -> Option<Span> + 's,
    ) -> impl Iterator<Item = Finding> + 's {
        let Self { services, asked, .. } = self;
        asked.drain(..).filter_map(move |(name, told)| {
            let span = services.get(&name).copied().or_else(|| known(&name))?;
            Some(told.related(span, "the Tailscale Service"))
        })
    }
}

/// The pseudo-tailnet in which operators before 1.102 compare the names of Services (`svc-for-pg.go`
/// validateService).
pub(super) const ALL_SERVICES: &str = "*Service";

/// The pseudo-tailnet in which the names of Ingresses on ProxyGroups are compared.
pub(super) const ALL_TAILNETS: &str = "*";
