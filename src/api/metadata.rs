//! `metadata` of stubs and profiles: what is written there by mistake.
//!
//! What belongs there is the API server's. A slip of the indentation puts `spec` or `defaults` there,
//! so a field that Kubernetes does not have may be a lost default.

use super::decode::{Decode, Decoder};
use super::hints;
use super::setting::TextMap;
use crate::krm::Finding;
use crate::yaml::Node;

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
                    let finding = Finding::error("wrong-type", "must be a string").at(key.span);
                    decoder.report(finding.help(hints::unknown_metadata(name, &[])));
                }
            });
        }
        "spec" => {
            let finding = Finding::error("misplaced-spec", "`spec` must not stand under `metadata`").at(key.span);
            decoder.report(finding.help("move `spec:` to the start of the line, and its fields with it"));
        }
        name if OBJECT_META.contains(&name) => {}
        name => {
            let mut finding = Finding::error("unknown-field", format!("unknown field \"{name}\"")).at(key.span);
            finding.help = Some(hints::unknown_metadata(name, &OBJECT_META));
            decoder.report(finding);
        }
    });
}
