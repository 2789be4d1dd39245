//! Manifests as an API server reads them: the types of Kubernetes, and those of the operator's CRDs.
//!
//! A manifest that has a field its type does not know would lose it in silence when it is read; so each
//! goes through its type and must come back with nothing lost. Placeholders are filled in first, as
//! Flux does it.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test touches files and programs, and may fail"
)]

#[path = "support/charts.rs"]
mod charts;
#[path = "manifests/crds.rs"]
mod crds;
mod support;

use std::fs;

use charts::with_charts;
use crds::{Connector, ProxyGroup};

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::Ingress;
use kube_core::{DynamicObject, ResourceExt as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use support::{cases, documents, names_in, root, sources};
use tailscale_expose::{Origin, render};

/// Values for the placeholders of the golden cases, where the type wants more than a word.
const VALUES: &[(&str, &str)] = &[
    ("AFFINITY", "None"),
    ("APP_CIDR", "10.0.0.0/8"),
    ("EXIT", "true"),
    ("FAMILY", "IPv4"),
    ("LAN_CIDR", "192.168.1.0/24"),
    ("MODE", "auth"),
    ("NET", "192.168.2"),
    ("SITE_ID", "7"),
    ("SUBNET", "1"),
    ("NAS_IP", "100.64.0.7"),
    ("NODE_PORTS", "true"),
    ("NOT_READY", "true"),
    ("PATH", "/path"),
    ("POLICY", "SingleStack"),
    ("TAG", "tag:a"),
    ("TAILNET", "example.ts.net"),
    ("TRAFFIC", "Local"),
    ("TYPE", "ingress"),
    // Ports and replicas.
    ("A", "81"),
    ("B", "82"),
    ("C", "83"),
    ("D", "84"),
    ("N", "3"),
    ("P", "85"),
    ("PORT", "86"),
    ("API_PORT", "87"),
    ("WEB_PORT", "88"),
    ("X", "1"),
];

/// Fills in every placeholder: from the table, else its default, else a word.
fn filled(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        out.push_str(&rest[..at]);
        let inner = &rest[at + 2..];
        let mut depth = 1;
        let end = inner.char_indices().find_map(|(at, c)| {
            depth += match c {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            (depth == 0).then_some(at)
        });
        let Some(end) = end else {
            out.push_str("open");
            rest = inner;
            continue;
        };
        let name_end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inner.len()).min(end);
        let (name, form) = (&inner[..name_end], &inner[name_end..end]);
        let default = form.strip_prefix(":=").or_else(|| form.strip_prefix(":-"));
        match (default, VALUES.iter().find(|(known, _)| *known == name)) {
            (Some(default), _) => out.push_str(&filled(default)),
            (None, Some((_, value))) => out.push_str(value),
            (None, None) => out.push('x'),
        }
        rest = &inner[end + 1..];
    }
    out + rest
}

/// Reads a manifest as a type, and returns what came back differently.
fn through<T: DeserializeOwned + Serialize>(manifest: &Value) -> Result<(), String> {
    let typed: T = serde_json::from_value(manifest.clone()).map_err(|error| format!("is refused: {error}"))?;
    let back = serde_json::to_value(typed).map_err(|error| error.to_string())?;
    if back == *manifest { Ok(()) } else { Err(format!("comes back as\n{back:#}\ninstead of\n{manifest:#}")) }
}

fn check(manifest: &Value) -> Result<(), String> {
    let of = |field: &str| manifest[field].as_str().unwrap_or_default();
    let dynamic: DynamicObject =
        serde_json::from_value(manifest.clone()).map_err(|error| format!("is no object: {error}"))?;
    if !dynamic.annotations().contains_key("tailscale-expose.dev/stub")
        && !dynamic.annotations().contains_key("tailscale-expose.dev/annotated")
    {
        return Err("does not say which stub it comes from".to_owned());
    }
    match (of("apiVersion"), of("kind")) {
        ("networking.k8s.io/v1", "Ingress") => {
            through::<Ingress>(manifest)?;
            ingress(&manifest["spec"])
        }
        ("v1", "Service") => through::<Service>(manifest),
        ("discovery.k8s.io/v1", "EndpointSlice") => through::<EndpointSlice>(manifest),
        ("tailscale.com/v1alpha1", "ProxyGroup") => {
            through::<ProxyGroup>(manifest)?;
            let group: ProxyGroup = serde_json::from_value(manifest.clone()).map_err(|error| error.to_string())?;
            group.check()
        }
        ("tailscale.com/v1alpha1", "Connector") => {
            through::<Connector>(manifest)?;
            let connector: Connector = serde_json::from_value(manifest.clone()).map_err(|error| error.to_string())?;
            connector.check()
        }
        (version, kind) => Err(format!("{version} {kind} is nothing that we make")),
    }
}

/// Checks what the type of an Ingress does not say and the API server does.
fn ingress(spec: &Value) -> Result<(), String> {
    let port = |backend: &Value| {
        let port = &backend["service"]["port"];
        let sound = match (&port["name"], &port["number"]) {
            (Value::String(name), Value::Null) => !name.is_empty(),
            (Value::Null, Value::Number(number)) => number.as_u64().is_some_and(|n| (1..65536).contains(&n)),
            _ => false,
        };
        if sound { Ok(()) } else { Err(format!("backend {backend} must have one port")) }
    };
    match (&spec["defaultBackend"], spec["rules"].as_array()) {
        (backend @ Value::Object(_), None) => port(backend),
        (Value::Null, Some(rules)) => rules.iter().try_for_each(|rule| {
            let paths = rule["http"]["paths"].as_array().filter(|paths| !paths.is_empty());
            let paths = paths.ok_or("a rule must have paths")?;
            paths.iter().try_for_each(|path| {
                if !path["path"].as_str().is_some_and(|path| path.starts_with('/')) || path["pathType"] != "Prefix" {
                    return Err(format!("{path} must be a prefix that begins with a slash"));
                }
                port(&path["backend"])
            })
        }),
        _ => Err("must have a default backend or rules".to_owned()),
    }
}

/// Returns the objects that golden cases and examples make, each with where it comes from.
fn made() -> Vec<(String, Value)> {
    let mut inputs: Vec<(String, Vec<(String, String)>)> =
        cases().into_iter().map(|case| (case.name.clone(), case.inputs())).collect();
    let examples = root().join("examples");
    for name in names_in(&examples) {
        let folder = examples.join(&name);
        let files = names_in(&folder).into_iter().filter(|file| file.ends_with(".yaml") && !file.contains(".gen."));
        let files = files.map(|file| (file.clone(), fs::read_to_string(folder.join(file)).expect("a file is UTF-8")));
        inputs.push((format!("examples/{name}"), files.collect()));
    }
    let mut found = Vec::new();
    for (name, files) in inputs {
        for object in render(&sources(&files)).objects.iter().filter(|object| object.origin != Origin::Passed) {
            let read = documents(&filled(&object.text)).unwrap_or_else(|error| panic!("{name}: {error}"));
            let patched = |object| with_charts(object, |text| documents(text).expect("a patch is YAML"));
            for document in read.into_iter().flat_map(patched) {
                match document["kind"].as_str() {
                    Some("List") => {
                        let items = document["items"].as_array().cloned().unwrap_or_default();
                        found.extend(items.into_iter().map(|item| (name.clone(), item)));
                    }
                    _ => found.push((name.clone(), document)),
                }
            }
        }
    }
    found
}

#[test]
fn every_manifest_is_one_that_an_api_server_reads() {
    let made = made();
    assert!(made.len() > 200, "only {} objects", made.len());
    let ours = |manifest: &Value| manifest["kind"] != "ConfigMap";
    let wrong: Vec<String> = made
        .iter()
        .filter(|(_, manifest)| ours(manifest))
        .filter_map(|(name, manifest)| {
            let why = check(manifest).err()?;
            Some(format!("{name}: {} {}: {why}", manifest["kind"], manifest["metadata"]["name"]))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_kind_that_we_make_is_among_them() {
    let kinds = made().into_iter().map(|(_, manifest)| {
        let spec = &manifest["spec"];
        format!("{} {}", manifest["kind"].as_str().unwrap_or_default(), spec["type"].as_str().unwrap_or_default())
    });
    let kinds: std::collections::BTreeSet<String> = kinds.collect();
    for kind in [
        "Ingress ",
        "Service LoadBalancer",
        "Service ExternalName",
        "ProxyGroup ingress",
        "ProxyGroup egress",
        "ProxyGroup kube-apiserver",
        "Connector ",
    ] {
        assert!(kinds.contains(kind), "{kind:?} of {kinds:?}");
    }
}

#[test]
fn a_manifest_that_is_not_sound_is_told() {
    let ingress = |spec: &str| {
        format!(
            "{{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{name: a, annotations: {{tailscale-expose.dev/stub: a}}}}, spec: {spec}}}"
        )
    };
    let group = |spec: &str| {
        format!(
            "{{apiVersion: tailscale.com/v1alpha1, kind: ProxyGroup, metadata: {{name: a, annotations: {{tailscale-expose.dev/stub: a}}}}, spec: {spec}}}"
        )
    };
    let connector = |spec: &str| group(spec).replace("ProxyGroup", "Connector");
    for (text, want) in [
        (connector("{exitNode: true, hostname: a}"), "spec.hostname"),
        (connector("{subnetRouter: {advertiseRoutes: []}}"), "must be networks"),
        (connector("{subnetRouter: {advertiseRoutes: [10.0.0.0]}}"), "must be networks"),
        (connector("{subnetRouter: {}}"), "is refused"),
        (connector("{exitNode: \"true\"}"), "is refused"),
        (connector("{exitNode: false}"), "at least one"),
        (connector("{exitNode: true, appConnector: {}}"), "mutually exclusive"),
        (connector("{exitNode: true, hostname: ab, replicas: 2}"), "greater than 1"),
        (connector("{exitNode: true, hostname: ab, hostnamePrefix: ab}"), "mutually exclusive"),
        (ingress("{ingressClasName: tailscale}"), "comes back as"),
        (ingress("{rules: [{http: {paths: []}}]}"), "a rule must have paths"),
        (ingress("{defaultBackend: {service: {name: a, port: {number: 0}}}}"), "must have one port"),
        (ingress("{defaultBackend: {service: {name: a, port: {number: \"80\"}}}}"), "is refused"),
        (group("{type: web}"), "is refused"),
        (group("{type: ingress, replica: 1}"), "is refused"),
        (group("{type: ingress, tags: [a]}"), "spec.tags"),
        (group("{type: ingress, hostnamePrefix: A}"), "spec.hostnamePrefix"),
        (group("{type: ingress, kubeAPIServer: {mode: auth}}"), "is ignored"),
        (group("{type: kube-apiserver, kubeAPIServer: {hostname: a-}}"), "spec.kubeAPIServer.hostname"),
        (group("{type: ingress}").replace("name: a,", "name: a, namespace: b,"), "is refused"),
    ] {
        let manifest = documents(&text).expect("a test's manifest is YAML").remove(0);
        let why = check(&manifest).expect_err(&text);
        assert!(why.contains(want), "{text}: {why}");
    }
}

#[test]
fn placeholders_are_filled_in_as_flux_does_it() {
    for (text, want) in [
        ("a-${W}-b", "a-x-b"),
        ("${P}", "85"),
        ("${P:=1}", "1"),
        ("${A:=${B:=${C}}}!", "83!"),
        ("$${W}", "$x"),
        ("${", "open"),
    ] {
        assert_eq!(filled(text), want, "{text}");
    }
}
