//! How much a function may use.

use std::time::Duration;

/// The stack of the function.
pub(crate) const STACK: usize = 8 << 20;

/// What the host itself needs of its thread's stack.
pub(crate) const HOST_STACK: usize = 256 << 10;

/// What a 32-bit memory can hold.
const ADDRESSES: u64 = 1 << 32;

const MIB: u64 = 1 << 20;

/// How much a function may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory, and bytes of the answer.
    pub memory: u64,
    /// Time from the whole question to the whole answer.
    pub deadline: Duration,
}

impl Limits {
    /// Returns the limits for a question of so many bytes, from a base of so many MiB.
    ///
    /// The factor is what parsers need: text is read twice, and each scalar becomes a node. Ours takes
    /// some 10 bytes for a byte of the question; functions in Go that decode into maps take 40.
    #[must_use]
    pub fn of(base: u64, length: usize) -> Self {
        let length = length as u64;
        let memory = base.saturating_mul(MIB).saturating_add(length.saturating_mul(64)).min(ADDRESSES);
        Self { memory, deadline: Duration::from_secs(10 + length / (100 << 10)) }
    }

    /// Returns how many bytes of memory compiling a module of so many bytes may take, from a base of so many
    /// MiB: Go's compiler makes functions of which it takes 150 for each byte.
    #[must_use]
    pub fn compiling(base: u64, length: usize) -> u64 {
        base.saturating_mul(MIB).saturating_add((length as u64).saturating_mul(256))
    }

    /// Returns how many bytes of standard error are handed on: a report is longer than what it is about.
    #[must_use]
    pub fn stderr(self, length: usize) -> u64 {
        (16 * MIB).saturating_add((length as u64).saturating_mul(64)).min(self.memory)
    }

    /// Returns the memory in MiB.
    #[must_use]
    pub fn mebibytes(self) -> u64 {
        self.memory / MIB
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_grow_with_the_question_up_to_what_32_bits_address() {
        for (length, memory, seconds) in [(0, 64, 10), (1 << 20, 128, 20), (1 << 30, 4096, 10_495)] {
            let limits = Limits::of(64, length);
            assert_eq!((limits.mebibytes(), limits.deadline.as_secs()), (memory, seconds), "{length} bytes");
        }
    }
}
