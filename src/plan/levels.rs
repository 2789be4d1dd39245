//! Levels: how a profile's `rules` change what is told.

use crate::api::{Level, Profile};
use crate::krm::{Finding, Severity};

/// Returns how bad a finding is at the level that a profile sets; nothing where it is not told. What
/// stopped an entry stays an error: a level changes what is told, never what is done.
#[must_use]
pub fn severity(finding: &Finding, profile: Option<&Profile>) -> Option<Severity> {
    let rules = profile.filter(|_| !finding.is_blocking).and_then(|profile| profile.spec.rules.get());
    match rules.and_then(|rules| rules.value.level(finding.rule)) {
        None => Some(finding.severity),
        Some(Level::Off) => None,
        Some(Level::Info) => Some(Severity::Info),
        Some(Level::Warning) => Some(Severity::Warning),
        Some(Level::Error) => Some(Severity::Error),
    }
}

/// Returns the findings that are told, each at the level that the profile which governs it sets.
#[must_use]
pub fn levelled<'a>(mut findings: Vec<Finding>, governs: impl Fn(&Finding) -> Option<&'a Profile>) -> Vec<Finding> {
    findings.retain_mut(|finding| match severity(finding, governs(finding)) {
        Some(level) => {
            finding.severity = level;
            true
        }
        None => false,
    });
    findings
}
