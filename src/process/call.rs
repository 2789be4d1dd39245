//! What a call hands over: the question, and the config of the function; and why a call is refused.

use super::decode::{Ours, decode, unread_profile};
use super::interest::INTEREST;
use crate::api::{Decoder, GROUP, PROFILE, Profile, STUB};
use crate::error::{Error, ErrorKind};
use crate::krm::wire::{Question, read};
use crate::krm::{Findings, Object};
use crate::yaml::{Node, SourceId, Sources, documents, shortened, visible};

/// Reads the question; with a plugin's config it may be empty.
pub(super) fn question(sources: &Sources, id: SourceId, plugin: Option<SourceId>) -> Result<Question<'_>, Error> {
    let refused = |message: String| {
        Error::new(ErrorKind::NotAResourceList, message)
            .help("run it as a KRM function, or `tailscale-expose render` for files")
    };
    let Some(source) = sources.get(id) else { return Err(refused("the input is empty".to_owned())) };
    if plugin.is_some() && source.text.trim_ascii().is_empty() {
        return Ok(Question::empty(id, &source.text));
    }
    read(id, source, &INTEREST).map_err(|why| {
        let place = why.span.map(|span| sources.place(span));
        let place = place.map_or_else(String::new, |place| format!("line {}, column {}: ", place.line, place.column));
        let message = format!("{place}{why}");
        refused(shortened(&message).unwrap_or(message))
    })
}

/// Reads the config that a legacy plugin is handed beside the items.
pub(super) fn plugin_config(sources: &Sources, id: SourceId) -> Result<Node<'_>, Error> {
    let parsed = sources.get(id).map(|source| documents(id, source)).unwrap_or_default();
    let node = parsed.into_iter().find_map(|document| document.root.ok().flatten());
    node.ok_or_else(|| Error::new(ErrorKind::Unsupported, "the plugin config must be a manifest"))
}

/// Whether a manifest says that it is of a kind.
pub(super) fn is_kind(node: &Node<'_>, kind: &str) -> bool {
    node.get("kind").and_then(Node::text) == Some(kind)
}

/// Returns the profile of the function's config.
pub(super) fn config_profile(
    config: Option<&Node<'_>>,
    config_map: Option<&Node<'_>>,
    findings: &mut Findings,
) -> Result<Option<Profile>, Error> {
    let refused = |is: &str| {
        let message = format!("the function config must be a {STUB}, a {PROFILE} or a ConfigMap, is {is}");
        Err(Error::new(ErrorKind::Unsupported, message))
    };
    let Some(node) = config else { return Ok(None) };
    let Some(config) = Object::new(node, node.span) else { return refused("no manifest") };
    if config.is(GROUP, STUB) {
        return Ok(None);
    }
    if config.group() == GROUP {
        // A kind of ours that does not exist is reported as such.
        return Ok(match decode(config, findings) {
            Ours::Profile(profile) => Some(profile),
            Ours::Stub(stub) => Some(unread_profile(stub.reference, stub.name_span)),
        });
    }
    if !config.is("", "ConfigMap") {
        return refused(&format!("a {}", visible(&config.reference().kind)));
    }
    if node.get("data").is_some_and(|data| data.map().is_none() && !data.is_null()) {
        return refused("a ConfigMap whose `data` is no mapping");
    }
    let Some(tree) = config_map else { return Ok(None) };
    let mut decoder = Decoder::new(config.reference());
    let profile = Profile::decode(tree, &mut decoder);
    findings.append(decoder.findings);
    Ok(profile)
}
