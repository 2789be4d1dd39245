//! `init`: a first stub for the app in a folder.

use super::*;

const FILE: &str = "tailscale-expose.yaml";

#[test]
fn writes_a_first_stub_that_renders() {
    let folder = Folder::with(&[]);
    let outcome = folder.run(&["init", "grafana"]);
    let said = "wrote: tailscale-expose.yaml\nedit it, then run: tailscale-expose render\n";
    assert_ends(&outcome, 0, "", said);
    let rendered = folder.run(&["render"]);
    assert_eq!((rendered.code, rendered.stderr.as_str()), (0, ""), "{}", folder.read(FILE));
    assert!(rendered.stdout.contains("name: grafana-tailnet\n"), "{}", rendered.stdout);
}

#[test]
fn is_named_after_the_folder() {
    let folder = Folder::with(&[("My App_1/.keep", "")]);
    let mut command = command(PROGRAM, &folder.path().join("My App_1"));
    assert_eq!(run(command.arg("init"), None).code, 0);
    assert!(folder.read("My App_1/tailscale-expose.yaml").contains("\n  name: my-app-1\n"));
}

#[test]
fn makes_entries_of_the_services_of_the_folder() {
    let services = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: apps}\nspec: {ports: [{port: 8080}]}\n\
                    ---\napiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {ports: [{port: 80}, {port: 81}]}\n\
                    ---\napiVersion: v1\nkind: Service\nmetadata: {name: headless}\nspec: {clusterIP: None, ports: [{port: 1}]}\n\
                    ---\napiVersion: v1\nkind: Service\nmetadata: {name: far}\nspec: {type: ExternalName, externalName: a.b}\n";
    let folder = Folder::with(&[("base/services.yaml", services)]);
    assert_eq!(folder.run(&["init", "shop"]).code, 0);
    let stub = folder.read(FILE);
    assert!(stub.contains("    api: {service: \"api:80\"}\n    web: {service: \"apps/web:8080\"}\n"), "{stub}");
    assert!(!stub.contains("headless") && !stub.contains("far"), "{stub}");
    let rendered = folder.run(&["render"]);
    assert_eq!((rendered.code, rendered.stderr.as_str()), (0, ""), "{stub}");
}

#[test]
fn does_not_overwrite_a_file() {
    let folder = Folder::with(&[(FILE, "mine: true\n")]);
    let why = "error: tailscale-expose.yaml must not be overwritten; give another file with --output\n";
    assert_ends(&folder.run(&["init", "app"]), 2, "", why);
    assert_eq!(folder.read(FILE), "mine: true\n");
    assert_eq!(folder.run(&["init", "app", "--output", "other.yaml"]).code, 0);
    assert_eq!(folder.names(), ["other.yaml", FILE]);
}

#[test]
fn prints_for_a_dash() {
    let folder = Folder::with(&[]);
    let printed = folder.run(&["init", "app", "--output", "-"]);
    assert_eq!((printed.code, printed.stderr.as_str()), (0, ""));
    assert!(folder.names().is_empty());
    assert_eq!(folder.pipe(&["render", "-"], &printed.stdout).code, 0);
}

#[test]
fn refuses_a_name_that_is_none() {
    let folder = Folder::with(&[]);
    let outcome = folder.run(&["init", "My_App"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    assert!(outcome.stderr.starts_with("error: the app's name \"My_App\" must hold only "), "{}", outcome.stderr);
    assert!(folder.names().is_empty());
}

/// Returns a Service with a name and namespace that are scalars already.
fn service(name: &str, namespace: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{ports: [{{port: 80}}]}}\n"
    )
}

#[test]
fn writes_names_that_it_found_as_values() {
    let names = ["\"1e3\"", "\"true\"", "\"null\"", "\"on\"", "\"y\"", "\"007\"", "\"0x1f\"", "\"12\"", "off-on"];
    for name in names {
        for namespace in ["apps", "\"on\"", "\"1e3\""] {
            let folder = Folder::with(&[("service.yaml", &service(name, namespace))]);
            assert_eq!(folder.run(&["init", "app"]).code, 0);
            let rendered = folder.run(&["render"]);
            assert_eq!((rendered.code, rendered.stderr.as_str()), (0, ""), "{}", folder.read(FILE));
            let made = support::documents(&rendered.stdout).expect("a manifest is YAML").remove(0);
            assert_eq!(made["spec"]["tls"][0]["hosts"][0], name.trim_matches('"'));
            assert_eq!(made["metadata"]["namespace"], namespace.trim_matches('"'));
        }
    }
}

#[test]
fn is_named_after_an_app_that_looks_like_something_else() {
    for app in ["1e3", "true", "null", "on", "007"] {
        let folder = Folder::with(&[]);
        assert_eq!(folder.run(&["init", app]).code, 0);
        let rendered = folder.run(&["render"]);
        assert_eq!((rendered.code, rendered.stderr.as_str()), (0, ""), "{}", folder.read(FILE));
    }
}

#[test]
fn passes_over_what_is_the_name_of_no_service() {
    let odd = [
        "\"a: b\"",
        "\"x\\n::error::y\"",
        "\"\\\"\"",
        "\"*\"",
        "\"a}, b: {c\"",
        "\"#\"",
        "\"\\u001b[2J\"",
        "\"${NAME}\"",
        "\"a.b\"",
        "Web",
        "\"-\"",
        "\"a/b\"",
        "\"{{ name }}\"",
        "[a]",
        "{a: b}",
    ];
    for odd in odd {
        for text in [service(odd, "apps"), service("web", odd)] {
            if odd.starts_with(['[', '{']) && text.contains("name: web") {
                continue;
            }
            let folder = Folder::with(&[("service.yaml", &format!("{text}---\n{}", service("good", "apps")))]);
            assert_eq!(folder.run(&["init", "app"]).code, 0);
            let stub = folder.read(FILE);
            assert!(stub.ends_with("  ingress:\n    good: {service: \"apps/good:80\"}\n"), "{odd}: {stub}");
            assert_eq!(folder.run(&["render", FILE]).code, 0, "{stub}");
        }
    }
    for port in ["\"80}, x: {y: \\\"z\"", "http", "0", "70000", "\"x\\n::error::y\""] {
        let text = service("web", "apps").replace("port: 80", &format!("port: {port}"));
        let folder = Folder::with(&[("service.yaml", &text)]);
        assert_eq!(folder.run(&["init", "app"]).code, 0);
        assert!(folder.read(FILE).ends_with("  ingress:\n    app: {service: \"app/app:80\"}\n"), "{port}");
    }
}
