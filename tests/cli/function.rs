//! The function form: a request on standard input, an answer on standard output.
//!
//! A folder below `requests` holds `request.yaml`, `answer.yaml` (standard output) and `stderr.txt`;
//! `BLESS=1` rewrites the last two.

use super::*;

/// Runs every request, and returns what is wrong.
#[test]
fn answers_byte_for_byte() {
    let folder = root().join("tests/cli/requests");
    let mut wrong = Vec::new();
    for case in names_in(&folder) {
        let file = |name: &str| folder.join(&case).join(name);
        let request = fs::read_to_string(file("request.yaml")).expect("a request is UTF-8");
        let outcome = Folder::with(&[]).pipe(&[], &request);
        wrong.extend(bless::check(&file("answer.yaml"), &outcome.stdout, "cli").err());
        wrong.extend(bless::check(&file("stderr.txt"), &outcome.stderr, "cli").err());
        let has_error = outcome.stdout.contains("severity: error") || outcome.stdout.contains("\"severity\":\"error\"");
        if outcome.code != i32::from(has_error) {
            wrong.push(format!("{case}: exit code {} although results say {has_error}", outcome.code));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Answering an answer, with its config put back, changes nothing.
#[test]
fn answers_its_own_answer_with_the_same() {
    let folder = root().join("tests/cli/requests");
    for case in names_in(&folder) {
        let read = |name: &str| fs::read_to_string(folder.join(&case).join(name)).expect("a case has its files");
        let (request, answer) = (read("request.yaml"), read("answer.yaml"));
        let mut first = support::documents(&answer).expect("an answer is YAML").remove(0);
        let asked = support::documents(&request).expect("a request is YAML").remove(0);
        if let (Some(first), Some(config)) = (first.as_object_mut(), asked.get("functionConfig")) {
            first.remove("results");
            first.insert("functionConfig".to_owned(), config.clone());
        }
        let again = Folder::with(&[]).pipe(&[], &first.to_string());
        let again = support::documents(&again.stdout).expect("an answer is YAML").remove(0);
        assert_eq!(again.get("items"), first.get("items"), "{case}");
    }
}

#[test]
fn refuses_what_is_no_question() {
    let list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n";
    for (input, want) in [
        ("", "error: the input is empty\n"),
        ("   \n", "error: the input is empty\n"),
        ("a: [1, 2\n", "error: line 1, column 4: "),
        (&format!("{list}functionConfig: {{apiVersion: v1, kind: Secret}}\n"), "error: the function config must be a "),
    ] {
        let outcome = Folder::with(&[]).pipe(&[], input);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{input:?}: {}", outcome.stderr);
        assert!(outcome.stderr.starts_with(want), "{input:?}: {}", outcome.stderr);
    }
}

#[test]
fn refuses_what_is_not_text() {
    let folder = Folder::with(&[]);
    let mut child = command(PROGRAM, folder.path()).stdin(Stdio::piped()).spawn().expect("the command must start");
    child.stdin.take().expect("it has standard input").write_all(&[0xff, 0xfe]).expect("it reads");
    let output = child.wait_with_output().expect("the command must end");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("error: the input must be UTF-8"), "{said}");
}
