//! Mappings of the tree: keys as they are written, found by an index, and what merge keys bring.
//!
//! What is its own and what was merged into it are told apart: only the first may be edited.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::source::Span;
use super::tree::{Node, Style, Value};

/// A mapping as written: keys in order, duplicates included.
#[derive(Debug, Clone, Default)]
pub struct Map<'s> {
    /// Keys and values.
    pub entries: Box<[(Node<'s>, Node<'s>)]>,
    /// Whether it is written in braces.
    pub flow: bool,
    /// What few mappings have; in one box, because a tree is as large as its smallest nodes.
    more: OnceCell<Box<More>>,
}

/// What is known of long mappings, and of those with merge keys.
#[derive(Debug, Clone, Default)]
struct More {
    /// The numbers of the entries in the order of their keys; made when a long mapping is first asked.
    index: OnceCell<Vec<u32>>,
    /// What is merged into it, if anything is.
    merges: Option<Merges>,
}

/// What merge keys of a mapping are, and what they brought.
#[derive(Debug, Clone)]
struct Merges {
    /// How many entries are its own; the others follow.
    own: usize,
    /// The places of the merge keys and of their values.
    places: Vec<(Span, Span)>,
}

/// How long a mapping may be to be looked through from its start for each question.
const SHORT: usize = 32;

impl<'s> Map<'s> {
    /// Makes a mapping.
    #[must_use]
    pub fn new(entries: Vec<(Node<'s>, Node<'s>)>, flow: bool) -> Self {
        Self { entries: entries.into(), flow, more: OnceCell::new() }
    }

    /// Returns the entries that are written in it, and were not merged into it.
    #[must_use]
    pub fn own(&self) -> &[(Node<'s>, Node<'s>)] {
        let count = self.merged().map_or(self.entries.len(), |merges| merges.own);
        self.entries.get(..count).unwrap_or_default()
    }

    /// Returns the places of its merge keys and of their values.
    #[must_use]
    pub fn merges(&self) -> &[(Span, Span)] {
        self.merged().map_or(&[], |merges| &merges.places)
    }

    fn merged(&self) -> Option<&Merges> {
        self.more.get()?.merges.as_ref()
    }

    /// Returns the value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node<'s>> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Returns the first entry with a key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&(Node<'s>, Node<'s>)> {
        if self.entries.len() <= SHORT {
            return self.entries.iter().find(|(name, _)| name.text() == Some(key));
        }
        let name_of = |number: &u32| self.entries.get(*number as usize).and_then(|(name, _)| name.text());
        let numbers = self.more.get_or_init(Box::default).index.get_or_init(|| {
            let mut numbers: Vec<u32> = (0..).take(self.entries.len()).collect();
            numbers.sort_by(|a, b| name_of(a).cmp(&name_of(b)));
            numbers
        });
        let first = numbers.partition_point(|number| name_of(number) < Some(key));
        let number = numbers.get(first).filter(|number| name_of(number) == Some(key))?;
        self.entries.get(*number as usize)
    }
}

/// Resolves merge keys: what the mapping says itself wins (YAML 1.1 type `merge`).
pub(super) fn merged<'s>(entries: Vec<(Node<'s>, Node<'s>)>, flow: bool) -> Map<'s> {
    // A pair that no reader can merge stays a pair, so that whoever reads the mapping refuses its key.
    let is_merge = |(key, value): &(Node<'_>, Node<'_>)| {
        key.scalar().is_some_and(|scalar| scalar.style == Style::Plain && scalar.text == "<<")
            && match &value.value {
                Value::Map(_) => true,
                Value::Seq(items) => items.iter().all(|item| item.map().is_some()),
                Value::Scalar(_) => false,
            }
    };
    if !entries.iter().any(is_merge) {
        return Map::new(entries, flow);
    }
    let (merges, mut own): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_merge);
    let places = merges.iter().map(|(key, value)| (key.span, value.span)).collect();
    let written = Merges { own: own.len(), places };
    let mut known: BTreeSet<Option<String>> = own.iter().map(|(key, _)| key.text().map(str::to_owned)).collect();
    for (_, value) in merges {
        let sources = match value.value {
            Value::Map(map) => vec![map],
            Value::Seq(items) => items
                .into_iter()
                .filter_map(|item| match item.value {
                    Value::Map(map) => Some(map),
                    _ => None,
                })
                .collect(),
            Value::Scalar(_) => continue,
        };
        for (key, value) in sources.into_iter().flat_map(|map| map.entries) {
            if known.insert(key.text().map(str::to_owned)) {
                own.push((key, value));
            }
        }
    }
    let more = Box::new(More { merges: Some(written), ..More::default() });
    Map { more: OnceCell::from(more), ..Map::new(own, flow) }
}
