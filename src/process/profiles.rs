//! Which profile governs a stub: those of its layers, laid over one another.
//!
//! From the farthest: a config of the function, the folders above the stub, and one among the build's
//! resources. The nearest that writes a key wins. Two in one layer are contested: nobody can say which
//! of them is meant, so nothing that either could govern is expanded.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use super::decode::NOT_EXPANDED;
use super::overlay::over;
use crate::api::{Decoder, Profile};
use crate::krm::{Finding, Findings};
use crate::kustomize::TreePath;
use crate::rule::rules;
use crate::yaml::Node;

/// How far a profile is from the stubs that it governs; the farthest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layer {
    /// The function's config, or that of a component.
    Config,
    /// A folder above the stub: how many folders are above it.
    Folder(usize),
    /// Among the resources of the build.
    Build,
}

/// A profile, and what it governs.
#[derive(Debug)]
pub(super) struct Placed {
    /// The profile.
    pub(super) profile: Profile,
    /// What was written.
    pub(super) written: Node<'static>,
    /// Where its text really is, and its place there: a link to a profile is the same profile.
    pub(super) origin: (TreePath, u32),
    /// The folder whose stubs it governs, where it is no part of a build.
    pub(super) folder: TreePath,
    /// The builds whose stubs it governs, each with its layer there.
    pub(super) builds: Vec<(usize, Layer)>,
    /// Whether it was only met on the way up.
    pub(super) above: bool,
}

/// The profiles of a run, and what they are together for a stub.
#[derive(Debug, Default)]
pub(super) struct Profiles {
    placed: Vec<Placed>,
    used: Vec<bool>,
    /// Those that govern a build, each with its layer there.
    by_build: BTreeMap<usize, Vec<(Layer, usize)>>,
    /// Those that govern what is below a folder.
    by_folder: BTreeMap<TreePath, Vec<(Layer, usize)>>,
    /// Merged profiles, by the numbers of those they are made of.
    merged: BTreeMap<Vec<usize>, Profile>,
    /// Pairs that are contested.
    contested: BTreeMap<(usize, usize), Finding>,
}

impl Profiles {
    /// Takes in the profiles of a run.
    pub(super) fn new(placed: Vec<Placed>) -> Self {
        let (mut by_build, mut by_folder) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        for (number, placed) in placed.iter().enumerate() {
            for (build, layer) in &placed.builds {
                by_build.entry(*build).or_default().push((*layer, number));
            }
            if placed.builds.is_empty() {
                let depth = placed.folder.as_str().split('/').filter(|segment| !segment.is_empty()).count();
                by_folder.entry(placed.folder.clone()).or_default().push((Layer::Folder(depth), number));
            }
        }
        Self { used: vec![false; placed.len()], placed, by_build, by_folder, ..Self::default() }
    }

    /// Returns the profiles that govern what is in a folder, or on the wire, in a build; the farthest first.
    fn governing(&self, build: usize, folder: Option<&TreePath>) -> Vec<(Layer, usize)> {
        let folders = folder.into_iter().flat_map(|folder| iter::once(folder.clone()).chain(folder.ancestors()));
        let of_build = self.by_build.get(&build).into_iter().flatten();
        let of_folders = folders.filter_map(|folder| self.by_folder.get(&folder)).flatten();
        let mut chain: Vec<(Layer, usize)> = Vec::new();
        for found in of_build.chain(of_folders) {
            chain.insert(chain.partition_point(|before| before <= found), *found);
        }
        chain
    }

    /// Finds the profiles that govern a stub, which lies in a folder or on the wire.
    pub(super) fn chain(&mut self, build: usize, folder: Option<&TreePath>) -> Vec<usize> {
        let chain = self.governing(build, folder);
        for ((layer, first), (next_layer, second)) in chain.iter().zip(chain.iter().skip(1)) {
            if layer == next_layer {
                self.contest(*first, *second);
            }
        }
        let chain: Vec<usize> = chain.into_iter().map(|(_, number)| number).collect();
        for number in &chain {
            if let Some(used) = self.used.get_mut(*number) {
                *used = true;
            }
        }
        if !chain.is_empty() && !self.merged.contains_key(&chain) {
            let merged = self.merge(&chain);
            self.merged.extend(merged.map(|merged| (chain.clone(), merged)));
        }
        chain
    }

    /// Lays the profiles of a chain over one another; with a fault in one of them nothing is expanded, so
    /// then it does not matter what the others say.
    fn merge(&self, chain: &[usize]) -> Option<Profile> {
        let mut all = chain.iter().filter_map(|number| self.placed.get(*number));
        let is_sound = self.are_sound(chain);
        let first = all.next()?;
        let (mut written, mut reference) = (first.written.clone(), &first.profile.reference);
        for placed in all.filter(|_| is_sound) {
            written = over(&placed.written, &written);
            reference = &placed.profile.reference;
        }
        // Each was read on its own account, and its faults were told.
        let mut merged = Profile::decode(&written, &mut Decoder::new(reference.clone()))?;
        merged.sound_defaults = is_sound;
        let placed = chain.iter().filter_map(|number| self.placed.get(*number));
        merged.written = placed.flat_map(|placed| placed.profile.written.clone()).collect();
        Some(merged)
    }

    /// Whether a profile that governs a place in one of some builds has an error.
    pub(super) fn have_error(&self, builds: &[usize], folder: Option<&TreePath>) -> bool {
        let chain = |build: &usize| self.governing(*build, folder).into_iter().map(|(_, number)| number);
        builds.iter().any(|build| !self.are_sound(&chain(build).collect::<Vec<_>>()))
    }

    /// Whether profiles that govern a place together have no error, and no two of them are contested.
    fn are_sound(&self, chain: &[usize]) -> bool {
        let is_sound = |number: &usize| self.placed.get(*number).is_none_or(|placed| placed.profile.sound_defaults);
        let is_twin = |pair: &(usize, usize)| chain.contains(&pair.0) && chain.contains(&pair.1);
        chain.iter().all(is_sound) && !self.contested.keys().any(is_twin)
    }

    /// Takes in that two profiles of one layer govern one stub.
    fn contest(&mut self, first: usize, second: usize) {
        let (Some(one), Some(two)) = (self.placed.get(first), self.placed.get(second)) else { return };
        if one.origin == two.origin {
            return;
        }
        let mut finding = Finding::of(rules::DUPLICATE_PROFILE, "there must be no more than one profile of one layer");
        finding.note = Some(NOT_EXPANDED);
        let finding = finding.at(two.profile.name_span).related(one.profile.name_span, "the other one");
        let finding = finding.about(two.profile.reference.clone());
        self.contested.insert((first, second), finding.help("write one profile for the folder, or for the build"));
    }

    /// Returns the profile that a chain is together.
    pub(super) fn get(&self, chain: &[usize]) -> Option<&Profile> {
        self.merged.get(chain)
    }

    /// Reports what is contested, and what governs no stub; returns whether one does not.
    pub(super) fn report(&mut self, findings: &mut Findings) -> bool {
        findings.extend(self.contested.values().cloned());
        let mut unused = false;
        let both = || self.placed.iter().zip(&self.used);
        let mut used = BTreeSet::new();
        used.extend(both().filter(|(_, used)| **used).map(|(placed, _)| &placed.origin));
        for (placed, _) in both().filter(|(placed, _)| !used.contains(&placed.origin) && !placed.above) {
            let Profile { reference, name_span, sound_defaults, .. } = &placed.profile;
            unused = true;
            // One fault at a time: what is no profile yet need not govern anything.
            if !sound_defaults {
                continue;
            }
            let mut finding =
                Finding::of(rules::UNUSED_PROFILE, "the profile must govern a stub of the run, and governs none");
            finding.note = Some(NOT_EXPANDED);
            let help = "move it to the folder of the stubs or one above, list it under `resources` of their \
                        kustomization, or leave its folder out";
            findings.push(finding.at(*name_span).about(reference.clone()).help(help));
        }
        unused
    }
}
