//! Circles: files that can only be read together, because each needs the others.
//!
//! A path leads to the file in which its item is declared: a name that a module only passes on is followed
//! to where it comes from, and passing a name on is no need. Tests may need what they like.

use std::collections::{BTreeMap, BTreeSet};

use crate::{File, after, files};

/// Circles that are there: what the paths of their files begin with, and the reason.
const KNOWN: &[(&[&str], &str)] = &[
    (&["yaml/map.rs", "yaml/tree.rs"], "a node may be a mapping, and a mapping is of nodes: one type in two files"),
    (&["expand/"], "`mod.rs` calls the sections, and declares what they return"),
];

/// A path, by its segments.
type Segments = Vec<String>;

/// A file as a module.
struct Module {
    file: String,
    /// The code without its imports and its tests.
    code: String,
    /// What it imports for itself.
    imports: Vec<Segments>,
    /// What it passes on: a name, and where that is from.
    passed_on: BTreeMap<String, Segments>,
}

/// The modules by their paths, of the library or of the command.
type Modules = BTreeMap<Segments, Module>;

#[test]
fn no_file_needs_one_that_needs_it() {
    let is_of = |circle: &[String], starts: &[&str]| {
        circle.iter().all(|file| starts.iter().any(|start| file.starts_with(start)))
    };
    let mut found: Vec<Vec<String>> = Vec::new();
    let (command, library): (Vec<File>, Vec<File>) =
        files().into_iter().partition(|file| crate::COMMAND.contains(&file.room()));
    let mut told = String::new();
    for files in [library, command] {
        let needs = needs(&modules(&files));
        for circle in circles(&needs) {
            found.push(circle.clone());
            if KNOWN.iter().any(|(starts, _)| is_of(&circle, starts)) {
                continue;
            }
            told.push_str(&format!("\n{} need each other:\n", circle.join(", ")));
            for file in &circle {
                let others: Vec<&str> = needs[file].iter().filter(|to| circle.contains(to)).map(|to| &**to).collect();
                told.push_str(&format!("    src/{file} needs {}\n", others.join(", ")));
            }
        }
    }
    assert!(told.is_empty(), "{told}");
    for (starts, why) in KNOWN {
        assert!(found.iter().any(|circle| is_of(circle, starts)), "{starts:?} is no circle any more, although {why}");
    }
}

#[test]
fn circles_are_found() {
    let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
    for (texts, want) in [
        // Passing a name on is no need, and a name leads to where it is declared.
        (["mod b;\nmod c;\npub use b::B;\npub use c::C;\n", "use super::C;\n", "pub struct C;\n"], vec![]),
        (["mod b;\nmod c;\npub use b::B;\npub use c::C;\n", "use super::C;\n", "use crate::a::B;\n"], vec!["b", "c"]),
        (["mod b;\nmod c;\nstruct A;\nfn f() { b::f() }\n", "use super::A;\n", ""], vec!["b", "mod"]),
        (["mod b;\nmod c;\n", "fn f() { super::c::f() }\n", "use super::{b::{f, g}};\n"], vec!["b", "c"]),
        (["mod b;\nmod c;\n", "use super::c;\n", "mod tests {\n    use super::super::b;\n}\n"], vec![]),
    ] {
        let [a, b, c] = texts;
        let modules = modules(&[file("a/mod.rs", a), file("a/b.rs", b), file("a/c.rs", c)]);
        let want: Vec<String> = want.iter().map(|name| format!("a/{name}.rs")).collect();
        assert_eq!(circles(&needs(&modules)).concat(), want, "{texts:?}");
    }
}

fn modules(files: &[File]) -> Modules {
    let mut modules = Modules::new();
    for file in files.iter().filter(|file| !file.path.ends_with("tests.rs")) {
        let name = file.path.trim_end_matches(".rs").trim_end_matches("/mod");
        let name = if name == "lib" || name == "main" { "" } else { name };
        let path = name.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect();
        let (imports, code) = imports(&file.code().0);
        let mut module = Module { file: file.path.clone(), code, imports: Vec::new(), passed_on: BTreeMap::new() };
        for (is_passed_on, tree) in imports {
            for path in paths_of(&tree) {
                let (Some(name), true) = (path.last(), is_passed_on) else {
                    module.imports.push(path);
                    continue;
                };
                module.passed_on.insert(name.clone(), path);
            }
        }
        modules.insert(path, module);
    }
    modules
}

/// Takes the imports out of a code; returns whether each passes on, and its tree.
fn imports(code: &str) -> (Vec<(bool, String)>, String) {
    let (mut imports, mut rest) = (Vec::new(), String::new());
    let mut open: Option<(bool, String)> = None;
    for line in code.lines() {
        let (mut import, text) = match open.take() {
            Some(import) => (import, line.trim()),
            None => {
                let line = line.trim_start();
                let private = line.strip_prefix("use ");
                let public = ["pub use ", "pub(crate) use ", "pub(super) use "];
                let public = public.iter().find_map(|start| line.strip_prefix(start));
                let Some(text) = private.or(public) else {
                    rest.push_str(line);
                    rest.push('\n');
                    continue;
                };
                ((public.is_some(), String::new()), text)
            }
        };
        import.1.push_str(text.trim_end_matches(';'));
        if text.ends_with(';') {
            imports.push(import);
        } else {
            open = Some(import);
        }
    }
    (imports, rest)
}

/// Returns the paths of an import's tree, each to its last segment.
fn paths_of(tree: &str) -> Vec<Segments> {
    let tree = tree.trim();
    let Some((before, group)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        return vec![path.split("::").map(str::to_owned).collect()];
    };
    let before: Segments = before.split("::").filter(|segment| !segment.is_empty()).map(str::to_owned).collect();
    let group = group.strip_suffix('}').unwrap_or(group);
    let (mut depth, mut start, mut paths) = (0, 0, Vec::new());
    for (at, c) in group.char_indices().chain([(group.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let branch = &group[start..at];
                if !branch.trim().is_empty() {
                    paths.extend(paths_of(branch).into_iter().map(|path| [before.clone(), path].concat()));
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    paths
}

/// Returns which file needs which.
fn needs(modules: &Modules) -> BTreeMap<String, BTreeSet<String>> {
    let mut needs = BTreeMap::new();
    for (place, module) in modules {
        let mut paths = module.imports.clone();
        let children = modules.keys().filter(|path| path.len() == place.len() + 1 && path.starts_with(place));
        let children: Vec<&str> = children.filter_map(|path| path.last()).map(|name| &**name).collect();
        for word in ["crate", "super"].into_iter().chain(children) {
            let start = format!("{word}::");
            // What goes on before it was found from its own beginning.
            let whole = after(&module.code, &start).map(|(_, rest)| format!("{start}{}", path_at(rest)));
            paths.extend(whole.map(|path| path.split("::").map(str::to_owned).collect::<Segments>()));
        }
        let to = paths.iter().filter_map(|path| resolve(modules, place, path, 0)).filter(|to| *to != module.file);
        needs.insert(module.file.clone(), to.collect());
    }
    needs
}

/// Returns the path that a text begins with.
fn path_at(text: &str) -> &str {
    text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).map_or(text, |end| &text[..end])
}

/// Returns the file that a path leads to from a module.
fn resolve(modules: &Modules, from: &[String], path: &[String], depth: usize) -> Option<String> {
    let mut place = from.to_vec();
    let mut rest = path;
    while let Some((first, others)) = rest.split_first() {
        let below = [&place[..], std::slice::from_ref(first)].concat();
        let module = modules.get(&place);
        match &**first {
            "crate" => place.clear(),
            "super" => drop(place.pop()),
            "self" | "" => {}
            _ if modules.contains_key(&below) => place = below,
            name => {
                // A name that nothing leads to is declared here, or is another crate's.
                let passed_on = module.and_then(|module| module.passed_on.get(name)).filter(|_| depth < 8);
                if let Some(target) = passed_on {
                    return resolve(modules, &place, target, depth + 1);
                }
                let is_ours = path.first().is_some_and(|start| {
                    ["crate", "super", "self"].contains(&&**start)
                        || modules.contains_key(&[from, std::slice::from_ref(start)].concat())
                });
                return module.filter(|_| is_ours || depth > 0).map(|module| module.file.clone());
            }
        }
        rest = others;
    }
    modules.get(&place).map(|module| module.file.clone())
}

/// Returns the circles: sets of files each of which leads to all others, sorted.
fn circles(needs: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> = needs.keys().map(|file| (file, reached(needs, file))).collect();
    let mut circles = BTreeSet::new();
    for (file, there) in reached.iter().filter(|(file, there)| there.contains(*file)) {
        let back = there.iter().filter(|to| reached.get(*to).is_some_and(|there| there.contains(file)));
        circles.insert(back.map(|file| (*file).clone()).collect::<Vec<String>>());
    }
    circles.into_iter().collect()
}

/// Returns the files that a file leads to.
fn reached<'n>(needs: &'n BTreeMap<String, BTreeSet<String>>, from: &'n String) -> BTreeSet<&'n String> {
    let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(file) = next.pop() {
        next.extend(needs.get(file).into_iter().flatten().filter(|to| seen.insert(*to)));
    }
    seen
}
