//! Annotation and label keys of the operator.

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

/// The prefix of the operator's keys.
pub const PREFIX: &str = "tailscale.com/";

/// The keys that a field of a stub writes, each with the field; `annotate` is a section.
pub const FIELDS: &[(&str, &str)] = &[
    (EXPOSE, "annotate"),
    (HOSTNAME, "hostname"),
    (TAGS, "tags"),
    (PROXY_GROUP, "proxyGroup"),
    (PROXY_CLASS, "proxyClass"),
    (FUNNEL, "funnel"),
    (HTTP_REDIRECT, "httpRedirect"),
    (HTTP_ENDPOINT, "httpEndpoint"),
    (CLUSTER_TRAFFIC, "clusterTraffic"),
    (TAILNET_FQDN, "fqdn"),
    (TAILNET_IP, "ip"),
    ("tailscale.com/ts-tailnet-target-ip", "ip"),
];

/// Returns the stub field that writes a key, if one does.
#[must_use]
pub fn field_of(key: &str) -> Option<&'static str> {
    FIELDS.iter().find(|(known, _)| *known == key).map(|(_, field)| *field)
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
            )
    })
}
