//! ProxyGroups: the devices of their replicas, and the Tailscale Service of one for the Kubernetes API.
//!
//! `proxygroup.go` validate and maybeProvision, `proxygroup_specs.go` pgHostname, `api-server-proxy-pg.go`
//! serviceNameForAPIServerProxy. What a ProxyClass asks of the cluster is not looked at.

use std::borrow::Cow;

use super::look::{at, text_at};
use super::{Exposure, Mechanism, Ports, Refusal, Surroundings, TailnetName, check};
use crate::krm::Object;
use crate::tailscale::limits;
use crate::yaml::Node;

/// How many replicas there are where none are said (`proxygroup.go` pgReplicas).
const REPLICAS: u32 = 2;

/// Reads a ProxyGroup.
pub(super) fn read<'s>(object: Object<'s>, around: &dyn Surroundings<'s>) -> Exposure<'s> {
    let kind = text_at(object, &["spec", "type"]).map_or("", |kind| kind.text);
    let is_api = kind == "kube-apiserver";
    let mut exposure = Exposure::new(if is_api { Mechanism::ApiServer } else { Mechanism::ProxyGroup });
    let name = at(object, &["metadata", "name"]).unwrap_or(object.node);
    let replicas = at(object, &["spec", "replicas"]).and_then(Node::text).and_then(|text| text.parse().ok());
    let prefix = text_at(object, &["spec", "hostnamePrefix"]);
    exposure.replicas = replicas.unwrap_or(REPLICAS);
    exposure.names.push(TailnetName {
        text: Cow::Borrowed(prefix.map_or_else(|| object.metadata("name"), |prefix| prefix.text)),
        replicas: Some(exposure.replicas),
        is_service: false,
        derived: prefix.is_none(),
        span: prefix.map_or(name.span, |prefix| prefix.span),
    });
    exposure.tailnet = text_at(object, &["spec", "tailnet"]).map(|tailnet| tailnet.text.to_owned()).unwrap_or_default();
    exposure.class = text_at(object, &["spec", "proxyClass"]);
    tags(object, &mut exposure, around);
    if is_api {
        let hostname = text_at(object, &["spec", "kubeAPIServer", "hostname"]);
        exposure.ports = Ports::Tcp(vec![443]);
        exposure.names.push(TailnetName {
            text: Cow::Borrowed(hostname.map_or_else(|| object.metadata("name"), |hostname| hostname.text)),
            replicas: None,
            is_service: true,
            derived: hostname.is_none(),
            span: hostname.map_or(name.span, |hostname| hostname.span),
        });
    }
    let is_auth = is_api && text_at(object, &["spec", "kubeAPIServer", "mode"]).is_none_or(|mode| mode.text == "auth");
    if object.metadata("name") == limits::AUTH_PROXY && !is_auth {
        exposure.refuse(Refusal::ReservedName);
    }
    exposure
}

/// Reads the tags of an object's `spec`; none are those of the installation.
pub(super) fn tags<'s>(object: Object<'s>, exposure: &mut Exposure<'s>, around: &dyn Surroundings<'s>) {
    let node = at(object, &["spec", "tags"]).filter(|tags| !tags.items().is_empty());
    let items = node.map_or(&[][..], Node::items);
    exposure.tags_span = node.map(|node| node.span);
    exposure.tags = match node {
        Some(_) => items.iter().filter_map(Node::text).map(Cow::Borrowed).collect(),
        None => check::default_tags(around.installation()),
    };
}
