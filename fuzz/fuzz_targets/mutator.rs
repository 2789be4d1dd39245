//! A mutator that knows lines: most of its texts are built or damaged as people damage theirs, because
//! few texts that bytes were changed in get past the first look.

use std::fs;
use std::sync::OnceLock;

use libfuzzer_sys::fuzzer_mutate;

use crate::lists::{Dice, bytes_of, damage};
use crate::put::put;

/// Changes the first `size` bytes of `data`; `build` makes a text from nothing.
pub(crate) fn mutate(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    build: impl FnOnce(&mut Dice<'_>, &[String]) -> String,
) -> usize {
    let bytes = bytes_of(u64::from(seed), 160);
    let mut dice = Dice(&bytes);
    let text = match (dice.roll(8), std::str::from_utf8(&data[..size])) {
        (0..=2, _) => build(&mut dice, corpus()),
        (3..=5, Ok(text)) => {
            let mut text = text.to_owned();
            for _ in 0..=dice.roll(3) {
                damage(&mut text, &mut dice);
            }
            text
        }
        _ => return fuzzer_mutate(data, size, max_size),
    };
    put(data, max_size, &text)
}

/// Returns the documents of the repository's corpus.
fn corpus() -> &'static [String] {
    static CORPUS: OnceLock<Vec<String>> = OnceLock::new();
    CORPUS.get_or_init(|| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/corpus");
        let mut files: Vec<_> =
            fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        files.sort();
        let texts = files.iter().filter_map(|file| fs::read_to_string(file.join("original.yaml")).ok());
        texts.flat_map(|text| text.split("\n---\n").map(|body| body.trim().to_owned()).collect::<Vec<_>>()).collect()
    })
}
