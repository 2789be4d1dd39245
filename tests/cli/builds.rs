//! What is one build: kustomizations that no other includes, and what they do to one another.

use super::*;

const COMPONENT: &str = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n";

/// Two clusters that share a base.
fn shared() -> Folder {
    Folder::with(&[
        (".git/HEAD", ""),
        ("base/web.yaml", &stub("web", &["web"])),
        ("base/kustomization.yaml", "resources: [web.gen.yaml]\n"),
        ("clusters/a/kustomization.yaml", "resources: [../../base]\n"),
        ("clusters/b/kustomization.yaml", "resources: [../../base]\n"),
    ])
}

/// Two clusters, each with a stub of one name.
fn two() -> Folder {
    let folder = Folder::with(&[(".git/HEAD", "")]);
    for cluster in ["a", "b"] {
        folder.write(&format!("{cluster}/web.yaml"), stub("web", &["web"]));
        folder.write(&format!("{cluster}/kustomization.yaml"), "resources: [web.gen.yaml]\n");
    }
    folder
}

#[test]
fn clusters_that_share_a_base_share_its_output() {
    let folder = shared();
    let outcome = folder.run(&["render", "--beside"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(told(&outcome), ["warning[shared-hostname]", "wrote: base/web.gen.yaml"]);
    assert!(outcome.stderr.contains("in clusters/a/kustomization.yaml and in clusters/b/kustomization.yaml"));
    assert_eq!(folder.run(&["render"]).stdout.matches("kind: Ingress").count(), 1, "it is written once");
    for arguments in [&["render", "--beside"][..], &["render", "--beside", "--check"]] {
        let again = folder.run(arguments);
        assert_eq!((again.code, told(&again)), (0, vec!["warning[shared-hostname]".to_owned()]));
    }
}

#[test]
fn a_name_may_be_shared_by_two_tailnets() {
    let folder = shared();
    for cluster in ["a", "b"] {
        let kustomization = format!("clusters/{cluster}/kustomization.yaml");
        folder.write(&kustomization, "resources: [../../base, profile.yaml]\n");
        let profile = profile("shared", &format!("  tailnet: {cluster}.ts.net\n"));
        folder.write(&format!("clusters/{cluster}/profile.yaml"), profile);
    }
    assert_ends(&folder.run(&["render", "--beside"]), 0, "", "wrote: base/web.gen.yaml\n");
    let folder = two();
    for cluster in ["a", "b"] {
        folder.write(&format!("{cluster}/profile.yaml"), profile(cluster, &format!("  tailnet: {cluster}.ts.net\n")));
    }
    assert_ends(&folder.run(&["render", "--beside"]), 0, "", "wrote: a/web.gen.yaml\nwrote: b/web.gen.yaml\n");
}

#[test]
fn builds_that_disagree_are_refused_before_anything_is_written() {
    let folder = shared();
    folder.run(&["render", "--beside"]);
    for cluster in ["a", "b"] {
        folder.write(&format!("clusters/{cluster}/profile.yaml"), profile(cluster, ""));
        let resources = "resources: [../../base, profile.yaml]\n";
        folder.write(&format!("clusters/{cluster}/kustomization.yaml"), resources);
    }
    let before = folder.files();
    for arguments in [
        &["render"][..],
        &["render", "--beside"],
        &["render", "--beside", "--check"],
        &["render", "-o", "out"],
        &["render", "--all"],
    ] {
        let outcome = folder.run(arguments);
        assert_eq!(outcome.code, 1, "{arguments:?}: {}", outcome.stderr);
        assert!(told(&outcome).contains(&"error[conflicting-builds]".to_owned()), "{arguments:?}: {}", outcome.stderr);
        assert!(!outcome.stdout.contains("kind: Ingress"), "{arguments:?}: {}", outcome.stdout);
        assert_eq!(folder.files(), before, "{arguments:?}");
    }
    let outcome = folder.run(&["render", "base", "clusters/b"]);
    assert_eq!((outcome.code, tags(&outcome)), (0, vec!["b"]), "{}", outcome.stderr);
}

#[test]
fn stubs_of_one_name_live_in_two_clusters() {
    let folder = two();
    let outcome = folder.run(&["render", "--beside"]);
    let shared = ["warning[shared-object]", "warning[shared-hostname]"];
    assert_eq!((outcome.code, told(&outcome)[..2].to_vec()), (0, shared.map(str::to_owned).to_vec()));
    assert_eq!(folder.generated().len(), 2);
    let before = folder.files();
    // One folder has a place for one of the two objects only.
    let outcome = folder.run(&["render", "-o", "out"]);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert!(told(&outcome).contains(&"error[conflicting-output]".to_owned()), "{}", outcome.stderr);
    assert_eq!(folder.files(), before);
    // The levels of the profile hold for what two builds do to one another, too.
    let rules = "  rules: {shared-object: \"off\", shared-hostname: error}\n";
    folder.write("b/profile.yaml", profile("b", rules));
    let outcome = folder.run(&["render", "--beside"]);
    assert_eq!((outcome.code, told(&outcome)[0].as_str()), (1, "error[shared-hostname]"), "{}", outcome.stderr);
}

#[test]
fn stubs_of_one_name_are_refused_where_nobody_says_what_is_a_build() {
    let folder = two();
    folder.run(&["render", "--beside"]);
    folder.remove("a/kustomization.yaml");
    folder.remove("b/kustomization.yaml");
    let before = folder.files();
    let outcome = folder.run(&["render", "--beside"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("error[duplicate-stub]") && !outcome.stderr.contains("removed: "));
    assert_eq!(folder.files(), before);
    // Each path that is named is a build.
    let outcome = folder.run(&["render", "a", "b"]);
    assert_eq!((outcome.code, outcome.stdout.matches("kind: Ingress").count()), (0, 2), "{}", outcome.stderr);
    let outcome = folder.run(&["render", "a/web.yaml", "./a/web.yaml", "a"]);
    assert_eq!((outcome.code, outcome.stdout.matches("kind: Ingress").count()), (0, 1), "{}", outcome.stderr);
    // All that is named with standard input is one build.
    let outcome = folder.pipe(&["render", "-", "a"], &stub("web", &["web"]));
    assert_eq!((outcome.code, told(&outcome)), (1, vec!["error[duplicate-stub]".to_owned()]));
}

#[test]
fn a_component_is_a_part_and_no_build() {
    let component = format!("{COMPONENT}transformers: [profile.yaml]\n");
    let folder = Folder::with(&[
        ("part/kustomization.yaml", &component),
        ("part/profile.yaml", &profile("part", "")),
        ("app/kustomization.yaml", "resources: [web.gen.yaml]\ncomponents: [../part]\n"),
        ("app/web.yaml", &stub("web", &["web"])),
    ]);
    let outcome = folder.run(&["render"]);
    assert_eq!((outcome.code, tags(&outcome), outcome.stderr.as_str()), (0, vec!["part"], ""));
}

#[test]
fn a_kustomization_that_includes_itself_is_refused() {
    for files in [
        &[("kustomization.yaml", "resources: [.]\n")][..],
        &[("kustomization.yaml", "resources: [a]\n"), ("a/kustomization.yaml", "resources: [..]\n")],
        &[("kustomization.yaml", "resources: [a]\n"), ("a/kustomization.yaml", "components: [../]\n")],
        &[
            ("kustomization.yaml", "resources: [a]\n"),
            ("a/kustomization.yml", "bases: [../b]\n"),
            ("b/Kustomization", "resources: [../a]\n"),
        ],
    ] {
        let folder = Folder::with(files);
        folder.write("web.yaml", stub("web", &["web"]));
        let outcome = folder.run(&["render"]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{files:?}: {}", outcome.stderr);
        assert_eq!(told(&outcome), ["error[circular-kustomization]"], "{files:?}");
    }
}

#[test]
fn a_patch_of_a_stub_is_told() {
    let patch = stub("web", &["web: {hostname: other}"]);
    let inline = patch.replace('\n', "\n    ");
    for (kustomization, is_told) in [
        ("patches: [{path: patch.yaml}]\n".to_owned(), true),
        ("patchesStrategicMerge: [patch.yaml]\n".to_owned(), true),
        (format!("patches:\n- patch: |\n    {inline}\n"), true),
        (format!("patchesStrategicMerge:\n- |\n    {inline}\n"), true),
        ("patches:\n- target: {kind: TailscaleExpose}\n  patch: '[]'\n".to_owned(), true),
        ("patches:\n- target: {kind: Service}\n  patch: '[]'\n".to_owned(), false),
    ] {
        let folder = Folder::with(&[
            ("base/web.yaml", &stub("web", &["web"])),
            ("base/kustomization.yaml", "resources: [web.yaml]\n"),
            ("kustomization.yaml", &format!("resources: [base]\n{kustomization}")),
        ]);
        if kustomization.contains("patch.yaml") {
            folder.write("patch.yaml", &patch);
        }
        let outcome = folder.run(&["render"]);
        assert_eq!((outcome.code, told(&outcome).len()), (0, usize::from(is_told)), "{kustomization}");
        assert!(outcome.stdout.contains("    - web\n"), "a patch is no stub: {}", outcome.stdout);
    }
}
