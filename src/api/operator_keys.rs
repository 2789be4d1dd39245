//! The operator's keys that fields of a stub write.
//!
//! Where such a key is written by hand, the field is what to write instead.

use crate::tailscale::annotation::{
    CLUSTER_TRAFFIC, EXPOSE, FUNNEL, HOSTNAME, HTTP_ENDPOINT, HTTP_REDIRECT, OLD_TAILNET_IP, PROXY_CLASS, PROXY_GROUP,
    SHARE_ACME_ACCOUNT, TAGS, TAILNET_FQDN, TAILNET_IP,
};

/// The keys, each with the field that writes it; `annotate` is a section.
const FIELDS: &[(&str, &str)] = &[
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
    (OLD_TAILNET_IP, "ip"),
    (SHARE_ACME_ACCOUNT, "acmeAccount"),
];

/// Returns the field that writes a key, if one does.
#[must_use]
pub fn field_of(key: &str) -> Option<&'static str> {
    FIELDS.iter().find(|(known, _)| *known == key).map(|(_, field)| *field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tailscale::annotation::READ;

    #[test]
    fn what_the_operator_reads_a_field_writes() {
        let written: Vec<&str> = FIELDS.iter().map(|(key, _)| *key).collect();
        let read: Vec<&str> = READ.iter().map(|(key, _)| *key).collect();
        assert_eq!(written, read);
    }
}
