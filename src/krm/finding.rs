//! Findings: what a manifest's author should know.
//!
//! All findings of a run are collected. They become the `results` of a ResourceList and lines for
//! people; nothing here stops a run. What they say may quote the input, so it is made visible here, and
//! no longer than a person reads, before anybody shows it. Fields and order follow kyaml (`fn/framework/result.go`).

use std::borrow::Cow;

use serde::Serialize;

use super::{FieldPath, ResourceRef};
use crate::rule::{Rule, Severity};
use crate::yaml::{Span, shortened, visible};

/// Where an item comes from, as the orchestrator says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemFile {
    /// The file's path.
    pub path: String,
    /// The item's number in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule that is broken.
    pub rule: &'static Rule,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, without a full stop.
    pub message: String,
    /// What to do, where the message does not imply it.
    pub help: Option<String>,
    /// Whether an entry was not expanded for it. No level lowers it: a level changes what is told, and
    /// nothing may be left out in silence.
    pub is_blocking: bool,
    /// What follows from it, beyond the place.
    pub note: Option<&'static str>,
    /// Where the object is from, where the place is in a request.
    pub file: Option<ItemFile>,
    /// The object it is about.
    pub object: Option<ResourceRef>,
    /// The field it is about.
    pub path: FieldPath,
    /// The value that is there, as it was read; of a long one the ends.
    pub value: Option<String>,
    /// Where it is written.
    pub span: Option<Span>,
    /// Other places that matter, each with what it is.
    pub related: Vec<(Span, String)>,
    /// What it was found for, where the object governs others: whose fault it counts as.
    pub affects: Option<Box<Affected>>,
}

/// The object for which a fault was found in what governs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affected {
    /// Which object.
    pub object: ResourceRef,
    /// The part of it that met the fault first.
    pub span: Span,
}

// What every finding calls is not inlined: replacing a part of a quarter of a kilobyte, a hundred times, is
// ten kilobytes of a module.
impl Finding {
    /// Makes a finding at the rule's own level.
    #[must_use]
    pub fn of(rule: &'static Rule, message: impl Into<String>) -> Self {
        Self::new(rule, message.into())
    }

    fn new(rule: &'static Rule, message: String) -> Self {
        Self {
            rule,
            severity: rule.level,
            message: shown(message),
            help: None,
            is_blocking: false,
            note: None,
            file: None,
            object: None,
            path: FieldPath::default(),
            value: None,
            span: None,
            related: Vec::new(),
            affects: None,
        }
    }

    /// Says how bad it is, where that is not the rule's own level.
    #[must_use]
    #[inline(never)]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(shown(help.into()));
        self
    }

    /// Says which field.
    #[must_use]
    #[inline(never)]
    pub fn path(mut self, path: FieldPath) -> Self {
        self.path = path;
        self
    }

    /// Says which value.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        let value = value.into();
        self.value = Some(shortened(&value).unwrap_or(value));
        self
    }

    /// Says where.
    #[must_use]
    #[inline(never)]
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// Says which object.
    #[must_use]
    #[inline(never)]
    pub fn about(mut self, object: ResourceRef) -> Self {
        self.object = Some(object);
        self
    }

    /// Says for which object it was found, and for which part of it.
    #[must_use]
    #[inline(never)]
    pub fn affecting(mut self, object: ResourceRef, span: Span) -> Self {
        self.affects = Some(Box::new(Affected { object, span }));
        self
    }

    /// Returns the object whose fault it counts as, and whose profile sets its level: what it was found for, or
    /// else what it is about.
    #[must_use]
    pub fn counts_for(&self) -> Option<&ResourceRef> {
        self.affects.as_ref().map(|affected| &affected.object).or(self.object.as_ref())
    }

    /// Returns whether both say the same. One fault of a default may stop one entry of a stub and not another.
    fn says_as(&self, other: &Self) -> bool {
        let Self {
            rule,
            severity,
            message,
            help,
            is_blocking: _,
            note,
            file,
            object,
            path,
            value,
            span,
            related,
            affects: _,
        } = self;
        (*rule, *severity, *note, *span) == (other.rule, other.severity, other.note, other.span)
            && (message, help, file) == (&other.message, &other.help, &other.file)
            && (path, value, related) == (&other.path, &other.value, &other.related)
            && (object, self.counts_for()) == (&other.object, other.counts_for())
    }

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, shown(label.into())));
        self
    }
}

/// Returns a text as people are shown it.
fn shown(text: String) -> String {
    let text = shortened(&text).unwrap_or(text);
    match visible(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(shown) => shown,
    }
}

/// The findings of a run.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    found: Vec<Finding>,
    errors: usize,
}

impl Findings {
    /// Adds a finding.
    pub fn push(&mut self, mut finding: Finding) {
        // The fields are public: what did not come through a setter is met here.
        finding.message = shown(finding.message);
        finding.help = finding.help.map(shown);
        self.errors += usize::from(finding.severity == Severity::Error);
        self.found.push(finding);
    }

    /// Adds all findings of another list.
    pub fn append(&mut self, mut other: Self) {
        self.errors += other.errors;
        self.found.append(&mut other.found);
    }

    /// Returns the findings as they came, on their own.
    #[must_use]
    pub fn into_vec(self) -> Vec<Finding> {
        self.found
    }

    /// Returns the findings as they came.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.found.iter()
    }

    /// Returns how many errors were added.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Returns how many findings there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Says that an entry was not expanded for the errors after the first `count` findings; returns
    /// whether there are any.
    pub fn block_after(&mut self, count: usize) -> bool {
        let errors = self.found.iter_mut().skip(count).filter(|finding| finding.severity == Severity::Error);
        let mut any = false;
        for finding in errors {
            finding.is_blocking = true;
            any = true;
        }
        any
    }

    /// Returns the findings by place, then severity, then text, each once.
    #[must_use]
    pub fn sorted(mut self) -> Vec<Finding> {
        self.found.sort_by(|a, b| {
            let key = |finding: &Finding| (finding.span.is_none(), finding.span, finding.severity);
            key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
        });
        self.found.dedup_by(|later, first| {
            let is_same = later.says_as(first);
            first.is_blocking |= is_same && later.is_blocking;
            is_same
        });
        self.found
    }
}

impl From<Vec<Finding>> for Findings {
    fn from(found: Vec<Finding>) -> Self {
        let mut findings = Self::default();
        findings.extend(found);
        findings
    }
}

impl Extend<Finding> for Findings {
    fn extend<T: IntoIterator<Item = Finding>>(&mut self, findings: T) {
        for finding in findings {
            self.push(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::rules;

    #[test]
    fn what_a_finding_says_is_one_line() {
        let odd = "a\n::error::b\u{1b}[2J";
        let want = "a\\n::error::b\\u{1b}[2J";
        let mut finding = Finding::of(rules::INVALID_TEXT, odd).help(odd).value(odd).related(Span::default(), odd);
        assert_eq!((finding.message.as_str(), finding.help.as_deref()), (want, Some(want)));
        assert_eq!((finding.related[0].1.as_str(), finding.value.as_deref()), (want, Some(odd)));
        finding.help = Some(odd.to_owned());
        let mut findings = Findings::default();
        findings.push(finding);
        assert_eq!(findings.sorted()[0].help.as_deref(), Some(want));
    }

    #[test]
    fn a_fault_that_is_found_twice_is_told_once_and_stops_what_it_stops() {
        let mut findings = Findings::default();
        findings.push(Finding::of(rules::INVALID_TEXT, "same"));
        findings.push(Finding::of(rules::INVALID_TEXT, "other"));
        let before = findings.len();
        findings.push(Finding::of(rules::INVALID_TEXT, "same"));
        findings.push(Finding::of(rules::INVALID_TEXT, "louder").severity(Severity::Warning));
        assert!(findings.block_after(before) && !findings.block_after(4));
        let told: Vec<_> =
            findings.sorted().into_iter().map(|finding| (finding.message, finding.is_blocking)).collect();
        let want = [("other", false), ("same", true), ("louder", false)];
        assert_eq!(told, want.map(|(message, is_blocking)| (message.to_owned(), is_blocking)));
    }
}
