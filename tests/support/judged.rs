//! What the operator does with the outcome of a build, as lines: none where it does what is meant.

// Each test uses a part of this file; and a test that cannot read its own files fails.
#![allow(dead_code, clippy::disallowed_methods, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use serde_json::Value;

use crate::facts::found;
use crate::manifest::{self, Id, annotation, text};
use crate::meaning::{Around, meant, section};
use crate::oracle::{Assume, Options, Report, Verdict, judge};
use crate::placeholder::{fill, substitute};

/// The annotation of what we generate.
const OURS: &str = "tailscale-expose.dev/stub";

/// Shows outcomes to the operator, all in one process, and returns by name what it does not do.
///
/// Backends and classes may come from elsewhere, so they are assumed. ProxyGroups are not: whether a
/// reference still leads to one is what is asked.
pub(crate) fn complaints(outcomes: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let filled: BTreeMap<String, String> =
        outcomes.iter().map(|(name, text)| (name.clone(), with_values(text))).collect();
    let assume = vec![Assume::Backends, Assume::Endpoints, Assume::ProxyClasses];
    let reports = judge(&filled, &Options { assume: Some(assume), ..Options::default() });
    let complaint = |name: &String| complaint(&filled[name], &reports[name]);
    outcomes.keys().map(|name| (name.clone(), complaint(name))).collect()
}

/// Replaces placeholders, as Flux would.
fn with_values(outcome: &str) -> String {
    let objects = manifest::read(outcome).unwrap_or_else(|error| panic!("{error} in:\n{outcome}"));
    let mut values = fill(&objects);
    // The cure of Flux's documentation for strings that must not become something else.
    values.insert("quote".to_owned(), "\"".to_owned());
    substitute(outcome, &values)
}

fn complaint(outcome: &str, report: &Report) -> String {
    let objects = manifest::read(outcome).unwrap_or_else(|error| panic!("{error} in:\n{outcome}"));
    let tags = vec!["tag:k8s".to_owned()];
    let around = Around {
        services: objects.iter().filter(|object| text(object, "/kind") == "Service").collect(),
        tailnet: &report.tailnet,
        default_tags: &tags,
    };
    let mut lines = Vec::new();
    if !report.settled {
        lines.push("the world does not come to rest".to_owned());
    }
    lines.extend(report.renamed_devices.iter().map(|renamed| format!("a tailnet name is taken: {renamed}")));
    let is_ours = |object: &&Value| annotation(object, OURS).is_some() || section(object) == Some("annotate");
    for object in objects.iter().filter(is_ours) {
        let id = Id::of(object);
        let namespaces = [manifest::namespace(object), ""];
        let judged = report.objects.iter().find(|judged| {
            judged.kind == id.kind && judged.name == id.name && namespaces.contains(&judged.namespace.as_str())
        });
        let Some(judged) = judged else {
            lines.push(format!("{id} never reached the cluster"));
            continue;
        };
        if judged.verdict != Verdict::Accepted {
            lines.push(format!("{id} is {:?}: {} {}", judged.verdict, judged.why, judged.error).trim_end().to_owned());
            continue;
        }
        let warnings = judged.events.iter().filter(|event| event.r#type == "Warning" && !event.passing);
        lines.extend(warnings.map(|event| format!("{id}: {}: {}", event.reason, event.message)));
        lines.extend(judged.refusals.iter().chain(&judged.doubts).map(|why| format!("{id} would be refused: {why}")));
        let differences = meant(object, &around);
        for (fact, meant, found) in differences.differences(&found(judged)) {
            lines.push(format!("{id}: {fact} must be {meant}, is {found}"));
        }
    }
    lines.into_iter().map(|line| line + "\n").collect()
}
