//! What proxy an entry has: its tags, group, class and switches, and the annotations that tell the operator.

use super::context::Context;
use super::layers::{CommonLayers, Picked};
use super::manifest::Texts;
use super::source_map::STUB;
use super::ways::Way;
use crate::api::{Common, Defaults, List, STUB_ANNOTATION, Switch, Templated};
use crate::krm::FieldPath;
use crate::tailscale::{Label, Name, Tag};

impl Context<'_, '_, '_> {
    /// Returns the annotation that holds tags.
    pub(super) fn tags_text(tags: &Picked<'_, List<Templated<Tag>>>) -> String {
        let tags: Vec<String> = tags.value.0.iter().map(|tag| tag.value.to_string()).collect();
        tags.join(",")
    }

    /// Returns the annotation that names the stub.
    pub(super) fn provenance(&mut self) -> Texts {
        let mut texts = Texts::default();
        let stub = self.stub.provenance();
        self.trace(Way::Stub, (STUB, self.stub.name_span));
        self.substituted(|_| FieldPath::from(["metadata", "name"]), self.stub.name_span, &stub);
        texts.push(STUB_ANNOTATION, stub);
        texts
    }

    /// Returns the tags, `proxyGroup` and `proxyClass` of an entry as annotations.
    pub(super) fn proxy_annotations(
        &mut self,
        tags: Option<&Picked<'_, List<Templated<Tag>>>>,
        group: Option<&Picked<'_, Templated<Label>>>,
        class: Option<&Picked<'_, Templated<Name>>>,
        texts: &mut Texts,
    ) {
        if let Some(tags) = tags {
            self.annotation(Way::Tags, tags, Self::tags_text(tags), texts);
        }
        if let Some(group) = group {
            self.annotation(Way::ProxyGroup, group, group.value.to_string(), texts);
        } else if let Some(class) = class {
            self.proxy_class(class);
            self.annotation(Way::ProxyClass, class, class.value.to_string(), texts);
        }
    }

    /// Adds an annotation that a field stands for.
    fn annotation<T>(&mut self, way: Way, picked: &Picked<'_, T>, text: String, texts: &mut Texts) {
        self.trace(way, picked.place());
        self.substituted(|at| at.path_in(picked.layer, way.field()), picked.span, &text);
        texts.push(way.annotation(), text);
    }
}

/// Returns a switch that is on, or may be.
pub(super) fn wanted(picked: Option<Picked<'_, Switch>>) -> Option<Picked<'_, Switch>> {
    picked.filter(|picked| match picked.value {
        Switch::On | Switch::Opaque(_) => true,
        Switch::Off => false,
    })
}

/// Returns a boolean annotation's value, where one is written: the operator takes any but "true" for off.
pub(super) fn switch(switch: &Switch) -> Option<String> {
    match switch {
        Switch::On => Some("true".to_owned()),
        Switch::Off => None,
        Switch::Opaque(text) => Some(text.to_string()),
    }
}

/// Picks the tags of an entry.
pub(super) fn tags<'a>(layers: &CommonLayers<'a>) -> Option<Picked<'a, List<Templated<Tag>>>> {
    layers.common(|entry: Common<'a>| entry.tags, |defaults: &Defaults| &defaults.tags)
}
