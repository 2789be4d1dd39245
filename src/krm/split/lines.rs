//! One look at a line: what may still be open when it ends.
//!
//! Three things can reach over the end of a line: a block scalar, a text in quotes, and a flow
//! collection. A line that opens the first is understood, because its text is deeper than what holds
//! it (YAML 1.2.2 section 8.1). A line that leaves one of the others open, or that bears anything
//! with an effect elsewhere (anchors, aliases, tags), is odd: somebody must read it.
//!
//! A look never judges whether a line is good YAML. It only must not take an odd line for a plain one.

use memchr::memchr2_iter;

/// A line of a text, without its line break.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'s> {
    /// Where it starts in the text.
    pub(super) start: usize,
    /// Its bytes.
    pub(super) bytes: &'s [u8],
    /// How many spaces it starts with.
    pub(super) indent: usize,
}

impl Line<'_> {
    /// Returns the first byte after the indent; nothing for a line of spaces.
    pub(super) fn first(&self) -> Option<u8> {
        self.bytes.get(self.indent).copied()
    }

    /// Returns whether the line starts an entry of a sequence at its indent.
    pub(super) fn is_entry(&self) -> bool {
        self.first() == Some(b'-') && matches!(self.bytes.get(self.indent + 1), None | Some(b' ' | b'\t'))
    }

    /// Returns whether nothing but spaces and a comment stands from a byte on.
    pub(super) fn is_done(&self, at: usize) -> bool {
        let rest = skip_spaces(self.bytes, at);
        match self.bytes.get(rest) {
            None => true,
            Some(b'#') => rest > at,
            Some(_) => false,
        }
    }
}

/// Returns the lines of a text from a byte on; lines end with LF or CRLF.
pub(super) fn lines_from(text: &str, start: usize) -> impl Iterator<Item = Line<'_>> {
    let bytes = text.as_bytes();
    let rest = bytes.get(start..).unwrap_or_default();
    let ends = memchr::memchr_iter(b'\n', rest).map(move |end| start + end);
    let last = (!rest.is_empty() && !rest.ends_with(b"\n")).then_some(bytes.len());
    let mut at = start;
    ends.chain(last).map(move |end| {
        let (start, line) = (at, bytes.get(at..end).unwrap_or_default());
        at = end + 1;
        let bytes = line.strip_suffix(b"\r").unwrap_or(line);
        Line { start, bytes, indent: skip_spaces(bytes, 0) }
    })
}

/// What is open when a line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Nothing, or a plain scalar, which goes on only in deeper lines.
    Closed {
        /// The column of the first token after the dashes; nothing where only dashes stand.
        column: Option<usize>,
        /// Whether that token is a plain key.
        keyed: bool,
    },
    /// A block scalar.
    Block {
        /// The column of the first token after the dashes.
        column: usize,
        /// Lines deeper than this column are its text.
        parent: usize,
        /// Whether that token is a plain key.
        keyed: bool,
    },
    /// It takes a reader to know.
    Odd,
}

/// Looks at a line that is neither blank nor a comment nor the text of a block scalar.
pub(super) fn look(line: &Line<'_>) -> Look {
    let bytes = line.bytes;
    let mut at = line.indent;
    let mut dash = None;
    while bytes.get(at) == Some(&b'-') {
        match bytes.get(at + 1) {
            None => return Look::Closed { column: None, keyed: false },
            Some(b' ') => {
                dash = Some(at);
                at = skip_spaces(bytes, at + 1);
            }
            // A tab separates too, but readers differ in what column comes after it.
            Some(b'\t') => return Look::Odd,
            Some(_) => break,
        }
    }
    let Some(first) = bytes.get(at).copied() else { return Look::Closed { column: None, keyed: false } };
    let column = at;
    let (keyed, end) = match first {
        b'#' if dash.is_some() => return Look::Closed { column: None, keyed: false },
        b'"' | b'\'' => (false, quoted(bytes, at)),
        b'[' | b'{' => (false, flow(bytes, at)),
        b'|' | b'>' => {
            return match dash {
                Some(parent) if is_block_header(line, at) => Look::Block { column, parent, keyed: false },
                // Its parent stands on a line above.
                _ => Look::Odd,
            };
        }
        _ if is_special(bytes, at) => return Look::Odd,
        _ => match plain(bytes, at) {
            Plain::Key(end) => (true, Some(end)),
            Plain::Text => return Look::Closed { column: Some(column), keyed: false },
            Plain::Odd => return Look::Odd,
        },
    };
    let Some(end) = end else { return Look::Odd };
    if !keyed && line.is_done(end) {
        return Look::Closed { column: Some(column), keyed };
    }
    let colon = skip_spaces(bytes, end);
    match (bytes.get(colon), bytes.get(colon + 1)) {
        (Some(b':'), None) => Look::Closed { column: Some(column), keyed },
        (Some(b':'), Some(b' ')) => value(line, column, colon + 1, keyed),
        _ => Look::Odd,
    }
}

/// Looks at what stands behind the colon of a key at `column`.
fn value(line: &Line<'_>, column: usize, from: usize, keyed: bool) -> Look {
    let bytes = line.bytes;
    let at = skip_spaces(bytes, from);
    let closed = Look::Closed { column: Some(column), keyed };
    let end = match bytes.get(at) {
        None | Some(b'#') => return closed,
        Some(b'"' | b'\'') => quoted(bytes, at),
        Some(b'[' | b'{') => flow(bytes, at),
        Some(b'|' | b'>') if is_block_header(line, at) => return Look::Block { column, parent: column, keyed },
        Some(b'-') if matches!(bytes.get(at + 1), None | Some(b' ' | b'\t')) => None,
        Some(_) if is_special(bytes, at) => None,
        Some(_) => return if is_plain_value(bytes, at) { closed } else { Look::Odd },
    };
    match end {
        Some(end) if line.is_done(end) => closed,
        _ => Look::Odd,
    }
}

/// Returns whether a byte starts a token that is neither plain, quoted, flow nor block.
fn is_special(bytes: &[u8], at: usize) -> bool {
    matches!(
        bytes.get(at),
        Some(b'&' | b'*' | b'!' | b'?' | b':' | b'%' | b'@' | b'`' | b',' | b']' | b'}' | b'|' | b'>' | b'#' | b'\t')
    )
}

/// What a line that starts with plain text is.
enum Plain {
    /// A key; its text ends at this byte.
    Key(usize),
    /// A text, or the next line of one.
    Text,
    /// Something else.
    Odd,
}

fn plain(bytes: &[u8], from: usize) -> Plain {
    let mut last = b' ';
    for (index, byte) in bytes.iter().copied().enumerate().skip(from) {
        match byte {
            b':' => match bytes.get(index + 1) {
                None | Some(b' ') => return Plain::Key(index),
                Some(b'\t') => return Plain::Odd,
                Some(_) => {}
            },
            b'#' if last == b' ' => return Plain::Text,
            // Whether a tab may stand inside or behind a key is read in different ways.
            b'\t' => return Plain::Odd,
            _ => {}
        }
        last = byte;
    }
    Plain::Text
}

/// Returns whether a plain value holds no second colon; readers refuse one, but not all in the same way.
fn is_plain_value(bytes: &[u8], from: usize) -> bool {
    let rest = bytes.get(from..).unwrap_or_default();
    // Most values are a few bytes, and some are a file in base64.
    if rest.len() > 64 {
        let first = memchr2_iter(b':', b'#', rest).find_map(|index| ends_value(rest, index));
        return first.unwrap_or(true);
    }
    let is_mark = |index: &usize| matches!(rest.get(*index), Some(b':' | b'#'));
    (0..rest.len()).filter(is_mark).find_map(|index| ends_value(rest, index)).unwrap_or(true)
}

/// Returns whether a plain value ends well at a colon or number sign; nothing where it goes on.
fn ends_value(rest: &[u8], index: usize) -> Option<bool> {
    let before = index.checked_sub(1).and_then(|before| rest.get(before));
    match (rest.get(index), rest.get(index + 1)) {
        (Some(b'#'), _) if matches!(before, Some(b' ' | b'\t')) => Some(true),
        (Some(b':'), None | Some(b' ' | b'\t')) => Some(false),
        _ => None,
    }
}

/// Returns whether a block scalar is announced, and nothing else, up to the end of the line.
fn is_block_header(line: &Line<'_>, at: usize) -> bool {
    let is_indicator = |byte: &u8| matches!(byte, b'+' | b'-' | b'1'..=b'9');
    let indicators = line.bytes.iter().skip(at + 1).take_while(|byte| is_indicator(byte)).count();
    indicators <= 2 && line.is_done(at + 1 + indicators)
}

/// Returns the byte after a text in quotes, if it ends on its line.
fn quoted(bytes: &[u8], at: usize) -> Option<usize> {
    let quote = *bytes.get(at)?;
    let mut next = at + 1;
    loop {
        match *bytes.get(next)? {
            b'\\' if quote == b'"' => next += 2,
            byte if byte == quote => {
                if quote == b'\'' && bytes.get(next + 1) == Some(&quote) {
                    next += 2;
                } else {
                    return Some(next + 1);
                }
            }
            _ => next += 1,
        }
    }
}

/// Returns the byte after a flow collection, if it ends on its line and holds only plain and quoted
/// scalars.
fn flow(bytes: &[u8], at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    // The last byte that is no space: it tells where a token may start.
    let mut last = b'[';
    let mut next = at;
    loop {
        let byte = *bytes.get(next)?;
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(next + 1);
                }
            }
            b'"' | b'\'' => {
                let before = next.checked_sub(1).and_then(|before| bytes.get(before)).copied();
                let opens = match last {
                    b'[' | b'{' | b',' => true,
                    // Without a space it is a value only after a quoted key, as in JSON.
                    b':' if before == Some(b' ') => true,
                    b':' if next.checked_sub(2).and_then(|key| bytes.get(key)) == Some(&b'"') => true,
                    b':' => return None,
                    _ if before.is_some_and(|before| before.is_ascii_alphanumeric()) => false,
                    _ => return None,
                };
                if opens {
                    next = quoted(bytes, next)?;
                    let after = skip_spaces(bytes, next);
                    if !matches!(bytes.get(after), Some(b',' | b':' | b']' | b'}')) {
                        return None;
                    }
                    last = byte;
                    continue;
                }
            }
            b'&' | b'*' | b'!' | b'?' | b'|' | b'>' | b'%' | b'@' | b'`' | b'#' | b'\t' => return None,
            _ => {}
        }
        if byte != b' ' {
            last = byte;
        }
        next += 1;
    }
}

fn skip_spaces(bytes: &[u8], at: usize) -> usize {
    at + bytes.iter().skip(at).take_while(|byte| **byte == b' ').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look_at(text: &str) -> Look {
        look(&lines_from(text, 0).next().unwrap())
    }

    #[test]
    fn a_line_that_ends_what_it_starts_is_closed() {
        for (text, column, keyed) in [
            ("a: b", Some(0), true),
            ("  a:", Some(2), true),
            ("a: # why", Some(0), true),
            ("a b#c: {d: [e, 'f''g'], \"h\":\"\\\"\"} # i", Some(0), true),
            ("- - a: it's", Some(4), true),
            ("-", None, false),
            ("- -", None, false),
            ("- # why", None, false),
            ("'a': \"b\"", Some(0), false),
            ("\"a\"", Some(0), false),
            ("[don't, x]", Some(0), false),
            ("{a: 1}: {b: 2}", Some(0), false),
            ("https://a:b/#c", Some(0), false),
            ("a #: b", Some(0), false),
            ("-a: b", Some(0), true),
            ("--- a", Some(0), false),
            ("a: b # c: d", Some(0), true),
            ("a: {}", Some(0), true),
        ] {
            assert_eq!(look_at(text), Look::Closed { column, keyed }, "{text:?}");
        }
    }

    #[test]
    fn a_block_scalar_is_deeper_than_its_key_or_dash() {
        for (text, column, parent, keyed) in [
            ("a: |", 0, 0, true),
            ("  - a: >-2 # why", 4, 4, true),
            ("- |", 2, 0, false),
            ("- - |+", 4, 2, false),
            ("'a': |", 0, 0, false),
        ] {
            assert_eq!(look_at(text), Look::Block { column, parent, keyed }, "{text:?}");
        }
    }

    #[test]
    fn what_may_reach_further_is_odd() {
        for text in [
            "a: \"b",
            "a: 'b''",
            "a: \"b\\",
            "a: [b",
            "a: {b: 'c}",
            "\"a",
            "a: [b] c",
            "a: \"b\" c",
            "a: \"b\"#c",
            "\"a\":b",
            "a: {b:'c'}",
            "a: [b 'c']",
            "a: [b, *c]",
            "a: [&b c]",
            "a: [!!str b]",
            "a: [b # c",
            "a: {? b}",
            "a: [\tb]",
            "a: *b",
            "a: &b c",
            "a: !b c",
            "&a b: c",
            "*a : b",
            "!a b: c",
            "? a",
            ": a",
            "?a: b",
            "%a",
            "@a",
            "`a`",
            "]",
            "}",
            ",",
            "|",
            ">",
            "- ? a",
            "-\ta",
            "- -\ta",
            "a:\tb",
            "a\t: b",
            "a: \tb",
            "a: - b",
            "a: -",
            "a: b: c",
            "a: b:",
            "a: |b",
            "a: | b",
            "a: |123",
            "a: |#b",
            "- |b",
            "a: \"b\"\t",
            "\ta",
            "  \ta: b",
            "a: >\t",
        ] {
            assert_eq!(look_at(text), Look::Odd, "{text:?}");
        }
    }

    #[test]
    fn lines_end_with_lf_or_crlf() {
        let lines: Vec<(usize, &[u8], usize)> =
            lines_from("x\na\r\n  b\n\n c", 2).map(|line| (line.start, line.bytes, line.indent)).collect();
        assert_eq!(lines, [(2, &b"a"[..], 0), (5, &b"  b"[..], 2), (9, &b""[..], 0), (10, &b" c"[..], 1)]);
    }
}
