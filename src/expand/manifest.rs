//! The manifests we write, as types: field order is the order a person would write.

use serde::{Serialize, Serializer};

use crate::krm::ResourceRef;
use crate::yaml::Text;

/// A value of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scalar {
    /// A text.
    Text(String),
    /// A placeholder where a number or boolean is wanted: written without quotes.
    Bare(String),
    /// A number.
    Number(u32),
    /// A boolean.
    Flag(bool),
}

impl Serialize for Scalar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => Text(text).serialize(serializer),
            Self::Bare(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_u32(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
        }
    }
}

/// Texts by key, in the order they are written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Texts(pub(super) Vec<(String, String)>);

impl Texts {
    /// Adds a pair.
    pub(super) fn push(&mut self, key: &str, value: impl Into<String>) {
        self.0.push((key.to_owned(), value.into()));
    }

    /// Adds a few to many that are in the order of their keys.
    pub(super) fn add_sorted(&mut self, few: Self) {
        // A general sort is five kilobytes of a module.
        for pair in few.0 {
            self.0.insert(self.0.partition_point(|before| before.0 <= pair.0), pair);
        }
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (Text(key), Text(value))))
    }
}

/// `metadata`.
#[derive(Debug, Serialize)]
struct Metadata {
    pub(super) name: Scalar,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) namespace: Option<Scalar>,
    #[serde(skip_serializing_if = "Texts::is_empty")]
    pub(super) labels: Texts,
    #[serde(skip_serializing_if = "Texts::is_empty")]
    pub(super) annotations: Texts,
}

/// Any manifest.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest<'a, S> {
    api_version: &'a str,
    kind: &'a str,
    metadata: Metadata,
    spec: S,
}

impl<'a, S> Manifest<'a, S> {
    /// Makes the manifest of an object; one without a namespace is cluster-scoped, or gets its
    /// namespace from kustomize or Flux.
    pub(super) fn new(reference: &'a ResourceRef, labels: Texts, annotations: Texts, spec: S) -> Self {
        let ResourceRef { api_version, kind, namespace, name } = reference;
        let namespace = (!namespace.is_empty()).then(|| Scalar::Text(namespace.clone()));
        let metadata = Metadata { name: Scalar::Text(name.clone()), namespace, labels, annotations };
        Self { api_version, kind, metadata, spec }
    }
}

/// The spec of an Ingress.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IngressSpec {
    pub(super) ingress_class_name: Scalar,
    pub(super) tls: [Tls; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default_backend: Option<Backend>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rules: Option<[Rule; 1]>,
}

/// The tailnet name of an Ingress.
#[derive(Debug, Serialize)]
pub(super) struct Tls {
    pub(super) hosts: [Scalar; 1],
}

/// A rule without a host: the one form that works standalone and on a ProxyGroup.
#[derive(Debug, Serialize)]
pub(super) struct Rule {
    pub(super) http: Http,
}

/// The paths of a rule.
#[derive(Debug, Serialize)]
pub(super) struct Http {
    pub(super) paths: Vec<Path>,
}

/// A path and its backend.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Path {
    pub(super) path: Scalar,
    pub(super) path_type: &'static str,
    pub(super) backend: Backend,
}

/// A backend of an Ingress.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Backend {
    pub(super) service: BackendService,
}

/// The Service of a backend.
#[derive(Debug, Clone, Serialize)]
pub(super) struct BackendService {
    pub(super) name: Scalar,
    pub(super) port: BackendPort,
}

/// The port of a backend.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum BackendPort {
    Name(Scalar),
    Number(Scalar),
}

/// The spec of a Service.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServiceSpec {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) load_balancer_class: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) external_name: Option<Scalar>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) allocate_load_balancer_node_ports: Option<Scalar>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) external_traffic_policy: Option<Scalar>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ip_family_policy: Option<Scalar>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) ip_families: Vec<Scalar>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) publish_not_ready_addresses: Option<Scalar>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) session_affinity: Option<Scalar>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) ports: Vec<ServicePort>,
    #[serde(skip_serializing_if = "Texts::is_empty")]
    pub(super) selector: Texts,
}

/// A port of a Service.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServicePort {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Scalar>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) app_protocol: Option<Scalar>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) protocol: Option<Scalar>,
    pub(super) port: Scalar,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target_port: Option<Scalar>,
}

/// The spec of a ProxyGroup.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProxyGroupSpec {
    #[serde(rename = "type")]
    pub(super) kind: Scalar,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) replicas: Option<Scalar>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<Scalar>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hostname_prefix: Option<Scalar>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) proxy_class: Option<Scalar>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tailnet: Option<Scalar>,
    #[serde(rename = "kubeAPIServer", skip_serializing_if = "Option::is_none")]
    pub(super) kube_api_server: Option<KubeApiServer>,
}

/// The part of a ProxyGroup that is for the Kubernetes API.
#[derive(Debug, Serialize)]
pub(super) struct KubeApiServer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mode: Option<Scalar>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hostname: Option<Scalar>,
}
