//! Writes texts with placeholders and what is thought of them, one JSON object a line: `cargo run --release
//! --example templates -- COUNT [FIRST SEED]`. The program in `envsubst/` compares with Flux's own module.

#[path = "../../tests/flux/texts.rs"]
mod texts;

use std::io::{BufWriter, Write as _, stdout};

use serde_json::json;
use tailscale_expose::api::{Decoder, Template, becomes};
use tailscale_expose::krm::ResourceRef;
use tailscale_expose::yaml::{Sources, Span};

fn main() -> std::io::Result<()> {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse::<u64>().unwrap_or_default());
    let count = numbers.next().unwrap_or(1000);
    let first = numbers.next().unwrap_or_default();
    let source = Sources::default().add("t.yaml", String::new());
    let span = Span { source, start: 0, end: 0 };
    let mut out = BufWriter::new(stdout().lock());
    for seed in first..first + count {
        let text = texts::text(&mut texts::Choices(&texts::bytes_of(seed, 120)));
        let mut decoder = Decoder::new(ResourceRef::default());
        decoder.opaque(&text, span);
        let takes = Template::of(&text).fault.is_none();
        let written = decoder.findings.errors() == 0;
        writeln!(out, "{}", json!({"text": text, "takes": takes, "written": written, "becomes": becomes(&text)}))?;
    }
    Ok(())
}
