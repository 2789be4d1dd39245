//! Annotation and label keys of the operator, and of the tools that a manifest passes on its way.

/// Exposes an existing Service (`svc.go` hasExposeAnnotation: the string "true" and nothing else).
pub const EXPOSE: &str = "tailscale.com/expose";
/// The tailnet name of a Service (`sts.go` nameForService); never read on an Ingress.
pub const HOSTNAME: &str = "tailscale.com/hostname";
/// Comma-separated tags (`svc.go` and `ingress-for-pg.go`; elements are not trimmed when used).
pub const TAGS: &str = "tailscale.com/tags";
/// The ProxyGroup that serves the object.
pub const PROXY_GROUP: &str = "tailscale.com/proxy-group";
/// The ProxyClass of a standalone proxy (`sts.go` proxyClassForObject).
pub const PROXY_CLASS: &str = "tailscale.com/proxy-class";
/// Funnel, on a standalone Ingress only (`ingress.go` provision).
pub const FUNNEL: &str = "tailscale.com/funnel";
/// Redirect from HTTP (`ingress.go` isHTTPRedirectEnabled).
pub const HTTP_REDIRECT: &str = "tailscale.com/http-redirect";
/// Plain HTTP beside HTTPS, on a ProxyGroup only; its value is "enabled" (`ingress-for-pg.go`).
pub const HTTP_ENDPOINT: &str = "tailscale.com/http-endpoint";
/// Reaches the Ingress from inside the cluster, standalone only (`ingress.go` provision).
pub const CLUSTER_TRAFFIC: &str = "tailscale.com/experimental-forward-cluster-traffic-via-ingress";
/// The MagicDNS name that an egress Service leads to (`svc.go` validateService).
pub const TAILNET_FQDN: &str = "tailscale.com/tailnet-fqdn";
/// The tailnet address that an egress Service leads to (`svc.go` validateService).
pub const TAILNET_IP: &str = "tailscale.com/tailnet-ip";
/// The tailnet address that an egress Service leads to, as older versions call it (`svc.go` tailnetTargetAnnotation).
pub const OLD_TAILNET_IP: &str = "tailscale.com/ts-tailnet-target-ip";

/// Whether the proxies of a ProxyGroup of type `ingress` share an ACME account (`proxygroup.go`
/// sharedACMEAccountEnabled): "true", and any other value is no.
pub const SHARE_ACME_ACCOUNT: &str = "tailscale.com/share-acme-account";

/// The prefix of the operator's keys.
pub const PREFIX: &str = "tailscale.com/";

const ON_SERVICE: &str = "a Service";
const ON_INGRESS: &str = "an Ingress";
const ON_BOTH: &str = "a Service and an Ingress";

/// The keys that the operator reads on what people write, each with where.
pub const READ: &[(&str, &str)] = &[
    (EXPOSE, ON_SERVICE),
    (HOSTNAME, ON_SERVICE),
    (TAGS, ON_BOTH),
    (PROXY_GROUP, ON_BOTH),
    (PROXY_CLASS, ON_BOTH),
    (FUNNEL, ON_INGRESS),
    (HTTP_REDIRECT, ON_INGRESS),
    (HTTP_ENDPOINT, "an Ingress on a ProxyGroup"),
    (CLUSTER_TRAFFIC, ON_INGRESS),
    (TAILNET_FQDN, ON_SERVICE),
    (TAILNET_IP, ON_SERVICE),
    (OLD_TAILNET_IP, ON_SERVICE),
    (SHARE_ACME_ACCOUNT, "a ProxyGroup of type `ingress`"),
];

/// Returns where the operator reads a key.
#[must_use]
pub fn read_on(key: &str) -> Option<&'static str> {
    READ.iter().find(|(known, _)| *known == key).map(|(_, on)| *on)
}

/// Domains whose every key, and every key of a domain below, a tool writes and reads.
const TOOLS: &[(&str, &str)] = &[
    ("config.kubernetes.io", "the orchestrators of KRM functions"),
    ("config.k8s.io", "the orchestrators of KRM functions"),
];

/// The domain below those whose keys people write; but `id` is kustomize's.
const KUSTOMIZE: &str = "kustomize.config.k8s.io";

/// Single keys that a tool writes and reads.
const TOOL_KEYS: &[(&str, &str)] = &[
    ("kustomize.config.k8s.io/id", "kustomize"),
    ("kustomize.toolkit.fluxcd.io/name", "Flux"),
    ("kustomize.toolkit.fluxcd.io/namespace", "Flux"),
    ("helm.toolkit.fluxcd.io/name", "Flux"),
    ("helm.toolkit.fluxcd.io/namespace", "Flux"),
    ("argocd.argoproj.io/instance", "Argo CD"),
    ("argocd.argoproj.io/tracking-id", "Argo CD"),
    ("kubectl.kubernetes.io/last-applied-configuration", "kubectl"),
];

/// Whose a key of `labels` or `annotations` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The operator reads it on what people write.
    Read,
    /// The operator alone writes it.
    Operator,
    /// It is one of the operator's, which reads none of this name.
    Unread,
    /// A tool writes it.
    Tool(&'static str),
    /// Whoever writes it.
    Anybody,
}

impl Owner {
    /// Returns whose a key is; `ours` is our own group.
    #[must_use]
    pub fn of(key: &str, ours: &str) -> Self {
        if read_on(key).is_some() {
            return Self::Read;
        }
        if is_operator_owned(key) {
            return Self::Operator;
        }
        if key.starts_with(PREFIX) {
            return Self::Unread;
        }
        let domain = key.split_once('/').map_or("", |(domain, _)| domain);
        if is_within(domain, ours) {
            return Self::Tool("tailscale-expose");
        }
        let single = TOOL_KEYS.iter().find(|(known, _)| *known == key);
        let whole = TOOLS.iter().find(|(known, _)| is_within(domain, known) && !is_within(domain, KUSTOMIZE));
        single.or(whole).map_or(Self::Anybody, |(_, tool)| Self::Tool(tool))
    }

    /// Returns whose a key may become that begins so and whose rest is not known yet.
    #[must_use]
    pub fn of_beginning(beginning: &str, ours: &str) -> Self {
        match Self::of(beginning, ours) {
            Self::Anybody if beginning.contains('/') => {
                let single = TOOL_KEYS.iter().find(|(known, _)| known.starts_with(beginning));
                single.map_or(Self::Anybody, |(_, tool)| Self::Tool(tool))
            }
            Self::Read | Self::Unread => Self::Operator,
            owner => owner,
        }
    }
}

fn is_within(domain: &str, of: &str) -> bool {
    domain.strip_suffix(of).is_some_and(|below| below.is_empty() || below.ends_with('.'))
}

/// Returns whether only the operator may write a key (`sts.go`, `egress-services.go`,
/// `ingress-for-pg.go`, `kube/kubetypes/types.go`).
#[must_use]
pub fn is_operator_owned(key: &str) -> bool {
    key.strip_prefix(PREFIX).is_some_and(|key| {
        key.starts_with("operator-last-set-")
            || key.starts_with("parent-resource")
            || key.ends_with("finalizer")
            || matches!(
                key,
                "managed"
                    | "secret-type"
                    | "svc-type"
                    | "domain"
                    | "metrics-target"
                    | "peer-relay-replica"
                    | "magic-dnsname"
                    | "owner-references"
                    | "egress-services"
                    | "dns-records-reconciler"
                    | "acme-account-protection"
            )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_belongs_to_whoever_writes_or_reads_it() {
        let (flux, functions) = (Owner::Tool("Flux"), Owner::Tool("the orchestrators of KRM functions"));
        for (key, want) in [
            ("tailscale.com/proxy-class", Owner::Read),
            ("tailscale.com/funnel", Owner::Read),
            ("tailscale.com/share-acme-account", Owner::Read),
            ("tailscale.com/managed", Owner::Operator),
            ("tailscale.com/parent-resource-ns", Owner::Operator),
            ("tailscale.com/operator-last-set-cluster-ip", Owner::Operator),
            ("tailscale.com/hostnme", Owner::Unread),
            ("tailscale.community/funnel", Owner::Anybody),
            ("example.org/stub", Owner::Tool("tailscale-expose")),
            ("deep.example.org/stub", Owner::Tool("tailscale-expose")),
            ("example.organic/stub", Owner::Anybody),
            ("notexample.org/stub", Owner::Anybody),
            ("config.kubernetes.io/local-config", functions),
            ("internal.config.kubernetes.io/path", functions),
            ("alpha.config.kubernetes.io/transformations", functions),
            ("config.k8s.io/id", functions),
            ("kustomize.config.k8s.io/id", Owner::Tool("kustomize")),
            ("kustomize.config.k8s.io/behavior", Owner::Anybody),
            ("kustomize.config.k8s.io/needs-hash", Owner::Anybody),
            ("kustomize.toolkit.fluxcd.io/name", flux),
            ("helm.toolkit.fluxcd.io/namespace", flux),
            ("kustomize.toolkit.fluxcd.io/prune", Owner::Anybody),
            ("kustomize.toolkit.fluxcd.io/ssa", Owner::Anybody),
            ("kustomize.toolkit.fluxcd.io/force", Owner::Anybody),
            ("kustomize.toolkit.fluxcd.io/substitute", Owner::Anybody),
            ("kustomize.toolkit.fluxcd.io/reconcile", Owner::Anybody),
            ("argocd.argoproj.io/tracking-id", Owner::Tool("Argo CD")),
            ("argocd.argoproj.io/sync-wave", Owner::Anybody),
            ("kubectl.kubernetes.io/last-applied-configuration", Owner::Tool("kubectl")),
            ("app.kubernetes.io/name", Owner::Anybody),
            ("team", Owner::Anybody),
        ] {
            assert_eq!(Owner::of(key, "example.org"), want, "{key}");
        }
        for (beginning, want) in [
            ("tailscale.com/", Owner::Operator),
            ("tailscale.com/fun", Owner::Operator),
            ("tailscale.com/funnel", Owner::Operator),
            ("config.kubernetes.io/", functions),
            ("kustomize.config.k8s.io/", Owner::Tool("kustomize")),
            ("kustomize.toolkit.fluxcd.io/na", flux),
            ("kustomize.toolkit.fluxcd.io/pr", Owner::Anybody),
            ("kustomize.", Owner::Anybody),
            ("", Owner::Anybody),
        ] {
            assert_eq!(Owner::of_beginning(beginning, "example.org"), want, "{beginning}");
        }
    }
}
