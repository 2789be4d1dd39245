//! Connectors: subnet routers, exit nodes and app connectors.
//!
//! `connector.go` validate and maybeProvisionConnector, `sts.go` provisionSecrets. Which routes are approved
//! is a matter of the tailnet's policy.

use std::borrow::Cow;

use super::look::{at, text_at};
use super::{Exposure, Mechanism, Refusal, Surroundings, TailnetName, check, proxy_group};
use crate::krm::Object;
use crate::tailscale::half_of_all;
use crate::yaml::Node;

/// Reads a Connector.
pub(super) fn read<'s>(object: Object<'s>, around: &dyn Surroundings<'s>) -> Exposure<'s> {
    let mut exposure = Exposure::new(Mechanism::Connector);
    let name = at(object, &["metadata", "name"]).unwrap_or(object.node);
    let replicas = at(object, &["spec", "replicas"]).and_then(Node::text).and_then(|text| text.parse().ok());
    exposure.replicas = replicas.unwrap_or(1);
    let (hostname, prefix) = (text_at(object, &["spec", "hostname"]), text_at(object, &["spec", "hostnamePrefix"]));
    let (text, span) = match (prefix, hostname) {
        (Some(said), _) | (None, Some(said)) => (Cow::Borrowed(said.text), said.span),
        (None, None) => (Cow::Owned(format!("{}-connector", object.metadata("name"))), name.span),
    };
    exposure.names.push(TailnetName {
        text,
        // Without a prefix all replicas ask for the same name.
        replicas: prefix.map(|_| exposure.replicas),
        is_service: false,
        derived: prefix.is_none() && hostname.is_none(),
        span,
    });
    exposure.tailnet = text_at(object, &["spec", "tailnet"]).map(|tailnet| tailnet.text.to_owned()).unwrap_or_default();
    exposure.class = text_at(object, &["spec", "proxyClass"]);
    proxy_group::tags(object, &mut exposure, around);
    let part = |field| at(object, &["spec", field]).filter(|part| !part.is_null());
    let (router, app) = (part("subnetRouter"), part("appConnector"));
    let is_exit = at(object, &["spec", "exitNode"]).and_then(Node::text) == Some("true");
    let is_router = router.is_some() || is_exit;
    let has_many = exposure.replicas > 1 && hostname.is_some();
    if is_router == app.is_some() || has_many || (prefix.is_some() && hostname.is_some()) {
        exposure.refuse(Refusal::ConnectorMode);
    }
    let routes = match app {
        Some(app) => app.get("routes"),
        None => router.and_then(|router| router.get("advertiseRoutes")),
    };
    let routes = routes.map_or(&[][..], Node::items);
    let is_empty = app.is_none() && router.is_some() && routes.is_empty();
    // One alone is refused where the routes are written for the proxy (`sts.go` tailscaledConfig).
    let is_half = half_of_all(routes.iter().filter_map(Node::text)).is_some();
    if is_empty || is_half || !routes.iter().all(|route| route.text().is_some_and(check::is_route)) {
        exposure.refuse(Refusal::Routes);
    }
    exposure
}
