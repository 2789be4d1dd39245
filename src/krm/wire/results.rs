//! Findings as `results`: the fields and words of the KRM Functions specification.
//!
//! They are printed as they are by whoever calls a function, so each text is on one line.
//!
//! `severity` is always written: the specification and kyaml disagree about its default.

use std::borrow::Cow;

use serde::Serialize;

use super::Question;
use crate::krm::{Finding, annotation};
use crate::rule::Rule;
use crate::yaml::{Place, Sources, Span, emit, shortened, visible};

#[derive(Serialize)]
struct Results<'a> {
    results: Vec<Entry<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    message: String,
    severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_ref: Option<Reference<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<Field<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<File>,
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

/// Where an item comes from, as the orchestrator says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct File {
    /// The file's path.
    pub path: String,
    /// The item's number in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
}

#[derive(Serialize)]
struct Tags {
    rule: &'static Rule,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
}

/// Returns the file of the item that a span lies in.
#[must_use]
pub fn file_of(question: &Question<'_>, span: Span) -> Option<File> {
    let object = question.item_at(span)?.object(question.source)?;
    let either = |key, legacy| object.annotation(key).or_else(|| object.annotation(legacy));
    let path = either(annotation::PATH, annotation::LEGACY_PATH)?;
    let path = shortened(path).unwrap_or_else(|| path.to_owned());
    let index = either(annotation::INDEX, annotation::LEGACY_INDEX).and_then(|index| index.parse().ok());
    Some(File { path, index })
}

impl Question<'_> {
    /// Returns the findings as YAML and as JSON; both empty where there are none.
    ///
    /// # Errors
    ///
    /// Returns the emitter's error, which for our types can only mean a fault of ours.
    pub fn as_results(&self, findings: &[Finding], sources: &Sources) -> Result<(String, String), String> {
        if findings.is_empty() {
            return Ok((String::new(), String::new()));
        }
        let results = Results { results: findings.iter().map(|finding| entry(finding, self, sources)).collect() };
        let mut yaml = String::new();
        emit(&mut yaml, &results).map_err(|error| error.to_string())?;
        let json = serde_json::to_string(&results.results).map_err(|error| error.to_string())?;
        Ok((yaml, json))
    }
}

fn entry<'a>(finding: &'a Finding, question: &Question<'_>, sources: &Sources) -> Entry<'a> {
    let parts = [Some(finding.message.as_str()), finding.note, finding.help.as_deref()];
    let message = parts.into_iter().flatten().collect::<Vec<_>>().join("; ");
    let message = visible(&message).into_owned();
    let resource_ref = finding.object.as_ref().map(|object| Reference {
        api_version: visible(&object.api_version),
        kind: visible(&object.kind),
        namespace: visible(&object.namespace),
        name: visible(&object.name),
    });
    let field = (!finding.path.is_empty() && resource_ref.is_some())
        .then(|| Field { path: finding.path.as_str(), current_value: finding.value.as_deref().map(visible) });
    let place = finding.span.map(|span| {
        let Place { line, column } = sources.place(span);
        format!("{line}:{column}")
    });
    let file = finding.span.and_then(|span| file_of(question, span));
    let file = file.map(|file| File { path: visible(&file.path).into_owned(), ..file });
    Entry {
        message,
        severity: finding.severity.as_str(),
        resource_ref,
        field,
        file,
        tags: Tags { rule: finding.rule, place },
    }
}
