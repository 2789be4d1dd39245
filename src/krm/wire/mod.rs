//! The wire: what an orchestrator asks, item by item, and the answer as edits of the question.
//!
//! A question is a ResourceList, a `List`, or a plain stream of documents, in YAML or JSON. The
//! answer has its form and version, and every byte that nobody had a reason to change. Items are
//! ranges of the source; their trees are made only for those that somebody asks about
//! (kustomize `cmd/config/docs/api-conventions/functions-spec.md`, kyaml `kio/byteio_reader.go`).

mod answer;
mod fast;
mod interest;
mod items;
mod read;
mod results;

pub use answer::Answer;
pub use interest::Interest;
pub use items::Changes;
pub use read::{NotAList, read};
pub use results::{file_of, results};

use std::ops::Range;

use super::Object;
use crate::yaml::{Node, SourceId, Span};

/// What kind of question it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A ResourceList of `config.kubernetes.io`, whatever its version.
    ResourceList,
    /// A `List`, as kubectl prints it.
    List,
    /// Documents with markers between them.
    Stream,
}

impl Form {
    /// Returns which list an object is (kyaml unwraps by kind and does not ask for the version).
    fn of(kind: &str, api_version: &str) -> Option<Self> {
        match kind {
            "ResourceList" if api_version.starts_with("config.kubernetes.io/") => Some(Self::ResourceList),
            "List" if api_version == "v1" => Some(Self::List),
            _ => None,
        }
    }
}

/// How the items are written, and where more of them go.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Layout {
    /// As a block sequence whose dashes stand in this column; more go to this place.
    Block {
        /// The column of the dashes.
        indent: usize,
        /// Where more items go.
        end: usize,
    },
    /// In brackets; the range is what stands between them.
    Flow(Range<usize>),
    /// As an empty value, or not at all: the range is replaced by a block sequence.
    Nothing {
        /// What is replaced.
        range: Range<usize>,
        /// Whether the key `items` has to be written, too.
        with_key: bool,
    },
    /// As documents.
    Stream,
}

/// A question.
#[derive(Debug)]
pub struct Question<'s> {
    /// Its source.
    pub source: SourceId,
    /// The whole text.
    pub text: &'s str,
    /// What kind of question it is.
    pub form: Form,
    /// The items.
    pub items: Vec<Item<'s>>,
    /// The function's config.
    pub config: Option<Node<'s>>,
    layout: Layout,
    /// Where `results` stand, if there are any: all lines of the key, or the value in braces.
    results: Option<Range<usize>>,
    /// Where another key goes.
    end: usize,
    /// The column of the list's keys.
    margin: usize,
    /// Whether items may share anchors, so that one cannot go without a look at the others.
    is_tangled: bool,
    /// Behind the last value of the list, if it is written in braces.
    brace: Option<usize>,
}

impl<'s> Question<'s> {
    /// Returns a stream without documents, as a legacy generator is asked.
    #[must_use]
    pub fn empty(source: SourceId, text: &'s str) -> Self {
        let layout = Layout::Stream;
        Self {
            source,
            text,
            form: Form::Stream,
            items: Vec::new(),
            config: None,
            layout,
            results: None,
            end: 0,
            is_tangled: false,
            brace: None,
            margin: 0,
        }
    }

    /// Returns the item that a span lies in.
    #[must_use]
    pub fn item_at(&self, span: Span) -> Option<&Item<'s>> {
        let at = span.start as usize;
        let after = self.items.partition_point(|item| item.range.start <= at);
        let item = self.items.get(after.checked_sub(1)?)?;
        (span.source == self.source && item.range.contains(&at)).then_some(item)
    }

    /// Returns whether manifests must be written as JSON: the question is, or its items stand in
    /// brackets, where nothing else is safe.
    #[must_use]
    pub fn is_json(&self) -> bool {
        let in_braces = |item: &Item<'_>| item.node.as_ref().and_then(Node::map).is_some_and(|map| map.flow);
        self.brace.is_some()
            || matches!(self.layout, Layout::Flow(_))
            || (self.form == Form::Stream && !self.items.is_empty() && self.items.iter().all(in_braces))
    }
}

/// An item.
#[derive(Debug)]
pub struct Item<'s> {
    /// Its bytes: from its dash or marker to the next, or the value alone in brackets.
    pub range: Range<usize>,
    /// Its tree, if somebody may ask about it.
    pub node: Option<Node<'s>>,
}

impl Item<'_> {
    /// Returns its bytes as a span.
    #[must_use]
    pub fn span(&self, source: SourceId) -> Span {
        let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span { source, start: narrow(self.range.start), end: narrow(self.range.end) }
    }

    /// Returns the object, if the item was parsed and is one.
    #[must_use]
    pub fn object(&self, source: SourceId) -> Option<Object<'_>> {
        Object::new(self.node.as_ref()?, self.span(source))
    }
}
