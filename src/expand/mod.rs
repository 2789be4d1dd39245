//! Expansion: from stubs, a profile and the build to manifests.
//!
//! Pure, and in one direction: what is written (`api`) becomes what is meant, as objects that know what they
//! were made from. A bad entry costs only itself. Nothing here knows text, files, functions or hosts, and no
//! manifest of the build is judged except where an entry names it.

mod annotate;
mod approval;
mod around;
mod budget;
mod claims;
mod connector;
mod context;
mod egress;
mod endpoints;
mod ingress;
mod keys;
mod layers;
mod load_balancer;
mod manifest;
mod names;
mod outside;
mod place;
mod ports;
mod protocol;
mod proxy;
mod proxy_group;
mod service;
mod source_map;
mod substituted;
mod versions;
mod ways;

pub use manifest::Manifest;
pub use source_map::{Links, Written};

use crate::api::{Defaults, DefaultsOf, Entries, Entry, Profile, ProfileSpec, Setting, Spec, Stub};
use crate::build::{Build, PatchOf};
use crate::krm::{Annotations, FieldPath, Finding, Findings, Object, ResourceRef, Slot};
use crate::rule::rules;
use crate::yaml::{Packer, Span};
use around::Around;
use budget::Budget;
use claims::Claims;
use context::Context;
use layers::Layers;

/// An object that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The object.
    pub manifest: Manifest,
    /// The number of its stub.
    pub stub: usize,
    /// Where the key of its entry is written.
    pub key: Span,
}

/// A Service that gets annotations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotated {
    /// Which Service.
    pub reference: ResourceRef,
    /// The document that is edited: that of the Service, or of the HelmRelease whose chart makes it.
    pub document: Span,
    /// Where the object that is edited stands in the document.
    pub node: Span,
    /// The annotations.
    pub annotations: Annotations,
    /// Which patch of the HelmRelease sets them; nothing where the Service itself is edited.
    pub patch: Option<PatchOf>,
    /// The number of the stub.
    pub stub: usize,
    /// Where the key of the entry is written.
    pub key: Span,
    /// What the annotations were made from.
    pub links: Links,
}

impl Annotated {
    /// Returns a text that nothing else has that gets annotations.
    #[must_use]
    pub fn identity(&self) -> String {
        self.patch.as_ref().map_or_else(|| self.reference.identity(), PatchOf::identity)
    }
}

/// A tailnet name that an entry claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The name.
    pub name: String,
    /// Where it is written.
    pub span: Span,
    /// The number of the stub.
    pub stub: usize,
}

/// What stubs become.
#[derive(Debug, Default)]
pub struct Expansion {
    /// The objects, in the order of the stubs, sections and entries.
    pub generated: Vec<Generated>,
    /// The Services of the build that change.
    pub annotated: Vec<Annotated>,
    /// The tailnet names that are claimed, where there are other builds.
    pub claimed: Vec<Claimed>,
    /// What was found.
    pub findings: Findings,
}

/// A stub, and what holds for it.
#[derive(Debug, Clone, Copy)]
pub struct Governed<'a> {
    /// The stub.
    pub stub: &'a Stub,
    /// The profile that governs it.
    pub profile: Option<&'a Profile>,
    /// Whether something that may govern it, too, cannot be read: then nothing of it is expanded.
    pub held: bool,
    /// Whether it has an error that is not found here, as one in another of its builds: it is expanded, and
    /// what an earlier run made of it stays.
    pub faulty: bool,
}

impl<'a> Governed<'a> {
    fn profile_spec(&self) -> Option<&'a ProfileSpec> {
        self.profile.map(|profile| &profile.spec)
    }

    /// Returns whether anything of it is expanded.
    ///
    /// A fault in defaults, its own or a profile's, stops all of it; objects of a stub without a name
    /// would have no owner.
    #[must_use]
    pub fn is_expanded(&self) -> bool {
        !self.held
            && self.stub.sound_defaults
            && self.profile.is_none_or(|profile| profile.sound_defaults)
            && !self.stub.reference.name.is_empty()
    }
}

/// An object of an earlier run that is kept because of an error.
#[derive(Debug, Clone)]
pub struct Kept<'s> {
    /// The object.
    pub object: Object<'s>,
    /// The patch of it that is kept, if it is a HelmRelease, and the Service that has it.
    pub patch: Option<(Slot, ResourceRef)>,
    /// The numbers of the stubs that may have made it, if that is known: no other may make it anew.
    pub stubs: Vec<usize>,
}

/// The kinds that expansion asks about: those that the operator exposes, and what they may refer to.
pub const ASKED: &[&str] =
    &["Connector", "EndpointSlice", "HelmRelease", "Ingress", "ProxyClass", "ProxyGroup", "Service"];

/// Expands stubs; what is `kept` of earlier runs has its names.
#[must_use]
pub fn expand(stubs: &[Governed<'_>], build: &Build<'_>, kept: &[Kept<'_>]) -> Expansion {
    let mut run = Run {
        build,
        around: Around::gather(stubs, build, kept),
        claims: Claims::default(),
        budget: Budget::of(stubs.iter().map(|governed| count(&governed.stub.spec)).sum()),
        expansion: Expansion::default(),
        links: Links::default(),
        packer: Packer::default(),
    };
    let mut last: Option<&Profile> = None;
    for (number, governed) in stubs.iter().enumerate().filter(|(_, governed)| governed.is_expanded()) {
        // Of a profile it is told once; most stubs have that of their neighbour.
        let other = governed.profile.filter(|profile| !last.is_some_and(|last| std::ptr::eq(last, *profile)));
        if let Some(profile) = other {
            run.expansion.findings.extend(versions::of_profile(profile, governed.stub));
            last = Some(profile);
        }
        // The errors themselves say why nothing is expanded of the others.
        run.stub(number, governed);
    }
    let Run { around, mut claims, mut expansion, .. } = run;
    expansion.findings.extend(claims.answers(|name| around.tailscale_service(name)));
    expansion
}

/// A run over all stubs.
struct Run<'a, 's> {
    build: &'a Build<'s>,
    around: Around,
    claims: Claims<'a>,
    budget: Budget,
    expansion: Expansion,
    links: Links,
    packer: Packer,
}

impl<'a, 's> Run<'a, 's> {
    fn stub(&mut self, number: usize, stub: &Governed<'a>) {
        let spec = &stub.stub.spec;
        self.section(number, stub, "ingress", &spec.ingress, |defaults| &defaults.ingress, ingress::expand);
        self.section(
            number,
            stub,
            "loadBalancer",
            &spec.load_balancer,
            |defaults| &defaults.load_balancer,
            load_balancer::expand,
        );
        self.section(number, stub, "annotate", &spec.annotate, |defaults| &defaults.annotate, annotate::expand);
        self.section(number, stub, "egress", &spec.egress, |defaults| &defaults.egress, egress::expand);
        self.section(number, stub, "outside", &spec.outside, |defaults| &defaults.outside, outside::expand);
        self.groups(number, stub, "apiServer", &spec.api_server, proxy_group::expand_api_server);
        self.groups(number, stub, "proxyGroup", &spec.proxy_group, proxy_group::expand);
        self.groups(number, stub, "connector", &spec.connector, connector::expand);
        let Governed { stub, .. } = stub;
        if stub.sound && count(spec) == 0 {
            let finding = Finding::of(rules::NOTHING_EXPOSED, "the stub exposes nothing").at(stub.name_span);
            let help = "write an entry in one of ingress, loadBalancer, annotate, apiServer, proxyGroup, egress, connector, outside";
            let finding = finding.path(FieldPath::from(["spec"])).about(stub.reference.clone());
            self.expansion.findings.push(finding.help(help));
        }
    }

    fn section<E: 'a>(
        &mut self,
        number: usize,
        stub: &Governed<'a>,
        section: &'static str,
        entries: &'a Setting<Entries<E>>,
        defaults: impl Fn(&'a Defaults) -> &'a Setting<DefaultsOf<E>>,
        expand: impl Fn(&mut Context<'_, 'a, 's>, &Layers<'a, E>) -> Option<()>,
    ) {
        let tops = tops(stub);
        let sections = tops.map(|top| Some(&defaults(top?).get()?.value.0));
        self.entries(number, stub, section, entries, |context, entry| {
            expand(context, &Layers { entry, sections, tops })
        });
    }

    fn groups<E: 'a>(
        &mut self,
        number: usize,
        stub: &Governed<'a>,
        section: &'static str,
        entries: &'a Setting<Entries<E>>,
        expand: impl Fn(&mut Context<'_, 'a, 's>, &Layers<'a, E>) -> Option<()>,
    ) {
        let tops = tops(stub);
        self.entries(number, stub, section, entries, |context, entry| {
            expand(context, &Layers { entry, sections: [None, None], tops })
        });
    }

    fn entries<E: 'a>(
        &mut self,
        number: usize,
        stub: &Governed<'a>,
        section: &'static str,
        entries: &'a Setting<Entries<E>>,
        expand: impl Fn(&mut Context<'_, 'a, 's>, &'a E) -> Option<()>,
    ) {
        let entries: &[Entry<E>] = entries.get().map_or(&[], |entries| &entries.value.0);
        for Entry { key, value, .. } in entries.iter().filter(|entry| entry.sound) {
            self.links.clear();
            let mut context = Context {
                number,
                stub: stub.stub,
                section,
                key,
                profile: stub.profile_spec(),
                governing: stub.profile,
                build: self.build,
                around: &self.around,
                claims: &mut self.claims,
                budget: &mut self.budget,
                expansion: &mut self.expansion,
                links: &mut self.links,
                packer: &mut self.packer,
            };
            let before = context.expansion.findings.len();
            if let Some(why) = context.budget.exhausted(before) {
                context.too_much(rules::INVALID_TEXT, why);
                context.expansion.findings.block_after(before);
                continue;
            }
            if expand(&mut context, value).is_none() && !context.expansion.findings.block_after(before) {
                // Nothing may be left out in silence, not even by a fault of ours.
                let message = "cannot be expanded, and the reason is missing: this is a fault of tailscale-expose";
                let path = context.entry_path();
                context.report(Finding::of(rules::NOT_EXPANDED, message).at(key.span).path(path));
            }
        }
    }
}

fn tops<'a>(stub: &Governed<'a>) -> [Option<&'a Defaults>; 2] {
    let profile = stub.profile_spec().and_then(|profile| profile.defaults.get());
    [stub.stub.spec.defaults.get().map(|defaults| &defaults.value), profile.map(|defaults| &defaults.value)]
}

/// Returns how many entries there are.
fn count(spec: &Spec) -> usize {
    fn of<E>(entries: &Setting<Entries<E>>) -> usize {
        entries.get().map_or(0, |entries| entries.value.0.len())
    }
    of(&spec.ingress)
        + of(&spec.load_balancer)
        + of(&spec.annotate)
        + of(&spec.egress)
        + of(&spec.outside)
        + of(&spec.api_server)
        + of(&spec.proxy_group)
        + of(&spec.connector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_operator_exposes_is_asked_about() {
        assert!(crate::operator::KINDS.iter().all(|kind| ASKED.contains(kind)));
    }
}
