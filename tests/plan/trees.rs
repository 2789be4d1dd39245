//! A tree of files in memory that is rendered, damaged, and rendered again.

use std::collections::BTreeMap;

use tailscale_expose::kustomize::{Builds, FILE_NAMES, Kustomization, TreePath};
use tailscale_expose::yaml::{SourceId, Sources, documents};
use tailscale_expose::{Action, Files, HEADER, Role, State, Tree};

use crate::items::{Item, items};
use crate::lists::Dice;
use crate::model::{Profile, Stub, services, stranger};

/// What a file holds.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Stubs(Vec<Stub>),
    Profile(Profile),
    Kustomization { is_component: bool, lines: Vec<(&'static str, String)> },
    Text(String),
}

/// A file; what follows its body is damage.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) body: Body,
    tail: &'static str,
    pub(crate) state: State,
}

impl Entry {
    pub(crate) fn new(body: Body) -> Self {
        Self { body, tail: "", state: State::Read }
    }

    /// Whether it can be read, and was generated.
    fn is_generated(&self) -> bool {
        self.state == State::Read && self.text().starts_with(HEADER)
    }

    pub(crate) fn text(&self) -> String {
        let mut text = match &self.body {
            Body::Stubs(stubs) => stubs.iter().map(|stub| stub.text(&[])).collect::<Vec<_>>().join("---\n"),
            Body::Profile(profile) => profile.text(&[]),
            Body::Kustomization { is_component, lines } => {
                let mut text = match is_component {
                    true => "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n".to_owned(),
                    false => "kind: Kustomization\n".to_owned(),
                };
                for key in ["resources", "components", "bases", "patches"] {
                    let own: Vec<&str> =
                        lines.iter().filter(|(k, _)| *k == key).map(|(_, line)| line.as_str()).collect();
                    if !own.is_empty() {
                        text.push_str(&format!("{key}:\n"));
                    }
                    own.iter().for_each(|line| text.push_str(&format!("- {line}\n")));
                }
                text
            }
            Body::Text(text) => text.clone(),
        };
        text.push_str(self.tail);
        text
    }
}

/// A disk.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    pub(crate) files: BTreeMap<String, Entry>,
    pub(crate) named: Vec<String>,
}

/// Folders with their namespaces and the names that stubs have there.
const FOLDERS: [(&str, &str, &[&str]); 6] = [
    ("apps/a", "a", &["a", "web"]),
    ("apps/b", "b", &["b", "web"]),
    ("clusters/x", "x", &["x", "a"]),
    ("clusters/y", "x", &["y", "x"]),
    ("part", "", &["part"]),
    ("", "", &["top"]),
];

impl Disk {
    pub(crate) fn roll(dice: &mut Dice<'_>) -> Self {
        let mut disk = Self { files: BTreeMap::new(), named: Vec::new() };
        let style = dice.roll(4);
        let mut number = 0;
        for (at, (folder, namespace, names)) in FOLDERS.into_iter().enumerate() {
            let is_app = at < 2;
            let path = |file: &str| TreePath::new(folder).join(file).to_string();
            let has_stubs = if is_app { !dice.once_in(8) } else { dice.once_in(5) };
            if has_stubs {
                for file in ["stub.yaml", "more.yaml"].into_iter().take(1 + usize::from(dice.once_in(4))) {
                    let mut stubs = Vec::new();
                    for _ in 0..=usize::from(dice.once_in(3)) {
                        stubs.push(Stub::roll(dice, number, names, namespace));
                        number += 1;
                    }
                    stubs.dedup_by(|one, other| one.name == other.name);
                    disk.files.insert(path(file), Entry::new(Body::Stubs(stubs)));
                }
            }
            if is_app && !dice.once_in(5) {
                let text = services(namespace, &[]).join("---\n");
                disk.files.insert(path("services.yaml"), Entry::new(Body::Text(text)));
            }
            if dice.once_in(if is_app { 5 } else { 3 }) {
                disk.files.insert(path("profile.yaml"), Entry::new(Body::Profile(Profile::roll(dice, "cluster"))));
            }
            let is_kustomized = match style {
                0 => false,
                1 => is_app,
                2 => at < 5,
                _ => dice.once_in(2),
            };
            if is_kustomized {
                let body = kustomization(dice, folder, is_app);
                disk.files.insert(path("kustomization.yaml"), Entry::new(body));
            }
        }
        if dice.once_in(4) {
            let text = stranger(dice, "a/a", &[]);
            disk.files.insert("apps/a/stranger.yaml".to_owned(), Entry::new(Body::Text(text)));
        }
        let named: &[&str] = match dice.roll(8) {
            0..=4 => &[""],
            5 => &["apps"],
            6 => &["apps/a", "apps/b"],
            _ => &["apps/a/stub.yaml", "clusters"],
        };
        disk.named = named.iter().map(|path| (*path).to_owned()).collect();
        disk
    }

    /// Reads it as the command does.
    pub(crate) fn tree(&self, output: Option<&str>) -> Tree {
        let mut tree = Tree::default();
        let mut seen = Vec::new();
        let mut add = |tree: &mut Tree, path: &str, entry: &Entry, role: Role| {
            let is_read = [".yaml", ".yml"].iter().any(|end| path.ends_with(end));
            if !is_read || seen.iter().any(|known| known == path) {
                return;
            }
            seen.push(path.to_owned());
            match &entry.state {
                State::Read => tree.add(TreePath::new(path), path, entry.text(), role),
                state => tree.add_unread(TreePath::new(path), path, state.clone(), role),
            }
        };
        tree.named.extend(self.named.iter().map(|named| TreePath::new(named)));
        let named = tree.named.clone();
        for (number, place) in named.iter().enumerate() {
            let outputs = ["gen.yaml", "patch.gen.yaml"].map(|end| place.beside(&format!("{}.{end}", place.stem())));
            for (path, entry) in &self.files {
                let own = TreePath::new(path);
                let is_output = outputs.contains(&own) && !self.named[number].is_empty() && entry.is_generated();
                if own.is_in(place) || is_output {
                    add(&mut tree, path, entry, Role::Named(number));
                }
            }
        }
        for place in &named {
            for folder in place.ancestors() {
                let is_walked = named.iter().any(|named| folder.is_in(named));
                for (path, entry) in self.files.iter().filter(|_| !is_walked) {
                    if TreePath::new(path).parent().as_ref() == Some(&folder) {
                        add(&mut tree, path, entry, Role::Above);
                    }
                }
            }
        }
        if let Some(output) = output.map(TreePath::new) {
            for (path, entry) in &self.files {
                if TreePath::new(path).is_in(&output) && entry.is_generated() {
                    add(&mut tree, path, entry, Role::Named(0));
                }
            }
        }
        tree
    }

    /// Carries a plan out.
    pub(crate) fn apply(&mut self, plan: &Files) {
        for change in &plan.changes {
            let path = change.path.to_string();
            match &change.action {
                Action::Write(text) | Action::Keep { text: Some(text), .. } => {
                    self.files.insert(path, Entry::new(Body::Text(text.clone())));
                }
                Action::Remove => drop(self.files.remove(&path)),
                Action::Keep { text: None, .. } => {}
            }
        }
    }

    /// Damages it; returns whether nothing but the reading of files was made worse.
    pub(crate) fn damage(&mut self, dice: &mut Dice<'_>) -> bool {
        let mut only_reading = true;
        for _ in 0..=dice.roll(2) {
            let paths: Vec<String> = self.files.keys().cloned().collect();
            let Some(path) = paths.get(dice.roll(paths.len())).cloned() else { break };
            let Some(entry) = self.files.get_mut(&path) else { break };
            let what = dice.roll(10);
            only_reading &= what < 3;
            match what {
                0 | 1 => {
                    entry.state = match dice.roll(3) {
                        0 | 1 => State::Unreadable("must be UTF-8: byte 7 is not".to_owned()),
                        _ => State::Read,
                    };
                    // What was read again may say anything.
                    only_reading &= entry.state != State::Read;
                }
                2 => {
                    // What stood there may have been the error.
                    only_reading &= entry.tail.is_empty();
                    entry.tail = [
                        "---\nkind: TailscaleExpose\nspec: {open\n",
                        "---\nkind: TailscaleExposeProfile\nspec: {open\n",
                        "---\nkind: Service\nspec: {open\n",
                        "---\napiVersion: tailscale-expose.dev/v1alpha1\nspec: \"open\n",
                        "open: [\n",
                    ][dice.roll(5)];
                }
                3 => {
                    let name = ["stub.yaml", "stub.yml", "other.yaml", "profile.yaml"][dice.roll(4)];
                    let folder = FOLDERS[dice.roll(FOLDERS.len())].0;
                    let target = match dice.roll(2) {
                        0 => TreePath::new(&path).beside(name),
                        _ => TreePath::new(folder).join(name),
                    };
                    let is_output = path.ends_with(".gen.yaml") || path.starts_with("out/");
                    if !is_output && let Some(entry) = self.files.remove(&path) {
                        self.files.insert(target.to_string(), entry);
                    }
                }
                4 => drop(self.files.remove(&path)),
                _ => self.change(dice, &path),
            }
        }
        only_reading
    }

    fn change(&mut self, dice: &mut Dice<'_>, path: &str) {
        let folder = TreePath::new(path).parent().unwrap_or_default().to_string();
        let Some(entry) = self.files.get_mut(path) else { return };
        match &mut entry.body {
            Body::Stubs(stubs) => {
                let at = dice.roll(stubs.len().max(1));
                match dice.roll(6) {
                    0 => drop((at < stubs.len()).then(|| stubs.remove(at))),
                    1 => {
                        let (_, namespace, names) = FOLDERS[dice.roll(FOLDERS.len())];
                        stubs.push(Stub::roll(dice, 9, names, namespace));
                    }
                    _ => stubs.iter_mut().skip(at).take(1).for_each(|stub| stub.change(dice)),
                }
            }
            Body::Profile(profile) => profile.change(dice),
            Body::Kustomization { lines, .. } => match dice.roll(3) {
                0 => drop(lines.pop()),
                1 => drop((!lines.is_empty()).then(|| lines.remove(0))),
                _ => entry.body = kustomization(dice, &folder, folder.starts_with("apps")),
            },
            Body::Text(text) if path.contains("gen.yaml") => match dice.roll(5) {
                0 => *text = text.replace('\n', "\r\n"),
                1 => text.push_str(&format!("---\n{}", stranger(dice, "a/a", &[]))),
                2 => *text = text.replacen("---\n", "---\n# by hand\n", 1),
                3 => *text = text.replace("number: 80", "number: 8000"),
                _ => entry.tail = "",
            },
            Body::Text(text) => *text = stranger(dice, "a/a", &[]),
        }
    }
}

fn kustomization(dice: &mut Dice<'_>, folder: &str, is_app: bool) -> Body {
    let mut lines = Vec::new();
    let up = if folder.is_empty() {
        ""
    } else if folder.contains('/') {
        "../../"
    } else {
        "../"
    };
    if is_app {
        lines.push(("resources", "stub.gen.yaml".to_owned()));
        if !dice.once_in(3) {
            lines.push(("resources", "services.yaml".to_owned()));
        }
        if dice.once_in(4) {
            lines.push(("resources", "stub.yaml".to_owned()));
        }
        if dice.once_in(3) {
            lines.push(("patches", "path: stub.patch.gen.yaml".to_owned()));
        }
    } else {
        for app in ["apps/a", "apps/b"] {
            if !dice.once_in(3) {
                lines.push(("resources", format!("{up}{app}")));
            }
        }
        if dice.once_in(4) {
            lines.push(("bases", format!("{up}clusters/y")));
        }
    }
    if dice.once_in(4) {
        lines.push(("components", format!("{up}part")));
    }
    if dice.once_in(4) {
        lines.push(("resources", "profile.yaml".to_owned()));
    }
    Body::Kustomization { is_component: folder == "part" && !dice.once_in(4), lines }
}

/// An object in a generated file.
#[derive(Clone, Debug)]
pub(crate) struct Doc {
    pub(crate) path: TreePath,
    /// The file that the header names, as it is written there.
    pub(crate) source: String,
    pub(crate) item: Item,
}

impl Doc {
    pub(crate) fn is_patch(&self) -> bool {
        self.path.name().ends_with(".patch.gen.yaml")
    }
}

/// Returns the objects in the generated files that can be read, whose header ends as given.
pub(crate) fn generated(disk: &Disk, end: &str) -> Vec<Doc> {
    let mut found = Vec::new();
    for (path, entry) in disk.files.iter().filter(|(_, entry)| entry.state == State::Read) {
        let text = entry.text();
        let source = text.lines().next().and_then(|line| line.strip_prefix(HEADER)?.strip_suffix(end));
        let Some(source) = source.map(str::to_owned) else { continue };
        let path = TreePath::new(path);
        let of = |item| Doc { path: path.clone(), source: source.clone(), item };
        // What cannot be read stands beside what can.
        let parts = text.split("\n---\n").filter_map(|part| items(part, false));
        found.extend(parts.flatten().map(of));
    }
    found
}

/// The builds of a tree, found anew from the kustomizations.
pub(crate) struct Layout(Builds);

impl Layout {
    pub(crate) fn of(tree: &Tree) -> Self {
        let mut read = Vec::new();
        for file in tree.files.iter().filter(|file| FILE_NAMES.contains(&file.path.name())) {
            let mut sources = Sources::default();
            let id = sources.add("", tree.text(file));
            let parsed = sources.get(id).map(|source| documents(SourceId::default(), source)).unwrap_or_default();
            let root = parsed.iter().find_map(|document| document.root.as_ref().ok()?.as_ref());
            read.push(Kustomization::read(file.path.parent().unwrap_or_default(), file.head(), root));
        }
        Self(Builds::new(read))
    }

    /// Returns the builds that name a file.
    pub(crate) fn naming(&self, path: &TreePath) -> Vec<usize> {
        self.0.naming(path, &[])
    }

    /// Returns the builds that a file belongs to.
    pub(crate) fn builds_of(&self, tree: &Tree, path: &TreePath) -> Vec<usize> {
        let outputs = ["gen.yaml", "patch.gen.yaml"].map(|end| path.beside(&format!("{}.{end}", path.stem())));
        let mut found = self.0.naming(path, &outputs);
        if found.is_empty() {
            found = self.0.above(path);
        }
        if found.is_empty() {
            let role = tree.files.iter().find(|file| file.path == *path).map(|file| file.role);
            match role {
                Some(Role::Named(number) | Role::Output(number)) => found.push(self.0.builds.len() + number),
                _ => found.extend(tree.named_above(path).map(|number| self.0.builds.len() + number)),
            }
        }
        found
    }
}
