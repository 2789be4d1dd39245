//! What both hosts of the pipeline do: sort objects, decode ours, apply levels.

use std::collections::BTreeMap;

use crate::api::{API_VERSION, Decoder, GROUP, Level, PROFILE, Profile, ProfileSpec, STUB, Stub, nearest_kind};
use crate::expand::Build;
use crate::krm::{Finding, Findings, Object, ResourceRef, Severity};
use crate::yaml::{Node, Span};

/// Puts an object where it belongs; the items of a `List` each for itself.
pub(super) fn sort<'s>(node: &'s Node<'s>, document: Span, build: &mut Build<'s>, ours: &mut Vec<Object<'s>>) {
    let is_our_kind = node.get("kind").and_then(Node::text).is_some_and(|kind| kind == STUB || kind == PROFILE);
    // Our kinds are ours in whatever group, even in none: nobody else has them.
    if is_our_kind {
        ours.push(Object { node, document });
        return;
    }
    let Some(object) = Object::new(node, document) else { return };
    if object.api_version() == "v1" && object.kind() == "List" {
        for item in node.get("items").map_or(&[][..], Node::items) {
            sort(item, document, build, ours);
        }
    } else if object.group() == GROUP {
        ours.push(object);
    } else {
        build.add(object);
    }
}

/// Decodes our own objects.
///
/// A profile that cannot be read, or one of two, counts as one with faulty defaults: without them a
/// stub would be exposed to more people than was meant.
pub(super) fn decode<'s>(ours: &[Object<'s>], findings: &mut Findings) -> (Vec<Stub>, Option<Profile>) {
    let mut stubs = Vec::new();
    let mut profile: Option<Profile> = None;
    let mut seen: BTreeMap<ResourceRef, Span> = BTreeMap::new();
    for object in ours {
        let reference = object.reference();
        let mut decoder = Decoder::new(reference.clone());
        let at = object.node.get("metadata").and_then(|metadata| metadata.get("name")).unwrap_or(object.node).span;
        if object.api_version() != API_VERSION {
            let span = object.node.get("apiVersion").map_or(object.node.span.head(), |version| version.span);
            let message = format!("must be \"{API_VERSION}\"");
            let finding = match object.api_version() {
                "" => Finding::error("missing-field", message),
                other => Finding::error("unknown-value", message).value(other),
            };
            let mut finding = finding.at(span).path(["apiVersion"].into()).about(reference.clone());
            if object.kind() == PROFILE {
                finding.note = Some(NOT_EXPANDED);
                profile = Some(unread(reference, at));
            }
            findings.push(finding);
            continue;
        }
        match object.kind() {
            STUB => {
                if let Some(first) = seen.insert(reference.clone(), at) {
                    let finding = Finding::error("duplicate-stub", format!("there is another {reference}"))
                        .at(at)
                        .about(reference);
                    findings.push(finding.related(first, "the other one").help("name a stub after its app"));
                    continue;
                }
                stubs.extend(Stub::decode(object.node, &mut decoder));
            }
            PROFILE => {
                if let Some(first) = &mut profile {
                    let mut finding =
                        Finding::error("duplicate-profile", "there must be no more than one profile").at(at);
                    finding.note = Some(NOT_EXPANDED);
                    findings.push(finding.related(first.name_span, "the other one").about(reference));
                    first.sound_defaults = false;
                    continue;
                }
                profile = Profile::decode(object.node, &mut decoder);
            }
            kind => {
                let span = object.node.get("kind").map_or(at, |kind| kind.span);
                let mut finding =
                    Finding::error("unknown-value", format!("must be \"{STUB}\" or \"{PROFILE}\"")).at(span);
                let near = nearest_kind(kind);
                finding.help = near.map(|near| format!("did you mean \"{near}\"?"));
                if near == Some(PROFILE) {
                    finding.note = Some(NOT_EXPANDED);
                    profile.get_or_insert_with(|| unread(reference.clone(), at)).sound_defaults = false;
                }
                findings.push(finding.path(["kind"].into()).value(kind).about(reference));
            }
        }
        findings.append(decoder.findings);
    }
    (stubs, profile)
}

const NOT_EXPANDED: &str = "no stub is expanded until this is right";

/// Stands for a profile that cannot be read.
fn unread(reference: ResourceRef, name_span: Span) -> Profile {
    Profile { reference, name_span, spec: ProfileSpec::default(), sound_defaults: false }
}

/// Applies the profile's levels and sorts. What stopped an entry stays an error: a level changes what is
/// told, never what is done.
pub(super) fn levelled(findings: Findings, profile: Option<&Profile>) -> Vec<Finding> {
    let mut sorted = findings.sorted();
    let Some(rules) = profile.and_then(|profile| profile.spec.rules.get()) else { return sorted };
    sorted.retain_mut(|finding| {
        if finding.is_blocking {
            return true;
        }
        match rules.value.level(finding.rule) {
            None => {}
            Some(Level::Off) => return false,
            Some(Level::Info) => finding.severity = Severity::Info,
            Some(Level::Warning) => finding.severity = Severity::Warning,
            Some(Level::Error) => finding.severity = Severity::Error,
        }
        true
    });
    sorted
}
