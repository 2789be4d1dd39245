//! Rendering: what becomes of names, Services and profiles of a build.

use super::*;

/// Renders a spec beside a build; returns how many objects it makes and what is said, each as
/// `rule: message`.
fn said(spec: &str, build: &str) -> (usize, Vec<String>) {
    let mut sources = Sources::default();
    let head =
        "apiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExpose\nmetadata: {name: app, namespace: apps}";
    sources.add("stub.yaml", format!("{head}\nspec: {{{spec}}}\n"));
    sources.add("build.yaml", build);
    let rendering = render(&sources);
    let made = rendering.objects.iter().filter(|object| object.origin != Origin::Passed).count();
    let line = |finding: &Finding| format!("{}: {}", finding.rule, finding.message);
    (made, rendering.findings.iter().map(line).collect())
}

fn manifest(kind: &str, annotations: &str, rest: &str) -> String {
    format!("{{kind: {kind}, metadata: {{name: old, namespace: apps, annotations: {{{annotations}}}}}, {rest}}}\n")
}

#[test]
fn a_tailnet_name_of_the_build_is_taken() {
    let entry = "ingress: {web: {service: \"web:80\"}}";
    let taken = |object: &str| {
        vec![format!("duplicate-hostname: the tailnet name \"web\" is already claimed by {object} of the build")]
    };
    let ingress = "apiVersion: networking.k8s.io/v1, spec: {ingressClassName: tailscale, tls: [{hosts: [web]}]}";
    let other = "apiVersion: networking.k8s.io/v1, spec: {ingressClassName: nginx, tls: [{hosts: [web]}]}";
    let server = "apiVersion: tailscale.com/v1alpha1, spec: {type: kube-apiserver, kubeAPIServer: {hostname: web}}";
    let named = "tailscale.com/hostname: web";
    let exposed = "tailscale.com/hostname: web, tailscale.com/expose: \"true\"";
    for (build, want) in [
        (manifest("Ingress", "", ingress), taken("Ingress apps/old")),
        (manifest("Ingress", "tailscale-expose.dev/stub: below", ingress), taken("Ingress apps/old")),
        (manifest("Ingress", "tailscale-expose.dev/stub: apps/app", ingress), Vec::new()),
        (manifest("Ingress", "", other), Vec::new()),
        (manifest("Service", exposed, "apiVersion: v1"), taken("Service apps/old")),
        (manifest("Service", named, "apiVersion: v1"), Vec::new()),
        (manifest("ProxyGroup", "", server), taken("ProxyGroup apps/old")),
    ] {
        assert_eq!(said(entry, &build), (usize::from(want.is_empty()), want), "{build}");
    }
}

#[test]
fn a_service_may_have_the_name_that_it_is_annotated_with() {
    let exposed = "tailscale.com/hostname: old, tailscale.com/expose: \"true\"";
    let build = manifest("Service", exposed, "apiVersion: v1, spec: {ports: [{port: 80}]}");
    assert_eq!(said("annotate: {old: {}}", &build), (1, Vec::new()));
}

#[test]
fn a_service_is_annotated_once() {
    let build = manifest("Service", "", "apiVersion: v1, spec: {ports: [{port: 80}]}");
    let twice = "duplicate-object: Service apps/old is annotated twice".to_owned();
    assert_eq!(said("annotate: {a: {service: old}, b: {service: old}}", &build), (1, vec![twice]));
}

#[test]
fn a_mapping_of_nulls_lists_nothing() {
    for (entry, want) in [
        ("ingress: {a: {service: \"web:80\", paths: {/api: null}}}", "must list a path"),
        ("loadBalancer: {a: {ports: {http: null}, selector: {app: a}}}", "must list a port"),
        ("loadBalancer: {a: {ports: {http: 80}, selector: {app: null}}}", "must list a label"),
    ] {
        assert_eq!(said(entry, ""), (0, vec![format!("missing-field: {want}")]), "{entry}");
    }
}

#[test]
fn a_name_that_no_service_can_have_is_refused() {
    for (entry, want) in [
        ("loadBalancer: {1e3: {ports: {http: 80}, selector: {}}}", "must begin with a letter"),
        ("egress: {2b: {ip: 100.64.0.1}}", "must begin with a letter"),
        ("egress: {a: {ip: 100.64.0.1, name: a.b}}", "must be one DNS label, without dots"),
    ] {
        let entry = entry.replace("1e3", "\"1e3\"");
        assert_eq!(said(&entry, ""), (0, vec![format!("invalid-name: a Service's name {want}")]), "{entry}");
    }
    assert_eq!(said("ingress: {2b: {service: \"web:80\"}}", ""), (1, Vec::new()));
}

#[test]
fn our_kinds_are_ours_in_every_group() {
    for (version, want) in [
        ("", "missing-field: must be \"tailscale-expose.dev/v1alpha1\""),
        ("apiVersion: tailscale.com/v1alpha1, ", "unknown-value: must be \"tailscale-expose.dev/v1alpha1\""),
    ] {
        let stray = format!("{{{version}kind: TailscaleExpose, metadata: {{name: x}}, spec: {{}}}}\n");
        assert_eq!(said("ingress: {web: {service: \"web:80\"}}", &stray), (1, vec![want.to_owned()]), "{stray}");
    }
}

#[test]
fn nothing_is_expanded_without_the_profile_that_was_meant() {
    let entry = "ingress: {web: {service: \"web:80\"}}";
    let profile = |version: &str, kind: &str| {
        format!("{{apiVersion: tailscale-expose.dev/{version}, kind: {kind}, metadata: {{name: x}}, spec: {{}}}}\n")
    };
    let good = profile("v1alpha1", "TailscaleExposeProfile");
    for (build, made) in [
        (good.clone(), 1),
        (format!("{good}---\n{good}"), 0),
        (profile("v9", "TailscaleExposeProfile"), 0),
        (profile("v1alpha1", "TailscaleExposeProfil"), 0),
        (profile("v1alpha1", "Frobnicate"), 0),
    ] {
        assert_eq!(said(entry, &build).0, made, "{build}");
    }
}
