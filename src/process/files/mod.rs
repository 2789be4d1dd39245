//! Files on disk: what a run writes, removes and keeps, next to its stubs or in a folder.
//!
//! Everything is decided here, before anything is touched: a file of an earlier run goes only if its
//! source is gone or makes nothing any more, and nothing that answers for it has an error.

mod beside;
mod folder;

use std::collections::{BTreeMap, BTreeSet};

use super::load::Manifests;
use super::old::Old;
use super::render::built;
use super::run::{Built, Run};
use crate::krm::{Finding, Severity};
use crate::kustomize::TreePath;
use crate::plan::{By, Fate, There};
use crate::yaml::{Document, SourceId, Span};

pub use beside::beside;
pub use folder::folder;

/// What happens to a file. Whoever carries it out must know each, so that another one is for the compiler to
/// tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It gets this text.
    Write(String),
    /// It goes.
    Remove,
    /// It stays, or a part of it does, because of an error.
    #[non_exhaustive]
    Keep {
        /// The objects that stay, as people know them; none where the file cannot be read.
        objects: Vec<String>,
        /// The new text, if other parts of the file change.
        text: Option<String>,
    },
}

/// A file that a run is about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileChange {
    /// Where it is.
    pub path: TreePath,
    /// What people know it by.
    pub name: String,
    /// What happens to it.
    pub action: Action,
}

/// What a run does to files.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Files {
    /// The files that change, or are kept, by their paths.
    pub changes: Vec<FileChange>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// The sources that hold a stub.
    pub stub_sources: Vec<SourceId>,
}

impl Files {
    /// Returns whether one of the findings is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// The builds of a run, and what becomes of what earlier runs left on disk.
struct Settling<'m> {
    built: Vec<Built<'m>>,
    /// The fates of the documents of old files, as each build judges them.
    fates: BTreeMap<Span, Vec<Judged>>,
    /// The numbers of the builds that have an error.
    faulty: BTreeSet<usize>,
}

/// What becomes of a document in one build.
#[derive(Debug, Clone, Copy)]
struct Judged {
    /// The place of the build in `built`.
    built: usize,
    fate: Fate,
    /// Whether no stub of the build made it, as far as is known.
    is_stray: bool,
}

/// Expands all builds; old files are read only where an error may keep what is in them.
fn settled<'t, 'm>(
    run: &mut Run<'t>,
    manifests: &'m Manifests<'m>,
    olds: &[Old<'t>],
    read: &'m mut Vec<Vec<Document<'t>>>,
) -> Settling<'m> {
    let first = built(run, manifests, &|_, _| Vec::new());
    let faulty = faulty_of(&first);
    if faulty.is_empty() || olds.is_empty() {
        return Settling { built: first, fates: BTreeMap::new(), faulty };
    }
    drop(first);
    let tree = run.tree;
    read.extend(olds.iter().map(|old| old.documents(tree)));
    let read: &'m Vec<Vec<Document<'t>>> = read;
    let mut judged: BTreeMap<usize, Vec<(&Old<'t>, &'m Vec<Document<'t>>)>> = BTreeMap::new();
    for (old, documents) in olds.iter().zip(read) {
        old.builds.iter().for_each(|build| judged.entry(*build).or_default().push((old, documents)));
    }
    let outputs = |run: &Run<'_>, build: usize| -> Vec<There<'m>> {
        let judged = judged.get(&build).into_iter().flatten();
        judged.flat_map(|(old, documents)| documents.iter().flat_map(|document| old.there(run, document))).collect()
    };
    let built = built(run, manifests, &outputs);
    let mut fates: BTreeMap<Span, Vec<Judged>> = BTreeMap::new();
    for (number, built) in built.iter().enumerate() {
        for (there, fate) in built.there.iter().zip(&built.settled.fates) {
            let judged = Judged { built: number, fate: *fate, is_stray: there.by == By::Build };
            fates.entry(there.object.document).or_default().push(judged);
        }
    }
    let faulty = faulty_of(&built);
    Settling { built, fates, faulty }
}

fn faulty_of(built: &[Built<'_>]) -> BTreeSet<usize> {
    built.iter().filter(|built| built.settled.faulty.contains(&true)).map(|built| built.number).collect()
}

/// What becomes of one document of an old file.
enum Part<'m> {
    /// It stays byte for byte.
    Stays,
    /// It is made anew: what makes it, in a build, and whether another build keeps it where it is.
    Anew(&'m Built<'m>, usize, bool),
    /// It goes.
    Goes,
}

impl Settling<'_> {
    /// Returns what becomes of a document beside an error: it stays if any build keeps it, or none judges it,
    /// as a build without stubs.
    fn part(&self, document: &Document<'_>) -> Part<'_> {
        let Some(fates) = self.fates.get(&document.span) else { return Part::Stays };
        let stays = |judged: &&Judged| matches!(judged.fate, Fate::Kept | Fate::Foreign);
        if fates.iter().filter(stays).any(|judged| !judged.is_stray) {
            return Part::Stays;
        }
        let is_kept = fates.iter().any(|judged| stays(&judged));
        // A stub that has moved to another file makes it: beside what stays it would be there twice.
        let anew = fates.iter().find_map(|judged| match judged.fate {
            Fate::Replaced(number) => Some(Part::Anew(self.built.get(judged.built)?, number, is_kept)),
            _ => None,
        });
        anew.unwrap_or(if is_kept { Part::Stays } else { Part::Goes })
    }

    /// Whether one of the builds that judge an old file has an error, or what may govern its source has one,
    /// although no stub may be left there.
    fn is_faulty(&self, run: &Run<'_>, old: &Old<'_>) -> bool {
        let has_error = |build: &usize| self.faulty.contains(build);
        old.builds.iter().any(has_error) || run.is_faulty_at(&old.builds, &old.source)
    }
}

/// Returns a text that ends with a newline.
fn ended(text: &str) -> String {
    if text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

/// Whether two texts differ in more than the ends of their lines, which git may change.
fn differs(there: &str, new: &str) -> bool {
    there != new && !there.lines().eq(new.lines())
}
