//! One look at a line: what may still be open when it ends.
//!
//! Three things can reach over the end of a line: a block scalar, a text in quotes, and a flow
//! collection. A line that opens the first is understood, because its text is deeper than what holds
//! it (YAML 1.2.2 section 8.1). A line that leaves one of the others open, or that bears anything
//! with an effect elsewhere (anchors, aliases, tags), is odd: somebody must read it.
//!
//! A look never judges whether a line is good YAML. It only must not take an odd line for a plain one.

use memchr::memchr;

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
pub(super) fn lines_from(text: &str, start: usize) -> Lines<'_> {
    Lines { bytes: text.as_bytes(), at: start }
}

/// The lines that are left.
pub(super) struct Lines<'s> {
    bytes: &'s [u8],
    at: usize,
}

impl<'s> Iterator for Lines<'s> {
    type Item = Line<'s>;

    #[inline]
    fn next(&mut self) -> Option<Line<'s>> {
        let start = self.at;
        let rest = self.bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let length = newline(rest).unwrap_or(rest.len());
        self.at = start + length + 1;
        let line = rest.get(..length).unwrap_or_default();
        let bytes = line.strip_suffix(b"\r").unwrap_or(line);
        Some(Line { start, bytes, indent: skip_spaces(bytes, 0) })
    }
}

/// Finds the next line feed, which is near in most lines and far away in some.
fn newline(rest: &[u8]) -> Option<usize> {
    match rest.first_chunk::<32>() {
        Some(near) => next_of([b'\n'], near, 0).or_else(|| memchr(b'\n', rest)),
        None => next_of([b'\n'], rest, 0),
    }
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
    let mut at = from;
    while let Some(found) = next_of([b':', b'#', b'\t'], bytes, at) {
        match (bytes.get(found), bytes.get(found + 1)) {
            (Some(b':'), None | Some(b' ')) => return Plain::Key(found),
            // Whether a tab may stand inside or behind a key is read in different ways.
            (Some(b'\t'), _) | (Some(b':'), Some(b'\t')) => return Plain::Odd,
            (Some(b'#'), _) if is_behind(b" ", bytes, found) => return Plain::Text,
            _ => at = found + 1,
        }
    }
    Plain::Text
}

/// Returns whether a plain value holds no second colon; readers refuse one, but not all in the same way.
fn is_plain_value(bytes: &[u8], from: usize) -> bool {
    let mut at = from;
    while let Some(found) = next_of([b':', b'#'], bytes, at) {
        match (bytes.get(found), bytes.get(found + 1)) {
            (Some(b':'), None | Some(b' ' | b'\t')) => return false,
            (Some(b'#'), _) if is_behind(b" \t", bytes, found) => return true,
            _ => at = found + 1,
        }
    }
    true
}

fn is_behind(any: &[u8], bytes: &[u8], at: usize) -> bool {
    at.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(|before| any.contains(before))
}

/// Returns the next of some bytes, eight at a time: lines are too short for a call to pay.
fn next_of<const N: usize>(needles: [u8; N], bytes: &[u8], from: usize) -> Option<usize> {
    let mut rest = bytes.get(from..)?;
    while let Some((chunk, next)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        let found = needles.iter().fold(0, |found, needle| {
            // A byte is zero where it is the needle; the lowest zero byte is marked, if there is one.
            let zero = word ^ (ONES * u64::from(*needle));
            found | (zero.wrapping_sub(ONES) & !zero & (ONES << 7))
        });
        if found != 0 {
            return Some(bytes.len() - rest.len() + found.trailing_zeros() as usize / 8);
        }
        rest = next;
    }
    let last = rest.iter().position(|byte| needles.contains(byte))?;
    Some(bytes.len() - rest.len() + last)
}

/// Eight bytes of one.
const ONES: u64 = 0x0101_0101_0101_0101;

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
    let mut rest = bytes.get(at..).unwrap_or_default();
    while let Some((chunk, next)) = rest.split_first_chunk::<8>() {
        let spaces = (u64::from_le_bytes(*chunk) ^ (ONES * u64::from(b' '))).trailing_zeros() as usize / 8;
        if spaces < 8 {
            return bytes.len() - rest.len() + spaces;
        }
        rest = next;
    }
    at + rest.iter().take_while(|byte| **byte == b' ').count() + bytes.len().saturating_sub(at + rest.len())
}

#[cfg(test)]
mod tests;
