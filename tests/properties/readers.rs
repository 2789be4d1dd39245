//! Input that readers read in different ways, or not at all, is told; and no more is read into it.

use tailscale_expose::respond;

use super::HEAD;
use super::support::{by_library, sources};

const SERVICE: &str =
    "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: apps}\nspec: {ports: [{port: 80}]}\n";
const ANNOTATE: &str = "spec: {annotate: {web: {}}}\n";

/// Returns the rules that a stream is told, on the wire and as a file, which must be the same, and the answer.
fn told(text: &str) -> (Vec<&'static str>, String) {
    let response = respond(text.to_owned(), None).expect("the stream must be read");
    let rules: Vec<&str> = response.findings.iter().map(|found| found.rule.id).collect();
    let outcome = by_library(&sources(&[("all.yaml".to_owned(), text.to_owned())]));
    for rule in &rules {
        assert!(outcome.stderr.contains(&format!("[{rule}]")), "{rule} is told on the wire alone: {}", outcome.stderr);
    }
    (rules, response.text())
}

#[test]
fn a_stub_in_a_bare_sequence_is_told() {
    let item = format!("- {}", format!("{HEAD}{ANNOTATE}").trim_end().replace('\n', "\n  "));
    for text in [
        format!("{item}\n"),
        format!("- x\n{item}\n"),
        format!("-\n  {}\n", item.replace('\n', "\n  ")),
        format!("apiVersion: v1\nkind: List\nitems:\n- {}\n", item.replace('\n', "\n  ")),
        format!(
            "[{{apiVersion: tailscale-expose.dev/v1alpha1, kind: TailscaleExpose, metadata: {{name: a}}}}]\n---\n{SERVICE}"
        ),
        "- {apiVersion: tailscale-expose.dev/v1alpha1, kind: TailscaleExposeProfile, metadata: {name: a}}\n".to_owned(),
    ] {
        let Ok(response) = respond(text.clone(), None) else { continue };
        assert!(response.has_errors(), "{text}");
        let outcome = by_library(&sources(&[("all.yaml".to_owned(), text)]));
        assert!(outcome.stderr.contains("error"), "{}", outcome.stderr);
    }
}

#[test]
fn a_name_without_quotes_that_is_no_text_is_told() {
    for (name, is_told) in [
        ("12", true),
        ("012", true),
        ("1e3", true),
        ("0x10", true),
        ("true", true),
        ("12.5", true),
        ("\"12\"", false),
        ("'true'", false),
        ("a12", false),
        ("n", false),
    ] {
        for field in ["name: app", "namespace: apps"] {
            let (key, _) = field.split_once(": ").expect("a pair");
            let (rules, _) = told(&format!("{}{ANNOTATE}", HEAD.replace(field, &format!("{key}: {name}"))));
            assert_eq!(rules.contains(&"wrong-type"), is_told, "{key}: {name}: {rules:?}");
        }
        let stub = format!("{HEAD}spec: {{annotate: {{a: {{service: \"{}\"}}}}}}\n", name.trim_matches(['"', '\'']));
        let (rules, _) = told(&format!("{}---\n{stub}", SERVICE.replace("web", name)));
        let is_name = !name.contains('.');
        assert!(!is_name || rules.contains(&"wrong-type") == is_told, "a Service called {name}: {rules:?}");
    }
}

#[test]
fn a_key_that_is_written_twice_is_told_and_not_edited() {
    let stub = format!("---\n{HEAD}{ANNOTATE}");
    for (service, is_edited) in [
        (SERVICE.replace("spec:", "spec: {ports: []}\nspec:"), true),
        (SERVICE.replace("spec:", "metadata: {name: other}\nspec:"), false),
        (SERVICE.replace("apps}", "apps, annotations: {a: b}, annotations: {c: d}}"), false),
        (SERVICE.replace("apps}", "apps, annotations: {a: b, a: d}}"), true),
        (
            SERVICE.replace(
                "apps}",
                "apps, annotations: {tailscale.com/expose: \"true\", tailscale.com/expose: \"true\"}}",
            ),
            false,
        ),
    ] {
        let (rules, answer) = told(&format!("{service}{stub}"));
        assert!(rules.contains(&"duplicate-key"), "{service}: {rules:?}");
        assert_eq!(answer.contains("tailscale-expose.dev/annotated"), is_edited, "{service}: {rules:?}");
        assert_eq!(rules.contains(&"invalid-annotation"), !is_edited, "{service}: {rules:?}");
    }
}

#[test]
fn a_byte_order_mark_may_begin_each_document() {
    let (rules, answer) = told(&format!("{SERVICE}---\n\u{feff}{HEAD}{ANNOTATE}"));
    assert!(rules.is_empty() && answer.contains("tailscale-expose.dev/annotated"), "{rules:?} {answer}");
}

#[test]
fn what_is_added_to_a_file_has_a_number_of_its_own() {
    let path = |file: &str, index: &str| format!("{{internal.config.kubernetes.io/path: {file}{index}}}");
    let at = |number: u32| format!(", internal.config.kubernetes.io/index: '{number}'");
    let stub = |annotations: &str| {
        format!(
            "- apiVersion: tailscale-expose.dev/v1alpha1\n  kind: TailscaleExpose\n  metadata: {{name: s, namespace: apps, annotations: {annotations}}}\n  spec: {{ingress: {{a: {{service: \"a:80\"}}, b: {{service: \"a:80\"}}}}}}\n"
        )
    };
    for (kind, others, first) in [
        ("Deployment", vec![path("s.gen.yaml", &at(0)), path("s.gen.yaml", &at(4))], 5),
        ("Service", vec![path("./s.gen.yaml", &at(2))], 3),
        ("ConfigMap", vec![path("s.gen.yaml", ""), path("s.gen.yaml", "")], 2),
        ("ConfigMap", vec![path("other.gen.yaml", &at(7))], 0),
    ] {
        let items: String = others
            .iter()
            .enumerate()
            .map(|(n, annotations)| {
                format!("- apiVersion: v1\n  kind: {kind}\n  metadata: {{name: o{n}, annotations: {annotations}}}\n")
            })
            .collect();
        let text = format!(
            "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{items}{}",
            stub(&path("s.yaml", ""))
        );
        let answer = respond(text, None).expect("the list must be read").text();
        for number in [first, first + 1] {
            let index = format!("      internal.config.kubernetes.io/index: \"{number}\"\n");
            assert_eq!(answer.matches(&index).count(), 1, "{number} of {kind}: {answer}");
        }
    }
}
