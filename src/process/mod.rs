//! The pipeline: read, decode, expand, write. The one room that knows every other.
//!
//! It has two hosts: `render` for files, each with its own source, and `respond` for the KRM
//! Functions wire, where everything is in one request and the answer is an edit of it.

mod call;
mod carry;
mod config;
mod conflicts;
mod decode;
mod emit;
mod files;
mod held;
mod inline;
mod interest;
mod layout;
mod listing;
mod load;
mod old;
mod overlay;
mod profiles;
mod releases;
mod render;
mod respond;
mod reveal;
mod run;
mod tree;

pub use files::{Action, FileChange, Files, beside, folder};
pub use render::{Origin, Rendered, Rendering, render, render_tree};
pub use respond::{Response, respond};
pub use tree::{File, HEADER, Named, Role, State, Tree};
