//! A function's config that is a ConfigMap: profile fields as `data`, the way `kpt fn eval -- k=v` and
//! `kustomize fn run -- k=v` write them.
//!
//! Keys are paths into the profile's `spec` (`operator.version`); every value is a text, so what the
//! field wants decides how it is read: a list is split at commas, `true` is a boolean where one is
//! wanted.

use std::collections::BTreeMap;

use crate::api::{FieldShape, profile_shape};
use crate::yaml::{Map, Node, Scalar, Span, Style, Value};

/// How many steps a path may have: more than the longest of a profile. What is left is one key, and no
/// field is called so.
const MAX_STEPS: usize = 12;

/// Returns the profile that a ConfigMap stands for, as a tree; nothing where it holds no data.
pub(super) fn profile<'s>(config: &'s Node<'_>) -> Option<Node<'s>> {
    let data = config.get("data")?.map().filter(|data| !data.entries.is_empty())?;
    let mut spec = Level::default();
    for (key, value) in &data.entries {
        let path: Vec<&str> = key.text()?.splitn(MAX_STEPS, '.').collect();
        let leaf = leaf(profile_shape(&path), value);
        spec.insert(&path, key.span, leaf);
    }
    let entry = |name: &'static str, value: Value<'s>| {
        (scalar(name, Style::Plain, config.span.head()), Node { span: config.span, value })
    };
    let root = Map::new(vec![entry("spec", Value::Map(spec.map()))], false);
    Some(Node { span: config.span, value: Value::Map(root) })
}

fn scalar<'s>(text: &'s str, style: Style, span: Span) -> Node<'s> {
    Node { span, value: Value::Scalar(Scalar { text: text.into(), style, tagged: false }) }
}

fn leaf<'s>(shape: FieldShape, value: &'s Node<'_>) -> Node<'s> {
    let text = value.text().unwrap_or_default();
    match shape {
        FieldShape::List => {
            let items = text.split(',').map(str::trim_ascii).filter(|item| !item.is_empty());
            let items = items.map(|item| scalar(item, Style::Quoted, value.span)).collect();
            Node { span: value.span, value: Value::Seq(items) }
        }
        FieldShape::Typed => scalar(text, Style::Plain, value.span),
        FieldShape::Text => scalar(text, Style::Quoted, value.span),
    }
}

/// A mapping that is being made, with the places of the mappings in it.
#[derive(Default)]
struct Level<'s> {
    entries: Vec<(&'s str, Span, Entry<'s>)>,
    inner: BTreeMap<&'s str, usize>,
}

enum Entry<'s> {
    Leaf(Node<'s>),
    Inner(Level<'s>),
}

impl<'s> Level<'s> {
    /// Puts a value at a path, making the mappings on the way.
    fn insert(&mut self, path: &[&'s str], span: Span, leaf: Node<'s>) {
        let Some((first, rest)) = path.split_first() else { return };
        if rest.is_empty() {
            self.entries.push((first, span, Entry::Leaf(leaf)));
            return;
        }
        let index = *self.inner.entry(first).or_insert_with(|| {
            self.entries.push((first, span, Entry::Inner(Level::default())));
            self.entries.len() - 1
        });
        if let Some((_, _, Entry::Inner(inner))) = self.entries.get_mut(index) {
            inner.insert(rest, span, leaf);
        }
    }

    fn map(self) -> Map<'s> {
        let entries = self.entries.into_iter().map(|(key, span, entry)| {
            let value = match entry {
                Entry::Leaf(leaf) => leaf,
                Entry::Inner(inner) => Node { span, value: Value::Map(inner.map()) },
            };
            (scalar(key, Style::Quoted, span), value)
        });
        Map::new(entries.collect(), false)
    }
}
