//! The ResourceList: what an orchestrator asks, and what it is answered.
//!
//! The generator role as kustomize asks it: the config is the function's config and the only item
//! (kustomize `api/internal/plugins/fnplugin/fnplugin.go` invokePlugin). Other requests are told
//! apart here and refused by the caller.

use std::fmt::Write;

use serde::Serialize;

use super::{Finding, Object};
use crate::yaml::{Node, Place, Sources, emit};

/// A request on the wire.
#[derive(Debug)]
pub struct Request<'s> {
    /// `apiVersion` as it was sent; the answer has the same.
    pub api_version: &'s str,
    /// The function's config.
    pub config: Option<&'s Node<'s>>,
    /// The items.
    pub items: &'s [Node<'s>],
}

impl<'s> Request<'s> {
    /// Returns the request if the object is a ResourceList.
    #[must_use]
    pub fn new(object: Object<'s>) -> Option<Self> {
        let is_list = object.kind() == "ResourceList" && object.api_version().starts_with("config.kubernetes.io/");
        is_list.then(|| Self {
            api_version: object.api_version(),
            config: object.node.get("functionConfig").filter(|config| !config.is_null()),
            items: object.node.get("items").map_or(&[], Node::items),
        })
    }
}

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
    tags: Tags,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reference<'a> {
    api_version: &'a str,
    kind: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Field<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_value: Option<&'a str>,
}

#[derive(Serialize)]
struct Tags {
    rule: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<String>,
}

/// Writes the answer: the items, always, and the findings as `results`.
///
/// # Errors
///
/// Returns the emitter's error, which for our types can only mean a fault of ours.
pub fn write_response<'a>(
    api_version: &str,
    items: impl Iterator<Item = &'a str>,
    findings: &[Finding],
    sources: &Sources,
) -> Result<String, serde_saphyr::SerializeError> {
    let mut out = format!("apiVersion: {api_version}\nkind: ResourceList\nitems:");
    let mut any = false;
    for item in items {
        any = true;
        for (index, line) in item.lines().enumerate() {
            let lead = if index == 0 {
                "- "
            } else if line.is_empty() {
                ""
            } else {
                "  "
            };
            let _ = write!(out, "\n{lead}{line}");
        }
    }
    out.push_str(if any { "\n" } else { " []\n" });
    if !findings.is_empty() {
        emit(&mut out, &Results { results: findings.iter().map(|finding| entry(finding, sources)).collect() })?;
    }
    Ok(out)
}

fn entry<'a>(finding: &'a Finding, sources: &Sources) -> Entry<'a> {
    let message = match &finding.help {
        Some(help) => format!("{}; {help}", finding.message),
        None => finding.message.clone(),
    };
    let reference = finding.object.as_ref().map(|object| Reference {
        api_version: &object.api_version,
        kind: &object.kind,
        namespace: &object.namespace,
        name: &object.name,
    });
    let field = (!finding.path.is_empty() && reference.is_some())
        .then(|| Field { path: finding.path.as_str(), current_value: finding.value.as_deref() });
    let line = finding.span.map(|span| {
        let Place { line, column } = sources.place(span);
        format!("{line}:{column}")
    });
    Entry {
        message,
        severity: finding.severity.as_str(),
        resource_ref: reference,
        field,
        tags: Tags { rule: finding.rule, line },
    }
}
