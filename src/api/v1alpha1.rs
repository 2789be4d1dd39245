//! `TailscaleExpose`, version v1alpha1: the stub.
//!
//! The doc comments of the fields are the field reference: the README, the JSON Schema and the
//! editor's hover text are drawn from them. The entries that make several proxies are in `groups`.

use super::Templated;
use super::decode::{Decode, Decoder, Reach};
use super::groups::{ApiServer, Connector, ProxyGroup};
use super::host::{Host, HostAddress};
use super::metadata::metadata;
use super::port::{PortMap, PortSpec};
use super::qualified::Qualified;
use super::setting::{Entries, List, Setting, TextMap};
use super::shape::{Clear, Shape};
use super::switch::{Flag, Switch};
use super::target::{PathMap, Target};
use super::values::{Fqdn, FreeText, IpAddress};
use super::words::{FamilyPolicy, IpFamily, ServiceType, SessionAffinity, TrafficPolicy};
use crate::krm::{FieldPath, Finding, ResourceRef};
use crate::rule::rules;
use crate::tailscale::{Hostname, Label, Name, PortName, Selector, Tag};
use crate::yaml::{Node, Span};

/// A decoded stub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stub {
    /// Its identity.
    pub reference: ResourceRef,
    /// The bytes of its name, or of the whole stub where it has none.
    pub name_span: Span,
    /// What it says.
    pub spec: Spec,
    /// Whether all that may hold a default was decoded without a fault: everything but the entries. If
    /// not, nothing is expanded, because a lost default (a tag, say) would expose an object to more
    /// people than its author meant.
    pub sound_defaults: bool,
    /// Whether all of it was decoded without a fault.
    pub sound: bool,
}

impl Stub {
    /// Returns the name that generated objects carry: `namespace/name`, or `name`.
    #[must_use]
    pub fn provenance(&self) -> String {
        let ResourceRef { namespace, name, .. } = &self.reference;
        if namespace.is_empty() { name.clone() } else { format!("{namespace}/{name}") }
    }

    /// Reads a stub from the object's root node.
    pub fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        decoder.reaching(Reach::Stub, |decoder| Self::read(node, decoder))
    }

    fn read<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        let mut spec = Spec::default();
        let mut has_spec = false;
        decoder.pairs(node, &Shape::Record(&Spec::RECORD), &mut |decoder, name, key, value| match name {
            "apiVersion" | "kind" => {}
            "metadata" => metadata(value, decoder),
            "spec" if value.is_null() => {}
            "spec" => {
                has_spec = true;
                if let Some(read) = Spec::decode(value, decoder) {
                    spec = read;
                }
            }
            "status" => {}
            _ => {
                let finding = Finding::of(rules::UNKNOWN_FIELD, format!("unknown field \"{name}\"")).at(key.span);
                decoder.report(finding.help(super::hints::unknown_root(&Spec::RECORD, name)));
            }
        })?;
        let metadata = node.get("metadata");
        if !has_spec && metadata.and_then(|metadata| metadata.get("spec")).is_none() {
            let at = node.get("spec").map_or(node.span.head(), |spec| spec.span);
            let finding = Finding::of(rules::MISSING_FIELD, "must be set").at(at).path(FieldPath::from(["spec"]));
            let help = "write what is exposed: spec: {ingress: {web: {service: \"namespace/service:port\"}}}";
            decoder.report(finding.help(help));
        }
        let name = metadata.and_then(|metadata| metadata.get("name"));
        if let Some(metadata) = metadata {
            super::metadata::names(metadata, decoder);
        }
        if name.and_then(Node::text).is_none_or(str::is_empty) {
            let finding = Finding::of(rules::MISSING_FIELD, "must be set").at(metadata.unwrap_or(node).span.head());
            decoder.report(finding.path(FieldPath::from(["metadata", "name"])).help("name the stub after its app"));
        }
        Some(Self {
            reference: decoder.object.clone(),
            name_span: name.unwrap_or(node).span,
            spec,
            sound_defaults: decoder.far_errors == 0,
            sound: decoder.faults() == 0,
        })
    }
}

fields! {
    /// What is exposed, by mechanism.
    pub struct Spec {
        /// What holds for every entry that does not say otherwise.
        @defaults "defaults": Defaults;
        /// HTTPS on the tailnet: Ingresses of class `tailscale`.
        @ingress "ingress": Entries<Ingress>;
        /// Any TCP or UDP port on the tailnet: new Services of class `tailscale`.
        @load_balancer "loadBalancer": Entries<LoadBalancer>;
        /// The same for Services that exist: annotations on a Service of the build.
        @annotate "annotate": Entries<Annotate>;
        /// The Kubernetes API on the tailnet: ProxyGroups of type `kube-apiserver`.
        @api_server "apiServer": Entries<ApiServer>;
        /// Proxies that other objects share: ProxyGroups of type `ingress` or `egress`.
        @proxy_group "proxyGroup": Entries<ProxyGroup>;
        /// Tailnet devices in the cluster: ExternalName Services.
        @egress "egress": Entries<Egress>;
        /// Networks, exit nodes and app connectors: Connectors.
        @connector "connector": Entries<Connector>;
        /// Hosts outside of the cluster on the tailnet: Services that lead to them.
        @outside "outside": Entries<Outside>;
    }
}

fields! {
    /// What holds for every entry of a section that does not say otherwise.
    pub struct Defaults {
        /// Written before the tailnet name of every entry: `hostname`, or the key; before that of an `egress` only where
        /// it has a `hostname`. Also before the proxies' names of an `apiServer` or `proxyGroup` that has no
        /// `hostnamePrefix`.
        @hostname_prefix "hostnamePrefix": Templated<FreeText>;
        /// Written after the same names: `"-${CLUSTER}"` gives each cluster its own.
        @hostname_suffix "hostnameSuffix": Templated<FreeText>;
        /// Written after the key to name Ingresses and LoadBalancer Services. Default: `-tailnet`.
        @name_suffix "nameSuffix": Templated<FreeText>;
        /// The tags of the proxies (or of the Tailscale Services on a ProxyGroup).
        @tags "tags": List<Templated<Tag>>;
        /// Labels of every object.
        @labels "labels": TextMap;
        /// More annotations of every object, for other tools.
        @annotations "annotations": TextMap;
        /// Who may reach the entries: selectors of the tailnet policy.
        @access "access": List<Templated<Selector>>;
        /// The ProxyGroup that serves `ingress`, `loadBalancer` and `annotate`.
        @proxy_group "proxyGroup": Templated<Label>;
        /// The ProxyClass of standalone proxies.
        @proxy_class "proxyClass": Templated<Name>;
        /// Reaches Ingresses from inside the cluster by their tailnet name. Standalone only.
        @cluster_traffic "clusterTraffic": Switch;
        /// Redirects plain HTTP to HTTPS on every Ingress.
        @http_redirect "httpRedirect": Switch;
        /// For `ingress` only.
        @ingress "ingress": DefaultsOf<Ingress>;
        /// For `loadBalancer` only.
        @load_balancer "loadBalancer": DefaultsOf<LoadBalancer>;
        /// For `annotate` only.
        @annotate "annotate": DefaultsOf<Annotate>;
        /// For `egress` only.
        @egress "egress": DefaultsOf<Egress>;
        /// For `outside` only.
        @outside "outside": DefaultsOf<Outside>;
    }
}

/// The fields that entries of `ingress`, `loadBalancer`, `annotate`, `egress` and `outside` have in common.
#[derive(Debug, Clone, Copy)]
pub struct Common<'a> {
    /// The name on the tailnet.
    pub hostname: &'a Setting<Templated<Hostname>>,
    /// Written before it.
    pub hostname_prefix: &'a Setting<Templated<FreeText>>,
    /// Written after it.
    pub hostname_suffix: &'a Setting<Templated<FreeText>>,
    /// The object's name.
    pub name: &'a Setting<Templated<Name>>,
    /// Written after the key to name the object.
    pub name_suffix: &'a Setting<Templated<FreeText>>,
    /// The object's namespace.
    pub namespace: &'a Setting<Templated<Label>>,
    /// The tags.
    pub tags: &'a Setting<List<Templated<Tag>>>,
    /// Labels of the object.
    pub labels: &'a Setting<TextMap>,
    /// More annotations of the object.
    pub annotations: &'a Setting<TextMap>,
}

/// An entry that has them.
pub trait EveryEntry {
    /// Returns the fields that all such entries have.
    fn common(&self) -> Common<'_>;
}

/// An entry's fields as defaults; those that name one object are refused.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
#[serde(transparent)]
pub struct DefaultsOf<T>(pub T);

macro_rules! defaults_of {
    ($($record:ty),+) => { $(
        impl Decode for DefaultsOf<$record> {
            const SHAPE: &'static Shape = &Shape::Defaults(&<$record>::RECORD);
            const CLEAR: Clear = Clear::Map;

            fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
                decoder.as_defaults(|decoder| <$record>::decode(node, decoder)).map(Self)
            }
        }
    )+ };
}

defaults_of!(Ingress, LoadBalancer, Annotate, Egress, Outside);

entry! {
    /// An Ingress of class `tailscale`: HTTPS under the entry's name.
    pub struct Ingress: suffixed {
        /// The Service behind it, as `[namespace/]service[:port]`; the port by number or name. The port
        /// may be left out where the build shows the Service and it has exactly one.
        @service "service": Target;
        /// Names the backend's port, where `service` has a placeholder for it.
        @port_name "portName": Templated<PortName>;
        /// Targets by path. `""` is the entry's `service`. Without `paths`, `/` is served; with it, only
        /// the paths that are listed.
        @paths "paths": PathMap;
        /// The ProxyGroup that serves it; without one it has a proxy of its own.
        @proxy_group "proxyGroup": Templated<Label>;
        /// The ProxyClass of its proxy. Standalone only.
        @proxy_class "proxyClass": Templated<Name>;
        /// Serves it on the internet too. Standalone only.
        @funnel "funnel": Switch;
        /// Redirects plain HTTP to HTTPS.
        @http_redirect "httpRedirect": Switch;
        /// Serves plain HTTP beside HTTPS. On a ProxyGroup only.
        @http_endpoint "httpEndpoint": Switch;
        /// Reaches it from inside the cluster by its tailnet name; its proxy is privileged. Standalone only.
        @cluster_traffic "clusterTraffic": Switch;
        /// A tile on a gethomepage.dev dashboard.
        @homepage "homepage": Homepage;
    }
}

fields! {
    /// A tile on a gethomepage.dev dashboard: annotations that it discovers.
    pub struct Homepage {
        /// The group of the tile.
        @group "group": Templated<FreeText>;
        /// The title. Default: the entry's key.
        @name "name": Templated<FreeText>;
        /// The icon.
        @icon "icon": Templated<FreeText>;
        /// The text below the title.
        @description "description": Templated<FreeText>;
    }
}

entry! {
    /// A Service of type LoadBalancer and class `tailscale`, or of type ClusterIP: ports under the entry's name.
    pub struct LoadBalancer: suffixed {
        /// The ports by name, each as `port[:targetPort][/protocol][@appProtocol]`.
        @ports "ports": PortMap;
        /// The one port of a Service whose port has no name, in the same form. In place of `ports`.
        @port "port": PortSpec;
        /// The labels of the Pods behind it.
        @selector "selector": TextMap;
        /// A Service of the build to copy ports and selector from, as `[namespace/]service[:port]`; a port
        /// copies only that one.
        @service "service": Target;
        /// The ProxyGroup that serves it; without one it has a proxy of its own.
        @proxy_group "proxyGroup": Templated<Label>;
        /// The ProxyClass of its proxy. Standalone only.
        @proxy_class "proxyClass": Templated<Name>;
        /// What Service is made; no placeholder, as more depends on it. Default: `LoadBalancer`.
        @kind "type": Templated<ServiceType>;
        /// Sends traffic to Pods that are not ready, too.
        @publish_not_ready_addresses "publishNotReadyAddresses": Switch;
        /// The address families.
        @ip_families "ipFamilies": List<Templated<IpFamily>>;
        /// How many address families.
        @ip_family_policy "ipFamilyPolicy": Templated<FamilyPolicy>;
        /// Whether a client stays with one Pod.
        @session_affinity "sessionAffinity": Templated<SessionAffinity>;
        /// How traffic from outside is spread. Of type LoadBalancer only.
        @external_traffic_policy "externalTrafficPolicy": Templated<TrafficPolicy>;
        /// Whether node ports are opened; the operator needs none. Of type LoadBalancer only.
        @allocate_load_balancer_node_ports "allocateLoadBalancerNodePorts": Flag;
    }
}

entry! {
    /// Annotations that expose a Service of the build, or one that a HelmRelease of the build makes.
    pub struct Annotate: nothing {
        /// The Service, as `[namespace/]service`. Default: the entry's key.
        @service "service": Target;
        /// The Flux HelmRelease whose chart makes the Service, as `[namespace/]name`: it gets a patch in its
        /// `spec.postRenderers`. The Service's namespace is then by default the one that the chart is installed
        /// in. What a chart makes is not in the build: that it makes this Service, and of which ports and type,
        /// cannot be checked.
        @helm_release "helmRelease": Qualified;
        /// The ProxyGroup that serves it; without one it has a proxy of its own.
        @proxy_group "proxyGroup": Templated<Label>;
        /// The ProxyClass of its proxy. Standalone only.
        @proxy_class "proxyClass": Templated<Name>;
    }
}

entry! {
    /// An ExternalName Service that leads to a tailnet device. The key is the name of the Service in the cluster.
    pub struct Egress: outward {
        /// The device's MagicDNS name; a short name takes the profile's `tailnet`. One of `fqdn`, `ip`.
        @fqdn "fqdn": Fqdn;
        /// The device's tailnet address. One of `fqdn`, `ip`.
        @ip "ip": Templated<IpAddress>;
        /// The ports by name, each as `port[/protocol][@appProtocol]`; needed on a ProxyGroup.
        @ports "ports": PortMap;
        /// The ProxyGroup, of type `egress`, that leads there.
        @proxy_group "proxyGroup": Templated<Label>;
        /// The ProxyClass of its proxy. Standalone only.
        @proxy_class "proxyClass": Templated<Name>;
        /// What stands in `spec.externalName` until the operator writes its own. Default: `placeholder`.
        @external_name "externalName": Templated<Name>;
    }
}

entry! {
    /// A Service that leads to a host outside of the cluster: a NAS, a printer, a router. It has a proxy of its
    /// own, unless it names a ProxyGroup. The tailnet policy says who may reach it.
    pub struct Outside: suffixed {
        /// The host's DNS name: an ExternalName Service. Every port of the host is open, TCP and UDP; the tailnet
        /// policy is the only filter. The proxy asks the cluster's DNS for the name, again and again: one that only
        /// the LAN's DNS knows must be known there, too. It reaches the addresses of the families that the proxy's
        /// Pod has. Standalone only. One of `host`, `ip`.
        own @host "host": Templated<Host>;
        /// The host's address: a Service without selector, and an EndpointSlice that leads it there by the Service's
        /// name, which kustomize's `namePrefix` and `nameSuffix` do not change in it. What has a
        /// placeholder is IPv4 unless it shows a colon; for IPv6 the cluster must have Service addresses of IPv6.
        /// One of `host`, `ip`.
        own @ip "ip": Templated<HostAddress>;
        /// The ports by name, each as `port[:targetPort][/protocol][@appProtocol]`; only these are open. Needed
        /// with `ip`.
        @ports "ports": PortMap;
        /// The one port of a Service whose port has no name, in the same form. In place of `ports`.
        @port "port": PortSpec;
        /// The ProxyGroup that serves it; without one it has a proxy of its own. With `ip` only, and never the one
        /// of all sections' `defaults`.
        @proxy_group "proxyGroup": Templated<Label>;
        /// The ProxyClass of its proxy. Standalone only.
        @proxy_class "proxyClass": Templated<Name>;
    }
}
