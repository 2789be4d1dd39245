//! Lists that are split without being read.

use tailscale_expose::krm::split::{Item, Kind, split};

use crate::agree::{self, Outcome};

/// Returns head, items and tail as texts; nothing where there is no answer.
fn parts(text: &str) -> Option<(&str, Vec<&str>, &str)> {
    assert!(!matches!(agree::on_list(text), Outcome::OnlySplit), "the parser must read it, too\n{text}");
    let split = split(text)?;
    let items = split.items.iter().map(|item| &text[item.range.clone()]).collect();
    Some((&text[split.head], items, &text[split.tail]))
}

#[test]
fn a_list_is_split_at_its_dashes() {
    for (text, head, items, tail) in [
        ("kind: List\nitems:\n- a: b\n- c: d\n", "kind: List\n", vec!["- a: b\n", "- c: d\n"], ""),
        ("items:\n  - a\n  - b", "", vec!["  - a\n", "  - b"], ""),
        ("---\na: b\nitems:\n- c\n", "---\na: b\n", vec!["- c\n"], ""),
        ("# a\n\n---\na: b\nitems: # c\n# d\n- e\n", "# a\n\n---\na: b\n", vec!["- e\n"], ""),
        ("items:\n- a\nkind: List\nresults:\n- b\n", "", vec!["- a\n"], "kind: List\nresults:\n- b\n"),
        (
            "a: b\r\nitems:\r\n- c: |\r\n    d\r\n- e\r\nf: g\r\n",
            "a: b\r\n",
            vec!["- c: |\r\n    d\r\n", "- e\r\n"],
            "f: g\r\n",
        ),
        ("items:\n-\n- # a\n  b\n-   c\n", "", vec!["-\n", "- # a\n  b\n", "-   c\n"], ""),
        ("items:\n- a\n# of b\n\n- b\n  # of b\n# last\n", "", vec!["- a\n# of b\n\n", "- b\n  # of b\n# last\n"], ""),
        ("items:\n    - - a\n      - b\n    - c\n", "", vec!["    - - a\n      - b\n", "    - c\n"], ""),
    ] {
        assert_eq!(parts(text), Some((head, items, tail)), "{text:?}");
    }
}

#[test]
fn the_config_may_stand_before_or_after_the_items_and_hold_anything() {
    let config = "functionConfig:\n  items:\n  - a\n  b: |\n    items:\n    - c\n  d: [\n    e]\n  f: \"g\n    h\"\n  i: &x j\n  k: *x\n";
    let head = format!("kind: ResourceList\n{config}");
    let text = format!("{head}items:\n- l\n- m\n");
    assert_eq!(parts(&text), Some((head.as_str(), vec!["- l\n", "- m\n"], "")));
    let text = format!("kind: ResourceList\nitems:\n- l\n- m\n{config}");
    assert_eq!(parts(&text), Some(("kind: ResourceList\n", vec!["- l\n", "- m\n"], config)));
}

#[test]
fn the_text_of_a_block_scalar_is_never_a_dash_or_a_key() {
    for item in [
        "- a: |\n    b: \"\n    - c\n\n    d: [\n  e: f\n",
        "- a: |2\n    - b\n      \"\n",
        "- |\n - a\n - \"b\n",
        "- - |\n   - a\n   'b\n",
        "- a:\n  - >-\n    - b: {\n",
        "- 'a': |+ # b\n    \"c\n\n\n",
        "- a: |\n\n# b\n  c: d\n",
        "- a: |\n  b: c\n",
    ] {
        let text = format!("items:\n{item}- z\n");
        assert_eq!(parts(&text), Some(("", vec![item, "- z\n"], "")), "{text}");
    }
}

#[test]
fn an_odd_item_is_read_alone() {
    for item in [
        "- a: \"b\n  - c\"\n",
        "- a: 'b\n\n  c: d'\n",
        "- a: [b,\n  c]\n",
        "- a: {b: *x, c: d}\n  e: &x f\n",
        "- &x a: b\n",
        "- !!map\n  a: b\n",
        "- ? a\n  : b\n",
        "- a: !!str b\n  c: &y d\n  e: *y\n",
        "- a:\n    |\n    b\n",
        "- a: b\n \t\n",
    ] {
        let text = format!("items:\n{item}- z\n");
        let answer = parts(&text);
        // The alias before its anchor is a fault; all others are one item each.
        if item.contains("*x, c") {
            assert_eq!(answer, None);
        } else {
            assert_eq!(answer, Some(("", vec![item, "- z\n"], "")), "{text}");
            assert_eq!(split(&text).unwrap().items[0].kind, Kind::Unsure);
        }
    }
}

#[test]
fn a_foreign_item_that_is_broken_goes_on_as_it_came() {
    let text = "items:\n- a: b\n   c: d\n- e\n";
    assert_eq!(agree::on_list(text), Outcome::OnlySplit);
    assert_eq!(split(text).unwrap().items.len(), 2);
}

#[test]
fn an_item_takes_no_more_than_four_words() {
    assert!(size_of::<Item<'_>>() <= 32);
}

#[test]
fn a_list_of_odd_items_is_left_to_the_parser() {
    let odd = "- a: \"b\n  c\"\n";
    assert!(split(&format!("items:\n{}", odd.repeat(1000))).is_some());
    assert_eq!(split(&format!("items:\n{}", odd.repeat(20_000))), None);
}
