//! Tags of what a ProxyGroup serves beside those of its proxies.
//!
//! A Tailscale Service has the tags of its object, or the operator's default ones, and never those of its
//! ProxyGroup (`ingress-for-pg.go` and `svc-for-pg.go` maybeProvision). The policy itself is not read here.

use std::collections::BTreeSet;

use super::around::{Group, texts};
use super::context::Context;
use super::layers::Picked;
use crate::api::{List, Templated, has_placeholder};
use crate::krm::Finding;
use crate::rule::rules;
use crate::tailscale::Tag;
use crate::yaml::Span;

/// The tags of a group's proxies.
#[derive(Debug)]
pub(super) struct GroupTags {
    /// Those that are said; none where it has those of the installation.
    said: BTreeSet<String>,
    /// Whether one of them is not known yet.
    is_open: bool,
    /// Whether they share one with the installation's.
    shares_default: bool,
}

/// How many tags a message lists.
const MOST_LISTED: usize = 8;

impl GroupTags {
    /// Makes the tags of a group in a cluster whose operator has default ones.
    pub(super) fn of(said: impl Iterator<Item = String>, default: &BTreeSet<String>) -> Self {
        let mut tags = Self { said: said.collect(), is_open: false, shares_default: false };
        tags.is_open = tags.said.iter().any(|tag| has_placeholder(tag));
        tags.shares_default = tags.said.is_empty() || tags.said.iter().any(|tag| default.contains(tag));
        tags
    }
}

impl Context<'_, '_, '_> {
    /// Warns where a Tailscale Service has none of the tags of the proxies behind it: only the tailnet's policy can
    /// say that these may serve it.
    pub(super) fn approved(
        &mut self,
        name: &str,
        group: &Group,
        group_span: Span,
        tags: Option<&Picked<'_, List<Templated<Tag>>>>,
    ) {
        let (Some(of_group), default) = (&group.tags, self.around.default_tags()) else { return };
        let of_proxies = if of_group.said.is_empty() { default } else { &of_group.said };
        let own: BTreeSet<String> = tags.map_or_else(BTreeSet::new, |tags| texts(tags.value).collect());
        let of_service = if own.is_empty() { default } else { &own };
        let is_shared = |tag: &String| has_placeholder(tag) || of_proxies.contains(tag);
        if of_group.is_open || if own.is_empty() { of_group.shares_default } else { own.iter().any(is_shared) } {
            return;
        }
        let (Some(first), Some(proxy)) = (of_service.first(), of_proxies.first()) else { return };
        let [carried, served] = [(of_service, own.is_empty()), (of_proxies, of_group.said.is_empty())].map(listed);
        let message = format!(
            "the Tailscale Service carries {carried}, and the proxies of ProxyGroup \"{name}\" carry {served}: until \
             the tailnet's policy approves that pair it has no address, and no event says so"
        );
        let help = format!(
            "allow it in the policy: \"autoApprovers\": {{\"services\": {{\"{first}\": [\"{proxy}\"]}}}}; or give both one tag"
        );
        let (span, path) = match tags {
            Some(tags) => (tags.span, self.path_in(tags.layer, "tags")),
            None => (group_span, self.path("proxyGroup")),
        };
        let mut finding = Finding::of(rules::UNAPPROVED_TAGS, message).at(span).path(path).help(help);
        if let Some(here) = group.span {
            finding = finding.related(here, "this ProxyGroup");
        }
        self.report(finding);
    }
}

/// Returns tags for a message, and whether they are the operator's default ones.
fn listed((tags, is_default): (&BTreeSet<String>, bool)) -> String {
    let shown: Vec<&str> = tags.iter().take(MOST_LISTED).map(String::as_str).collect();
    let more = match tags.len().saturating_sub(MOST_LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let default = if is_default { ", the operator's default" } else { "" };
    format!("{}{more}{default}", shown.join(", "))
}
