//! What a manifest's `spec` says that no proxy shows: which Pods are behind a Service, for one.
//!
//! What is the API server's default says nothing, so that an object that writes it and one that does
//! not are the same.

use serde_json::{Map, Value, json};

use super::facts::Facts;
use super::manifest::{list, text};

/// The fields of a Service that are compared as they stand.
const SERVICE: [&str; 11] = [
    "type",
    "loadBalancerClass",
    "selector",
    "publishNotReadyAddresses",
    "ipFamilies",
    "ipFamilyPolicy",
    "sessionAffinity",
    "externalTrafficPolicy",
    "internalTrafficPolicy",
    "allocateLoadBalancerNodePorts",
    "loadBalancerIP",
];

/// What an API server fills in.
fn is_default(field: &str, value: &Value) -> bool {
    match field {
        "sessionAffinity" => value == "None",
        "externalTrafficPolicy" | "internalTrafficPolicy" => value == "Cluster",
        "allocateLoadBalancerNodePorts" => value == true,
        _ => false,
    }
}

/// What the spec of an object says.
pub(crate) fn facts(object: &Value) -> Facts {
    let mut facts = Facts::default();
    match text(object, "/kind") {
        "Service" => service(object, &mut facts),
        "EndpointSlice" => {
            facts.set("addressType", text(object, "/addressType"));
            let addresses = list(object, "/endpoints").iter().flat_map(|endpoint| list(endpoint, "/addresses"));
            facts.set("targets", addresses.cloned().collect::<Vec<_>>());
            facts.set("servicePorts", ports(list(object, "/ports"), true));
        }
        "ProxyGroup" => {
            facts.set("type", text(object, "/spec/type"));
            facts.set("tailnet", text(object, "/spec/tailnet"));
            facts.set("mode", Some(text(object, "/spec/kubeAPIServer/mode")).filter(|mode| *mode != "auth"));
        }
        "Connector" => {
            facts.set("routes", list(object, "/spec/subnetRouter/advertiseRoutes").to_vec());
            facts.set("exitNode", object.pointer("/spec/exitNode").cloned().unwrap_or_default());
            facts.set("appConnector", object.pointer("/spec/appConnector").is_some());
            facts.set("appRoutes", list(object, "/spec/appConnector/routes").to_vec());
            facts.set("tailnet", text(object, "/spec/tailnet"));
        }
        _ => {}
    }
    facts
}

fn service(object: &Value, facts: &mut Facts) {
    for field in SERVICE {
        let value = object.pointer(&format!("/spec/{field}")).filter(|value| !is_default(field, value));
        facts.set(field, value.cloned().unwrap_or_default());
    }
    let is_outside = text(object, "/spec/type") == "ExternalName";
    if is_outside {
        facts.set("externalName", external_name(object));
    }
    facts.set("servicePorts", ports(list(object, "/spec/ports"), is_outside));
}

/// The name that traffic goes to; the operator writes that of an egress.
fn external_name(object: &Value) -> &str {
    match text(object, "/spec/externalName") {
        name if name.is_empty() || super::meaning::section(object) != Some("egress") => name,
        _ => "placeholder",
    }
}

/// The ports, by number, with the target that each has if it names none.
fn ports(ports: &[Value], is_outside: bool) -> Vec<Value> {
    let mut ports: Vec<Map<String, Value>> = ports.iter().filter_map(Value::as_object).cloned().collect();
    for port in &mut ports {
        port.entry("protocol").or_insert(json!("TCP"));
        let number = port["port"].clone();
        port.entry("targetPort").or_insert(number);
        if is_outside {
            port.remove("targetPort");
        }
    }
    ports.sort_by_key(|port| (port["port"].as_u64(), port["protocol"].to_string()));
    ports.into_iter().map(Value::Object).collect()
}
