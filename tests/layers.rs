//! Rooms and arrows: which part of the source may name which. `docs/architecture.md` says it, and the source
//! is held to that.
//!
//! Paths are found in all code, not only behind `use`; comments may name what they like. Beside that,
//! what every file and every rule must have.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test touches files and programs, and may fail"
)]

#[path = "layers/circles.rs"]
mod circles;
#[path = "layers/page.rs"]
mod page;
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use support::{cases, names_in, root};
use tailscale_expose::api::{GROUP, PROFILE, STUB};
use tailscale_expose::krm::ResourceRef;
use tailscale_expose::render;
use tailscale_expose::rule::RULES;

/// The most lines of a file.
const MAX_LINES: usize = 400;

/// What builds the command: it names the library and itself.
const COMMAND: &[&str] = &["cli", "main"];

/// Rules that no flat folder of manifests can break when it is printed, and why.
const WITHOUT_A_CASE: &[(&str, &str)] = &[
    ("build-not-visible", "a folder is always visible; `cli` tests the generator"),
    ("conflicting-builds", "two builds are two folders; `cli` has `builds`"),
    ("conflicting-output", "only files next to stubs can collide; `cli` has `outputs`"),
    ("gone-output", "only files next to stubs can be gone; `cli` has `stale`"),
    ("invalid-text", "every text that YAML can hold can be written, as `properties` shows"),
    ("kept-object", "only the function form tells it; `cli` has the request `kept`"),
    ("not-expanded", "it finds a fault of ours"),
    ("orphan-object", "only the function form tells it; `cli` has the request `in-place`"),
    ("shared-hostname", "two builds are two folders; `cli` has `builds`"),
    ("shared-object", "two builds are two folders; `cli` has `builds`"),
    ("unlisted-output", "only files next to stubs can be listed; `cli` has `listing`"),
    ("unreadable-file", "a case is text; `cli` has `unreadable`"),
    ("unused-profile", "a flat folder has stubs, and its profile governs them; `cli` has `profiles`"),
];

/// A source file: its path below `src`, and its text.
struct File {
    path: String,
    text: String,
}

impl File {
    fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// How many modules this file is deep: `a.rs` and `a/mod.rs` one, `a/b.rs` two.
    fn depth(&self) -> usize {
        self.path.split('/').count() - usize::from(self.path.ends_with("/mod.rs"))
    }

    /// Returns the code, with the number of its first line and without comments on lines of their own;
    /// the second part is the tests.
    fn code(&self) -> (String, String) {
        let is_comment = |line: &str| line.trim_start().starts_with("//");
        let plain: Vec<&str> = self.text.lines().map(|line| if is_comment(line) { "" } else { line }).collect();
        let tests = plain.iter().position(|line| *line == "mod tests {").unwrap_or(plain.len());
        let blank = "\n".repeat(tests);
        (plain[..tests].join("\n"), blank + &plain[tests..].join("\n"))
    }
}

/// The source files of the library and the command.
fn files() -> Vec<File> {
    let files = files_below(&["src"]);
    assert!(files.len() > 40, "the source must be here");
    files.into_iter().map(|file| File { path: file.path.replacen("src/", "", 1), ..file }).collect()
}

/// The source files below some folders, by their paths in the repository.
fn files_below(folders: &[&str]) -> Vec<File> {
    fn walk(folder: &Path, name: &str, files: &mut Vec<File>) {
        for entry in names_in(folder) {
            let (path, name) = (folder.join(&entry), format!("{name}{entry}"));
            if path.is_dir() {
                walk(&path, &format!("{name}/"), files);
            } else if name.ends_with(".rs") {
                let text = fs::read_to_string(path).expect("a source file must be UTF-8");
                files.push(File { path: name, text });
            }
        }
    }
    let mut files = Vec::new();
    for folder in folders {
        walk(&root().join(folder), &format!("{folder}/"), &mut files);
    }
    files
}

/// Returns what stands after each `word` in a code, with its line; a word's letters do not go on before it.
fn after<'c>(code: &'c str, word: &'c str) -> impl Iterator<Item = (usize, &'c str)> {
    code.match_indices(word).filter_map(move |(at, _)| {
        let before = code[..at].chars().next_back();
        let is_whole = !before.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let line = code[..at].matches('\n').count() + 1;
        is_whole.then(|| (line, &code[at + word.len()..]))
    })
}

/// Returns the first segments of a path's rest: one, or those of a group in braces.
fn heads(rest: &str) -> Vec<&str> {
    let name = |text: &'_ str| text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    let Some(group) = rest.trim_start().strip_prefix('{') else { return vec![&rest[..name(rest)]] };
    let (mut depth, mut heads, mut start) = (0, Vec::new(), true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => start = true,
            _ if start && !c.is_whitespace() => {
                heads.push(&group[at..at + name(&group[at..])]);
                start = false;
            }
            _ => {}
        }
    }
    heads
}

/// Returns every path in a file that leaves its module for the root: line and first segment.
fn paths(file: &File) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let (code, tests) = file.code();
    for (code, depth) in [(&code, file.depth()), (&tests, file.depth() + 1)] {
        for (line, rest) in after(code, "crate::") {
            found.extend(heads(rest).into_iter().map(|head| (line, head.to_owned())));
        }
        let up = "super::".repeat(depth);
        for (line, rest) in after(code, &up).filter(|(_, rest)| !rest.starts_with('*')) {
            found.extend(heads(rest).into_iter().map(|head| (line, head.to_owned())));
        }
    }
    found
}

#[test]
fn a_room_names_only_rooms_below_it() {
    let rooms = page::rooms();
    let mut wrong = Vec::new();
    for file in files() {
        let room = file.room();
        if room == "lib" || COMMAND.contains(&room) {
            continue;
        }
        let Some(below) = rooms.get(room) else {
            wrong.push(format!("src/{}: the room `{room}` is not in docs/architecture.md", file.path));
            continue;
        };
        for (line, head) in paths(&file) {
            if rooms.contains_key(&head) && head != room && !below.contains(&head) {
                wrong.push(format!("src/{}:{line}: `{room}` must not name `{head}`", file.path));
            } else if !rooms.contains_key(&head) {
                wrong.push(format!("src/{}:{line}: `crate::{head}` is no room: name the room it is in", file.path));
            }
        }
        for (line, _) in after(&file.code().0, "tailscale_expose::") {
            wrong.push(format!("src/{}:{line}: the library is `crate` here", file.path));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_command_names_the_library_and_itself() {
    let mut wrong = Vec::new();
    for file in files().iter().filter(|file| COMMAND.contains(&file.room())) {
        for (line, head) in paths(file).into_iter().filter(|(_, head)| !COMMAND.contains(&head.as_str())) {
            wrong.push(format!("src/{}:{line}: `crate::{head}` must be `tailscale_expose::{head}`", file.path));
        }
        let (code, _) = file.code();
        let modules = after(&code, "#[path").map(|(line, _)| line);
        wrong.extend(modules.map(|line| format!("src/{}:{line}: no file of the library may be included", file.path)));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn paths_are_found_wherever_they_stand() {
    let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
    let heads = |file: &File| paths(file).into_iter().map(|(line, head)| format!("{line}:{head}")).collect::<Vec<_>>();
    for (path, text, want) in [
        ("a.rs", "use crate::b::C;\nfn f() -> crate::d::E {}\n", vec!["1:b", "2:d"]),
        ("a.rs", "use crate::{b::{c, d}, e, f as g};\n", vec!["1:b", "1:e", "1:f"]),
        ("a.rs", "use crate::{\n    b,\n    c::D,\n};\n", vec!["1:b", "1:c"]),
        ("a.rs", "// crate::b\n/// [`crate::b`]\nlet x = $crate::c::D;\n", vec!["3:c"]),
        ("a.rs", "pub(crate) fn f() {}\nmycrate::b();\n", vec![]),
        ("a/mod.rs", "use super::b;\n", vec!["1:b"]),
        ("a/b.rs", "use super::c;\nuse super::super::d;\n", vec!["2:d"]),
        (
            "a/b.rs",
            "mod tests {\n    use super::*;\n    use super::super::c;\n    use super::super::super::d;\n}\n",
            vec!["4:d"],
        ),
    ] {
        assert_eq!(heads(&file(path, text)), want, "{path}: {text}");
    }
}

#[test]
fn a_file_says_what_it_is_for_and_fits_in_a_head() {
    let mut wrong = Vec::new();
    for file in files_below(&["src", "plugin", "xtask"]) {
        if !file.text.starts_with("//! ") {
            wrong.push(format!("{}:1: must begin with what the file is for: `//! …`", file.path));
        }
        let lines = file.text.lines().count();
        if lines > MAX_LINES {
            wrong.push(format!("{}: must have no more than {MAX_LINES} lines, has {lines}", file.path));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_golden_case_about_what_it_is_about() {
    let mut wrong = Vec::new();
    let mut missing: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    for case in cases() {
        for finding in render(&case.sources()).findings {
            missing.remove(finding.rule.id);
            // A kind of ours that is misspelt is of no kind.
            let ours = |object: &ResourceRef| {
                object.api_version.starts_with(GROUP) && ![STUB, PROFILE].contains(&object.kind.as_str())
            };
            let kinds = finding.rule.kinds;
            if let Some(object) = finding.object.filter(|object| !kinds.is_empty() && !ours(object))
                && !kinds.contains(&object.kind.as_str())
            {
                wrong.push(format!("{}: {} is about {kinds:?}, here about {object}", case.name, finding.rule));
            }
        }
    }
    for (rule, why) in WITHOUT_A_CASE {
        assert!(missing.remove(rule), "{rule} has a case, although {why}");
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(missing.is_empty(), "no folder of tests/golden shows {missing:?}");
}
