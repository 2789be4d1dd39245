//! Expected files: compared by default, rewritten under `BLESS=1`.
//!
//! A file with nothing in it is not kept: nothing is expected where there is no file.

// Each test uses a part of this file.
#![allow(dead_code, clippy::disallowed_methods, clippy::indexing_slicing)]

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// The most cells of the table that finds common lines; texts beyond it are shown whole.
const MAX_CELLS: usize = 4_000_000;

/// Whether this run rewrites what it would compare.
pub(crate) fn is_asked() -> bool {
    env::var_os("BLESS").is_some_and(|value| value == "1")
}

/// Writes an expected file, or removes it where there is nothing to expect.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), String> {
    let done = if text.is_empty() { fs::remove_file(path) } else { fs::write(path, text) };
    match done {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(format!("cannot write {}: {error}", path.display())),
        _ => Ok(()),
    }
}

/// Returns an expected text; empty where there is no file.
pub(crate) fn expected(path: &Path) -> Result<String, String> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(format!("cannot read {}: {error}", path.display())),
    }
}

/// Compares a text with an expected file, or rewrites the file; `test` is the target to run again.
pub(crate) fn check(path: &Path, text: &str, test: &str) -> Result<(), String> {
    if is_asked() {
        return write(path, text);
    }
    let expected = expected(path)?;
    if expected == text {
        return Ok(());
    }
    Err(format!(
        "{} is not what came out; if the new text is right: BLESS=1 cargo test --test {test}\n{}",
        path.display(),
        difference(&expected, text)
    ))
}

/// Returns the lines of two texts, marked `-` (expected) and `+` (came out) where they differ.
pub(crate) fn difference(expected: &str, text: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) =
        (expected.split_inclusive('\n').collect(), text.split_inclusive('\n').collect());
    if (old.len() + 1) * (new.len() + 1) > MAX_CELLS {
        return format!("expected:\n{expected}\ncame out:\n{text}");
    }
    // common[i][j]: how many lines the rests from i and j have in common.
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] =
                if old[i] == new[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, String::new());
    while i < old.len() || j < new.len() {
        let (mark, line) = if i < old.len() && j < new.len() && old[i] == new[j] {
            i += 1;
            j += 1;
            (' ', old[i - 1])
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            i += 1;
            ('-', old[i - 1])
        } else {
            j += 1;
            ('+', new[j - 1])
        };
        out.push(mark);
        out.push_str(line.strip_suffix('\n').unwrap_or(line));
        out.push_str(if line.ends_with('\n') { "\n" } else { " (no newline)\n" });
    }
    out
}
