//! How much a build may become: what is written once, and holds for many, multiplies.
//!
//! A number of replicas is a few bytes and claims as many names; labels in `defaults` are written out for
//! every entry, and a fault there is told for every entry. What each entry brings is bounded by the input, so
//! only the products are: far above what people have, and below what a host has memory for.

/// How many names may be claimed for replicas, and how many more for each entry.
const MOST_NAMES: (usize, usize) = (1_000_000, 8);
/// How many bytes the texts of the objects may have, each by a bound that is known before it is written.
const MOST_BYTES: usize = 256 << 20;
/// How many findings entries may have together, and how many more for each entry.
const MOST_FINDINGS: (usize, usize) = (100_000, 8);

/// What is left to be made.
#[derive(Debug)]
pub(super) struct Budget {
    names: usize,
    bytes: usize,
    findings: usize,
}

impl Budget {
    /// Makes the budget of a build with so many entries.
    pub(super) fn of(entries: usize) -> Self {
        let with = |(fixed, each): (usize, usize)| fixed.saturating_add(each.saturating_mul(entries));
        Self { names: with(MOST_NAMES), bytes: MOST_BYTES, findings: with(MOST_FINDINGS) }
    }

    /// Takes the names of replicas; returns why there are too many.
    pub(super) fn take_names(&mut self, count: usize) -> Result<(), String> {
        let left = self.names.checked_sub(count);
        self.names = left.ok_or_else(|| {
            format!("the build's proxies are too many: these {count} are beyond what can be compared")
        })?;
        Ok(())
    }

    /// Takes the most bytes that an object's text may have; returns why there are too many.
    pub(super) fn take_bytes(&mut self, count: usize) -> Result<(), String> {
        let left = self.bytes.checked_sub(count);
        // What does not fit is the last that is tried: a smaller one would be made beside what is missing.
        self.bytes = left.unwrap_or_default();
        left.map(drop).ok_or_else(too_long)
    }

    /// Returns why nothing more may be tried, after so many findings.
    pub(super) fn exhausted(&self, findings: usize) -> Option<String> {
        if self.bytes == 0 {
            return Some(too_long());
        }
        (findings > self.findings).then(|| "is not expanded: the entries before it have too many faults".to_owned())
    }
}

fn too_long() -> String {
    format!("the objects of a build must be no more than {} MiB", MOST_BYTES >> 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_gone() {
        let mut budget = Budget::of(0);
        assert!(budget.take_names(MOST_NAMES.0).is_ok() && budget.take_names(1).is_err());
        assert!(budget.take_bytes(MOST_BYTES - 1).is_ok() && budget.exhausted(0).is_none());
        assert!(budget.take_bytes(2).is_err() && budget.exhausted(0).is_some(), "the rest is not filled up");
    }

    #[test]
    fn each_entry_may_have_findings() {
        let many = 1_000_000;
        assert!(Budget::of(0).exhausted(many).is_some() && Budget::of(many).exhausted(many).is_none());
    }
}
