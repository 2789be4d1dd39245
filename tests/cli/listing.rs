//! Whether a kustomization lists what is generated: what is told, and the line to add or to delete.

use super::*;

/// Returns the help of the finding of a rule.
fn help(outcome: &Outcome, rule: &str) -> Vec<String> {
    let blocks = outcome.stderr.split("\n\n").filter(|block| block.contains(&format!("[{rule}]: ")));
    let help =
        |block: &str| block.lines().find_map(|line| line.split_once("= help: ").map(|(_, help)| help.to_owned()));
    blocks.filter_map(help).collect()
}

#[test]
fn the_line_that_is_missing_is_told() {
    for (kustomization, place, line) in [
        (Some(("a/kustomization.yaml", "resources:\n- service.yaml\n")), "a/kustomization.yaml:1:1", "- web.gen.yaml"),
        (Some(("a/kustomization.yml", "namespace: x\nresources: []\n")), "a/kustomization.yml:2:1", "- web.gen.yaml"),
        (Some(("a/Kustomization", "namespace: x\n")), "a/Kustomization:1:1", "- web.gen.yaml"),
        (Some(("kustomization.yaml", "resources: []\n")), "kustomization.yaml:1:1", "- a/web.gen.yaml"),
    ] {
        let folder = Folder::with(&[("a/web.yaml", &stub("web", &["web"]))]);
        if let Some((name, text)) = kustomization {
            folder.write(name, text);
        }
        for arguments in
            [&["render", "--beside"][..], &["render", "--beside", "a"], &["render", "--beside", "a/web.yaml"]]
        {
            let outcome = folder.run(arguments);
            assert_eq!((outcome.code, told(&outcome)[0].as_str()), (0, "warning[unlisted-output]"), "{place}");
            assert!(outcome.stderr.contains(&format!(" --> {place}\n")), "{place}: {}", outcome.stderr);
            let want = format!("write `{line}` under `resources` of this kustomization");
            assert_eq!(help(&outcome, "unlisted-output"), [want], "{place}");
        }
    }
}

#[test]
fn patches_are_listed_as_patches() {
    let folder = Folder::with(&[
        ("media.yaml", ANNOTATE),
        ("service.yaml", SERVICE),
        ("kustomization.yaml", "resources: [service.yaml]\n"),
    ]);
    let outcome = folder.run(&["render", "--beside"]);
    let want = "write `- path: media.patch.gen.yaml` under `patches` of this kustomization";
    assert_eq!(help(&outcome, "unlisted-output"), [want]);
    for patches in [
        "patches: [{path: media.patch.gen.yaml}]\n",
        "patches:\n- path: ./media.patch.gen.yaml\n",
        "patchesStrategicMerge: [media.patch.gen.yaml]\n",
    ] {
        folder.write("kustomization.yaml", format!("resources: [service.yaml]\n{patches}"));
        assert_ends(&folder.run(&["render", "--beside", "--check"]), 0, "", "");
    }
}

#[test]
fn a_folder_that_flux_would_list_whole_is_told() {
    let folder = Folder::with(&[("web.yaml", &stub("web", &["web"]))]);
    let outcome = folder.run(&["render", "--beside"]);
    assert!(outcome.stderr.contains("Flux applies a folder without one whole, and fails at the stub\n"));
    assert_eq!(
        help(&outcome, "unlisted-output"),
        ["write a kustomization.yaml beside it, with `- web.gen.yaml` under `resources`"]
    );
    assert_eq!(folder.run(&["render", "--beside", "--check"]).code, 0, "a warning fails no check");
    folder.write("kustomization.yaml", "resources: [web.gen.yaml]\n");
    assert_ends(&folder.run(&["render", "--beside", "--check"]), 0, "", "");
}

#[test]
fn any_kustomization_may_list_it() {
    for (name, text) in [
        ("kustomization.yaml", "resources: [apps/web.gen.yaml]\n"),
        ("clusters/home/kustomization.yaml", "resources: [../../apps/./web.gen.yaml]\n"),
        (
            "apps/kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [web.gen.yaml]\n",
        ),
    ] {
        let folder = Folder::with(&[("apps/web.yaml", &stub("web", &["web"])), (name, text)]);
        assert_ends(&folder.run(&["render", "--beside"]), 0, "", "wrote: apps/web.gen.yaml\n");
    }
}

#[test]
fn what_is_listed_and_gone_is_told_with_its_line() {
    for (text, want) in [
        ("resources:\n- web.gen.yaml\n- gone.gen.yaml # old\n", "delete the line `- gone.gen.yaml # old`"),
        ("resources:\n  -   gone.gen.yaml\n  - web.gen.yaml\n", "delete \"gone.gen.yaml\" from the list"),
        ("resources: [web.gen.yaml, gone.gen.yaml]\n", "delete \"gone.gen.yaml\" from the list"),
        (
            "resources: [web.gen.yaml]\npatches:\n- path: gone.patch.gen.yaml\n",
            "delete the line `- path: gone.patch.gen.yaml`",
        ),
    ] {
        let folder = Folder::with(&[("web.yaml", &stub("web", &["web"])), ("kustomization.yaml", text)]);
        let outcome = folder.run(&["render", "--beside"]);
        assert_eq!((outcome.code, help(&outcome, "gone-output")), (0, vec![want.to_owned()]), "{}", outcome.stderr);
    }
}

#[test]
fn what_an_error_holds_back_is_not_called_gone() {
    for text in [stub("web", &["web: {servce: x}"]), stub("web", &["web"]).replace("spec:", "spec: {")] {
        let folder = Folder::with(&[("web.yaml", &text), ("kustomization.yaml", "resources: [web.gen.yaml]\n")]);
        let outcome = folder.run(&["render", "--beside"]);
        assert_eq!((outcome.code, told(&outcome).len()), (1, 1), "{}", outcome.stderr);
    }
}

#[test]
fn the_levels_of_the_profile_hold() {
    let folder = Folder::with(&[
        ("web.yaml", &stub("web", &["web"])),
        ("kustomization.yaml", "resources: [gone.gen.yaml]\n"),
        ("profile.yaml", &profile("home", "  rules: {unlisted-output: error, gone-output: \"off\"}\n")),
    ]);
    let outcome = folder.run(&["render", "--beside"]);
    assert_eq!(
        (outcome.code, told(&outcome)),
        (1, vec!["error[unlisted-output]".to_owned(), "wrote: web.gen.yaml".to_owned()])
    );
}
