//! What two builds, or two files, would do to one another.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::outputs;
use super::run::{Built, Run};
use crate::api::has_placeholder;
use crate::expand::Manifest;
use crate::krm::{Annotations, Finding, Findings, ResourceRef};
use crate::rule::rules;
use crate::yaml::Span;

/// What a stub becomes in a build.
#[derive(Default, PartialEq)]
struct Outcome<'b> {
    made: Vec<&'b Manifest>,
    set: Vec<&'b Annotations>,
}

/// Returns why builds cannot be written together: what one stub becomes differs between two of them.
pub(super) fn between_builds(run: &Run<'_>, built: &[Built<'_>]) -> Option<Finding> {
    if run.stubs.iter().all(|placement| placement.builds.len() < 2) {
        return None;
    }
    let mut seen: BTreeMap<usize, (usize, Outcome<'_>)> = BTreeMap::new();
    for built in built {
        let expansion = &built.settled.expansion;
        let mut all: BTreeMap<usize, Outcome<'_>> = BTreeMap::new();
        for made in &expansion.generated {
            all.entry(made.stub).or_default().made.push(&made.manifest);
        }
        for change in &expansion.annotated {
            all.entry(change.stub).or_default().set.push(&change.annotations);
        }
        for (local, stub) in built.stubs.iter().enumerate() {
            let Some(placement) = run.stubs.get(*stub).filter(|placement| placement.builds.len() > 1) else { continue };
            let all = all.remove(&local).unwrap_or_default();
            match seen.get(stub) {
                Some((other, known)) if *known != all => {
                    let [first, second] = [*other, built.number].map(|build| run.layout.name(run.tree, build));
                    let message = format!("the stub becomes something else in {first} than in {second}");
                    let finding = Finding::of(rules::CONFLICTING_BUILDS, message).at(placement.stub.name_span);
                    let help = "render one of them alone, or give both the same profile and manifests";
                    return Some(finding.about(placement.stub.reference.clone()).help(help));
                }
                Some(_) => {}
                None => drop(seen.insert(*stub, (built.number, all))),
            }
        }
    }
    None
}

/// Returns the files with stubs that would be written to one file, each pair once.
pub(super) fn between_files(run: &Run<'_>) -> Findings {
    let mut found = Findings::default();
    let mut seen: BTreeMap<_, (usize, Span)> = BTreeMap::new();
    let mut pairs = BTreeSet::new();
    for placement in run.stubs.iter().filter(|placement| !placement.is_unread) {
        let Some(file) = run.tree.files.get(placement.file) else { continue };
        for output in outputs(&file.path) {
            let (first, at) = *seen.entry(output.clone()).or_insert((placement.file, placement.stub.name_span));
            if first != placement.file && pairs.insert((first, placement.file)) {
                let message =
                    format!("two files with stubs must not become one: both would be written to {:?}", output.name());
                let finding = Finding::of(rules::CONFLICTING_OUTPUT, message).at(placement.stub.name_span);
                let finding = finding.related(at, "the other one").about(placement.stub.reference.clone());
                found.push(finding.help("rename one of the files, or write both stubs into one"));
            }
        }
    }
    found
}

/// Returns the HelmReleases that two files with stubs would patch, each pair once: a patch replaces a list.
pub(super) fn between_patches(run: &Run<'_>, built: &[Built<'_>]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut pairs = BTreeSet::new();
    for built in built {
        let mut seen: BTreeMap<Span, (usize, Span)> = BTreeMap::new();
        for change in &built.settled.expansion.annotated {
            let placement = built.stubs.get(change.stub).and_then(|stub| run.stubs.get(*stub));
            let (Some(patch), Some(placement)) = (&change.patch, placement) else { continue };
            let (first, at) = *seen.entry(change.node).or_insert((placement.file, change.key));
            if first != placement.file && pairs.insert((first, placement.file, change.node)) {
                let message = format!("two files with stubs must not patch one {}", patch.release);
                let finding = Finding::of(rules::CONFLICTING_OUTPUT, message).at(change.key);
                let finding = finding.related(at, "the other one").about(placement.stub.reference.clone());
                found.push(finding.help("write both stubs into one file, or both entries into one stub"));
            }
        }
    }
    found
}

/// Warns of names and objects that two builds share, unless they are for different tailnets.
pub(super) fn shared(run: &Run<'_>, built: &[Built<'_>]) -> Vec<Finding> {
    let mut told = Vec::new();
    if built.len() < 2 {
        return told;
    }
    let mut names: BTreeMap<&str, Vec<Claim<'_>>> = BTreeMap::new();
    let mut objects: BTreeMap<ResourceRef, Vec<Claim<'_>>> = BTreeMap::new();
    for built in built {
        let claim = |local: usize, span: Span| {
            let stub = *built.stubs.get(local)?;
            let tailnet = run.profile(stub, built.number).and_then(|profile| profile.spec.tailnet.get());
            let tailnet = tailnet.and_then(|tailnet| tailnet.value.known()).map(crate::tailscale::Name::as_str);
            Some(Claim { build: built.number, stub, span, tailnet })
        };
        let expansion = &built.settled.expansion;
        for claimed in expansion.claimed.iter().filter(|claimed| !has_placeholder(&claimed.name)) {
            names.entry(&claimed.name).or_default().extend(claim(claimed.stub, claimed.span));
        }
        for made in &expansion.generated {
            objects.entry(made.manifest.reference()).or_default().extend(claim(made.stub, made.key));
        }
    }
    let mut tell = |rule, what: String, claims: &[Claim<'_>], same_stub: bool| {
        for (number, claim) in claims.iter().enumerate().skip(1) {
            let is_other = |first: &&Claim<'_>| first.build != claim.build && (same_stub || first.stub != claim.stub);
            let Some(first) = claims.iter().take(number).filter(is_other).find(|first| !claim.is_elsewhere(first))
            else {
                continue;
            };
            let [one, two] = [first.build, claim.build].map(|build| run.layout.name(run.tree, build));
            let finding = Finding::of(rule, format!("{what} in {one} and in {two}")).at(claim.span);
            let finding = if first.span == claim.span { finding } else { finding.related(first.span, "here, too") };
            let Some(placement) = run.stubs.get(claim.stub) else { continue };
            let help = "if they are clusters of one tailnet, write hostnameSuffix: \"-${CLUSTER}\"; if not, give their \
                        profiles different `tailnet`s";
            let finding = finding.about(placement.stub.reference.clone()).help(help);
            told.extend(run.levelled(finding, claim.stub, claim.build));
            break;
        }
    };
    for (name, claims) in &names {
        tell(rules::SHARED_HOSTNAME, format!("the tailnet name \"{name}\" is claimed"), claims, true);
    }
    for (object, claims) in &objects {
        tell(rules::SHARED_OBJECT, format!("{object} is made"), claims, false);
    }
    told
}

/// A claim of a name or an object by a stub of a build.
struct Claim<'r> {
    build: usize,
    stub: usize,
    span: Span,
    tailnet: Option<&'r str>,
}

impl Claim<'_> {
    /// Whether both are for tailnets that are known to differ.
    fn is_elsewhere(&self, other: &Self) -> bool {
        matches!((self.tailnet, other.tailnet), (Some(own), Some(other)) if own != other)
    }
}

/// Tells of stubs that a kustomization patches: what is rendered from files cannot honour that.
pub(super) fn patched(run: &Run<'_>) -> Vec<Finding> {
    let mut told = Vec::new();
    let files: BTreeMap<_, _> = run.tree.files.iter().map(|file| (&file.path, file.source)).collect();
    for (number, kustomization) in run.layout.kustomize.kustomizations.iter().enumerate() {
        let inline = kustomization.inline_patches.iter();
        let inline = inline.filter(|(text, _)| aims_at_stub(text)).map(|(_, span)| *span);
        let in_files = kustomization.patches.iter().filter(|patch| {
            let source = files.get(&patch.path).and_then(|source| run.tree.sources.get(*source));
            source.is_some_and(|source| aims_at_stub(&source.text))
        });
        let spans: BTreeSet<Span> = inline.chain(in_files.map(|patch| patch.span)).collect();
        for span in spans {
            let is_part = |build: &usize| {
                run.layout.kustomize.builds.get(*build).is_some_and(|build| build.parts.contains(&number))
            };
            let stub = run
                .stubs_of
                .iter()
                .find(|(build, _)| is_part(build))
                .and_then(|(build, stubs)| Some((*build, *stubs.first()?)));
            let Some((build, stub)) = stub else { continue };
            let message = "a stub is patched here, and what is rendered from files is made without the patch";
            let finding = Finding::of(rules::PATCHED_STUB, message).at(span);
            let help = "expand the stub during `kustomize build`, with the component, or write the patch into the stub";
            told.extend(run.levelled(finding.help(help), stub, build));
        }
    }
    told
}

/// Whether a patch, or the kind it aims at, may be about a stub.
fn aims_at_stub(text: &str) -> bool {
    text.contains(crate::api::STUB) || text.contains(crate::api::API_VERSION)
}
