//! What the expansion of one entry may ask and tell.

use super::around::Around;
use super::budget::Budget;
use super::claims::{ALL_SERVICES, ALL_TAILNETS, Claim, Claims};
use super::layers::{At, Picked, path_of};
use super::manifest::{Fields, Manifest, Texts};
use super::names::TailnetName;
use super::source_map::Links;
use super::ways::Way;
use super::{Claimed, Expansion, Generated};
use crate::api::{List, Profile, ProfileSpec, ProxyGroupType, Spanned, Stub, Switch, Templated};
use crate::build::Build;
use crate::krm::{FieldPath, Finding, ResourceRef};
use crate::rule::{Rule, rules};
use crate::tailscale::{Feature, Label, Tag};
use crate::yaml::{Packer, Span};

/// The entry that is being expanded, and the run around it.
pub(super) struct Context<'r, 'a, 's> {
    pub(super) number: usize,
    pub(super) stub: &'a Stub,
    pub(super) section: &'static str,
    pub(super) key: &'a Spanned<Box<str>>,
    pub(super) profile: Option<&'a ProfileSpec>,
    /// The whole profile, which knows where it is written.
    pub(super) governing: Option<&'a Profile>,
    pub(super) build: &'a Build<'s>,
    pub(super) around: &'r Around,
    pub(super) claims: &'r mut Claims<'a>,
    pub(super) budget: &'r mut Budget,
    pub(super) expansion: &'r mut Expansion,
    /// What the entry's object has been made from so far.
    pub(super) links: &'r mut Links,
    /// Where objects are put together before they are kept.
    pub(super) packer: &'r mut Packer,
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

    /// Returns the path of a field in the layer that has it.
    pub(super) fn path_at(&self, at: At<'_>) -> FieldPath {
        self.path_in(at.layer, at.field)
    }

    /// Notes what a field of the object is made from.
    pub(super) fn trace(&mut self, way: Way, place: (usize, Span)) {
        self.trace_item(way, 0, place);
    }

    /// Notes what an item of the object is made from, by its number.
    pub(super) fn trace_item(&mut self, way: Way, number: usize, place: (usize, Span)) {
        self.links.note(way, number, place);
    }

    /// Adds a finding about the entry, or about what governs it.
    pub(super) fn report(&mut self, finding: Finding) {
        let finding = self.addressed(finding);
        self.expansion.findings.push(finding);
    }

    /// Says whom a finding is about: what is no field of the entry, and written in a profile, is the profile's, and
    /// counts for the stub.
    pub(super) fn addressed(&self, finding: Finding) -> Finding {
        let stub = self.stub.reference.clone();
        let entry = self.entry_path();
        let is_elsewhere = !finding.path.is_empty() && !finding.path.is_in(&entry);
        let profile = self.governing.filter(|_| is_elsewhere).zip(finding.span);
        match profile.and_then(|(profile, span)| profile.at(span)) {
            Some(profile) => finding.about(profile.clone()).affecting(stub, self.key.span),
            None => finding.about(stub),
        }
    }

    /// Reports a fault of a picked value.
    pub(super) fn fault<T>(
        &mut self,
        rule: &'static Rule,
        field: &str,
        picked: &Picked<'_, T>,
        message: impl Into<String>,
    ) {
        let path = self.path_in(picked.layer, field);
        self.report(Finding::of(rule, message).at(picked.span).path(path));
    }

    /// Reports a mapping whose every value is null, which is not the same as an empty one.
    pub(super) fn lists_nothing<T>(&mut self, field: &str, picked: &Picked<'_, T>, message: &str, help: &str) {
        let path = self.path_in(picked.layer, field);
        self.report(Finding::of(rules::MISSING_FIELD, message).at(picked.span).path(path).help(help));
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
        let message = match (self.section, field) {
            ("egress", "tags") => {
                "`tags` must not be set on a ProxyGroup: an egress there has no tags of its own".into()
            }
            ("egress", "hostname") => {
                "`hostname` must not be set on a ProxyGroup: an egress there has no tailnet name of its own".into()
            }
            ("outside", "host") => {
                "`host` must not be set on a ProxyGroup: the operator passes ExternalName Services over there".into()
            }
            _ => format!("`{field}` must not be set on a ProxyGroup: only a standalone proxy serves it"),
        };
        let mut finding = Finding::of(rules::STANDALONE_ONLY, message).at(picked.span).path(path);
        finding = finding.related(group.span, "served by this ProxyGroup");
        if !picked.is_written() {
            finding =
                finding.related(self.key.span, "by this entry").help(format!("clear it in the entry: {field}: false"));
        } else if (self.section, field) == ("egress", "tags") {
            finding = finding.help("write them on the ProxyGroup");
        } else if (self.section, field) == ("outside", "host") {
            finding = finding.help("give the entry a proxy of its own, without `proxyGroup`, or write `ip`");
        } else if !group.is_written() {
            finding = finding.help("give the entry a proxy of its own: proxyGroup: \"\"");
        }
        self.report(finding);
        false
    }

    /// Refuses a field of the entry that does nothing where it is written.
    pub(super) fn unused<T>(&mut self, field: &str, written: Option<&Spanned<T>>, why: &str) -> bool {
        let Some(written) = written else { return true };
        let path = self.path(field);
        self.report(Finding::of(rules::UNUSED_FIELD, format!("must not be set: {why}")).at(written.span).path(path));
        false
    }

    /// Reports that a build would become too much.
    pub(super) fn too_much(&mut self, rule: &'static Rule, why: String) {
        let finding = Finding::of(rule, why).at(self.key.span).path(self.entry_path());
        self.report(finding.help("split the stubs among builds, or write less in `defaults`"));
    }

    /// Claims a tailnet name for an object; a name that is taken is reported.
    pub(super) fn claim(&mut self, tailnet: &str, name: &str, span: Span, own: &ResourceRef) -> Option<()> {
        self.claim_by("hostname", tailnet, name, span, own)
    }

    /// Claims a tailnet name that a field says; the object itself may have it in the build.
    pub(super) fn claim_by(
        &mut self,
        field: &str,
        tailnet: &str,
        name: &str,
        span: Span,
        own: &ResourceRef,
    ) -> Option<()> {
        if tailnet.is_empty() && name == self.around.operator_name() {
            let message = format!("the tailnet name \"{name}\" is that of the operator itself");
            let finding = Finding::of(rules::RESERVED_NAME, message).at(span).path(self.path(field));
            self.report(finding.help("give the entry another name"));
            return None;
        }
        let Some((owner, first)) = self.taken(tailnet, name, span, own) else {
            if self.build.has_others && tailnet != ALL_TAILNETS {
                self.expansion.claimed.push(Claimed { name: name.to_owned(), span, stub: self.number });
            }
            return Some(());
        };
        let everywhere = if tailnet == ALL_TAILNETS {
            "; the operator compares Ingresses on ProxyGroups whatever their tailnet"
        } else {
            ""
        };
        let message = format!("the tailnet name \"{name}\" is already claimed by {owner}{everywhere}");
        let finding = Finding::of(rules::DUPLICATE_HOSTNAME, message).at(span).path(self.path(field));
        let help = match field {
            "hostname" => "give one of them another `hostname`".to_owned(),
            _ => format!("give one of them another name: here with `{field}`"),
        };
        self.report(finding.related(first, "first claimed here").help(help));
        None
    }

    /// Takes a name, and returns who has it already, and where.
    fn taken(&mut self, tailnet: &str, name: &str, span: Span, own: &ResourceRef) -> Option<(String, Span)> {
        let claim = self.as_claim(span);
        if let Some(earlier) = self.claims.take(["tailnet", tailnet, name], claim) {
            return Some((format!("{} {} of stub {}", earlier.section, earlier.key, earlier.stub), earlier.span));
        }
        let owner = self.around.owner(tailnet, name, own)?;
        let derived = if owner.derived { ", which the operator calls so" } else { "" };
        Some((format!("{} of the build{derived}", owner.reference), owner.span))
    }

    /// Claims the name of a Service on the tailnet, alone or on a ProxyGroup; older operators compare it whatever the
    /// tailnet.
    pub(super) fn claim_service(
        &mut self,
        tailnet: &str,
        is_on_group: bool,
        hostname: &TailnetName,
        own: &ResourceRef,
    ) -> Option<()> {
        self.claim(tailnet, &hostname.text, hostname.span, own)?;
        if is_on_group && tailnet.is_empty() {
            self.claims.add_service(&hostname.text, hostname.span);
        }
        if self.lacks(Feature::NamesPerTailnet).is_none() {
            return Some(());
        }
        if let Some((owner, first)) = self.taken(ALL_SERVICES, &hostname.text, hostname.span, own) {
            let words = format!("\"{}\" is also {owner}: {}", hostname.text, Feature::NamesPerTailnet.words());
            let at = At::entry("hostname", hostname.span);
            self.needs_for(Feature::NamesPerTailnet, &words, at, Some((first, "first claimed here")));
        }
        Some(())
    }

    /// Claims an object; `verb` says what the entry does with it.
    pub(super) fn claim_object(&mut self, verb: &str, reference: &ResourceRef, at: At<'_>) -> bool {
        let claim = self.as_claim(at.span);
        let kind = if verb == "made" { reference.kind.as_str() } else { verb };
        if let Some(span) = self.around.kept(reference, self.number) {
            let message = format!("{reference} is kept of another stub, which has an error");
            let finding = Finding::of(rules::DUPLICATE_OBJECT, message).at(at.span).path(self.path_at(at));
            self.report(finding.related(span, "it is here").help("mend the other stub first"));
            return false;
        }
        let Some(earlier) = self.claims.take([kind, &reference.namespace, &reference.name], claim) else {
            return true;
        };
        let message = format!("{reference} is {verb} twice");
        let finding = Finding::of(rules::DUPLICATE_OBJECT, message).at(at.span).path(self.path_at(at));
        let finding = finding.related(earlier.span, format!("first {verb} by this entry"));
        let help = if verb == "made" { "give one of them another `name`" } else { "delete one of them" };
        self.report(finding.help(help));
        false
    }

    fn as_claim(&self, span: Span) -> Claim<'a> {
        Claim { section: self.section, key: &self.key.value, stub: &self.stub.reference.name, span }
    }

    /// Adds a manifest, unless its place is taken.
    pub(super) fn make(
        &mut self,
        reference: &ResourceRef,
        labels: &Texts,
        annotations: &Texts,
        spec: &dyn Fields,
    ) -> Option<()> {
        if !self.claim_object("made", reference, At::entry("name", self.key.span)) {
            return None;
        }
        let own = |name: &str| self.around.has_stub(name);
        if let Some(known) = self.build.get(reference).filter(|known| !known.stub.is_some_and(own)) {
            let by = known.stub.map_or_else(
                || "not generated".to_owned(),
                |stub| format!("generated by stub \"{stub}\", which is not here"),
            );
            let message = format!("the build already has the {reference}, which was {by}");
            let finding = Finding::of(rules::FOREIGN_OBJECT, message).at(self.key.span).path(self.path("name"));
            let finding = finding.related(known.object.node.span.head(), "it is here");
            self.report(finding.help("give the entry another `name`, or delete the manifest"));
            return None;
        }
        let manifest = Manifest::new(reference, labels, annotations, spec, self.links, self.packer);
        if let Err(why) = self.budget.take_bytes(self.packer.most_bytes()) {
            self.too_much(rules::INVALID_TEXT, why);
            return None;
        }
        self.expansion.generated.push(Generated { manifest, stub: self.number, key: self.key.span });
        Some(())
    }

    /// Checks the ProxyGroup that an entry names, and returns its tailnet.
    pub(super) fn proxy_group(
        &mut self,
        picked: &Picked<'_, Templated<Label>>,
        want: ProxyGroupType,
        tags: Option<&Picked<'_, List<Templated<Tag>>>>,
    ) -> Option<String> {
        let feature = match want {
            ProxyGroupType::Ingress => Feature::IngressProxyGroup,
            ProxyGroupType::Egress => Feature::EgressProxyGroup,
        };
        self.needs(feature, picked.at("proxyGroup"));
        let Some(name) = picked.value.known() else { return Some(String::new()) };
        let around = self.around;
        let Some(group) = around.group(name.as_str()) else {
            if self.is_complete() {
                let path = self.path_in(picked.layer, "proxyGroup");
                let message = format!("ProxyGroup \"{name}\" is neither in the build nor known to the profile");
                let help =
                    "check the name; if another repository provides it, add it to the profile's `known.proxyGroups`";
                self.report(Finding::of(rules::DANGLING_PROXY_GROUP, message).at(picked.span).path(path).help(help));
            }
            return Some(String::new());
        };
        if want == ProxyGroupType::Ingress {
            self.approved(name.as_str(), group, picked.span, tags);
        }
        match &group.kind {
            Some(kind) if kind != want.as_str() => {
                let message = format!("ProxyGroup \"{name}\" must be of type `{want}`, is of type `{kind}`");
                self.fault(rules::PROXY_GROUP_TYPE, "proxyGroup", picked, message);
                None
            }
            _ => Some(group.tailnet.clone()),
        }
    }

    /// Checks the ProxyClass that an entry names.
    pub(super) fn proxy_class<T: std::fmt::Display>(&mut self, picked: &Picked<'_, Templated<T>>) {
        let Some(name) = picked.value.known().map(ToString::to_string) else { return };
        if self.is_complete() && !self.around.has_class(&name) {
            let path = self.path_in(picked.layer, "proxyClass");
            let message = format!("ProxyClass \"{name}\" is neither in the build nor known to the profile");
            let help =
                "check the name; if another repository provides it, add it to the profile's `known.proxyClasses`";
            self.report(Finding::of(rules::DANGLING_PROXY_CLASS, message).at(picked.span).path(path).help(help));
        }
    }

    /// Returns whether the profile says that everything is in this build.
    pub(super) fn is_complete(&self) -> bool {
        let complete = self.profile.and_then(|profile| profile.complete.get());
        complete.is_some_and(|complete| complete.value == Switch::On)
    }
}
