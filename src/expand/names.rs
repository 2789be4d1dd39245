//! Names: those of objects and their namespaces, and those on the tailnet.

use super::context::Context;
use super::layers::{CommonLayers, Picked};
use super::source_map::STUB;
use super::ways::Way;
use crate::api::{FreeText, Literals, Setting, Templated, has_placeholder};
use crate::krm::{FieldPath, Finding};
use crate::rule::rules;
use crate::tailscale::{Hostname, Label, Name, suggest};
use crate::yaml::Span;

/// A tailnet name and where it comes from.
pub(super) struct TailnetName {
    /// The name.
    pub(super) text: String,
    /// Where it is written.
    pub(super) span: Span,
}

/// A part of a name: its field, what it is, and the value that won.
type Affix<'a> = (&'static str, &'static str, Option<Picked<'a, Templated<FreeText>>>);

impl Context<'_, '_, '_> {
    /// Returns the tailnet name of an entry: `hostname` or the key, between prefix and suffix. `way` says where in
    /// the object it goes.
    pub(super) fn hostname(&mut self, layers: &CommonLayers<'_>, way: Way) -> Option<TailnetName> {
        let written = layers.entry.common().hostname.get();
        written.into_iter().for_each(|name| self.trace(way, (0, name.span)));
        let base = written.map_or_else(|| self.key.value.to_string(), |name| name.value.to_string());
        let span = written.map_or(self.key.span, |name| name.span);
        let prefix = layers.common(|entry| entry.hostname_prefix, |defaults| &defaults.hostname_prefix);
        let suffix = layers.common(|entry| entry.hostname_suffix, |defaults| &defaults.hostname_suffix);
        self.tailnet_name("hostname", prefix, &base, suffix, span)
    }

    /// Puts a tailnet name together and checks it; `field` would say another.
    pub(super) fn tailnet_name(
        &mut self,
        field: &str,
        prefix: Option<Picked<'_, Templated<FreeText>>>,
        base: &str,
        suffix: Option<Picked<'_, Templated<FreeText>>>,
        span: Span,
    ) -> Option<TailnetName> {
        let mut text = prefix.as_ref().map_or_else(String::new, |part| part.value.to_string());
        text.push_str(base);
        suffix.iter().for_each(|part| text.push_str(&part.value.to_string()));
        let fault = if has_placeholder(&text) {
            Literals::of(&text).check(&Hostname::check_part).map_err(|(_, why)| why).err()
        } else {
            Hostname::parse(&text).err()
        };
        if let Some(why) = fault {
            let finding = Finding::of(rules::INVALID_HOSTNAME, format!("the tailnet name {why}")).value(text).at(span);
            let affixes = [("hostnamePrefix", "prefix", prefix), ("hostnameSuffix", "suffix", suffix)];
            self.composed(field, finding, affixes);
            return None;
        }
        self.substituted(|at| at.path(field), span, &text);
        Some(TailnetName { text, span })
    }

    /// Reports a fault of a name that is put together, and names its parts.
    fn composed<const N: usize>(&mut self, field: &str, finding: Finding, affixes: [Affix<'_>; N]) {
        let mut finding = finding.path(self.path(field));
        let is_long = finding.value.as_ref().is_some_and(|name| name.len() > 63);
        let mut ways = if is_long { vec![format!("write a shorter `{field}`")] } else { Vec::new() };
        let mut written = None;
        for (name, word, picked) in affixes {
            let Some(picked) = picked else { continue };
            finding = finding.related(picked.span, format!("with this {word}"));
            let text = picked.value.to_string();
            // Between two letters a dash at the end of an affix stays.
            let meant = suggest::label(&format!("x{text}x"));
            let meant = meant.and_then(|label| Some(label.strip_prefix('x')?.strip_suffix('x')?.to_owned()));
            match meant.filter(|meant| *meant != text && !text.contains("${")) {
                Some(meant) => written = Some(format!("write {name}: \"{meant}\"")),
                None if !self.has_field(name) || field == name => {
                    ways.push(format!("write another `{name}` in `defaults`"))
                }
                None if picked.is_written() => ways.push(format!("write another `{name}`")),
                None => ways.push(format!("clear the {word} in the entry: {name}: \"\"")),
            }
        }
        finding.help = written.or_else(|| Some(ways.join(", or ")).filter(|ways| !ways.is_empty()));
        self.report(finding);
    }

    /// Returns the object's name: `name`, or the key and the suffix.
    pub(super) fn name(&mut self, layers: &CommonLayers<'_>, default_suffix: Option<&str>) -> Option<String> {
        let written = layers.entry.common().name.get();
        let mut picked = None;
        let text = match (written, default_suffix) {
            (Some(name), _) => name.value.to_string(),
            (None, None) => self.key.value.to_string(),
            (None, Some(default)) => {
                let is_set = |setting: &Setting<_>| !setting.is_absent();
                let any = layers.sections.iter().flatten().any(|section| is_set(section.common().name_suffix))
                    || is_set(layers.entry.common().name_suffix)
                    || layers.tops.iter().flatten().any(|top| is_set(&top.name_suffix));
                picked = layers.common(|entry| entry.name_suffix, |defaults| &defaults.name_suffix);
                let suffix = picked.as_ref().map_or_else(String::new, |suffix| suffix.value.to_string());
                format!("{}{}", self.key.value, if any { &suffix } else { default })
            }
        };
        let span = written.map_or(self.key.span, |name| name.span);
        written.into_iter().for_each(|name| self.trace(Way::Name, (0, name.span)));
        let fault = if has_placeholder(&text) {
            Literals::of(&text).check(&Name::check_part).err().map(|(_, why)| (rules::INVALID_NAME, why))
        } else {
            // The operator labels what it makes with the name (`svc.go` childResourceLabels).
            Name::parse(&text).err().map(|why| (rules::INVALID_NAME, why)).or_else(|| {
                let long = text.len() > 63;
                long.then(|| {
                    (rules::NAME_TOO_LONG, format!("must be no more than 63 characters long, has {}", text.len()))
                })
            })
        };
        if let Some((rule, why)) = fault {
            let finding = Finding::of(rule, format!("the object's name {why}")).value(text).at(span);
            self.composed("name", finding, [("nameSuffix", "suffix", picked)]);
            return None;
        }
        self.substituted(|at| at.path("name"), span, &text);
        Some(text)
    }

    /// Refuses an object's name that no Service can have (`apimachinery/pkg/util/validation`
    /// IsDNS1035Label).
    pub(super) fn service_name(&mut self, layers: &CommonLayers<'_>, name: &str) -> Option<()> {
        let why = if name.starts_with(|c: char| c.is_ascii_digit()) {
            "a Service's name must begin with a letter"
        } else if name.contains('.') && Literals::of(name).parts.iter().any(|part| part.text.contains('.')) {
            "a Service's name must be one DNS label, without dots"
        } else {
            return Some(());
        };
        let written = layers.entry.common().name.get();
        let span = written.map_or(self.key.span, |written| written.span);
        let finding = Finding::of(rules::INVALID_NAME, why).value(name).at(span).path(self.path("name"));
        self.report(if written.is_some() { finding } else { finding.help("give the entry a `name`") });
        None
    }

    /// Returns the namespace that an entry says, else that of its target, else the stub's.
    pub(super) fn namespace(
        &mut self,
        layers: &CommonLayers<'_>,
        target: Option<Picked<'_, Templated<Label>>>,
    ) -> String {
        let picked = layers.own(|entry| entry.common().namespace);
        match (picked, target) {
            (Some(picked), target) if target.is_none() || picked.is_written() => {
                let text = picked.value.to_string();
                self.trace(Way::Namespace, picked.place());
                self.substituted(|at| at.path_in(picked.layer, "namespace"), picked.span, &text);
                text
            }
            (_, Some(target)) => {
                let text = target.value.to_string();
                self.trace(Way::NamespaceOfService, target.place());
                self.substituted(|at| at.path("service"), self.key.span, &text);
                text
            }
            (_, None) => {
                let text = self.stub.reference.namespace.clone();
                self.trace(Way::NamespaceOfStub, (STUB, self.stub.name_span));
                self.substituted(|_| FieldPath::from(["metadata", "namespace"]), self.stub.name_span, &text);
                text
            }
        }
    }

    /// Reports that the operator cannot use `<namespace>-<name>` as the tailnet name it derives.
    pub(super) fn derived_name(&mut self, namespace: &str, name: &str) -> bool {
        let long = namespace.len() + name.len() + 1;
        if long <= 63 || namespace.is_empty() || has_placeholder(namespace) || has_placeholder(name) {
            return true;
        }
        let message = format!(
            "\"{namespace}-{name}\" must be no more than 63 characters long, has {long}: the operator checks it as a host name"
        );
        let path = self.path("name");
        self.report(Finding::of(rules::NAME_TOO_LONG, message).at(self.key.span).path(path));
        false
    }
}
