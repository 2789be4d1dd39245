//! What the cases of a plan came to: a run in which nothing was kept proves nothing. And bytes for new
//! cases, for few that grow one by one get far.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::lists::bytes_of;

/// Plans, and of them: without errors, with errors, objects kept, objects removed.
pub(crate) struct Tally([AtomicUsize; 5]);

impl Tally {
    pub(crate) const fn new() -> Self {
        Self([const { AtomicUsize::new(0) }; 5])
    }

    /// Adds what a case came to, and prints the sums from time to time.
    pub(crate) fn add(&self, found: [usize; 4]) {
        let [count, rest @ ..] = &self.0;
        for (sum, found) in rest.iter().zip(found) {
            sum.fetch_add(found, Relaxed);
        }
        if (count.fetch_add(1, Relaxed) + 1).is_multiple_of(1 << 16) {
            let [cases, sound, faulty, kept, removed] = self.0.each_ref().map(|count| count.load(Relaxed));
            eprintln!(
                "{cases} cases, {sound} plans without errors, {faulty} with, {kept} objects kept, {removed} removed"
            );
        }
    }
}

/// Writes a new case.
pub(crate) fn fresh(data: &mut [u8], max_size: usize, seed: u32) -> usize {
    let bytes = bytes_of(u64::from(seed), max_size.min(160));
    data[..bytes.len()].copy_from_slice(&bytes);
    bytes.len()
}
