//! What entries become: in any order the same, each one object or an error, and none in silence.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;
use tailscale_expose::api::{Decoder, Profile, STUB_ANNOTATION, Stub};
use tailscale_expose::krm::{Object, ResourceRef, Severity};
use tailscale_expose::yaml::{Sources, emit};
use tailscale_expose::{Origin, Rendering, render};

use super::levels::count;
use super::support::{cases, documents, has_error, rendered, sources};
use super::survival::{slip, slipped};
use super::{HEAD, config, golden};

/// A sound stub of some entries, one line each, with what each must become.
fn entries() -> impl Strategy<Value = Vec<(&'static str, String, String)>> {
    let line = |section: &'static str, body: BoxedStrategy<String>| body.prop_map(move |body| (section, body)).boxed();
    let tags = select(vec!["", ", tags: [tag:a]", ", tags: []"]);
    let kinds = select(vec!["", ", type: ClusterIP", ", type: LoadBalancer"]);
    let ports = select(vec!["{http: 80}", "{a: 1, b: \"2/udp\"}", "{a: \"80:http\"}", "{a: \"${P}\"}"]);
    let target = select(vec!["web:80", "apps/web:http", "web:${P}", "${NS}/web:80"]);
    let one = prop_oneof![
        line("ingress", (target.clone(), tags.clone()).prop_map(|(t, tags)| format!("service: \"{t}\"{tags}")).boxed()),
        line("ingress", target.prop_map(|t| format!("service: \"{t}\", paths: {{/: \"\", /a: \"web:81\"}}")).boxed()),
        line(
            "loadBalancer",
            (ports.clone(), tags.clone(), kinds)
                .prop_map(|(p, tags, kind)| format!("ports: {p}, selector: {{a: b}}{tags}{kind}"))
                .boxed()
        ),
        line("egress", (ports, tags).prop_map(|(p, tags)| format!("ip: 100.64.0.1, ports: {p}{tags}")).boxed()),
        line(
            "outside",
            select(vec!["host: nas.lan", "host: \"${H}.lan\", tags: [tag:a]"]).prop_map(str::to_owned).boxed()
        ),
        line("proxyGroup", select(vec!["ingress", "egress"]).prop_map(|t| format!("type: {t}")).boxed()),
        line(
            "connector",
            select(vec!["exitNode: true", "routes: [\"${R}\"], replicas: 2", "appConnector: true"])
                .prop_map(str::to_owned)
                .boxed()
        ),
        line("apiServer", select(vec!["", "mode: auth", "replicas: 3"]).prop_map(str::to_owned).boxed()),
    ];
    vec(one, 0..8).prop_map(|lines| {
        let keyed =
            |(number, (section, body)): (usize, (&'static str, String))| (section, format!("key-{number}"), body);
        lines.into_iter().enumerate().map(keyed).collect()
    })
}

/// Writes a stub with entries in the order given.
fn stub(name: &str, entries: &[(&'static str, String, String)]) -> String {
    let mut sections: Vec<(&str, String)> = Vec::new();
    for (section, key, body) in entries {
        let line = format!("    {key}: {{{body}}}\n");
        match sections.iter_mut().find(|(known, _)| known == section) {
            Some((_, text)) => text.push_str(&line),
            None => sections.push((section, line)),
        }
    }
    let mut text = HEAD.replace("name: app", &format!("name: {name}"));
    text.push_str(if sections.is_empty() { "spec: {}\n" } else { "spec:\n" });
    for (section, lines) in sections {
        let _ = write!(text, "  {section}:\n{lines}");
    }
    text
}

fn made(rendering: &Rendering) -> BTreeMap<ResourceRef, String> {
    let ours = rendering.objects.iter().filter(|object| object.origin != Origin::Passed);
    ours.map(|object| (object.reference.clone().expect("what is made is an object"), object.text.clone())).collect()
}

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn the_order_of_entries_does_not_matter(entries in entries().prop_flat_map(|entries| (Just(entries.clone()), Just(entries).prop_shuffle()))) {
        let (before, after) = (rendered(&stub("app", &entries.0)), rendered(&stub("app", &entries.1)));
        prop_assert_eq!(made(&before), made(&after));
    }

    #[test]
    fn the_order_of_stubs_does_not_matter(stubs in vec(entries(), 1..4).prop_flat_map(|stubs| {
        let numbers: Vec<usize> = (0..stubs.len()).collect();
        (Just(stubs), Just(numbers).prop_shuffle())
    })) {
        let (stubs, order) = stubs;
        let text = |number: usize| {
            let own = stubs[number].iter().map(|(section, key, body)| (*section, format!("s{number}-{key}"), body.clone()));
            (format!("{number}.yaml"), stub(&format!("stub-{number}"), &own.collect::<Vec<_>>()))
        };
        let before = render(&sources(&(0..stubs.len()).map(text).collect::<Vec<_>>()));
        let after = render(&sources(&order.iter().map(|number| text(*number)).collect::<Vec<_>>()));
        prop_assert_eq!(made(&before), made(&after));
        let said = |rendering: &Rendering| rendering.findings.iter().map(|f| (f.rule.id, f.message.clone())).collect::<BTreeSet<_>>();
        prop_assert_eq!(said(&before), said(&after));
    }

    #[test]
    fn a_sound_entry_becomes_one_object_or_an_error(entries in entries()) {
        let rendering = rendered(&stub("app", &entries));
        let errors = rendering.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
        prop_assert_eq!(rendering.objects.len() + errors, entries.len(), "{:?}", rendering.findings);
        for object in &rendering.objects {
            let documents = documents(&object.text).map_err(TestCaseError::fail)?;
            prop_assert_eq!(documents.len(), 1);
            prop_assert_eq!(&documents[0]["metadata"]["annotations"][STUB_ANNOTATION], "apps/app");
        }
    }

    #[test]
    fn nothing_is_lost_in_silence(which in any::<Index>(), slips in vec(slip(), 0..3)) {
        let text = slipped(which.get::<String>(golden()), &slips);
        let input = sources(&[("stub.yaml".to_owned(), text)]);
        let rendering = render(&input);
        prop_assert!(rendering.findings.iter().all(|finding| finding.rule.id != "not-expanded"));
        if let Some(expected) = entries_of(&input).filter(|_| !has_error(&rendering.findings)) {
            prop_assert_eq!(count(&rendering), expected);
        }
    }
}

#[test]
fn every_entry_of_the_golden_cases_becomes_an_object() {
    let mut all = 0;
    for case in cases() {
        let input = case.sources();
        let rendering = render(&input);
        if let Some(expected) = entries_of(&input).filter(|_| !has_error(&rendering.findings)) {
            assert_eq!(count(&rendering), expected, "{}", case.name);
            all += expected;
        }
    }
    assert!(all > 200, "only {all} entries");
}

/// Counts the entries of all stubs, as a plain YAML reader sees them; nothing where it cannot. An entry
/// or a section of nothing lists nothing.
fn entries_of(input: &Sources) -> Option<usize> {
    let sections = ["ingress", "loadBalancer", "annotate", "apiServer", "proxyGroup", "egress", "connector", "outside"];
    let entries = |section: &Value| {
        section.as_object().map_or(0, |entries| entries.values().filter(|entry| !entry.is_null()).count())
    };
    let stub = |document: &Value| match document["kind"].as_str() {
        Some("TailscaleExpose") => sections.iter().map(|section| entries(&document["spec"][section])).sum(),
        _ => 0,
    };
    let count = |document: &Value| match document["items"].as_array() {
        Some(items) if document["kind"] == "List" => items.iter().map(stub).sum::<usize>(),
        _ => stub(document),
    };
    input.iter().map(|(_, source)| Some(documents(&source.text).ok()?.iter().map(count).sum::<usize>())).sum()
}

/// Decodes the stubs and profiles of a text, without the places.
fn decoded(text: &str) -> Vec<(Value, usize)> {
    let input = sources(&[("stub.yaml".to_owned(), text.to_owned())]);
    let mut found = Vec::new();
    for (id, source) in input.iter() {
        for document in tailscale_expose::yaml::documents(id, source) {
            let Ok(Some(node)) = &document.root else { continue };
            let Some(object) = Object::new(node, document.span) else { continue };
            let mut decoder = Decoder::new(object.reference());
            let spec = match object.kind() {
                "TailscaleExpose" => Stub::decode(node, &mut decoder).map(|stub| serde_json::to_value(stub.spec)),
                "TailscaleExposeProfile" => {
                    Profile::decode(node, &mut decoder).map(|profile| serde_json::to_value(profile.spec))
                }
                _ => None,
            };
            if let Some(Ok(spec)) = spec {
                found.push((spec, decoder.findings.errors()));
            }
        }
    }
    found
}

#[test]
fn what_is_decoded_and_written_again_is_decoded_as_the_same() {
    let mut seen = 0;
    for case in cases() {
        for (name, text) in case.inputs() {
            let kind = if text.contains("kind: TailscaleExposeProfile") {
                "TailscaleExposeProfile"
            } else {
                "TailscaleExpose"
            };
            for (spec, errors) in decoded(&text).into_iter().filter(|(_, errors)| *errors == 0) {
                let mut again =
                    format!("apiVersion: tailscale-expose.dev/v1alpha1\nkind: {kind}\nmetadata: {{name: app}}\n");
                emit(&mut again, &BTreeMap::from([("spec", &spec)])).expect("a spec can be written");
                assert_eq!(decoded(&again), [(spec, errors)], "{} {name}\n{again}", case.name);
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "only {seen} stubs were sound");
}
