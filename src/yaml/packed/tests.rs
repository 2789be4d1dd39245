//! Packed trees: what is put into one is what comes out, whatever its texts are.

use super::*;
use crate::yaml::{emit, to_json};

fn packer(text: &str) -> Packer {
    let mut packer = Packer::default();
    packer.map(|map| {
        map.key("kind").text(text);
        map.key("metadata").map(|map| {
            map.key("annotations").map(|map| {
                map.any_key(text).text(text);
                map.any_key("${A}").text("}\":{");
            });
        });
        map.key("spec").map(|map| {
            map.key("port").number(u32::MAX);
            map.key("other").bare("${PORT}");
            map.key("none").list(|_| {});
            map.key("ports").list(|list| {
                list.map(|map| map.key("port").number(0));
                list.list(|list| list.text(text));
                list.flag(true);
                list.flag(false);
                list.list(|list| (0..100).for_each(|_| list.text(text)));
            });
        });
    });
    packer
}

const ODD: [&str; 13] =
    ["", "a", "\n", "a\nb", " \n a", "\"", "'\\", "${A}\"\u{7f}", "\u{1}", "\u{85}", "\u{2028}", "é", "😀"];

#[test]
fn a_tree_says_what_was_put_into_it() {
    for text in ODD.iter().flat_map(|text| [1, 7, 63, 64, 5000].map(|count| text.repeat(count))) {
        let packed = packer(&text).packed();
        let json = serde_json::to_value(&packed).unwrap();
        let want = serde_json::json!({
            "kind": text,
            "metadata": {"annotations": {text.as_str(): text, "${A}": "}\":{"}},
            "spec": {
                "port": u32::MAX,
                "other": "${PORT}",
                "none": [],
                "ports": [{"port": 0}, [text], true, false, vec![text.as_str(); 100]],
            },
        });
        assert_eq!(json, want, "{text:?}");
        assert_eq!(to_json(&packed.node(&mut |_| Span::default())), want, "{text:?}");
    }
}

#[test]
fn no_text_of_a_tree_is_longer_than_its_bound() {
    for text in ODD.iter().flat_map(|text| [1, 7, 64, 5000].map(|count| text.repeat(count))) {
        let packer = packer(&text);
        let mut yaml = String::new();
        emit(&mut yaml, &packer.packed()).unwrap();
        let json = serde_json::to_string(&packer.packed()).unwrap();
        let (most, longest) = (packer.most_bytes(), yaml.len().max(json.len()));
        assert!(longest <= most, "{text:?}: {longest} of {most}");
    }
}

#[test]
fn a_bound_is_not_far_above_plain_text() {
    let packer = packer("some-app");
    let mut yaml = String::new();
    emit(&mut yaml, &packer.packed()).unwrap();
    assert!(packer.most_bytes() * 2 < yaml.len() * 3, "{}: {} {yaml}", packer.most_bytes(), yaml.len());
}

#[test]
fn each_node_comes_from_where_its_path_says() {
    let packed = packer("x").packed();
    let mut seen = Vec::new();
    let root = packed.node(&mut |path| {
        seen.push(format!("{path:?}"));
        Span { start: u32::try_from(seen.len()).unwrap(), ..Span::default() }
    });
    let annotation = root.get("metadata").and_then(|node| node.get("annotations")?.get("x")).unwrap();
    let said = &seen[annotation.span.start as usize - 1];
    assert_eq!(said, "[Key(\"metadata\"), Key(\"annotations\"), Key(\"x\")]");
    let port = &root.get("spec").and_then(|node| node.get("ports")).unwrap().items()[0];
    assert_eq!(seen[port.span.start as usize - 1], "[Key(\"spec\"), Key(\"ports\"), Index(0)]");
}

#[test]
fn notes_stand_beside_the_tree() {
    let mut packer = packer("x");
    let bare = packer.packed();
    let notes = [(0, 0, 0), (1, 64, 4095), (usize::MAX >> 8, 4096, u32::MAX)];
    let notes = notes.map(|(number, start, end)| (number, Span { start, end, ..Span::default() }));
    notes.iter().for_each(|(number, span)| packer.note(*number, *span));
    let packed = packer.packed();
    assert_eq!(packed.notes().collect::<Vec<_>>(), notes);
    assert_eq!(bare.notes().count(), 0);
    assert_eq!(packed, bare, "what a tree was made from is no part of what it says");
    assert_eq!(serde_json::to_string(&packed).unwrap(), serde_json::to_string(&bare).unwrap());
}

#[test]
fn a_text_is_found_by_its_keys() {
    let packed = packer("x").packed();
    assert_eq!(packed.text(&["kind"]), Some("x"));
    assert_eq!(packed.text(&["metadata", "annotations", "${A}"]), Some("}\":{"));
    for path in [&["spec", "port"][..], &["spec", "ports", "port"], &["none"], &["kind", "x"], &["metadata"], &[]] {
        assert_eq!(packed.text(path), None, "{path:?}");
    }
}
