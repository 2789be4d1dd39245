//! Our own objects: told from others, decoded, and refused where two are one.

use std::collections::BTreeMap;

use crate::api::{API_VERSION, Decoder, GROUP, PROFILE, Profile, ProfileSpec, STUB, Spec, Stub, nearest_kind};
use crate::expand::ASKED;
use crate::expand::Governed;
use crate::krm::{Finding, Findings, Object, ResourceRef, Severity};
use crate::rule::rules;
use crate::yaml::{Map, Node, Span};

/// Puts an object where it belongs; the items of a `List` each for itself.
pub(super) fn sort<'s>(node: &'s Node<'s>, document: Span, foreign: &mut Vec<Object<'s>>, ours: &mut Vec<Object<'s>>) {
    if is_ours(node) {
        ours.push(Object { node, document });
        return;
    }
    let Some(object) = Object::new(node, document) else { return };
    if object.api_version() == "v1" && object.kind() == "List" {
        for item in node.get("items").map_or(&[][..], Node::items) {
            sort(item, document, foreign, ours);
        }
    } else {
        // Any kind of list is one to kustomize (kyaml `kio/byteio_reader.go`); a question is none.
        if object.kind().ends_with("List") && object.group() != "config.kubernetes.io" {
            let items = node.get("items").map_or(&[][..], Node::items).iter();
            ours.extend(items.filter(|item| is_ours(item)).map(|node| Object { node, document }));
        }
        foreign.push(object);
    }
}

/// Whether an object is meant as one of ours. Our kinds are ours in whatever group, even in none, for
/// nobody else has them; and so is whatever is in our group, even without a kind.
pub(super) fn is_ours(node: &Node<'_>) -> bool {
    let word = |key: &str| node.get(key).and_then(Node::text).unwrap_or_default();
    let (kind, version) = (word("kind"), word("apiVersion"));
    kind == STUB || kind == PROFILE || version.split('/').next() == Some(GROUP)
}

/// Finds an object of ours that stands in a bare sequence, where no reader of manifests looks for one.
pub(super) fn misplaced(node: &Node<'_>) -> Option<Finding> {
    let is_ours = |item: &Node<'_>| {
        let is_ours = |object: Object<'_>| object.group() == GROUP || object.kind() == STUB || object.kind() == PROFILE;
        Object::new(item, item.span).is_some_and(is_ours)
    };
    let is_list = node.get("kind").and_then(Node::text) == Some("List");
    let items = if is_list { node.get("items").map_or(&[][..], Node::items) } else { node.items() };
    items.iter().find_map(|item| {
        if is_list || !is_ours(item) {
            return misplaced(item);
        }
        let message = "must be a document of its own or an item of a List: in a bare sequence nobody reads it";
        let finding = Finding::of(rules::WRONG_TYPE, message)
            .at(item.span.head())
            .about(Object { node: item, document: item.span }.reference());
        Some(finding.help("write each object as a document, with a line --- before it"))
    })
}

/// Whether expansion may ask about an object.
pub(super) fn is_asked(object: &Object<'_>) -> bool {
    ASKED.contains(&object.kind()) && ["", "networking.k8s.io", "tailscale.com"].contains(&object.group())
}

/// Tells of keys that are written twice in an object of somebody else's: readers differ about which counts.
pub(super) fn doubled(object: Object<'_>, findings: &mut Findings) {
    let mut open = vec![object.node];
    while let Some(node) = open.pop() {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for (key, value) in node.map().map_or(&[][..], Map::own) {
            open.push(value);
            let Some(name) = key.text() else { continue };
            let Some(first) = seen.insert(name, key.span) else { continue };
            let message =
                format!("key \"{name}\" is written twice: kustomize refuses the object, kubectl reads the last");
            let finding = Finding::of(rules::DUPLICATE_KEY, message)
                .severity(Severity::Warning)
                .at(key.span)
                .related(first, "first written here");
            findings.push(finding.about(object.reference()).help("delete one of them"));
        }
        open.extend(node.items());
    }
}

/// An object of ours.
#[derive(Debug)]
pub(super) enum Ours {
    /// A stub, or what may be meant as one and cannot be read.
    Stub(Stub),
    /// A profile, or what may be meant as one and cannot be read.
    Profile(Profile),
}

/// Decodes an object of ours. What cannot be read stands for itself as an object with faults, so that
/// nothing that it may govern, and nothing that was made of it, is taken for free.
pub(super) fn decode(object: Object<'_>, findings: &mut Findings) -> Ours {
    let reference = object.reference();
    let mut decoder = Decoder::new(reference.clone());
    let at = object.node.get("metadata").and_then(|metadata| metadata.get("name")).unwrap_or(object.node).span;
    // Whatever is not meant as a stub may hold defaults.
    let may_be_profile = nearest_kind(object.kind()) != Some(STUB);
    let unread = |note: &mut Option<&'static str>| {
        if may_be_profile {
            *note = Some(NOT_EXPANDED);
            Ours::Profile(unread_profile(reference.clone(), at))
        } else {
            Ours::Stub(unread_stub(reference.clone(), at))
        }
    };
    if object.api_version() != API_VERSION {
        let span = object.node.get("apiVersion").map_or(object.node.span.head(), |version| version.span);
        let message = format!("must be \"{API_VERSION}\"");
        let finding = match object.api_version() {
            "" => Finding::of(rules::MISSING_FIELD, message),
            other => Finding::of(rules::UNKNOWN_VALUE, message).value(other),
        };
        let mut finding = finding.at(span).path(["apiVersion"].into()).about(reference.clone());
        let stands_for = unread(&mut finding.note);
        findings.push(finding);
        return stands_for;
    }
    let read = match object.kind() {
        STUB => Stub::decode(object.node, &mut decoder).map(Ours::Stub),
        PROFILE => Profile::decode(object.node, &mut decoder).map(Ours::Profile),
        kind => {
            let span = object.node.get("kind").map_or(at, |kind| kind.span);
            let message = format!("must be \"{STUB}\" or \"{PROFILE}\"");
            let mut finding = match kind {
                "" => Finding::of(rules::MISSING_FIELD, message),
                other => Finding::of(rules::UNKNOWN_VALUE, message).value(other),
            };
            finding.help = nearest_kind(kind).map(|near| format!("did you mean \"{near}\"?"));
            let stands_for = unread(&mut finding.note);
            findings.push(finding.at(span).path(["kind"].into()).about(reference.clone()));
            return stands_for;
        }
    };
    findings.append(decoder.findings);
    read.unwrap_or_else(|| unread(&mut None))
}

/// What follows from a profile that cannot be read.
pub(super) const NOT_EXPANDED: &str = "no stub is expanded until this is right";

/// Stands for a profile that cannot be read.
pub(super) fn unread_profile(reference: ResourceRef, name_span: Span) -> Profile {
    Profile { reference, name_span, spec: ProfileSpec::default(), sound_defaults: false, written: Vec::new() }
}

/// Stands for a stub that cannot be read.
pub(super) fn unread_stub(reference: ResourceRef, name_span: Span) -> Stub {
    Stub { reference, name_span, spec: Spec::default(), sound_defaults: false, sound: false }
}

/// Holds stubs of one namespace and name: nobody can say which of them is meant.
pub(super) fn hold_twins(stubs: &mut [Governed<'_>], findings: &mut Findings) {
    let mut seen: BTreeMap<&ResourceRef, (usize, Span)> = BTreeMap::new();
    let mut twins = Vec::new();
    for (number, Governed { stub, .. }) in stubs.iter().enumerate() {
        if stub.reference.name.is_empty() {
            continue;
        }
        let Some((first, at)) = seen.get(&stub.reference) else {
            seen.insert(&stub.reference, (number, stub.name_span));
            continue;
        };
        let finding = Finding::of(rules::DUPLICATE_STUB, format!("there is another {}", stub.reference));
        let finding = finding.at(stub.name_span).about(stub.reference.clone());
        let help =
            "name a stub after its app; what is for different clusters needs a kustomization, or a run, for each";
        findings.push(finding.related(*at, "the other one").help(help));
        twins.extend([*first, number]);
    }
    for twin in twins {
        if let Some(stub) = stubs.get_mut(twin) {
            stub.held = true;
        }
    }
}
