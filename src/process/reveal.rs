//! What a report may show of what was read: the lines of our own objects, of others the value that a
//! finding is about, and nothing of what may be private.
//!
//! Each object counts for itself, wherever it stands: a Secret in a list is a Secret. What could not be
//! read, and what nobody asked about, is not revealed.

use crate::api::{GROUP, PROFILE, STUB};
use crate::krm::{Finding, Object};
use crate::yaml::{Node, Shown, Sources, Span};

/// Reveals what may be shown of documents or items, and of the function's config: a ConfigMap there is
/// ours.
pub(super) fn reveal<'n>(sources: &Sources, roots: impl IntoIterator<Item = &'n Node<'n>>, config: Option<&Node<'_>>) {
    let mut parts = Vec::new();
    for root in roots {
        add(root, &mut parts);
    }
    match config {
        Some(config) if kind(config) == "ConfigMap" => parts.push((config.span, Shown::Lines)),
        Some(config) => add(config, &mut parts),
        None => {}
    }
    sources.reveal(parts);
}

/// Takes back values that stand where nothing may be shown: an alias can bring them into a stub.
pub(super) fn withhold(findings: &mut [Finding], sources: &Sources) {
    let is_hidden = |finding: &Finding| finding.span.is_some_and(|span| sources.excerpt(span).is_none());
    for finding in findings.iter_mut().filter(|finding| finding.value.is_some() && is_hidden(finding)) {
        finding.value = None;
    }
}

fn kind<'n>(node: &'n Node<'_>) -> &'n str {
    node.get("kind").and_then(Node::text).unwrap_or_default()
}

fn add(node: &Node<'_>, parts: &mut Vec<(Span, Shown)>) {
    let kind = kind(node);
    // Two objects that have become one document have two kinds.
    let kinds = node.map().into_iter().flat_map(|map| &map.entries).filter(|(key, _)| key.text() == Some("kind"));
    if kinds.filter_map(|(_, kind)| kind.text()).any(is_private) {
        return;
    }
    let object = Object::new(node, node.span);
    let items = node.get("items").map_or(&[][..], Node::items);
    if kind == STUB || kind == PROFILE || object.is_some_and(|object| object.group() == GROUP) {
        parts.push((node.span, Shown::Lines));
    } else if items.iter().any(|item| item.map().is_some()) {
        for item in items {
            add(item, parts);
        }
    } else if object.is_some() {
        parts.push((node.span, Shown::Value));
    }
}

/// Whether objects of a kind hold what nobody may be told: Secrets and ConfigMaps, lists of them, and what
/// others make them from.
pub(super) fn is_private(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    kind.contains("secret") || kind.contains("configmap")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::documents;

    #[test]
    fn each_object_counts_for_itself() {
        let ours = "{kind: TailscaleExpose, a: OURS}";
        let group = "{apiVersion: tailscale-expose.dev/v1, kind: Frobnicate, a: OURS}";
        let other = "{apiVersion: v1, kind: Service, a: VALUE}";
        let hidden = [
            "{apiVersion: v1, kind: Secret, a: HIDDEN}",
            "{apiVersion: tailscale-expose.dev/v1alpha1, kind: Secret, a: HIDDEN}",
            "{apiVersion: v1, kind: ConfigMap, a: HIDDEN}",
            "{apiVersion: v1, kind: SecretList, items: [{a: HIDDEN}]}",
            "{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, a: HIDDEN}",
            "{kind: Secret, a: HIDDEN}",
            "{kind: TailscaleExpose, a: HIDDEN, kind: Secret}",
            "{a: HIDDEN}",
            "[HIDDEN]",
            "HIDDEN",
        ];
        let all: Vec<&str> = [ours, group, other].into_iter().chain(hidden).collect();
        let list = |kind: &str| format!("{{{kind}, b: HIDDEN, items: [{}], c: HIDDEN}}", all.join(", "));
        for text in [
            list("apiVersion: v1, kind: List"),
            format!("{{apiVersion: v1, kind: List, items: [{}]}}", list("apiVersion: v1, kind: List")),
            list("apiVersion: config.kubernetes.io/v1, kind: ResourceList"),
            list("apiVersion: v2, kind: List"),
            all.join("\n---\n"),
        ] {
            let mut sources = Sources::default();
            let source = sources.add("t.yaml", text.as_str());
            let parsed = documents(source, sources.get(source).unwrap());
            reveal(&sources, parsed.iter().filter_map(|document| document.root.as_ref().ok()?.as_ref()), None);
            let narrow = |byte: usize| u32::try_from(byte).unwrap();
            for (word, want) in [("OURS", 2), ("VALUE", 1), ("HIDDEN", 0)] {
                let mut shown = 0;
                for (at, _) in text.match_indices(word) {
                    let span = Span { source, start: narrow(at), end: narrow(at + word.len()) };
                    let excerpt = sources.excerpt(span).and_then(|part| text.get(part));
                    shown += usize::from(excerpt.is_some());
                    assert!(excerpt.is_none_or(|line| !line.contains("HIDDEN")), "{excerpt:?}");
                    assert!(word != "VALUE" || excerpt == Some("VALUE"), "{excerpt:?}");
                }
                assert!(shown >= want && (want > 0 || shown == 0), "{word} is shown {shown} times of {text}");
            }
        }
    }
}
