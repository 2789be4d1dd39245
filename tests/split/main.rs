//! The splitter: what it refuses, which kinds it is sure of, and that it agrees with the full parser.

mod agree;
mod answers;
mod kinds;
mod lists;
mod properties;
mod refusals;
mod streams;
