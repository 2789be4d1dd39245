//! Findings as `results`: the fields and words of the KRM Functions specification.
//!
//! They are printed as they are by whoever calls a function, so each text is on one line.
//!
//! `severity` is always written: the specification and kyaml disagree about its default.

use std::borrow::Cow;

use serde::Serialize;

use super::Question;
use crate::krm::{Finding, ItemFile, Location, ResourceRef, Told, annotation};
use crate::rule::{Rule, Severity};
use crate::yaml::{Place, Sources, Span, emit, shortened, visible};

#[derive(Serialize)]
struct Results<'a> {
    results: Vec<Entry<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    message: String,
    severity: Severity,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_ref: Option<Reference<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<Field<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<File<'a>>,
    tags: Tags,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reference<'a> {
    api_version: Cow<'a, str>,
    kind: Cow<'a, str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: Cow<'a, str>,
    name: Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Field<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_value: Option<Cow<'a, str>>,
}

#[derive(Serialize)]
struct File<'a> {
    path: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u32>,
}

#[derive(Serialize)]
struct Tags {
    rule: &'static Rule,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    affects: Option<String>,
}

/// Returns the file of the item that a span lies in.
#[must_use]
pub fn file_of(question: &Question<'_>, span: Span) -> Option<ItemFile> {
    let object = question.item_at(span)?.object(question.source)?;
    let either = |key, legacy| object.annotation(key).or_else(|| object.annotation(legacy));
    let path = either(annotation::PATH, annotation::LEGACY_PATH)?;
    let path = shortened(path).unwrap_or_else(|| path.to_owned());
    let index = either(annotation::INDEX, annotation::LEGACY_INDEX).and_then(|index| index.parse().ok());
    Some(ItemFile { path, index })
}

/// Returns findings as YAML and as JSON; both empty where there are none.
///
/// # Errors
///
/// Returns the emitter's error, which for our types can only mean a fault of ours.
pub fn results(findings: &[Finding], sources: &Sources) -> Result<(String, String), String> {
    if findings.is_empty() {
        return Ok((String::new(), String::new()));
    }
    let results = Results { results: findings.iter().map(|finding| entry(Told::of(finding, sources))).collect() };
    let mut yaml = String::new();
    emit(&mut yaml, &results).map_err(|error| error.to_string())?;
    let json = serde_json::to_string(&results.results).map_err(|error| error.to_string())?;
    Ok((yaml, json))
}

fn entry(told: Told<'_>) -> Entry<'_> {
    // The specification has no field for other places.
    let Told { rule, severity, message, note, help, object, affects, file, path, value, place, related: _ } = told;
    let message = [Some(message), note, help].into_iter().flatten().collect::<Vec<_>>().join("; ");
    let resource_ref = object.map(|ResourceRef { api_version, kind, namespace, name }| Reference {
        api_version: visible(api_version),
        kind: visible(kind),
        namespace: visible(namespace),
        name: visible(name),
    });
    let field = (!path.is_empty() && resource_ref.is_some()).then(|| Field { path, current_value: value.map(visible) });
    let place = place.map(|Location { place: Place { line, column }, .. }| format!("{line}:{column}"));
    Entry {
        message: visible(&message).into_owned(),
        severity,
        resource_ref,
        field,
        file: file.map(|ItemFile { path, index }| File { path: visible(path), index: *index }),
        tags: Tags { rule, place, affects: affects.map(ToString::to_string) },
    }
}
