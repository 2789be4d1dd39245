//! Profiles that are written in a kustomization itself, as the config of a function.

use super::decode::{Ours, decode, is_ours};
use super::held::Unread;
use super::layout::Layout;
use super::profiles::{Layer, Placed};
use super::tree::{Role, Tree, is_about_us};
use crate::krm::{Finding, Findings, Object};
use crate::rule::rules;
use crate::yaml::{Map, Node, Scalar, Sources, Span, Value, documents};

/// Reads the configs that kustomizations hold; a stub among them is expanded where the kustomization is
/// built.
pub(super) fn profiles(tree: &Tree, layout: &Layout, findings: &mut Findings, unread: &mut Vec<Unread>) -> Vec<Placed> {
    let mut placed = Vec::new();
    for (number, kustomization) in layout.kustomize.kustomizations.iter().enumerate() {
        let builds = || layout.kustomize.builds_with(number).iter().copied();
        for (text, span) in kustomization.inline_configs.iter().filter(|(text, _)| is_about_us(text)) {
            let Some(file) = tree.file(kustomization.source) else { continue };
            let mut sources = Sources::default();
            let id = sources.add("", text.as_str());
            let parsed = sources.get(id).map(|source| documents(id, source)).unwrap_or_default();
            for document in &parsed {
                let node = match &document.root {
                    Ok(Some(node)) => at(node, *span),
                    Ok(None) => continue,
                    Err(fault) => {
                        findings.push(Finding::of(rules::INVALID_YAML, fault.message.clone()).at(*span));
                        unread.push(Unread::File(kustomization.folder.clone(), builds().collect()));
                        continue;
                    }
                };
                if !is_ours(&node) {
                    continue;
                }
                if let Ours::Profile(profile) = decode(Object { node: &node, document: *span }, findings) {
                    let builds = builds().map(|build| (build, Layer::Config)).collect();
                    let (folder, above) = (kustomization.folder.clone(), file.role == Role::Above);
                    let (written, origin) = (node.detached(), (file.target.clone(), span.start));
                    placed.push(Placed { profile, written, origin, folder, builds, above });
                }
            }
        }
    }
    placed
}

/// Returns a tree that stands as a whole at a place: the text of a scalar has no places of its own.
fn at<'s>(node: &'s Node<'_>, span: Span) -> Node<'s> {
    let value = match &node.value {
        Value::Scalar(Scalar { text, style, tagged }) => {
            Value::Scalar(Scalar { text: (&**text).into(), style: *style, tagged: *tagged })
        }
        Value::Seq(items) => Value::Seq(items.iter().map(|item| at(item, span)).collect()),
        Value::Map(map) => {
            let entries = map.entries.iter().map(|(key, value)| (at(key, span), at(value, span))).collect();
            Value::Map(Map::new(entries, map.flow))
        }
    };
    Node { span, value }
}
