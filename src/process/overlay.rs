//! One profile over another: the nearest that writes a key wins.
//!
//! What is laid is what was written, key by key; a list, a text or a mapping that clears is one value.
//! So a merged profile is read as if one person had written it, and each value keeps its place.

use crate::yaml::{Map, Node, Value};

/// Lays a nearer mapping over a farther one; neither writes a key twice.
pub(super) fn over<'s>(near: &Node<'s>, far: &Node<'s>) -> Node<'s> {
    lay(near, far, false)
}

/// `are_texts` says that the mapping holds labels or annotations, where an empty value removes what is
/// farther, and then says nothing more.
fn lay<'s>(near: &Node<'s>, far: &Node<'s>, are_texts: bool) -> Node<'s> {
    let (Value::Map(own), Value::Map(behind)) = (&near.value, &far.value) else { return near.clone() };
    if own.entries.is_empty() {
        return near.clone();
    }
    let mut laid = Vec::new();
    let written = |map: &Map<'s>, key: &str| map.get(key).is_some_and(|value| !value.is_null());
    for (key, value) in own.entries.iter().filter(|(_, value)| !value.is_null()) {
        let name = key.text().unwrap_or_default();
        let value = match behind.get(name).filter(|behind| !behind.is_null()) {
            Some(_) if are_texts && value.text() == Some("") => continue,
            Some(behind) => lay(value, behind, matches!(name, "labels" | "annotations")),
            None => value.clone(),
        };
        laid.push((key.clone(), value));
    }
    let rest = behind.entries.iter().filter(|(key, _)| !written(own, key.text().unwrap_or_default()));
    laid.extend(rest.cloned());
    Node { span: near.span, value: Value::Map(Map::new(laid, own.flow)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Sources, documents, to_json};

    #[test]
    fn the_nearest_that_writes_a_key_wins() {
        for (near, far, want) in [
            ("{a: 1}", "{a: 2, b: 3}", "{a: 1, b: 3}"),
            ("{a: null}", "{a: 2}", "{a: 2}"),
            ("{a: 2}", "{a: null}", "{a: 2}"),
            ("{a: [x]}", "{a: [y, z]}", "{a: [x]}"),
            ("{a: []}", "{a: [y]}", "{a: []}"),
            ("{a: \"\"}", "{a: x}", "{a: \"\"}"),
            ("{a: false}", "{a: true}", "{a: false}"),
            ("{a: {}}", "{a: {b: c}}", "{a: {}}"),
            ("{a: {b: 1}}", "{a: {b: 2, c: 3}, d: 4}", "{a: {b: 1, c: 3}, d: 4}"),
            ("{labels: {a: \"\", b: \"\"}}", "{labels: {a: x, c: y}}", "{labels: {b: \"\", c: y}}"),
            ("{a: {annotations: {k: \"\"}}}", "{a: {annotations: {k: v}}}", "{a: {annotations: {}}}"),
        ] {
            let mut sources = Sources::default();
            for text in [near, far, want] {
                sources.add("t.yaml", text);
            }
            let parsed: Vec<_> = sources.iter().flat_map(|(id, source)| documents(id, source)).collect();
            let nodes: Vec<_> = parsed.iter().map(|one| one.root.as_ref().unwrap().as_ref().unwrap()).collect();
            assert_eq!(to_json(&over(nodes[0], nodes[1])), to_json(nodes[2]), "{near} over {far}");
        }
    }
}
