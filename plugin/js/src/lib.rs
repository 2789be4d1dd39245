//! tailscale-expose for JavaScript: the functions that `package/` wraps.
//!
//! Texts go in; texts and JSON come out, because `JSON.parse` is smaller and faster than objects
//! that are built across the border. What JavaScript sees is `package/index.d.ts`; here is nothing but
//! its shape.

mod bindings;
mod shape;

use serde::Serialize;
use tailscale_expose::Error;
use tailscale_expose::api::json_schema;
use tailscale_expose::yaml::Sources;

use shape::{Answer, Failure, Refusal, Rendering};

/// Renders files that are given as names and texts; returns a `Rendering` as JSON.
fn render(names: Vec<String>, texts: Vec<String>) -> String {
    let mut sources = Sources::default();
    for (name, text) in names.into_iter().zip(texts) {
        sources.add(name, text);
    }
    let rendering = tailscale_expose::render(&sources);
    json(&Rendering::new(&rendering, &sources))
}

/// Answers a request; returns an `Answer`, or a `Refusal`, as JSON.
fn respond(request: String) -> String {
    match tailscale_expose::respond(request, None) {
        Ok(response) => json(&Answer::new(&response)),
        Err(error) => json(&Refusal { failure: failure(&error) }),
    }
}

/// Returns the JSON Schema of stubs and profiles as JSON.
fn schema() -> String {
    json(&json_schema())
}

fn failure(error: &Error) -> Failure {
    Failure { code: error.kind().as_str(), message: error.to_string(), help: error.advice().map(str::to_owned) }
}

fn json(value: &impl Serialize) -> String {
    // Texts, numbers and lists of them always have a JSON.
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const STUB: &str = "\
apiVersion: tailscale-expose.dev/v1alpha1
kind: TailscaleExpose
metadata: {name: home, namespace: apps}
spec:
  ingress:
    home: {service: home, hostnam: h}
";

    #[test]
    fn a_finding_has_its_place_and_no_empty_fields() {
        let text = render(vec!["stub.yaml".to_owned()], vec![STUB.to_owned()]);
        let rendering: Value = serde_json::from_str(&text).unwrap();
        let finding = &rendering["findings"][0];
        assert_eq!(finding["rule"], "unknown-field");
        let start = STUB.find("hostnam:").unwrap();
        let place = json!({"file": "stub.yaml", "line": 6, "column": 27, "start": start, "end": start + 7});
        assert_eq!(finding["place"], place);
        assert_eq!(finding["object"]["namespace"], "apps");
        assert_eq!(finding.get("related"), Some(&json!([])));
        assert_eq!(rendering["ok"], false);
    }

    #[test]
    fn a_request_that_is_none_is_refused_with_a_code() {
        let refusal: Value = serde_json::from_str(&respond("a: [".to_owned())).unwrap();
        assert_eq!(refusal["failure"]["code"], "not-a-resource-list");
        assert!(refusal["failure"]["help"].is_string());
    }

    #[test]
    fn what_is_for_people_is_one_line_and_what_is_not_is_as_it_was() {
        let odd = "x\n::error::y\u{1b}[2J";
        let stub = STUB.replace("hostnam: h", &format!("hostname: {0}, {0}: 1", Value::from(odd)));
        let rendering: Value = serde_json::from_str(&render(vec!["stub.yaml".to_owned()], vec![stub])).unwrap();
        let findings = rendering["findings"].as_array().unwrap();
        for text in findings.iter().flat_map(|finding| [&finding["message"], &finding["help"], &finding["path"]]) {
            assert!(!text.as_str().unwrap_or_default().contains(char::is_control), "{text}");
        }
        assert!(findings.iter().any(|finding| finding["value"] == odd), "{findings:?}");
    }
}
