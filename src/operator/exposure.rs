//! What an object becomes on the tailnet, each part with the place where it is written.

use std::borrow::Cow;
use std::fmt;

use crate::yaml::Span;

/// A text and where it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said<'s> {
    /// The text.
    pub text: &'s str,
    /// Where it is.
    pub span: Span,
}

/// How an object reaches the tailnet, or the tailnet it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mechanism {
    /// An Ingress of the operator's class.
    Ingress,
    /// A Service: of the class `tailscale`, or with the annotation `tailscale.com/expose`.
    Service,
    /// A Service that leads to a tailnet device.
    Egress,
    /// Proxies for Ingresses, Services or egress.
    ProxyGroup,
    /// A ProxyGroup that serves the Kubernetes API.
    ApiServer,
    /// A Connector.
    Connector,
}

/// A name on a tailnet. Devices and Tailscale Services share one namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailnetName<'s> {
    /// The name; of replicas what stands before `-0`, `-1` and so on.
    pub text: Cow<'s, str>,
    /// How many replicas take it, each with its number.
    pub replicas: Option<u32>,
    /// Whether it is that of a Tailscale Service, and not of a device.
    pub is_service: bool,
    /// Whether the operator derives it from other names.
    pub derived: bool,
    /// Where it is written, or what it is derived from.
    pub span: Span,
}

/// Where a proxy sends what it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target<'s> {
    /// To the backends of an Ingress, by their paths.
    Handlers(Vec<Handler<'s>>),
    /// To the object itself, a Service with an address of the cluster.
    Cluster,
    /// To a DNS name outside of the cluster (`spec.externalName`).
    Outside(Said<'s>),
    /// To a device or an address of the tailnet.
    Tailnet(Said<'s>),
    /// Nowhere by itself.
    Nothing,
}

/// How a proxy speaks to a backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Plain HTTP.
    Http,
    /// TLS, whatever the certificate.
    Https,
}

/// A path of an Ingress and its backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler<'s> {
    /// The path.
    pub path: Cow<'s, str>,
    /// The Service, in the namespace of the Ingress.
    pub service: Said<'s>,
    /// The port's number, where it is written or the Service shows it.
    pub port: Option<u32>,
    /// The port's name, where the backend is written so.
    pub port_name: Option<&'s str>,
    /// How the proxy speaks.
    pub scheme: Scheme,
    /// Where the backend is written.
    pub span: Span,
}

/// What port 80 does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Redirection {
    /// It is closed.
    #[default]
    None,
    /// It redirects to HTTPS.
    Redirect,
    /// It serves the same in clear text.
    Endpoint,
}

/// A port of a Service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServedPort<'s> {
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: &'s str,
    /// The number as written, which may be a placeholder.
    pub number: Said<'s>,
}

/// The ports that are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ports<'s> {
    /// None by number: the proxy passes on whatever the address serves, and the policy is the only filter.
    Unfiltered,
    /// These numbers over TCP.
    Tcp(Vec<u32>),
    /// Those of a Service.
    Served(Vec<ServedPort<'s>>),
}

/// Why the operator makes nothing of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// A headless Service (`svc.go` validateService).
    Headless,
    /// A Service on a ProxyGroup that no reconciler takes up (`svc-for-pg.go` shouldExposeClusterIP).
    NotExposed,
    /// `tailscale.com/proxy-group: ""` on a Service: both reconcilers pass it over (`svc.go` Reconcile).
    EmptyGroup,
    /// Both a name and an address of a tailnet target (`svc.go` validateService).
    TwoTargets,
    /// Not a MagicDNS name (`operator.go` isMagicDNSName).
    TargetName,
    /// Not an address (`svc.go` validateService).
    TargetAddress,
    /// Not a DNS label (`dnsname.ValidLabel`).
    Hostname,
    /// Not a tag (`tailcfg.CheckTag`).
    Tags,
    /// A ProxyGroup of another type (`svc-for-pg.go` validateService, `ingress-for-pg.go` validateIngress,
    /// `egress-services.go` validateEgressService).
    GroupType,
    /// More than one TLS host on a ProxyGroup (`ingress-for-pg.go` validateIngress).
    TlsHosts,
    /// A standalone Ingress without a backend that can be served (`ingress.go` maybeProvision).
    NoBackends,
    /// Egress on a ProxyGroup without a port (`egress-services.go` validateEgressService).
    NoPorts,
    /// Egress on a ProxyGroup that is not of type ExternalName (`egress-services.go` validateEgressService).
    NotExternalName,
    /// A ProxyGroup of the name of the operator's own ServiceAccount (`proxygroup.go` validate).
    ReservedName,
    /// A Connector that is neither router nor exit node nor app connector, or too many of them
    /// (`connector.go` validate).
    ConnectorMode,
    /// Routes that are none (`connector.go` validateRoutes).
    Routes,
    /// An object that is marked as the operator's own (`operator.go` isManagedResource).
    Managed,
}

/// A part of an object that the operator passes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dropped {
    /// A rule for a host that is not exactly the TLS host (`ingress.go` handlersForIngress).
    HostRule,
    /// A backend that is not a Service, or has no address or no such port (`ingress.go` handlersForIngress).
    Backend,
    /// `tailscale.com/http-redirect` beside `tailscale.com/http-endpoint` (`ingress-for-pg.go` maybeProvision).
    Redirect,
    /// `tailscale.com/funnel` on a ProxyGroup, which never reads it.
    Funnel,
}

/// What an object becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure<'s> {
    /// How it does.
    pub mechanism: Mechanism,
    /// All names that it takes on the tailnet.
    pub names: Vec<TailnetName<'s>>,
    /// The tailnet, by the name of its `Tailnet` object; empty for the operator's own.
    pub tailnet: String,
    /// The tags of its devices, or of its Tailscale Service, exactly as they are sent.
    pub tags: Vec<Cow<'s, str>>,
    /// Where the tags are written, if the object says any.
    pub tags_span: Option<Span>,
    /// The ports.
    pub ports: Ports<'s>,
    /// Where traffic goes.
    pub target: Target<'s>,
    /// The ProxyGroup that serves it.
    pub group: Option<Said<'s>>,
    /// The ProxyClass of its own proxy.
    pub class: Option<Said<'s>>,
    /// How many proxies it has of its own.
    pub replicas: u32,
    /// Whether it is open to the internet.
    pub funnel: bool,
    /// What port 80 does.
    pub redirection: Redirection,
    /// Whether Pods reach it by its tailnet name, too.
    pub cluster_traffic: bool,
    /// Why nothing is made of it.
    pub refusals: Vec<Refusal>,
    /// What of it is passed over.
    pub dropped: Vec<(Dropped, Span)>,
}

impl<'s> Exposure<'s> {
    /// Returns an exposure with nothing in it yet.
    pub(super) fn new(mechanism: Mechanism) -> Self {
        Self {
            mechanism,
            names: Vec::new(),
            tailnet: String::new(),
            tags: Vec::new(),
            tags_span: None,
            ports: Ports::Unfiltered,
            target: Target::Nothing,
            group: None,
            class: None,
            replicas: 0,
            funnel: false,
            redirection: Redirection::None,
            cluster_traffic: false,
            refusals: Vec::new(),
            dropped: Vec::new(),
        }
    }

    /// Returns whether the operator makes something of the object.
    #[must_use]
    pub fn is_made(&self) -> bool {
        self.refusals.is_empty()
    }

    /// Adds a refusal, once.
    pub(super) fn refuse(&mut self, refusal: Refusal) {
        if !self.refusals.contains(&refusal) {
            self.refusals.push(refusal);
        }
    }

    /// Returns the handlers of an Ingress.
    #[must_use]
    pub fn handlers(&self) -> &[Handler<'s>] {
        match &self.target {
            Target::Handlers(handlers) => handlers,
            _ => &[],
        }
    }
}

/// As a backend's URL begins.
impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https+insecure",
        })
    }
}
