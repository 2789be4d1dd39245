//! Streams are cut where the reader of documents cuts them.

use tailscale_expose::krm::split::{Kind, stream};

use crate::agree;

fn documents(text: &str) -> Vec<(&str, Option<&str>)> {
    agree::on_stream(text);
    let word = |kind| match kind {
        Kind::Certain(kind) => Some(kind),
        Kind::Unsure => None,
    };
    stream(text).into_iter().map(|item| (&text[item.range], word(item.kind))).collect()
}

#[test]
fn a_stream_is_cut_at_its_markers() {
    for (text, want) in [
        ("", vec![("", None)]),
        ("kind: A\n", vec![("kind: A\n", Some("A"))]),
        ("kind: A\n---\nkind: B\n", vec![("kind: A\n", Some("A")), ("---\nkind: B\n", Some("B"))]),
        ("---\nkind: A\n--- # b\nkind: B", vec![("---\nkind: A\n", Some("A")), ("--- # b\nkind: B", Some("B"))]),
        ("# a\n---\r\nkind: A\r\n---\r\n", vec![("# a\n", None), ("---\r\nkind: A\r\n", Some("A")), ("---\r\n", None)]),
        (
            "kind: A\na: |\n  b\n---\nkind: B\n",
            vec![("kind: A\na: |\n  b\n", Some("A")), ("---\nkind: B\n", Some("B"))],
        ),
        ("kind: A\na: |\n  ---\n  kind: B\n", vec![("kind: A\na: |\n  ---\n  kind: B\n", Some("A"))]),
        ("----\nkind: A\n", vec![("----\nkind: A\n", None)]),
        ("---a: b\nkind: A\n", vec![("---a: b\nkind: A\n", None)]),
    ] {
        assert_eq!(documents(text), want, "{text:?}");
    }
}

#[test]
fn a_document_that_is_not_plain_is_unsure_and_costs_only_itself() {
    for odd in [
        "--- kind: A\n",
        "--- {kind: A}\n",
        "--- |\nkind: A\n",
        "--- !!map\nkind: A\n",
        "---\n%a\nkind: A\n",
        "---\nkind: A\n...\n",
        "---\nkind: A\na: \"b\n",
        "---\nkind: A\na: \u{85}\n",
        "---\nkind: A\rB\n",
        "---\nkind: A\0\n",
        "---\n\u{feff}kind: A\n",
        "---\n  kind: A\n",
        "---\n\tkind: A\n",
        "---\nkind: A\n{{ end }}\n",
        "--- # a\n",
    ] {
        let text = format!("---\nkind: X\n{odd}---\nkind: Y\n");
        assert_eq!(
            documents(&text),
            [("---\nkind: X\n", Some("X")), (odd, None), ("---\nkind: Y\n", Some("Y"))],
            "{text:?}"
        );
    }
}

#[test]
fn directives_belong_to_the_document_after_them() {
    for directives in ["%YAML 1.2\n", "# a\n%YAML 1.2\n", "\n%TAG ! a:\n%YAML 1.2\n", "%a\nb: c\n"] {
        let text = format!("{directives}---\nkind: A\n---\nkind: B\n");
        let first = format!("{directives}---\nkind: A\n");
        assert_eq!(documents(&text), [(first.as_str(), None), ("---\nkind: B\n", Some("B"))]);
    }
}
