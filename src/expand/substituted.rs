//! Texts that are none any more when Flux has substituted in them.
//!
//! Wherever a text is written that may hold a placeholder, it is shown to these two.

use super::context::Context;
use super::layers::Picked;
use crate::api::{Switch, Template, becomes};
use crate::krm::{FieldPath, Finding};
use crate::rule::rules;
use crate::yaml::Span;

/// The longest text that is repeated in an advice.
const MAX_SHOWN: usize = 100;

impl Context<'_, '_, '_> {
    /// Warns of a text that becomes something else when its placeholders are substituted.
    pub(super) fn substituted(&mut self, path: impl FnOnce(&Self) -> FieldPath, span: Span, text: &str) {
        if let Some(what) = becomes(text) {
            let path = path(self);
            self.without_quotes(path, span, text, what, "write a default that is text to every reader of YAML");
        }
    }

    /// Warns of an annotation that becomes a boolean when its placeholder is substituted.
    pub(super) fn substituted_switch(&mut self, field: &str, picked: &Picked<'_, Switch>) {
        let Switch::Opaque(text) = picked.value else { return };
        if !text.starts_with("${quote}") && Template::of(text).fault.is_none() {
            let path = self.path_in(picked.layer, field);
            self.without_quotes(path, picked.span, text, "a boolean", "write true where it is meant");
        }
    }

    fn without_quotes(&mut self, path: FieldPath, span: Span, text: &str, what: &str, way: &str) {
        let message = format!(
            "kustomize drops the quotes, and substitution then makes {what} of it, which the API server refuses"
        );
        let quoted = if text.len() > MAX_SHOWN {
            "begin and end it with \"${quote}\"".to_owned()
        } else {
            format!("\"${{quote}}{text}${{quote}}\"")
        };
        let finding = Finding::of(rules::FLUX_SUBSTITUTION, message).at(span).path(path);
        self.report(finding.help(format!("{way}, or {quoted} with Flux's variable `quote`")));
    }
}
