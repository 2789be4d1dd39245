//! Precedence: an entry over the section's defaults over the stub's over the profile's two.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::api::{Common, Defaults, EveryEntry, Setting, TextMap};
use crate::krm::FieldPath;
use crate::yaml::Span;

/// A value that won, and where it is written.
#[derive(Debug)]
pub(super) struct Picked<'a, T> {
    /// The value.
    pub(super) value: &'a T,
    /// Where it is written.
    pub(super) span: Span,
    /// Which layer it comes from; the entry itself is the first.
    pub(super) layer: usize,
}

/// A field of an entry, and where its value is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'f> {
    /// The field.
    pub(super) field: &'f str,
    /// Which layer has it; the entry itself is the first.
    pub(super) layer: usize,
    /// Where the value is written.
    pub(super) span: Span,
}

impl<'f> At<'f> {
    /// Returns a field of the entry itself.
    pub(super) fn entry(field: &'f str, span: Span) -> Self {
        Self { field, layer: 0, span }
    }
}

impl<T> Picked<'_, T> {
    /// Returns where the value is, as that of a field.
    pub(super) fn at<'f>(&self, field: &'f str) -> At<'f> {
        At { field, layer: self.layer, span: self.span }
    }

    /// Returns whether the entry itself says so.
    pub(super) fn is_written(&self) -> bool {
        self.layer == 0
    }

    /// Returns its layer, and where it is written.
    pub(super) fn place(&self) -> (usize, Span) {
        (self.layer, self.span)
    }
}

/// An entry and the defaults behind it, strongest first.
#[derive(Debug)]
pub(super) struct Layers<'a, E: ?Sized> {
    /// The entry.
    pub(super) entry: &'a E,
    /// The defaults of its section: the stub's, the profile's.
    pub(super) sections: [Option<&'a E>; 2],
    /// The defaults of all sections: the stub's, the profile's.
    pub(super) tops: [Option<&'a Defaults>; 2],
}

impl<'a, E: ?Sized> Layers<'a, E> {
    /// Returns the strongest value of a field that only the section has; none if it is cleared.
    pub(super) fn own<T: 'a>(&self, field: impl Fn(&'a E) -> &'a Setting<T>) -> Option<Picked<'a, T>> {
        let settings = [(0, Some(self.entry)), (1, self.sections[0]), (3, self.sections[1])];
        strongest(settings.into_iter().filter_map(|(layer, entry)| Some((layer, field(entry?)))))
    }

    /// Returns the strongest value of a field that the common defaults have, too.
    pub(super) fn any<T: 'a>(
        &self,
        field: impl Fn(&'a E) -> &'a Setting<T>,
        top: impl Fn(&'a Defaults) -> &'a Setting<T>,
    ) -> Option<Picked<'a, T>> {
        strongest(self.all(field, top))
    }

    /// Returns the strongest value of the common defaults alone.
    pub(super) fn top<T: 'a>(&self, field: impl Fn(&'a Defaults) -> &'a Setting<T>) -> Option<Picked<'a, T>> {
        let [stub, profile] = self.tops;
        strongest([(2, stub), (4, profile)].into_iter().filter_map(|(layer, top)| Some((layer, field(top?)))))
    }

    fn all<T: 'a>(
        &self,
        field: impl Fn(&'a E) -> &'a Setting<T>,
        top: impl Fn(&'a Defaults) -> &'a Setting<T>,
    ) -> impl Iterator<Item = (usize, &'a Setting<T>)> {
        [
            (0, Some(field(self.entry))),
            (1, self.sections[0].map(&field)),
            (2, self.tops[0].map(&top)),
            (3, self.sections[1].map(&field)),
            (4, self.tops[1].map(&top)),
        ]
        .into_iter()
        .filter_map(|(layer, setting)| Some((layer, setting?)))
    }

    /// Returns the entries of a mapping, merged by key; one that is cleared hides what is behind it,
    /// and a value of `""` removes what a weaker layer has under its key.
    pub(super) fn merged(
        &self,
        field: impl Fn(&'a E) -> &'a Setting<TextMap>,
        top: impl Fn(&'a Defaults) -> &'a Setting<TextMap>,
    ) -> Vec<Pair<'a>> {
        merge(&mut self.all(field, top))
    }
}

/// The layers of any section whose entries have the common fields, so that what concerns those alone is
/// compiled once.
pub(super) type CommonLayers<'a> = Layers<'a, dyn EveryEntry + 'a>;

impl<'a, E: EveryEntry> Layers<'a, E> {
    /// Returns the layers without what only this section has.
    pub(super) fn as_common(&self) -> CommonLayers<'a> {
        let section = |entry: &'a E| -> &'a (dyn EveryEntry + 'a) { entry };
        Layers { entry: self.entry, sections: self.sections.map(|entry| entry.map(section)), tops: self.tops }
    }
}

impl<'a> CommonLayers<'a> {
    /// Returns the strongest value of a field that every entry and the common defaults have.
    pub(super) fn common<T: 'a>(
        &self,
        field: impl Fn(Common<'a>) -> &'a Setting<T>,
        top: impl Fn(&'a Defaults) -> &'a Setting<T>,
    ) -> Option<Picked<'a, T>> {
        self.any(|entry| field(entry.common()), top)
    }
}

/// A key and a value of a merged mapping.
#[derive(Debug)]
pub(super) struct Pair<'a> {
    /// The key.
    pub(super) key: &'a str,
    /// The value.
    pub(super) value: &'a str,
    /// Where the key is written.
    pub(super) key_span: Span,
    /// Where the value is written.
    pub(super) span: Span,
    /// Which layer it comes from.
    pub(super) layer: usize,
}

/// Not in the method, so that it is compiled once and not for each field.
fn merge<'a>(settings: &mut dyn Iterator<Item = (usize, &'a Setting<TextMap>)>) -> Vec<Pair<'a>> {
    // By their keys; one that is removed hides what weaker layers have, and is not there.
    let mut pairs: BTreeMap<&'a str, (Pair<'a>, bool)> = BTreeMap::new();
    for (layer, setting) in settings {
        match setting {
            Setting::Absent => {}
            Setting::Cleared(_) => break,
            Setting::Set(map) => {
                for (key, value) in &map.value.0 {
                    match pairs.entry(&key.value) {
                        Entry::Occupied(mut stronger) => {
                            let (pair, is_removed) = stronger.get_mut();
                            *is_removed |= pair.value.is_empty() && pair.layer < layer;
                        }
                        Entry::Vacant(free) => {
                            let (key_span, span) = (key.span, value.span);
                            free.insert((Pair { key: &key.value, value: &value.value, key_span, span, layer }, false));
                        }
                    }
                }
            }
        }
    }
    pairs.into_values().filter(|(_, is_removed)| !is_removed).map(|(pair, _)| pair).collect()
}

/// Returns the value of the first layer that says something; none if that clears it.
pub(super) fn strongest<'a, T: 'a>(
    mut settings: impl Iterator<Item = (usize, &'a Setting<T>)>,
) -> Option<Picked<'a, T>> {
    let (layer, setting) = settings.find(|(_, setting)| !setting.is_absent())?;
    setting.get().map(|found| Picked { value: &found.value, span: found.span, layer })
}

/// Returns the path of the mapping that a layer stands for.
pub(super) fn path_of(layer: usize, section: &str, key: &str) -> FieldPath {
    match layer {
        0 => FieldPath::from(["spec", section, key]),
        1 | 3 => FieldPath::from(["spec", "defaults", section]),
        _ => FieldPath::from(["spec", "defaults"]),
    }
}
