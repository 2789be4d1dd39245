//! Looking into an object: fields and annotations, each with its place.

use super::{Said, Surroundings};
use crate::krm::Object;
use crate::tailscale::annotation as key;
use crate::yaml::Node;

/// Returns the node behind some keys.
pub(super) fn at<'s>(object: Object<'s>, keys: &[&str]) -> Option<&'s Node<'s>> {
    keys.iter().try_fold(object.node, |node, key| node.get(key))
}

/// Returns a text behind some keys; an empty one is none.
pub(super) fn text_at<'s>(object: Object<'s>, keys: &[&str]) -> Option<Said<'s>> {
    let node = at(object, keys)?;
    node.text().filter(|text| !text.is_empty()).map(|text| Said { text, span: node.span })
}

/// Returns an annotation and where its value is.
pub(super) fn annotation<'s>(object: Object<'s>, key: &str) -> Option<Said<'s>> {
    let node = at(object, &["metadata", "annotations", key])?;
    node.text().map(|text| Said { text, span: node.span })
}

/// Returns the namespace of an object; empty where only the cluster will know it.
pub(super) fn namespace<'a>(object: Object<'a>, around: &'a dyn Surroundings<'_>) -> &'a str {
    match object.metadata("namespace") {
        "" => around.namespace(),
        namespace => namespace,
    }
}

/// Returns the ProxyClass of an object's own proxy (`sts.go` proxyClassForObject): the label wins, and an
/// empty one switches the default off.
pub(super) fn proxy_class(object: Object<'_>) -> Option<Said<'_>> {
    let label = at(object, &["metadata", "labels", key::PROXY_CLASS]);
    let said = label.and_then(|node| Some(Said { text: node.text()?, span: node.span }));
    said.or_else(|| annotation(object, key::PROXY_CLASS))
}
