//! `TailscaleExposeProfile`, version v1alpha1: what is true for a whole cluster or organisation.

use super::Templated;
use super::decode::{Decode, Decoder, Reach};
use super::metadata::metadata;
use super::setting::{Entries, List, TextMap};
use super::shape::{Clear, Record, Shape};
use super::switch::Switch;
use super::v1alpha1::Defaults;
use super::values::FreeText;
use super::words::ProxyGroupType;
use crate::krm::{Finding, ResourceRef};
use crate::rule::{RULES, Rule, rules};
use crate::tailscale::{Hostname, Label, Name, Tag, Version};
use crate::yaml::{Node, Span};

/// A decoded profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its identity.
    pub reference: ResourceRef,
    /// The bytes of its name, or of the whole profile where it has none.
    pub name_span: Span,
    /// What it says.
    pub spec: ProfileSpec,
    /// Whether it was decoded without a fault; if not, nothing is expanded.
    pub sound_defaults: bool,
    /// The profiles that it was laid together from, or it alone: where each is written.
    pub written: Vec<(Span, ResourceRef)>,
}

impl Profile {
    /// Returns which of the profiles that it was laid together from has what is written at a place.
    #[must_use]
    pub fn at(&self, span: Span) -> Option<&ResourceRef> {
        let holds = |(own, _): &&(Span, ResourceRef)| {
            own.source == span.source && own.start <= span.start && span.end <= own.end
        };
        self.written.iter().find(holds).map(|(_, reference)| reference)
    }

    /// Reads a profile from the object's root node.
    pub fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        decoder.reaching(Reach::All, |decoder| Self::read(node, decoder))
    }

    fn read<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        let mut spec = ProfileSpec::default();
        decoder.pairs(node, &Shape::Record(&ProfileSpec::RECORD), &mut |decoder, name, key, value| match name {
            "apiVersion" | "kind" | "status" => {}
            "metadata" => metadata(value, decoder),
            "spec" if value.is_null() => {}
            "spec" => spec = ProfileSpec::decode(value, decoder).unwrap_or_default(),
            _ => {
                let finding = Finding::of(rules::UNKNOWN_FIELD, format!("unknown field \"{name}\"")).at(key.span);
                decoder.report(finding.help(super::hints::unknown_root(&ProfileSpec::RECORD, name)));
            }
        })?;
        let name = node.get("metadata").and_then(|metadata| metadata.get("name")).unwrap_or(node);
        let sound_defaults = decoder.far_errors == 0;
        let reference = decoder.object.clone();
        let written = vec![(node.span, reference.clone())];
        Some(Self { reference, name_span: name.span, spec, sound_defaults, written })
    }
}

fields! {
    /// What is true for a whole cluster or organisation.
    pub struct ProfileSpec {
        /// The tailnet's MagicDNS name, such as `example.ts.net`: for URLs and short egress names.
        @tailnet "tailnet": Templated<Name>;
        /// How the operator is set up.
        @operator "operator": Operator;
        /// What holds for every stub that does not say otherwise.
        @defaults "defaults": Defaults;
        /// What other repositories provide.
        @known "known": Known;
        /// Everything is in this build: a reference to something that is not here is an error.
        @complete "complete": Switch;
        /// The severity of findings, by rule.
        @rules "rules": Rules;
        /// The GitOps tool, for advice on fields that the operator changes.
        @gitops "gitops": Templated<Gitops>;
    }
}

fields! {
    /// How the operator is set up.
    pub struct Operator {
        /// Its version, such as `1.102.3`: newer features are refused. Default: the newest known, 1.104.
        @version "version": Templated<Version>;
        /// What its own objects are called (Helm `fullnameOverride`, from 1.104 on). Default: `operator`. No ProxyGroup
        /// may be called so.
        @name "name": Templated<Label>;
        /// Its own tailnet name (`OPERATOR_HOSTNAME`). Default: `tailscale-operator`.
        @hostname "hostname": Templated<Hostname>;
        /// Its namespace.
        @namespace "namespace": Templated<Label>;
        /// Its Ingress class (Helm `ingressClass.name`). Default: `tailscale`.
        @ingress_class "ingressClass": Templated<Name>;
        /// The tags of proxies that have none of their own (Helm `proxyConfig.defaultTags`).
        @default_tags "defaultTags": List<Templated<Tag>>;
        /// Whether Services without a class are its own (`OPERATOR_DEFAULT_LOAD_BALANCER`).
        @default_load_balancer "defaultLoadBalancer": Switch;
        /// Whether ProxyGroups of type `ingress` share one ACME account where they do not say (Helm
        /// `operatorConfig.sharedACMEAccountKey`, from 1.104 on).
        @shared_acme_account "sharedAcmeAccount": Switch;
    }
}

fields! {
    /// What other repositories provide.
    pub struct Known {
        /// ProxyGroups by name.
        @proxy_groups "proxyGroups": Entries<KnownProxyGroup>;
        /// ProxyClasses.
        @proxy_classes "proxyClasses": List<FreeText>;
    }
}

fields! {
    /// A ProxyGroup that another repository provides.
    pub struct KnownProxyGroup {
        /// What it serves.
        @kind "type": Templated<ProxyGroupType>;
        /// The tags of its proxies.
        @tags "tags": List<Templated<Tag>>;
        /// The Tailnet object of another tailnet.
        @tailnet "tailnet": Templated<Name>;
    }
}

words! {
    /// A GitOps tool.
    pub enum Gitops {
        /// Flux.
        Flux "flux",
        /// Argo CD.
        Argo "argo",
        /// None, or another.
        None "none",
    }
}

words! {
    /// How a rule's findings are reported.
    pub enum Level {
        /// Not at all.
        Off "off",
        /// As information.
        Info "info",
        /// As a warning.
        Warning "warning",
        /// As an error.
        Error "error",
    }
}

/// Levels by rule.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
#[serde(transparent)]
pub struct Rules(pub TextMap);

impl Rules {
    /// Returns the level that is set for a rule.
    #[must_use]
    pub fn level(&self, rule: &Rule) -> Option<Level> {
        let (_, level) = self.0.0.iter().find(|(name, _)| name.value.as_ref() == rule.id)?;
        <Level as super::text::FromText>::from_text(&level.value).ok()
    }
}

impl Decode for Rules {
    const SHAPE: &'static Shape = &Shape::Map { keys: Some("^[a-z][a-z-]*$"), values: &Shape::Words(Level::WORDS) };
    const CLEAR: Clear = Clear::Map;

    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        let mut levels = TextMap::default();
        decoder.pairs(node, Self::SHAPE, &mut |decoder, name, key, value| {
            let Some(rule) = RULES.iter().find(|rule| rule.id == name) else {
                let mut finding = Finding::of(rules::UNKNOWN_RULE, format!("unknown rule \"{name}\"")).at(key.span);
                finding.help = super::hints::nearest(name, RULES.iter().map(|rule| rule.id))
                    .map(|near| format!("did you mean \"{near}\"?"));
                decoder.report(finding);
                return;
            };
            // `off` is a boolean to YAML 1.1 readers; kustomize hands it over as text.
            let text = value.scalar().filter(|scalar| !scalar.tagged).map(|scalar| scalar.text.as_ref());
            let text = text.unwrap_or_default();
            match <Level as super::text::FromText>::from_text(text) {
                Err(refusal) => decoder.refuse(rules::UNKNOWN_VALUE, refusal, value, text),
                Ok(level) if !rule.adjustable && level != Level::Error => {
                    let why = "must stay an error: what it finds cannot be expanded";
                    decoder.report(Finding::of(rules::FIXED_RULE, why).at(value.span).value(text));
                }
                Ok(_) => {
                    let key = super::Spanned { value: name.into(), span: key.span };
                    levels.0.push((key, super::Spanned { value: text.into(), span: value.span }));
                }
            }
        })?;
        Some(Self(levels))
    }
}

/// How a value that is only a text is to be read for a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldShape {
    /// As a list.
    List,
    /// As a boolean or a number.
    Typed,
    /// As a text.
    Text,
}

/// Returns how a field of a profile's `spec` is to be read; a field that does not exist is a text.
#[must_use]
pub fn profile_shape(path: &[&str]) -> FieldShape {
    let mut record: Option<&Record> = Some(&ProfileSpec::RECORD);
    let mut found = FieldShape::Text;
    for name in path {
        let field = record.and_then(|record| record.fields.iter().find(|field| field.name == *name));
        record = None;
        match field.map(|field| field.shape) {
            Some(Shape::Record(inner) | Shape::Defaults(inner)) => record = Some(inner),
            Some(Shape::List(_)) => found = FieldShape::List,
            Some(Shape::Boolean | Shape::Integer { .. }) => found = FieldShape::Typed,
            _ => found = FieldShape::Text,
        }
    }
    found
}
