//! Texts with placeholders that are hard to read, made from bytes: the same bytes give the same text.
//!
//! A text is put together from the grammar of Flux's substitution, right and nearly right, and then
//! damaged. The fuzz target and the comparison with Flux's own module share this file.

/// Choices, read from bytes; when they run out, every choice is the first.
pub(crate) struct Choices<'d>(pub(crate) &'d [u8]);

impl Choices<'_> {
    fn below(&mut self, sides: usize) -> usize {
        let Some((byte, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*byte) % sides
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len())]
    }
}

const NAMES: &[&str] = &["V", "a_1", "quote", "V", "1", "é", "ß٣", "_", "", " V", "a.b", "{", "V-", "$"];

/// How many signs are right.
const SOUND: usize = 23;

const SIGNS: &[&str] = &[
    "", ":=", ":-", "=", ":=", ":?", ":+", ":", ":0:", "^", "^^", ",", ",,", "#", "##", "%", "%%", "/", "//", "/#",
    "/%", "/a/", "//a/", "-", "?", "+", "^^^", "^,", ",,,", "###", "%%%", "///", "/a", "/a//", "@Q", "::", ":é", ": ",
    ":0", "!", "==", "[0]", "/\\//", "/$$/", "/}/",
];

const PIECES: &[&str] = &[
    "x",
    "2",
    "true",
    "web",
    "",
    "a b",
    "-",
    "on",
    "~",
    "0x1f",
    "1e3",
    "null",
    "012",
    "$",
    "$$",
    "\\",
    "\\/",
    "\\\\",
    "/",
    "//",
    ":",
    "::",
    "}",
    "{",
    "é",
    "\t",
    "\n",
    "'",
    "\"",
    ": ",
    " #",
    "#",
    "[a]",
    "*",
    "&a",
    "|",
    "- x",
    "$$$",
    " ",
    "🚀",
    ".",
    "%",
    "^",
    "0",
    "`",
    "@",
    "!x",
    "?",
    "2001-01-01",
    "12:30",
    ",",
    "_",
    "=",
    "<<",
];

/// Builds a text.
pub(crate) fn text(choices: &mut Choices<'_>) -> String {
    let mut text = String::new();
    for _ in 0..=choices.below(3) {
        if choices.below(3) == 2 {
            text.push_str(choices.pick(PIECES));
        }
        if choices.below(5) == 4 {
            text.push_str(choices.pick(&["$", "$$"]));
        }
        placeholder(choices, 0, &mut text);
    }
    for _ in 0..choices.below(8).saturating_sub(5) {
        damage(&mut text, choices);
    }
    text
}

fn placeholder(choices: &mut Choices<'_>, depth: usize, text: &mut String) {
    text.push_str("${");
    if choices.below(12) == 11 {
        text.push('#');
    }
    text.push_str(if choices.below(8) == 7 { choices.pick(NAMES) } else { "V" });
    text.push_str(if choices.below(4) == 3 { choices.pick(SIGNS) } else { choices.pick(&SIGNS[..SOUND]) });
    for _ in 0..[1, 0, 1, 2, 3][choices.below(5)] {
        if depth < 4 && choices.below(4) == 3 {
            placeholder(choices, depth + 1, text);
        } else {
            text.push_str(choices.pick(PIECES));
        }
    }
    if choices.below(40) != 39 {
        text.push('}');
    }
}

/// Changes a text in one place.
pub(crate) fn damage(text: &mut String, choices: &mut Choices<'_>) {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let Some(at) = places.get((choices.below(256) * 256 + choices.below(256)) % places.len().max(1)).copied() else {
        return;
    };
    match choices.below(3) {
        0 => drop(text.remove(at)),
        1 => text.insert_str(at, choices.pick(PIECES)),
        _ => text.insert_str(at, choices.pick(&["${", "}", "$", "V", "/", ":", "#", "\\", "="])),
    }
}

/// Returns bytes for a seed (xorshift64*).
pub(crate) fn bytes_of(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 56) as u8
    };
    // The first numbers of near seeds are near.
    (0..16 + len).map(|_| next()).skip(16).collect()
}
