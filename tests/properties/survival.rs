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
