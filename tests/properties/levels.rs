//! Levels: a profile changes what is told, never what is done.

use std::collections::BTreeSet;
use std::iter;

use serde_json::{Value, json};
use tailscale_expose::api::{Decoder, Stub};
use tailscale_expose::krm::{Object, Severity};
use tailscale_expose::rule::RULES;
use tailscale_expose::yaml::{Node, Sources, Span};
use tailscale_expose::{Origin, Rendering, render};

use super::support::{Case, cases, documents, sources};

const LEVELS: [&str; 4] = ["off", "info", "warning", "error"];

/// Returns the inputs of a case with levels of rules in its profile; none where its profile cannot be read.
fn with_levels(case: &Case, rules: &Value) -> Option<Sources> {
    let kind = "kind: TailscaleExposeProfile";
    let mut inputs = case.inputs();
    if !inputs.iter().any(|(_, text)| text.contains(kind)) {
        let profile = json!({
            "apiVersion": "tailscale-expose.dev/v1alpha1", "kind": "TailscaleExposeProfile",
            "metadata": {"name": "levels"}, "spec": {"rules": rules},
        });
        inputs.push(("levels.json".to_owned(), profile.to_string()));
        return Some(sources(&inputs));
    }
    for (_, text) in inputs.iter_mut().filter(|(_, text)| text.contains(kind)) {
        let [profile] = &mut documents(text).ok()?[..] else { return None };
        profile.get_mut("spec")?.as_object_mut()?.insert("rules".to_owned(), rules.clone());
        *text = profile.to_string();
    }
    Some(sources(&inputs))
}

/// Returns what was done: the objects that were made or changed.
fn done(rendering: &Rendering) -> BTreeSet<&str> {
    let ours = rendering.objects.iter().filter(|object| object.origin != Origin::Passed);
    ours.map(|object| object.text.as_str()).collect()
}

/// Counts what was done: a document may hold several Services that are annotated, or patch those of a chart; each has
/// a record.
pub(crate) fn count(rendering: &Rendering) -> usize {
    let one = |origin: &Origin| match origin {
        Origin::Annotated { patch, .. } => patch.matches("tailscale-expose.dev/annotated:").count(),
        origin => usize::from(*origin != Origin::Passed),
    };
    // An EndpointSlice is the other half of a Service.
    let whole = rendering
        .objects
        .iter()
        .filter(|object| object.reference.as_ref().is_none_or(|reference| reference.kind != "EndpointSlice"));
    whole.map(|object| one(&object.origin)).sum()
}

/// Returns the entries of sound stubs, as `stub section.key`.
fn entries(input: &Sources) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (id, source) in input.iter() {
        for document in tailscale_expose::yaml::documents(id, source) {
            let Ok(Some(node)) = &document.root else { continue };
            for node in iter::once(node).chain(node.get("items").map_or(&[][..], Node::items)) {
                found.extend(entries_of(node, document.span));
            }
        }
    }
    found
}

fn entries_of(node: &Node<'_>, document: Span) -> Vec<String> {
    let object = Object::new(node, document).filter(|object| object.is("tailscale-expose.dev", "TailscaleExpose"));
    let stub = object.and_then(|object| Stub::decode(node, &mut Decoder::new(object.reference())));
    let Some(stub) = stub.filter(|stub| stub.sound_defaults) else { return Vec::new() };
    let spec = serde_json::to_value(&stub.spec).expect("a spec can be written");
    let sections = spec.as_object().into_iter().flatten().filter(|(section, _)| *section != "defaults");
    let keyed = sections.filter_map(|(section, entries)| Some((section, entries.as_object()?)));
    keyed
        .flat_map(|(section, entries)| entries.keys().map(move |key| format!("{section}.{key}")))
        .map(|entry| format!("{} {entry}", stub.provenance()))
        .collect()
}

fn check(case: &Case, rules: &Value, before: &Rendering) {
    let Some(input) = with_levels(case, rules) else { return };
    let rendering = render(&input);
    let what = format!("{} with {rules}", case.name);
    assert_eq!(done(&rendering), done(before), "{what}");
    let entries = entries(&input);
    let errors = rendering.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let errors: Vec<String> = errors.map(|finding| finding.path.to_string()).collect();
    let made = count(&rendering);
    // An error in defaults, or about the whole stub, stops each entry that it holds for, and is told once.
    let is_shared = errors.iter().any(|path| path.is_empty() || path.starts_with("spec.defaults"));
    let all = entries.len();
    assert!(is_shared || made + errors.len() >= all, "{what}: {made} objects and {errors:?} of {entries:?}");
    // Where nothing is said, everything is done.
    if errors.is_empty() {
        assert_eq!(made, all, "{what}: {entries:?} {:?}", rendering.findings);
    }
}

#[test]
fn no_level_of_any_rule_changes_what_is_done() {
    let adjustable: Vec<&str> = RULES.iter().filter(|rule| rule.adjustable).map(|rule| rule.id).collect();
    for case in cases() {
        let Some(before) = with_levels(&case, &json!({})).map(|input| render(&input)) else { continue };
        for level in LEVELS {
            for rule in &adjustable {
                check(&case, &json!({*rule: level}), &before);
            }
            check(&case, &adjustable.iter().map(|rule| ((*rule).to_owned(), json!(level))).collect(), &before);
        }
    }
}

#[test]
fn a_fixed_rule_keeps_its_level_and_says_so() {
    let case = cases().into_iter().find(|case| case.name == "ingress/one-line").expect("the case is there");
    for rule in RULES.iter().filter(|rule| !rule.adjustable) {
        for level in LEVELS {
            let rendering = render(&with_levels(&case, &json!({rule.id: level})).expect("it has no profile"));
            let is_told = rendering.findings.iter().any(|finding| finding.rule.id == "fixed-rule");
            assert_eq!(is_told, level != "error", "{} {level}", rule.id);
            assert_eq!(done(&rendering).is_empty(), is_told, "{} {level}", rule.id);
        }
    }
}

#[test]
fn what_stops_an_entry_is_an_error_at_every_level() {
    for case in cases() {
        let lowered = RULES.iter().filter(|rule| rule.adjustable).map(|rule| (rule.id.to_owned(), json!("off")));
        let Some(input) = with_levels(&case, &lowered.collect()) else { continue };
        let findings = render(&input).findings;
        let lost = findings.iter().find(|finding| finding.is_blocking && finding.severity != Severity::Error);
        assert!(lost.is_none(), "{}: {lost:?}", case.name);
    }
}
