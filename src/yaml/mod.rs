//! Text with places: sources, spans, trees and safe emission.
//!
//! This room knows YAML and nothing of Kubernetes. It reads with granit-parser, which gives byte
//! ranges, and writes with serde-saphyr, whose strings are still strings when Kubernetes' own
//! readers read them back. It does not judge what a document means.

mod edit;
mod emit;
mod json;
mod map;
mod packed;
mod scalar;
mod source;
mod syntax;
mod tree;
mod visible;

pub use edit::{Edit, apply, sort as sort_edits};
pub use emit::{Text, emit};
pub use json::to_json;
pub use map::Map;
pub use packed::{Packed, Packer, Step};
pub use scalar::{Resolved, resolve};
pub use source::{Place, Shown, Source, SourceId, Sources, Span};
pub use syntax::{SyntaxFault, explain};
pub use tree::{Document, Node, Scalar, Style, Value, documents, parse};
pub use visible::{shortened, visible, visible_line};
