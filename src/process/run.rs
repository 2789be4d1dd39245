//! A run over the builds of a tree: each is expanded for itself, beside what earlier runs made of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::decode::{hold_twins, sort};
use super::held::Held;
use super::layout::Layout;
use super::load::{Loaded, Manifests, Placement, load, root};
use super::profiles::Profiles;
use super::reveal::withhold;
use super::tree::Tree;
use crate::api::{Profile, Stub};
use crate::build::{Build, Classes, Record, Release};
use crate::expand::Governed;
use crate::krm::{Finding, Findings, ResourceRef};
use crate::kustomize::TreePath;
use crate::plan::{About, By, Settled, There, levelled, settle};
use crate::yaml::SourceId;

/// A build that was expanded.
#[derive(Debug)]
pub(super) struct Built<'m> {
    /// Its number in the layout.
    pub(super) number: usize,
    /// The numbers of its stubs in the run.
    pub(super) stubs: Vec<usize>,
    /// What earlier runs made, in the order of the fates.
    pub(super) there: Vec<There<'m>>,
    /// What became of it.
    pub(super) settled: Settled,
}

/// A run.
#[derive(Debug)]
pub(super) struct Run<'t> {
    /// The files.
    pub(super) tree: &'t Tree,
    /// Which builds they belong to.
    pub(super) layout: Layout,
    /// The stubs.
    pub(super) stubs: Vec<Placement>,
    /// The numbers of the stubs of each build that has any.
    pub(super) stubs_of: BTreeMap<usize, Vec<usize>>,
    findings: Vec<Finding>,
    /// The numbers of those that count for a stub.
    about: BTreeMap<ResourceRef, Vec<usize>>,
    unread: Held,
    profiles: Profiles,
    /// For each stub and build, the profiles that govern it.
    chains: BTreeMap<(usize, usize), Vec<usize>>,
    /// The numbers of the files that each build shows.
    files_of: BTreeMap<usize, Vec<usize>>,
    /// Where the documents of each file are among the manifests.
    documents_of: BTreeMap<usize, Range<usize>>,
    /// Whether nothing may be expanded at all.
    held: bool,
    /// The stubs of several builds that have an error in one of them.
    faulty: BTreeSet<usize>,
}

impl<'t> Run<'t> {
    /// Reads a tree.
    pub(super) fn of(tree: &'t Tree) -> (Self, Manifests<'t>) {
        let layout = Layout::of(tree);
        let (Loaded { stubs, profiles, unread, mut findings }, manifests) = load(tree, &layout);
        let mut profiles = Profiles::new(profiles);
        let mut chains = BTreeMap::new();
        let mut stubs_of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        // Where a link and what it leads to are parts of one build, the link is passed over.
        let mut seen = BTreeSet::new();
        let placed =
            stubs.iter().enumerate().filter_map(|(number, stub)| Some((number, stub, tree.files.get(stub.file)?)));
        let (files, links): (Vec<_>, Vec<_>) = placed.partition(|(_, _, file)| file.path == file.target);
        for (number, placement, file) in files.into_iter().chain(links) {
            let folder = file.path.parent();
            for build in &placement.builds {
                if !seen.insert((*build, &file.target, placement.stub.name_span.start)) {
                    continue;
                }
                stubs_of.entry(*build).or_default().push(number);
                chains.insert((number, *build), profiles.chain(*build, folder.as_ref()));
            }
        }
        stubs_of.values_mut().for_each(|stubs| stubs.sort_unstable());
        let held = profiles.report(&mut findings);
        let findings = findings.into_vec();
        let mut about: BTreeMap<ResourceRef, Vec<usize>> = BTreeMap::new();
        for (number, finding) in findings.iter().enumerate() {
            let Some(object) = finding.counts_for() else { continue };
            match about.get_mut(object) {
                Some(numbers) => numbers.push(number),
                None => drop(about.insert(object.clone(), vec![number])),
            }
        }
        let mut run = Self {
            tree,
            layout,
            stubs,
            stubs_of,
            findings,
            about,
            unread: Held::by(unread),
            profiles,
            chains,
            files_of: BTreeMap::new(),
            documents_of: BTreeMap::new(),
            held,
            faulty: BTreeSet::new(),
        };
        run.show(&manifests);
        (run, manifests)
    }

    /// Decides which files each build shows. Manifests that were named by themselves are shown to all
    /// that was named beside them.
    fn show(&mut self, manifests: &Manifests<'_>) {
        for (at, (number, _)) in manifests.iter().enumerate() {
            self.documents_of.entry(*number).or_insert(at..at).end = at + 1;
        }
        let named: Vec<usize> =
            self.stubs_of.keys().copied().filter(|build| self.layout.is_named_path(*build)).collect();
        let mut seen = BTreeSet::new();
        for number in self.documents_of.keys() {
            // What is a patch is a part of something, and no manifest.
            let Some(file) = self.tree.files.get(*number).filter(|file| !self.layout.is_patch(&file.path)) else {
                continue;
            };
            let mut builds = self.layout.builds_of(&file.path, file.role);
            if builds.iter().all(|build| self.layout.is_named_path(*build) && !self.stubs_of.contains_key(build)) {
                builds.extend(&named);
            }
            for build in builds {
                if seen.insert((build, &file.target)) {
                    self.files_of.entry(build).or_default().push(*number);
                }
            }
        }
    }

    /// Holds everything: what was found stops the whole run.
    pub(super) fn hold(&mut self, finding: Finding) {
        if let Some(object) = finding.counts_for() {
            self.about.entry(object.clone()).or_default().push(self.findings.len());
        }
        self.findings.push(finding);
        self.held = true;
    }

    /// Returns the profile that governs a stub in a build.
    pub(super) fn profile(&self, stub: usize, build: usize) -> Option<&Profile> {
        self.profiles.get(self.chains.get(&(stub, build))?)
    }

    /// Returns the objects that a build shows.
    fn shown<'m>(&self, build: usize, stubs: &[usize], manifests: &'m Manifests<'m>) -> Build<'m> {
        let mut classes = Classes::default();
        for profile in stubs.iter().filter_map(|stub| self.profile(*stub, build)) {
            classes.add_of(profile);
        }
        let mut shown = Build::visible(classes);
        shown.has_others = self.stubs_of.len() > 1;
        for number in self.files_of.get(&build).into_iter().flatten() {
            let documents = self.documents_of.get(number).and_then(|range| manifests.get(range.clone()));
            for (_, document) in documents.unwrap_or_default() {
                if let Some(node) = root(document) {
                    let mut foreign = Vec::new();
                    sort(node, document.span, &mut foreign, &mut Vec::new());
                    foreign.into_iter().for_each(|object| shown.add(object));
                }
            }
        }
        shown
    }

    /// Expands a build; `outputs` are objects of earlier runs that stand in files of their own, with
    /// stubs by their numbers in the run.
    pub(super) fn expand<'m>(&self, build: usize, manifests: &'m Manifests<'m>, outputs: Vec<There<'m>>) -> Built<'m> {
        let numbers = self.stubs_of.get(&build).cloned().unwrap_or_default();
        let mut twins = Findings::default();
        let mut stubs: Vec<Governed<'_>> = numbers.iter().filter_map(|number| self.governed(*number, build)).collect();
        hold_twins(&mut stubs, &mut twins);
        let about: BTreeSet<&ResourceRef> = stubs.iter().map(|governed| &governed.stub.reference).collect();
        let numbered = about.into_iter().filter_map(|stub| self.about.get(stub)).flatten();
        let mut told: Vec<&Finding> = numbered.filter_map(|number| self.findings.get(*number)).collect();
        told.extend(twins.iter());
        let shown = self.shown(build, &numbers, manifests);
        let mut there = marked(&shown, stubs.iter().map(|governed| governed.stub));
        let local: BTreeMap<usize, usize> =
            numbers.iter().enumerate().map(|(local, number)| (*number, local)).collect();
        there.extend(outputs.into_iter().map(|there| match there.by {
            By::Stubs(stubs) => {
                let stubs = stubs.iter().filter_map(|stub| local.get(stub)).copied().collect();
                There { by: By::Stubs(stubs), ..there }
            }
            _ => there,
        }));
        let mut settled = settle(&stubs, &shown, &there, &told);
        settled.findings.extend(twins.into_vec());
        Built { number: build, stubs: numbers, there, settled }
    }

    fn governed(&self, number: usize, build: usize) -> Option<Governed<'_>> {
        let placement = self.stubs.get(number)?;
        let path = &self.tree.files.get(placement.file)?.path;
        let held = self.is_held_at(&[build], path);
        let faulty = self.faulty.contains(&number);
        Some(Governed { stub: &placement.stub, profile: self.profile(number, build), held, faulty })
    }

    /// Takes in which stubs of several builds have an error in one: in none of them an error takes anything
    /// away. Returns whether there is one that was not known to.
    pub(super) fn learn_faulty(&mut self, built: &[Built<'_>]) -> bool {
        let before = self.faulty.len();
        for built in built {
            let faulty = built.stubs.iter().zip(&built.settled.faulty).filter(|(_, faulty)| **faulty);
            let shared = faulty.map(|(stub, _)| *stub).filter(|stub| self.builds_of(*stub).len() > 1);
            let shared: Vec<usize> = shared.collect();
            self.faulty.extend(shared);
        }
        self.faulty.len() > before
    }

    /// Returns the builds of a stub.
    pub(super) fn builds_of(&self, stub: usize) -> &[usize] {
        self.stubs.get(stub).map_or(&[], |placement| &placement.builds)
    }

    /// Whether something that cannot be read may govern what is at a place in one of some builds.
    pub(super) fn is_held_at(&self, builds: &[usize], path: &TreePath) -> bool {
        self.held || self.layout.kustomize.is_in_circle(path) || self.unread.has(builds, path)
    }

    /// Whether something that may govern what is at a place has an error.
    pub(super) fn is_faulty_at(&self, builds: &[usize], path: &TreePath) -> bool {
        self.is_held_at(builds, path) || self.profiles.have_error(builds, path.parent().as_ref())
    }

    /// Returns the source of a stub.
    pub(super) fn source_of(&self, stub: usize) -> Option<SourceId> {
        Some(self.tree.files.get(self.stubs.get(stub)?.file)?.source)
    }

    /// Returns the findings of the run and of its builds, with `more`, in order and each once.
    pub(super) fn told(&mut self, built: &mut [Built<'_>], more: Vec<Finding>) -> Vec<Finding> {
        let found = std::mem::take(&mut self.findings);
        let profile = |number: usize, stub: &Placement| self.profile(number, stub.builds.first().copied()?);
        let stubs = self.stubs.iter().enumerate().map(|(number, stub)| (&stub.stub.reference, profile(number, stub)));
        let mut all = About::new(stubs.collect()).levelled(found);
        all.extend(more);
        for built in built {
            all.append(&mut built.settled.findings);
        }
        let mut all = Findings::from(all).sorted();
        withhold(&mut all, &self.tree.sources);
        all
    }

    /// Returns findings at the levels of the profile that governs a stub.
    pub(super) fn levelled(&self, finding: Finding, stub: usize, build: usize) -> Vec<Finding> {
        levelled(vec![finding], |_| self.profile(stub, build))
    }
}

/// Returns the objects of a build that a stub of it made, and the Services that one annotated, by themselves
/// or by a patch.
pub(super) fn marked<'s, 'a>(build: &Build<'s>, stubs: impl Iterator<Item = &'a Stub>) -> Vec<There<'s>> {
    let mut names: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    // Two have one name where one of them is of a kind that does not exist: then both answer.
    stubs.enumerate().for_each(|(number, stub)| names.entry(stub.provenance()).or_default().push(number));
    let by = |name: &str| names.get(name).map_or(By::Nobody, |numbers| By::Stubs(numbers.clone()));
    let mut there = Vec::new();
    for known in build.objects() {
        let object = known.object;
        let of = |name: &str, annotated, patch| There { object, by: by(name), annotated, patch };
        match (known.stub, Record::of(object)) {
            (Some(stub), _) => there.push(of(stub, false, None)),
            (None, Some(record)) => there.push(of(record.stub, true, None)),
            (None, None) => {}
        }
        for patch in Release::of(object).into_iter().flat_map(Release::patches) {
            let record = patch.record();
            let stub = record.as_ref().map_or("", |record| record.stub);
            there.push(of(stub, true, Some((patch.slot, patch.of.clone()))));
        }
    }
    there
}
