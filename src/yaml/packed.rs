//! Trees that are made and not read, each in one text: a hundred thousand of them take the room of what they
//! say, and are written from the first to the last byte.
//!
//! Before each value stands a mark, and before each text its length. A tree has no places of its own; whoever
//! made it notes behind it where its values come from. It does not know what a manifest is.

use std::cell::Cell;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::{Map, Node, Scalar, Span, Style, Text, Value};

const MAP: u8 = b'{';
const LIST: u8 = b'[';
const END: u8 = b'}';
const KEY: u8 = b':';
const ANY_KEY: u8 = b'?';
const TEXT: u8 = b'"';
const BARE: u8 = b'$';
const NUMBER: u8 = b'#';
const TRUE: u8 = b'+';
const FALSE: u8 = b'-';

/// How many bits of a length a byte has; one more says whether another follows, so that all are ASCII.
const BITS: u32 = 6;
const MORE: u8 = 1 << BITS;

/// A tree, with notes; two are equal if they are equal without these.
#[derive(Debug, Clone)]
pub struct Packed {
    tape: Box<str>,
    /// Where the notes begin.
    end: usize,
}

impl PartialEq for Packed {
    fn eq(&self, other: &Self) -> bool {
        self.tree() == other.tree()
    }
}

impl Eq for Packed {}

/// Makes trees, one after the other, in one buffer, so that each takes just its own length.
#[derive(Debug, Default)]
pub struct Packer {
    tape: Vec<u8>,
    /// Where the tree ends, once there are notes.
    end: Option<usize>,
    depth: usize,
    /// Whether what is filled is a list: each of its items has a line of its own.
    is_list: bool,
    most_bytes: usize,
}

/// The most bytes that stand around what is on a line of its own, beside its indentation: a colon and a blank or a
/// dash and one, quotes, a newline.
const AROUND: usize = 5;
/// The most bytes that stand around the value of a key: quotes, and the sign of a block.
const QUOTES: usize = 4;
/// How far each level is indented.
const INDENT: usize = 2;
/// The most bytes that a control character becomes: an escape.
const ESCAPED: usize = 6;

impl Packer {
    /// Begins a tree anew.
    pub fn clear(&mut self) {
        self.tape.clear();
        self.end = None;
        self.depth = 0;
        self.is_list = false;
        self.most_bytes = 0;
    }

    /// Returns the tree that was made.
    #[must_use]
    pub fn packed(&self) -> Packed {
        // Marks and lengths are ASCII, and texts are texts.
        let tape = std::str::from_utf8(&self.tape).unwrap_or_default();
        Packed { tape: tape.into(), end: self.end.unwrap_or(tape.len()) }
    }

    /// Returns a number of bytes that no text of the tree is longer than, as YAML or as JSON.
    #[must_use]
    pub fn most_bytes(&self) -> usize {
        self.most_bytes
    }

    /// Adds a mapping.
    pub fn map(&mut self, fill: impl FnOnce(&mut Self)) {
        self.fill(MAP, fill);
    }

    /// Adds a list.
    pub fn list(&mut self, fill: impl FnOnce(&mut Self)) {
        self.fill(LIST, fill);
    }

    fn fill(&mut self, mark: u8, fill: impl FnOnce(&mut Self)) {
        self.mark(mark);
        let outer = std::mem::replace(&mut self.is_list, mark == LIST);
        self.depth += 1;
        fill(self);
        self.depth -= 1;
        self.is_list = outer;
        self.tape.push(END);
    }

    /// Adds the key of the next value of a mapping: one that we know, and that is a plain word.
    pub fn key(&mut self, key: &'static str) -> &mut Self {
        self.mark(KEY);
        self.most_bytes += key.len();
        self.length(key.len());
        self.tape.extend_from_slice(key.as_bytes());
        self
    }

    /// Adds the key of the next value of a mapping, whatever it is.
    pub fn any_key(&mut self, key: &str) -> &mut Self {
        self.put(ANY_KEY, key);
        self
    }

    /// Adds a text.
    pub fn text(&mut self, text: &str) {
        self.put(TEXT, text);
    }

    /// Adds a placeholder where a number or boolean is wanted: it is written without quotes.
    pub fn bare(&mut self, text: &str) {
        self.put(BARE, text);
    }

    /// Adds a number.
    pub fn number(&mut self, number: u32) {
        self.mark(NUMBER);
        self.length(number as usize);
    }

    /// Adds a boolean.
    pub fn flag(&mut self, flag: bool) {
        self.mark(if flag { TRUE } else { FALSE });
    }

    /// Notes a number and a place behind the tree, which is whole.
    pub fn note(&mut self, number: usize, span: Span) {
        self.end.get_or_insert(self.tape.len());
        let Span { source, start, end } = span;
        for part in [number, source.index(), start as usize, end.saturating_sub(start) as usize] {
            self.length(part);
        }
    }

    fn mark(&mut self, mark: u8) {
        self.tape.push(mark);
        let is_on_a_line = self.is_list || matches!(mark, KEY | ANY_KEY);
        self.most_bytes += if is_on_a_line { AROUND + INDENT * self.depth } else { QUOTES };
    }

    #[inline(never)]
    fn put(&mut self, mark: u8, text: &str) {
        // What is no ASCII is at most a separator, of which an escape is twice as long.
        let becomes = |byte: u8| match byte {
            b'\n' => ESCAPED.max(INDENT * (self.depth + 1) + 1),
            b'"' | b'\'' | b'\\' | 0x80.. => 2,
            b' '..=b'~' => 1,
            _ => ESCAPED,
        };
        let bytes: usize = text.bytes().map(becomes).sum();
        self.mark(mark);
        self.most_bytes += bytes;
        self.length(text.len());
        self.tape.extend_from_slice(text.as_bytes());
    }

    fn length(&mut self, mut length: usize) {
        let low = |length: usize| u8::try_from(length % usize::from(MORE)).unwrap_or_default();
        while length >= usize::from(MORE) {
            self.tape.push(low(length) | MORE);
            length >>= BITS;
        }
        self.tape.push(low(length));
    }
}

impl Packed {
    /// Returns the tree as those that are read are; `span` says where each node comes from, by its keys and
    /// numbers.
    #[must_use]
    pub fn node(&self, span: &mut dyn FnMut(&[Step<'_>]) -> Span) -> Node<'_> {
        Reader(Cell::new(self.tree())).node(&mut Vec::new(), span)
    }

    /// Returns the text that keys lead to, one below the other.
    #[must_use]
    pub fn text(&self, path: &[&str]) -> Option<&str> {
        let reader = Reader(Cell::new(self.tree()));
        for want in path {
            if !reader.takes(MAP) {
                return None;
            }
            while reader.key()?.0 != *want {
                reader.skip();
            }
        }
        reader.takes(TEXT).then(|| reader.text())
    }

    /// Returns the notes, in their order.
    pub fn notes(&self) -> impl Iterator<Item = (usize, Span)> {
        let reader = Reader(Cell::new(self.tape.get(self.end..).unwrap_or_default()));
        std::iter::from_fn(move || {
            let is_read = reader.0.get().is_empty();
            let [number, source, start, length] = [(); 4].map(|()| reader.length());
            (!is_read).then(|| (number, Span::of(source, start, length)))
        })
    }

    fn tree(&self) -> &str {
        self.tape.get(..self.end).unwrap_or_default()
    }
}

/// A step from a node to one below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'t> {
    /// To the value under a key.
    Key(&'t str),
    /// To an item.
    Index(usize),
}

impl Serialize for Packed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Reader(Cell::new(self.tree())).serialize(serializer)
    }
}

/// What is left of a tree; it grows shorter as its values are taken, each once.
struct Reader<'t>(Cell<&'t str>);

impl<'t> Reader<'t> {
    /// Takes a mark, if it is the next.
    fn takes(&self, mark: u8) -> bool {
        let rest = self.0.get();
        let is_next = rest.as_bytes().first() == Some(&mark);
        if is_next {
            self.0.set(rest.get(1..).unwrap_or_default());
        }
        is_next
    }

    /// Takes the key of an entry, and whether it is a plain word; nothing at the end of a mapping.
    fn key(&self) -> Option<(&'t str, bool)> {
        let is_known = self.takes(KEY);
        (is_known || self.takes(ANY_KEY)).then(|| (self.text(), is_known))
    }

    /// Takes the next mark; a tree that has ended is not read on.
    fn mark(&self) -> u8 {
        let rest = self.0.get();
        self.0.set(rest.get(1..).unwrap_or_default());
        rest.as_bytes().first().copied().unwrap_or(END)
    }

    fn length(&self) -> usize {
        let (mut length, mut shift) = (0, 0);
        loop {
            let byte = self.mark();
            length |= usize::from(byte % MORE) << shift;
            shift += BITS;
            if byte & MORE == 0 || shift > usize::BITS - BITS {
                return length;
            }
        }
    }

    fn text(&self) -> &'t str {
        let length = self.length();
        let (text, rest) = self.0.get().split_at_checked(length).unwrap_or_default();
        self.0.set(rest);
        text
    }

    /// Takes a value, whatever it is.
    fn skip(&self) {
        match self.mark() {
            MAP => {
                while self.key().is_some() {
                    self.skip();
                }
                self.mark();
            }
            LIST => {
                while !self.takes(END) && !self.0.get().is_empty() {
                    self.skip();
                }
            }
            TEXT | BARE => drop(self.text()),
            NUMBER => drop(self.number()),
            _ => {}
        }
    }

    fn number(&self) -> u32 {
        u32::try_from(self.length()).unwrap_or_default()
    }

    fn node(&self, path: &mut Vec<Step<'t>>, span: &mut dyn FnMut(&[Step<'_>]) -> Span) -> Node<'t> {
        let at = span(path);
        let scalar = |text, style| Value::Scalar(Scalar { text, style, tagged: false });
        let value = match self.mark() {
            MAP => {
                let mut entries = Vec::new();
                while let Some((key, _)) = self.key() {
                    path.push(Step::Key(key));
                    let value = self.node(path, span);
                    path.pop();
                    entries.push((Node { span: value.span, value: scalar(key.into(), Style::Plain) }, value));
                }
                self.mark();
                Value::Map(Map::new(entries, false))
            }
            LIST => {
                let mut items = Vec::new();
                while !self.takes(END) && !self.0.get().is_empty() {
                    path.push(Step::Index(items.len()));
                    items.push(self.node(path, span));
                    path.pop();
                }
                Value::Seq(items)
            }
            TEXT => scalar(self.text().into(), Style::Quoted),
            BARE => scalar(self.text().into(), Style::Plain),
            NUMBER => scalar(self.number().to_string().into(), Style::Plain),
            flag => scalar((flag == TRUE).to_string().into(), Style::Plain),
        };
        Node { span: at, value }
    }
}

impl Serialize for Reader<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.mark() {
            MAP => {
                let mut map = serializer.serialize_map(None)?;
                while let Some((key, is_known)) = self.key() {
                    if is_known {
                        map.serialize_entry(key, self)?;
                    } else {
                        map.serialize_entry(&Text(key), self)?;
                    }
                }
                self.mark();
                map.end()
            }
            LIST => {
                let mut list = serializer.serialize_seq(None)?;
                while !self.takes(END) && !self.0.get().is_empty() {
                    list.serialize_element(self)?;
                }
                list.end()
            }
            TEXT => Text(self.text()).serialize(serializer),
            BARE => serializer.serialize_str(self.text()),
            NUMBER => serializer.serialize_u32(self.number()),
            flag => serializer.serialize_bool(flag == TRUE),
        }
    }
}

#[cfg(test)]
mod tests;
