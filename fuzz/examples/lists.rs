//! Writes lists and how they are split, one JSON object a line: `cargo run --release --example lists --
//! COUNT`. The reader in `goreader/` compares; with a folder as second argument, the texts become its
//! files, as seeds.

#[path = "../../tests/split/lists.rs"]
mod lists;

use std::fs;
use std::io::{BufWriter, Write as _, stdout};

use lists::{Dice, bytes_of, list};
use serde_json::json;
use tailscale_expose::krm::split::{Kind, split};

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let count: u64 = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(1000);
    let folder = arguments.next();
    let corpus = corpus()?;
    let mut out = BufWriter::new(stdout().lock());
    for seed in 0..count {
        let bytes = bytes_of(seed, 160);
        let mut dice = Dice(&bytes);
        let text = list(&mut dice, &corpus);
        if let Some(folder) = &folder {
            fs::write(format!("{folder}/seed-{seed:03}"), text)?;
            continue;
        }
        let Some(split) = split(&text) else {
            writeln!(out, "{}", json!({ "text": text }))?;
            continue;
        };
        let kinds: Vec<Option<&str>> = split.items.iter().map(|item| word(item.kind)).collect();
        let items: Vec<[usize; 2]> = split.items.iter().map(|item| [item.range.start, item.range.end]).collect();
        writeln!(
            out,
            "{}",
            json!({ "text": text, "head": split.head.end, "items": items, "tail": split.tail.start, "kinds": kinds })
        )?;
    }
    Ok(())
}

fn word(kind: Kind<'_>) -> Option<&str> {
    match kind {
        Kind::Certain(kind) => Some(kind),
        Kind::Unsure => None,
    }
}

fn corpus() -> std::io::Result<Vec<String>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/corpus");
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    files.sort();
    let texts = files.iter().filter_map(|file| fs::read_to_string(file.join("original.yaml")).ok());
    Ok(texts
        .flat_map(|text| text.split("\n---\n").map(|body| format!("{}\n", body.trim())).collect::<Vec<_>>())
        .collect())
}
