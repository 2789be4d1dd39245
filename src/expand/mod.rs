//! Expansion: from stubs, a profile and the build to manifests.
//!
//! Pure, and in one direction: what is written (`api`) becomes what is meant. A bad entry costs only
//! itself. Nothing here knows files, functions or hosts, and no manifest of the build is judged
//! except where an entry names it.

mod annotate;
mod around;
mod build;
mod claims;
mod context;
mod egress;
mod ingress;
mod keys;
mod layers;
mod load_balancer;
mod manifest;
mod metadata;
mod proxy_group;
mod service;

pub use build::{Build, Known, Port, Service};

use crate::api::{Defaults, DefaultsOf, Entries, Entry, Profile, ProfileSpec, Setting, Spec, Stub};
use crate::krm::{Annotations, FieldPath, Finding, Findings, ResourceRef};
use crate::yaml::Span;
use around::Around;
use claims::Claims;
use context::Context;
use layers::Layers;

/// How manifests are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// As YAML.
    Yaml,
    /// As JSON on one line.
    Json,
}

/// An object that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// Which object.
    pub reference: ResourceRef,
    /// The manifest.
    pub text: String,
    /// The number of its stub.
    pub stub: usize,
    /// Where its entry's key is written.
    pub span: Span,
}

/// A Service of the build that gets annotations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotated {
    /// Which Service.
    pub reference: ResourceRef,
    /// Its document.
    pub document: Span,
    /// The annotations.
    pub annotations: Annotations,
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
    /// What was found.
    pub findings: Findings,
}

/// Expands stubs.
#[must_use]
pub fn expand(stubs: &[Stub], profile: Option<&Profile>, build: &Build<'_>, format: Format) -> Expansion {
    let spec = profile.map(|profile| &profile.spec);
    let mut run = Run {
        profile: spec,
        build,
        format,
        around: Around::gather(stubs, spec, build),
        claims: Claims::default(),
        expansion: Expansion::default(),
        buffer: String::new(),
    };
    let sound_profile = profile.is_none_or(|profile| profile.sound_defaults);
    for (number, stub) in stubs.iter().enumerate() {
        // The errors themselves say that nothing is expanded; objects of a stub without a name would
        // have no owner.
        if stub.sound_defaults && sound_profile && !stub.reference.name.is_empty() {
            run.stub(number, stub);
        }
    }
    run.expansion
}

/// A run over all stubs.
struct Run<'a, 's> {
    profile: Option<&'a ProfileSpec>,
    build: &'a Build<'s>,
    format: Format,
    around: Around,
    claims: Claims<'a>,
    expansion: Expansion,
    buffer: String,
}

impl<'a, 's> Run<'a, 's> {
    fn stub(&mut self, number: usize, stub: &'a Stub) {
        let spec = &stub.spec;
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
        self.groups(number, stub, "apiServer", &spec.api_server, proxy_group::expand_api_server);
        self.groups(number, stub, "proxyGroup", &spec.proxy_group, proxy_group::expand);
        if stub.sound && is_empty(spec) {
            let finding = Finding::warning("nothing-exposed", "the stub exposes nothing").at(stub.name_span);
            let help = "write an entry in one of ingress, loadBalancer, annotate, apiServer, proxyGroup, egress";
            let finding = finding.path(FieldPath::from(["spec"])).about(stub.reference.clone());
            self.expansion.findings.push(finding.help(help));
        }
    }

    fn section<E: 'a>(
        &mut self,
        number: usize,
        stub: &'a Stub,
        section: &'static str,
        entries: &'a Setting<Entries<E>>,
        defaults: impl Fn(&'a Defaults) -> &'a Setting<DefaultsOf<E>>,
        expand: impl Fn(&mut Context<'_, 'a, 's>, &Layers<'a, E>) -> Option<()>,
    ) {
        let tops = self.tops(stub);
        let sections = tops.map(|top| Some(&defaults(top?).get()?.value.0));
        self.entries(number, stub, section, entries, |context, entry| {
            expand(context, &Layers { entry, sections, tops })
        });
    }

    fn groups<E: 'a>(
        &mut self,
        number: usize,
        stub: &'a Stub,
        section: &'static str,
        entries: &'a Setting<Entries<E>>,
        expand: impl Fn(&mut Context<'_, 'a, 's>, &Layers<'a, E>) -> Option<()>,
    ) {
        let tops = self.tops(stub);
        self.entries(number, stub, section, entries, |context, entry| {
            expand(context, &Layers { entry, sections: [None, None], tops })
        });
    }

    fn entries<E: 'a>(
        &mut self,
        number: usize,
        stub: &'a Stub,
        section: &'static str,
        entries: &'a Setting<Entries<E>>,
        expand: impl Fn(&mut Context<'_, 'a, 's>, &'a E) -> Option<()>,
    ) {
        let entries: &[Entry<E>] = entries.get().map_or(&[], |entries| &entries.value.0);
        for Entry { key, value, .. } in entries.iter().filter(|entry| entry.sound) {
            let mut context = Context {
                number,
                stub,
                section,
                key,
                profile: self.profile,
                build: self.build,
                format: self.format,
                around: &self.around,
                claims: &mut self.claims,
                expansion: &mut self.expansion,
                buffer: &mut self.buffer,
            };
            let before = context.expansion.findings.len();
            if expand(&mut context, value).is_none() && !context.expansion.findings.block_after(before) {
                // Nothing may be left out in silence, not even by a fault of ours.
                let message = "cannot be expanded, and the reason is missing: this is a fault of tailscale-expose";
                let path = context.entry_path();
                context.report(Finding::error("not-expanded", message).at(key.span).path(path));
            }
        }
    }

    fn tops(&self, stub: &'a Stub) -> [Option<&'a Defaults>; 2] {
        let profile = self.profile.and_then(|profile| profile.defaults.get());
        [stub.spec.defaults.get().map(|defaults| &defaults.value), profile.map(|defaults| &defaults.value)]
    }
}

fn is_empty(spec: &Spec) -> bool {
    fn none<E>(entries: &Setting<Entries<E>>) -> bool {
        entries.get().is_none_or(|entries| entries.value.0.is_empty())
    }
    none(&spec.ingress)
        && none(&spec.load_balancer)
        && none(&spec.annotate)
        && none(&spec.egress)
        && none(&spec.api_server)
        && none(&spec.proxy_group)
}
