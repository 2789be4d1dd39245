//! What earlier runs left on disk: generated files, and who answers for what is in them.

use std::collections::{BTreeMap, BTreeSet};

use super::load::{Placement, root};
use super::run::Run;
use super::tree::{File, HEADER, Role, Tree};
use crate::api::STUB_ANNOTATION;
use crate::build::{Record, Release};
use crate::krm::Object;
use crate::kustomize::TreePath;
use crate::plan::{By, There};
use crate::yaml::{Document, documents, visible};

/// What the header of a file next to its stub ends with.
pub(super) const BESIDE: &str = ". Do not edit: run `tailscale-expose render --beside` again.";
/// What the header of a file in a folder of its own ends with.
pub(super) const IN_FOLDER: &str = ". Do not edit.";
/// What a header calls standard input.
pub(super) const STDIN: &str = "standard input";

/// A file that an earlier run generated.
#[derive(Debug)]
pub(super) struct Old<'t> {
    /// The file.
    pub(super) file: &'t File,
    /// Its text.
    pub(super) text: &'t str,
    /// What it was generated from.
    pub(super) source: TreePath,
    /// The stubs of its source that are in the run.
    pub(super) stubs: Vec<usize>,
    /// The builds in which it is judged; none where it is not ours to judge.
    pub(super) builds: Vec<usize>,
}

/// Returns the generated files of a tree whose header ends in `end`; their sources are named from
/// `folder`, or from where they are.
pub(super) fn olds<'t>(run: &Run<'t>, end: &str, folder: Option<&TreePath>) -> Vec<Old<'t>> {
    let tree: &'t Tree = run.tree;
    // A header shows a name; what is shown stays as it is when it is shown again.
    let shown = |path: &TreePath| visible(path.as_str()).into_owned();
    let mut stubs: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (number, placement) in run.stubs.iter().enumerate() {
        if let Some(file) = tree.files.get(placement.file) {
            stubs.entry(shown(&file.path)).or_default().push(number);
        }
    }
    let stdin = tree.files.iter().find(|file| file.path.name() == STDIN);
    let stdin = stdin.map_or_else(|| TreePath::new(STDIN), |file| file.path.clone());
    let mut found = Vec::new();
    for file in tree.files.iter().filter(|file| matches!(file.role, Role::Output(_))) {
        let text = tree.text(file);
        let Some(name) = source_of(text, end) else { continue };
        // A header can be copied: what we could not have written is left alone.
        if folder.map_or(!file.path.name().ends_with(".gen.yaml"), |folder| !file.path.is_in(folder)) {
            continue;
        }
        let source = match folder {
            Some(_) if name == STDIN => stdin.clone(),
            Some(folder) => folder.join(name),
            None => file.path.beside(name),
        };
        let stubs = stubs.get(&shown(&source)).cloned().unwrap_or_default();
        let mut builds: BTreeSet<usize> = stubs.iter().flat_map(|stub| run.builds_of(*stub)).copied().collect();
        if builds.is_empty() {
            builds.extend(judges(run, file, &source, name, folder.is_some()));
        }
        found.push(Old { file, text, source, stubs, builds: builds.into_iter().collect() });
    }
    found
}

/// Returns the builds that judge a file whose source has no stub in the run.
fn judges(run: &Run<'_>, file: &File, source: &TreePath, name: &str, is_in_folder: bool) -> Vec<usize> {
    if !is_in_folder {
        return run.layout.builds_of(&file.path, file.role);
    }
    let is_from_stdin = run.tree.is_one && name == STDIN;
    match run.tree.named_above(source) {
        _ if is_from_stdin => vec![0],
        Some(number) => run.layout.builds_of(source, Role::Named(number)),
        None => Vec::new(),
    }
}

/// Returns the source that a header names.
fn source_of<'t>(text: &'t str, end: &str) -> Option<&'t str> {
    text.lines().next()?.strip_prefix(HEADER)?.strip_suffix(end)
}

impl<'t> Old<'t> {
    /// Reads the documents.
    pub(super) fn documents(&self, tree: &'t Tree) -> Vec<Document<'t>> {
        tree.sources.get(self.file.source).map(|source| documents(self.file.source, source)).unwrap_or_default()
    }

    /// Returns what earlier runs made of an object of the file, with who answers for it: the object, or each
    /// patch of a HelmRelease.
    pub(super) fn there<'m>(&self, run: &Run<'_>, document: &'m Document<'_>) -> Vec<There<'m>> {
        let Some(object) = root(document).and_then(|node| Object::new(node, document.span)) else { return Vec::new() };
        let patches = Release::of(object).into_iter().flat_map(Release::patches);
        let patched: Vec<There<'m>> = patches
            .map(|patch| {
                let by = self.by(run, patch.record().map(|record| record.stub));
                There { object, by, annotated: true, patch: Some((patch.slot, patch.of.clone())) }
            })
            .collect();
        if !patched.is_empty() {
            return patched;
        }
        let record = Record::of(object);
        let annotated = record.is_some();
        let name = record.map(|record| record.stub).or_else(|| object.annotation(STUB_ANNOTATION));
        vec![There { object, by: self.by(run, name), annotated, patch: None }]
    }

    /// Returns who answers for what a stub of a name made.
    fn by(&self, run: &Run<'_>, name: Option<&str>) -> By {
        // What cannot be read in the source may be of any name.
        let is_own = |stub: &usize| {
            let is_it = |placement: &Placement| Some(placement.stub.provenance().as_str()) == name;
            run.stubs.get(*stub).is_some_and(|placement| placement.is_unread || is_it(placement))
        };
        let own: Vec<usize> = self.stubs.iter().copied().filter(is_own).collect();
        match (own.is_empty(), self.stubs.is_empty()) {
            (false, _) => By::Stubs(own),
            (true, true) => By::Build,
            (true, false) => By::Stubs(self.stubs.clone()),
        }
    }
}
