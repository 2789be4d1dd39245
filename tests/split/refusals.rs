//! What is left to the full parser.

use tailscale_expose::krm::split::split;

/// Every reason not to answer, with the shortest texts that show it.
#[test]
fn what_is_not_plain_is_refused() {
    let cases: &[(&str, &[&str])] = &[
        (
            "no items",
            &[
                "",
                "a: b\n",
                "  items:\n  - a\n",
                "{\"items\":[{\"kind\":\"A\"}]}",
                "- a\n",
                "items:",
                "items:\n",
                "items:\n# a\n",
                "items:\na: b\n",
            ],
        ),
        (
            "items that are no block sequence",
            &[
                "items: [\na]\n",
                "items: []\n",
                "items: {}\n",
                "items: a\n- b\n",
                "items: |\n- a\n",
                "items:\n  a\n",
                "items:\n [a]\n",
            ],
        ),
        (
            "items with a property",
            &[
                "items: &x\n- a\n",
                "items: !!seq\n- a\n",
                "items: *x\n",
                "items:\n!!seq\n- a\n",
                "items:\n  &x\n  - a\n",
            ],
        ),
        (
            "a key that is only nearly `items:`",
            &[
                "\"items\":\n- a\n",
                "'items':\n- a\n",
                "items :\n- a\n",
                "items:\t\n- a\n",
                "items:#\n- a\n",
                "? items\n:\n- a\n",
                "!!str items:\n- a\n",
            ],
        ),
        (
            "items twice",
            &[
                "items:\n- a\nitems:\n- b\n",
                "\"items\": []\nitems:\n- a\n",
                "items:\n- a\n'items': []\n",
                "items :\n- a\nitems:\n- b\n",
                "\"\\x69tems\": []\nitems:\n- a\n",
                "items:\n- a\n<<: {items: [b]}\n",
                "items:\n- a\n!!binary aXRlbXM=: b\n",
            ],
        ),
        ("a key twice", &["a: b\na: c\nitems:\n- d\n", "a: b\nitems:\n- c\na: d\n"]),
        (
            "something is open at the items",
            &[
                "a: \"\nitems:\n- b\n",
                "a: \"b\nitems:\n- c\n- \"\n",
                "a: [\nitems:\n- b\n",
                "a: {b\nitems:\n- c\n",
                "a\nitems:\n- b\n",
                "a: b\nc\nitems:\n- d\n",
                "? a\nitems:\n- b\n",
                "--- |\nitems:\n- a\n",
                "--- \"\nitems:\n- a\"\n",
            ],
        ),
        (
            "a head that is no plain mapping",
            &[
                "- a\nitems:\n- b\n",
                "{a: b}\nitems:\n- c\n",
                " a: b\nitems:\n- c\n",
                "&x a: b\nitems:\n- c\n",
                "? a\n: b\nitems:\n- c\n",
                "!!map\na: b\nitems:\n- c\n",
                "a: b\n\tc: d\nitems:\n- e\n",
                "\t\nitems:\n- a\n",
                "*x : a\nitems:\n- b\n",
            ],
        ),
        (
            "several documents",
            &[
                "a: b\n---\nitems:\n- c\n",
                "---\n---\nitems:\n- a\n",
                "items:\n- a\n---\nb: c\n",
                "items:\n- a\n...\n",
                "...\nitems:\n- a\n",
                "items:\n- a\n--- b\n",
                "items:\n- a: |\n    b\n---\n- c\n",
                "a: b\n...\nitems:\n- c\n",
            ],
        ),
        ("directives", &["%YAML 1.2\n---\nitems:\n- a\n", "items:\n- a\n%b: c\n"]),
        ("a marker with content", &["--- a: b\nitems:\n- c\n", "--- !!map\nitems:\n- a\n", "---\titems:\n- a\n"]),
        ("a lone carriage return", &["items:\n- a\r- b\n", "a: b\r\r\nitems:\n- c\n", "items:\n- a\r"]),
        ("a byte order mark", &["\u{feff}items:\n- a\n", "items:\n- a: \u{feff}\n"]),
        (
            "line breaks of other readers",
            &["items:\n- a\u{85}- b\n", "items:\n- a\u{2028}b\n", "items:\n- a: \"\u{2029}\"\n"],
        ),
        (
            "control characters",
            &[
                "items:\n- a\0\n- b\n",
                "items:\n- \u{1b}\n",
                "items:\n- \u{7f}\n",
                "items:\n- \u{9f}\n",
                "items:\n- \u{ffff}\n",
                "\0items:\n- a\n",
            ],
        ),
        ("a line left of the dashes", &["items:\n  - a\n b: c\n", "items:\n  - a\n - b\n", "items:\n    - a\n  b\n"]),
        (
            "a line at the dashes that is none",
            &["items:\n  - a\n  b: c\n", "items:\n  - a\n  -b\n", "items:\n- a\n-b: c\n"],
        ),
        (
            "quotes that reach the dashes",
            &[
                "items:\n- a: \"b\n- c\"\n",
                "items:\n- a: 'b\n\n- c'\n- d\n",
                "items:\n  - a: \"b\n  - c: \"\n",
                "items:\n- a: \"\nb: c\"\n",
                "items:\n- \"a\n- b\"\n",
            ],
        ),
        (
            "braces that reach the dashes",
            &["items:\n- a: [b,\n- c]\n", "items:\n- {a: b,\nc: d}\n", "items:\n  - a: [\n  ]\n"],
        ),
        (
            "anchors across items",
            &[
                "items:\n- a: &x b\n- c: *x\n",
                "items:\n- a: &x b\n- [*x]\n",
                "a: &x b\nitems:\n- *x\n",
                "items:\n- &x a\nb: *x\n",
                "items:\n- a: &x b\n- <<: *x\n",
                "a: &x b\nitems:\n- c\nd: *x\n",
            ],
        ),
        (
            "an odd item that is broken",
            &[
                "items:\n- a: \"b\n- c\n",
                "items:\n- a: [b\n- c\n",
                "items:\n- a: *x\n",
                "items:\n- \ta\n- [b\n",
                "items:\n- a: !b!c d\n",
            ],
        ),
        (
            "a tail that is no plain mapping",
            &[
                "items:\n- a\nb\n",
                "items:\n- a\n? b\n",
                "items:\n- a\n\"b\": c\n",
                "items:\n- a\n{}\n",
                "items:\n- a\nb: [\n",
                "items:\n- a\nb: \"\n- c\"\n- d\n",
                "items:\n- a\nb: c\n  d: e\n",
                "items:\n- a\nb:c\n",
            ],
        ),
    ];
    for (reason, texts) in cases {
        for text in *texts {
            assert_eq!(split(text), None, "{reason}: {text:?}");
        }
    }
}

/// Answers that a reader refuses are only allowed where an item is broken in itself.
#[test]
fn what_is_refused_here_is_often_read_by_the_parser() {
    use crate::agree::{Outcome, on_list};
    assert_eq!(on_list("items:\n- a: \"b\n- c\"\n"), Outcome::NoAnswer);
    assert_eq!(on_list("items:\n- a: &x b\n- c: *x\n"), Outcome::NoAnswer);
}
