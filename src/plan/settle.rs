//! Expanding a build beside what an earlier run made of it, until nothing more has to be kept.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::{levelled, severity};
use crate::api::Profile;
use crate::build::{Build, PatchOf};
use crate::expand::{Annotated, Expansion, Governed, Kept, expand};
use crate::krm::{Finding, Object, ResourceRef, Severity, Slot};

/// An object that an earlier run made, or a Service that it annotated, by itself or by a patch.
#[derive(Debug, Clone)]
pub struct There<'s> {
    /// The object.
    pub object: Object<'s>,
    /// Who answers for it.
    pub by: By,
    /// Whether it was not made and only annotated.
    pub annotated: bool,
    /// Which patch of it annotates what its chart makes, if it is a HelmRelease.
    pub patch: Option<(Slot, PatchOf)>,
}

impl There<'_> {
    /// Returns which object it is: of a patch the Service that has it.
    #[must_use]
    pub fn reference(&self) -> ResourceRef {
        self.patch.as_ref().map_or_else(|| self.object.reference(), |(_, of)| of.service.clone())
    }

    fn identity(&self) -> String {
        self.patch.as_ref().map_or_else(|| self.object.reference().identity(), |(_, of)| of.identity())
    }
}

/// Who answers for an object of an earlier run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// One of these stubs, by their numbers: it goes if all of them are sound and none makes it; while one
    /// is not, no other may make it.
    Stubs(Vec<usize>),
    /// Any stub of the build: it goes if the whole build is sound.
    Build,
    /// Nobody here: it stays.
    Nobody,
}

/// What becomes of an object of an earlier run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It stays as it is: nobody here answers for it.
    Foreign,
    /// It stays as it is, with its names, because of an error.
    Kept,
    /// It is made anew: the number of the generated object, or of the annotated Service.
    Replaced(usize),
    /// It goes.
    Removed,
}

/// A build that is expanded, with the fate of what was there.
#[derive(Debug)]
pub struct Settled {
    /// What the stubs become; its findings have been taken out.
    pub expansion: Expansion,
    /// What was found on the way, at its levels.
    pub findings: Vec<Finding>,
    /// The fates of what was there, in its order.
    pub fates: Vec<Fate>,
    /// For each stub, whether it has an error or is held by one.
    pub faulty: Vec<bool>,
}

/// Which stub a finding counts for, and which profile sets its level.
#[derive(Debug)]
pub struct About<'a> {
    stubs: Vec<(&'a ResourceRef, Option<&'a Profile>)>,
    numbers: BTreeMap<String, usize>,
    /// The profile that all stubs have: it sets the levels of what counts for none of them.
    common: Option<&'a Profile>,
}

impl<'a> About<'a> {
    /// Makes it of stubs and the profiles that govern them.
    #[must_use]
    pub fn new(stubs: Vec<(&'a ResourceRef, Option<&'a Profile>)>) -> Self {
        let first = stubs.first().and_then(|(_, profile)| *profile);
        let is_same =
            |profile: &Option<&Profile>| profile.zip(first).is_some_and(|(own, first)| std::ptr::eq(own, first));
        let common = first.filter(|_| stubs.iter().all(|(_, profile)| is_same(profile)));
        let numbers = numbered(stubs.iter().map(|(reference, _)| reference.identity()));
        Self { stubs, numbers, common }
    }

    /// Returns the number of the stub that a finding counts for; `last` is the one that the finding before
    /// counted for, most likely the same.
    fn stub(&self, finding: &Finding, last: &mut usize) -> Option<usize> {
        let object = finding.counts_for()?;
        if self.stubs.get(*last).is_none_or(|(reference, _)| *reference != object) {
            *last = self.numbers.get(&object.identity()).copied()?;
        }
        Some(*last)
    }

    /// Returns the profile that sets the level of a finding.
    fn profile(&self, finding: &Finding, last: &mut usize) -> Option<&'a Profile> {
        match self.stub(finding, last) {
            Some(number) => self.stubs.get(number).and_then(|(_, profile)| *profile),
            None => self.common,
        }
    }

    /// Returns the findings that are told, each at its level.
    #[must_use]
    pub fn levelled(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let last = Cell::new(0);
        levelled(findings, |finding| {
            let mut number = last.get();
            let profile = self.profile(finding, &mut number);
            last.set(number);
            profile
        })
    }
}

/// How often a build is expanded anew because something more is kept, before all of it is held.
const ROUNDS: usize = 8;

/// Expands a build and decides what becomes of what was there.
///
/// `told` are the findings about its stubs so far. Two objects of one identity in `there` are both
/// replaced by what is made with it.
#[must_use]
pub fn settle(stubs: &[Governed<'_>], build: &Build<'_>, there: &[There<'_>], told: &[&Finding]) -> Settled {
    let mut stubs = stubs.to_vec();
    let about = About::new(stubs.iter().map(|governed| (&governed.stub.reference, governed.profile)).collect());
    let mut known: Vec<bool> = stubs.iter().map(|governed| governed.faulty || !governed.stub.sound).collect();
    let mut last = 0;
    for finding in told {
        if severity(finding, about.profile(finding, &mut last)) == Some(Severity::Error)
            && let Some(faulty) = about.stub(finding, &mut last).and_then(|number| known.get_mut(number))
        {
            *faulty = true;
        }
    }
    let mut kept: BTreeSet<usize> = BTreeSet::new();
    // The errors that made a stub faulty. A stub stays so, although what is kept of it may take the place of
    // what its error was about: else its errors would come and go, and what is kept with them.
    let mut causes: BTreeMap<usize, Vec<Finding>> = BTreeMap::new();
    let mut rounds = 0;
    loop {
        let objects: Vec<Kept<'_>> = kept.iter().filter_map(|number| there.get(*number)).map(kept_of).collect();
        let mut expansion = expand(&stubs, build, &objects);
        let mut findings = about.levelled(std::mem::take(&mut expansion.findings).into_vec());
        let mut faulty: Vec<bool> =
            stubs.iter().zip(&known).map(|(governed, known)| *known || !governed.is_expanded()).collect();
        let mut own = BTreeMap::new();
        for finding in findings.iter().filter(|finding| finding.severity == Severity::Error) {
            if let Some(stub) = about.stub(finding, &mut last) {
                own.entry(stub).or_insert_with(Vec::new).push(finding);
            }
        }
        for stub in own.keys().chain(causes.keys()) {
            faulty.get_mut(*stub).into_iter().for_each(|faulty| *faulty = true);
        }
        let fates = fates(there, &expansion, &faulty);
        let before = kept.len();
        kept.extend(fates.iter().enumerate().filter(|(_, fate)| **fate == Fate::Kept).map(|(number, _)| number));
        // With everything held nothing is claimed any more, so there is nothing to do anew.
        if kept.len() == before || stubs.iter().all(|governed| governed.held) {
            causes.retain(|stub, _| !own.contains_key(stub));
            findings.extend(causes.into_values().flatten());
            return Settled { expansion, findings, fates, faulty };
        }
        for (stub, errors) in own {
            causes.entry(stub).or_insert_with(|| errors.into_iter().cloned().collect());
        }
        rounds += 1;
        if rounds == ROUNDS {
            stubs.iter_mut().for_each(|governed| governed.held = true);
        }
    }
}

/// Decides for each object that is there.
fn fates(there: &[There<'_>], expansion: &Expansion, faulty: &[bool]) -> Vec<Fate> {
    if there.is_empty() {
        return Vec::new();
    }
    let made = numbered(expansion.generated.iter().map(|made| made.manifest.reference().identity()));
    let annotated = numbered(expansion.annotated.iter().map(Annotated::identity));
    let stub_of = |annotated: bool, number: usize| match annotated {
        true => expansion.annotated.get(number).map(|change| change.stub),
        false => expansion.generated.get(number).map(|made| made.stub),
    };
    let is_faulty = |stub: &usize| faulty.get(*stub).copied().unwrap_or(true);
    let fate = |there: &There<'_>| {
        let anew = if there.annotated { &annotated } else { &made };
        match (anew.get(&there.identity()), &there.by) {
            // What another stub makes in its place would take it away.
            (Some(number), By::Stubs(stubs))
                if stubs.iter().any(is_faulty)
                    && !stub_of(there.annotated, *number).is_some_and(|stub| stubs.contains(&stub)) =>
            {
                Fate::Kept
            }
            (Some(number), _) => Fate::Replaced(*number),
            (None, By::Nobody) => Fate::Foreign,
            (None, By::Stubs(stubs)) if stubs.iter().any(is_faulty) => Fate::Kept,
            (None, By::Build) if faulty.contains(&true) => Fate::Kept,
            (None, By::Stubs(_) | By::Build) => Fate::Removed,
        }
    };
    there.iter().map(fate).collect()
}

fn kept_of<'s>(there: &There<'s>) -> Kept<'s> {
    let stubs = match &there.by {
        By::Stubs(stubs) => stubs.clone(),
        By::Build | By::Nobody => Vec::new(),
    };
    let patch = there.patch.as_ref().map(|(slot, of)| (*slot, of.service.clone()));
    Kept { object: there.object, patch, stubs }
}

/// Numbers objects by their identities.
fn numbered(identities: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut numbers = BTreeMap::new();
    numbers.extend(identities.enumerate().map(|(number, identity)| (identity, number)));
    numbers
}
