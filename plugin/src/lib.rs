//! tailscale-expose as a WebAssembly component: the world of `wit/world.wit`, implemented.
//!
//! It maps types and adds no logic. The component imports nothing, so a host can see that it has no
//! file, network, clock or environment to read.

mod bindings;

use bindings::exports::tailscale_expose::krm::function::{
    Answer, Failure, Finding, Guest, Place, Reason, RelatedPlace, ResourceRef, Severity,
};
use tailscale_expose::error::{Error, ErrorKind};
use tailscale_expose::yaml::{Sources, Span};
use tailscale_expose::{krm, respond};

/// What a host instantiates.
struct Plugin;

impl Guest for Plugin {
    fn process(resource_list: String) -> Result<Answer, Failure> {
        let response = respond(resource_list, None).map_err(failure)?;
        let findings = response.findings.iter().map(|found| finding(found, &response.sources)).collect();
        Ok(Answer { resource_list: response.text(), findings })
    }
}

fn failure(error: Error) -> Failure {
    let reason = Reason { message: error.to_string(), help: error.advice().map(str::to_owned) };
    match error.kind() {
        ErrorKind::NotAResourceList => Failure::NotAResourceList(reason),
        // What the world has no word for is what it does not support.
        _ => Failure::Unsupported(reason),
    }
}

fn finding(found: &krm::Finding, sources: &Sources) -> Finding {
    let related = |(span, label): &(Span, String)| RelatedPlace { place: place(*span, sources), label: label.clone() };
    Finding {
        rule: found.rule.id.to_owned(),
        severity: severity(found.severity),
        message: found.message.clone(),
        help: found.help.clone(),
        object: found.object.as_ref().map(resource_ref),
        path: (!found.path.is_empty()).then(|| found.path.to_string()),
        value: found.value.clone(),
        place: found.span.map(|span| place(span, sources)),
        related: found.related.iter().map(related).collect(),
    }
}

fn severity(severity: krm::Severity) -> Severity {
    match severity {
        krm::Severity::Error => Severity::Error,
        krm::Severity::Warning => Severity::Warning,
        krm::Severity::Info => Severity::Info,
    }
}

fn resource_ref(object: &krm::ResourceRef) -> ResourceRef {
    ResourceRef {
        api_version: object.api_version.clone(),
        kind: object.kind.clone(),
        namespace: (!object.namespace.is_empty()).then(|| object.namespace.clone()),
        name: object.name.clone(),
    }
}

fn place(span: Span, sources: &Sources) -> Place {
    let place = sources.place(span);
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place { line: narrow(place.line), column: narrow(place.column) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &str = "\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- apiVersion: tailscale-expose.dev/v1alpha1
  kind: TailscaleExpose
  metadata: {name: home, namespace: apps}
  spec:
    ingress:
      home: {service: home, hostnam: h}
";

    #[test]
    fn findings_are_typed() {
        let answer = Plugin::process(REQUEST.to_owned()).unwrap();
        let [finding] = answer.findings.as_slice() else { panic!("{:?}", answer.findings) };
        assert_eq!(finding.rule, "unknown-field");
        assert_eq!(finding.severity, Severity::Error);
        assert_eq!(finding.path.as_deref(), Some("spec.ingress.home.hostnam"));
        let place = finding.place.unwrap();
        assert_eq!((place.line, place.column), (9, 29));
        let object = finding.object.as_ref().unwrap();
        assert_eq!((object.kind.as_str(), object.namespace.as_deref()), ("TailscaleExpose", Some("apps")));
        assert!(answer.resource_list.contains("results:"), "{}", answer.resource_list);
    }

    #[test]
    fn a_failure_says_what_kind_it_is() {
        let config = "functionConfig: {apiVersion: v1, kind: Secret, metadata: {name: a}}\nitems: []\n";
        let list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n";
        let unsupported = Plugin::process(format!("{list}{config}")).unwrap_err();
        assert!(matches!(unsupported, Failure::Unsupported(_)), "{unsupported:?}");
        let Err(Failure::NotAResourceList(reason)) = Plugin::process("a: [".to_owned()) else {
            panic!("must be refused")
        };
        assert!(reason.help.is_some(), "{reason:?}");
    }
}
