//! Texts come out as the same texts, whatever is in them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use tailscale_expose::krm::Severity;
use tailscale_expose::render;
use tailscale_expose::yaml::{Text, emit};

use super::support::{documents, rendered, sources};
use super::{HEAD, config};

/// Texts that YAML readers have stumbled over.
fn tricky() -> impl Strategy<Value = String> {
    #[rustfmt::skip]
    let fixed = [
        "", " ", "on", "off", "yes", "no", "y", "n", "true", "False", "null", "~", "0", "-1", "007", "0x1f",
        "0o17", "0b1", "1_000", "1e3", "1.", ".5", ".inf", "-.INF", ".nan", "=", "<<", "-", "--", "---", "...",
        "?", ":", "- a", "? a", "a: b", "a:", ":a", "#", "# a", "a #b", "a # b", "&a", "*a", "!a", "!!str a", "|",
        ">", "|-", "%a", "@a", "`a", "{", "}", "[", "]", "{}", "[]", "{a: b}", "[a]", ",", "a,b", "'", "\"", "''",
        "it's", "\"a\"", "\\", "\\n", "2001-01-01", "2001-12-14t21:59:43.10-05:00", "12:30:00", "190:20:30", "1:1",
        "\t", "a\tb", " a", "a ", "\n", "a\n", "a\n\n", "\na", "a\nb", "a\n b", " a\nb", "a\r\nb", "\r", "\u{85}",
        "\u{2028}", "\u{2029}", "\u{feff}", "\u{feff}a", "\u{0}", "\u{7}", "\u{1b}[31m", "\u{7f}", "\u{80}",
        "\u{a0}", "é", "☃", "😀", "\u{301}", "日本語", "${A}", "${A}'", "${A}\"", "${A}\n", "a\n${A}\n", "${A:=b}",
        "$${A}", "${", "}", "x: ${A}", "\\${A}", "${A}\t",
    ];
    prop_oneof![
        3 => select(fixed.to_vec()).prop_map(str::to_owned),
        1 => (select(fixed.to_vec()), select(fixed.to_vec())).prop_map(|(a, b)| format!("{a}{b}")),
        1 => "\\PC{0,40}",
        1 => "[ -~\\n\\t]{0,40}",
        1 => (0_usize..300).prop_map(|length| "word ".repeat(length)),
    ]
}

/// Writes texts as a mapping in braces; what YAML takes for not printable is escaped.
fn braces<'t>(texts: impl Iterator<Item = (&'t str, &'t str)>) -> String {
    let quoted = |text: &str| {
        let mut out = String::from("\"");
        for c in text.chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                    let _ = write!(out, "\\u{:04x}", u32::from(c));
                }
                c => out.push(c),
            }
        }
        out + "\""
    };
    let pairs: Vec<String> = texts.map(|(key, text)| format!("{}: {}", quoted(key), quoted(text))).collect();
    format!("{{{}}}", pairs.join(", "))
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn a_text_reads_back_as_the_same_text(text in tricky()) {
        let mut out = String::new();
        emit(&mut out, &BTreeMap::from([("key", Text(&text))])).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let back: BTreeMap<String, String> = serde_saphyr::from_str(&out).map_err(|error| TestCaseError::fail(format!("{error}\n{out}")))?;
        prop_assert_eq!(back.get("key"), Some(&text), "{}", out);
    }

    #[test]
    fn annotations_read_back_as_they_were_written(texts in btree_map("[a-z]{1,8}", tricky(), 1..4)) {
        let annotations: BTreeMap<String, &String> = texts.iter().map(|(key, text)| (format!("example.com/{key}"), text)).collect();
        let written = braces(annotations.iter().map(|(key, text)| (key.as_str(), text.as_str())));
        let rendering = rendered(&format!("{HEAD}spec:\n  ingress:\n    web: {{service: \"web:80\", annotations: {written}}}\n"));
        // What Flux refuses is told, and made all the same.
        let errors: Vec<_> = rendering.findings.iter().filter(|finding| finding.severity == Severity::Error && finding.rule.id != "flux-substitution").collect();
        prop_assert!(errors.is_empty(), "{:?}", errors);
        let object = &documents(&rendering.objects[0].text).map_err(TestCaseError::fail)?[0];
        for (key, text) in annotations {
            prop_assert_eq!(object["metadata"]["annotations"][&key].as_str(), Some(text.as_str()), "{}", &rendering.objects[0].text);
        }
    }

    #[test]
    fn labels_read_back_as_they_were_written(values in btree_map("[a-z]{1,8}", "[A-Za-z0-9]([-A-Za-z0-9_.]{0,10}[A-Za-z0-9])?|", 1..6)) {
        let json = serde_json::json!({"db": {"ports": {"a": 1}, "labels": values, "selector": values}});
        let rendering = rendered(&format!("{HEAD}spec: {{\"loadBalancer\": {json}}}\n"));
        let object = &documents(&rendering.objects[0].text).map_err(TestCaseError::fail)?[0];
        for (key, value) in values {
            prop_assert_eq!(object["metadata"]["labels"][&key].as_str(), Some(value.as_str()));
            prop_assert_eq!(object["spec"]["selector"][&key].as_str(), Some(value.as_str()));
        }
    }

    #[test]
    fn an_annotated_service_keeps_every_other_byte(texts in vec(tricky(), 0..3), block in any::<bool>()) {
        // The Service as a person may have written it; its own annotations are tricky texts.
        let own: BTreeMap<String, &String> = texts.iter().enumerate().map(|(number, text)| (format!("example.com/{number}"), text)).collect();
        let written = braces(own.iter().map(|(key, text)| (key.as_str(), text.as_str())));
        let metadata = if block {
            format!("metadata:\n  name: plex # the app\n  annotations: {written}\n  namespace: apps\n")
        } else {
            format!("metadata: {{name: plex, namespace: apps, annotations: {written}}}\n")
        };
        let service = format!("# before\napiVersion: v1\nkind: Service\n{metadata}spec: {{ports: [{{port: 1}}], selector: {{}}}} # after\n");
        let rendering = render(&sources(&[
            ("service.yaml".to_owned(), service.clone()),
            ("stub.yaml".to_owned(), format!("{HEAD}spec:\n  annotate:\n    plex: {{}}\n")),
        ]));
        prop_assert!(rendering.findings.is_empty(), "{:?}", rendering.findings);
        let text = &rendering.objects[0].text;
        let (before, after) = (&documents(&service).map_err(TestCaseError::fail)?[0], &documents(text).map_err(TestCaseError::fail)?[0]);
        for (key, value) in own {
            prop_assert_eq!(after["metadata"]["annotations"][&key].as_str(), Some(value.as_str()), "{}", text);
        }
        prop_assert_eq!(&after["spec"], &before["spec"]);
        prop_assert_eq!(&after["metadata"]["annotations"]["tailscale.com/expose"], "true");
        prop_assert!(text.starts_with("# before\n") && text.ends_with(" # after\n"), "{}", text);
    }
}
