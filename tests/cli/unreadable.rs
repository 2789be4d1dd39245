//! What cannot be read and may hold anything: it stops what it may govern, and nothing else.

use super::*;

/// The kinds of what cannot be read.
#[cfg(unix)]
const KINDS: [&str; 7] = [
    "not UTF-8",
    "UTF-16 with our name",
    "a link to nothing",
    "a link outside",
    "a link to a process",
    "a pipe",
    "a circle of links",
];

#[cfg(unix)]
fn put(folder: &Folder, name: &str, kind: &str) {
    let ours = profile("secret", "");
    match kind {
        "not UTF-8" => folder.write(name, [ours.as_bytes(), b"# f\xfcr alle\n"].concat()),
        "UTF-16 with our name" => {
            folder.write(name, format!("\u{feff}{ours}").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
        }
        "a link to nothing" => folder.link("nothing.yaml", name),
        "a link outside" => folder.link("/etc/hostname", name),
        "a link to a process" => folder.link("/proc/self/environ", name),
        "a circle of links" => folder.link(name.rsplit('/').next().unwrap_or_default(), name),
        _ => {
            let path = folder.path().join(name);
            let made = std::process::Command::new("mkfifo").arg(path).status().expect("mkfifo must be there");
            assert!(made.success());
        }
    }
}

#[cfg(unix)]
fn folder() -> Folder {
    Folder::with(&[
        (".git/HEAD", ""),
        ("a/one.yaml", &stub("one", &["one"])),
        ("a/deep/two.yaml", &stub("two", &["two"])),
        ("b/three.yaml", &stub("three", &["three"])),
        ("a/kustomization.yaml", "resources: [one.gen.yaml, deep/two.gen.yaml]\n"),
        ("b/kustomization.yaml", "resources: [three.gen.yaml]\n"),
    ])
}

#[cfg(unix)]
#[test]
fn it_holds_what_is_at_or_below_its_folder() {
    for kind in KINDS {
        for (name, held) in [
            ("x.yaml", &["one", "two", "three"][..]),
            ("x.json", &["one", "two", "three"]),
            ("a/x.yml", &["one", "two"]),
            ("a/deep/x.yaml", &["two"]),
            ("b/x.yaml", &["three"]),
            ("c/kustomization.yaml", &["one", "two", "three"]),
        ] {
            let folder = folder();
            folder.write("c/README.md", "");
            put(&folder, name, kind);
            let outcome = folder.run(&["render"]);
            assert_eq!((outcome.code, told(&outcome)), (1, vec!["error[unreadable-file]".to_owned()]), "{kind} {name}");
            assert!(outcome.stderr.contains(&format!("--> {name}:1:1\n")), "{}", outcome.stderr);
            for stub in ["one", "two", "three"] {
                let is_made = outcome.stdout.contains(&format!("- {stub}\n"));
                assert_eq!(is_made, !held.contains(&stub), "{kind} {name} {stub}");
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn it_holds_a_single_stub_below_it() {
    for kind in KINDS {
        for name in ["x.yaml", "a/x.yaml", "kustomization.yaml"] {
            let folder = folder();
            put(&folder, name, kind);
            for (place, path) in [(".", "a/one.yaml"), ("a", "one.yaml"), (".", "a"), ("a/deep", "../one.yaml")] {
                let outcome = folder.run_in(place, &["render", path]);
                assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{kind} {name} {path}");
            }
        }
        let folder = folder();
        put(&folder, "b/x.yaml", kind);
        assert_eq!(folder.run(&["render", "a/one.yaml"]).code, 0, "{kind}: it is not on the way");
    }
}

#[cfg(unix)]
#[test]
fn it_takes_nothing_away() {
    for kind in KINDS {
        for name in ["x.yaml", "a/x.yaml", "a/one.yaml", "a/kustomization.yaml", "a/deep/two.yaml"] {
            let folder = folder();
            assert_eq!(folder.run(&["render", "--beside"]).code, 0);
            assert_eq!(folder.run(&["render", "-o", "out"]).code, 0);
            let before = folder.generated();
            assert_eq!(before.len(), 6);
            let _ = fs::remove_file(folder.path().join(name));
            put(&folder, name, kind);
            for arguments in [
                &["render", "--beside"][..],
                &["render", "--beside", "--check"],
                &["render", "-o", "out"],
                &["render", "-o", "out", "--check"],
            ] {
                let outcome = folder.run(arguments);
                assert_eq!(outcome.code, 1, "{kind} {name}");
                assert!(outcome.stderr.contains("\nkept: "), "{kind} {name}: {}", outcome.stderr);
            }
            fs::remove_file(folder.path().join(name)).expect("the test has made it");
            assert_eq!(folder.generated(), before, "{kind} {name}");
        }
    }
}

#[cfg(unix)]
#[test]
fn nothing_outside_of_the_repository_is_read() {
    for (target, name) in [("/proc/self/environ", "x.yaml"), ("../../outside.yaml", "x.yaml"), ("../..", "folder")] {
        let folder = Folder::with(&[
            ("repo/.git/HEAD", ""),
            ("repo/apps/web.yaml", &stub("web", &["web"])),
            ("outside.yaml", &profile("outside", "")),
        ]);
        folder.link(target, &format!("repo/apps/{name}"));
        let outcome = folder.run_in("repo", &["render", "--all"]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{target}: {}", outcome.stderr);
        assert_eq!(told(&outcome), ["error[unreadable-file]"], "{target}");
    }
}

#[test]
fn what_has_not_our_name_is_at_most_a_warning() {
    for (name, text, rule) in [
        ("chart.yaml", "{{- if .Values.on }}\na: [\n".as_bytes().to_vec(), None),
        ("values.yaml", b"a: [\n".to_vec(), Some("warning[invalid-yaml]")),
        (
            "wide.yaml",
            "\u{feff}a: b".encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Some("warning[unreadable-file]"),
        ),
        ("empty.yaml", Vec::new(), None),
        ("zero.yaml", b"\0".to_vec(), Some("warning[invalid-yaml]")),
    ] {
        let folder = Folder::with(&[("web.yaml", &stub("web", &["web"]))]);
        folder.write(name, text);
        let outcome = folder.run(&["render"]);
        assert_eq!((outcome.code, outcome.stdout.matches("kind: Ingress").count()), (0, 1), "{name}");
        assert_eq!(told(&outcome), rule.into_iter().collect::<Vec<_>>(), "{name}: {}", outcome.stderr);
    }
}

#[test]
fn beside_standard_input_it_stops_all() {
    let folder = Folder::with(&[("apps/README.md", "")]);
    folder.write("apps/profile.yaml", [b'a', 0xff]);
    let outcome = folder.pipe(&["render", "-", "apps"], &stub("web", &["web"]));
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{}", outcome.stderr);
}

#[cfg(unix)]
#[test]
fn what_a_kustomization_names_outside_of_what_was_named_holds_its_build() {
    for kind in KINDS {
        for list in ["resources", "components", "transformers"] {
            let folder = Folder::with(&[
                (".git/HEAD", ""),
                ("apps/one.yaml", &stub("one", &["one"])),
                (
                    "apps/kustomization.yaml",
                    &format!("resources: [one.gen.yaml]\n{list}: [../lib/x.yaml]\n")
                        .replace("resources: [one.gen.yaml]\nresources: [", "resources: [one.gen.yaml, "),
                ),
                ("lib/other.yaml", ""),
            ]);
            put(&folder, "lib/x.yaml", kind);
            let outcome = folder.run(&["render", "apps"]);
            let got = (outcome.code, outcome.stdout.as_str(), told(&outcome));
            assert_eq!(got, (1, "", vec!["error[unreadable-file]".to_owned()]), "{kind} {list}: {}", outcome.stderr);
            assert!(!outcome.stderr.contains("PATH="), "nothing of it is told");
        }
    }
}

/// Runs the command as a user to whom modes apply: root may read all.
#[cfg(unix)]
fn run_as_nobody(folder: &Folder, arguments: &[&str]) -> Outcome {
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::process::CommandExt;
    let is_root = fs::metadata(folder.path()).expect("it is there").uid() == 0;
    // Where the command was built, nobody may have no access.
    let elsewhere = Folder::with(&[]);
    set_mode(&elsewhere, "", 0o755);
    let program = elsewhere.path().join("command");
    // Copied by another process: one that a test beside this one starts would hold what we have open for
    // writing, and what is open for writing does not run.
    let copied = run(command("cp", elsewhere.path()).args([PROGRAM, "command"]), None);
    assert_eq!(copied.code, 0, "{}", copied.stderr);
    let mut command = command(&program.to_string_lossy(), folder.path());
    if is_root {
        command.uid(65534).gid(65534);
    }
    run(command.args(arguments), None)
}

#[cfg(unix)]
fn set_mode(folder: &Folder, name: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(mode)).expect("it is there");
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_or_written_takes_nothing_away() {
    let folder = folder();
    for name in ["", ".git", "a", "a/deep", "b"] {
        set_mode(&folder, name, 0o777);
    }
    folder.write("profile.yaml", profile("cluster", ""));
    let made = run_as_nobody(&folder, &["render", "--beside", "."]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let before = folder.generated();
    assert_eq!(before.len(), 3);
    // What may not be read, and what the run comes to.
    for (name, mode, code) in [
        ("profile.yaml", 0o000, 1),
        ("a/one.yaml", 0o000, 1),
        ("a/one.gen.yaml", 0o000, 1),
        ("a/kustomization.yaml", 0o000, 1),
        ("a/deep", 0o000, 2),
        ("a/deep", 0o444, 1),
    ] {
        let is_folder = folder.path().join(name).is_dir();
        set_mode(&folder, name, mode);
        let got = run_as_nobody(&folder, &["render", "--beside", "."]);
        set_mode(&folder, name, if is_folder { 0o777 } else { 0o644 });
        assert!(got.code == code && got.stderr.contains("Permission denied"), "{name}: {} {}", got.code, got.stderr);
        assert!(got.stderr.contains(name), "{name}: {}", got.stderr);
        assert_eq!(folder.generated(), before, "{name}: {}", got.stderr);
    }
    // What may not be written.
    folder.write("profile.yaml", profile("other", ""));
    set_mode(&folder, "b", 0o555);
    let got = run_as_nobody(&folder, &["render", "--beside", "."]);
    set_mode(&folder, "b", 0o777);
    assert!(got.code == 2 && got.stderr.contains("b/three.gen.yaml: Permission denied"), "{}", got.stderr);
    assert_eq!(folder.generated().get("b/three.gen.yaml"), before.get("b/three.gen.yaml"));
}
