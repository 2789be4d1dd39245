//! What reaches a log: nothing that a log would obey, and nothing that may be private.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use tailscale_expose::report::{Colour, report};
use tailscale_expose::yaml::Sources;
use tailscale_expose::{Response, render, respond};

use super::support::{documents, sources};
use super::survival::{Slip, slip, slipped};
use super::{HEAD, config, golden};

/// What stands in every place of an object that may be private.
const MARK: &str = "hunter2";

/// Pieces that a terminal, a runner or a reader of lines would obey, raw and as YAML's escapes.
fn odd() -> impl Strategy<Value = Slip> {
    let bits = [
        "\n::error::x\n",
        "\\n::error::x",
        "\"x\\n::error file=a::y\"",
        "\"\\r::add-mask::x\"",
        "\r::x",
        "\u{1b}[2J",
        "\"\\e]0;x\\a\"",
        "\\u001b[31m",
        "\u{85}::x",
        "\"\\N::x\"",
        "\u{2028}::x",
        "\"\\L::x\"",
        "\"\\P::x\"",
        "\u{9b}2J",
        "\u{202e}",
        "\u{200b}",
        "\u{7f}",
        "\u{7}",
        "\"\\0\"",
        "::error::",
        "\" ::error::x\": ",
    ];
    (any::<Index>(), select(bits.to_vec())).prop_map(|(at, bit)| Slip::Insert(at, bit))
}

/// Whether a log that is kept or shown obeys nothing of a text.
fn quiet(text: &str) -> Result<(), TestCaseError> {
    let unseen = |c: char| (c.is_control() && c != '\n') || "\u{2028}\u{2029}\u{202e}\u{200b}\u{feff}".contains(c);
    prop_assert!(!text.contains(unseen), "{:?}", text);
    // The mark of another place is the report's own.
    let begins = |line: &str| line.trim_start().starts_with("::") && !line.trim_start().starts_with("::: ");
    prop_assert!(!text.lines().any(begins), "{}", text);
    Ok(())
}

/// Whether a report has no control but the renderer's colours.
fn coloured(text: &str) -> Result<(), TestCaseError> {
    let mut plain = String::new();
    for (number, part) in text.split("\u{1b}[").enumerate() {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').strip_prefix('m');
        prop_assert!(number == 0 || rest.is_some(), "{:?}", text);
        plain.push_str(if number == 0 { part } else { rest.unwrap_or_default() });
    }
    quiet(&plain)
}

/// Returns documents as a ResourceList in YAML.
fn listed(text: &str) -> String {
    let mut out = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n".to_owned();
    for document in text.split("---\n").filter(|document| !document.trim().is_empty()) {
        for (number, line) in document.lines().enumerate() {
            out.push_str(if number == 0 { "- " } else { "  " });
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// Returns documents as a list in JSON on one line, if they can be read.
fn minified(text: &str, kind: &str, version: &str) -> Option<String> {
    let items = documents(text).ok().filter(|items| items.iter().all(serde_json::Value::is_object))?;
    Some(serde_json::json!({"apiVersion": version, "kind": kind, "items": items}).to_string())
}

/// Returns the results of an answer, in either form.
fn results(response: &Response) -> String {
    let text = response.text();
    let at = text.rfind("\nresults:").or_else(|| text.rfind("\"results\":"));
    at.map_or_else(String::new, |at| text[at..].to_owned())
}

/// Returns all that is said about a text: as a file, as a question, and as lists of both kinds.
fn said(files: &[(String, String)]) -> (Vec<String>, Vec<String>) {
    let (mut plain, mut styled) = (Vec::new(), Vec::new());
    let mut tell = |findings: &[tailscale_expose::krm::Finding], sources: &Sources| {
        plain.push(report(findings, sources, Colour::Plain));
        styled.push(report(findings, sources, Colour::Styled));
    };
    let whole = sources(files);
    tell(&render(&whole).findings, &whole);
    let stream = files.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n---\n");
    let list = |kind, version| minified(&stream, kind, version);
    let lists = [list("ResourceList", "config.kubernetes.io/v1"), list("List", "v1"), Some(listed(&stream))];
    let mut told = Vec::new();
    for question in lists.into_iter().flatten().chain([stream.clone()]) {
        let file = sources(&[("list.json".to_owned(), question.clone())]);
        tell(&render(&file).findings, &file);
        match respond(question, None) {
            Ok(response) => {
                tell(&response.findings, &response.sources);
                told.push(results(&response));
            }
            Err(error) => told.push(format!("{error}; {}", error.advice().unwrap_or_default())),
        }
    }
    plain.extend(told);
    (plain, styled)
}

/// Objects that may be private, sound and broken, with the mark wherever there is a place for it.
fn private() -> impl Strategy<Value = String> {
    let kinds = ["Secret", "ConfigMap", "SealedSecret"];
    let bodies = [
        "stringData: {password: MARK, MARK: MARK}\n",
        "data:\n  MARK: \"MARK\"\n  other: |\n    MARK\n    MARK\n",
        "data: {a: MARK, kind: MARK}\nMARK: [MARK, {MARK: MARK}]\n",
        "stringData:\n  password: \"MARK\"MARK\"\n",
        "stringData:\n\tpassword: MARK\n",
        "data: {a: ${MARK:=MARK}}\n",
        "data: {a: *MARK}\n",
        "data: {a: !MARK!MARK MARK}\n",
        "data: {a: 'MARK\n",
        "data: [MARK\nMARK: MARK\n",
        "data: MARK\n",
    ];
    (select(kinds.to_vec()), select(bodies.to_vec()), any::<bool>()).prop_map(|(kind, body, annotated)| {
        let ours = "tailscale-expose.dev/stub: MARK, tailscale.com/hostname: MARK, config.kubernetes.io/path: MARK";
        let annotations = if annotated { ours } else { "MARK: MARK" };
        format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: MARK, namespace: apps, annotations: {{{annotations}}}}}\n{body}").replace("MARK", MARK)
    })
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn no_text_of_the_input_is_obeyed(
        which in any::<Index>(), odd in vec(odd(), 1..4), slips in vec(slip(), 0..3), name in "\\PC{0,5}[\\n\\r\\x1b\u{2028}]{0,2}::error::\\PC{0,5}",
    ) {
        let text = slipped(&slipped(which.get::<String>(golden()), &odd), &slips);
        let (plain, styled) = said(&[(name, text)]);
        plain.iter().try_for_each(|text| quiet(text))?;
        styled.iter().try_for_each(|text| coloured(text))?;
    }

    #[test]
    fn nothing_private_is_shown(
        which in any::<Index>(), slips in vec(slip(), 0..2), secret in private(), other in private(), first in any::<bool>(), newline in any::<bool>(),
    ) {
        let stub = slipped(which.get::<String>(golden()), &slips);
        let broken = format!("{HEAD}spec: {{ingress: {{web: {{servce: \"web:80\"}}}}}}\n");
        let ours = if stub.contains("---") || stub.contains('&') { broken } else { stub };
        let mut texts = if first { vec![secret, ours, other] } else { vec![ours, secret, other] };
        if !newline {
            texts = texts.iter().map(|text| text.trim_end().to_owned()).collect();
        }
        let files: Vec<(String, String)> = texts.iter().enumerate().map(|(number, text)| (format!("{number}.yaml"), text.clone())).collect();
        let stream = [("all.yaml".to_owned(), texts.join("\n---\n"))];
        for files in [&files[..], &stream] {
            let (plain, styled) = said(files);
            for text in plain.iter().chain(&styled) {
                prop_assert!(!text.contains(MARK), "{}\nof\n{}", text, texts.join("\n---\n"));
            }
        }
    }
}
