//! Questions that are no files: too large, or no text.

mod bad;

use libtest_mimic::Trial;

/// Every test of a question that is no file.
pub(crate) fn trials() -> Vec<Trial> {
    bad::trials()
}
