//! The pipeline: read, decode, expand, write. The one room that knows every other.
//!
//! It has two hosts: `render` for files, each with its own source, and `respond` for the KRM
//! Functions wire, where everything is in one request and the answer is an edit of it.

mod config;
mod prepare;
mod render;
mod respond;
mod reveal;

pub use render::{Origin, Rendered, Rendering, render};
pub use respond::{Response, respond};
