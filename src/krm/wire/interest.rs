//! Which items of a question somebody will ask about: these are parsed, the rest goes on as bytes.

use crate::krm::split::Kind;

/// What the callers of a question ask about.
#[derive(Debug, Clone, Copy)]
pub struct Interest<'k> {
    /// The kinds that decide whether anything is done at all.
    pub first: &'k [&'k str],
    /// The kinds that are asked about where there is one of the first, or a config: each caller's own.
    pub then: &'k [&'k [&'k str]],
    /// What the bytes of every other object hold that is asked about.
    pub mark: &'k str,
}

impl Interest<'_> {
    /// Returns whether an object may be of the first kinds.
    pub(super) fn is_first(&self, kind: &Kind<'_>) -> bool {
        kind.may_be(self.first)
    }

    /// Returns whether an object may be of a kind that a caller asks about.
    pub(super) fn is_then(&self, kind: &Kind<'_>) -> bool {
        self.then.iter().any(|kinds| kind.may_be(kinds))
    }
}
