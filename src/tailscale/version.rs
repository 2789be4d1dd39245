//! Versions of the operator: what came with one of them, and what was broken for a while.
//!
//! Read in the trees of 1.96.5 to 1.104.5. What is the same in all of them is no part of it: names that are
//! reserved and how long others may be are in `limits.rs`.

use std::fmt;

/// A version of the operator, `major.minor`; patches do not matter to what it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The major version.
    pub major: u32,
    /// The minor version.
    pub minor: u32,
}

impl Version {
    /// Parses `1.102`, `1.102.3` or `v1.102.3`.
    ///
    /// # Errors
    ///
    /// Returns what a version must be.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.strip_prefix('v').unwrap_or(text).split('.').map(str::parse);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Ok(major)), Some(Ok(minor)), None | Some(Ok(_)), None) => Ok(Self { major, minor }),
            _ => Err("must be a version such as \"1.102.3\"".into()),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

macro_rules! features {
    ($($(#[doc = $doc:literal])+ $feature:ident: $from:literal..$since:literal, $words:literal, $help:literal, $source:literal;)*) => {
        /// What an operator lacks that is not new enough.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Feature {
            $($(#[doc = $doc])+ $feature,)*
        }

        impl Feature {
            /// All of them, by the version that has them.
            pub const ALL: &'static [Self] = &[$(Self::$feature,)*];

            /// Returns the first version that lacks it, and the first after that which has it. Most were never
            /// there before.
            const fn minors(self) -> [u32; 2] {
                match self { $(Self::$feature => [$from, $since],)* }
            }

            /// Returns what it is in a stub or a profile.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$feature => $words,)* }
            }

            /// Returns what to do without it.
            #[must_use]
            pub const fn instead(self) -> &'static str {
                match self { $(Self::$feature => $help,)* }
            }

            /// Returns where the operator has it.
            #[cfg(feature = "docs")]
            #[must_use]
            pub const fn source(self) -> &'static str {
                match self { $(Self::$feature => $source,)* }
            }
        }
    };
}

features! {
    /// Connectors.
    Connector: 0..58, "a Connector", "leave it out",
        "`connector.go`";
    /// ProxyGroup egress.
    EgressProxyGroup: 0..76, "a ProxyGroup of type `egress`", "leave it out",
        "`egress-services.go`";
    /// Connectors that are app connectors.
    AppConnector: 0..78, "`appConnector`", "leave it out",
        "`connector.go` validateAppConnector";
    /// Ingresses and Services on a ProxyGroup, and `http-endpoint`.
    IngressProxyGroup: 0..84, "a ProxyGroup of type `ingress`", "leave it out",
        "`ingress-for-pg.go`, `svc-for-pg.go`";
    /// ProxyGroup `kube-apiserver`.
    KubeApiServer: 0..86, "a ProxyGroup of type `kube-apiserver`", "leave it out",
        "`api-server-proxy-pg.go`";
    /// `replicas` and `hostnamePrefix` of a Connector.
    ConnectorReplicas: 0..88, "`replicas` or `hostnamePrefix` of a Connector", "leave it out",
        "`k8s-operator/apis/v1alpha1/types_connector.go` Replicas, HostnamePrefix";
    /// `http-redirect`.
    HttpRedirect: 0..94, "`httpRedirect`", "leave it out",
        "`ingress.go` isHTTPRedirectEnabled";
    /// Egress to the name of a Tailscale Service.
    ServiceEgress: 0..94, "egress to a Tailscale Service", "leave it out",
        "`cmd/containerboot/main.go`; tailscale/tailscale#17493";
    /// `spec.tailnet` of a ProxyGroup or a Connector.
    Tailnet: 0..96, "`tailnet`", "leave it out",
        "`k8s-operator/apis/v1alpha1/types_proxygroup.go` Tailnet";
    /// Names on a ProxyGroup of any length: the label of the certificate's Secret is shortened.
    LongCertificateName: 0..98, "a certificate on a ProxyGroup for more than 63 characters", "write a shorter `hostname`",
        "`ingress-for-pg.go` certSecret";
    /// Backends with an IPv6 address. Go 1.26 reads URLs strictly, and the brackets were missing.
    Ipv6Backend: 96..100, "an IPv6 address behind an Ingress", "put IPv4 first in the Service's `ipFamilies`",
        "`ingress.go` handlersForIngress; tailscale/tailscale#19338";
    /// IPv6 targets of a ProxyGroup.
    Ipv6Egress: 0..102, "an IPv6 address on a ProxyGroup of type `egress`", "give the entry a proxy of its own: proxyGroup: \"\"",
        "`egress-services.go`, `egress-eps.go`";
    /// Egress to a 4via6 name.
    ViaEgress: 0..102, "egress to a 4via6 name", "leave it out",
        "`cmd/containerboot/main.go`; tailscale/tailscale#19983";
    /// Names of Services on ProxyGroups are compared within a tailnet.
    NamesPerTailnet: 0..102, "one name of Services on two tailnets", "give one of them another `hostname`",
        "`svc-for-pg.go` validateService; tailscale/tailscale#20114";
    /// `share-acme-account`.
    SharedAcmeAccount: 0..104, "an ACME account that is shared or not", "leave it out",
        "`proxygroup.go` sharedACMEAccountEnabled; tailscale/tailscale#20493";
    /// `fullnameOverride` of the chart.
    OperatorName: 0..104, "an operator of another name", "leave it out",
        "chart value `fullnameOverride`";
}

impl Feature {
    /// Returns the first version that has it for good.
    #[must_use]
    pub const fn since(self) -> Version {
        let [_, minor] = self.minors();
        Version { major: 1, minor }
    }

    /// Returns whether a version lacks it.
    #[must_use]
    pub fn is_missing_in(self, version: Version) -> bool {
        let [from, since] = self.minors().map(|minor| Version { major: 1, minor });
        version < since && (version >= from || from.minor == 0)
    }
}

impl Version {
    /// The newest that the table of features was read in.
    pub const NEWEST: Self = Self { major: 1, minor: 104 };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(Version::parse("v1.102.3").unwrap() > Version::parse("1.94").unwrap());
        assert!(Version::parse("1").is_err() && Version::parse("latest").is_err());
    }

    #[test]
    fn a_feature_is_missing_below_its_version_and_there_from_it_on() {
        for (feature, before, since) in [
            (Feature::EgressProxyGroup, &["0.9", "1.60", "1.75"][..], "1.76"),
            (Feature::IngressProxyGroup, &["1.83"], "1.84"),
            (Feature::KubeApiServer, &["1.85"], "1.86"),
            (Feature::HttpRedirect, &["1.93"], "1.94"),
            (Feature::ServiceEgress, &["1.93"], "1.94"),
            (Feature::Tailnet, &["1.95"], "1.96"),
            (Feature::LongCertificateName, &["1.84", "1.96.5"], "1.98"),
            (Feature::Ipv6Backend, &["1.96", "1.98.10"], "1.100"),
            (Feature::Ipv6Egress, &["1.96", "1.100"], "1.102"),
            (Feature::ViaEgress, &["1.96", "1.100"], "1.102"),
            (Feature::NamesPerTailnet, &["1.96", "1.100"], "1.102"),
            (Feature::SharedAcmeAccount, &["1.96", "1.102.5"], "1.104"),
            (Feature::OperatorName, &["1.96", "1.102.5"], "1.104"),
        ] {
            let version = |text: &str| Version::parse(text).unwrap();
            for before in before {
                assert!(feature.is_missing_in(version(before)), "{feature:?} in {before}");
            }
            for there in [since, "1.104", "1.110", "2.0"] {
                assert!(!feature.is_missing_in(version(there)), "{feature:?} in {there}");
            }
            assert_eq!(feature.since(), version(since));
        }
    }

    #[test]
    fn what_broke_was_there_before() {
        for (version, is_missing) in [("0.9", false), ("1.94", false), ("1.96", true), ("1.98", true), ("1.100", false)]
        {
            assert_eq!(Feature::Ipv6Backend.is_missing_in(Version::parse(version).unwrap()), is_missing, "{version}");
        }
    }

    #[test]
    fn the_newest_version_lacks_nothing_and_the_table_is_in_order() {
        assert!(Feature::ALL.iter().all(|feature| !feature.is_missing_in(Version::NEWEST)));
        assert!(Feature::ALL.is_sorted_by_key(|feature| feature.since()));
        assert_eq!(Feature::ALL.last().map(|feature| feature.since()), Some(Version::NEWEST));
    }
}
