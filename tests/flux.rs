//! Flux's substitution: what is refused, and what a text becomes, as Flux's own module says it.
//!
//! `tests/flux/forms.jsonl` holds texts and the module's verdicts. They are filled in anew, for texts that are
//! added, by `fuzz/envsubst`: `go run . verdicts <../../tests/flux/forms.jsonl`.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test measures time, and may fail"
)]

#[path = "flux/agree.rs"]
mod agree;
#[path = "flux/texts.rs"]
mod texts;

use std::thread;
use std::time::Instant;

use serde_json::Value;
use tailscale_expose::api::{Decoder, Template, becomes};
use tailscale_expose::krm::ResourceRef;
use tailscale_expose::yaml::{Sources, Span};

/// Whether a text is passed on without an error.
fn is_taken(text: &str) -> bool {
    let source = Sources::default().add("t.yaml", String::new());
    let mut decoder = Decoder::new(ResourceRef::default());
    decoder.opaque(text, Span { source, start: 0, end: 0 });
    decoder.findings.errors() == 0
}

#[test]
fn each_form_is_read_as_flux_reads_it() {
    let mut count = 0;
    for line in include_str!("flux/forms.jsonl").lines() {
        let form: Value = serde_json::from_str(line).expect("a line must be JSON");
        let text = form["text"].as_str().expect("a form must have a text");
        let said = (Template::of(text).fault.is_none(), is_taken(text), becomes(text));
        let right = (form["takes"] == true, form["written"] == true, form["becomes"].as_str());
        assert_eq!(said, right, "{text:?}");
        count += 1;
    }
    assert!(count > 100, "{count} forms");
}

#[test]
fn what_is_said_of_a_text_agrees_with_itself() {
    let mut taken = 0;
    for seed in 0..20_000 {
        let text = texts::text(&mut texts::Choices(&texts::bytes_of(seed, 120)));
        agree::on(&text);
        taken += usize::from(is_taken(&text));
    }
    assert!(taken > 2_000, "{taken} texts were taken");
}

#[test]
fn no_text_ends_the_process_or_takes_long() {
    let nested = |count: usize| "${a:=".repeat(count) + &"}".repeat(count);
    for (text, is_told) in [
        (nested(70_000), true),
        ("${a//-}".repeat(70_000), true),
        ("${a:=${b/}/x}".repeat(35_000), true),
        ("${a}:".repeat(70_000), false),
    ] {
        let stub = format!(
            "apiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExpose\nmetadata: {{name: a, namespace: n}}\n\
             spec: {{ingress: {{a: {{service: 'b:80', hostname: '{text}', labels: {{l: '{text}'}}, tags: ['{text}'], \
             paths: {{/: '{text}/{text}:{text}'}}}}}}}}\n"
        );
        let run = move || {
            let start = Instant::now();
            let mut sources = Sources::default();
            let _ = sources.add("stub.yaml", stub.as_str());
            let rendered = tailscale_expose::render(&sources);
            let told = rendered.findings.iter().any(|finding| finding.rule.id == "flux-substitution");
            assert_eq!(told, is_told);
            start.elapsed()
        };
        // The main thread of a module has a megabyte.
        let thread = thread::Builder::new().stack_size(1 << 20).spawn(run).expect("a thread must start");
        let took = thread.join().expect("no text may end a run");
        assert!(took.as_secs() < 20, "{took:?}");
    }
}
