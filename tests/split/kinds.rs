//! Which kinds are certain without reading.

use tailscale_expose::krm::split::{Kind, split};

use crate::agree;

/// Returns the kind as an item of a list.
fn kind(body: &str) -> Option<String> {
    let item: String = body.split_inclusive('\n').enumerate().fold("items:\n".to_owned(), |text, (index, line)| {
        text + if index == 0 {
            "- "
        } else if line.trim_ascii().is_empty() {
            ""
        } else {
            "  "
        } + line
    });
    let item = format!("{item}- z\n");
    agree::on_list(&item);
    let word = |kind: Kind<'_>| match kind {
        Kind::Certain(kind) => Some(kind.to_owned()),
        Kind::Unsure => None,
    };
    split(&item).and_then(|split| word(split.items[0].kind))
}

#[test]
fn a_plain_word_at_the_column_of_the_keys_is_certain() {
    for body in [
        "kind: Deployment\n",
        "apiVersion: v1\nkind: Deployment\nmetadata:\n  name: a\n",
        "apiVersion: v1\nspec:\n  kind: B\n  a:\n  - kind: C\nkind: Deployment\n",
        "spec:\n- kind: B\n- a\nkind: Deployment  \n",
        "a: |\n  kind: B\n  \"\nkind: Deployment\n\n# b\nc: d\n",
        "a: {kind: B, c: [\"d\"]}\nkind: Deployment\n",
        "a: \"kind: B\"\nkinds: c\nkind: Deployment\n",
        "a: b\n  kind\nkind: Deployment\n",
    ] {
        assert_eq!(kind(body).as_deref(), Some("Deployment"), "{body}");
    }
}

#[test]
fn anything_less_plain_is_unsure() {
    for (trap, bodies) in [
        (
            "a deeper line goes on with the word",
            &["kind: A\n  B\n", "kind: A\n\n  B\n", "kind: A\n# c\n  B\n", "a: b\nkind: A\n B\nc: d\n"][..],
        ),
        (
            "quotes over several lines show another kind",
            &[
                "a: \"\n  kind: B\n  \"\nkind: A\n",
                "a: \"\nkind: B\n\"\nkind: A\n",
                "a: 'b\n\nkind: B'\n",
                "\"a\nkind: B\": c\n",
            ],
        ),
        ("a line of tabs in between", &["kind: A\n\t\n  B\n", "kind: A\n \t\nb: c\n", "kind: A\n\t\nb: c\n"]),
        ("braces over several lines", &["a: {\n  kind: B\n  }\nkind: A\n", "a: [\nkind: B\n]\n"]),
        ("no kind", &["a: b\n", "spec:\n  kind: A\n", "a\n", "- kind: A\n", "|\n  kind: A\n", "kindly: A\n"]),
        (
            "a kind that is no plain word",
            &[
                "kind: \"A\"\n",
                "kind: 'A'\n",
                "kind: A # b\n",
                "kind: ENC[a,b]\n",
                "kind:\n  A\n",
                "kind: |\n  A\n",
                "kind: >-\n  A\n",
                "kind: [A]\n",
                "kind: {}\n",
                "kind:\n",
                "kind: ~\n",
                "kind: 1A\n",
                "kind: A-B\n",
                "kind: A:\n",
                "kind: &x A\n",
                "kind: !!str A\n",
                "kind: *x\n",
                "kind: Ä\n",
                "kind: {{ .Kind }}\n",
            ],
        ),
        (
            "a key that is only nearly `kind:`",
            &[
                "\"kind\": A\n",
                "'kind': A\n",
                "kind : A\n",
                "kind:\tA\n",
                "kind: A\t\n",
                "? kind\n: A\n",
                "!!str kind: A\n",
                "&x kind: A\n",
                "kind:A\n",
                "\"k\\x69nd\": B\nkind: A\n",
            ],
        ),
        (
            "two kinds",
            &[
                "kind: A\nkind: A\n",
                "kind: A\n\"kind\": B\n",
                "kind: A\n? kind\n: B\n",
                "kind: A\nkind : B\n",
                "kind: A\n'kind': B\n",
            ],
        ),
        (
            "keys from elsewhere",
            &[
                "<<: {kind: B}\nkind: A\n",
                "kind: A\n<<: *x\n",
                "kind: A\na: *x\n",
                "kind: A\na: &x b\n",
                "kind: A\n*x : b\n",
                "kind: A\n{{ include \"b\" }}\n",
                "kind: A\na: [*x]\n",
            ],
        ),
        ("a line left of the keys", &["  kind: A\nb: c\n"]),
        ("braces", &["{kind: A}\n", "{\"kind\": \"A\"}\n", "[kind: A]\n"]),
        ("a sequence where only keys may stand", &["- a\nkind: A\n", "kind: A\n- a\n"]),
        ("a line that is no key", &["kind: A\nb\n", "b\nkind: A\n", "kind: A\n...\n"]),
        (
            "an odd line anywhere",
            &["kind: A\na: \"b\n  c\"\n", "kind: A\na:\n  ? b\n", "kind: A\na:\n  \tb\n", "kind: A\na: b: c\n"],
        ),
    ] {
        for body in bodies {
            // What is shown only in a list or only in a document may be refused there.
            assert_eq!(kind(body), None, "{trap}: {body:?}");
        }
    }
}

#[test]
fn after_a_dash_alone_or_a_comment_the_column_is_unknown() {
    for item in [
        "-\n  kind: A\n",
        "- # a\n  kind: A\n",
        "-  # a\n   kind: A\n",
        "- - kind: A\n",
        "-\tkind: A\n",
        "- !!map\n  kind: A\n",
    ] {
        let text = format!("items:\n{item}- kind: B\n");
        let split = split(&text).unwrap();
        assert_eq!((split.items[0].kind, split.items[1].kind), (Kind::Unsure, Kind::Certain("B")), "{text}");
        agree::on_list(&text);
    }
}

#[test]
fn an_item_may_be_indented_by_any_width() {
    for item in ["-    a: b\n     kind: A\n", "- a: b\n  kind: A\n", "  -  a: b\n     kind: A\n"] {
        let text = format!("items:\n{item}");
        assert_eq!(split(&text).unwrap().items[0].kind, Kind::Certain("A"), "{text}");
        agree::on_list(&text);
    }
    for item in ["-    a: b\n   kind: A\n", "-  a: b\n     kind: A\n"] {
        assert_eq!(split(&format!("items:\n{item}")).unwrap().items[0].kind, Kind::Unsure, "{item}");
    }
}

#[test]
fn what_may_be_wanted_is_read() {
    assert!(Kind::Certain("Service").may_be(&["Service", "Ingress"]));
    assert!(!Kind::Certain("Secret").may_be(&["Service", "Ingress"]));
    assert!(Kind::Unsure.may_be(&[]));
}
