//! What is told of a finding: the one view that everybody who shows findings renders.
//!
//! A terminal, `results`, JavaScript and WIT each take the view apart without `..`, so that a part which is
//! added is shown everywhere, or left out on purpose. Here nothing is cut or escaped: that is decided by
//! who shows it.

use std::ops::Range;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::{Finding, ItemFile, ResourceRef};
use crate::rule::{Rule, Severity};
use crate::yaml::{Place, Sources, Span};

/// A finding as it is told. What is none, and an empty path, are left out where it is serialised.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Told<'a> {
    /// The rule that is broken.
    pub rule: &'static Rule,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, without a full stop.
    pub message: &'a str,
    /// What follows from it, beyond the place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
    /// What to do, where the message does not imply it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<&'a str>,
    /// The object it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<&'a ResourceRef>,
    /// What it was found for, where that object governs others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affects: Option<&'a ResourceRef>,
    /// Where the object that it is about comes from, as the orchestrator says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<&'a ItemFile>,
    /// The field it is about; may be empty.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub path: &'a str,
    /// The value that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<&'a str>,
    /// Where it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Location<'a>>,
    /// Other places that matter.
    pub related: Vec<Related<'a>>,
}

/// A place that matters to a finding, and what it is.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Related<'a> {
    /// Where it is.
    pub place: Location<'a>,
    /// What it is.
    pub label: &'a str,
}

/// A place in a text that people know by a name.
#[derive(Debug, Clone, Copy)]
pub struct Location<'a> {
    /// The name of the text; empty where there is none.
    pub file: &'a str,
    /// The line and the column.
    pub place: Place,
    /// The bytes.
    pub span: Span,
    sources: &'a Sources,
}

impl<'a> Told<'a> {
    /// Returns what is told of a finding about some texts.
    #[must_use]
    pub fn of(finding: &'a Finding, sources: &'a Sources) -> Self {
        let Finding {
            rule,
            severity,
            message,
            help,
            is_blocking: _,
            note,
            file,
            object,
            path,
            value,
            span,
            related,
            affects,
        } = finding;
        let at = |span: Span| Location::of(span, sources);
        let mut others: Vec<Related<'a>> =
            related.iter().map(|(span, label)| Related { place: at(*span), label }).collect();
        // A finding may already say what part the entry has in it.
        let affected = affects.as_ref().filter(|affected| related.iter().all(|(span, _)| *span != affected.span));
        others.extend(affected.map(|affected| Related { place: at(affected.span), label: "for this entry" }));
        Self {
            rule,
            severity: *severity,
            message,
            note: *note,
            help: help.as_deref(),
            object: object.as_ref(),
            affects: affects.as_ref().map(|affected| &affected.object),
            file: file.as_ref(),
            path: path.as_str(),
            value: value.as_deref(),
            place: span.map(at),
            related: others,
        }
    }
}

impl<'a> Location<'a> {
    fn of(span: Span, sources: &'a Sources) -> Self {
        let file = sources.get(span.source).map_or("", |source| source.name.as_str());
        Self { file, place: sources.place(span), span, sources }
    }

    /// Returns the place in the units of UTF-16. They are counted when they are asked for: only JavaScript
    /// needs them.
    #[must_use]
    pub fn utf16(&self) -> Range<usize> {
        self.sources.utf16(self.span)
    }
}

impl Serialize for Location<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { file, place: Place { line, column }, span: _, sources: _ } = self;
        let Range { start, end } = self.utf16();
        let mut location = serializer.serialize_struct("Location", 5)?;
        location.serialize_field("file", file)?;
        location.serialize_field("line", line)?;
        location.serialize_field("column", column)?;
        location.serialize_field("start", &start)?;
        location.serialize_field("end", &end)?;
        location.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::krm::FieldPath;
    use crate::rule::rules;

    #[test]
    fn everything_that_a_finding_says_is_serialised_once() {
        let mut sources = Sources::default();
        let source = sources.add("t.yaml", "é: 1\n𝄞: 2\n");
        let (first, second) = (Span { source, start: 0, end: 2 }, Span { source, start: 12, end: 13 });
        let mut finding = Finding::of(rules::INVALID_TEXT, "must be right").help("mend it").value("2").at(second);
        finding = finding.path(FieldPath::from(["spec", "a"])).about(ResourceRef::new("v1", "Service", "", "web"));
        finding = finding.related(first, "by this");
        finding = finding.affecting(ResourceRef::new("v1", "Pod", "apps", "a"), first.head());
        finding.note = Some("nothing is expanded");
        finding.file = Some(ItemFile { path: "a/b.yaml".to_owned(), index: Some(2) });
        let told = serde_json::to_value(Told::of(&finding, &sources)).unwrap();
        let want = serde_json::json!({
            "rule": "invalid-text",
            "severity": "error",
            "message": "must be right",
            "note": "nothing is expanded",
            "help": "mend it",
            "object": {"apiVersion": "v1", "kind": "Service", "name": "web"},
            "affects": {"apiVersion": "v1", "kind": "Pod", "namespace": "apps", "name": "a"},
            "file": {"path": "a/b.yaml", "index": 2},
            "path": "spec.a",
            "value": "2",
            "place": {"file": "t.yaml", "line": 2, "column": 4, "start": 9, "end": 10},
            "related": [
                {"place": {"file": "t.yaml", "line": 1, "column": 1, "start": 0, "end": 1}, "label": "by this"},
                {"place": {"file": "t.yaml", "line": 1, "column": 1, "start": 0, "end": 0}, "label": "for this entry"},
            ],
        });
        assert_eq!(told, want);
        let least = Finding::of(rules::INVALID_TEXT, "odd");
        let told = serde_json::to_value(Told::of(&least, &sources)).unwrap();
        let want = serde_json::json!({"rule": "invalid-text", "severity": "error", "message": "odd", "related": []});
        assert_eq!(told, want);
    }
}
