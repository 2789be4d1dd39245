//! An error takes nothing away: what an earlier run made stays, byte for byte and with its names.

use super::*;

/// A build of two files with stubs, and one of its own, all of it rendered beside and to a folder.
fn rendered() -> Folder {
    let folder = Folder::with(&[
        (".git/HEAD", ""),
        ("a/app.yaml", &stub("app", &["web", "api"])),
        ("a/more.yaml", &stub("more", &["more"])),
        ("a/kustomization.yaml", "resources: [app.gen.yaml, more.gen.yaml]\n"),
        ("b/other.yaml", &stub("other", &["other"])),
        ("b/kustomization.yaml", "resources: [other.gen.yaml]\n"),
    ]);
    assert_ends(
        &folder.run(&["render", "--beside"]),
        0,
        "",
        "wrote: a/app.gen.yaml\nwrote: a/more.gen.yaml\nwrote: b/other.gen.yaml\n",
    );
    assert_eq!(folder.run(&["render", "-o", "out"]).code, 0);
    folder
}

const RUNS: [&[&str]; 6] = [
    &["render", "--beside"],
    &["render", "--beside", "--check"],
    &["render", "--beside", "a"],
    &["render", "-o", "out"],
    &["render", "-o", "out", "--all"],
    &["render", "-o", "out", "--check"],
];

/// Checks that no run after a change of a file touches anything that was generated, and says so.
#[track_caller]
fn keeps(what: &str, change: impl Fn(&Folder)) {
    let folder = rendered();
    let before = folder.generated();
    assert_eq!(before.len(), 7);
    change(&folder);
    for arguments in RUNS {
        let outcome = folder.run(arguments);
        assert_eq!(outcome.code, 1, "{what} {arguments:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("\nkept: "), "{what} {arguments:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("because of an error: Ingress apps/"), "{what}: {}", outcome.stderr);
        assert_eq!(folder.generated(), before, "{what} {arguments:?}: {}", outcome.stderr);
    }
}

#[test]
fn a_typo_in_a_stub_keeps_what_it_made() {
    for (from, to) in [
        ("spec:", "spec:\n  defaults: {tags: [home]}"),
        ("spec:", "spec:\n  default: {tags: [\"tag:home\"]}"),
        ("spec:", "Spec:"),
        ("service", "servce"),
        ("  ingress", "  ingres"),
        ("kind: TailscaleExpose", "kind: TailscaleExpos"),
        ("kind: ", "Kind: "),
        ("v1alpha1", "v1"),
        ("tailscale-expose.dev", "tailscale.dev"),
        ("metadata", "meta"),
        ("name: app", "nme: app"),
        ("ingress:", "ingress: {"),
        ("  ingress:", "\tingress:"),
        ("web: {", "web: {{"),
        ("web:80", "web:0"),
    ] {
        keeps(to, |folder| folder.write("a/app.yaml", stub("app", &["web", "api"]).replace(from, to)));
    }
}

#[test]
fn one_faulty_entry_keeps_its_own_object_and_no_more() {
    let folder = rendered();
    let before = folder.files();
    folder.write("a/app.yaml", stub("app", &["web: {servce: \"web:80\"}", "api: {service: \"api:81\"}", "new"]));
    let outcome = folder.run(&["render", "--beside"]);
    assert_eq!(
        told(&outcome),
        ["error[unknown-field]", "kept: a/app.gen.yaml, because of an error: Ingress apps/web-tailnet"]
    );
    let (old, new) = (&before["a/app.gen.yaml"], folder.read("a/app.gen.yaml"));
    let split = |text: &str| text.split("---\n").map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (split(old), split(&new));
    assert_eq!((new.len(), &new[0]), (3, &old[0]), "the first document is the one that is kept");
    assert_eq!(new[1], old[1].replace("number: 80", "number: 81"));
    assert!(new[2].contains("name: new-tailnet"));
    let outcome = folder.run(&["render", "-o", "out"]);
    let want = [
        "error[unknown-field]",
        "wrote: out/apps/ingress_api-tailnet.yaml",
        "wrote: out/apps/ingress_new-tailnet.yaml",
        "kept: out/apps/ingress_web-tailnet.yaml, because of an error: Ingress apps/web-tailnet",
    ];
    let mut told = told(&outcome);
    told[1..].sort();
    let mut want = want.map(str::to_owned);
    want[1..].sort();
    assert_eq!(told, want);
    // Mended, all is as it would be without the way there.
    folder.write("a/app.yaml", stub("app", &["web", "api"]));
    folder.run(&["render", "--beside"]);
    folder.run(&["render", "-o", "out"]);
    let after: BTreeMap<_, _> = folder.generated().into_iter().filter(|(name, _)| !name.contains("new")).collect();
    assert!(after.iter().all(|(name, text)| before[name] == *text), "{after:?}");
    assert_eq!(after.len(), 7);
}

#[test]
fn a_faulty_profile_keeps_all_that_it_may_govern() {
    for (name, text) in [
        ("profile.yaml", profile("home", "  foo: 1\n")),
        ("profile.yaml", profile("home", "").replace("defaults", "default")),
        ("a/profile.yaml", profile("home", "").replace("tag:home", "home")),
        ("a/profile.yaml", profile("home", "").replace("kind: ", "Kind: ")),
        ("a/profile.yaml", format!("{}  }}", profile("home", ""))),
    ] {
        keeps(name, |folder| folder.write(name, &text));
    }
    keeps("a profile that governs nothing", |folder| folder.write("a/unused/profile.yaml", profile("home", "")));
    keeps("two profiles", |folder| {
        folder.write("a/one.yaml", profile("one", ""));
        folder.write("a/two.yaml", profile("two", ""));
    });
}

#[test]
fn a_bad_kustomization_keeps_all() {
    for text in
        ["resources: [\n", "a: b: c\n", "resources: [.]\n", "resources: [app.gen.yaml]\ncomponents: [../gone]\n"]
    {
        keeps(text, |folder| folder.write("a/kustomization.yaml", text));
    }
}

#[test]
fn a_stub_file_that_is_renamed_with_an_error_keeps_its_output() {
    for text in
        [stub("app", &["web: {servce: x}", "api: {servce: x}"]), stub("new", &["web: {servce: x}", "api: {servce: x}"])]
    {
        keeps("renamed", |folder| {
            folder.remove("a/app.yaml");
            folder.write("a/www.yaml", &text);
        });
    }
    // A sound entry is made anew where its object is, so that no build has it twice.
    let folder = rendered();
    folder.remove("a/app.yaml");
    folder.write("a/www.yaml", stub("app", &["web: {servce: x}", "api"]));
    folder.run(&["render", "--beside"]);
    let all: String =
        folder.files().into_iter().filter(|(name, _)| name.contains(".gen.")).map(|(_, text)| text).collect();
    for name in ["web", "api", "more", "other"] {
        assert_eq!(all.matches(&format!("  name: {name}-tailnet\n")).count(), 1, "{name}");
    }
}

#[test]
fn a_stub_that_is_gone_beside_an_error_keeps_its_output() {
    keeps("gone", |folder| {
        folder.remove("a/more.yaml");
        folder.write("a/app.yaml", stub("app", &["web: {servce: x}", "api: {servce: x}"]));
    });
    // What another build has is its own affair.
    let folder = rendered();
    folder.remove("b/other.yaml");
    folder.write("a/app.yaml", stub("app", &["web: {servce: x}", "api"]));
    let outcome = folder.run(&["render", "--beside"]);
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stderr.ends_with(
            "kept: a/app.gen.yaml, because of an error: Ingress apps/web-tailnet\nremoved: b/other.gen.yaml\n"
        )
    );
}

#[test]
fn what_is_kept_keeps_its_names() {
    let folder = rendered();
    let before = folder.generated();
    // Another entry wants the tailnet name, another stub the object.
    for more in [
        stub("more", &["more: {service: \"x:80\", hostname: web}"]),
        stub("more", &["web: {service: \"x:80\", hostname: x}"]),
    ] {
        folder.write("a/app.yaml", stub("app", &["web: {servce: x}", "api"]));
        folder.write("a/more.yaml", more);
        for arguments in [&["render", "--beside"][..], &["render", "-o", "out"]] {
            let outcome = folder.run(arguments);
            assert_eq!(outcome.code, 1);
            assert!(outcome.stderr.contains("error[duplicate-"), "{}", outcome.stderr);
            assert_eq!(folder.generated(), before, "{}", outcome.stderr);
        }
    }
}

#[test]
fn an_entry_that_moves_to_another_file_is_there_once() {
    for (app, more, is_sound) in [
        (stub("app", &["web"]), stub("more", &["more", "api"]), true),
        (stub("app", &["web"]), stub("more", &["more: {servce: x}", "api"]), false),
        (stub("app", &["web: {servce: x}"]), stub("more", &["more", "api"]), false),
    ] {
        let folder = rendered();
        folder.write("a/app.yaml", app);
        folder.write("a/more.yaml", more);
        for (arguments, is_ours) in [
            (&["render", "--beside"][..], &(|name: &str| name.contains(".gen.")) as &dyn Fn(&str) -> bool),
            (&["render", "-o", "out"], &|name: &str| name.starts_with("out/")),
        ] {
            let outcome = folder.run(arguments);
            assert_eq!(outcome.code, i32::from(!is_sound), "{}", outcome.stderr);
            let files = folder.files().into_iter().filter(|(name, _)| is_ours(name));
            let all: String = files.map(|(_, text)| text).collect();
            for name in ["web", "api", "more", "other"] {
                assert_eq!(all.matches(&format!("  name: {name}-tailnet\n")).count(), 1, "{name} {arguments:?}");
            }
        }
    }
}

#[test]
fn patches_of_services_are_kept() {
    let folder = Folder::with(&[
        ("media.yaml", ANNOTATE),
        ("service.yaml", SERVICE),
        ("kustomization.yaml", "resources: [service.yaml]\npatches: [{path: media.patch.gen.yaml}]\n"),
    ]);
    assert_ends(&folder.run(&["render", "--beside"]), 0, "", "wrote: media.patch.gen.yaml\n");
    folder.run(&["render", "-o", "out"]);
    let before = folder.generated();
    for text in ["plex: {hostnme: x}", "plex: {", "plex: {hostname: a.b}"] {
        folder.write("media.yaml", ANNOTATE.replace("plex: {}", text));
        for arguments in [&["render", "--beside"][..], &["render", "-o", "out"]] {
            let outcome = folder.run(arguments);
            assert_eq!(outcome.code, 1, "{text}");
            assert!(outcome.stderr.contains("because of an error: Service media/plex\n"), "{text}: {}", outcome.stderr);
            assert_eq!(folder.generated(), before, "{text}");
        }
    }
}

#[test]
fn line_ends_of_what_is_kept_stay() {
    let folder = rendered();
    let crlf = folder.read("a/app.gen.yaml").replace('\n', "\r\n");
    folder.write("a/app.gen.yaml", &crlf);
    folder.write("a/app.yaml", stub("app", &["web: {servce: x}", "api"]));
    assert_eq!(folder.run(&["render", "--beside"]).code, 1);
    assert_eq!(folder.read("a/app.gen.yaml"), crlf);
}
