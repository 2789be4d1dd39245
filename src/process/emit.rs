//! Emission: objects to text, where they are written and nowhere before.
//!
//! Nothing can go wrong here that is anybody's fault: what does not fit was refused while it was expanded,
//! when what an earlier run made could still be kept.

use crate::expand::Manifest;
use crate::yaml::emit;

/// How manifests are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Format {
    /// As YAML.
    #[default]
    Yaml,
    /// As JSON on one line.
    Json,
}

/// Writes manifests, one after the other, in one buffer, so that whoever keeps a text takes just its length.
#[derive(Debug, Default)]
pub(super) struct Emitter {
    format: Format,
    buffer: String,
}

impl Emitter {
    /// Makes an emitter of a format.
    pub(super) fn of(format: Format) -> Self {
        Self { format, buffer: String::new() }
    }

    /// Returns the text of a manifest.
    pub(super) fn text(&mut self, manifest: &Manifest) -> &str {
        self.buffer.clear();
        let is_written = self.format == Format::Yaml && emit(&mut self.buffer, manifest).is_ok();
        if !is_written {
            // JSON is YAML, too: what its emitter would refuse, by a fault of ours, is not left out. It has
            // texts under texts, and that never fails.
            self.buffer = serde_json::to_string(manifest).unwrap_or_default();
        }
        &self.buffer
    }
}
