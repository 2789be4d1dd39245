//! Marks: how an object says which stub it comes from, and when that is believed.
//!
//! Anybody can write an annotation, and what bears a mark may be replaced and removed. So a mark counts
//! only on what a stub could have made, and of an annotated Service only those annotations are ours
//! whose value is still the one that was recorded.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::api::{ANNOTATED_ANNOTATION, GROUP, Profile, STUB_ANNOTATION};
use crate::krm::Object;
use crate::tailscale::annotation;
use crate::yaml::{Node, Sources, Style, documents};

/// The Ingress classes that stubs make, the operator's default among them.
#[derive(Debug, Clone)]
pub struct Classes(BTreeSet<String>);

impl Default for Classes {
    fn default() -> Self {
        Self(BTreeSet::from(["tailscale".to_owned()]))
    }
}

impl Classes {
    /// Adds a class.
    pub fn add(&mut self, class: String) {
        self.0.insert(class);
    }

    /// Adds the class that a profile says, if it says one.
    pub fn add_of(&mut self, profile: &Profile) {
        let class = profile.spec.operator.get().and_then(|operator| operator.value.ingress_class.get());
        self.0.extend(class.map(|class| class.value.to_string()));
    }

    /// Returns whether an Ingress class is the operator's.
    #[must_use]
    pub fn has(&self, class: &str) -> bool {
        self.0.contains(class)
    }
}

/// The label that says whose endpoints are in an EndpointSlice (Kubernetes `discovery/v1` LabelServiceName).
pub const ENDPOINTS_OF: &str = "kubernetes.io/service-name";
/// The label that says who keeps an EndpointSlice (Kubernetes `discovery/v1` LabelManagedBy).
pub const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
/// What it says where a stub keeps it.
pub const MANAGER: &str = GROUP;

/// Returns the stub that generated an object; nothing where the object bears no mark, or is nothing
/// that a stub could have made.
#[must_use]
pub fn generated_by<'s>(object: Object<'s>, classes: &Classes) -> Option<&'s str> {
    let stub = object.annotation(STUB_ANNOTATION)?;
    let word = |field: &str| object.node.get("spec").and_then(|spec| spec.get(field)).and_then(Node::text);
    let is_exposed = || object.annotation(annotation::EXPOSE) == Some("true");
    let label = |key: &str| object.node.get("metadata")?.get("labels")?.get(key)?.text();
    let is_made = match (object.group(), object.kind()) {
        ("networking.k8s.io", "Ingress") => word("ingressClassName").is_some_and(|class| classes.has(class)),
        ("", "Service") => match word("type") {
            Some("LoadBalancer") => word("loadBalancerClass") == Some("tailscale"),
            Some("ClusterIP") => is_exposed(),
            Some("ExternalName") => {
                let is_target = |key: &&str| object.annotation(key).is_some();
                is_exposed() || [annotation::TAILNET_FQDN, annotation::TAILNET_IP].iter().any(is_target)
            }
            _ => false,
        },
        ("discovery.k8s.io", "EndpointSlice") => label(MANAGED_BY) == Some(MANAGER),
        ("tailscale.com", "ProxyGroup" | "Connector") => true,
        _ => false,
    };
    is_made.then_some(stub)
}

/// The record on an annotated Service: the stub, and what it set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'s> {
    /// The stub.
    pub stub: &'s str,
    set: Set<'s>,
}

/// What a record says was set.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Set<'s> {
    /// Annotations with their values.
    Values(Vec<(String, String)>),
    /// Keys alone, as records were written before they had values: only those that `annotate` itself
    /// writes are believed.
    Keys(&'s str),
}

/// The keys that `annotate` writes of itself.
const WRITTEN: [&str; 5] =
    [annotation::EXPOSE, annotation::HOSTNAME, annotation::TAGS, annotation::PROXY_CLASS, annotation::PROXY_GROUP];

impl<'s> Record<'s> {
    /// Reads the record of a Service; nothing where there is none that we could have written.
    #[must_use]
    pub fn of(object: Object<'s>) -> Option<Self> {
        if !object.is("", "Service") {
            return None;
        }
        let (stub, set) = object.annotation(ANNOTATED_ANNOTATION)?.split_once(' ')?;
        let set = if set.starts_with('{') { Set::Values(texts(set)?) } else { Set::Keys(set) };
        (!stub.is_empty()).then_some(Self { stub, set })
    }

    /// Writes the record of what a stub set.
    #[must_use]
    pub fn write<'a>(stub: &str, set: impl Iterator<Item = (&'a str, &'a str)>) -> String {
        let pair = |(key, value): (&str, &str)| format!("{}:{}", Value::from(key), Value::from(value));
        format!("{stub} {{{}}}", set.map(pair).collect::<Vec<_>>().join(","))
    }

    /// Returns the annotations of the Service that are as they were recorded.
    #[must_use]
    pub fn ours(&self, object: Object<'_>) -> Vec<&str> {
        match &self.set {
            Set::Values(values) => {
                let ours = values.iter().filter(|(key, value)| object.annotation(key) == Some(value));
                ours.map(|(key, _)| key.as_str()).collect()
            }
            Set::Keys(keys) => {
                let is_ours = |key: &&str| WRITTEN.contains(key) && object.annotation(key).is_some();
                keys.split(',').filter(is_ours).collect()
            }
        }
    }
}

/// Reads an object of texts; JSON is YAML.
fn texts(json: &str) -> Option<Vec<(String, String)>> {
    let mut sources = Sources::default();
    let id = sources.add("", json);
    let parsed = documents(id, sources.get(id)?);
    let [document] = parsed.as_slice() else { return None };
    let text = |node: &Node<'_>| Some(node.scalar().filter(|scalar| scalar.style == Style::Quoted)?.text.to_string());
    let pairs = &document.root.as_ref().ok()?.as_ref()?.map()?.entries;
    pairs.iter().map(|(key, value)| Some((text(key)?, text(value)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<T>(text: &str, look: impl FnOnce(Object<'_>) -> T) -> T {
        let mut sources = Sources::default();
        let id = sources.add("t.yaml", text);
        let parsed = documents(id, sources.get(id).unwrap());
        look(Object::new(parsed[0].root.as_ref().unwrap().as_ref().unwrap(), parsed[0].span).unwrap())
    }

    #[test]
    fn a_mark_counts_on_what_a_stub_could_have_made() {
        let head = "metadata: {name: a, annotations: {tailscale-expose.dev/stub: web";
        for (rest, want) in [
            ("apiVersion: networking.k8s.io/v1, kind: Ingress, spec: {ingressClassName: tailscale}", true),
            ("apiVersion: networking.k8s.io/v1, kind: Ingress, spec: {ingressClassName: other}", true),
            ("apiVersion: networking.k8s.io/v1, kind: Ingress, spec: {ingressClassName: nginx}", false),
            ("apiVersion: extensions/v1beta1, kind: Ingress, spec: {ingressClassName: tailscale}", false),
            ("apiVersion: v1, kind: Service, spec: {type: LoadBalancer, loadBalancerClass: tailscale}", true),
            ("apiVersion: v1, kind: Service, spec: {type: LoadBalancer}", false),
            ("apiVersion: v1, kind: Service, spec: {selector: {a: b}}", false),
            ("apiVersion: v1, kind: Service, spec: {type: ExternalName, externalName: a.b}", false),
            ("apiVersion: v1, kind: Service, spec: {type: ClusterIP}", false),
            ("apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: IPv4", false),
            ("apiVersion: tailscale.com/v1alpha1, kind: ProxyGroup", true),
            ("apiVersion: tailscale.com/v1alpha1, kind: Connector", true),
            ("apiVersion: tailscale.com/v1alpha1, kind: ProxyClass", false),
            ("apiVersion: v1, kind: Secret", false),
            ("apiVersion: apps/v1, kind: Deployment", false),
        ] {
            let mut classes = Classes::default();
            classes.add("other".to_owned());
            let found = with(&format!("{{{rest}, {head}}}}}}}"), |object| generated_by(object, &classes).is_some());
            assert_eq!(found, want, "{rest}");
        }
        let egress = "{apiVersion: v1, kind: Service, spec: {type: ExternalName, externalName: a}, \
                      metadata: {name: a, annotations: {tailscale-expose.dev/stub: web, tailscale.com/tailnet-ip: 100.64.0.1}}}";
        assert!(with(egress, |object| generated_by(object, &Classes::default()) == Some("web")));
    }

    #[test]
    fn a_mark_counts_on_what_leads_outside() {
        let mark = "tailscale-expose.dev/stub: web";
        for (rest, want) in [
            (
                format!(
                    "apiVersion: v1, kind: Service, spec: {{type: ClusterIP}}, metadata: {{annotations: {{{mark}, tailscale.com/expose: \"true\"}}}}"
                ),
                true,
            ),
            (
                format!(
                    "apiVersion: v1, kind: Service, spec: {{type: ExternalName}}, metadata: {{annotations: {{{mark}, tailscale.com/expose: \"true\"}}}}"
                ),
                true,
            ),
            (
                format!(
                    "apiVersion: v1, kind: Service, spec: {{type: ClusterIP}}, metadata: {{annotations: {{{mark}, tailscale.com/expose: \"false\"}}}}"
                ),
                false,
            ),
            (
                format!(
                    "apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {{labels: {{{MANAGED_BY}: {MANAGER}}}, annotations: {{{mark}}}}}"
                ),
                true,
            ),
            (
                format!(
                    "apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {{labels: {{{MANAGED_BY}: staff}}, annotations: {{{mark}}}}}"
                ),
                false,
            ),
        ] {
            let found = with(&format!("{{{rest}}}"), |object| generated_by(object, &Classes::default()).is_some());
            assert_eq!(found, want, "{rest}");
        }
    }

    #[test]
    fn only_what_is_as_it_was_recorded_is_ours() {
        let record = Record::write("apps/web", [("a", "1"), ("b", "x y"), ("c", "3")].into_iter());
        let text = format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: a, annotations: {{a: \"1\", b: other, tailscale-expose.dev/annotated: {record:?}}}}}}}"
        );
        with(&text, |object| {
            let record = Record::of(object).unwrap();
            assert_eq!(record.stub, "apps/web");
            assert_eq!(record.ours(object), ["a"]);
        });
    }

    #[test]
    fn a_record_that_we_could_not_have_written_is_none() {
        for record in ["web", "web {a}", "web {\"a\": 1}", " {}", ""] {
            let text = format!(
                "{{apiVersion: v1, kind: Service, metadata: {{name: a, annotations: {{tailscale-expose.dev/annotated: {record:?}}}}}}}"
            );
            assert!(with(&text, |object| Record::of(object).is_none()), "{record:?}");
        }
    }

    #[test]
    fn of_keys_alone_only_those_that_we_write_are_ours() {
        let text = "{apiVersion: v1, kind: Service, metadata: {name: a, annotations: {tailscale.com/expose: \"true\", \
                    team: mine, tailscale-expose.dev/annotated: \"web tailscale.com/expose,tailscale.com/tags,team\"}}}";
        with(text, |object| assert_eq!(Record::of(object).unwrap().ours(object), ["tailscale.com/expose"]));
    }
}
