//! `metadata` of stubs and profiles: what is written there by mistake.
//!
//! What belongs there is the API server's. A slip of the indentation puts `spec` or `defaults` there,
//! so a field that Kubernetes does not have may be a lost default.

use super::decode::{Decode, Decoder};
use super::hints;
use super::setting::TextMap;
use crate::krm::Finding;
use crate::rule::rules;
use crate::yaml::{Node, Resolved, Scalar};

/// The fields of Kubernetes' `ObjectMeta` (`apimachinery/pkg/apis/meta/v1/types.go`).
pub(super) const OBJECT_META: [&str; 15] = [
    "annotations",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "labels",
    "managedFields",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// Reads `metadata`.
pub(super) fn metadata<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) {
    decoder.pairs(node, TextMap::SHAPE, &mut |decoder, name, key, value| match name {
        "labels" | "annotations" if !value.is_null() => {
            decoder.pairs(value, TextMap::SHAPE, &mut |decoder, name, key, value| {
                if value.scalar().is_none() {
                    let finding = Finding::of(rules::WRONG_TYPE, "must be a string").at(key.span);
                    decoder.report(finding.help(hints::unknown_metadata(name, &[])));
                }
            });
        }
        "spec" => {
            let finding = Finding::of(rules::MISPLACED_SPEC, "`spec` must not stand under `metadata`").at(key.span);
            decoder.report(finding.help("move `spec:` to the start of the line, and its fields with it"));
        }
        "name" | "namespace" => decoder.opaque(value.text().unwrap_or_default(), value.span),
        name if OBJECT_META.contains(&name) => {}
        name => {
            let mut finding = Finding::of(rules::UNKNOWN_FIELD, format!("unknown field \"{name}\"")).at(key.span);
            finding.help = Some(hints::unknown_metadata(name, &OBJECT_META));
            decoder.report(finding);
        }
    });
}

/// Checks name and namespace: a number without quotes is a text to some readers only.
pub(super) fn names<'n>(metadata: &'n Node<'_>, decoder: &mut Decoder<'n>) {
    for field in ["name", "namespace"] {
        let Some(value) = metadata.get(field).filter(|value| !value.is_null()) else { continue };
        decoder.under("metadata", |decoder| {
            decoder.under(field, |decoder| {
                // What is a text to kustomize and kubectl, and a boolean to older readers only, may stay.
                let is_other = value.scalar().and_then(Scalar::resolved).is_some_and(|resolved| {
                    !matches!(resolved, Resolved::Text | Resolved::AmbiguousBool | Resolved::Null)
                });
                if is_other || value.scalar().is_none() {
                    decoder.text(value);
                }
                if let Some(name) = value.text().filter(|name| name.len() > LONGEST_NAME) {
                    let message = format!("must be no more than {LONGEST_NAME} characters long, has {}", name.len());
                    decoder.report(Finding::of(rules::INVALID_NAME, message).at(value.span));
                }
            });
        });
    }
}

/// The longest name of an object (`apimachinery/pkg/util/validation` DNS1123SubdomainMaxLength).
const LONGEST_NAME: usize = 253;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::krm::ResourceRef;
    use crate::yaml::{Sources, documents};

    #[test]
    fn what_kubernetes_does_not_have_is_refused() {
        for (text, errors) in [
            ("{name: a, namespace: b, labels: {c: d}, annotations: null, uid: x}", 0),
            ("{name: a, defaults: {}}", 1),
            ("{name: a, spec: {}}", 1),
            ("{name: a, labels: {default: {tags: []}}}", 1),
            ("{name: a, annotations: [x]}", 1),
            ("{name: a, name: b}", 1),
            ("x", 1),
        ] {
            let mut sources = Sources::default();
            let id = sources.add("t.yaml", text);
            let parsed = documents(id, sources.get(id).unwrap());
            let mut decoder = Decoder::new(ResourceRef::default());
            metadata(parsed[0].root.as_ref().unwrap().as_ref().unwrap(), &mut decoder);
            assert_eq!(decoder.findings.errors(), errors, "{text}");
        }
    }
}
