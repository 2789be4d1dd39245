//! Reading a question.
//!
//! The full parser settles every form. Items are cut from dash line to dash line, never at the ends
//! of nodes: a comment or a blank line belongs to the item above it.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use super::items::content_end;
use super::{Form, Interest, Item, Layout, Question, fast};
use crate::krm::Object;
use crate::yaml::{Document, Node, Source, SourceId, Span, SyntaxFault, Value, documents, visible};

/// Why a text is not a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAList {
    /// What is wrong.
    pub message: String,
    /// Where, if it is one place.
    pub span: Option<Span>,
}

impl fmt::Display for NotAList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<&SyntaxFault> for NotAList {
    fn from(fault: &SyntaxFault) -> Self {
        Self { message: fault.message.clone(), span: Some(fault.span) }
    }
}

/// Reads a question: the items of interest as trees, the rest as bytes where that is safe.
///
/// # Errors
///
/// Returns why the text is not one: it is empty, is not YAML, or its items are no list of mappings.
pub fn read<'s>(id: SourceId, source: &'s Source, interest: &Interest<'_>) -> Result<Question<'s>, NotAList> {
    fast::list(id, source, interest).map_or_else(|| parsed(id, source), Ok)
}

/// Reads a question with the full parser.
fn parsed(id: SourceId, source: &Source) -> Result<Question<'_>, NotAList> {
    if let Some(at) = lone_return(&source.text) {
        let message =
            "a carriage return must be followed by a newline: YAML breaks the line there, and other tools do not";
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        let span = Span { source: id, start: at, end: at.saturating_add(1) };
        return Err(NotAList { message: message.to_owned(), span: Some(span) });
    }
    let parsed = documents(id, source);
    let mut filled = parsed.iter().enumerate().filter(|(_, document)| !matches!(document.root, Ok(None)));
    match (filled.next(), filled.next()) {
        (None, _) if source.text.trim_ascii().is_empty() => {
            Err(NotAList { message: "the input is empty".to_owned(), span: None })
        }
        (None, _) => Ok(stream(id, source, Vec::new())),
        (Some((only, document)), None) => {
            if let Err(fault) = &document.root {
                return Err(fault.into());
            }
            let object = document.root.as_ref().ok().and_then(Option::as_ref);
            let object = object.and_then(|node| Object::new(node, document.span));
            let form = object.and_then(|object| Form::of(object.kind(), object.api_version()));
            let mut parsed = parsed;
            let root = parsed.swap_remove(only).root;
            match (form, root) {
                (Some(form), Ok(Some(root))) => list(id, source, form, root),
                (_, root) => Ok(stream(id, source, vec![Document { span: whole(id, source), root }])),
            }
        }
        (Some(_), Some(_)) => {
            if let Some(fault) = parsed.iter().find_map(|document| document.root.as_ref().err()) {
                return Err(fault.into());
            }
            Ok(stream(id, source, parsed))
        }
    }
}

/// Finds a carriage return without a newline: what is edited are lines, and they must be those of everybody.
fn lone_return(text: &str) -> Option<usize> {
    memchr::memchr_iter(b'\r', text.as_bytes()).find(|at| text.as_bytes().get(at + 1) != Some(&b'\n'))
}

fn whole(id: SourceId, source: &Source) -> Span {
    Span { source: id, start: 0, end: u32::try_from(source.text.len()).unwrap_or(u32::MAX) }
}

/// Returns everything between a key's colon and the end of its value.
pub(super) fn after_key(text: &str, key: Span, value: &Node<'_>) -> Range<usize> {
    let colon = after_colon(text, key);
    // A value that is not written has an empty span, on the token after it.
    let is_written = value.span.start < value.span.end;
    colon..if is_written { value.span.end as usize } else { colon }
}

fn stream<'s>(id: SourceId, source: &'s Source, documents: Vec<Document<'s>>) -> Question<'s> {
    let items = documents
        .into_iter()
        .filter_map(|document| Some(Item { range: document.span.range(), node: Some(document.root.ok()??) }))
        .collect();
    Question {
        source: id,
        text: &source.text,
        form: Form::Stream,
        items,
        config: None,
        layout: Layout::Stream,
        results: None,
        end: source.text.len(),
        is_tangled: false,
        brace: None,
        margin: 0,
    }
}

fn list<'s>(id: SourceId, source: &'s Source, form: Form, root: Node<'s>) -> Result<Question<'s>, NotAList> {
    let text = source.text.as_str();
    let is_flow = root.map().is_some_and(|map| map.flow);
    let last = text.get(..(root.span.end as usize).saturating_sub(1)).map_or(0, |before| before.trim_ascii_end().len());
    let brace = is_flow.then_some(last);
    let root_end = root.span.end as usize;
    let Value::Map(map) = root.value else {
        return Err(NotAList { message: "the list must be a mapping".to_owned(), span: Some(root.span) });
    };
    let end = past_content(text, content_end(text, root_end));
    let mut seen = BTreeSet::new();
    if let Some((key, _)) = map.entries.iter().find(|(key, _)| !seen.insert(key.text().map(str::to_owned))) {
        let name = visible(key.text().unwrap_or_default());
        let message = format!("the key \"{name}\" must not be written twice");
        return Err(NotAList { message, span: Some(key.span) });
    }
    let starts: Vec<usize> = map.entries.iter().map(|(key, _)| key.span.start as usize).collect();
    let first_line = text.get(line_start(text, starts.first().copied().unwrap_or_default())..).unwrap_or_default();
    let margin = first_line.len() - first_line.trim_start_matches(' ').len();
    let (mut config, mut results, mut items) = (None, None, None);
    for (number, (key, value)) in map.entries.into_iter().enumerate() {
        match key.text() {
            Some("functionConfig") if !value.is_null() => config = Some(value),
            Some("results") if brace.is_some() => results = Some(after_key(text, key.span, &value)),
            Some("results") => {
                let next = starts.get(number + 1).map_or(end, |next| line_start(text, *next));
                results = Some(line_start(text, key.span.start as usize)..next);
            }
            Some("items") => items = Some((key.span, value)),
            _ => {}
        }
    }
    let (layout, items) = match items {
        None => (Layout::Nothing { range: end..end, with_key: true }, Vec::new()),
        Some((key, value)) => sequence(text, key, value)?,
    };
    let end = match &layout {
        // Comments at the end belong to the last item, and results follow it.
        Layout::Block { end: items_end, .. } => end.max(*items_end),
        _ => end,
    };
    let is_tangled = text.contains('&') && text.contains('*');
    Ok(Question { source: id, text, form, items, config, layout, results, end, margin, is_tangled, brace })
}

/// Cuts the value of `items` into items.
fn sequence<'s>(text: &str, key: Span, value: Node<'s>) -> Result<(Layout, Vec<Item<'s>>), NotAList> {
    let mut range = after_key(text, key, &value);
    if value.is_null() {
        let rest = text.get(range.clone().end..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        if range.is_empty() && (rest.trim_ascii().is_empty() || rest.trim_ascii_start().starts_with('#')) {
            // Behind the comment on the key's line.
            range = range.end + rest.len()..range.end + rest.len();
        }
        return Ok((Layout::Nothing { range, with_key: false }, Vec::new()));
    }
    let span = value.span.range();
    let Value::Seq(nodes) = value.value else {
        return Err(NotAList { message: "`items` must be a list".to_owned(), span: Some(value.span) });
    };
    if let Some(odd) = nodes.iter().find(|node| node.map().is_none()) {
        return Err(NotAList { message: "every item must be a mapping".to_owned(), span: Some(odd.span) });
    }
    if text.get(span.start..).is_some_and(|rest| rest.starts_with('[')) {
        if nodes.is_empty() {
            return Ok((Layout::Nothing { range, with_key: false }, Vec::new()));
        }
        let items = nodes.into_iter().map(|node| Item { range: node.span.range(), node: Some(node) }).collect();
        return Ok((Layout::Flow(span.start + 1..span.end - 1), items));
    }
    let key_line = after_colon(text, key);
    let indent = dash_column(text, key_line);
    let start_of = |node: &Node<'_>| {
        // A dash behind a tab, or on the line of the key: this parser reads it, Go's readers do not.
        let message = "each item must begin with a dash on a line of its own, indented with spaces";
        let refused = || NotAList { message: message.to_owned(), span: Some(node.span) };
        indent.and_then(|indent| dash_line(text, key_line, node.span.start as usize, indent)).ok_or_else(refused)
    };
    let starts = nodes.iter().map(start_of).collect::<Result<Vec<usize>, NotAList>>()?;
    let indent = indent.unwrap_or_default();
    let end = section_end(text, content_end(text, span.end), indent);
    let ends = starts.iter().skip(1).copied().chain([end]);
    let ranges: Vec<Range<usize>> = starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect();
    let items = ranges.into_iter().zip(nodes).map(|(range, node)| Item { range, node: Some(node) }).collect();
    Ok((Layout::Block { indent, end }, items))
}

fn after_colon(text: &str, key: Span) -> usize {
    let end = key.end as usize;
    text.get(end..).and_then(|rest| rest.find(':')).map_or(end, |colon| end + colon + 1)
}

pub(super) fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}

/// Returns the column of the first dash below a key.
fn dash_column(text: &str, from: usize) -> Option<usize> {
    let lines = text.get(from..).unwrap_or_default().lines().skip(1);
    let (line, content) =
        lines.map(|line| (line, line.trim_start_matches(' '))).find(|(_, content)| content.starts_with('-'))?;
    Some(line.len() - content.len())
}

/// Returns the start of the line with the dash of the item that starts at `at`, below the key.
fn dash_line(text: &str, key: usize, at: usize, indent: usize) -> Option<usize> {
    let mut start = line_start(text, at);
    while start > key {
        let line = text.get(start..).unwrap_or_default();
        let lead = line.bytes().take_while(|byte| *byte == b' ').count();
        if lead == indent && line.get(lead..).is_some_and(|rest| rest.starts_with('-')) {
            return Some(start);
        }
        start = line_start(text, start - 1);
    }
    None
}

/// Returns the end of the last line of a document that is no comment: a node of nothing (` :`) has its place
/// before the line that it is written on.
fn past_content(text: &str, from: usize) -> usize {
    let (mut at, mut end) = (from, from);
    for line in text.get(from..).unwrap_or_default().split_inclusive('\n') {
        if line.starts_with("---") || line.starts_with("...") {
            break;
        }
        at += line.len();
        if !(line.trim_ascii().is_empty() || line.trim_ascii_start().starts_with('#')) {
            end = at;
        }
    }
    end
}

/// Returns where the lines of a block sequence end: at the next line with another key.
fn section_end(text: &str, from: usize, indent: usize) -> usize {
    let mut at = from;
    for line in text.get(from..).unwrap_or_default().split_inclusive('\n') {
        let content = line.trim_start_matches(' ');
        let is_open = content.trim_ascii_end().is_empty() || content.starts_with('#');
        if !is_open && line.len() - content.len() <= indent {
            return at;
        }
        at += line.len();
    }
    text.len()
}
