//! Tags of what a ProxyGroup serves beside those of its proxies.
//!
//! A Tailscale Service has the tags of its object, or the operator's default ones, and never those of its
//! ProxyGroup (`ingress-for-pg.go` and `svc-for-pg.go` maybeProvision). The policy itself is not read here.

use super::around::{Group, installation, texts};
use super::context::Context;
use super::layers::Picked;
use crate::api::{List, Templated, has_placeholder};
use crate::krm::Finding;
use crate::rule::rules;
use crate::tailscale::Tag;
use crate::yaml::Span;

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
        let Some(of_group) = &group.tags else { return };
        let installation = self.profile.map(installation).unwrap_or_default();
        let own = tags.map_or_else(Vec::new, |tags| texts(tags.value));
        let [of_service, of_proxies] = [&own, of_group].map(|tags| match tags.as_slice() {
            [] => &installation.default_tags,
            _ => tags,
        });
        let is_open = |tag: &String| has_placeholder(tag) || of_proxies.contains(tag);
        if of_service.iter().any(is_open) || of_proxies.iter().any(|tag| has_placeholder(tag)) {
            return;
        }
        let [carried, served] =
            [(of_service, own.is_empty()), (of_proxies, of_group.is_empty())].map(|(tags, is_default)| {
                let default = if is_default { ", the operator's default" } else { "" };
                format!("{}{default}", tags.join(", "))
            });
        let (Some(first), Some(proxy)) = (of_service.first(), of_proxies.first()) else { return };
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
