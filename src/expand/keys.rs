//! `labels` and `annotations`: what a person may write there, decided for both in one place.
//!
//! A key that a field writes, that the operator writes or that a tool writes is refused, wherever it is
//! written and whatever layer it comes from: two writers of one key are a fight that nobody sees.

use super::context::Context;
use super::layers::Pair;
use super::manifest::Texts;
use super::ways::Way;
use crate::api::{GROUP, Literals, field_of, has_placeholder, nearest, section_fields};
use crate::krm::Finding;
use crate::rule::{Rule, rules};
use crate::tailscale::annotation::{self, Owner};
use crate::tailscale::{check_key, check_label_value, check_label_value_part};

/// The mapping that a key stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Labels,
    Annotations,
}

impl Place {
    fn field(self) -> &'static str {
        match self {
            Self::Labels => "labels",
            Self::Annotations => "annotations",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Labels => "label",
            Self::Annotations => "annotation",
        }
    }

    fn rule(self) -> &'static Rule {
        match self {
            Self::Labels => rules::INVALID_LABEL,
            Self::Annotations => rules::INVALID_ANNOTATION,
        }
    }
}

/// Returns what is wrong with the key of a label or annotation, or of a selector.
pub(super) fn key_fault(key: &str) -> Option<String> {
    if !has_placeholder(key) {
        return check_key(key).err();
    }
    let part = |part: &str| check_label_value_part(&part.replace('/', ""));
    Literals::of(key).check(&part).err().map(|(_, why)| format!("name {why}"))
}

/// Returns what is wrong with the value of a label, or of a selector.
pub(super) fn label_value_fault(value: &str) -> Option<String> {
    if !has_placeholder(value) {
        return check_label_value(value).err();
    }
    Literals::of(value).check(&check_label_value_part).err().map(|(_, why)| why)
}

impl Context<'_, '_, '_> {
    /// Returns the labels, checked.
    pub(super) fn labels(&mut self, pairs: Vec<Pair<'_>>) -> Option<Texts> {
        let mut texts = Texts::default();
        let mut sound = true;
        for pair in pairs {
            let fault = label_value_fault(pair.value);
            if !self.may_write(Place::Labels, &pair) {
                sound = false;
            } else if let Some(why) = fault {
                let path = self.path_in(pair.layer, "labels").key(pair.key);
                let finding = Finding::of(rules::INVALID_LABEL, format!("the label's value {why}"));
                self.report(finding.at(pair.span).path(path));
                sound = false;
            } else {
                self.substituted_pair(Place::Labels, &pair);
                self.trace_item(Way::Label, texts.0.len(), (pair.layer, pair.span));
                texts.push_written(pair.key, pair.value);
            }
        }
        sound.then_some(texts)
    }

    /// Returns the free annotations, checked, with ours and those of the operator among them.
    pub(super) fn annotations(&mut self, pairs: Vec<Pair<'_>>, set: Texts) -> Option<Texts> {
        let (mut texts, mut written) = (set, Texts::default());
        let mut sound = true;
        for pair in &pairs {
            if self.may_write(Place::Annotations, pair) {
                texts.0.retain(|(key, _)| key != pair.key);
                self.substituted_pair(Place::Annotations, pair);
                written.push_written(pair.key, pair.value);
            } else {
                sound = false;
            }
        }
        written.add_sorted(texts);
        for pair in pairs {
            if let Some(number) = written.number(pair.key) {
                self.trace_item(Way::Annotation, number, (pair.layer, pair.span));
            }
        }
        sound.then_some(written)
    }

    fn substituted_pair(&mut self, place: Place, pair: &Pair<'_>) {
        self.substituted(|at| at.path_in(pair.layer, place.field()).key(pair.key), pair.span, pair.value);
    }

    /// Returns whether a person may write a key; why not, is reported.
    fn may_write(&mut self, place: Place, pair: &Pair<'_>) -> bool {
        let literals = Literals::of(pair.key);
        let has_placeholder = has_placeholder(pair.key);
        if let Some(why) = key_fault(pair.key) {
            return self.refuse(place, pair, place.rule(), format!("the {}'s {why}", place.word()), None);
        }
        // What a key may become: what it is with its defaults, and whatever begins as it does.
        let key = literals.joined();
        let owner = match (Owner::of(&key, GROUP), has_placeholder) {
            (owner, false) => owner,
            (Owner::Unread, true) => Owner::Operator,
            (Owner::Anybody, true) => Owner::of_beginning(literals.prefix, GROUP),
            (owner, true) => owner,
        };
        match owner {
            Owner::Anybody => true,
            Owner::Unread => {
                self.unread(place, pair);
                true
            }
            // As a label the operator writes it, on what it makes itself.
            Owner::Read if place == Place::Labels && key == annotation::PROXY_GROUP => {
                let field = field_of(&key).filter(|field| self.has_field(field));
                let why = "must not be written: the operator labels its own objects with it".to_owned();
                self.refuse(place, pair, rules::OPERATOR_OWNED_KEY, why, field)
            }
            Owner::Read => {
                let why = self.instead_of(&key);
                self.refuse(place, pair, place.rule(), why, None)
            }
            Owner::Operator if has_placeholder => {
                let why = "must not be written: it may become a key of the operator's".to_owned();
                self.refuse(place, pair, rules::OPERATOR_OWNED_KEY, why, None)
            }
            Owner::Operator => {
                let why = match place {
                    Place::Labels => "must not be written: the operator labels its own objects with it",
                    Place::Annotations => "must not be written: only the operator may",
                };
                self.refuse(place, pair, rules::OPERATOR_OWNED_KEY, why.to_owned(), None)
            }
            Owner::Tool(tool) => {
                let why = format!("must not be written: the key belongs to {tool}");
                self.refuse(place, pair, place.rule(), why, None)
            }
        }
    }

    /// Warns of a key of the operator's domain that it does not read.
    fn unread(&mut self, place: Place, pair: &Pair<'_>) {
        let path = self.path_in(pair.layer, place.field()).key(pair.key);
        let message = format!("the operator does not read the {} \"{}\"", place.word(), pair.key);
        let mut finding = Finding::of(rules::UNKNOWN_ANNOTATION, message).at(pair.key_span).path(path);
        let near = nearest(pair.key, annotation::READ.iter().map(|(key, _)| *key));
        let field = near.and_then(field_of).filter(|field| self.has_field(field));
        finding.help = field.map(|field| format!("write `{field}`")).or_else(|| {
            let near = near?;
            Some(format!("delete it; \"{near}\" is read on {} only", annotation::read_on(near)?))
        });
        self.report(finding);
    }

    /// Returns whether entries of the section have a field.
    pub(super) fn has_field(&self, field: &str) -> bool {
        section_fields(self.section).any(|known| known == field)
    }

    /// Says what to write instead of a key that a field of a stub stands for.
    fn instead_of(&self, key: &str) -> String {
        let (section, field) = (self.section, field_of(key).unwrap_or_default());
        if self.has_field(field) {
            return format!("must be written as `{field}`");
        }
        match field {
            "annotate" => format!("must not be written: what `{section}` makes is exposed without it"),
            _ => {
                let on = annotation::read_on(key).unwrap_or_default();
                format!("must not be written: the operator reads it on {on} only, and `{section}` makes none")
            }
        }
    }

    fn refuse(
        &mut self,
        place: Place,
        pair: &Pair<'_>,
        rule: &'static Rule,
        message: String,
        field: Option<&str>,
    ) -> bool {
        let path = self.path_in(pair.layer, place.field()).key(pair.key);
        let mut finding = Finding::of(rule, message).at(pair.key_span).path(path);
        finding.help = field.map(|field| format!("write `{field}`"));
        self.report(finding);
        false
    }
}
