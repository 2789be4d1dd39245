//! Annotations in every form of metadata: what is edited, what is refused, and that the rest stays.

use super::*;
use crate::yaml::{Sources, apply, documents};

#[test]
fn metadata_that_something_else_may_have_is_not_edited() {
    let set = vec![("x/y".to_owned(), "true".to_owned())];
    let head = "apiVersion: v1\nkind: Service\n";
    for (metadata, can) in [
        ("metadata:\n  name: a # R&D\n", true),
        ("metadata: # R&D\n  name: a\n", true),
        ("metadata: &m\n  name: a\n", false),
        ("metadata: &m {name: a}\n", false),
        ("x: &m {name: a}\nmetadata: *m\n", false),
        ("x: &m\n  name: a\nmetadata:\n  <<: *m\n", true),
        ("metadata:\n  name: a\n  annotations: &a\n    b: c\n", false),
        ("x: &a {b: c}\nmetadata:\n  name: a\n  annotations: *a\n", false),
        ("metadata:\n  name: &n a\n  namespace: b\n", true),
        ("metadata:\n  name: a\n  annotations:\n    x/y: &v no\n", false),
    ] {
        let mut sources = Sources::default();
        let id = sources.add("t.yaml", format!("{head}{metadata}"));
        let docs = documents(id, sources.get(id).unwrap());
        let node = docs[0].root.as_ref().unwrap().as_ref().unwrap();
        let object = Object::new(node, docs[0].span).unwrap();
        assert_eq!(annotate(&sources.get(id).unwrap().text, object, &set, &[]).is_some(), can, "{metadata}");
    }
}

#[test]
fn metadata_of_another_item_is_not_edited() {
    let before = "metadata:\n      <<: *m\n";
    let text = "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: ConfigMap\n    metadata: &m\n      name: a\n  \
                - apiVersion: v1\n    kind: Service\n    metadata:\n      <<: *m\n";
    let mut sources = Sources::default();
    let id = sources.add("t.yaml", text);
    let docs = documents(id, sources.get(id).unwrap());
    let items = docs[0].root.as_ref().unwrap().as_ref().unwrap().get("items").unwrap().items();
    let object = Object::new(&items[1], docs[0].span).unwrap();
    let edits = annotate(text, object, &vec![("x/y".to_owned(), "true".to_owned())], &[]).unwrap();
    let at = text.find(before).unwrap();
    assert!(edits.iter().all(|edit| edit.range.start > at), "{edits:?}");
}

fn annotated(text: &str, set: &[(&str, &str)]) -> String {
    let mut sources = Sources::default();
    let id = sources.add("t.yaml", text);
    let docs = documents(id, sources.get(id).unwrap());
    let node = docs[0].root.as_ref().unwrap().as_ref().unwrap();
    let object = Object::new(node, docs[0].span).unwrap();
    let set = set.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let out = apply(text, annotate(text, object, &set, &[]).unwrap());
    // What was written must be read back, whatever the style.
    let id = sources.add("out.yaml", out.as_str());
    let docs = documents(id, sources.get(id).unwrap());
    let node = docs[0].root.as_ref().unwrap().as_ref().unwrap();
    let object = Object::new(node, docs[0].span).unwrap();
    for (key, value) in &set {
        assert_eq!(object.annotation(key), Some(value.as_str()), "{out}");
    }
    out
}

#[test]
fn annotations_are_added_in_every_style_of_metadata() {
    for (before, after) in [
        (
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: a # the app\n  namespace: b\nspec: {}\n",
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: a # the app\n  namespace: b\n  annotations:\n    x/y: \"true\"\nspec: {}\n",
        ),
        (
            "apiVersion: v1\nkind: Service\nmetadata:\n  annotations:\n    # why\n    z: 'q'\n  name: a\n",
            "apiVersion: v1\nkind: Service\nmetadata:\n  annotations:\n    x/y: \"true\"\n    # why\n    z: 'q'\n  name: a\n",
        ),
        (
            "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n",
            "apiVersion: v1\nkind: Service\nmetadata: {\"annotations\": {\"x/y\": \"true\"}, name: a}\n",
        ),
        (
            "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"a\",\"annotations\":{\"z\":\"q\"}}}",
            "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"a\",\"annotations\":{\"x/y\": \"true\", \"z\":\"q\"}}}",
        ),
        (
            "apiVersion: v1\nkind: Service\nmetadata:\n  annotations:\n  name: a\n",
            "apiVersion: v1\nkind: Service\nmetadata:\n  annotations: {\"x/y\": \"true\"}\n  name: a\n",
        ),
        (
            "apiVersion: v1\nkind: Service\nmetadata:\n  annotations: {}\n  name: a\n",
            "apiVersion: v1\nkind: Service\nmetadata:\n  annotations: {\"x/y\": \"true\"}\n  name: a\n",
        ),
        (
            "apiVersion: v1\nkind: Service\nmetadata:\n  annotations:\n    x/y: no\n  name: a\n",
            "apiVersion: v1\nkind: Service\nmetadata:\n  annotations:\n    x/y: \"true\"\n  name: a\n",
        ),
    ] {
        assert_eq!(annotated(before, &[("x/y", "true")]), after);
    }
}

#[test]
fn a_key_is_a_key_whatever_is_in_it() {
    let service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n";
    for (key, want) in [
        ("x/y", "x/y"),
        ("${A}", "${A}"),
        ("x/${A}", "x/${A}"),
        ("${A}\nkind", "\"${A}\\nkind\""),
        ("${A}: b", "\"${A}: b\""),
        ("on", "\"on\""),
    ] {
        assert_eq!(super::key(key), want);
        let out = annotated(service, &[(key, "1")]);
        assert!(out.ends_with(&format!("  annotations:\n    {want}: \"1\"\n")), "{out}");
    }
}

/// Forms of the metadata of a Service, and whether `x/y` can be set to "true" and `g/h` taken away.
const FORMS: &[(&str, bool)] = &[
    // Beside an anchor, whatever it is on.
    ("metadata:\n  name: web\n  namespace: &ns apps\nspec: {a: *ns}\n", true),
    ("metadata:\n  name: &n web\nspec: {a: *n}\n", true),
    ("metadata: {name: &n web}\nspec: {a: *n}\n", true),
    ("metadata:\n  &k name: web\nspec: {a: *k}\n", true),
    ("metadata:\n  name: web\n  labels: &l {a: b}\nspec: {a: *l}\n", true),
    ("metadata:\n  labels: &l\n    a: b\n  name: web\nspec: {a: *l}\n", true),
    ("metadata:\n  name: &n\n    web\nspec: {a: *n}\n", true),
    ("metadata:\n  name: &n \"web\" # R&D\n  labels: {a: *n}\n", true),
    ("metadata:\n  # R&D\n  name: web\n", true),
    ("metadata:\n  annotations:\n    a: &v b\n  name: web\nspec: {a: *v}\n", true),
    ("metadata:\n  annotations: {a: &v b}\n  name: web\nspec: {a: *v}\n", true),
    ("metadata:\n  annotations: {a: &v b, g/h: c}\n  name: web\nspec: {a: *v}\n", true),
    ("metadata:\n  annotations:\n    &k a: b\n    g/h: c\n  name: web\nspec: {a: *k}\n", true),
    // Through an alias, beside it or in its place.
    ("x: &n web\nmetadata:\n  name: *n\n", true),
    ("x: &n apps\nmetadata: {name: web, namespace: *n}\n", true),
    ("x: &v no\nmetadata:\n  name: web\n  annotations:\n    x/y: *v\n", true),
    ("x: &v no\nmetadata:\n  name: web\n  annotations: {x/y: *v, b: *v}\n", true),
    ("x: &v no\nmetadata:\n  name: web\n  annotations:\n    g/h: *v\n    b: *v\n", true),
    ("x: &k x/y\nmetadata:\n  name: web\n  annotations:\n    *k : no\n", true),
    // Merged into it, and overruled by what is written.
    ("x: &m {name: web}\nmetadata:\n  <<: *m\n  namespace: apps\n", true),
    ("x: &m {name: web}\nmetadata:\n  <<: *m\n", true),
    ("x: &m {name: web}\nmetadata: {<<: *m}\n", true),
    ("x: &m {name: web, annotations: {a: b, g/h: c}}\nmetadata:\n  <<: *m\n  namespace: apps\n", true),
    ("x: &m {name: web, annotations: {a: b}}\nmetadata: {<<: *m, namespace: apps}\n", true),
    ("metadata:\n  <<: &m\n    name: web\nspec: *m\n", true),
    ("x: &a {a: b}\nmetadata:\n  name: web\n  annotations:\n    <<: *a\n    c: d\n", true),
    ("x: &a {a: b, x/y: no}\nmetadata:\n  name: web\n  annotations:\n    <<: *a\n", true),
    ("x: &a {a: b}\nmetadata:\n  name: web\n  annotations: {<<: *a, g/h: c}\n", true),
    ("metadata:\n  name: web\n  annotations:\n    <<: &a {a: b}\nspec: *a\n", true),
    // No value, or one of several lines.
    ("metadata: {annotations, name: web}\n", true),
    ("metadata: {annotations: , name: web}\n", true),
    ("metadata:\n  annotations:\n    x/y:\n    b: c\n  name: web\n", true),
    ("metadata:\n  annotations:\n    x/y: |\n      no\n    b: c\n  name: web\n", true),
    ("metadata:\n  annotations: {x/y: !!str no, b: c}\n  name: web\n", true),
    ("metadata:\n  annotations: # &x\n    b: c\n  name: web\n", true),
    // The anchored value would change.
    ("metadata: &m\n  name: web\nspec: *m\n", false),
    ("metadata: &m {name: web}\nspec: *m\n", false),
    ("metadata: # why\n  &m\n  name: web\nspec: *m\n", false),
    ("x: &m {name: web}\nmetadata: *m\n", false),
    ("metadata:\n  name: web\n  annotations: &a\n    b: c\nspec: *a\n", false),
    ("metadata:\n  name: web\n  annotations: &a\nspec: *a\n", false),
    ("x: &a {b: c}\nmetadata:\n  name: web\n  annotations: *a\n", false),
    ("metadata:\n  name: web\n  annotations:\n    x/y: &v no\nspec: *v\n", false),
    ("metadata:\n  name: web\n  annotations:\n    g/h: &v c\n    b: c\nspec: *v\n", false),
    ("metadata:\n  name: web\n  annotations: {g/h: &v c, b: c}\nspec: *v\n", false),
    ("metadata:\n  name: web\n  annotations: {&k g/h : c, b: c}\nspec: *k\n", false),
    ("x: &a {g/h: c}\nmetadata:\n  name: web\n  annotations:\n    <<: *a\n    b: c\n", false),
    ("x: &r {metadata: {name: web}}\n<<: *r\n", false),
    // Readers differ about which counts.
    ("metadata:\n  name: web\nmetadata:\n  name: api\n", false),
    ("metadata:\n  annotations: {a: b}\n  name: web\n  annotations: {c: d}\n", false),
    ("metadata:\n  name: web\n  annotations:\n    x/y: a\n    x/y: b\n", false),
    ("metadata:\n  name: web\n  annotations:\n    g/h: a\n    b: c\n    g/h: b\n", false),
];

fn json_of(text: &str) -> serde_json::Value {
    let mut sources = Sources::default();
    let id = sources.add("t.yaml", text);
    let docs = documents(id, sources.get(id).unwrap());
    crate::yaml::to_json(docs[0].root.as_ref().unwrap_or_else(|fault| panic!("{fault:?}: {text}")).as_ref().unwrap())
}

/// Whether the characters of one text stand in another in their order.
fn is_left(before: &str, after: &str) -> bool {
    let mut rest = after.chars();
    before.chars().all(|c| rest.any(|there| there == c))
}

#[test]
fn metadata_is_edited_wherever_no_anchored_value_changes() {
    let set = vec![("x/y".to_owned(), "true".to_owned())];
    for (metadata, can) in FORMS {
        for (head, tail) in [("apiVersion: v1\nkind: Service\n", ""), ("", "kind: Service\napiVersion: v1 # end\n")] {
            let text = format!("{head}{metadata}{tail}");
            let mut sources = Sources::default();
            let id = sources.add("t.yaml", text.as_str());
            let docs = documents(id, sources.get(id).unwrap());
            let object = Object::new(docs[0].root.as_ref().unwrap().as_ref().unwrap(), docs[0].span).unwrap();
            let edits = annotate(&text, object, &set, &["g/h"]);
            assert_eq!(edits.is_some(), *can, "{text}");
            let Some(edits) = edits else { continue };
            let adds = edits.iter().all(|edit| edit.range.is_empty());
            let out = apply(&text, edits);
            let mut want = json_of(&text);
            let annotations = &mut want["metadata"]["annotations"];
            if annotations.is_null() {
                *annotations = serde_json::json!({});
            }
            let annotations = annotations.as_object_mut().unwrap();
            annotations.remove("g/h");
            annotations.insert("x/y".to_owned(), "true".into());
            assert_eq!(json_of(&out), want, "{text}\nbecame\n{out}");
            assert!(!adds || is_left(&text, &out), "{text}\nbecame\n{out}");
        }
    }
}

#[test]
fn an_object_that_an_alias_has_too_is_not_edited() {
    let set = vec![("x/y".to_owned(), "true".to_owned())];
    let service = "{apiVersion: v1, kind: Service, metadata: {name: a}}";
    for (list, number) in [("&a SERVICE, *a", 0), ("&a SERVICE, *a", 1), ("{b: &a SERVICE}, *a", 1)] {
        let text = format!("apiVersion: v1\nkind: List\nitems: [{}]\n", list.replace("SERVICE", service));
        let mut sources = Sources::default();
        let id = sources.add("t.yaml", text.as_str());
        let docs = documents(id, sources.get(id).unwrap());
        let items = docs[0].root.as_ref().unwrap().as_ref().unwrap().get("items").unwrap().items();
        let object = Object::new(&items[number], docs[0].span).unwrap();
        assert_eq!(annotate(&text, object, &set, &[]), None, "{text}");
    }
}
