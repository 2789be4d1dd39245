//! How the operator is set up in a cluster, as far as its readings depend on it.

use crate::tailscale::limits;

/// The settings of an operator; the defaults are those of its chart (`operator.go` main).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The tailnet name of the operator itself (`OPERATOR_HOSTNAME`).
    pub hostname: String,
    /// What its own objects are called (chart `fullnameOverride`).
    pub name: String,
    /// The Ingress class (`OPERATOR_INGRESS_CLASS_NAME`).
    pub ingress_class: String,
    /// The tags of what names none (`PROXY_TAGS`).
    pub default_tags: Vec<String>,
    /// Whether LoadBalancer Services without a class are its own (`OPERATOR_DEFAULT_LOAD_BALANCER`).
    pub default_load_balancer: bool,
    /// The MagicDNS name of the operator's own tailnet, if it is known.
    pub tailnet: Option<String>,
    /// The operator's namespace (`OPERATOR_NAMESPACE`), if it is known.
    pub namespace: Option<String>,
}

impl Default for Installation {
    fn default() -> Self {
        Self {
            hostname: limits::OPERATOR_HOSTNAME.to_owned(),
            name: limits::OPERATOR.to_owned(),
            ingress_class: "tailscale".to_owned(),
            default_tags: vec!["tag:k8s".to_owned()],
            default_load_balancer: false,
            tailnet: None,
            namespace: None,
        }
    }
}
