//! Ways: which field of the stub language each field of an object is made from.
//!
//! One line each, so that it can be seen at once what leads where, and the number of a way is all that an
//! object keeps of it.

use crate::api::STUB_ANNOTATION;
use crate::tailscale::annotation;

/// A place in an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    /// A field with all that is in it, by its whole path.
    Field(&'static str),
    /// An annotation.
    Annotation(&'static str),
    /// One of the labels, by its number.
    Labels,
    /// One of the annotations, by its number.
    Annotations,
    /// One of the labels of a Service's Pods, by its number.
    Selector,
    /// One of the ports of a Service, by its number.
    Ports,
    /// One of the ports of an EndpointSlice, by its number.
    EndpointPorts,
    /// One of the paths of an Ingress, by its number.
    Paths,
    /// One of the tags of a ProxyGroup or a Connector, by its number.
    Tags,
    /// One of the routes of a Connector, by its number; the field is the one that has them.
    Routes(&'static str),
}

macro_rules! ways {
    ($($way:ident: $from:literal => $to:ident $(($path:expr))?;)*) => {
        /// A way from a field, below its layer, to a place in an object.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Way {
            $($way,)*
        }

        /// The ways in the order of their numbers, each with the field.
        const WAYS: &[(To, &str)] = &[$((To::$to $(($path))?, $from),)*];
    };
}

ways! {
    Namespace: "namespace" => Field("metadata.namespace");
    NamespaceOfService: "service" => Field("metadata.namespace");
    NamespaceOfStub: "metadata.namespace" => Field("metadata.namespace");
    Stub: "metadata.name" => Annotation(STUB_ANNOTATION);
    Name: "name" => Field("metadata.name");
    Label: "labels" => Labels;
    Annotation: "annotations" => Annotations;

    Tags: "tags" => Annotation(annotation::TAGS);
    ProxyGroup: "proxyGroup" => Annotation(annotation::PROXY_GROUP);
    ProxyClass: "proxyClass" => Annotation(annotation::PROXY_CLASS);
    Hostname: "hostname" => Annotation(annotation::HOSTNAME);

    IngressHostname: "hostname" => Field("spec.tls");
    IngressClass: "spec.operator.ingressClass" => Field("spec.ingressClassName");
    Backend: "service" => Field("spec.defaultBackend");
    BackendPort: "portName" => Field("spec.defaultBackend.service.port");
    BackendOfRoot: "paths./" => Field("spec.defaultBackend");
    Path: "paths" => Paths;
    ClusterTraffic: "clusterTraffic" => Annotation(annotation::CLUSTER_TRAFFIC);
    Funnel: "funnel" => Annotation(annotation::FUNNEL);
    HttpRedirect: "httpRedirect" => Annotation(annotation::HTTP_REDIRECT);
    HttpEndpoint: "httpEndpoint" => Annotation(annotation::HTTP_ENDPOINT);
    Tile: "homepage" => Annotation("gethomepage.dev/enabled");
    TileLink: "homepage" => Annotation("gethomepage.dev/href");
    TileName: "homepage.name" => Annotation("gethomepage.dev/name");
    TileGroup: "homepage.group" => Annotation("gethomepage.dev/group");
    TileIcon: "homepage.icon" => Annotation("gethomepage.dev/icon");
    TileDescription: "homepage.description" => Annotation("gethomepage.dev/description");

    Type: "type" => Field("spec.type");
    Expose: "type" => Annotation(annotation::EXPOSE);
    NodePorts: "allocateLoadBalancerNodePorts" => Field("spec.allocateLoadBalancerNodePorts");
    TrafficPolicy: "externalTrafficPolicy" => Field("spec.externalTrafficPolicy");
    FamilyPolicy: "ipFamilyPolicy" => Field("spec.ipFamilyPolicy");
    Families: "ipFamilies" => Field("spec.ipFamilies");
    NotReady: "publishNotReadyAddresses" => Field("spec.publishNotReadyAddresses");
    Affinity: "sessionAffinity" => Field("spec.sessionAffinity");
    Port: "ports" => Ports;
    OnlyPort: "port" => Field("spec.ports");
    PortsOfService: "service" => Field("spec.ports");
    Selector: "selector" => Selector;
    SelectorOfService: "service" => Field("spec.selector");

    ExternalName: "externalName" => Field("spec.externalName");
    Fqdn: "fqdn" => Annotation(annotation::TAILNET_FQDN);
    Ip: "ip" => Annotation(annotation::TAILNET_IP);

    OutsideHost: "host" => Field("spec.externalName");
    OutsideFamily: "ip" => Field("spec.ipFamilies");
    Address: "ip" => Field("endpoints");
    AddressType: "ip" => Field("addressType");
    EndpointPort: "ports" => EndpointPorts;
    OnlyEndpointPort: "port" => Field("ports");

    GroupAccount: "acmeAccount" => Annotation(annotation::SHARE_ACME_ACCOUNT);
    GroupReplicas: "replicas" => Field("spec.replicas");
    GroupTag: "tags" => Tags;
    GroupHostname: "hostnamePrefix" => Field("spec.hostnamePrefix");
    GroupClass: "proxyClass" => Field("spec.proxyClass");
    GroupTailnet: "tailnet" => Field("spec.tailnet");
    ServerMode: "mode" => Field("spec.kubeAPIServer.mode");
    ServerHostname: "hostname" => Field("spec.kubeAPIServer.hostname");

    ExitNode: "exitNode" => Field("spec.exitNode");
    Route: "routes" => Routes("spec.subnetRouter.advertiseRoutes");
    AppConnector: "appConnector" => Field("spec.appConnector");
    AppRoute: "routes" => Routes("spec.appConnector.routes");
    ConnectorHostname: "hostname" => Field("spec.hostname");
}

/// How many ways there are.
pub(super) const COUNT: usize = WAYS.len();

impl Way {
    /// Returns the number by which it is found again.
    pub(super) fn number(self) -> usize {
        self as usize
    }

    /// Returns the field.
    pub(super) fn field(self) -> &'static str {
        numbered(self.number()).map_or("", |(_, from)| from)
    }

    /// Returns the key of the annotation that it leads to; empty where it leads to none.
    pub(super) fn annotation(self) -> &'static str {
        match numbered(self.number()) {
            Some((To::Annotation(key), _)) => key,
            _ => "",
        }
    }
}

/// Returns where the way of a number leads, and the field.
pub(super) fn numbered(number: usize) -> Option<(To, &'static str)> {
    WAYS.get(number).copied()
}
