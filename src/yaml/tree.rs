//! The spanned tree of a YAML document.
//!
//! Every node knows its bytes. Documents are split at their markers and parsed one by one, so a
//! fault costs only the document it is in. Anchors are resolved by copying, under a budget; merge
//! keys are resolved as YAML 1.1 readers do. The tree does not resolve types: see `scalar`. Of a tag it
//! keeps only that a scalar has one: a plain word behind a tag is another type to another reader.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use granit_parser::{Event, Marker, Parser, ScalarStyle, StructureStyle};

use super::source::{Source, SourceId, Span};
use super::syntax::{SyntaxFault, explain};

/// How many nodes anchors and aliases may copy, on top of one for each byte of the document.
const MAX_COPIED_NODES: usize = 100_000;

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// As a literal or folded block.
    Block,
}

/// A scalar as written.
#[derive(Debug, Clone)]
pub struct Scalar<'s> {
    /// The text after YAML's own unescaping.
    pub text: Cow<'s, str>,
    /// How it is written.
    pub style: Style,
    /// Whether it is written behind a tag, such as `!!str`.
    pub tagged: bool,
}

impl Scalar<'_> {
    /// Returns what it is to the readers of Kubernetes, unless a tag or a quote says something else.
    #[must_use]
    pub fn resolved(&self) -> Option<super::Resolved> {
        (self.style == Style::Plain && !self.tagged).then(|| super::resolve(&self.text))
    }
}

/// A mapping as written: keys in order, duplicates included.
#[derive(Debug, Clone, Default)]
pub struct Map<'s> {
    /// Keys and values.
    pub entries: Vec<(Node<'s>, Node<'s>)>,
    /// Whether it is written in braces.
    pub flow: bool,
}

impl<'s> Map<'s> {
    /// Returns the value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node<'s>> {
        self.entries.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum Value<'s> {
    /// A scalar.
    Scalar(Scalar<'s>),
    /// A sequence.
    Seq(Vec<Node<'s>>),
    /// A mapping.
    Map(Map<'s>),
}

/// A node and its bytes.
#[derive(Debug, Clone)]
pub struct Node<'s> {
    /// The bytes from the first to the last character of the value.
    pub span: Span,
    /// What it is.
    pub value: Value<'s>,
}

impl<'s> Node<'s> {
    /// Returns the text of a scalar.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// Returns the mapping, if it is one.
    #[must_use]
    pub fn map(&self) -> Option<&Map<'s>> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Returns the items of a sequence; nothing for other nodes.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::Seq(items) => items,
            _ => &[],
        }
    }

    /// Returns the value under a key of a mapping.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.map()?.get(key)
    }

    /// Returns the scalar, if it is one.
    #[must_use]
    pub fn scalar(&self) -> Option<&Scalar<'s>> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// Returns whether this is a plain `null`, `~` or nothing.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.scalar().and_then(Scalar::resolved) == Some(super::Resolved::Null)
    }

    /// Returns a copy that does not need its source.
    #[must_use]
    pub fn detached(&self) -> Node<'static> {
        let value = match &self.value {
            Value::Scalar(scalar) => Value::Scalar(Scalar {
                text: Cow::Owned(scalar.text.to_string()),
                style: scalar.style,
                tagged: scalar.tagged,
            }),
            Value::Seq(items) => Value::Seq(items.iter().map(Self::detached).collect()),
            Value::Map(map) => {
                let entries = map.entries.iter().map(|(key, value)| (key.detached(), value.detached())).collect();
                Value::Map(Map { entries, flow: map.flow })
            }
        };
        Node { span: self.span, value }
    }

    fn size(&self) -> usize {
        match &self.value {
            Value::Scalar(_) => 1,
            Value::Seq(items) => 1 + items.iter().map(Self::size).sum::<usize>(),
            Value::Map(map) => 1 + map.entries.iter().map(|(key, value)| key.size() + value.size()).sum::<usize>(),
        }
    }
}

/// One document of a source.
#[derive(Debug)]
pub struct Document<'s> {
    /// From its marker, or the start of the source, to the next marker.
    pub span: Span,
    /// Its root node, nothing for an empty document, or why it cannot be read.
    pub root: Result<Option<Node<'s>>, SyntaxFault>,
}

/// Splits a source into its documents and parses each.
#[must_use]
pub fn documents(id: SourceId, source: &Source) -> Vec<Document<'_>> {
    split(&source.text)
        .into_iter()
        .map(|(start, end)| Document { span: span_of(id, start, end), root: parse(id, source, start..end) })
        .collect()
}

/// Parses a part of a source that is one document; spans count from the start of the source.
///
/// # Errors
///
/// Returns why it is not YAML.
pub fn parse(id: SourceId, source: &Source, part: Range<usize>) -> Result<Option<Node<'_>>, SyntaxFault> {
    let text = source.text.get(part.clone()).unwrap_or_default();
    Builder { id, offset: part.start, text, anchors: BTreeMap::new(), copied: 0 }.parse()
}

/// Returns the byte ranges of the documents.
///
/// A line that starts with `---` ends a document wherever it stands: YAML forbids it inside every
/// scalar (YAML 1.2.2 section 9.1.2, c-forbidden). Directives belong to the document after them.
fn split(text: &str) -> Vec<(usize, usize)> {
    let mut ranges = Vec::new();
    let (mut start, mut at) = (0, 0);
    let mut only_directives = false;
    for line in text.split_inclusive('\n') {
        let marker =
            line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r']));
        if marker && at > start && !only_directives {
            ranges.push((start, at));
            start = at;
        }
        if line.starts_with('%') && text.get(start..at).is_some_and(is_preamble) {
            only_directives = true;
        } else if marker {
            only_directives = false;
        }
        at += line.len();
    }
    ranges.push((start, text.len()));
    ranges
}

/// Whether lines are only blank or comments, which may stand before directives.
fn is_preamble(text: &str) -> bool {
    text.lines().map(str::trim_start).all(|line| line.is_empty() || line.starts_with('#'))
}

fn span_of(source: SourceId, start: usize, end: usize) -> Span {
    let narrow = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
    Span { source, start: narrow(start), end: narrow(end) }
}

struct Builder<'s> {
    id: SourceId,
    offset: usize,
    text: &'s str,
    anchors: BTreeMap<usize, Node<'s>>,
    copied: usize,
}

/// A collection that is still open: its start, its anchor, and what it holds so far.
struct Open<'s> {
    start: usize,
    end: usize,
    anchor: usize,
    flow: bool,
    keyed: bool,
    nodes: Vec<Node<'s>>,
}

impl<'s> Builder<'s> {
    fn parse(&mut self) -> Result<Option<Node<'s>>, SyntaxFault> {
        let text = self.text;
        let mut stack: Vec<Open<'s>> = Vec::new();
        let mut root = None;
        for next in Parser::new_from_str(text) {
            let (event, span) = next.map_err(|error| explain(self.id, self.offset, text, &error))?;
            let (start, end) = (self.byte(&span.start), self.byte(&span.end));
            let node = match event {
                Event::Scalar(value, style, anchor, tag) => {
                    let style = match style {
                        ScalarStyle::Plain => Style::Plain,
                        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                    };
                    let value = Value::Scalar(Scalar { text: value, style, tagged: tag.is_some() });
                    self.anchored(anchor, Node { span: self.span(start, end), value })?
                }
                Event::Alias(anchor) => self.alias(anchor, self.span(start, end))?,
                Event::SequenceStart(style, anchor, _) => {
                    stack.push(Open::new(start, end, anchor, style, false));
                    continue;
                }
                Event::MappingStart(style, anchor, _) => {
                    stack.push(Open::new(start, end, anchor, style, true));
                    continue;
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    let Some(open) = stack.pop() else { continue };
                    let anchor = open.anchor;
                    let node = self.close(open, end);
                    self.anchored(anchor, node)?
                }
                _ => continue,
            };
            match stack.last_mut() {
                Some(open) => {
                    open.end = node.span.end as usize - self.offset;
                    open.nodes.push(node);
                }
                None => root = Some(node),
            }
        }
        Ok(root)
    }

    fn byte(&self, marker: &Marker) -> usize {
        marker.byte_offset().unwrap_or(self.text.len()).min(self.text.len())
    }

    fn span(&self, start: usize, end: usize) -> Span {
        span_of(self.id, self.offset + start, self.offset + end)
    }

    fn anchored(&mut self, anchor: usize, node: Node<'s>) -> Result<Node<'s>, SyntaxFault> {
        if anchor != 0 {
            self.copy(node.size(), node.span)?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<Node<'s>, SyntaxFault> {
        let Some(target) = self.anchors.get(&anchor) else {
            let message = "an alias must not stand inside its own anchor".to_owned();
            return Err(SyntaxFault { span, message, help: None });
        };
        let (size, value) = (target.size(), target.value.clone());
        self.copy(size, span)?;
        Ok(Node { span, value })
    }

    fn copy(&mut self, size: usize, span: Span) -> Result<(), SyntaxFault> {
        self.copied += size;
        if self.copied > MAX_COPIED_NODES + self.text.len() {
            let message = "the anchors and aliases of a document stand for too many values".to_owned();
            let help = Some("write the values out, or share them in `spec.defaults`".to_owned());
            return Err(SyntaxFault { span, message, help });
        }
        Ok(())
    }

    fn close(&self, open: Open<'s>, end_event: usize) -> Node<'s> {
        // A block collection's end event sits on the next token; its last child ends it.
        let end = if open.flow { end_event } else { open.end };
        let span = self.span(open.start, end.max(open.start));
        if !open.keyed {
            return Node { span, value: Value::Seq(open.nodes) };
        }
        let mut entries = Vec::with_capacity(open.nodes.len() / 2);
        let mut nodes = open.nodes.into_iter();
        while let (Some(key), Some(value)) = (nodes.next(), nodes.next()) {
            entries.push((key, value));
        }
        Node { span, value: Value::Map(Map { entries: merged(entries), flow: open.flow }) }
    }
}

impl Open<'_> {
    fn new(start: usize, end: usize, anchor: usize, style: StructureStyle, keyed: bool) -> Self {
        Self { start, end, anchor, flow: style == StructureStyle::Flow, keyed, nodes: Vec::new() }
    }
}

/// Resolves merge keys: what the mapping says itself wins (YAML 1.1 type `merge`).
fn merged<'s>(entries: Vec<(Node<'s>, Node<'s>)>) -> Vec<(Node<'s>, Node<'s>)> {
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
        return entries;
    }
    let (merges, mut own): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_merge);
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
            if !own.iter().any(|(known, _)| known.text() == key.text()) {
                own.push((key, value));
            }
        }
    }
    own
}

#[cfg(test)]
mod tests;
