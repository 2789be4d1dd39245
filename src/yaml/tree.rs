//! The spanned tree of a YAML document.
//!
//! Every node knows its bytes. Documents are split at their markers and parsed one by one, so a
//! fault costs only the document it is in. Anchors are resolved by copying, under a budget of bytes, and
//! no deeper than a document may be written: whoever walks a tree may do so by recursion. Merge
//! keys are resolved as YAML 1.1 readers do. The tree does not resolve types: see `scalar`. Of a tag it
//! keeps only that a scalar has one: a plain word behind a tag is another type to another reader.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use granit_parser::{Event, Marker, Parser, ScalarStyle, StructureStyle};

use super::map::{Map, merged};
use super::source::{Source, SourceId, Span};
use super::syntax::{SyntaxFault, explain};

/// How many nodes anchors and aliases may copy, on top of one for each byte of the document.
const MAX_COPIED_NODES: usize = 100_000;
/// What a node costs beside its text, in bytes: a text may be as long as the document, so the budget is
/// counted in bytes.
const NODE_BYTES: usize = 64;
/// How deep a tree may be: as deep as the parser lets a document be written, in blocks and in brackets.
/// Without it aliases could stack one such tree on another.
const MAX_DEPTH: usize = 512;

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
                Value::Map(Map::new(entries, map.flow))
            }
        };
        Node { span: self.span, value }
    }

    /// Returns what a copy costs in bytes, and how many levels there are.
    fn measure(&self) -> Measure {
        let inner = |sum: Measure, node: &Self| {
            let Measure { bytes, depth } = node.measure();
            Measure { bytes: sum.bytes + bytes, depth: sum.depth.max(depth + 1) }
        };
        let own = Measure { bytes: NODE_BYTES, depth: 1 };
        match &self.value {
            Value::Scalar(scalar) => Measure { bytes: NODE_BYTES + scalar.text.len(), depth: 1 },
            Value::Seq(items) => items.iter().fold(own, inner),
            Value::Map(map) => map.entries.iter().fold(own, |sum, (key, value)| inner(inner(sum, key), value)),
        }
    }
}

/// What a tree costs whoever copies it.
#[derive(Debug, Clone, Copy)]
struct Measure {
    bytes: usize,
    depth: usize,
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
    let skipped = marked(text);
    let (text, offset) = (text.get(skipped..).unwrap_or_default(), part.start + skipped);
    Builder { id, offset, text, anchors: BTreeMap::new(), copied: 0 }.parse()
}

/// Returns how many bytes of a document are a marker and a byte order mark behind it: kustomize hands each
/// document to a reader of its own, which takes one.
fn marked(text: &str) -> usize {
    const MARK: char = '\u{feff}';
    let marker = text.split_inclusive('\n').next().filter(|line| {
        let rest = line.strip_prefix("---").map(str::trim_ascii_start);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('#'))
    });
    let Some(marker) = marker else { return 0 };
    let is_marked = text.get(marker.len()..).is_some_and(|rest| rest.starts_with(MARK));
    if is_marked { marker.len() + MARK.len_utf8() } else { 0 }
}

/// Returns the byte ranges of the documents.
///
/// A line that starts with `---` ends a document wherever it stands: YAML forbids it inside every
/// scalar (YAML 1.2.2 section 9.1.2, c-forbidden). Directives belong to the document after them.
fn split(text: &str) -> Vec<(usize, usize)> {
    let mut ranges = Vec::new();
    let (mut start, mut at) = (0, 0);
    // Blank lines and comments may stand before directives.
    let (mut is_preamble, mut only_directives) = (true, false);
    for line in text.split_inclusive('\n') {
        let marker =
            line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r']));
        if marker && at > start && !only_directives {
            ranges.push((start, at));
            (start, is_preamble) = (at, true);
        }
        if line.starts_with('%') && is_preamble {
            only_directives = true;
        } else if marker {
            only_directives = false;
        }
        is_preamble = is_preamble && {
            let content = line.trim_ascii_start();
            content.is_empty() || content.starts_with('#')
        };
        at += line.len();
    }
    ranges.push((start, text.len()));
    ranges
}

fn span_of(source: SourceId, start: usize, end: usize) -> Span {
    let narrow = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
    Span { source, start: narrow(start), end: narrow(end) }
}

struct Builder<'s> {
    id: SourceId,
    offset: usize,
    text: &'s str,
    anchors: BTreeMap<usize, (Node<'s>, Measure)>,
    /// How many bytes were copied.
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
                Event::Alias(anchor) => self.alias(anchor, self.span(start, end), stack.len())?,
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
            let measure = node.measure();
            self.copy(measure.bytes, node.span)?;
            self.anchors.insert(anchor, (node.clone(), measure));
        }
        Ok(node)
    }

    fn alias(&mut self, anchor: usize, span: Span, level: usize) -> Result<Node<'s>, SyntaxFault> {
        let refused = |message: &str| SyntaxFault { span, message: message.to_owned(), help: None };
        let own = "an alias must not stand inside its own anchor";
        let Measure { bytes, depth } =
            self.anchors.get(&anchor).map(|(_, measure)| *measure).ok_or_else(|| refused(own))?;
        if level + depth > MAX_DEPTH {
            return Err(refused("must not be nested so deeply"));
        }
        self.copy(bytes, span)?;
        let value = self.anchors.get(&anchor).map(|(target, _)| target.value.clone());
        Ok(Node { span, value: value.ok_or_else(|| refused(own))? })
    }

    fn copy(&mut self, bytes: usize, span: Span) -> Result<(), SyntaxFault> {
        self.copied = self.copied.saturating_add(bytes);
        if self.copied > NODE_BYTES * (MAX_COPIED_NODES + self.text.len()) {
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
        Node { span, value: Value::Map(merged(entries, open.flow)) }
    }
}

impl Open<'_> {
    fn new(start: usize, end: usize, anchor: usize, style: StructureStyle, keyed: bool) -> Self {
        Self { start, end, anchor, flow: style == StructureStyle::Flow, keyed, nodes: Vec::new() }
    }
}

#[cfg(test)]
mod tests;
