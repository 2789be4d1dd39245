//! Places: where the annotations of an `annotate` entry are written.
//!
//! A Service of the build gets them itself. One that a chart makes gets them from a patch in the HelmRelease,
//! and nothing is known of it but its name: never is a Service made up that only looks like it.

use super::context::Context;
use super::layers::{At, Picked};
use crate::api::{Qualified, Target, Templated, has_placeholder};
use crate::build::{Patch, PatchOf, Release, Service, service_ref};
use crate::krm::{Finding, Object, ResourceRef};
use crate::rule::rules;
use crate::tailscale::Label;

/// Where annotations are written.
pub(super) struct Place<'s> {
    /// The Service that has them in the end.
    pub(super) reference: ResourceRef,
    /// What is edited: the Service, or the HelmRelease.
    pub(super) object: Object<'s>,
    /// Which patch of the HelmRelease.
    pub(super) patch: Option<PatchOf>,
    before: Option<Patch<'s>>,
}

impl<'s> Place<'s> {
    /// Finds the Service of the build that an entry names.
    pub(super) fn of_service(
        context: &mut Context<'_, '_, 's>,
        namespace: &str,
        target: &Target,
        at: At<'_>,
        group: Option<&Picked<'_, Templated<Label>>>,
    ) -> Option<Self> {
        let path = context.path_at(at);
        let Some(service) = context.find_service(namespace, &target.service) else {
            let is_visible = context.build.visible;
            let (rule, why) = if is_visible {
                (rules::DANGLING_SERVICE, "is not in the build: only a Service of the build can be annotated")
            } else {
                (rules::BUILD_NOT_VISIBLE, NOT_VISIBLE)
            };
            let finding = Finding::of(rule, format!("Service \"{target}\" {why}")).at(at.span).path(path);
            let help = if is_visible { missing(context, namespace, target) } else { TRANSFORM.to_owned() };
            context.report(finding.help(help));
            return None;
        };
        let (object, reference) = (service.object, service.object.reference());
        if service.is_headless() || service.unquoted_name().is_some() {
            context.servable(service, at);
            return None;
        }
        if group.is_some() && service.is_type("ExternalName") {
            let message = format!("{reference} is of type ExternalName: only a standalone proxy exposes one");
            let finding = Finding::of(rules::STANDALONE_ONLY, message).at(at.span).path(path);
            context.report(finding.related(object.node.span.head(), "this Service"));
            return None;
        }
        Some(Self { reference, object, patch: None, before: None })
    }

    /// Finds the HelmRelease that an entry names; `is_said` says that the entry itself says the namespace of
    /// the Service.
    pub(super) fn of_release(
        context: &mut Context<'_, '_, 's>,
        namespace: &str,
        is_said: bool,
        target: &Target,
        release: &Picked<'_, Qualified>,
    ) -> Option<Self> {
        let path = context.path_in(release.layer, "helmRelease");
        let name = release.value.name.to_string();
        let lives_in = release.value.namespace.as_ref().map_or_else(|| namespace.to_owned(), ToString::to_string);
        let Some(found) = context.build.release(&lives_in, &name) else {
            let (rule, why) = if context.build.visible {
                (rules::DANGLING_HELM_RELEASE, "is not in the build: only a HelmRelease of the build can be patched")
            } else {
                (rules::BUILD_NOT_VISIBLE, NOT_VISIBLE)
            };
            let shown = if lives_in.is_empty() { name } else { format!("{lives_in}/{name}") };
            let finding = Finding::of(rule, format!("HelmRelease \"{shown}\" {why}")).at(release.span).path(path);
            let help = if context.build.visible { other(context, release.value) } else { TRANSFORM.to_owned() };
            context.report(finding.help(help));
            return None;
        };
        let installed = found.namespace();
        let is_elsewhere = is_said
            && !has_placeholder(namespace)
            && !has_placeholder(installed)
            && ![namespace, installed].contains(&"")
            && namespace != installed;
        let lives_in = if is_said || installed.is_empty() { namespace } else { installed };
        let reference = service_ref(lives_in, &target.service.to_string());
        let shown = context.find_service(lives_in, &target.service).filter(|service| is_in(*service, lives_in));
        if let Some(service) = shown {
            let message = format!("must not be set: {reference} is in the build, and no chart makes it");
            let finding = Finding::of(rules::UNUSED_FIELD, message).at(release.span).path(path);
            let finding = finding.related(service.object.node.span.head(), "this Service");
            context.report(finding.help("leave it out"));
            return None;
        }
        let patch = PatchOf {
            release: found.object.reference(),
            service: reference.clone(),
            // The objects of a chart seldom say a namespace before Helm sets it; only one that is none of the
            // release's must be said.
            namespace: if is_elsewhere { namespace.to_owned() } else { String::new() },
        };
        let before = found.patches().find(|before| before.of.identity() == patch.identity());
        Some(Self { reference, object: found.object, patch: Some(patch), before })
    }

    /// Returns what is known of the Service before this run: the Service, or what the patch says of it.
    pub(super) fn before(&self) -> Option<Object<'_>> {
        match (&self.patch, &self.before) {
            (None, _) => Some(self.object),
            (Some(_), before) => before.as_ref().map(Patch::service),
        }
    }

    /// Returns what is edited, as a message calls it.
    pub(super) fn word(&self) -> &'static str {
        if self.patch.is_some() { "HelmRelease" } else { "Service" }
    }
}

/// Why an entry cannot be expanded by a generator.
const NOT_VISIBLE: &str = "is not visible to a generator: `annotate` needs the manifests of the build";

/// What to do instead of calling a generator.
const TRANSFORM: &str = "list the stub under `resources`, and the component that `tailscale-expose init --component` \
                         writes under `components`; or write a `loadBalancer` entry";

/// Whether a Service of the build says a namespace, and this one.
fn is_in(service: Service<'_>, namespace: &str) -> bool {
    !namespace.is_empty() && service.object.metadata("namespace") == namespace
}

/// Says what to do about a Service that is not in the build: what most likely makes it.
fn missing(context: &Context<'_, '_, '_>, namespace: &str, target: &Target) -> String {
    let (name, key) = (target.service.to_string(), &*context.key.value);
    let mut here: Vec<Release<'_>> =
        context.build.releases().filter(|release| !namespace.is_empty() && release.namespace() == namespace).collect();
    let called = |release: &Release<'_>| release.object.metadata("name").to_owned();
    // A chart calls its Services after the release, with more behind it or not.
    here.sort_by_key(|release| {
        let release = called(release);
        (release != name, release != key, !name.starts_with(&release), release)
    });
    match here.first() {
        Some(release) => {
            let lives_in = release.object.metadata("namespace");
            let release = called(release);
            let release = if lives_in == namespace { release } else { format!("{lives_in}/{release}") };
            format!(
                "if a chart makes it, write `helmRelease`, such as helmRelease: {release}; else render the stub \
                 together with the Service"
            )
        }
        None => "render the stub together with the Service; if a chart makes it, write `helmRelease`, with the \
                 HelmRelease in the build; if an operator does, write the annotations into its custom resource, or a \
                 `loadBalancer` entry with a `selector`"
            .to_owned(),
    }
}

/// Says what to do about a HelmRelease that is not in the build.
fn other(context: &Context<'_, '_, '_>, wanted: &Qualified) -> String {
    let name = wanted.name.to_string();
    let same = context.build.releases().find(|release| release.object.metadata("name") == name);
    match same.map(|release| release.object.metadata("namespace")).filter(|namespace| !namespace.is_empty()) {
        Some(namespace) => format!("did you mean \"{namespace}/{name}\"?"),
        None => {
            "render the stub together with the HelmRelease, or write a `loadBalancer` entry with a `selector`; what \
                 is no HelmRelease of Flux is not patched: write the annotations into the values of the chart"
                .to_owned()
        }
    }
}
