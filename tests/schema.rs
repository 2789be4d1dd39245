//! The JSON Schema: what editors accept is what the decoder accepts, as far as a schema can tell.
//!
//! The schema never says less than the truth: it takes every sound stub. It may take a stub that the
//! decoder refuses, where the fault is one of meaning.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test touches files and programs, and may fail"
)]

mod support;

use std::collections::BTreeSet;

use jsonschema::{Draft, Validator};
use serde_json::Value;
use support::{by_library, cases, documents};
use tailscale_expose::api::json_schema;

/// Cases that editors show to be wrong, and the instance path of one error each.
const REFUSED: &[(&str, &str)] = &[
    ("bad/connectors-that-are-nothing", "/spec/connector/k/appConnector"),
    ("bad/defaults-under-metadata", "/metadata"),
    ("bad/not-a-default", "/spec/defaults"),
    ("bad/ports", "/spec/loadBalancer/i/ports"),
    ("bad/spec-is-a-string", "/spec"),
    ("bad/spec-under-metadata", "/metadata/spec"),
    ("bad/tags", "/spec/ingress/a/tags/0"),
    ("bad/unknown-field", "/spec/ingress/a"),
    ("bad/unknown-section", ""),
    ("bad/unknown-words", "/spec/apiServer/a/mode"),
    ("bad/wrong-api-version", "/apiVersion"),
    ("bad/wrong-types", "/spec/ingress/c/tags"),
];

fn validator() -> Validator {
    jsonschema::options().with_draft(Draft::Draft202012).build(&json_schema()).expect("the schema must be one")
}

fn is_ours(document: &Value) -> bool {
    document["apiVersion"].as_str().is_some_and(|version| version.starts_with("tailscale-expose.dev/"))
}

/// Returns our own objects in a text, those in a `List` too.
fn ours(text: &str) -> Vec<Value> {
    let items = |document: Value| match document["items"].as_array() {
        Some(items) => items.clone(),
        None => vec![document],
    };
    documents(text).unwrap_or_default().into_iter().flat_map(items).filter(is_ours).collect()
}

fn errors(validator: &Validator, document: &Value) -> Vec<String> {
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn the_schema_is_of_the_draft_that_it_names() {
    let schema = json_schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    jsonschema::draft202012::meta::validate(&schema).expect("the schema must be valid");
}

#[test]
fn every_sound_stub_is_accepted() {
    let validator = validator();
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for case in cases().into_iter().filter(|case| by_library(&case.sources()).code == 0) {
        for (name, text) in case.inputs() {
            for document in ours(&text) {
                seen += 1;
                wrong.extend(
                    errors(&validator, &document).into_iter().map(|error| format!("{} {name}: {error}", case.name)),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(seen > 80, "only {seen} stubs");
}

#[test]
fn what_an_editor_can_tell_is_refused() {
    let validator = validator();
    let all = cases();
    for (name, path) in REFUSED {
        let case = all.iter().find(|case| case.name == *name).unwrap_or_else(|| panic!("{name} must be there"));
        let paths: BTreeSet<String> = case
            .inputs()
            .iter()
            .flat_map(|(_, text)| ours(text))
            .flat_map(|document| {
                validator.iter_errors(&document).map(|e| e.instance_path().to_string()).collect::<Vec<_>>()
            })
            .collect();
        assert!(paths.contains(*path), "{name}: no error at {path:?}, but at {paths:?}");
    }
}

#[test]
fn every_field_says_what_it_is() {
    fn walk(path: &str, schema: &Value, missing: &mut Vec<String>) {
        let Some(properties) = schema["properties"].as_object() else { return };
        for (name, property) in properties {
            if property["description"].as_str().is_none_or(str::is_empty) {
                missing.push(format!("{path}.{name}"));
            }
        }
    }
    let schema = json_schema();
    let mut missing = Vec::new();
    for (name, definition) in schema["$defs"].as_object().expect("the schema has definitions") {
        if !name.starts_with("TailscaleExpose") {
            walk(name, definition, &mut missing);
        }
    }
    assert!(missing.is_empty(), "without a description: {missing:?}");
}

/// Marks the fields that a value has, as the schema names them: definition and field.
fn mark(root: &Value, name: &str, schema: &Value, value: &Value, seen: &mut BTreeSet<(String, String)>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.trim_start_matches("#/$defs/");
        mark(root, name, &root["$defs"][name], value, seen);
    }
    for branch in ["allOf", "anyOf"].iter().filter_map(|word| schema[word].as_array()).flatten() {
        mark(root, name, branch, value, seen);
    }
    for item in value.as_array().into_iter().flatten() {
        mark(root, name, &schema["items"], item, seen);
    }
    for (key, value) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(key) {
            Some(property) => {
                seen.insert((name.to_owned(), key.clone()));
                mark(root, name, property, value, seen);
            }
            None => mark(root, name, &schema["additionalProperties"], value, seen),
        }
    }
}

#[test]
fn every_field_is_in_a_golden_case() {
    let schema = json_schema();
    let mut seen = BTreeSet::new();
    for case in cases().into_iter().filter(|case| by_library(&case.sources()).code == 0) {
        for document in case.inputs().iter().flat_map(|(_, text)| ours(text)) {
            let kind = document["kind"].as_str().unwrap_or_default();
            mark(&schema, kind, &schema["$defs"][kind], &document, &mut seen);
        }
    }
    let definitions = schema["$defs"].as_object().expect("the schema has definitions").iter();
    let all = definitions.flat_map(|(name, definition)| {
        let fields = definition["properties"].as_object().into_iter().flat_map(serde_json::Map::keys);
        fields.map(move |field| (name.clone(), field.clone()))
    });
    // What a cluster writes, no person does.
    let missing: Vec<_> = all.filter(|field| !seen.contains(field) && field.1 != "status").collect();
    assert!(missing.is_empty(), "no golden case without an error has {missing:?}");
}

#[test]
fn every_reference_of_the_schema_leads_somewhere() {
    fn references<'v>(value: &'v Value, found: &mut BTreeSet<&'v str>) {
        match value {
            Value::Object(map) => {
                found.extend(map.get("$ref").and_then(Value::as_str));
                map.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let schema = json_schema();
    let mut found = BTreeSet::new();
    references(&schema, &mut found);
    for reference in &found {
        let pointer = reference.strip_prefix('#').expect("a reference stays in the schema");
        assert!(schema.pointer(pointer).is_some_and(Value::is_object), "{reference}");
    }
    for name in schema["$defs"].as_object().expect("the schema has definitions").keys() {
        assert!(found.contains(format!("#/$defs/{name}").as_str()), "{name} is not used");
    }
}
