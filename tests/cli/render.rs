//! What `render` reads and prints, and how it ends.

use super::*;

#[test]
fn prints_what_the_stubs_of_this_folder_become() {
    let folder = Folder::with(&[("stub.yaml", STUB)]);
    assert_ends(&folder.run(&["render"]), 0, INGRESS, "");
}

#[test]
fn reads_files_and_folders_that_are_named() {
    let folder = Folder::with(&[("a/stub.yaml", STUB), ("b/service.yaml", SERVICE), ("b/stub.yml", ANNOTATE)]);
    assert_ends(&folder.run(&["render", "a/stub.yaml"]), 0, INGRESS, "");
    let both = folder.run(&["render", "b", "a"]);
    assert_eq!(both.code, 0, "{}", both.stderr);
    assert!(both.stdout.contains("tailscale.com/expose") && both.stdout.ends_with(INGRESS), "{}", both.stdout);
}

#[test]
fn finds_files_below_a_folder_and_leaves_hidden_ones_out() {
    let folder = Folder::with(&[
        ("deep/er/stub.yaml", STUB),
        (".git/stub.yaml", "not: [yaml"),
        (".hidden.yaml", "not: [yaml"),
        ("notes.txt", "not: [yaml"),
    ]);
    assert_ends(&folder.run(&["render"]), 0, INGRESS, "");
}

#[cfg(unix)]
#[test]
fn does_not_follow_a_link_that_leads_back_up() {
    let folder = Folder::with(&[("a/stub.yaml", STUB)]);
    std::os::unix::fs::symlink("..", folder.path().join("a/up")).expect("a test makes a link");
    assert_ends(&folder.run(&["render", "a"]), 0, INGRESS, "");
}

#[test]
fn does_not_pass_over_a_file_that_is_not_text() {
    let folder = Folder::with(&[("stub.yaml", STUB)]);
    folder.write("binary.yaml", [0xff, 0xfe, 0x00]);
    let why = "error[unreadable-file]: the file may hold a profile or a stub, but it must be UTF-8: byte 0 is not\n \
               --> binary.yaml:1:1\n  |\n  = note: nothing that it may govern is expanded until this is right\n\n1 error\n";
    for arguments in [&["render"][..], &["render", "binary.yaml"], &["render", "stub.yaml", "binary.yaml"]] {
        assert_ends(&folder.run(arguments), 1, "", why);
    }
    fs::remove_file(folder.path().join("binary.yaml")).expect("a test removes files");
    let wide: Vec<u8> = "\u{feff}kind: Service\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder.write("wide.yaml", wide);
    let outcome = folder.run(&["render"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, INGRESS));
    assert!(outcome.stderr.contains("the file is passed over: it must be UTF-8, is UTF-16"), "{}", outcome.stderr);
}

#[test]
fn reads_standard_input_for_a_dash() {
    let folder = Folder::with(&[]);
    assert_ends(&folder.pipe(&["render", "-"], STUB), 0, INGRESS, "");
    let all = folder.pipe(&["render", "--all", "-"], &format!("{SERVICE}---\n{STUB}"));
    assert_ends(&all, 0, &format!("{SERVICE}---\n{INGRESS}"), "");
}

#[test]
fn names_standard_input_in_findings() {
    let outcome = Folder::with(&[]).pipe(&["render", "-"], &STUB.replace("web:80", "web:0"));
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains(" --> <stdin>:6:20\n"), "{}", outcome.stderr);
}

#[test]
fn prints_the_build_as_well_with_all() {
    let folder = Folder::with(&[("service.yaml", SERVICE), ("stub.yaml", STUB)]);
    assert_ends(&folder.run(&["render", "--all"]), 0, &format!("{SERVICE}---\n{INGRESS}"), "");
    let without_stub = Folder::with(&[("service.yaml", SERVICE)]);
    assert_ends(&without_stub.run(&["render", "--all"]), 0, SERVICE, "");
}

#[test]
fn says_which_path_is_missing() {
    let outcome = Folder::with(&[]).run(&["render", "gone.yaml"]);
    assert_ends(&outcome, 2, "", "error: cannot read gone.yaml: No such file or directory (os error 2)\n");
}

#[test]
fn says_that_there_is_no_stub() {
    let folder = Folder::with(&[("service.yaml", SERVICE)]);
    let advice = "`tailscale-expose init` writes a first one";
    assert_ends(&folder.run(&["render"]), 2, "", &format!("error: no TailscaleExpose in .; {advice}\n"));
    let outcome = folder.run(&["render", ".", "service.yaml"]);
    assert_ends(&outcome, 2, "", &format!("error: no TailscaleExpose in ., service.yaml; {advice}\n"));
}

#[test]
fn prints_what_is_sound_and_exits_with_1_for_an_error() {
    let folder = Folder::with(&[("stub.yaml", &format!("{STUB}    api: {{service: \"api:0\"}}\n"))]);
    let outcome = folder.run(&["render"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, INGRESS));
    assert!(outcome.stderr.ends_with("\n1 error\n"), "{}", outcome.stderr);
}

#[test]
fn exits_with_0_for_a_warning() {
    let folder = Folder::with(&[("stub.yaml", STUB.trim_end())]);
    let outcome = folder.run(&["render"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, INGRESS));
    assert!(outcome.stderr.ends_with("\n1 warning\n"), "{}", outcome.stderr);
}

#[test]
fn refuses_arguments_that_contradict_each_other() {
    let folder = Folder::with(&[("stub.yaml", STUB)]);
    for arguments in [&["render", "--beside", "-o", "out"][..], &["render", "--beside", "--all"], &["render", "--no"]] {
        let outcome = folder.run(arguments);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{arguments:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("Usage: "), "{}", outcome.stderr);
    }
    let outcome = folder.run(&["render", "--check"]);
    assert_ends(&outcome, 2, "", "error: --check needs --beside or -o DIR: it compares what is on disk\n");
    let outcome = folder.pipe(&["render", "--beside", "-"], STUB);
    let why = "error: --beside needs files: a stub on standard input has no place beside it\n";
    assert_ends(&outcome, 2, "", why);
}
