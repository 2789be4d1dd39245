//! Taking a build apart without reading it.
//!
//! A function is sent the whole build and passes nearly all of it on. A tree of every foreign item
//! would cost thirty times what copying its bytes does, so this finds where the items start and end,
//! and of which kind they are, by a look at each line. It never guesses: where a line is not plain
//! enough, the item is read alone; where that does not settle it, there is no answer and the caller
//! reads everything.
//!
//! Why the ranges are those that a reader would find:
//!
//! 1. What stands before `items:` is read alone and is a mapping. So nothing is open at `items:`.
//! 2. Every item starts with a dash at one column. A block scalar or a plain scalar inside an item is
//!    always deeper than that column; only a text in quotes or a flow collection can reach it, and one
//!    that is open at the end of its line makes the item odd.
//! 3. An odd item is read alone and is one item. So nothing is open at its end, and it uses no anchor
//!    of another item.
//! 4. What stands after the items is read alone and is a mapping.
//!
//! Foreign items are not checked: what is broken inside one goes on as it came.

mod kind;
mod lines;

use std::collections::BTreeSet;
use std::ops::Range;

pub use kind::Kind;
use kind::Lookout;
use lines::{Line, Look, lines_from, look};

use crate::yaml::{Node, Sources, Value, documents};

/// A list in its parts.
///
/// Between `head` and the first item stands the line `items:`, with comments that follow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split<'s> {
    /// What stands before the line `items:`: keys of the list, readable alone; may be empty.
    pub head: Range<usize>,
    /// The items, each from its dash line to the next; at least one.
    pub items: Vec<Item<'s>>,
    /// What stands after the items: more keys of the list, readable alone; may be empty.
    pub tail: Range<usize>,
    /// The column of the dashes.
    pub indent: usize,
}

/// An item of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item<'s> {
    /// Its lines.
    ///
    /// From the start of the dash line to the start of the next, so that the range read alone is a sequence
    /// with this one item. Comments and blank lines belong to the item above them.
    pub range: Range<usize>,
    /// Its kind.
    pub kind: Kind<'s>,
}

/// Splits a ResourceList or a List into its items, or does not answer.
///
/// Whether the text is such a list is for the caller to see, in the head and the tail.
///
/// ```
/// use tailscale_expose::krm::split::{Kind, split};
///
/// let text = "kind: ResourceList\nitems:\n- kind: Service\n- kind: ENC[x]\n";
/// let split = split(text).unwrap();
/// assert_eq!(&text[split.head.clone()], "kind: ResourceList\n");
/// assert_eq!(&text[split.items[0].range.clone()], "- kind: Service\n");
/// assert_eq!(split.items[0].kind, Kind::Certain("Service"));
/// assert_eq!(split.items[1].kind, Kind::Unsure);
/// ```
#[must_use]
pub fn split(text: &str) -> Option<Split<'_>> {
    if !is_clean(text) {
        return None;
    }
    let (head, first) = find_items(text)?;
    let mut keys = BTreeSet::new();
    read_section(text, head.clone(), &mut keys)?;

    let max_odd_bytes = text.len() / 2 + SMALL;
    let mut list = List { text, indent: 0, items: Vec::new(), open: None, odd_bytes: 0, max_odd_bytes };
    let mut block = None;
    let mut tail = text.len()..text.len();
    for line in lines_from(text, first) {
        let Some(byte) = line.first() else { continue };
        if block.is_some_and(|parent| line.indent > parent) {
            continue;
        }
        block = None;
        if byte == b'#' {
            continue;
        }
        let Some((_, lookout)) = &mut list.open else {
            // The first dash settles the column.
            list.indent = line.is_entry().then_some(line.indent)?;
            block = list.start(&line)?;
            continue;
        };
        if line.indent > list.indent {
            let look = look(&line);
            lookout.line(&line, look);
            block = parent_of(look);
        } else if byte == b'\t' {
            lookout.odd();
        } else if line.indent == list.indent && line.is_entry() {
            block = list.start(&line)?;
        } else if line.indent == 0 {
            tail.start = line.start;
            break;
        } else {
            return None;
        }
    }
    list.end(tail.start)?;
    read_section(text, tail.clone(), &mut keys)?;
    (!list.items.is_empty()).then_some(Split { head, items: list.items, tail, indent: list.indent })
}

/// The items so far.
struct List<'s> {
    text: &'s str,
    indent: usize,
    items: Vec<Item<'s>>,
    /// Where the last item started, and what its lines told.
    open: Option<(usize, Lookout<'s>)>,
    odd_bytes: usize,
    max_odd_bytes: usize,
}

impl<'s> List<'s> {
    /// Ends the item before this dash line, and starts one; returns the parent of its block scalar.
    fn start(&mut self, line: &Line<'s>) -> Option<Option<usize>> {
        self.end(line.start)?;
        let look = look(line);
        self.open = Some((line.start, Lookout::at_dash(line, look)));
        Some(parent_of(look))
    }

    fn end(&mut self, at: usize) -> Option<()> {
        let Some((start, lookout)) = self.open.take() else { return Some(()) };
        if lookout.is_odd() {
            self.odd_bytes += at - start;
            // Where most of a list is odd, reading it once is less work than reading its items one by one.
            let lines = self.text.get(start..at).filter(|_| self.odd_bytes <= self.max_odd_bytes)?;
            is_one_item(lines).then_some(())?;
        }
        self.items.push(Item { range: start..at, kind: lookout.finish() });
        Some(())
    }
}

/// A list of which so much is odd is taken apart all the same.
const SMALL: usize = 64 * 1024;

fn parent_of(look: Look) -> Option<usize> {
    match look {
        Look::Block { parent, .. } => Some(parent),
        _ => None,
    }
}

/// Returns whether all readers see the same characters and the same lines.
///
/// Some break lines at a lone CR, U+0085, U+2028 and U+2029, and some stop at a zero byte. YAML allows
/// no other control characters (YAML 1.2.2 section 5.1).
fn is_clean(text: &str) -> bool {
    let bytes = text.as_bytes();
    // No early return, so that the loop runs on many bytes at once.
    let (bad, seen) = bytes.iter().fold((false, 0), |(bad, seen), byte| {
        let is_control = *byte < b' ' && *byte != b'\n' && *byte != b'\t' && *byte != b'\r';
        (bad | is_control | (*byte == 0x7f), seen | *byte)
    });
    if bad || memchr::memchr_iter(b'\r', bytes).any(|at| bytes.get(at + 1) != Some(&b'\n')) {
        return false;
    }
    let foreign = |at: usize| match (bytes.get(at), bytes.get(at + 1), bytes.get(at + 2)) {
        // U+0080 to U+009F
        (Some(0xc2), Some(next), _) => *next < 0xa0,
        // U+2028 and U+2029
        (Some(0xe2), Some(0x80), Some(last)) => matches!(last, 0xa8 | 0xa9),
        // U+FEFF, U+FFFE and U+FFFF
        (Some(0xef), Some(0xbb), Some(0xbf)) | (Some(0xef), Some(0xbf), Some(0xbe | 0xbf)) => true,
        _ => false,
    };
    seen.is_ascii() || !memchr::memchr3_iter(0xc2, 0xe2, 0xef, bytes).any(foreign)
}

/// Returns the range before the line `items:`, and where the next line starts.
fn find_items(text: &str) -> Option<(Range<usize>, usize)> {
    let line = lines_from(text, 0).find(|line| line.bytes.starts_with(b"items:"))?;
    let next = text.get(line.start..)?.find('\n').map(|end| line.start + end + 1)?;
    line.is_done("items:".len()).then_some((0..line.start, next))
}

/// Reads a part of the list alone: nothing, or keys that are neither `items` nor among those seen.
fn read_section(text: &str, range: Range<usize>, keys: &mut BTreeSet<String>) -> Option<()> {
    let mut may_have_marker = range.start == 0;
    let mut has_key = false;
    let section = text.get(range)?;
    for line in lines_from(section, 0) {
        match line.first() {
            None | Some(b'#') => {}
            Some(_) if line.indent > 0 => has_key.then_some(())?,
            Some(byte) if byte.is_ascii_alphabetic() => has_key = true,
            Some(_) if line.is_entry() => has_key.then_some(())?,
            // Any other token at this column is either no key or one that could mean more than it says.
            Some(_) if may_have_marker && line.bytes.starts_with(b"---") && line.is_done(3) => {}
            Some(_) => return None,
        }
        may_have_marker &= matches!(line.first(), None | Some(b'#'));
    }
    let mut is_new =
        |(key, _): &(Node<'_>, Node<'_>)| key.text().is_some_and(|key| key != "items" && keys.insert(key.to_owned()));
    let is_sound = read_alone(section, |roots| match roots {
        [] => true,
        [root] => root.map().is_some_and(|map| !map.flow && map.entries.iter().all(&mut is_new)),
        _ => false,
    });
    is_sound?.then_some(())
}

/// Reads the lines of an item alone, and returns whether they are one.
fn is_one_item(lines: &str) -> bool {
    let is_one = read_alone(
        lines,
        |roots| matches!(roots, [root] if matches!(&root.value, Value::Seq(items) if items.len() == 1)),
    );
    is_one == Some(true)
}

fn read_alone<T>(text: &str, judge: impl FnOnce(&[&Node<'_>]) -> T) -> Option<T> {
    let mut sources = Sources::default();
    let id = sources.add("", text);
    let parsed = documents(id, sources.get(id)?);
    let mut roots = Vec::new();
    for document in &parsed {
        roots.extend(document.root.as_ref().ok()?);
    }
    Some(judge(&roots))
}
