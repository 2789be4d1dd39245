//! What the cases have found, by hand.

use tailscale_expose::krm::{Finding, Severity};
use tailscale_expose::kustomize::TreePath;
use tailscale_expose::yaml::Sources;
use tailscale_expose::{Action, FileChange, HEADER, Role, State, Tree, beside, folder, respond};

const STUB: &str =
    "apiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExpose\nmetadata: {name: app, namespace: apps}\n";
const SERVICE: &str =
    "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: apps\nspec: {ports: [{port: 80}]}\n";

fn tree(files: &[(&str, &str)]) -> Tree {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(*path, *text);
    }
    Tree::of(&sources)
}

fn text(change: &FileChange) -> &str {
    match &change.action {
        Action::Write(text) | Action::Keep { text: Some(text), .. } => text,
        action => panic!("{action:?} must be a text"),
    }
}

#[test]
fn a_service_stays_annotated_in_its_folder_when_its_stub_has_an_error() {
    let stub = |spec: &str| format!("{STUB}spec:\n  annotate: {{web: {{{spec}}}}}\n");
    let out = TreePath::new("out");
    let first = folder(&tree(&[("in/stub.yaml", &stub("")), ("in/web.yaml", SERVICE)]), &out, true).expect("a plan");
    let annotated = text(&first.changes[0]);
    assert!(annotated.contains("tailscale.com/expose"), "{annotated}");
    for broken in [stub("servcie: x"), format!("{STUB}spec:\n  defaults: 5\n  annotate: {{web: {{}}}}\n")] {
        let files =
            [("in/stub.yaml", broken.as_str()), ("in/web.yaml", SERVICE), ("out/apps/service_web.yaml", annotated)];
        let second = folder(&tree(&files), &out, true).expect("a plan");
        let [FileChange { action: Action::Keep { objects, text: None, .. }, .. }] = &second.changes[..] else {
            panic!("{broken}: {:?}", second.changes)
        };
        assert_eq!(objects, &["Service apps/web"], "{broken}");
    }
}

#[test]
fn a_service_stays_annotated_in_its_folder_when_its_stub_is_gone_beside_an_error() {
    let stub = format!("{STUB}spec:\n  annotate: {{web: {{}}}}\n");
    let out = TreePath::new("out");
    let first = folder(&tree(&[("in/stub.yaml", &stub), ("in/web.yaml", SERVICE)]), &out, true).expect("a plan");
    let annotated = text(&first.changes[0]);
    let profile =
        "apiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExposeProfile\nmetadata: {name: cluster}\n";
    let other = format!("{}spec: {{ingress: {{api: {{service: \"api:80\"}}}}}}\n", STUB.replace("apps", "other"));
    let unused = format!("{profile}spec: {{}}\n");
    let listed = "resources: [web.yaml]\n";
    for (more, is_kept) in [
        (vec![], false),
        (vec![("in/profile.yaml", unused.as_str())], true),
        (vec![("in/profile.yaml", unused.as_str()), ("in/kustomization.yaml", listed)], true),
        (
            vec![
                ("in/profile.yaml", unused.as_str()),
                ("in/kustomization.yaml", listed),
                ("other/kustomization.yaml", "resources: [stub.yaml]\n"),
                ("other/stub.yaml", other.as_str()),
            ],
            true,
        ),
    ] {
        let mut files = vec![("in/web.yaml", SERVICE), ("out/apps/service_web.yaml", annotated)];
        files.extend(&more);
        let second = folder(&tree(&files), &out, true).expect("a plan");
        let path = TreePath::new("out/apps/service_web.yaml");
        let change = second.changes.iter().find(|change| change.path == path).expect("a change");
        assert_eq!(matches!(change.action, Action::Keep { text: None, .. }), is_kept, "{more:?}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_added_to_once() {
    let stub = format!("{STUB}spec:\n  ingress: {{web: {{service: \"web:80\"}}, api: {{servcie: x}}}}\n");
    let first = beside(&tree(&[("stub.yaml", &stub.replace("servcie: x", "service: \"web:80\""))]));
    let old = format!("{}---\nspec: {{open\n", text(&first.changes[0]));
    let second = beside(&tree(&[("stub.yaml", &stub), ("stub.gen.yaml", &old)]));
    let kept = |change: &FileChange| matches!(change.action, Action::Keep { text: None, .. });
    assert!(second.changes.iter().all(kept), "{:?}", second.changes);
    // Without the object that is made anew it is added behind, on a line of its own.
    let header = old.lines().next().expect("a header");
    let old = format!("{header}\nspec: {{open");
    let second = beside(&tree(&[("stub.yaml", &stub), ("stub.gen.yaml", &old)]));
    let new = text(&second.changes[0]);
    assert!(new.starts_with(&format!("{old}\n---\napiVersion: ")), "{new}");
    let third = beside(&tree(&[("stub.yaml", &stub), ("stub.gen.yaml", new)]));
    assert!(third.changes.iter().all(kept), "{:?}", third.changes);
}

#[test]
fn output_of_a_stub_that_is_gone_stays_while_a_profile_above_has_an_error() {
    let profile =
        "apiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExposeProfile\nmetadata: {name: cluster}\n";
    let ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web-tailnet}\n";
    let beside_stub =
        format!("{HEADER}stub.yaml. Do not edit: run `tailscale-expose render --beside` again.\n{ingress}");
    let in_folder = format!("{HEADER}../apps/stub.yaml. Do not edit.\n{ingress}");
    for (spec, state, is_kept) in [
        ("spec: {}\n", State::Read, false),
        ("spec: {rules: {no-such-rule: info}}\n", State::Read, true),
        ("spec: {open", State::Read, true),
        ("", State::Unreadable("must be UTF-8: byte 7 is not".to_owned()), true),
    ] {
        let mut tree = Tree::at(vec![TreePath::new("apps")]);
        let mut add = |path: &str, text: &str, role| tree.add(TreePath::new(path), path, text.to_owned(), role);
        add("apps/stub.gen.yaml", &beside_stub, Role::Named(0));
        add("out/ingress_web-tailnet.yaml", &in_folder, Role::Named(0));
        match state {
            State::Read => add("profile.yaml", &format!("{profile}{spec}"), Role::Above),
            state => tree.add_unread(TreePath::new("profile.yaml"), "profile.yaml", state, Role::Above),
        }
        for plan in [beside(&tree), folder(&tree, &TreePath::new("out"), false).expect("a plan")] {
            let actions: Vec<bool> =
                plan.changes.iter().map(|change| matches!(change.action, Action::Keep { .. })).collect();
            assert_eq!(actions, [is_kept], "{spec}: {:?}", plan.changes);
        }
    }
}

#[test]
fn a_stub_that_moved_is_written_where_another_build_keeps_what_it_made() {
    let moved = format!("{STUB}spec:\n  ingress: {{web: {{service: \"web:80\"}}}}\n");
    let first = beside(&tree(&[("apps/a/stub.yaml", &moved)]));
    let old = text(&first.changes[0]);
    let other =
        format!("{STUB}spec: {{ingress: {{api: {{service: \"api:80\"}}}}}}\n").replace("name: app", "name: other");
    let broken = other.replace("service", "servcie");
    for (other, want) in [(other, "moved.gen.yaml"), (broken, "apps/a/stub.gen.yaml")] {
        let plan = beside(&tree(&[
            ("kustomization.yaml", "resources: [apps/a, moved.gen.yaml]\n"),
            ("moved.yaml", &moved.replace("web:80", "web:81")),
            ("apps/a/kustomization.yaml", "resources: [stub.gen.yaml]\n"),
            ("apps/a/stub.gen.yaml", old),
            ("clusters/x/kustomization.yaml", "resources: [../../apps/a, stub.gen.yaml]\n"),
            ("clusters/x/stub.yaml", &other),
        ]));
        let texts = plan.changes.iter().filter(|change| match &change.action {
            Action::Write(text) | Action::Keep { text: Some(text), .. } => text.contains("number: 81"),
            _ => false,
        });
        let paths: Vec<&str> = texts.map(|change| change.path.as_str()).collect();
        assert_eq!(paths, [want], "{:?}", plan.changes);
    }
}

#[test]
fn what_cannot_be_read_in_a_file_keeps_what_was_made_of_it() {
    let stub = format!("{STUB}spec: {{ingress: {{web: {{service: \"web:80\"}}}}}}\n");
    let first = beside(&tree(&[("stub.yaml", &stub)]));
    let old = text(&first.changes[0]);
    for (more, is_kept) in
        [("", false), ("---\nkind: TailscaleExpose\nspec: {open", true), ("---\na: {{ b }}\n", false)]
    {
        let stub = format!("{STUB}spec: {{}}\n{more}");
        let plan = beside(&tree(&[("stub.yaml", &stub), ("stub.gen.yaml", old)]));
        assert_eq!(plan.changes.len(), 1);
        assert_eq!(matches!(plan.changes[0].action, Action::Keep { text: None, .. }), is_kept, "{more}");
    }
}

#[test]
fn a_stub_with_an_error_in_one_of_its_builds_has_it_in_all() {
    let of = |name: &str| STUB.replace("name: app", &format!("name: {name}"));
    let stub = format!("{}spec: {{ingress: {{web: {{service: \"web:80\"}}}}}}\n", of("app"));
    let old = format!("{}spec: {{ingress: {{old: {{service: \"old:80\"}}}}}}\n", of("old"));
    let listed = "resources: [../apps]\n";
    let first = beside(&tree(&[("x/stub.yaml", &old), ("x/kustomization.yaml", listed), ("apps/stub.yaml", &stub)]));
    let made = first.changes.iter().find(|change| change.path == TreePath::new("x/stub.gen.yaml")).expect("a file");
    let profile =
        "apiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExposeProfile\nmetadata: {name: cluster}\n";
    for (spec, is_kept) in [("spec: {}\n", false), ("spec: {complete: true, rules: {dangling-service: error}}\n", true)]
    {
        let profile = format!("{profile}{spec}");
        let files = tree(&[
            ("apps/kustomization.yaml", "resources: [stub.gen.yaml]\n"),
            ("apps/stub.yaml", &stub),
            ("x/kustomization.yaml", listed),
            ("x/stub.gen.yaml", text(made)),
            ("y/kustomization.yaml", "resources: [../apps, profile.yaml]\n"),
            ("y/profile.yaml", &profile),
        ]);
        let plan = beside(&files);
        let change = plan.changes.iter().find(|change| change.path == made.path).expect("it is decided");
        assert_eq!(change.action != Action::Remove, is_kept, "{spec} {:?}", plan.findings);
    }
}

#[test]
fn a_file_is_not_given_to_another_object_while_an_error_keeps_what_is_in_it() {
    let out = TreePath::new("out");
    let manifest = |version: &str| {
        let metadata = "metadata: {name: web, namespace: apps, annotations: {tailscale-expose.dev/stub: apps/app}}";
        format!("apiVersion: {version}\nkind: Ingress\n{metadata}\nspec: {{ingressClassName: tailscale}}\n")
    };
    let first = folder(&tree(&[("in/web.yaml", &manifest("extensions/v1beta1"))]), &out, true).expect("a plan");
    let old = text(&first.changes[0]);
    for (fault, is_kept) in [("servcie: api", true), ("service: api:80", false)] {
        let stub = format!("{STUB}spec: {{ingress: {{api: {{{fault}}}}}}}\n");
        let manifest = manifest("networking.k8s.io/v1");
        let files = [("in/stub.yaml", stub.as_str()), ("in/web.yaml", &manifest), ("out/apps/ingress_web.yaml", old)];
        let second = folder(&tree(&files), &out, true).expect("a plan");
        let change = second.changes.iter().find(|change| change.path.name() == "ingress_web.yaml").expect("a change");
        assert_eq!(matches!(change.action, Action::Keep { text: None, .. }), is_kept, "{fault}: {change:?}");
    }
}

#[test]
fn output_of_a_stub_that_is_gone_stays_while_two_profiles_are_contested_above_it() {
    let profile = |name: &str| {
        format!("apiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExposeProfile\nmetadata: {{name: {name}}}\n")
    };
    let stub = format!("{STUB}spec: {{ingress: {{api: {{service: \"api:80\"}}}}}}\n");
    let gone = format!(
        "{HEADER}stub.yaml. Do not edit: run `tailscale-expose render --beside` again.\napiVersion: networking.k8s.io/v1\n\
         kind: Ingress\nmetadata: {{name: web-tailnet}}\n"
    );
    for (second, is_kept) in [("profiles.yaml", true), ("apps/a/profile.yaml", false)] {
        let mut tree = Tree::at(vec![TreePath::new("apps")]);
        let mut add = |path: &str, text: &str, role| tree.add(TreePath::new(path), path, text.to_owned(), role);
        add("apps/a/kustomization.yaml", "resources: [stub.gen.yaml]\n", Role::Named(0));
        add("apps/a/stub.yaml", &stub, Role::Named(0));
        add("apps/b/kustomization.yaml", "resources: []\n", Role::Named(0));
        add("apps/b/stub.gen.yaml", &gone, Role::Named(0));
        add("profile.yaml", &profile("one"), Role::Above);
        add(second, &profile("two"), if is_kept { Role::Above } else { Role::Named(0) });
        let plan = beside(&tree);
        let change = plan.changes.iter().find(|change| change.path.as_str() == "apps/b/stub.gen.yaml");
        let action = &change.expect("it is told of").action;
        assert_eq!(matches!(action, Action::Keep { text: None, .. }), is_kept, "{second}: {action:?}");
    }
}

#[test]
fn what_is_kept_of_a_stub_stays_although_it_takes_the_place_of_what_its_error_was_about() {
    let stub = |name: &str, ingress: &str| {
        format!(
            "---\napiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExpose\nmetadata: {{name: {name}, namespace: apps}}\n\
             spec: {{ingress: {{{ingress}: {{service: \"web:80\"}}}}, annotate: {{web: {{service: web}}}}}}\n"
        )
    };
    let first = respond(format!("{SERVICE}{}", stub("old", "wiki")), None).expect("a stream").text();
    let question = format!("{first}{}{}", stub("new", "wiki"), stub("old", "api"));
    let answer = respond(question, None).expect("a stream");
    assert!(answer.text().contains("name: wiki-tailnet\n"), "{}", answer.text());
    assert!(answer.text().contains("name: api-tailnet\n"), "{}", answer.text());
    let about = |stub: &str| {
        let of = |finding: &&Finding| finding.object.as_ref().is_some_and(|object| object.name == stub);
        answer.findings.iter().filter(of).any(|finding| finding.severity == Severity::Error)
    };
    assert!(about("old") && about("new"), "{:?}", answer.findings);
    let again = format!("{}{}{}", answer.text(), stub("new", "wiki"), stub("old", "api"));
    let items = |text: &str| text.lines().filter(|line| *line != "---").map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(items(&respond(again, None).expect("a stream").text()), items(&answer.text()));
}

#[test]
fn a_fault_of_a_default_is_told_of_the_profile_that_has_it_and_counts_for_the_stub() {
    let object = |kind: &str, name: &str, spec: &str| {
        let head = format!("apiVersion: tailscale-expose.dev/v1alpha1, kind: {kind}");
        format!("{{{head}, metadata: {{name: {name}, namespace: apps}}, spec: {spec}}}")
    };
    let request = |far: &str, near: &str| {
        let far = object("TailscaleExposeProfile", "far", far);
        let near = object("TailscaleExposeProfile", "near", near);
        let own = object("TailscaleExpose", "own", "{ingress: {home: {service: \"web:80\"}}}");
        let hit = object("TailscaleExpose", "hit", "{ingress: {wiki: {service: \"web:80\"}}}");
        format!(
            "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig: {far}\nitems:\n- {near}\n- {own}\n- {hit}\n"
        )
    };
    let key = "{defaults: {annotations: {config.kubernetes.io/index: \"1\"}}}";
    for (far, near, want) in [(key, "{tailnet: t.ts.net}", "far"), ("{tailnet: t.ts.net}", key, "near")] {
        let answer = respond(request(far, near), None).expect("a list");
        let told: Vec<_> = answer
            .findings
            .iter()
            .map(|finding| {
                let object = finding.object.as_ref().map_or("", |object| object.name.as_str());
                (object, finding.counts_for().map_or("", |object| object.name.as_str()), finding.path.as_str())
            })
            .collect();
        let path = "spec.defaults.annotations[\"config.kubernetes.io/index\"]";
        assert_eq!(told, [(want, "own", path), (want, "hit", path)]);
        assert!(answer.text().contains("affects: TailscaleExpose apps/hit\n"), "{}", answer.text());
    }
}
