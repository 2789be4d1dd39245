//! The objects of the operator's CRDs: what a schema has, and nothing else, with its patterns and rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The operator's ProxyGroup (`tailscale.com_proxygroups.yaml`): what the CRD has, and nothing else.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ProxyGroup {
    api_version: String,
    kind: String,
    metadata: Metadata,
    spec: ProxyGroupSpec,
}

/// The metadata of a cluster-scoped object: no namespace.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    name: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ProxyGroupSpec {
    r#type: ProxyGroupType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replicas: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hostname_prefix: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proxy_class: Option<String>,
    #[serde(default, rename = "kubeAPIServer", skip_serializing_if = "Option::is_none")]
    kube_api_server: Option<KubeApiServer>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tailnet: Option<String>,
}

/// The operator's Connector (`tailscale.com_connectors.yaml`), in the same way.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Connector {
    api_version: String,
    kind: String,
    metadata: Metadata,
    spec: ConnectorSpec,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ConnectorSpec {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    app_connector: Option<AppConnector>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exit_node: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hostname: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hostname_prefix: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proxy_class: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replicas: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subnet_router: Option<SubnetRouter>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tailnet: Option<String>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct AppConnector {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    routes: Option<Vec<String>>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct SubnetRouter {
    advertise_routes: Vec<String>,
}

impl Connector {
    /// Checks the patterns and the CEL rules of the CRD.
    pub(crate) fn check(&self) -> Result<(), String> {
        let ConnectorSpec {
            app_connector, exit_node, hostname, hostname_prefix, replicas, subnet_router, tags, ..
        } = &self.spec;
        check_tags(tags.as_deref())?;
        check_prefix(hostname_prefix.as_deref())?;
        if let Some(hostname) = hostname
            && !(is_label(hostname) && (2..=63).contains(&hostname.len()))
        {
            return Err(format!("spec.hostname: {hostname} does not match ^[a-z0-9][a-z0-9-]{{0,61}}[a-z0-9]$"));
        }
        let app_routes = app_connector.as_ref().and_then(|app| app.routes.as_ref());
        let routes = subnet_router.as_ref().map(|router| &router.advertise_routes);
        for routes in [app_routes, routes].into_iter().flatten() {
            let is_cidr = |route: &String| route.split_once('/').is_some_and(|(_, bits)| bits.parse::<u8>().is_ok());
            if routes.is_empty() || !routes.iter().all(is_cidr) {
                return Err(format!("the routes {routes:?} must be networks"));
            }
        }
        let is_router = subnet_router.is_some() || *exit_node == Some(true);
        if !is_router && app_connector.is_none() {
            return Err("A Connector needs to have at least one of exit node, subnet router or app connector".into());
        }
        if is_router && app_connector.is_some() {
            return Err("The appConnector field is mutually exclusive with exitNode and subnetRouter fields".into());
        }
        if hostname.is_some() && replicas.is_some_and(|replicas| replicas > 1) {
            return Err("The hostname field cannot be specified when replicas is greater than 1".into());
        }
        if hostname.is_some() && hostname_prefix.is_some() {
            return Err("The hostname and hostnamePrefix fields are mutually exclusive".into());
        }
        Ok(())
    }
}

fn is_label(text: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.chars().all(|c| alphanumeric(c) || c == '-')
        && text.starts_with(alphanumeric)
        && text.ends_with(alphanumeric)
        && text.len() <= 63
}

fn check_tags(tags: Option<&[String]>) -> Result<(), String> {
    for tag in tags.into_iter().flatten() {
        let name = tag.strip_prefix("tag:").unwrap_or_default();
        let sound = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !sound {
            return Err(format!("spec.tags: {tag} does not match ^tag:[a-zA-Z][a-zA-Z0-9-]*$"));
        }
    }
    Ok(())
}

fn check_prefix(prefix: Option<&str>) -> Result<(), String> {
    match prefix {
        Some(prefix) if !(is_label(&format!("{prefix}0")) && prefix.len() <= 62 && !prefix.starts_with('-')) => {
            Err(format!("spec.hostnamePrefix: {prefix} does not match ^[a-z0-9][a-z0-9-]{{0,61}}$"))
        }
        _ => Ok(()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum ProxyGroupType {
    Egress,
    Ingress,
    KubeApiserver,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct KubeApiServer {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mode: Option<Mode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hostname: Option<String>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Auth,
    Noauth,
}

impl ProxyGroup {
    /// Checks the patterns of the CRD.
    pub(crate) fn check(&self) -> Result<(), String> {
        let spec = &self.spec;
        check_tags(spec.tags.as_deref())?;
        check_prefix(spec.hostname_prefix.as_deref())?;
        if let Some(hostname) = spec.kube_api_server.as_ref().and_then(|server| server.hostname.as_ref())
            && !is_label(hostname)
        {
            let pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";
            return Err(format!("spec.kubeAPIServer.hostname: {hostname} does not match {pattern}"));
        }
        if spec.kube_api_server.is_some() && spec.r#type != ProxyGroupType::KubeApiserver {
            return Err("spec.kubeAPIServer: is ignored on this type".to_owned());
        }
        Ok(())
    }
}
