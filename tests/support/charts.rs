//! Services that charts make, as far as a HelmRelease's post renderers say: for a judge that asks for whole ones.

use serde_json::{Value, json};

/// Returns an object; in the place of a HelmRelease what its post renderers annotate, as Services that could be in
/// the chart.
pub(crate) fn with_charts(object: Value, read: impl Fn(&str) -> Vec<Value>) -> Vec<Value> {
    if object["kind"] != "HelmRelease" {
        return vec![object];
    }
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let renderers = list(&object["spec"]["postRenderers"]);
    let patches = renderers.iter().flat_map(|renderer| list(&renderer["kustomize"]["patches"]));
    let installed = [&object["spec"]["targetNamespace"], &object["metadata"]["namespace"]];
    let installed = installed.into_iter().find(|namespace| namespace.is_string()).cloned();
    let mut made = Vec::new();
    for patch in patches {
        for mut service in read(patch["patch"].as_str().unwrap_or_default()) {
            if service["metadata"]["annotations"]["tailscale-expose.dev/annotated"].is_null() {
                continue;
            }
            assert_eq!(patch["target"]["name"], service["metadata"]["name"], "{patch}");
            let elsewhere = Some(patch["target"]["namespace"].clone()).filter(Value::is_string);
            if let Some(namespace) = elsewhere.or_else(|| installed.clone()) {
                service["metadata"]["namespace"] = namespace;
            }
            service["spec"] = json!({"ports": [{"port": 80}], "selector": {"app": service["metadata"]["name"]}});
            made.push(service);
        }
    }
    made
}
