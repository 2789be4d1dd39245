//! Whatever is read: no panic, no hang, and no more out than in.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use tailscale_expose::respond;

use super::support::{by_library, documents, sources};
use super::{HEAD, config, golden};

/// Renders and answers a text; neither may panic, and what comes out is bounded by what went in.
fn survives(text: &str) {
    let outcome = by_library(&sources(&[("stub.yaml".to_owned(), text.to_owned())]));
    let limit = 20_000 + 2_000 * text.len();
    assert!(outcome.stdout.len() <= limit && outcome.stderr.len() <= limit, "{} bytes became too many", text.len());
    if let Err(error) = documents(&outcome.stdout) {
        let start: String = outcome.stdout.chars().take(2000).collect();
        panic!("the output must be YAML: {error}\n{start}");
    }
    if let Ok(response) = respond(text.to_owned(), None) {
        let _ = response.text();
    }
}

/// A change of a text that a slip of the hand or a bad merge makes.
#[derive(Clone, Debug)]
pub(crate) enum Slip {
    Delete(Index, usize),
    Insert(Index, &'static str),
    Double(Index, Index),
    CutOff(Index),
    Swap(Index, Index),
}

pub(crate) fn slip() -> impl Strategy<Value = Slip> {
    let bits = [
        "\t", " ", "  ", "\n", "\r", ":", ": ", "- ", "{", "}", "[", "]", "\"", "'", "${", "}", "&a ", "*a", "!!", "#",
        "|", ">", "?", "<<: ", "---\n", "...\n", "%", "\u{feff}", "é", "\u{0}", "null", "~", "0", "-", ",",
    ];
    prop_oneof![
        (any::<Index>(), 1_usize..12).prop_map(|(at, length)| Slip::Delete(at, length)),
        (any::<Index>(), select(bits.to_vec())).prop_map(|(at, bit)| Slip::Insert(at, bit)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Slip::Double(from, to)),
        any::<Index>().prop_map(Slip::CutOff),
        (any::<Index>(), any::<Index>()).prop_map(|(a, b)| Slip::Swap(a, b)),
    ]
}

pub(crate) fn slipped(text: &str, slips: &[Slip]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for slip in slips.iter().filter(|_| !text.is_empty()) {
        let length = chars.len();
        if length == 0 {
            break;
        }
        match slip {
            Slip::Delete(at, count) => drop(chars.drain(at.index(length)..(at.index(length) + count).min(length))),
            Slip::Insert(at, bit) => drop(chars.splice(at.index(length)..at.index(length), bit.chars())),
            Slip::CutOff(at) => chars.truncate(at.index(length)),
            Slip::Double(from, to) => {
                let start = from.index(length);
                let piece: Vec<char> = chars[start..(start + 30).min(length)].to_vec();
                drop(chars.splice(to.index(length)..to.index(length), piece));
            }
            Slip::Swap(a, b) => chars.swap(a.index(length), b.index(length)),
        }
    }
    chars.into_iter().collect()
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}|[-:{}\\[\\],&*!|>'\"%@`#? \\n\\ta-c$]{0,200}") {
        survives(&text);
    }

    #[test]
    fn any_text_as_a_spec_is_survived(text in "[-:{}\\[\\],&*!|>'\"%@`#? \\na-c$0-9]{0,100}") {
        survives(&format!("{HEAD}spec: {text}"));
        survives(&format!("{HEAD}spec:\n  ingress:\n    a: {text}\n"));
    }

    #[test]
    fn any_bytes_that_are_text_are_survived(bytes in vec(any::<u8>(), 0..200)) {
        survives(&String::from_utf8_lossy(&bytes));
    }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn a_slip_of_the_hand_is_survived(which in any::<Index>(), slips in vec(slip(), 1..4)) {
        survives(&slipped(which.get::<String>(golden()), &slips));
    }
}

/// Inputs that are built to cost much.
#[test]
fn hostile_inputs_end_soon() {
    let entries = |number: usize, line: &dyn Fn(usize) -> String| (0..number).map(line).collect::<String>();
    let deep = 100_000;
    let spec = |text: String| format!("{HEAD}spec:\n{text}");
    let inputs = [
        ("deep lists", spec(format!("  ingress: {}{}\n", "[".repeat(deep), "]".repeat(deep)))),
        ("open lists", spec(format!("  ingress: {}", "[".repeat(deep)))),
        ("deep mappings", spec(format!("  ingress: {}{}\n", "{a: ".repeat(deep), "}".repeat(deep)))),
        ("deep dashes", spec(format!("  ingress:\n    {}a\n", "- ".repeat(deep)))),
        ("deep placeholders", spec(format!("  ingress:\n    a: {{service: \"{}\"}}\n", "${a:=".repeat(2000)))),
        ("open quotes", spec(format!("  ingress: {{a: \"{}", "'\"".repeat(deep)))),
        ("many documents", format!("{}{}", "---\n".repeat(20_000), spec("  ingress: {}\n".to_owned()))),
        (
            "many entries",
            spec(format!("  ingress:\n{}", entries(1000, &|n| format!("    a{n}: {{service: \"web:80\"}}\n")))),
        ),
        (
            "many faults",
            spec(format!("  ingress:\n{}", entries(300, &|n| format!("    a{n}: {{servce: \"web:80\"}}\n")))),
        ),
        (
            "many faults on a line",
            spec(format!("  ingress: {{{}}}\n", entries(300, &|n| format!("a{n}: {{servce: \"web:80\"}}, ")))),
        ),
        (
            "one key many times",
            spec(format!("  ingress:\n{}", entries(300, &|_| "    a: {service: \"web:80\"}\n".to_owned()))),
        ),
        ("many anchors", spec(format!("  ingress: {{}}\nx:\n{}", entries(20_000, &|n| format!("  - &a{n} [x]\n"))))),
        (
            "a long text",
            spec(format!(
                "  ingress: {{a: {{service: \"web:80\", annotations: {{a: \"{}\"}}}}}}\n",
                "x".repeat(1_000_000)
            )),
        ),
        (
            "many replicas",
            spec(format!(
                "  proxyGroup:\n{}",
                entries(50, &|n| format!("    a{n}: {{type: ingress, replicas: 1000}}\n"))
            )),
        ),
    ];
    let mut slow = Vec::new();
    for (name, text) in inputs {
        let start = std::time::Instant::now();
        survives(&text);
        let seconds = start.elapsed().as_secs_f64();
        if seconds > 20.0 {
            slow.push(format!("{name}: {seconds:.1} s for {} bytes", text.len()));
        }
    }
    assert!(slow.is_empty(), "{slow:?}");
}

const LIST: &str = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n";

/// Answers on a stack as small as that of a module.
fn answer_on_a_small_stack(text: String) -> (bool, usize) {
    let answer = move || match respond(text, None) {
        Ok(response) => (true, response.findings.len()),
        Err(error) => (false, error.to_string().len()),
    };
    // Debug builds keep far more on the stack than what is released.
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(answer).expect("a thread must start");
    thread.join().expect("no input ends the process")
}

#[test]
fn nothing_is_too_deep() {
    let config = |key: String| {
        format!(
            "{LIST}functionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n  metadata: {{name: c}}\n  data:\n    ? {key}\n    : x\nitems: []\n"
        )
    };
    let stacked = |levels: usize| -> String {
        let level = |n: usize| format!("a{n}: &a{n} {}*a{}{}\n", "[".repeat(200), n - 1, "]".repeat(200));
        format!("apiVersion: v1\nkind: ConfigMap\na0: &a0 x\n{}", (1..levels).map(level).collect::<String>())
    };
    let lists = "{apiVersion: v1, kind: List, items: [".repeat(120);
    for text in [
        config(format!("a{}", ".a".repeat(200_000))),
        config(".".repeat(200_000)),
        config(format!("operator.{}", "version.".repeat(100_000))),
        stacked(60),
        format!("{LIST}items:\n- {lists}{}\n", "]}".repeat(120)),
    ] {
        answer_on_a_small_stack(text);
    }
}

#[test]
fn a_long_value_is_told_in_short() {
    let long = "n".repeat(300_000);
    for text in [
        format!(
            "{HEAD}spec: {{ingress: {{{}}}}}\n",
            (0..200).map(|n| format!("a{n}: {{servce: x}}, ")).collect::<String>()
        )
        .replace("name: app", &format!("name: {long}")),
        format!(
            "{HEAD}spec: {{ingress: {{? {long}\n : {{{}}}}}}}\n",
            (0..200).map(|n| format!("x{n}: 1, ")).collect::<String>()
        ),
        format!(
            "{HEAD}spec: {{ingress: {{a: {{service: \"{long}\", hostname: \"{long}\", tags: [\"{long}\"], ? {long}\n : 1}}}}}}\n"
        ),
        format!(
            "{HEAD}spec: {{annotate: {{{}}}}}\n",
            (0..200).map(|n| format!("a{n}: {{service: \"{long}/b\"}}, ")).take(3).collect::<String>()
        ),
    ] {
        let outcome = by_library(&sources(&[("stub.yaml".to_owned(), text.clone())]));
        assert!(outcome.stderr.len() < 300_000, "{} bytes", outcome.stderr.len());
        let response = respond(format!("{LIST}items:\n- {}", text.trim_end().replace('\n', "\n  ")), None);
        let response = response.expect("the list must be read");
        let told: usize = response.findings.iter().map(|found| format!("{found:?}").len()).max().unwrap_or_default();
        assert!(told < 8_000 && !response.findings.is_empty(), "{told} bytes");
        assert!(response.text().len() < 2 * text.len() + 400_000);
    }
}

#[test]
fn what_is_multiplied_is_bounded() {
    let entries = |count: usize, entry: &str| (0..count).map(|n| format!("a{n}: {entry}, ")).collect::<String>();
    let text = format!("{HEAD}spec: {{proxyGroup: {{{}}}}}\n", entries(1_100, "{type: ingress, replicas: 1000}"));
    let response = respond(text, None).expect("the stub must be read");
    assert!(response.findings.iter().any(|found| found.rule.id == "invalid-replicas" && found.is_blocking));
    let faults = format!("labels: {{{}}}", entries(1_000, "v").replace('a', "-a"));
    let text =
        format!("{HEAD}spec: {{defaults: {{{faults}}}, ingress: {{{}}}}}\n", entries(1_000, "{service: \"a:80\"}"));
    let response = respond(text, None).expect("the stub must be read");
    assert!(response.has_errors() && response.findings.len() < 120_000, "{}", response.findings.len());
}

#[test]
fn two_hundred_thousand_entries_are_not_too_many() {
    let entries: String = (0..200_000).map(|n| format!("a{n}: {{fqdn: a.b.ts.net}}, ")).collect();
    let response = respond(format!("{HEAD}spec: {{egress: {{{entries}}}}}\n"), None).expect("the stub must be read");
    assert!(!response.has_errors(), "{:?}", response.findings.first());
}
