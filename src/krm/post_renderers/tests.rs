//! Post renderers in every form: what is added, said anew and taken away, and that the rest stays.

use serde_json::{Value as Json, json};

use super::*;
use crate::yaml::{Sources, apply, documents, to_json};

const HEAD: &str = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\n";

fn with<T>(text: &str, look: impl FnOnce(Object<'_>) -> T) -> T {
    let mut sources = Sources::default();
    let id = sources.add("t.yaml", text);
    let parsed = documents(id, sources.get(id).unwrap());
    let node = parsed[0].root.as_ref().unwrap_or_else(|fault| panic!("{fault:?}:\n{text}")).as_ref().unwrap();
    look(Object::new(node, parsed[0].span).unwrap())
}

fn edited(text: &str, changes: &[Patching]) -> Option<String> {
    with(text, |object| patching(text, object, changes)).map(|edits| apply(text, edits))
}

fn list(text: &str) -> Json {
    with(text, |object| to_json(object.node))["spec"]["postRenderers"].clone()
}

fn add(name: &str) -> Patching {
    let patch = format!("kind: Service\nmetadata:\n  name: {name}\n  annotations:\n    a: \"R&D\"\n");
    Patching::Add { target: vec![("kind", "Service".to_owned()), ("name", name.to_owned())], patch }
}

fn added(name: &str) -> Json {
    let Patching::Add { patch, .. } = add(name) else { return Json::Null };
    json!({"kustomize": {"patches": [{"target": {"kind": "Service", "name": name}, "patch": patch}]}})
}

/// Whether the characters of one text stand in another in their order.
fn is_left(before: &str, after: &str) -> bool {
    let mut rest = after.chars();
    before.chars().all(|c| rest.any(|there| there == c))
}

/// Forms of a spec, and whether a patch can be added.
const FORMS: &[(&str, bool)] = &[
    ("spec:\n  interval: 1h\n  values: {}\n", true),
    ("spec:\n  # why\n  values:\n    a: |+\n      b\n\n\n", true),
    ("spec: {interval: 1h}\n", true),
    ("spec: {}\n", true),
    ("spec:\n  postRenderers:\n  interval: 1h\n", true),
    ("spec:\n  postRenderers: ~ # none\n  interval: 1h\n", true),
    ("spec:\n  postRenderers: []\n", true),
    ("spec:\n  postRenderers:\n    [] # none\n  interval: 1h\n", true),
    ("spec: {postRenderers: [], a: b}\n", true),
    ("spec: {postRenderers: , a: b}\n", true),
    ("spec:\n  postRenderers: [{kustomize: {}}] # one\n", true),
    ("spec:\n  postRenderers: [\n    {kustomize: {}}, # one\n  ]\n", true),
    ("spec:\n  postRenderers:\n  - kustomize: {} # one\n  values: {}\n", true),
    ("spec:\n  postRenderers:\n    -\n      kustomize: {}\n\n  # about what follows\n  values: {}\n", true),
    (
        "spec:\n  postRenderers:\n    - kustomize:\n        patches:\n          - patch: |\n              a\n\n\n  values: {}\n",
        true,
    ),
    (
        "spec:\n  postRenderers:\n    - kustomize:\n        patches:\n          - patch: |+\n              a\n\n\n  values: {}\n",
        true,
    ),
    (
        "spec:\n  postRenderers:\n    - kustomize:\n        patches:\n          - patch: >-\n              a\n              b",
        true,
    ),
    ("x: &i {kustomize: {}}\nspec:\n  postRenderers:\n    - *i\n    - kustomize: {}\n", true),
    ("spec:\n  interval: &i 1h\n  timeout: *i\n", true),
    ("x: &b {interval: 1h}\nspec:\n  <<: *b\n", true),
    ("x: &b {interval: 1h}\nspec: {<<: *b}\n", true),
    // The anchored value would change, or what is merged be hidden.
    ("spec: &s\n  interval: 1h\nx: *s\n", false),
    ("x: &s {interval: 1h}\nspec: *s\n", false),
    ("spec:\n  postRenderers: &p\n    - kustomize: {}\n  x: *p\n", false),
    ("x: &p [{kustomize: {}}]\nspec:\n  postRenderers: *p\n", false),
    ("x: &b {postRenderers: [{kustomize: {}}]}\nspec:\n  <<: *b\n", false),
    // No list, or none that all readers read.
    ("spec:\n  postRenderers: {}\n", false),
    ("spec:\n  postRenderers: no\n", false),
    ("spec:\n  postRenderers: []\n  postRenderers: []\n", false),
    ("spec:\n", false),
    ("{}\n", false),
];

#[test]
fn a_patch_is_added_last_wherever_no_anchored_value_changes() {
    for (spec, can) in FORMS {
        for tail in ["", "# end\n"] {
            let spec = if *spec == "{}\n" { "" } else { spec };
            let tail = if spec.is_empty() || spec.ends_with('\n') { tail } else { "" };
            let text = format!("{HEAD}{spec}{tail}");
            let out = edited(&text, &[add("one"), add("two")]);
            assert_eq!(out.is_some(), *can, "{text}");
            let Some(out) = out else { continue };
            let mut want = list(&text).as_array().cloned().unwrap_or_default();
            want.extend([added("one"), added("two")]);
            assert_eq!(list(&out), Json::from(want), "{text}\nbecame\n{out}");
            let mut others = with(&text, |object| to_json(object.node));
            others["spec"]["postRenderers"] = list(&out);
            assert_eq!(with(&out, |object| to_json(object.node)), others, "{text}\nbecame\n{out}");
            let kept = text.replace("\n    []", "").replace("[] ", "").replace("[]", "").replace("~ ", "");
            assert!(is_left(&text, &out) || is_left(&kept, &out), "{text}\nbecame\n{out}");
        }
    }
}

#[test]
fn a_patch_that_goes_takes_along_what_only_it_stands_in() {
    let foreign = json!({"kustomize": {"images": []}});
    for (spec, slots, want) in [
        (
            "spec:\n  a: b\n  postRenderers:\n    - kustomize:\n        patches:\n          - patch: |\n              x\n\n  # c\n  c: d\n",
            vec![(0, 0)],
            None,
        ),
        (
            "spec:\n  postRenderers:\n    # one\n    - kustomize: {patches: [{patch: x}]} # two\n    # three\n    - kustomize: {images: []}\n",
            vec![(0, 0)],
            Some(json!([foreign])),
        ),
        (
            "spec:\n  postRenderers:\n  - kustomize:\n      images: []\n  - kustomize:\n      patches:\n      - patch: x\n",
            vec![(1, 0)],
            Some(json!([foreign])),
        ),
        (
            "spec:\n  postRenderers:\n  - kustomize:\n      images: []\n      patches:\n      - patch: x\n",
            vec![(0, 0)],
            Some(json!([foreign])),
        ),
        (
            "spec:\n  postRenderers:\n  - kustomize: {images: [], patches: [{patch: x}]}\n",
            vec![(0, 0)],
            Some(json!([foreign])),
        ),
        (
            "spec:\n  postRenderers:\n  - kustomize: {patches: [{patch: x}], images: []}\n",
            vec![(0, 0)],
            Some(json!([foreign])),
        ),
        (
            "spec:\n  postRenderers:\n  - kustomize:\n      patches:\n        - patch: x\n        - patch: y\n        - patch: z\n",
            vec![(0, 0), (0, 2)],
            Some(json!([{"kustomize": {"patches": [{"patch": "y"}]}}])),
        ),
        (
            "spec: {postRenderers: [{kustomize: {patches: [{patch: x}, {patch: y}]}}, {kustomize: {patches: [{patch: z}]}}]}\n",
            vec![(0, 1), (1, 0)],
            Some(json!([{"kustomize": {"patches": [{"patch": "x"}]}}])),
        ),
        (
            "spec: {postRenderers: [{kustomize: {patches: [{patch: x}]}}, {kustomize: {patches: [{patch: z}]}}]}\n",
            vec![(0, 0), (1, 0)],
            None,
        ),
        ("spec: {a: b, postRenderers: [{kustomize: {patches: [{patch: x}]}}, ], c: d}\n", vec![(0, 0)], None),
        (
            "spec: {a: b, postRenderers: [\n  {kustomize: {patches: [{patch: x}]}}, # one, two\n  {kustomize: {images: []}} # three\n]}\n",
            vec![(0, 0)],
            Some(json!([foreign])),
        ),
        (
            "spec: {a: b, postRenderers: [\n  {kustomize: {images: []}}, # one, two\n  {kustomize: {patches: [{patch: x}]}} # three\n]}\n",
            vec![(1, 0)],
            Some(json!([foreign])),
        ),
    ] {
        let text = format!("{HEAD}{spec}");
        let gone: Vec<Patching> = slots.iter().map(|slot| Patching::Remove(*slot)).collect();
        let out = edited(&text, &gone).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(list(&out), want.unwrap_or_default(), "{text}\nbecame\n{out}");
        assert!(is_left(&out, &text), "{text}\nbecame\n{out}");
        for comment in ["# one", "# two", "# three", "# c"] {
            let is_its_own = comment == "# two" && !text.contains("# one, two");
            assert!(is_its_own || text.contains(comment) == out.contains(comment), "{text}\nbecame\n{out}");
        }
        // What goes and what comes may change places.
        let both: Vec<Patching> = gone.into_iter().chain([add("new")]).collect();
        let out = edited(&text, &both).unwrap_or_else(|| panic!("{text}"));
        let count = |json: &Json| json.as_array().map_or(0, Vec::len);
        assert!(list(&out).as_array().unwrap().contains(&added("new")), "{text}\nbecame\n{out}");
        assert!(count(&list(&out)) <= count(&list(&text)) + 1, "{text}\nbecame\n{out}");
    }
}

#[test]
fn what_an_anchor_leads_to_is_neither_taken_nor_changed() {
    for spec in [
        "x: &i {kustomize: {patches: [{patch: x}]}}\nspec:\n  postRenderers:\n    - *i\n",
        "spec:\n  postRenderers:\n    - &i\n      kustomize: {patches: [{patch: x}]}\n  x: *i\n",
        "spec:\n  postRenderers:\n    - kustomize: &k {patches: [{patch: x}]}\n  x: *k\n",
        "spec:\n  postRenderers:\n    - kustomize:\n        patches:\n          - &p {patch: x}\n  x: *p\n",
        "spec:\n  postRenderers:\n    - kustomize: {patches: [{patch: &p x}]}\n  x: *p\n",
        "x: &t {kind: Service}\nspec:\n  postRenderers: &l\n    - kustomize: {patches: [{target: *t, patch: x}]}\n  y: *l\n",
    ] {
        let text = format!("{HEAD}{spec}");
        assert_eq!(edited(&text, &[Patching::Remove((0, 0))]), None, "{text}");
        assert_eq!(edited(&text, &[Patching::Set((0, 0), "y\n".to_owned())]), None, "{text}");
    }
    let text = format!(
        "{HEAD}x: &t {{kind: Service}}\nspec:\n  postRenderers:\n    - kustomize: {{patches: [{{target: *t, patch: x}}]}}\n"
    );
    assert_eq!(list(&edited(&text, &[Patching::Remove((0, 0))]).unwrap()), Json::Null);
}

#[test]
fn a_patch_is_said_anew_in_the_style_that_it_has() {
    let head = "spec:\n  postRenderers:\n    - kustomize:\n        patches:\n          - patch: ";
    for (old, new) in [
        (
            "|\n              a: b\n              c: d\n            target: {}\n",
            "|\n              x: \"y\"\n            target: {}\n",
        ),
        ("| # ours\n             a: b\n", "| # ours\n             x: \"y\"\n"),
        ("|-\n              a: b\n\n  values: {}\n", "|-\n              x: \"y\"\n\n  values: {}\n"),
        (">\n              a: b\n  values: {}\n", "\"x: \\\"y\\\"\\n\"\n  values: {}\n"),
        ("\"a: b\\n\" # ours\n", "\"x: \\\"y\\\"\\n\" # ours\n"),
        ("'a: b'\n            target: {}\n", "\"x: \\\"y\\\"\\n\"\n            target: {}\n"),
    ] {
        let out = edited(&format!("{HEAD}{head}{old}"), &[Patching::Set((0, 0), "x: \"y\"\n".to_owned())]).unwrap();
        assert_eq!(out, format!("{HEAD}{head}{new}"));
        let patch = list(&out)[0]["kustomize"]["patches"][0]["patch"].as_str().unwrap().to_owned();
        assert_eq!(patch.trim_ascii_end(), "x: \"y\"");
    }
}
