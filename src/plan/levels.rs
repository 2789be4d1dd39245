//! Levels: how a profile's `rules` change what is told.

use crate::api::{Level, Profile};
use crate::krm::{Finding, Findings, Severity};

/// Returns the findings in their order, each at the level that the profile which governs it sets. What
/// stopped an entry stays an error: a level changes what is told, never what is done.
#[must_use]
pub fn levelled<'a>(findings: Findings, governs: impl Fn(&Finding) -> Option<&'a Profile>) -> Vec<Finding> {
    let mut sorted = findings.sorted();
    sorted.retain_mut(|finding| {
        if finding.is_blocking {
            return true;
        }
        let rules = governs(finding).and_then(|profile| profile.spec.rules.get());
        match rules.and_then(|rules| rules.value.level(finding.rule)) {
            None => {}
            Some(Level::Off) => return false,
            Some(Level::Info) => finding.severity = Severity::Info,
            Some(Level::Warning) => finding.severity = Severity::Warning,
            Some(Level::Error) => finding.severity = Severity::Error,
        }
        true
    });
    sorted
}
