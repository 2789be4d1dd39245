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

#[test]
fn a_byte_order_mark_may_begin_each_document() {
    let (sources, id) = read("\u{feff}a: 1\n---\n\u{feff}b: 2\n--- # why\r\n\u{feff}c: 3\n---\nd: \u{feff}\n");
    let docs = documents(id, sources.get(id).unwrap());
    for (number, key) in [(0, "a"), (1, "b"), (2, "c")] {
        let root = docs[number].root.as_ref().unwrap().as_ref().unwrap();
        assert_eq!(sources.slice(root.map().unwrap().entries[0].0.span), key);
    }
    assert!(docs[3].root.is_err(), "elsewhere it is none");
}

#[test]
fn a_copied_text_counts_by_its_bytes() {
    let many = |length: usize, copies: usize| {
        let (sources, id) = read(&format!("a: &a \"{}\"\nb: [{}]\n", "x".repeat(length), "*a, ".repeat(copies)));
        documents(id, sources.get(id).unwrap())[0].root.is_ok()
    };
    assert!(many(50_000, 100) && many(10, 50_000));
    assert!(!many(1_000_000, 4_000));
}

#[test]
fn aliases_are_no_deeper_than_what_is_written() {
    let lists = |level: usize| {
        format!("a: &a {}{}\nb: {}*a{}\n", "[".repeat(200), "]".repeat(200), "[".repeat(level), "]".repeat(level))
    };
    for (level, can) in [(250, true), (1, true)] {
        let (sources, id) = read(&lists(level));
        assert_eq!(documents(id, sources.get(id).unwrap())[0].root.is_ok(), can, "{level}");
    }
    let stacked: String =
        (1..50).map(|n| format!("a{n}: &a{n} {}*a{}{}\n", "[".repeat(200), n - 1, "]".repeat(200))).collect();
    let (sources, id) = read(&format!("a0: &a0 x\n{stacked}"));
    let fault = documents(id, sources.get(id).unwrap()).remove(0).root.unwrap_err();
    assert_eq!(fault.message, "must not be nested so deeply");
}

#[test]
fn a_long_mapping_is_asked_by_its_first_keys() {
    let text: String = (0..100).map(|n| format!("k{}: {n}\n", n % 50)).collect();
    let (sources, id) = read(&text);
    let docs = documents(id, sources.get(id).unwrap());
    let root = docs[0].root.as_ref().unwrap().as_ref().unwrap();
    for n in 0..50 {
        assert_eq!(root.get(&format!("k{n}")).unwrap().text(), Some(n.to_string().as_str()));
    }
    assert!(root.get("k50").is_none() && root.get("").is_none());
}
