//! The words of a stub: fields that take one of a few values.

words! {
    /// Whether tailnet identities become Kubernetes users.
    pub enum Mode {
        /// The proxy impersonates the caller's tailnet identity.
        Auth "auth",
        /// The proxy passes requests on; callers bring their own credentials.
        NoAuth "noauth",
    }
}

words! {
    /// What a ProxyGroup serves.
    pub enum ProxyGroupType {
        /// Ingresses and Services.
        Ingress "ingress",
        /// Egress Services.
        Egress "egress",
    }
}

words! {
    /// Whose ACME account a ProxyGroup has certificates issued with.
    pub enum AcmeAccount {
        /// One account for all ProxyGroups of a tailnet that share it.
        Shared "shared",
        /// An account for each of its proxies.
        Own "own",
    }
}

words! {
    /// What Service is made.
    pub enum ServiceType {
        /// The operator tells its address in the status.
        LoadBalancer "LoadBalancer",
        /// Exposed by an annotation; no node ports are opened.
        ClusterIp "ClusterIP",
    }
}

words! {
    /// An address family.
    pub enum IpFamily {
        /// IPv4.
        V4 "IPv4",
        /// IPv6.
        V6 "IPv6",
    }
}

words! {
    /// How many address families a Service has.
    pub enum FamilyPolicy {
        /// One.
        Single "SingleStack",
        /// Two, where the cluster has them.
        Prefer "PreferDualStack",
        /// Two.
        Require "RequireDualStack",
    }
}

words! {
    /// Whether a client stays with one Pod.
    pub enum SessionAffinity {
        /// By the client's address.
        ClientIp "ClientIP",
        /// No.
        None "None",
    }
}

words! {
    /// How traffic from outside is spread.
    pub enum TrafficPolicy {
        /// Over all nodes.
        Cluster "Cluster",
        /// Over the Pods of the node it comes to.
        Local "Local",
    }
}
