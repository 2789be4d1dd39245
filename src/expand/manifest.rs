//! The manifests we make, as types: field order is the order a person would write.
//!
//! They are values, which say nothing of the text that they become; whoever wants one serialises them. While
//! an object is made its spec is typed; what is kept of it is small.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use super::source_map::Links;
use crate::krm::ResourceRef;
use crate::yaml::{Node, Packed, Packer, Span, Step};

/// An object that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest(Packed);

impl Serialize for Manifest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Manifest {
    /// Makes the manifest of an object; one without a namespace is cluster-scoped, or gets its namespace from
    /// kustomize or Flux.
    pub(super) fn new(
        reference: &ResourceRef,
        labels: &Texts,
        annotations: &Texts,
        spec: &dyn Fields,
        links: &Links,
        packer: &mut Packer,
    ) -> Self {
        let ResourceRef { api_version, kind, namespace, name } = reference;
        packer.clear();
        packer.map(|manifest| {
            manifest.key("apiVersion").text(api_version);
            manifest.key("kind").text(kind);
            manifest.key("metadata").map(|metadata| {
                metadata.key("name").text(name);
                if !namespace.is_empty() {
                    metadata.key("namespace").text(namespace);
                }
                labels.put("labels", metadata);
                annotations.put("annotations", metadata);
            });
            if spec.is_spec() {
                manifest.key("spec").map(|out| spec.put(out));
            } else {
                spec.put(manifest);
            }
        });
        links.codes().for_each(|(code, span)| packer.note(code, span));
        Self(packer.packed())
    }

    /// Returns which object it is. It is made anew for each question: nearly all that asks is who writes it.
    #[must_use]
    pub fn reference(&self) -> ResourceRef {
        let text = |path| self.0.text(path).unwrap_or_default();
        let [namespace, name] = [text(&["metadata", "namespace"]), text(&["metadata", "name"])];
        ResourceRef::new(text(&["apiVersion"]), text(&["kind"]), namespace, name)
    }

    /// Returns what its fields were made from.
    pub(super) fn links(&self) -> Links {
        Links::of(self.0.notes())
    }

    /// Returns the object as those are that were read; `span` says where each node comes from.
    pub(super) fn node(&self, span: &mut dyn FnMut(&[Step<'_>]) -> Span) -> Node<'_> {
        self.0.node(span)
    }
}

/// What has fields, and writes them in their order.
pub(super) trait Fields {
    /// Writes the fields into a mapping.
    fn put(&self, out: &mut Packer);

    /// Returns whether they stand under `spec`.
    fn is_spec(&self) -> bool {
        true
    }
}

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

impl Scalar {
    pub(super) fn put(&self, out: &mut Packer) {
        match self {
            Self::Text(text) => out.text(text),
            Self::Bare(text) => out.bare(text),
            Self::Number(number) => out.number(*number),
            Self::Flag(flag) => out.flag(*flag),
        }
    }
}

/// Writes a field if it is there.
pub(super) fn put(key: &'static str, value: Option<&Scalar>, out: &mut Packer) {
    if let Some(value) = value {
        value.put(out.key(key));
    }
}

/// Writes a list if it has items.
fn put_list(key: &'static str, items: &[Scalar], out: &mut Packer) {
    if !items.is_empty() {
        out.key(key).list(|out| items.iter().for_each(|item| item.put(out)));
    }
}

/// Texts by key, in the order they are written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Texts(pub(super) Vec<(Cow<'static, str>, String)>);

impl Texts {
    /// Adds a pair with a key that is known beforehand.
    pub(super) fn push(&mut self, key: &'static str, value: impl Into<String>) {
        self.0.push((Cow::Borrowed(key), value.into()));
    }

    /// Adds a pair with a key that somebody wrote.
    pub(super) fn push_written(&mut self, key: &str, value: &str) {
        self.0.push((Cow::Owned(key.to_owned()), value.to_owned()));
    }

    /// Adds a few to many that are in the order of their keys.
    pub(super) fn add_sorted(&mut self, few: Self) {
        // A general sort is five kilobytes of a module.
        for pair in few.0 {
            self.0.insert(self.0.partition_point(|before| before.0 <= pair.0), pair);
        }
    }

    /// Returns the number of a key, where they are in the order of their keys.
    pub(super) fn number(&self, key: &str) -> Option<usize> {
        self.0.binary_search_by(|(known, _)| (**known).cmp(key)).ok()
    }

    fn put(&self, key: &'static str, out: &mut Packer) {
        if !self.0.is_empty() {
            out.key(key).map(|out| self.0.iter().for_each(|(key, value)| out.any_key(key).text(value)));
        }
    }
}

/// The spec of an Ingress.
#[derive(Debug)]
pub(super) struct IngressSpec {
    pub(super) ingress_class_name: Scalar,
    /// The tailnet name: the one host of the one item of `tls`.
    pub(super) host: Scalar,
    pub(super) default_backend: Option<Backend>,
    /// The paths of the one rule, which has no host: the one form that works standalone and on a ProxyGroup.
    pub(super) paths: Vec<Path>,
}

impl Fields for IngressSpec {
    fn put(&self, out: &mut Packer) {
        let Self { ingress_class_name, host, default_backend, paths } = self;
        ingress_class_name.put(out.key("ingressClassName"));
        out.key("tls").list(|out| out.map(|out| out.key("hosts").list(|out| host.put(out))));
        if let Some(backend) = default_backend {
            backend.put(out.key("defaultBackend"));
        }
        if !paths.is_empty() {
            let paths = |out: &mut Packer| paths.iter().for_each(|path| path.put(out));
            let http = |out: &mut Packer| out.key("paths").list(paths);
            out.key("rules").list(|out| out.map(|out| out.key("http").map(http)));
        }
    }
}

/// A path and its backend.
#[derive(Debug)]
pub(super) struct Path {
    pub(super) path: String,
    pub(super) backend: Backend,
}

impl Path {
    fn put(&self, out: &mut Packer) {
        let Self { path, backend } = self;
        out.map(|out| {
            out.key("path").text(path);
            out.key("pathType").text("Prefix");
            backend.put(out.key("backend"));
        });
    }
}

/// A backend of an Ingress: a port of a Service.
#[derive(Debug, Clone)]
pub(super) struct Backend {
    pub(super) name: String,
    pub(super) port: BackendPort,
}

/// The port of a backend.
#[derive(Debug, Clone)]
pub(super) enum BackendPort {
    Name(Scalar),
    Number(Scalar),
}

impl Backend {
    fn put(&self, out: &mut Packer) {
        let Self { name, port } = self;
        let port = |out: &mut Packer| match port {
            BackendPort::Name(name) => name.put(out.key("name")),
            BackendPort::Number(number) => number.put(out.key("number")),
        };
        let service = |out: &mut Packer| {
            out.key("name").text(name);
            out.key("port").map(port);
        };
        out.map(|out| out.key("service").map(service));
    }
}

/// The spec of a Service.
#[derive(Debug, Default)]
pub(super) struct ServiceSpec {
    pub(super) kind: &'static str,
    pub(super) load_balancer_class: Option<&'static str>,
    pub(super) external_name: Option<Scalar>,
    pub(super) allocate_load_balancer_node_ports: Option<Scalar>,
    pub(super) external_traffic_policy: Option<Scalar>,
    pub(super) ip_family_policy: Option<Scalar>,
    pub(super) ip_families: Vec<Scalar>,
    pub(super) publish_not_ready_addresses: Option<Scalar>,
    pub(super) session_affinity: Option<Scalar>,
    pub(super) ports: Vec<ServicePort>,
    pub(super) selector: Texts,
}

impl Fields for ServiceSpec {
    fn put(&self, out: &mut Packer) {
        out.key("type").text(self.kind);
        if let Some(class) = self.load_balancer_class {
            out.key("loadBalancerClass").text(class);
        }
        put("externalName", self.external_name.as_ref(), out);
        put("allocateLoadBalancerNodePorts", self.allocate_load_balancer_node_ports.as_ref(), out);
        put("externalTrafficPolicy", self.external_traffic_policy.as_ref(), out);
        put("ipFamilyPolicy", self.ip_family_policy.as_ref(), out);
        put_list("ipFamilies", &self.ip_families, out);
        put("publishNotReadyAddresses", self.publish_not_ready_addresses.as_ref(), out);
        put("sessionAffinity", self.session_affinity.as_ref(), out);
        if !self.ports.is_empty() {
            out.key("ports").list(|out| self.ports.iter().for_each(|port| out.map(|out| port.put(out))));
        }
        self.selector.put("selector", out);
    }
}

/// A port of a Service.
#[derive(Debug)]
pub(super) struct ServicePort {
    pub(super) name: Option<Scalar>,
    pub(super) app_protocol: Option<Scalar>,
    pub(super) protocol: Option<Scalar>,
    pub(super) port: Scalar,
    pub(super) target_port: Option<Scalar>,
}

impl ServicePort {
    fn put(&self, out: &mut Packer) {
        let Self { name, app_protocol, protocol, port, target_port } = self;
        put("name", name.as_ref(), out);
        put("appProtocol", app_protocol.as_ref(), out);
        put("protocol", protocol.as_ref(), out);
        port.put(out.key("port"));
        put("targetPort", target_port.as_ref(), out);
    }
}

/// The spec of a ProxyGroup.
#[derive(Debug)]
pub(super) struct ProxyGroupSpec {
    pub(super) kind: Scalar,
    pub(super) replicas: Option<Scalar>,
    pub(super) tags: Vec<Scalar>,
    pub(super) hostname_prefix: Option<Scalar>,
    pub(super) proxy_class: Option<Scalar>,
    pub(super) tailnet: Option<Scalar>,
    pub(super) kube_api_server: Option<KubeApiServer>,
}

impl Fields for ProxyGroupSpec {
    fn put(&self, out: &mut Packer) {
        let Self { kind, replicas, tags, hostname_prefix, proxy_class, tailnet, kube_api_server } = self;
        kind.put(out.key("type"));
        put("replicas", replicas.as_ref(), out);
        put_list("tags", tags, out);
        put("hostnamePrefix", hostname_prefix.as_ref(), out);
        put("proxyClass", proxy_class.as_ref(), out);
        put("tailnet", tailnet.as_ref(), out);
        if let Some(KubeApiServer { mode, hostname }) = kube_api_server {
            out.key("kubeAPIServer").map(|out| {
                put("mode", mode.as_ref(), out);
                put("hostname", hostname.as_ref(), out);
            });
        }
    }
}

/// The part of a ProxyGroup that is for the Kubernetes API.
#[derive(Debug)]
pub(super) struct KubeApiServer {
    pub(super) mode: Option<Scalar>,
    pub(super) hostname: Option<Scalar>,
}

/// The spec of a Connector.
#[derive(Debug)]
pub(super) struct ConnectorSpec {
    pub(super) exit_node: Option<Scalar>,
    pub(super) is_app_connector: bool,
    /// The networks: those of the app connector, or of the subnet router.
    pub(super) routes: Vec<Scalar>,
    pub(super) replicas: Option<Scalar>,
    pub(super) hostname: Option<Scalar>,
    pub(super) hostname_prefix: Option<Scalar>,
    pub(super) tags: Vec<Scalar>,
    pub(super) proxy_class: Option<Scalar>,
    pub(super) tailnet: Option<Scalar>,
}

impl Fields for ConnectorSpec {
    fn put(&self, out: &mut Packer) {
        let Self { exit_node, is_app_connector, routes, hostname, hostname_prefix, tags, .. } = self;
        put("exitNode", exit_node.as_ref(), out);
        if *is_app_connector {
            out.key("appConnector").map(|out| put_list("routes", routes, out));
        } else if !routes.is_empty() {
            out.key("subnetRouter").map(|out| put_list("advertiseRoutes", routes, out));
        }
        put("replicas", self.replicas.as_ref(), out);
        put("hostname", hostname.as_ref(), out);
        put("hostnamePrefix", hostname_prefix.as_ref(), out);
        put_list("tags", tags, out);
        put("proxyClass", self.proxy_class.as_ref(), out);
        put("tailnet", self.tailnet.as_ref(), out);
    }
}
