//! Whether the splitter and the full parser agree about a text. The fuzz targets share this file.

use std::ops::Range;

use tailscale_expose::krm::split::{Kind, Split, split};
use tailscale_expose::yaml::{Document, Map, Node, SourceId, Sources, Style, Value, documents};

/// How the two came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The splitter does not answer.
    NoAnswer,
    /// The splitter answers and the parser refuses the text: something inside a foreign item is broken.
    OnlySplit,
    /// Both answer, and agree.
    Agreed { items: usize, certain: usize },
}

/// Compares the two on a list; panics where they disagree.
pub(crate) fn on_list(text: &str) -> Outcome {
    let Some(split) = split(text) else { return Outcome::NoAnswer };
    check_ranges(text, &split);
    with_roots(text, |roots| {
        let Some(roots) = roots else { return Outcome::OnlySplit };
        let [root] = roots else { panic!("{} documents were split as one list\n{text}", roots.len()) };
        let map = root.map().unwrap_or_else(|| panic!("what is no mapping was split\n{text}"));
        let items: Vec<&Node<'_>> =
            map.entries.iter().filter(|(key, _)| key.text() == Some("items")).map(|(_, value)| value).collect();
        let [items] = items.as_slice() else { panic!("{} keys `items`\n{text}", items.len()) };
        check_rest(text, map, &split);
        let Value::Seq(items) = &items.value else { panic!("`items` is no list\n{text}") };
        assert_eq!(items.len(), split.items.len(), "the number of items\n{text}");
        let mut certain = 0;
        for (item, node) in split.items.iter().zip(items) {
            check_alone(text, item.range.clone(), node);
            certain += usize::from(check_kind(text, item.kind, node));
        }
        Outcome::Agreed { items: items.len(), certain }
    })
}

fn check_ranges(text: &str, split: &Split<'_>) {
    let mut at = split.head.end;
    assert_eq!(split.head.start, 0, "the head starts the text\n{text}");
    assert_eq!(split.tail.end, text.len(), "the tail ends the text\n{text}");
    assert!(text[at..].starts_with("items:"), "the head ends before `items:`\n{text}");
    for (index, item) in split.items.iter().enumerate() {
        assert!(index == 0 || item.range.start == at, "items follow each other\n{text}");
        let dash = item.range.start + split.indent;
        assert!(at <= item.range.start && text[dash..].starts_with('-'), "an item starts with its dash\n{text}");
        assert!(text[..item.range.start].ends_with('\n'), "an item starts with its line\n{text}");
        at = item.range.end;
    }
    assert_eq!(at, split.tail.start, "the tail follows the items\n{text}");
}

/// Checks that head and tail hold the other keys.
fn check_rest(text: &str, map: &Map<'_>, split: &Split<'_>) {
    let rest = map.entries.iter().filter(|(key, _)| key.text() != Some("items"));
    let mut rest: Vec<&(Node<'_>, Node<'_>)> = rest.collect();
    rest.reverse();
    for part in [split.head.clone(), split.tail.clone()] {
        with_roots(&text[part.clone()], |roots| {
            let entries = match roots {
                Some([]) => return,
                Some([root]) => &root.map().expect("head and tail are mappings").entries,
                _ => panic!("head and tail can be read alone\n{text}"),
            };
            for (key, value) in entries {
                let (whole_key, whole_value) = rest.pop().unwrap_or_else(|| panic!("a key too many\n{text}"));
                assert!(
                    same(key, whole_key, part.start) && same(value, whole_value, part.start),
                    "{key:?}: {value:?} is not {whole_key:?}: {whole_value:?}\n{text}"
                );
            }
        });
    }
    assert!(rest.is_empty(), "a key is missing\n{text}");
}

/// Checks that the lines of an item, read alone, are the item.
fn check_alone(text: &str, range: Range<usize>, node: &Node<'_>) {
    assert!(range.contains(&node.span.range().start) || node.span.range().is_empty(), "an item nests\n{text}");
    with_roots(&text[range.clone()], |roots| {
        let Some([root]) = roots else { panic!("lines {range:?} can be read alone\n{text}") };
        let Value::Seq(items) = &root.value else { panic!("lines {range:?} are a sequence\n{text}") };
        let [item] = items.as_slice() else { panic!("lines {range:?} are {} items\n{text}", items.len()) };
        assert!(same(item, node, range.start), "lines {range:?} are {item:?}, not {node:?}\n{text}");
    });
}

fn check_kind(text: &str, kind: Kind<'_>, node: &Node<'_>) -> bool {
    let Kind::Certain(kind) = kind else { return false };
    let entries = node.map().map_or(&[][..], |map| &map.entries);
    let kinds: Vec<&Node<'_>> =
        entries.iter().filter(|(key, _)| key.text() == Some("kind")).map(|(_, value)| value).collect();
    let is_it = matches!(kinds.as_slice(), [only] if only.text() == Some(kind)
        && matches!(&only.value, Value::Scalar(scalar) if scalar.style == Style::Plain));
    assert!(is_it, "the kind is {kinds:?}, not {kind}\n{text}");
    true
}

/// Returns whether two trees are the same; the first was read from a text that starts at `shift`.
fn same(part: &Node<'_>, whole: &Node<'_>, shift: usize) -> bool {
    let (alone, inside) = (part.span.range(), whole.span.range());
    // The span of an empty node sits on the token after it, which may be of another item.
    let is_empty = alone.is_empty() || inside.is_empty();
    if !is_empty && alone.start + shift != inside.start {
        return false;
    }
    match (&part.value, &whole.value) {
        (Value::Scalar(part), Value::Scalar(whole)) => part.text == whole.text && part.style == whole.style,
        (Value::Seq(part), Value::Seq(whole)) => {
            part.len() == whole.len() && part.iter().zip(whole).all(|(part, whole)| same(part, whole, shift))
        }
        (Value::Map(part), Value::Map(whole)) => {
            let mut pairs = part.entries.iter().zip(&whole.entries);
            part.flow == whole.flow
                && part.entries.len() == whole.entries.len()
                && pairs.all(|(part, whole)| same(&part.0, &whole.0, shift) && same(&part.1, &whole.1, shift))
        }
        _ => false,
    }
}

/// Gives the roots of a text's documents, or nothing where one cannot be read.
fn with_roots<T>(text: &str, judge: impl FnOnce(Option<&[Node<'_>]>) -> T) -> T {
    let mut sources = Sources::default();
    let id: SourceId = sources.add("", text);
    let parsed: Vec<Document<'_>> = documents(id, sources.get(id).expect("it was added"));
    let roots: Result<Vec<Node<'_>>, _> = parsed.into_iter().filter_map(|document| document.root.transpose()).collect();
    judge(roots.ok().as_deref())
}
