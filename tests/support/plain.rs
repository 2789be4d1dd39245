//! Findings as JSON, as a component's records and JavaScript's objects show them: what is none is left out.

use serde_json::{Map, Value, json};
use tailscale_expose::krm::{Finding, ResourceRef};
use tailscale_expose::yaml::Span;

/// Returns a finding; `place` says how a place is shown.
pub(crate) fn finding(found: &Finding, place: impl Fn(Span) -> Value) -> Value {
    let mut related: Vec<(Span, &str)> = found.related.iter().map(|(span, label)| (*span, label.as_str())).collect();
    if let Some(affected) = &found.affects
        && related.iter().all(|(span, _)| *span != affected.span)
    {
        related.push((affected.span, "for this entry"));
    }
    let related: Vec<Value> =
        related.into_iter().map(|(span, label)| json!({"place": place(span), "label": label})).collect();
    without_nulls(json!({
        "rule": found.rule.id,
        "severity": found.severity.as_str(),
        "message": found.message,
        "note": found.note,
        "help": found.help,
        "object": found.object.as_ref().map(reference),
        "affects": found.affects.as_ref().map(|affected| reference(&affected.object)),
        "file": found.file.as_ref().map(|file| without_nulls(json!({"path": file.path, "index": file.index}))),
        "path": (!found.path.is_empty()).then(|| found.path.as_str()),
        "value": found.value,
        "place": found.span.map(place),
        "related": related,
    }))
}

/// Returns which object.
pub(crate) fn reference(object: &ResourceRef) -> Value {
    let ResourceRef { api_version, kind, namespace, name } = object;
    let namespace = (!namespace.is_empty()).then_some(namespace);
    without_nulls(json!({"apiVersion": api_version, "kind": kind, "namespace": namespace, "name": name}))
}

/// Returns a record without the fields that are none.
pub(crate) fn without_nulls(value: Value) -> Value {
    let Value::Object(fields) = value else { return value };
    Value::Object(fields.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>())
}
