//! What the operator of the profile is too old for.
//!
//! Which version has what is a table in the room below (`tailscale::Feature`); here is told where a stub or a
//! profile asks for it. A profile without a version has the newest operator.

use super::context::Context;
use super::layers::At;
use super::names::TailnetName;
use crate::api::{Profile, ProfileSpec, Stub, Switch, has_placeholder};
use crate::build::Service;
use crate::krm::{FieldPath, Finding};
use crate::rule::rules;
use crate::tailscale::{Feature, Version, limits};
use crate::yaml::{Node, Span};

/// Returns the version of a profile's operator, if it lacks a feature.
fn lacking(profile: Option<&ProfileSpec>, feature: Feature) -> Option<Version> {
    let version = profile?.operator.get()?.value.version.get()?.value.known().copied()?;
    feature.is_missing_in(version).then_some(version)
}

/// Makes the finding that an operator is too old; `words` say for what.
pub(super) fn too_old(feature: Feature, words: &str, version: Version) -> Finding {
    let message = format!("{words} needs operator {}, the profile says {version}", feature.since());
    let help = format!("upgrade the operator, or {}", feature.instead());
    Finding::of(rules::OPERATOR_TOO_OLD, message).help(help)
}

/// Returns what a profile says of an operator that it says to be too old for it.
pub(super) fn of_profile(profile: &Profile, stub: &Stub) -> Vec<Finding> {
    let Some(operator) = profile.spec.operator.get().map(|operator| &operator.value) else { return Vec::new() };
    let shared = operator.shared_acme_account.get().filter(|shared| shared.value == Switch::On);
    let asked: [(_, _, Option<Span>); 2] = [
        (Feature::SharedAcmeAccount, "sharedAcmeAccount", shared.map(|shared| shared.span)),
        (Feature::OperatorName, "name", operator.name.get().map(|name| name.span)),
    ];
    let found = asked.into_iter().filter_map(|(feature, field, span)| {
        let (span, version) = (span?, lacking(Some(&profile.spec), feature)?);
        let finding = too_old(feature, feature.words(), version).at(span);
        let finding = finding.path(FieldPath::from(["spec", "operator", field]));
        let object = profile.at(span).unwrap_or(&profile.reference).clone();
        Some(finding.about(object).affecting(stub.reference.clone(), stub.name_span))
    });
    found.collect()
}

impl Context<'_, '_, '_> {
    /// Returns the version of the operator, if it lacks a feature.
    pub(super) fn lacks(&self, feature: Feature) -> Option<Version> {
        lacking(self.profile, feature)
    }

    /// Reports a feature that is newer than the operator.
    pub(super) fn needs(&mut self, feature: Feature, at: At<'_>) {
        self.needs_for(feature, feature.words(), at, None);
    }

    /// Reports it with another place that matters.
    pub(super) fn needs_for(&mut self, feature: Feature, words: &str, at: At<'_>, related: Option<(Span, &str)>) {
        let Some(version) = self.lacks(feature) else { return };
        let path = if at.field.is_empty() { self.entry_path() } else { self.path_at(at) };
        let finding = too_old(feature, words, version).at(at.span).path(path);
        self.report(match related {
            Some((span, label)) => finding.related(span, label),
            None => finding,
        });
    }

    /// Reports a tailnet name that is too long for the certificate of a ProxyGroup of the operator's own tailnet.
    pub(super) fn certifiable(&mut self, hostname: &TailnetName) {
        let tailnet = self.profile.and_then(|profile| profile.tailnet.get()?.value.known().map(ToString::to_string));
        let Some(tailnet) = tailnet.filter(|_| !has_placeholder(&hostname.text)) else { return };
        let name = format!("{}.{tailnet}", hostname.text);
        if name.len() > limits::LABEL {
            let words = format!("\"{name}\" has {} characters: {}", name.len(), Feature::LongCertificateName.words());
            self.needs_for(Feature::LongCertificateName, &words, At::entry("hostname", hostname.span), None);
        }
    }

    /// Reports a backend that is reached by an IPv6 address.
    pub(super) fn addressable(&mut self, service: Service<'_>, at: At<'_>) {
        let family = service.spec("ipFamilies").and_then(|families| families.items().first());
        let address = service.spec("clusterIP").and_then(Node::text).unwrap_or_default();
        if address.contains(':') || family.and_then(Node::text) == Some("IPv6") {
            let words = format!("{}: {}", service.object.reference(), Feature::Ipv6Backend.words());
            let span = service.object.node.span.head();
            self.needs_for(Feature::Ipv6Backend, &words, at, Some((span, "this Service")));
        }
    }
}
