//! What a manifest means: what the operator must make of it, said without the operator.
//!
//! It follows the rules of the operator's own documentation for its objects, in the few forms that we
//! generate. What another form would do is not known here.

use serde_json::Value;
use tailscale_expose::api::STUB_ANNOTATION;

use super::facts::{Facts, mount};
use super::manifest::{annotation, list, namespace, text};

/// What manifests rely on without saying it.
pub(crate) struct Around<'w> {
    /// The Services of the world.
    pub(crate) services: Vec<&'w Value>,
    /// The MagicDNS name.
    pub(crate) tailnet: &'w str,
    /// The tags of what names none.
    pub(crate) default_tags: &'w [String],
}

/// The port of a backend that nobody brought along: the oracle makes such a Service.
const ASSUMED_PORT: u64 = 8080;

/// Where plain HTTP is sent if it is redirected.
const REDIRECT: &str = "301:https://${HOST}${REQUEST_URI}";

/// The section of a stub that makes such an object.
pub(crate) fn section(manifest: &Value) -> Option<&'static str> {
    let has = |key: &str| annotation(manifest, key).is_some();
    let is_exposed = annotation(manifest, "tailscale.com/expose") == Some("true");
    match (text(manifest, "/kind"), text(manifest, "/spec/type")) {
        ("Ingress", _) => Some("ingress"),
        ("ProxyGroup", "kube-apiserver") => Some("apiServer"),
        ("ProxyGroup", "ingress" | "egress") => Some("proxyGroup"),
        ("Connector", _) => Some("connector"),
        ("Service", "ExternalName") if has("tailscale.com/tailnet-fqdn") || has("tailscale.com/tailnet-ip") => {
            Some("egress")
        }
        ("Service", kind) if is_exposed && has(STUB_ANNOTATION) => {
            Some(if kind == "ClusterIP" && manifest.pointer("/spec/selector").is_some() {
                "loadBalancer"
            } else {
                "outside"
            })
        }
        ("Service", _) if is_exposed => Some("annotate"),
        ("Service", "LoadBalancer") if text(manifest, "/spec/loadBalancerClass") == "tailscale" => Some("loadBalancer"),
        _ => None,
    }
}

/// What the operator must make of an object.
pub(crate) fn meant(manifest: &Value, around: &Around<'_>) -> Facts {
    match section(manifest) {
        Some("ingress") => ingress(manifest, around),
        Some("egress") => egress(manifest, around),
        Some("loadBalancer" | "annotate" | "outside") => service(manifest, around),
        Some("apiServer" | "proxyGroup") => proxy_group(manifest, around),
        Some("connector") => connector(manifest, around),
        _ => Facts::default(),
    }
}

fn ingress(manifest: &Value, around: &Around<'_>) -> Facts {
    let is_on = |key: &str| annotation(manifest, key) == Some("true");
    let group = annotation(manifest, "tailscale.com/proxy-group").unwrap_or_default();
    let host = text(manifest, "/spec/tls/0/hosts/0");
    let redirect = is_on("tailscale.com/http-redirect");
    let endpoint = annotation(manifest, "tailscale.com/http-endpoint") == Some("enabled");
    let mut handlers = Vec::new();
    if let Some(backend) = manifest.pointer("/spec/defaultBackend") {
        handlers.push(("/", target(backend, manifest, "/", around)));
    }
    for path in list(manifest, "/spec/rules/0/http/paths") {
        let at = text(path, "/path");
        handlers.extend(path.get("backend").map(|backend| (at, target(backend, manifest, at, around))));
    }
    handlers.sort();
    let mut mounts: Vec<Value> = handlers.iter().map(|(path, target)| mount("443", path, target)).collect();
    if redirect {
        mounts.extend(handlers.iter().map(|(path, _)| mount("80", path, REDIRECT)));
    } else if endpoint {
        mounts.extend(handlers.iter().map(|(path, target)| mount("80", path, target)));
    }
    mounts.sort_by_key(|mount| format!("{} {}", mount["port"], mount["path"]));
    let mut targets: Vec<String> = handlers.into_iter().map(|(_, target)| target).collect();
    targets.sort();
    targets.dedup();
    let mut ports = vec!["tcp:443"];
    if redirect || endpoint {
        ports.push("tcp:80");
    }

    let mut facts = Facts::default();
    facts.set("mechanism", "ingress");
    facts.set("handledBy", vec![if group.is_empty() { "ingress" } else { "ingress-pg" }]);
    named(&mut facts, host, around);
    facts.set("tags", tags(manifest, around));
    facts.set("ports", ports);
    facts.set("mounts", mounts);
    facts.set("targets", targets);
    facts.set("funnel", is_on("tailscale.com/funnel"));
    facts.set("httpRedirect", redirect);
    facts.set("httpEndpoint", endpoint);
    facts.set("clusterTraffic", is_on("tailscale.com/experimental-forward-cluster-traffic-via-ingress"));
    served_by(&mut facts, manifest, host);
    facts
}

/// Where the operator sends requests for a path.
fn target(backend: &Value, manifest: &Value, path: &str, around: &Around<'_>) -> String {
    let (name, port_name) = (text(backend, "/service/name"), text(backend, "/service/port/name"));
    let namespace = namespace(manifest);
    let number = backend.pointer("/service/port/number").and_then(Value::as_u64);
    let port = number.unwrap_or_else(|| port_called(port_name, name, namespace, around).unwrap_or(ASSUMED_PORT));
    let scheme = if port == 443 || port_name == "https" { "https+insecure" } else { "http" };
    format!("{scheme}://{name}.{namespace}:{port}{path}")
}

fn port_called(port: &str, service: &str, in_namespace: &str, around: &Around<'_>) -> Option<u64> {
    let is_it = |manifest: &&&Value| text(manifest, "/metadata/name") == service && namespace(manifest) == in_namespace;
    let ports = list(around.services.iter().find(is_it)?, "/spec/ports");
    ports.iter().find(|spec| text(spec, "/name") == port)?.get("port")?.as_u64()
}

fn service(manifest: &Value, around: &Around<'_>) -> Facts {
    let group = annotation(manifest, "tailscale.com/proxy-group").unwrap_or_default();
    let host = annotation(manifest, "tailscale.com/hostname").unwrap_or_default();
    let is_outside = text(manifest, "/spec/type") == "ExternalName";
    let target = if is_outside {
        text(manifest, "/spec/externalName").to_owned()
    } else {
        format!("{}.{}", text(manifest, "/metadata/name"), namespace(manifest))
    };
    let mut facts = Facts::default();
    facts.set("mechanism", "service");
    facts.set("handledBy", vec![if group.is_empty() { "service" } else { "service-pg" }]);
    named(&mut facts, host, around);
    facts.set("tags", tags(manifest, around));
    facts.set("targets", vec![target]);
    if !group.is_empty() {
        // A Tailscale Service for all ports: the operator leaves them to the kernel.
        facts.set("ports", vec!["do-not-validate"]);
    } else if !is_outside {
        facts.set("ports", ports(manifest));
    }
    served_by(&mut facts, manifest, host);
    facts
}

fn egress(manifest: &Value, around: &Around<'_>) -> Facts {
    let group = annotation(manifest, "tailscale.com/proxy-group").unwrap_or_default();
    let target = ["tailscale.com/tailnet-fqdn", "tailscale.com/tailnet-ip"];
    let target = target.into_iter().filter_map(|key| annotation(manifest, key));
    let target: Vec<&str> = target.map(|target| target.trim_end_matches('.')).collect();
    let mut facts = Facts::default();
    facts.set("mechanism", "egress");
    facts.set("targets", target);
    served_by(&mut facts, manifest, "");
    if group.is_empty() {
        let derived = format!("{}-{}", namespace(manifest), text(manifest, "/metadata/name"));
        facts.set("handledBy", vec!["service"]);
        named(&mut facts, annotation(manifest, "tailscale.com/hostname").unwrap_or(&derived), around);
        facts.set("tags", tags(manifest, around));
    } else {
        facts.set("handledBy", vec!["egress-eps", "egress-svcs", "egress-svcs-readiness"]);
        facts.set("ports", ports(manifest));
    }
    facts
}

fn proxy_group(manifest: &Value, around: &Around<'_>) -> Facts {
    let name = text(manifest, "/metadata/name");
    let or_name = |text: &str| if text.is_empty() { name.to_owned() } else { text.to_owned() };
    let replicas = manifest.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(2);
    let prefix = or_name(text(manifest, "/spec/hostnamePrefix"));
    let mut facts = Facts::default();
    facts.set("mechanism", "proxygroup");
    facts.set("handledBy", vec!["proxygroup"]);
    facts.set("hostnames", (0..replicas).map(|number| format!("{prefix}-{number}")).collect::<Vec<_>>());
    facts.set("replicas", replicas);
    facts.set("proxyClass", text(manifest, "/spec/proxyClass"));
    facts.set("tags", tags_of_spec(manifest, around));
    if text(manifest, "/spec/type") == "kube-apiserver" {
        let host = or_name(text(manifest, "/spec/kubeAPIServer/hostname"));
        facts.set("handledBy", vec!["kube-apiserver-ts-service", "proxygroup"]);
        facts.set("tailscaleService", format!("svc:{host}"));
        facts.set("ports", vec!["tcp:443"]);
        facts.set("dnsName", format!("{host}.{}", around.tailnet));
    }
    facts
}

fn connector(manifest: &Value, around: &Around<'_>) -> Facts {
    let replicas = manifest.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1);
    let mut facts = Facts::default();
    facts.set("mechanism", "connector");
    facts.set("handledBy", vec!["connector"]);
    facts.set("replicas", replicas);
    facts.set("proxyClass", text(manifest, "/spec/proxyClass"));
    facts.set("tags", tags_of_spec(manifest, around));
    let derived = format!("{}-connector", text(manifest, "/metadata/name"));
    let names: Vec<String> = match (text(manifest, "/spec/hostnamePrefix"), text(manifest, "/spec/hostname")) {
        ("", "") => vec![derived],
        ("", hostname) => vec![hostname.to_owned()],
        (prefix, _) => (0..replicas).map(|number| format!("{prefix}-{number}")).collect(),
    };
    match names.as_slice() {
        [one] => named(&mut facts, one, around),
        _ => {
            // The report shows the name that came last.
            let last = names.last().map(|name| format!("{name}.{}", around.tailnet));
            facts.set("dnsName", last);
            facts.set("hostnames", names);
        }
    }
    facts
}

fn tags_of_spec(manifest: &Value, around: &Around<'_>) -> Vec<String> {
    match list(manifest, "/spec/tags") {
        [] => around.default_tags.to_vec(),
        tags => tags.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
    }
}

fn named(facts: &mut Facts, host: &str, around: &Around<'_>) {
    facts.set("hostname", host);
    facts.set("dnsName", format!("{host}.{}", around.tailnet));
}

/// The group that serves an object of the given tailnet name, or the class and the one replica of its
/// own proxy.
fn served_by(facts: &mut Facts, manifest: &Value, host: &str) {
    match annotation(manifest, "tailscale.com/proxy-group") {
        Some(group) => {
            facts.set("proxyGroup", group);
            if !host.is_empty() {
                facts.set("tailscaleService", format!("svc:{host}"));
            }
        }
        None => {
            facts.set("proxyClass", annotation(manifest, "tailscale.com/proxy-class").unwrap_or_default());
            facts.set("replicas", 1);
        }
    }
}

fn tags(manifest: &Value, around: &Around<'_>) -> Vec<String> {
    match annotation(manifest, "tailscale.com/tags") {
        Some(tags) => tags.split(',').map(str::to_owned).collect(),
        None => around.default_tags.to_vec(),
    }
}

fn ports(manifest: &Value) -> Vec<String> {
    let protocol = |port: &Value| match text(port, "/protocol") {
        "" => "tcp".to_owned(),
        protocol => protocol.to_lowercase(),
    };
    let ports = list(manifest, "/spec/ports").iter();
    let mut ports: Vec<String> = ports.map(|port| format!("{}:{}", protocol(port), port["port"])).collect();
    ports.sort();
    ports
}
