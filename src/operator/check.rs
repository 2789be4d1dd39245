//! The checks that the operator's own functions make of texts.
//!
//! They are wider than those of a stub: capitals are a host name here, and a blank after a comma passes.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv6Addr};

use super::look::annotation;
use super::{Exposure, Installation, Refusal};
use crate::krm::Object;
use crate::tailscale::{Route, annotation as key};

/// Whether a text is a DNS label (`util/dnsname` ValidLabel).
pub(super) fn is_label(text: &str) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric();
    (1..=63).contains(&text.len())
        && text.starts_with(ends)
        && text.ends_with(ends)
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Whether a text is a tag (`tailcfg` CheckTag).
pub(super) fn is_tag(text: &str) -> bool {
    let Some(name) = text.strip_prefix("tag:") else { return false };
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Whether a text is an address (`netip.ParseAddr`).
pub(super) fn is_address(text: &str) -> bool {
    match text.split_once('%') {
        Some((address, zone)) => !zone.is_empty() && address.parse::<Ipv6Addr>().is_ok(),
        None => text.parse::<IpAddr>().is_ok(),
    }
}

/// Whether a text is a route that can be advertised (`connector.go` validateRoutes, `netutil` ValidateViaPrefix).
pub(super) fn is_route(text: &str) -> bool {
    Route::parse(text).is_ok()
}

/// Reads `tailscale.com/tags`: validated with blanks cut off, used as they stand (`ingress-for-pg.go`
/// tagViolations; `svc.go` maybeProvision).
pub(super) fn tags<'s>(object: Object<'s>, exposure: &mut Exposure<'s>, installation: &Installation) {
    match annotation(object, key::TAGS) {
        Some(tags) => {
            exposure.tags = tags.text.split(',').map(Cow::Borrowed).collect();
            exposure.tags_span = Some(tags.span);
        }
        None => exposure.tags = default_tags(installation),
    }
}

/// Whether all tags of the annotation are tags, if there is one.
pub(super) fn are_tags(object: Object<'_>) -> bool {
    annotation(object, key::TAGS).is_none_or(|tags| tags.text.split(',').all(|tag| is_tag(tag.trim_ascii())))
}

/// Returns the tags of what names none.
pub(super) fn default_tags<'s>(installation: &Installation) -> Vec<Cow<'s, str>> {
    installation.default_tags.iter().cloned().map(Cow::Owned).collect()
}

/// Refuses a text that is no DNS label.
pub(super) fn hostname(exposure: &mut Exposure<'_>, name: &str) {
    if !is_label(name) {
        exposure.refuse(Refusal::Hostname);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_checked_as_the_operator_checks_them() {
        for (text, ok) in [("a", true), ("A-1", true), ("-a", false), ("a-", false), ("a.b", false), ("", false)] {
            assert_eq!(is_label(text), ok, "{text:?}");
        }
        for (text, ok) in [("tag:a", true), ("tag:A-", true), ("tag:1", false), ("a", false), ("tag:", false)] {
            assert_eq!(is_tag(text), ok, "{text:?}");
        }
        for (text, ok) in [("100.64.0.1", true), ("fe80::1%eth0", true), ("1.2.3.4%a", false), ("10.0.0.0/8", false)] {
            assert_eq!(is_address(text), ok, "{text:?}");
        }
        for (text, ok) in [
            ("10.0.0.0/8", true),
            ("10.0.0.1/8", false),
            ("10.0.0.1/32", true),
            ("0.0.0.0/0", true),
            ("::/0", true),
            ("10.0.0.0/08", false),
            ("10.0.0.0/33", false),
            ("10.0.0.0", false),
            ("fd7a:115c:a1e0:b1a:0:7:a00:0/104", true),
            ("fd7a:115c:a1e0:b1a:0:7::/80", false),
            ("fd7a:115c:a1e0:b1a:1:7:a00:0/104", false),
        ] {
            assert_eq!(is_route(text), ok, "{text:?}");
        }
    }
}
