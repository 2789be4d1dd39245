//! A function's config that is a ConfigMap: profile fields as `data`, the way `kpt fn eval -- k=v` and
//! `kustomize fn run -- k=v` write them.
//!
//! Keys are paths into the profile's `spec` (`operator.version`); every value is a text, so what the
//! field wants decides how it is read: a list is split at commas, `true` is a boolean where one is
//! wanted.

use crate::api::{FieldShape, profile_shape};
use crate::yaml::{Map, Node, Scalar, Span, Style, Value};

/// Returns the profile that a ConfigMap stands for, as a tree; nothing where it holds no data.
pub(super) fn profile<'s>(config: &'s Node<'_>) -> Option<Node<'s>> {
    let data = config.get("data")?.map().filter(|data| !data.entries.is_empty())?;
    let mut spec = Map::default();
    for (key, value) in &data.entries {
        let path: Vec<&str> = key.text()?.split('.').collect();
        let leaf = leaf(profile_shape(&path), value);
        insert(&mut spec, &path, key.span, leaf);
    }
    let entry = |name: &'static str, value: Value<'s>| {
        (scalar(name, Style::Plain, config.span.head()), Node { span: config.span, value })
    };
    let root = Map::new(vec![entry("spec", Value::Map(spec))], false);
    Some(Node { span: config.span, value: Value::Map(root) })
}

fn scalar<'s>(text: &'s str, style: Style, span: Span) -> Node<'s> {
    Node { span, value: Value::Scalar(Scalar { text: text.into(), style, tagged: false }) }
}

fn leaf<'s>(shape: FieldShape, value: &'s Node<'_>) -> Node<'s> {
    let text = value.text().unwrap_or_default();
    match shape {
        FieldShape::List => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            let items = items.map(|item| scalar(item, Style::Quoted, value.span)).collect();
            Node { span: value.span, value: Value::Seq(items) }
        }
        FieldShape::Typed => scalar(text, Style::Plain, value.span),
        FieldShape::Text => scalar(text, Style::Quoted, value.span),
    }
}

/// Puts a value at a path, making the mappings on the way.
fn insert<'s>(map: &mut Map<'s>, path: &[&'s str], span: Span, leaf: Node<'s>) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        map.entries.push((scalar(first, Style::Quoted, span), leaf));
        return;
    }
    let known = map.entries.iter().position(|(key, value)| key.text() == Some(first) && value.map().is_some());
    let index = known.unwrap_or_else(|| {
        let inner = Node { span, value: Value::Map(Map::default()) };
        map.entries.push((scalar(first, Style::Quoted, span), inner));
        map.entries.len() - 1
    });
    if let Some((_, Node { value: Value::Map(inner), .. })) = map.entries.get_mut(index) {
        insert(inner, rest, span, leaf);
    }
}
