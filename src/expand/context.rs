//! What the expansion of one entry may ask and tell.

use std::collections::BTreeMap;

use serde::Serialize;

use super::claims::{ALL_TAILNETS, Claim, Claims};
use super::layers::{Picked, path_of};
use super::manifest::Manifest;
use super::{Build, Expansion, Format, Generated};
use crate::api::{ProfileSpec, ProxyGroupType, Setting, Spanned, Stub, Templated};
use crate::krm::{FieldPath, Finding, ResourceRef};
use crate::tailscale::{Feature, Label};
use crate::yaml::{Node, Span, emit};

/// The entry that is being expanded, and the run around it.
pub(super) struct Context<'r, 'a, 's> {
    pub(super) number: usize,
    pub(super) stub: &'a Stub,
    pub(super) section: &'static str,
    pub(super) key: &'a Spanned<Box<str>>,
    pub(super) profile: Option<&'a ProfileSpec>,
    pub(super) build: &'a Build<'s>,
    pub(super) format: Format,
    pub(super) stubs: &'a [Stub],
    pub(super) groups: &'r Groups,
    pub(super) claims: &'r mut Claims<'a>,
    pub(super) expansion: &'r mut Expansion,
    /// Where manifests are written before they are kept, so that each takes just its own length.
    pub(super) buffer: &'r mut String,
}

impl<'a> Context<'_, 'a, '_> {
    /// Returns the path of the entry.
    pub(super) fn entry_path(&self) -> FieldPath {
        path_of(0, self.section, &self.key.value)
    }

    /// Returns the path of a field of the entry.
    pub(super) fn path(&self, field: &str) -> FieldPath {
        self.entry_path().key(field)
    }

    /// Returns the path of a field in the layer that it was picked from.
    pub(super) fn path_in(&self, layer: usize, field: &str) -> FieldPath {
        path_of(layer, self.section, &self.key.value).key(field)
    }

    /// Adds a finding about the entry.
    pub(super) fn report(&mut self, finding: Finding) {
        let object = finding.object.clone().unwrap_or_else(|| self.stub.reference.clone());
        self.expansion.findings.push(finding.about(object));
    }

    /// Reports a fault of a picked value.
    pub(super) fn fault<T>(
        &mut self,
        rule: &'static str,
        field: &str,
        picked: &Picked<'_, T>,
        message: impl Into<String>,
    ) {
        let path = self.path_in(picked.layer, field);
        self.report(Finding::error(rule, message).at(picked.span).path(path));
    }

    /// Refuses a field that does nothing on a ProxyGroup.
    pub(super) fn standalone_only<T>(
        &mut self,
        field: &str,
        picked: Option<&Picked<'_, T>>,
        group: &Picked<'_, Templated<Label>>,
    ) -> bool {
        let Some(picked) = picked else { return true };
        let path = self.path_in(picked.layer, field);
        let message = format!("`{field}` must not be set on a ProxyGroup: only a standalone proxy serves it");
        let mut finding = Finding::error("standalone-only", message).at(picked.span).path(path);
        finding = finding.related(group.span, "served by this ProxyGroup");
        if !picked.is_written() {
            finding = finding
                .related(self.key.span, "by this entry")
                .help(format!("clear it in the entry: `{field}: false`"));
        }
        self.report(finding);
        false
    }

    /// Refuses a field of the entry that does nothing where it is written.
    pub(super) fn unused<T>(&mut self, field: &str, written: Option<&Spanned<T>>, why: &str) -> bool {
        let Some(written) = written else { return true };
        let path = self.path(field);
        self.report(Finding::error("unused-field", format!("must not be set: {why}")).at(written.span).path(path));
        false
    }

    /// Reports a feature that is newer than the operator.
    pub(super) fn needs(&mut self, feature: Feature, field: &str, span: Span) {
        let version =
            self.profile.and_then(|profile| profile.operator.get()?.value.version.get()?.value.known().copied());
        if let Some(version) = version.filter(|version| *version < feature.since()) {
            let message = format!("{feature} needs operator {}, the profile says {version}", feature.since());
            let path = if field.is_empty() { self.entry_path() } else { self.path(field) };
            let help = "upgrade the operator, or leave it out";
            self.report(Finding::error("operator-too-old", message).at(span).path(path).help(help));
        }
    }

    /// Claims a tailnet name; a name that is taken is reported.
    pub(super) fn claim(&mut self, tailnet: &str, name: &str, span: Span) -> bool {
        let claim = self.as_claim(span);
        let Some(earlier) = self.claims.take(["tailnet", tailnet, name], claim) else { return true };
        let owner = format!("{} {} of stub {}", earlier.section, earlier.key, earlier.stub);
        let everywhere = if tailnet == ALL_TAILNETS {
            "; the operator compares Ingresses on ProxyGroups whatever their tailnet"
        } else {
            ""
        };
        let message = format!("the tailnet name \"{name}\" is already claimed by {owner}{everywhere}");
        let finding = Finding::error("duplicate-hostname", message).at(span).path(self.path("hostname"));
        self.report(finding.related(earlier.span, "first claimed here").help("give one of them another `hostname`"));
        false
    }

    fn as_claim(&self, span: Span) -> Claim<'a> {
        Claim { section: self.section, key: &self.key.value, stub: &self.stub.reference.name, span }
    }

    /// Adds a manifest, unless its place is taken.
    pub(super) fn make<S: Serialize>(&mut self, reference: ResourceRef, manifest: &Manifest<S>) -> Option<()> {
        let claim = self.as_claim(self.key.span);
        if let Some(earlier) = self.claims.take([&reference.kind, &reference.namespace, &reference.name], claim) {
            let message = format!("{reference} is made twice");
            let finding = Finding::error("duplicate-object", message).at(self.key.span).path(self.path("name"));
            let finding = finding.related(earlier.span, "first made by this entry");
            self.report(finding.help("give one of them another `name`"));
            return None;
        }
        let own = |name: &str| self.stubs.iter().any(|stub| stub.provenance() == name);
        if let Some(known) = self.build.get(&reference).filter(|known| !known.stub.is_some_and(own)) {
            let by = known.stub.map_or_else(
                || "not generated".to_owned(),
                |stub| format!("generated by stub \"{stub}\", which is not here"),
            );
            let message = format!("the build already has a {reference} that was {by}");
            let finding = Finding::error("foreign-object", message).at(self.key.span).path(self.path("name"));
            let finding = finding.related(known.object.node.span.head(), "it is here");
            self.report(finding.help("give the entry another `name`, or delete the manifest"));
            return None;
        }
        self.buffer.clear();
        let written = match self.format {
            Format::Yaml => emit(self.buffer, manifest).map_err(|error| error.to_string()),
            Format::Json => {
                serde_json::to_string(manifest).map(|json| *self.buffer = json).map_err(|error| error.to_string())
            }
        };
        if let Err(error) = written {
            self.report(Finding::error("invalid-text", format!("cannot be written: {error}")).at(self.key.span));
            return None;
        }
        self.expansion.generated.push(Generated {
            reference,
            text: self.buffer.clone(),
            stub: self.number,
            span: self.key.span,
        });
        Some(())
    }

    /// Checks the ProxyGroup that an entry names, and returns its tailnet.
    pub(super) fn proxy_group(
        &mut self,
        picked: &Picked<'_, Templated<Label>>,
        want: ProxyGroupType,
    ) -> Option<String> {
        let feature = match want {
            ProxyGroupType::Ingress => Feature::IngressProxyGroup,
            ProxyGroupType::Egress => Feature::EgressProxyGroup,
        };
        self.needs(feature, "proxyGroup", picked.span);
        let Some(name) = picked.value.known() else { return Some(String::new()) };
        let Some(group) = self.groups.0.get(name.as_str()) else {
            if self.is_complete() {
                let path = self.path_in(picked.layer, "proxyGroup");
                let message = format!("ProxyGroup \"{name}\" is neither in the build nor known to the profile");
                let help =
                    "check the name; if another repository provides it, add it to the profile's `known.proxyGroups`";
                self.report(Finding::error("dangling-proxy-group", message).at(picked.span).path(path).help(help));
            }
            return Some(String::new());
        };
        match &group.kind {
            Some(kind) if kind != want.as_str() => {
                let message = format!("ProxyGroup \"{name}\" must be of type `{want}`, is of type `{kind}`");
                self.fault("proxy-group-type", "proxyGroup", picked, message);
                None
            }
            _ => Some(group.tailnet.clone()),
        }
    }

    /// Checks the ProxyClass that an entry names.
    pub(super) fn proxy_class<T: std::fmt::Display>(&mut self, picked: &Picked<'_, Templated<T>>) {
        let Some(name) = picked.value.known().map(ToString::to_string) else { return };
        let in_build = self.build.of_kind("tailscale.com", "ProxyClass").any(|class| class.metadata("name") == name);
        let known = self.profile.and_then(|profile| profile.known.get()?.value.proxy_classes.get());
        let is_known = known.is_some_and(|known| known.value.0.iter().any(|class| class.value.0.as_ref() == name));
        if self.is_complete() && !in_build && !is_known {
            let path = self.path_in(picked.layer, "proxyClass");
            let message = format!("ProxyClass \"{name}\" is neither in the build nor known to the profile");
            let help =
                "check the name; if another repository provides it, add it to the profile's `known.proxyClasses`";
            self.report(Finding::error("dangling-proxy-class", message).at(picked.span).path(path).help(help));
        }
    }

    /// Returns whether the profile says that everything is in this build.
    pub(super) fn is_complete(&self) -> bool {
        let complete = self.profile.and_then(|profile| profile.complete.get());
        complete.is_some_and(|complete| complete.value == Templated::Known(true))
    }
}

/// What is known of the ProxyGroups, by name.
#[derive(Debug, Default)]
pub(super) struct Groups(BTreeMap<String, Group>);

/// What is known of a ProxyGroup.
#[derive(Debug, Default)]
struct Group {
    kind: Option<String>,
    tailnet: String,
}

impl Groups {
    /// Collects the ProxyGroups of the profile, the build and the stubs; the later knows better.
    pub(super) fn collect(stubs: &[Stub], profile: Option<&ProfileSpec>, build: &Build<'_>) -> Self {
        fn text<T: std::fmt::Display>(setting: &Setting<Templated<T>>) -> Option<String> {
            setting.get()?.value.known().map(ToString::to_string)
        }
        let mut groups = BTreeMap::new();
        let known = profile.and_then(|profile| profile.known.get()?.value.proxy_groups.get());
        for entry in known.map_or(&[][..], |known| &known.value.0) {
            let tailnet = text(&entry.value.tailnet).unwrap_or_default();
            groups.insert(entry.key.value.to_string(), Group { kind: text(&entry.value.kind), tailnet });
        }
        for object in build.of_kind("tailscale.com", "ProxyGroup") {
            let field = |field: &str| object.node.get("spec")?.get(field).and_then(Node::text).map(str::to_owned);
            let group = Group { kind: field("type"), tailnet: field("tailnet").unwrap_or_default() };
            groups.insert(object.metadata("name").to_owned(), group);
        }
        for stub in stubs {
            for entry in stub.spec.proxy_group.get().map_or(&[][..], |entries| &entries.value.0) {
                let name = text(&entry.value.name).unwrap_or_else(|| entry.key.value.to_string());
                let tailnet = text(&entry.value.tailnet).unwrap_or_default();
                groups.insert(name, Group { kind: text(&entry.value.kind), tailnet });
            }
            for entry in stub.spec.api_server.get().map_or(&[][..], |entries| &entries.value.0) {
                let name = text(&entry.value.name).unwrap_or_else(|| entry.key.value.to_string());
                let tailnet = text(&entry.value.tailnet).unwrap_or_default();
                groups.insert(name, Group { kind: Some("kube-apiserver".to_owned()), tailnet });
            }
        }
        Self(groups)
    }
}
