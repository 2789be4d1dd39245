//! Lists that are hard to split, made from bytes: the same bytes give the same list.
//!
//! A list is put together from parts that are each known to be hard, and then damaged in a few places.
//! The fuzz targets and the comparison with Go's reader share this file.

/// Choices, read from bytes; when they run out, every choice is the first.
pub(crate) struct Dice<'d>(pub(crate) &'d [u8]);

impl Dice<'_> {
    /// Returns a number below `sides`.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        let take = if sides > 256 { 2 } else { 1 };
        let mut number = 0;
        for _ in 0..take {
            let Some((byte, rest)) = self.0.split_first() else { break };
            number = number * 256 + usize::from(*byte);
            self.0 = rest;
        }
        number % sides.max(1)
    }

    pub(crate) fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.roll(from.len())]
    }

    /// Returns true once in so many times, and never when the bytes have run out.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.roll(times) == times - 1
    }
}

const HEADS: &[&str] = &[
    "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n",
    "kind: List\napiVersion: v1\nmetadata:\n  resourceVersion: \"\"\n",
    "",
    "---\nkind: ResourceList\n",
    "# first\n\nkind: ResourceList\n# last\n",
    "kind: ResourceList\nfunctionConfig:\n  kind: A\n  items:\n  - b\n  script: |\n    items:\n    - c\n",
    "kind: ResourceList\nfunctionConfig: {a: [b, \"c\"], 'd': e}\n",
    "kind: ResourceList\nresults:\n- message: |\n    a\n- message: b\n",
    "kind: ResourceList\nfunctionConfig:\n  a: &x b\n  c: *x\n",
    "kind: ResourceList\nfunctionConfig: \"a\n  b\"\n",
    "kind: ResourceList\nfunctionConfig: \"a\nitems:\n- b\"\n",
    "kind: ResourceList\nfunctionConfig:\n",
    "kind: ResourceList\na\n",
    "a\n",
    "--- |\n a\n",
    "--- !!map\na: b\n",
    "%YAML 1.2\n---\na: b\n",
    "a: b\n---\nc: d\n",
    "a: b\n...\n",
    "? a\n: b\n",
    "\"items\":\n- a\n",
    "items: [a]\n",
    "<<: {items: [a]}\n",
    "  a: b\n",
    "a: b\n\t\n",
    "- a\n",
    "\u{feff}a: b\n",
];

const ITEMS: &[&str] = &[
    "items:",
    "items:",
    "items:",
    "items:",
    "items:  ",
    "items: # why",
    "items: &x",
    "items: !!seq",
    "items: []",
    "items: [",
    "items: |",
    "items: a",
    "items :",
    "\"items\":",
    "items:\t",
    "items:#",
    "? items\n:",
];

const TAILS: &[&str] = &[
    "",
    "functionConfig:\n  kind: A\n  script: |\n    a\n     b\n",
    "# last\nresults:\n- message: a\n",
    "results: []\n",
    "items:\n- a\n",
    "functionConfig: *x\n",
    "kind: A\n",
    "'items': []\n",
    "...\n",
    "---\na: b\n",
    "? a\n",
    "\"a\": b\n",
    "functionConfig: \"a\n- b\"\n",
    "functionConfig: {a: b,\n  c: d}\n",
    "a\n",
    "- a",
    "{}\n",
];

/// Items, written from column 0.
const BODIES: &[&str] = &[
    "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n    b: \"\n    - c\n\n   # d\n  e: >-\n    f\n",
    "apiVersion: v1\nkind: Service\nspec:\n  ports:\n  - port: 80\n    name: web\n",
    "kind: A\nspec:\n    - a: |\n        b\n    - c\n",
    "kind: A\n  B\nname: c\n",
    "kind: A\n\n  B\n",
    "kind: A\n# c\n  B\n",
    "kind: A\n- b\n",
    "name: \"\n  kind: Deployment\n  \"\nkind: Service\n",
    "name: \"\nkind: Deployment\n\"\nkind: Service\n",
    "name: 'a\n\nkind: B'\nkind: C\n",
    "# a\nkind: A\n",
    "kind: A # b\n",
    "kind: \"A\"\n",
    "kind: ENC[AES256_GCM,data:a=,type:str]\nsops: {}\n",
    "\"kind\": A\nkind: B\n",
    "kind: A\nkind: B\n",
    "kind : A\n",
    "kind: A:\n",
    "kind:\tA\n",
    "kind: A\t\n",
    "kind:\n  A\n",
    "kind: |\n  A\n",
    "kind: A\n\t\n  B\n",
    "? kind\n: A\n",
    "<<: {kind: A}\nkind: B\n",
    "a: &x b\nc: *x\nkind: A\n",
    "a: *x\nkind: A\n",
    "a: &x b\nkind: A\n",
    "a: [*x]\nkind: A\n",
    "a: [&x b]\nkind: A\n",
    "!!map\nkind: A\n",
    "a: !!str b\nkind: A\n",
    "a: \"b\n- c\"\nkind: A\n",
    "a: 'b\n\n  - c'\n",
    "a: \"b\nc: d\"\n",
    "a: [b,\n- c]\n",
    "a: [b,\n  c]\nkind: A\n",
    "a: {b: 'c, d: 'e'}\n",
    "a: [don't, 'b]\n",
    "a: {b: \"c\", \"d\":'e', f: g's}\nkind: A\n",
    "{kind: A}\n",
    "{\"kind\":\"A\",\n\"b\":\"c\"}\n",
    "[a, b]\n",
    "a\n  b\n  - c\n",
    "\"a\n- b\"\n",
    "- a\n- b: |\n    c\n  d: e\n",
    "- - a\n  - |\n    b\n",
    "|\n  a\n  - b\n",
    "|2\n    a\n   - b\n",
    ">+\n\n  a\n\n",
    "a: |\n      b\n   \"c\n  - d\n",
    "a: |+\n\n\nb: c\n",
    "a: |1\n  b\n c\n",
    "a:\n  |\n  b\n",
    "a: |\n# b\n    c\n",
    "a: | # b\n  \"c\n",
    "a: |\n\tb\n",
    "a: |\n  \tb\nkind: A\n",
    "a: b\n  # c\nkind: A\n",
    "a: b #c\n  d: \"e\n",
    "a: b: c\n",
    "a: b\n  c: d\n",
    "a: b\n   - |\n      c\n",
    "a:\n- b\n- c:\n  - d\nkind: A\n",
    "a: - b\n",
    "",
    "~\n",
    "a:\nb:\n",
    "...\n",
    "--- a\n",
    "a: '''b'''\nkind: A\n",
    "a: \"\\\"b\\\\\"\nkind: A\n",
    "a: \"b\\\n  c\"\n",
    "a: b\"c\n'd: e\nkind: A\n",
    "a: `b`\n",
    "a: @b\n",
    "a: %b\n",
    "%a: b\n",
    "https://a:b/c\n",
    "a: http://b # c: \"d\n",
    "é: ü\nkind: Ä\n",
    "a: \u{a0}b\u{2028}c\n",
];

/// What damage puts into a text.
const TOKENS: &[&str] = &[
    "\"",
    "'",
    "- ",
    "-",
    ": ",
    ":",
    " ",
    "  ",
    "\n",
    "\n\n",
    "#",
    " #",
    "|",
    ": |\n",
    ">",
    "[",
    "]",
    "{",
    "}",
    ",",
    "*x",
    "&x ",
    "!!str ",
    "? ",
    "\t",
    "\\",
    "---\n",
    "...\n",
    "\r",
    "\r\n",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\0",
    "kind: B\n",
    "\nkind: B",
    "\n- ",
    "\nitems:\n",
    "é",
    "%",
    "a",
    "\n  - ",
    "\n\"",
    "'\n",
    "\n  \"",
    "<<: ",
];

/// Builds a list; `corpus` are bodies of real objects.
pub(crate) fn list(dice: &mut Dice<'_>, corpus: &[String]) -> String {
    let mut text = String::new();
    let head = if dice.once_in(3) { dice.roll(HEADS.len()) } else { dice.roll(5) };
    text.push_str(HEADS[head]);
    text.push_str(if dice.once_in(8) { dice.pick(ITEMS) } else { "items:" });
    text.push('\n');
    let indent = [0, 0, 2, 1, 4][dice.roll(5)];
    for _ in 0..dice.roll(6) {
        between(&mut text, dice);
        let lead = if dice.once_in(24) { dice.roll(6) } else { indent };
        let body = if dice.once_in(4) && !corpus.is_empty() {
            corpus[dice.roll(corpus.len())].as_str()
        } else {
            dice.pick(BODIES)
        };
        entry(&mut text, dice, lead, body);
    }
    if dice.once_in(3) {
        between(&mut text, dice);
        let tail = if dice.once_in(2) { dice.roll(TAILS.len()) } else { dice.roll(4) };
        text.push_str(TAILS[tail]);
    }
    finish(text, dice)
}

fn between(text: &mut String, dice: &mut Dice<'_>) {
    if dice.once_in(8) {
        text.push_str(dice.pick(&["\n", "# a\n", "  # a\n", "        # a\n", "   \n", "\t\n", " \t \n", "#a: \"\n"]));
    }
}

/// Writes an entry of a sequence whose dash stands at a column.
fn entry(text: &mut String, dice: &mut Dice<'_>, column: usize, body: &str) {
    let (dash, mut width) = [("- ", 2), ("- ", 2), ("- ", 2), ("-   ", 4), ("-\n", 0), ("- # a\n", 0), ("-\t", 2)]
        [if dice.once_in(4) { dice.roll(7) } else { 0 }];
    text.extend(std::iter::repeat_n(' ', column));
    text.push_str(dash);
    let mut is_open = width > 0;
    if width == 0 {
        width = 1 + dice.roll(4);
    }
    for line in body.lines() {
        // Some texts in quotes reach out to the column of the dash.
        let lead = if !is_open && dice.once_in(40) { dice.roll(column + width) } else { column + width };
        if !is_open && !line.is_empty() {
            text.extend(std::iter::repeat_n(' ', lead));
        }
        is_open = false;
        text.push_str(line);
        text.push('\n');
    }
    if is_open {
        text.push('\n');
    }
}

fn finish(mut text: String, dice: &mut Dice<'_>) -> String {
    if dice.once_in(2) {
        for _ in 0..=dice.roll(3) {
            damage(&mut text, dice);
        }
    }
    if dice.once_in(12) {
        text = text.replace('\n', "\r\n");
    }
    if dice.once_in(12) {
        text.truncate(text.trim_ascii_end().len());
    }
    text
}

/// Builds a stream of documents.
#[allow(dead_code, reason = "the fuzz target of stubs needs it")]
pub(crate) fn stream(dice: &mut Dice<'_>, corpus: &[String]) -> String {
    let mut text = String::new();
    for _ in 0..=dice.roll(5) {
        let marker = [
            "---\n",
            "--- # a\n",
            "",
            "%YAML 1.2\n---\n",
            "# a\n%TAG ! a:\n---\n",
            "--- \n",
            "---\t\n",
            "--- a\n",
            "--- |\n",
        ];
        text.push_str(if dice.once_in(4) { dice.pick(&marker) } else { "---\n" });
        between(&mut text, dice);
        if dice.once_in(3) && !corpus.is_empty() {
            text.push_str(&corpus[dice.roll(corpus.len())]);
        } else {
            text.push_str(dice.pick(BODIES));
        }
    }
    finish(text, dice)
}

/// Changes a text in one place.
pub(crate) fn damage(text: &mut String, dice: &mut Dice<'_>) {
    match dice.roll(4) {
        0 => {
            let mut at = dice.roll(text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            text.insert_str(at, dice.pick(TOKENS));
        }
        1 => {
            let Some((at, character)) = text.char_indices().nth(dice.roll(text.len().max(1))) else { return };
            text.replace_range(at..at + character.len_utf8(), if dice.once_in(2) { dice.pick(TOKENS) } else { "" });
        }
        _ => {
            let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
            if lines.is_empty() {
                return;
            }
            let (one, other) = (dice.roll(lines.len()), dice.roll(lines.len()));
            match dice.roll(6) {
                0 => lines[one].insert_str(0, [" ", "  ", "    "][dice.roll(3)]),
                1 => {
                    let line = lines[one].trim_start_matches(' ').to_owned();
                    let lead = (lines[one].len() - line.len()).saturating_sub(1 + dice.roll(4));
                    lines[one] = " ".repeat(lead) + &line;
                }
                2 => drop(lines.remove(one)),
                3 => lines.insert(other, lines[one].clone()),
                4 => lines.swap(one, other),
                _ => {
                    let joined = lines[one].trim_ascii_end().to_owned();
                    lines[one] = joined;
                }
            }
            *text = lines.concat();
        }
    }
}

/// Fills bytes from a seed, the same on every machine (the SplitMix64 generator).
#[allow(dead_code, reason = "only the comparison with Go needs it")]
pub(crate) fn bytes_of(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.extend((word ^ (word >> 31)).to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}
