//! Which profile governs a stub: its layers, from the function's config to the build's resources.

use super::*;

/// The layers, from the farthest: what makes each of them, with the text that the kustomization has for it.
const LAYERS: [(&str, &str); 4] = [
    ("clusters/home/config/config.yaml", "transformers: [config/config.yaml]\n"),
    ("far.yaml", ""),
    ("clusters/near.yaml", ""),
    ("clusters/home/own/build.yaml", "resources: [web.gen.yaml, own/build.yaml]\n"),
];

fn tag_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default().trim_end_matches(".yaml")
}

fn folder(layers: &[usize]) -> Folder {
    let folder = Folder::with(&[(".git/HEAD", ""), ("clusters/home/web.yaml", &stub("web", &["web"]))]);
    let mut kustomization = String::new();
    for layer in layers {
        let (path, text) = LAYERS[*layer];
        folder.write(path, profile(tag_of(path), ""));
        kustomization.push_str(text);
    }
    folder.write("clusters/home/kustomization.yaml", kustomization);
    folder
}

#[test]
fn the_nearest_layer_wins_in_every_set_of_layers() {
    for set in 1_u32..16 {
        let layers: Vec<usize> = (0..4).filter(|layer| set & (1 << layer) != 0).collect();
        let folder = folder(&layers);
        let nearest = layers.last().map(|layer| tag_of(LAYERS[*layer].0)).unwrap_or_default();
        for (place, path) in [
            (".", "."),
            (".", "clusters/home"),
            (".", "clusters/home/web.yaml"),
            ("clusters/home", "."),
            ("clusters/home", "web.yaml"),
            ("clusters", "home/web.yaml"),
            ("clusters/home", "../home/./web.yaml"),
        ] {
            let outcome = folder.run_in(place, &["render", path]);
            assert_eq!(outcome.code, 0, "{layers:?} {place} {path}: {}", outcome.stderr);
            assert_eq!(tags(&outcome), [nearest], "{layers:?} {place} {path}");
        }
    }
}

#[test]
fn what_a_nearer_layer_does_not_write_stays() {
    let folder = folder(&[1]);
    let near = profile("x", "").replace("tags: [\"tag:x\"]", "hostnameSuffix: \"-home\"");
    folder.write("clusters/near.yaml", near);
    let outcome = folder.run(&["render"]);
    assert_eq!((outcome.code, tags(&outcome)), (0, vec!["far"]), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("- web-home\n"), "{}", outcome.stdout);
}

#[test]
fn two_profiles_of_one_layer_are_contested() {
    for (layer, more) in [(1, "also.yaml"), (2, "clusters/also.yaml"), (3, "clusters/home/also.yaml")] {
        let folder = folder(&[layer]);
        folder.write(more, profile("also", ""));
        if layer == 3 {
            folder.write("clusters/home/kustomization.yaml", "resources: [own/build.yaml, also.yaml]\n");
        }
        let outcome = folder.run(&["render"]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{more}");
        assert_eq!(told(&outcome), ["error[duplicate-profile]"], "{more}");
    }
    let folder = folder(&[0]);
    folder.write("clusters/home/config/also.yaml", profile("also", ""));
    let configs = "transformers: [config/config.yaml]\nvalidators: [config/also.yaml]\n";
    folder.write("clusters/home/kustomization.yaml", configs);
    let outcome = folder.run(&["render"]);
    assert_eq!((outcome.stdout.as_str(), told(&outcome)), ("", vec!["error[duplicate-profile]".to_owned()]));
}

#[test]
fn a_profile_that_governs_no_stub_stops_the_run() {
    let folder = Folder::with(&[
        (".git/HEAD", ""),
        ("apps/a/web.yaml", &stub("web", &["web"])),
        ("clusters/home/profile.yaml", &profile("home", "")),
    ]);
    let outcome = folder.run(&["render"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""));
    assert_eq!(told(&outcome), ["error[unused-profile]"]);
    assert!(outcome.stderr.contains("--> clusters/home/profile.yaml:3:"), "{}", outcome.stderr);
    // What was not named need not govern anything.
    folder.write("apps/b/profile.yaml", profile("b", ""));
    assert_eq!(folder.run(&["render", "apps/a"]).code, 0);
    folder.write("profile.yaml", profile("repo", ""));
    assert_eq!(tags(&folder.run(&["render", "apps/a"])), ["repo"]);
}

#[test]
fn the_look_up_ends_at_the_repository_else_at_the_current_folder() {
    let folder = Folder::with(&[
        ("profile.yaml", &profile("above", "")),
        ("repo/apps/web.yaml", &stub("web", &["web"])),
        ("repo/apps/deep/er/profile.yaml", &profile("below", "")),
    ]);
    assert_eq!(tags(&folder.run(&["render", "repo/apps/web.yaml"])), ["above"]);
    assert_eq!(tags(&folder.run_in("repo", &["render", "apps/web.yaml"])), Vec::<&str>::new());
    // A worktree has a file of that name.
    folder.write("repo/.git", "gitdir: elsewhere\n");
    assert_eq!(tags(&folder.run(&["render", "repo/apps/web.yaml"])), Vec::<&str>::new());
    folder.write("repo/profile.yaml", profile("repo", ""));
    assert_eq!(tags(&folder.run(&["render", "repo/apps/web.yaml"])), ["repo"]);
    assert_eq!(tags(&folder.run_in("repo/apps", &["render", "web.yaml"])), ["repo"]);
}

#[test]
fn no_folders_are_read_on_the_way_up() {
    let folder = Folder::with(&[
        (".git/HEAD", ""),
        ("apps/a/web.yaml", &stub("web", &["web"])),
        ("apps/b/profile.yaml", &profile("b", "")),
        ("apps/b/broken.yaml", "kind: TailscaleExposeProfile\n a: {"),
        ("apps/other.yaml", &stub("web", &["other"])),
    ]);
    folder.write("apps/b/binary.yaml", [0xff, 0xfe, 0x00]);
    let outcome = folder.run(&["render", "apps/a"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "a stub on the way up is none of the run");
    assert_eq!(outcome.stdout.matches("kind: Ingress").count(), 1);
}

#[test]
fn what_a_kustomization_names_is_read_wherever_it_is() {
    let part = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ntransformers: [profile.yaml]\n";
    let inline = format!("transformers:\n- |\n  {}\n", profile("part", "").replace('\n', "\n  "));
    for kustomization in [
        "components: [../../part]\n",
        "resources: [../../part/profile.yaml]\n",
        "transformers: [../../part/profile.yaml]\n",
        "generators: [../../folder]\n",
        "resources: [../../folder]\n",
        "transformers: [hidden]\n",
        "transformers: [.hidden.yaml]\n",
        &inline,
    ] {
        let folder = Folder::with(&[
            (".git/HEAD", ""),
            ("part/kustomization.yaml", part),
            ("part/profile.yaml", &profile("part", "")),
            ("folder/kustomization.yaml", "resources: [../part/profile.yaml]\n"),
            ("clusters/home/web.yaml", &stub("web", &["web"])),
            ("clusters/home/kustomization.yaml", kustomization),
        ]);
        for name in ["hidden", ".hidden.yaml"] {
            folder.write(&format!("clusters/home/{name}"), profile("part", ""));
        }
        for path in ["clusters", "clusters/home", "clusters/home/web.yaml"] {
            if path.ends_with("web.yaml") && kustomization == "resources: [../../folder]\n" {
                continue;
            }
            let outcome = folder.run(&["render", path]);
            assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{kustomization} {path}");
            assert_eq!(tags(&outcome), ["part"], "{kustomization} {path}");
        }
    }
}

#[test]
fn what_a_kustomization_names_and_cannot_be_read_stops_its_build() {
    for (kustomization, rule) in [
        ("components: [../../gone]\n", "unreadable-file"),
        ("transformers: [gone.yaml]\n", "unreadable-file"),
        ("transformers: [../../binary.yaml]\n", "unreadable-file"),
        ("transformers: [../../broken.yaml]\n", "invalid-yaml"),
        ("transformers:\n- |\n  kind: TailscaleExposeProfile\n   a: {\n", "invalid-yaml"),
        ("transformers: [\n", "invalid-yaml"),
    ] {
        let folder = Folder::with(&[
            (".git/HEAD", ""),
            ("broken.yaml", "kind: TailscaleExposeProfile\n a: {"),
            ("clusters/home/web.yaml", &stub("web", &["web"])),
            ("clusters/home/kustomization.yaml", kustomization),
            ("clusters/other/web.yaml", &stub("other", &["other"])),
        ]);
        folder.write("binary.yaml", [b'a', 0xff]);
        for path in ["clusters/home", "clusters/home/web.yaml"] {
            let outcome = folder.run(&["render", path]);
            assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{kustomization} {path}");
            assert!(told(&outcome).contains(&format!("error[{rule}]")), "{kustomization} {path}: {}", outcome.stderr);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_link_to_a_profile_is_a_profile_of_its_folder() {
    let folder = Folder::with(&[
        (".git/HEAD", ""),
        ("shared/profile.yaml", &profile("shared", "")),
        ("a/one.yaml", &stub("one", &["one"])),
        ("b/two.yaml", &stub("two", &["two"])),
    ]);
    folder.link("../shared/profile.yaml", "a/profile.yaml");
    folder.link("../shared/profile.yaml", "b/profile.yaml");
    let outcome = folder.run(&["render"]);
    assert_eq!((outcome.code, tags(&outcome)), (0, vec!["shared", "shared"]), "{}", outcome.stderr);
    assert_eq!(tags(&folder.run(&["render", "b/two.yaml"])), ["shared"]);
    // Beside what it leads to, it is the same one.
    folder.link("profile.yaml", "shared/also.yaml");
    folder.write("shared/three.yaml", stub("three", &["three"]));
    assert_eq!(tags(&folder.run(&["render"])), ["shared"; 3]);
}

#[test]
fn what_may_be_a_profile_is_never_passed_over() {
    for (from, to) in [
        ("kind:", "Kind:"),
        ("kind: TailscaleExposeProfile\n", ""),
        ("kind: TailscaleExposeProfile", "kind: [TailscaleExposeProfile]"),
        ("kind: TailscaleExposeProfile", "kind: Profile"),
        ("apiVersion:", "apiversion:"),
        ("v1alpha1", "v1"),
        ("tailscale-expose.dev/v1alpha1", "tailscale-expose.dev"),
        ("spec:", "Spec:"),
        ("defaults:", "default:"),
        ("\"]}", "\"}"),
    ] {
        let text = profile("home", "").replace(from, to);
        let folder = Folder::with(&[("web.yaml", &stub("web", &["web"])), ("profile.yaml", &text)]);
        let list = format!("apiVersion: v1\nkind: List\nitems:\n- {}\n", text.trim_end().replace('\n', "\n  "));
        let sequence = format!("- {}\n", text.trim_end().replace('\n', "\n  "));
        let sequences = Folder::with(&[("web.yaml", &stub("web", &["web"])), ("list.yaml", &sequence)]);
        let others = list.replace("apiVersion: v1\nkind: List", "apiVersion: example.org/v1\nkind: ThingList");
        let others = Folder::with(&[("web.yaml", &stub("web", &["web"])), ("list.yaml", &others)]);
        let lists = Folder::with(&[("web.yaml", &stub("web", &["web"])), ("list.yaml", &list)]);
        for (folder, what) in [(folder, "a file"), (lists, "a list"), (sequences, "a sequence"), (others, "any list")] {
            let outcome = folder.run(&["render"]);
            assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{to} in {what}: {}", outcome.stderr);
        }
    }
}
