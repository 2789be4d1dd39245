//! The kind of an object that nobody reads, where it is beyond doubt.
//!
//! Kubernetes kinds decide whether an object can matter to us, and nearly all manifests write theirs
//! in the same way: `kind: Word` at the column of the first key. A wrong answer would lose an object,
//! so anything less plain is no answer. Four traps showed themselves when this was compared with a
//! reader, and each has its test:
//!
//! - a deeper line after `kind: A` goes on with its text (`A B`),
//! - a text in quotes over several lines can show `kind: B` at the column of the keys,
//! - after a dash and a comment the column is that of a later line,
//! - a line of tabs in between counts differently for different readers.

use super::lines::{Line, Look};

/// Whether the kind of an object is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<'s> {
    /// A reader would find this kind, whatever else the object holds.
    Certain(&'s str),
    /// Only a reader can tell.
    Unsure,
}

impl Kind<'_> {
    /// Returns whether the object may be of one of the kinds, and must be read.
    #[must_use]
    pub fn may_be(&self, kinds: &[&str]) -> bool {
        match self {
            Self::Certain(kind) => kinds.contains(kind),
            Self::Unsure => true,
        }
    }
}

/// What the lines of an object told so far.
#[derive(Debug)]
pub(super) struct Lookout<'s> {
    /// The column of the keys.
    column: Option<usize>,
    has_key: bool,
    kind: Option<&'s [u8]>,
    /// The line before was the kind.
    after_kind: bool,
    is_sure: bool,
    is_odd: bool,
}

impl<'s> Lookout<'s> {
    /// Starts at the dash line of an item.
    pub(super) fn at_dash(line: &Line<'s>, look: Look) -> Self {
        let (column, is_sure) = match look {
            Look::Closed { column, keyed } => (column, keyed),
            Look::Block { column, keyed, .. } => (Some(column), keyed),
            Look::Odd => (None, false),
        };
        let is_odd = look == Look::Odd;
        let mut new = Self { column, has_key: false, kind: None, after_kind: false, is_sure, is_odd };
        if let Some(column) = column {
            // `- - a: b` is a sequence; `look` passed over its dashes.
            new.is_sure &=
                line.bytes.get(line.indent + 1..column).is_some_and(|gap| gap.iter().all(|byte| *byte == b' '));
            new.key(line, column, is_sure);
        }
        new
    }

    /// Takes a content line: neither blank nor a comment nor the text of a block scalar.
    pub(super) fn line(&mut self, line: &Line<'s>, look: Look) {
        let keyed = match look {
            Look::Closed { keyed, .. } | Look::Block { keyed, .. } => keyed,
            Look::Odd => return self.is_odd = true,
        };
        let Some(column) = self.column else { return self.is_sure = false };
        if line.indent > column {
            self.is_sure &= !self.after_kind;
            self.after_kind = false;
        } else if line.indent < column {
            self.is_sure = false;
        } else if !line.is_entry() {
            self.after_kind = false;
            self.key(line, column, keyed);
        } else {
            // A sequence may stand at the column of its key, but not before any key or right after a word.
            self.is_sure &= self.has_key && !self.after_kind;
        }
    }

    fn key(&mut self, line: &Line<'s>, column: usize, keyed: bool) {
        let rest = line.bytes.get(column..).unwrap_or_default();
        self.has_key = true;
        self.is_sure &= keyed && rest.first().is_some_and(u8::is_ascii_alphabetic);
        let Some(after) = rest.strip_prefix(b"kind") else { return };
        match after.trim_ascii_start().split_first() {
            Some((b':', value)) if after.first() == Some(&b':') => {
                let value = value.strip_prefix(b" ").unwrap_or_default();
                let end = value.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
                let value = value.get(..end).unwrap_or_default();
                let is_word =
                    value.first().is_some_and(u8::is_ascii_alphabetic) && value.iter().all(u8::is_ascii_alphanumeric);
                self.is_sure &= is_word && self.kind.is_none();
                self.kind = Some(value);
                self.after_kind = true;
            }
            Some((b':', _)) => self.is_sure = false,
            _ => {}
        }
    }

    /// Marks the object as odd.
    pub(super) fn odd(&mut self) {
        self.is_odd = true;
    }

    /// Returns whether a line of the object takes a reader.
    pub(super) fn is_odd(&self) -> bool {
        self.is_odd
    }

    /// Returns the kind, now that the object is complete.
    pub(super) fn finish(self) -> Kind<'s> {
        let is_lost = self.is_odd || !self.is_sure;
        match self.kind.map(str::from_utf8) {
            Some(Ok(kind)) if !is_lost => Kind::Certain(kind),
            _ => Kind::Unsure,
        }
    }
}
