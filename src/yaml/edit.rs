//! Edits of source text: what is not touched stays byte for byte.

use std::ops::Range;

/// A replacement of some bytes; an empty range inserts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The bytes of the text that are replaced.
    pub range: Range<usize>,
    /// What stands there afterwards.
    pub text: String,
}

/// Puts edits in the order of their places; those at one place keep their order, what is inserted there
/// before what is replaced.
pub fn sort(edits: &mut [Edit]) {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
}

/// Applies edits that do not overlap.
#[must_use]
pub fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    sort(&mut edits);
    let mut out = String::with_capacity(text.len() + edits.iter().map(|edit| edit.text.len()).sum::<usize>());
    let mut at = 0;
    for edit in edits {
        out.push_str(text.get(at..edit.range.start).unwrap_or_default());
        out.push_str(&edit.text);
        at = edit.range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_leave_the_rest_as_it_is() {
        let edits = vec![Edit { range: 5..6, text: "X".into() }, Edit { range: 2..2, text: "<>".into() }];
        assert_eq!(apply("a: b c d", edits), "a:<> b X d");
    }
}
