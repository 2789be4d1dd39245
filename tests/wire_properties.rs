//! Properties of the wire: random lists of our items and others, in every form.
//!
//! What is not ours leaves byte for byte and in order, what was answered is answered the same again, and
//! nothing panics. Questions are made as text, so that each item has the comments, quotes and indentation
//! that no emitter writes.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test runs many times, and what is not there fails it"
)]

#[path = "wire_cases/random.rs"]
mod random;
#[path = "support/request.rs"]
mod request;
mod support;

use proptest::prelude::*;
use proptest::test_runner::Config;
use random::{Form, Item, question};
use serde_json::Value;
use support::{documents, has_error};
use tailscale_expose::respond;

/// What came of a question.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    text: String,
    /// How many findings there are, and whether one is an error.
    findings: usize,
    has_errors: bool,
}

fn ask(question: &str) -> Result<Answer, String> {
    let response = respond(question.to_owned(), None).map_err(|error| error.to_string())?;
    let (findings, has_errors) = (response.findings.len(), has_error(&response.findings));
    Ok(Answer { text: response.text(), findings, has_errors })
}

/// 256 questions for each property; `PROPTEST_CASES` asks for more.
fn config() -> Config {
    Config { failure_persistence: None, ..Config::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_not_ours_leaves_byte_for_byte_and_in_order(question in question()) {
        let text = question.text();
        let answer = ask(&text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?.text;
        let mut at = 0;
        for item in question.items.iter().filter(|item| item.is_foreign()) {
            let bytes = question.bytes(item);
            let found = answer[at..].find(bytes.trim_end_matches('\n'));
            prop_assert!(found.is_some(), "lost:\n{bytes}\nof:\n{text}\nin:\n{answer}");
            at += found.unwrap_or_default() + bytes.trim_end_matches('\n').len();
        }
    }

    #[test]
    fn a_question_without_stubs_is_its_own_answer(question in question()) {
        let question = question.without_ours();
        let text = question.text();
        prop_assert_eq!(ask(&text).map(|answer| answer.text), Ok(text));
        if let Some(text) = question.text_without_items() {
            let answer = ask(&text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?.text;
            let parsed = documents(&answer).map_err(|error| TestCaseError::fail(format!("{error}\n{answer}")))?;
            prop_assert_eq!(parsed[0]["items"].as_array().map(Vec::len), Some(0), "{}", answer);
        }
    }

    #[test]
    fn what_was_answered_is_answered_the_same_again(question in question()) {
        let text = question.text();
        let first = ask(&text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        // A stream of nothing but stubs that expose nothing: an empty one is refused.
        prop_assume!(!first.text.is_empty());
        let again = |text: &str| ask(text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")));
        let second = again(&first.text)?;
        if first.findings == 0 {
            prop_assert_eq!(&first, &second, "of:\n{}", text);
        }
        prop_assert_eq!(&again(&second.text)?, &second, "of:\n{}", first.text);
    }

    #[test]
    fn the_answer_has_the_form_of_the_question(question in question()) {
        let text = question.text();
        let answer = ask(&text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?.text;
        let parsed = documents(&answer).map_err(|error| TestCaseError::fail(format!("{error}\n{answer}")))?;
        let items: Vec<&Value> = match question.form {
            Form::Stream => parsed.iter().collect(),
            _ => {
                prop_assert_eq!(parsed.len(), 1, "{}", answer);
                prop_assert_eq!(parsed[0]["kind"].as_str(), Some(question.form.kind()));
                prop_assert!(parsed[0]["items"].is_array(), "{}", answer);
                parsed[0]["items"].as_array().expect("it was one").iter().collect()
            }
        };
        let is_stub = |item: &&&Value| item["kind"] == "TailscaleExpose";
        let stubs = question.items.iter().filter(|item| matches!(item, Item::Stub(_))).count();
        let kept = if question.keeps() { stubs } else { 0 };
        prop_assert_eq!(items.iter().filter(is_stub).count(), kept, "{}", answer);
        let is_result = |result: &Value| result["message"].is_string() && result["severity"].is_string();
        let results = parsed.first().map_or(&Value::Null, |list| &list["results"]).as_array();
        prop_assert!(results.is_none_or(|results| results.iter().all(is_result)), "{}", answer);
    }

    #[test]
    fn no_text_makes_it_panic(question in question(), cuts in prop::collection::vec((any::<prop::sample::Index>(), 0..9_usize), 1..4)) {
        let mut text: Vec<char> = question.text().chars().collect();
        for (at, what) in cuts {
            let at = at.index(text.len());
            match what {
                0 => text.truncate(at + 1),
                1 => { text.remove(at); }
                what => text.insert(at, ['\n', ' ', '-', ':', '"', '{', '\t'][what - 2]),
            }
            if text.is_empty() {
                break;
            }
        }
        let text: String = text.into_iter().collect();
        if let (Ok(answer), Ok(_)) = (ask(&text), documents(&text)) {
            // What can be read as a whole, can be read again: what nobody asks about need not be YAML.
            prop_assert!(answer.text.is_empty() || ask(&answer.text).is_ok(), "{text}\n=>\n{}", answer.text);
        }
    }
}

/// Stubs beside texts of white space that is not YAML's: the place of such a text is `%`.
const BESIDE_ODD_WHITE_SPACE: &[&str] = &[
    "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n  apiVersion: tailscale-expose.dev/v1alpha1\n  \
     kind: TailscaleExpose\n  metadata: {name: a, namespace: a, labels: {a: b}}\n  spec: {ingress: {a: {service: \"a:80\"}}}\n\
     note:\n  |\n  %\n",
    "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- apiVersion: tailscale-expose.dev/v1alpha1\n  \
     kind: TailscaleExpose\n  metadata: {name: a, namespace: a}\n  spec: {ingress: {a: {service: \"a:80\"}}}\n\
     - apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: b}\n  data:\n    note: |\n      %\n",
    "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: b}\n  data: {note: \"a%\"}\n\
     - apiVersion: tailscale-expose.dev/v1alpha1\n  kind: TailscaleExpose\n  metadata: {name: a, namespace: a}\n  \
     spec: {ingress: {a: {service: \"a:80\"}}}\nnote: >-\n  %\n",
    "apiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExpose\nmetadata: {name: a, namespace: a}\n\
     spec: {annotate: {a: {}}}\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  namespace: a\n  annotations:\n    \
     note: |\n      %\n",
    "apiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExpose\nmetadata: {name: a, namespace: a}\n\
     spec: {annotate: {a: {}}, ingress: {b: {service: \"a:80\"}}}\n---\napiVersion: v1\nkind: Service\nmetadata:\n  \
     namespace: a\n  name: a\n  labels:\n    note: %\nspec:\n  note: |+\n    %\n",
];

#[test]
fn white_space_that_is_not_of_yaml_is_content() {
    for code in [0x85, 0xa0, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000] {
        let odd = char::from_u32(code).expect("it is a character").to_string();
        for question in BESIDE_ODD_WHITE_SPACE {
            let question = question.replace('%', &odd);
            let answer = ask(&question).unwrap_or_else(|error| panic!("{error}\n{question}")).text;
            let read = documents(&answer).unwrap_or_else(|error| panic!("{code:x}: {error}\n{question}\n=>\n{answer}"));
            let texts = |values: &[Value]| Value::from(values).to_string().matches(&odd).count();
            let before = documents(&question).expect("the question is YAML");
            assert_eq!(texts(&read), texts(&before), "{code:x}\n{question}\n=>\n{answer}");
            assert_eq!(ask(&answer).map(|again| again.text), Ok(answer));
        }
    }
}

#[test]
fn a_build_is_told_the_same_whether_it_is_split_or_parsed() {
    let told = |question: String| {
        let response = respond(question, None).ok()?;
        let mut told: Vec<String> =
            response.findings.iter().map(|finding| format!("{}: {}", finding.rule.id, finding.message)).collect();
        told.sort();
        Some(told)
    };
    let mut compared = 0;
    for case in support::cases() {
        let list = request::list(&case);
        // With earlier results the whole question is parsed.
        let whole = format!("{list}results: []\n");
        let (split, parsed) = (told(list), told(whole));
        compared += usize::from(split.is_some());
        assert_eq!(split, parsed, "{}", case.name);
    }
    assert!(compared > 200, "only {compared} builds were compared");
}
