//! The plan: what of an earlier run stays, is replaced or removed, and what is added, and why.
//!
//! Pure, and the one place that decides it: the hosts only carry a plan out. Its first rule is that an
//! error never takes anything away. What an earlier run made of a stub that has an error now stays as
//! it is, unless this run makes it anew, and it keeps its names: nothing else may claim them.

mod levels;
mod settle;

pub use levels::{levelled, severity};
pub use settle::{About, By, Fate, Settled, There, settle};
