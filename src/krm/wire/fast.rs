//! Reading a question without making trees of what is not ours.
//!
//! Items are found by `split`, and parsed only where somebody may ask about them. Where the splitter
//! is unsure, or an item that is wanted cannot be read alone, the full parser decides.

use std::ops::Range;

use super::{Form, Interest, Item, Layout, Question};
use crate::krm::split::{self, Kind, split};
use crate::yaml::{Node, Source, SourceId, Value, parse};

/// Reads a list, or does not answer.
pub(super) fn list<'s>(id: SourceId, source: &'s Source, interest: &Interest<'_>) -> Option<Question<'s>> {
    let text = source.text.as_str();
    let split = split(text)?;
    let (head, tail) = (section(id, source, split.head.clone())?, section(id, source, split.tail.clone())?);
    let get = |key: &str| [&head, &tail].into_iter().find_map(|section| section.as_ref()?.get(key));
    let (kind, version) = (get("kind")?.text()?, get("apiVersion")?.text()?);
    let form = Form::of(kind, version)?;
    let config = get("functionConfig").filter(|config| !config.is_null()).cloned();
    if get("results").is_some() || text.ends_with("...") || text.ends_with("...\n") {
        return None;
    }
    let is_ours = |item: &split::Item<'_>| interest.is_first(&item.kind);
    let has_stub = config.is_some() || split.items.iter().any(is_ours);
    let end = split.items.last().map_or(split.head.end, |item| item.range.end);
    let marks: Vec<usize> = memchr::memmem::find_iter(text.as_bytes(), interest.mark).collect();
    let is_marked = |range: &Range<usize>| {
        let next = marks.get(marks.partition_point(|at| *at < range.start));
        next.is_some_and(|at| *at < range.end)
    };
    let mut items = Vec::with_capacity(split.items.len());
    for item in split.items {
        let is_asked = match &item.kind {
            Kind::Unsure => true,
            kind => interest.is_first(kind) || (interest.is_then(kind) && has_stub) || is_marked(&item.range),
        };
        let node = if is_asked { Some(alone(id, source, item.range.clone())?) } else { None };
        items.push(Item { range: item.range, node });
    }
    let layout = Layout::Block { indent: split.indent, end };
    Some(Question {
        source: id,
        text,
        form,
        items,
        config,
        layout,
        results: None,
        end: text.len(),
        is_tangled: false,
        brace: None,
        margin: 0,
    })
}

fn section(id: SourceId, source: &Source, range: Range<usize>) -> Option<Option<Node<'_>>> {
    parse(id, source, range).ok()
}

/// Reads one item alone: its lines are a sequence of one mapping.
fn alone(id: SourceId, source: &Source, range: Range<usize>) -> Option<Node<'_>> {
    match parse(id, source, range).ok()??.value {
        Value::Seq(items) => {
            let mut items = items.into_iter();
            let only = items.next().filter(|item| item.map().is_some());
            only.filter(|_| items.next().is_none())
        }
        _ => None,
    }
}
