//! Where output goes: two files for one place, names that strangers chose, and lists.

use super::*;

/// A list with items, as YAML and as JSON.
fn lists(items: &[&str]) -> [(&'static str, String); 2] {
    let items: Vec<serde_json::Value> =
        items.iter().flat_map(|item| support::documents(item).expect("a manifest is YAML")).collect();
    let yaml: String = items.iter().map(|item| format!("- {item}\n")).collect();
    let json = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items});
    [("list.yaml", format!("apiVersion: v1\nkind: List\nitems:\n{yaml}")), ("list.json", format!("{json:#}\n"))]
}

#[test]
fn two_files_that_would_become_one_are_refused() {
    for (first, second) in [
        ("web.yaml", "web.yml"),
        ("web.yaml", "web.json"),
        ("web.json", "web.yml"),
        ("web.yaml", "web.patch.yaml"),
        ("deep/web.yaml", "deep/web.yml"),
    ] {
        let more = stub("more", &["more"]);
        let more =
            if second.ends_with("json") { support::documents(&more).expect("a stub")[0].to_string() } else { more };
        let web = stub("web", &["web"]);
        let web = if first.ends_with("json") { support::documents(&web).expect("a stub")[0].to_string() } else { web };
        let folder = Folder::with(&[
            (first, &format!("{web}\n")),
            (second, &format!("{more}\n")),
            ("other.yaml", &stub("other", &["other"])),
        ]);
        let before = folder.files();
        for arguments in [&["render", "--beside"][..], &["render", "--beside", "--check"]] {
            let outcome = folder.run(arguments);
            assert_eq!((outcome.code, told(&outcome)), (1, vec!["error[conflicting-output]".to_owned()]), "{second}");
            assert!(outcome.stderr.contains(first) && outcome.stderr.contains(second), "{}", outcome.stderr);
            assert_eq!(folder.files(), before, "{first} {second}");
        }
        assert_eq!(folder.run(&["render"]).code, 0, "printed, they are no trouble");
        assert_eq!(folder.run(&["render", "-o", "out"]).code, 0);
    }
}

#[test]
fn a_stub_file_that_is_new_beside_an_old_one_takes_nothing_away() {
    let folder = Folder::with(&[("web.yaml", &stub("web", &["web"]))]);
    folder.run(&["render", "--beside"]);
    let before = folder.generated();
    folder.write("web.yml", stub("more", &["more"]));
    let outcome = folder.run(&["render", "--beside"]);
    assert!(outcome.stderr.ends_with("kept: web.gen.yaml, because of an error: Ingress apps/web-tailnet\n"));
    assert_eq!(folder.generated(), before);
}

#[test]
fn no_manifest_chooses_a_place_outside() {
    for (kind, namespace, name) in [
        ("../../x", "apps", "a"),
        ("X", "..", "a"),
        ("X", "../..", "a"),
        ("X", "apps", "../../a"),
        ("X", "/tmp", "a"),
        ("X", "apps", "/tmp/a"),
        ("..", "apps", "a"),
        ("X", "apps", "a\\u0000b"),
        ("X", "apps", "a\\nb"),
        ("X", "apps\\tx", "a"),
        ("X", "apps", "a\\\\b"),
        ("X", "C:", "a"),
        (".x", "apps", "a"),
        ("X", ".git", "a"),
        ("X", "apps", ""),
    ] {
        let foreign =
            format!("apiVersion: v1\nkind: \"{kind}\"\nmetadata: {{namespace: \"{namespace}\", name: \"{name}\"}}\n");
        let folder = Folder::with(&[("d/in/stub.yaml", STUB), ("d/in/foreign.yaml", &foreign)]);
        let before = folder.files();
        for arguments in
            [&["render", "--all", "-o", "out", "in"][..], &["render", "--all", "-o", "out", "--check", "in"]]
        {
            let outcome = folder.run_in("d", arguments);
            assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{foreign}: {}", outcome.stderr);
            assert!(outcome.stderr.contains("must not be written to a file"), "{foreign}: {}", outcome.stderr);
            assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
            assert_eq!(folder.files(), before, "{foreign}");
        }
    }
}

#[cfg(unix)]
#[test]
fn no_link_below_the_folder_is_followed() {
    for link in ["out/apps", "out/apps/ingress_web-tailnet.yaml"] {
        for target in ["../elsewhere", "../../elsewhere", "/nowhere/at/all"] {
            let folder = Folder::with(&[("stub.yaml", STUB), ("elsewhere/README.md", ""), ("out/README.md", "")]);
            folder.link(target, link);
            let outcome = folder.run(&["render", "-o", "out", "stub.yaml"]);
            assert_eq!(outcome.code, 2, "{link} {target}: {}", outcome.stderr);
            assert_eq!(names_in(&folder.path().join("elsewhere")), ["README.md"]);
        }
    }
}

#[test]
fn a_stub_in_a_list_is_rendered_and_taken_out() {
    for (name, list) in lists(&[SERVICE, STUB, ANNOTATE, INGRESS]) {
        let folder = Folder::with(&[(name, &list)]);
        let outcome = folder.run(&["render", "--all"]);
        assert_eq!(outcome.code, 0, "{name}: {}", outcome.stderr);
        let documents = support::documents(&outcome.stdout).expect("the output is YAML");
        assert_eq!(documents.len(), 2, "{name}: {}", outcome.stdout);
        let items = documents[0]["items"].as_array().expect("the first is the list").clone();
        assert_eq!(items.len(), 1, "{name}: the stubs and what was generated are gone: {}", outcome.stdout);
        assert_eq!(items[0]["metadata"]["annotations"]["tailscale.com/expose"], "true", "{name}");
        assert_eq!(documents[1], support::documents(INGRESS).expect("a manifest is YAML")[0], "{name}");
    }
}

#[test]
fn a_mark_takes_away_nothing_that_no_stub_makes() {
    let mark = "metadata: {name: x, namespace: apps, annotations: {tailscale-expose.dev/stub: apps/app}}";
    let foreign = [
        format!("apiVersion: v1\nkind: Secret\n{mark}\nstringData: {{a: b}}\n"),
        format!("apiVersion: apps/v1\nkind: Deployment\n{mark}\nspec: {{}}\n"),
        format!("apiVersion: v1\nkind: Service\n{mark}\nspec: {{type: ClusterIP, ports: [{{port: 80}}]}}\n"),
        format!("apiVersion: networking.k8s.io/v1\nkind: Ingress\n{mark}\nspec: {{ingressClassName: nginx}}\n"),
        format!("apiVersion: v1\nkind: ConfigMap\n{mark}\ndata: {{}}\n"),
    ];
    for manifest in &foreign {
        let folder = Folder::with(&[("stub.yaml", STUB), ("foreign.yaml", manifest)]);
        assert_ends(&folder.run(&["render", "--all"]), 0, &format!("{manifest}---\n{INGRESS}"), "");
        for (name, list) in lists(&[manifest, INGRESS]) {
            let folder = Folder::with(&[("stub.yaml", STUB), (name, &list)]);
            let outcome = folder.run(&["render", "--all"]);
            let documents = support::documents(&outcome.stdout).expect("the output is YAML");
            let own = support::documents(manifest).expect("a manifest is YAML");
            assert_eq!(documents[0]["items"].as_array(), Some(&own), "{name}: {}", outcome.stdout);
        }
    }
    // A record that names keys of somebody else takes none of them.
    let service = SERVICE.replace(
        "namespace: media",
        "namespace: media\n  annotations:\n    team: mine\n    tailscale-expose.dev/annotated: media/media team,tailscale.com/expose",
    );
    let folder = Folder::with(&[("media.yaml", ANNOTATE), ("service.yaml", &service)]);
    let outcome = folder.run(&["render", "--all"]);
    assert!(outcome.stdout.contains("team: mine\n"), "{}", outcome.stdout);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_stub_is_a_stub_of_its_build() {
    let folder = Folder::with(&[
        ("base/web.yaml", &stub("web", &["web"])),
        ("base/kustomization.yaml", "resources: [web.gen.yaml]\n"),
    ]);
    folder.link("web.yaml", "base/a-link.yaml");
    assert_ends(&folder.run(&["render", "--beside"]), 0, "", "wrote: base/web.gen.yaml\n");
    folder.link("../base/web.yaml", "other/web.yaml");
    folder.write("other/kustomization.yaml", "resources: [web.gen.yaml]\n");
    assert!(told(&folder.run(&["render", "--beside"])).contains(&"wrote: other/web.gen.yaml".to_owned()));
    assert_eq!(folder.generated().into_keys().collect::<Vec<_>>(), ["base/web.gen.yaml", "other/web.gen.yaml"]);
}
