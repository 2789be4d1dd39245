//! What an object is on the tailnet, as facts by name: one form for what is meant and for what the
//! operator did, so that comparing is one function.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::oracle::{Judged, Proxy};

/// Facts by name. What is empty, false or absent is no fact.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Facts(BTreeMap<&'static str, Value>);

impl Facts {
    /// Adds a fact.
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        let value = value.into();
        let says_nothing = match &value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            Value::Number(number) => number.as_u64() == Some(0),
            Value::Bool(true) => false,
        };
        if !says_nothing {
            self.0.insert(name, value);
        }
    }

    /// The facts of another one, too.
    pub(crate) fn extend(&mut self, others: Facts) {
        self.0.extend(others.0);
    }

    /// The same facts, with another one's tailnet name in all that merely repeats the name.
    pub(crate) fn called_as(&self, other: &Self) -> Self {
        let (Some(was), Some(is)) = (self.get("hostname").as_str(), other.get("hostname").as_str()) else {
            return self.clone();
        };
        let named = |(name, value): (&&'static str, &Value)| {
            (*name, if *name == "hostname" { value.clone() } else { rename(value.clone(), was, is) })
        };
        Self(self.0.iter().map(named).collect())
    }

    /// A fact, `null` if there is none.
    pub(crate) fn get(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }

    /// Every fact that two do not share: its name, and what each says.
    pub(crate) fn differences<'f>(&'f self, other: &'f Self) -> Vec<(&'static str, &'f Value, &'f Value)> {
        let names: BTreeSet<&'static str> = self.0.keys().chain(other.0.keys()).copied().collect();
        let pairs = names.into_iter().map(|name| (name, self.get(name), other.get(name)));
        pairs.filter(|(_, one, two)| one != two).collect()
    }
}

/// What the operator made of an object.
pub(crate) fn found(judged: &Judged) -> Facts {
    let mut facts = Facts::default();
    facts.set("handledBy", judged.handled_by.clone());
    let Some(proxy) = &judged.proxy else { return facts };
    let Proxy { mounts, hostname, hostnames, .. } = proxy;
    let mounts: Vec<Value> = mounts.iter().map(|m| mount(&m.port, &m.path, &m.target)).collect();
    facts.set("mechanism", proxy.mechanism.as_str());
    facts.set("hostname", hostname.as_str());
    facts.set("hostnames", hostnames.clone());
    facts.set("dnsName", proxy.dns_name.as_str());
    facts.set("tailscaleService", proxy.tailscale_service.as_str());
    facts.set("tags", proxy.tags.clone());
    facts.set("ports", proxy.ports.clone());
    facts.set("proxyGroup", proxy.proxy_group.as_str());
    facts.set("proxyClass", proxy.proxy_class.as_str());
    facts.set("replicas", proxy.replicas);
    facts.set("funnel", proxy.funnel);
    facts.set("httpRedirect", proxy.http_redirect);
    facts.set("httpEndpoint", proxy.http_endpoint);
    facts.set("clusterTraffic", proxy.cluster_traffic);
    facts.set("mounts", mounts);
    // An absolute name and a relative one are the same device.
    let targets: Vec<&str> = proxy.targets.iter().map(|target| target.trim_end_matches('.')).collect();
    facts.set("targets", targets);
    facts
}

/// Replaces a tailnet name where it is a whole text, the first label of one, or a Tailscale Service.
fn rename(value: Value, was: &str, is: &str) -> Value {
    let text = |text: String| match text.strip_prefix("svc:").unwrap_or(&text).strip_prefix(was) {
        Some(rest) if rest.is_empty() || rest.starts_with('.') => text.replacen(was, is, 1),
        _ => text,
    };
    match value {
        Value::String(string) => Value::String(text(string)),
        Value::Array(items) => items.into_iter().map(|item| rename(item, was, is)).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (text(key), rename(value, was, is))).collect(),
        other => other,
    }
}

/// A handler of a serve configuration.
pub(crate) fn mount(port: &str, path: &str, target: &str) -> Value {
    json!({"port": port, "path": path, "target": target})
}
