//! tailscale-expose as a WebAssembly component: the world of `wit/world.wit`, implemented.
//!
//! It maps types and adds no logic. The component imports nothing, so a host can see that it has no
//! file, network, clock or environment to read.

mod bindings;

use bindings::exports::tailscale_expose::krm::function::{
    Answer, Failure, Finding, Guest, ItemFile, Place, Reason, RelatedPlace, ResourceRef, Severity,
};
use tailscale_expose::error::{Error, ErrorKind};
use tailscale_expose::{krm, respond};

/// What a host instantiates.
struct Plugin;

impl Guest for Plugin {
    fn process(resource_list: String) -> Result<Answer, Failure> {
        let response = respond(resource_list, None).map_err(failure)?;
        let findings = response.findings.iter().map(|found| finding(krm::Told::of(found, &response.sources))).collect();
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

fn finding(told: krm::Told<'_>) -> Finding {
    let krm::Told { rule, severity: level, message, note, help, object, affects, file, path, value, place, related } =
        told;
    let related = related
        .into_iter()
        .map(|krm::Related { place, label }| RelatedPlace { place: self::place(place), label: label.to_owned() });
    Finding {
        rule: rule.id.to_owned(),
        severity: severity(level),
        message: message.to_owned(),
        note: note.map(str::to_owned),
        help: help.map(str::to_owned),
        object: object.map(resource_ref),
        affects: affects.map(resource_ref),
        file: file.map(|krm::ItemFile { path, index }| ItemFile { path: path.clone(), index: *index }),
        path: (!path.is_empty()).then(|| path.to_owned()),
        value: value.map(str::to_owned),
        place: place.map(self::place),
        related: related.collect(),
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

fn place(location: krm::Location<'_>) -> Place {
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place { line: narrow(location.place.line), column: narrow(location.place.column) }
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
        let answer = Plugin::process(REQUEST.replace("spec:", "spec:\n    defaults: {tag: a}")).unwrap();
        assert!(answer.findings.iter().any(|finding| finding.note.is_some()), "{:?}", answer.findings);
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
