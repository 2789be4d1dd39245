//! The tree: places, markers, merge keys, tags, and the budget of aliases.

use super::*;
use crate::yaml::Sources;

fn read(text: &str) -> (Sources, SourceId) {
    let mut sources = Sources::default();
    let id = sources.add("t.yaml", text);
    (sources, id)
}

#[test]
fn nodes_slice_back_to_their_text() {
    let (sources, id) = read("a: {b: [c, \"d\"]}\ne:\n  - f: é\n    g: |\n      h\ni: j\n");
    let docs = documents(id, sources.get(id).unwrap());
    let root = docs[0].root.as_ref().unwrap().as_ref().unwrap();
    assert_eq!(sources.slice(root.get("a").unwrap().span), "{b: [c, \"d\"]}");
    assert_eq!(sources.slice(root.get("a").unwrap().get("b").unwrap().items()[1].span), "\"d\"");
    assert_eq!(sources.slice(root.get("e").unwrap().items()[0].get("f").unwrap().span), "é");
    assert_eq!(sources.slice(root.get("i").unwrap().span), "j");
}

#[test]
fn a_fault_costs_only_its_document() {
    let (sources, id) = read("a: 1\n---\nb: {\n---\nc: 3\n");
    let docs = documents(id, sources.get(id).unwrap());
    assert_eq!(docs.len(), 3);
    assert!(docs[0].root.is_ok() && docs[1].root.is_err() && docs[2].root.is_ok());
}

#[test]
fn directives_belong_to_the_document_after_them() {
    let (sources, id) = read("# why\n%YAML 1.2\n---\na: 1\n---\nb: 2\n");
    let docs = documents(id, sources.get(id).unwrap());
    assert_eq!(docs.len(), 2);
    assert!(docs.iter().all(|doc| doc.root.as_ref().is_ok_and(Option::is_some)));
}

#[test]
fn merge_keys_lose_to_the_mapping_itself() {
    let (sources, id) = read("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\n");
    let docs = documents(id, sources.get(id).unwrap());
    let y = docs[0].root.as_ref().unwrap().as_ref().unwrap().get("y").unwrap();
    assert_eq!((y.get("a").unwrap().text(), y.get("b").unwrap().text()), (Some("1"), Some("3")));
}

#[test]
fn a_merge_key_that_leads_to_no_mapping_stays_a_key() {
    for value in ["x", "null", "[{a: 1}, x]", "[[{a: 1}]]"] {
        let (sources, id) = read(&format!("<<: {value}\nb: 3\n"));
        let docs = documents(id, sources.get(id).unwrap());
        assert!(docs[0].root.as_ref().unwrap().as_ref().unwrap().get("<<").is_some(), "{value}");
    }
}

#[test]
fn a_tag_is_seen_through_aliases_and_merge_keys() {
    let (sources, id) = read("x: &x {a: !!str null, b: &b !!bool \"false\", c: ! c}\ny: {<<: *x, d: *b, e: null}\n");
    let docs = documents(id, sources.get(id).unwrap());
    let y = docs[0].root.as_ref().unwrap().as_ref().unwrap().get("y").unwrap();
    for key in ["a", "b", "c", "d"] {
        let scalar = y.get(key).unwrap().scalar().unwrap();
        assert!(scalar.tagged && scalar.resolved().is_none() && !y.get(key).unwrap().is_null(), "{key}");
    }
    assert!(y.get("e").unwrap().is_null());
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let last = format!("*a{}", level - 1);
        text += &format!("a{level}: &a{level} [{}]\n", [last.as_str(); 10].join(", "));
    }
    let (sources, id) = read(&text);
    assert!(documents(id, sources.get(id).unwrap())[0].root.is_err());
}
