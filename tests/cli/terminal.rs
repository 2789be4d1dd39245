//! Terminals and pipes, help, completions and the schema.

use super::*;

const BROKEN: &str =
    "apiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExpose\nmetadata: {name: app}\nspec: []\n";

fn coloured(variables: &[(&str, &str)]) -> bool {
    let folder = Folder::with(&[("stub.yaml", BROKEN)]);
    let mut command = command(PROGRAM, folder.path());
    let outcome = run(command.arg("render").envs(variables.iter().copied()), None);
    assert_eq!(outcome.code, 1);
    outcome.stderr.contains("\u{1b}[")
}

#[test]
fn colour_is_for_terminals_and_those_who_ask() {
    assert!(!coloured(&[]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("NO_COLOR", "1")]));
    assert!(!coloured(&[("CLICOLOR", "1")]), "a pipe is no terminal");
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let entries: String = (0..4000).map(|n| format!("    web-{n}: {{service: \"web:80\"}}\n")).collect();
    let stub = STUB.replace("    web: {service: \"web:80\"}\n", &entries);
    let folder = Folder::with(&[("stub.yaml", &stub)]);
    for arguments in [&["render"][..], &["render", "--all"], &["schema"], &["completions", "bash"]] {
        let mut child = command(PROGRAM, folder.path()).args(arguments).spawn().expect("the command must start");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("the command must end");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("panicked") && !said.contains("Broken pipe"), "{arguments:?}: {said}");
        assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?}: {:?}", output.status);
    }
}

#[test]
fn a_reader_of_the_answer_that_goes_away_is_no_fault() {
    let text =
        fs::read_to_string(root().join("tests/cli/requests/generator/request.yaml")).expect("a request is there");
    let folder = Folder::with(&[]);
    let mut child = command(PROGRAM, folder.path()).stdin(Stdio::piped()).spawn().expect("the command must start");
    drop(child.stdout.take());
    child.stdin.take().expect("it has standard input").write_all(text.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("the command must end");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{output:?}");
}

#[test]
fn help_names_every_command_and_the_exit_codes() {
    let folder = Folder::with(&[]);
    let help = folder.run(&["--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (0, ""));
    for word in ["Exit codes: ", "Examples:"] {
        assert!(help.stdout.contains(word), "{word}: {}", help.stdout);
    }
    assert_eq!(folder.run(&["help"]).stdout, help.stdout);
    let lines = help.stdout.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<&str> =
        lines.map_while(|line| line.split_whitespace().next()).filter(|command| *command != "help").collect();
    assert_eq!(commands, ["render", "init", "install", "schema", "completions"]);
    for command in commands {
        let help = folder.run(&[command, "--help"]);
        assert_eq!((help.code, help.stderr.as_str()), (0, ""), "{command}");
        assert!(help.stdout.contains("Usage: tailscale-expose "), "{}", help.stdout);
        assert!(help.stdout.lines().all(|line| line.chars().count() <= 100), "{}", help.stdout);
    }
    assert_eq!(folder.run(&["-h"]).code, 0);
}

#[test]
fn version_is_that_of_the_package() {
    let version = concat!("tailscale-expose ", env!("CARGO_PKG_VERSION"), "\n");
    for flag in ["--version", "-V"] {
        assert_ends(&Folder::with(&[]).run(&[flag]), 0, version, "");
    }
}

#[test]
fn an_unknown_command_is_refused_with_a_hint() {
    let outcome = Folder::with(&[]).run(&["rendr"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    assert!(outcome.stderr.contains("'render'"), "{}", outcome.stderr);
}

#[test]
fn completions_are_there_for_each_shell() {
    let folder = Folder::with(&[]);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let outcome = folder.run(&["completions", shell]);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{shell}");
        for word in ["tailscale-expose", "render", "beside"] {
            assert!(outcome.stdout.contains(word), "{shell} must know {word}");
        }
    }
    assert_eq!(folder.run(&["completions", "cmd"]).code, 2);
}

#[test]
fn bash_takes_its_completions() {
    let script = Folder::with(&[]).run(&["completions", "bash"]).stdout;
    let folder = Folder::with(&[("completions.bash", &script)]);
    let Ok(status) =
        std::process::Command::new("bash").arg("-n").arg("completions.bash").current_dir(folder.path()).status()
    else {
        return;
    };
    assert!(status.success());
}

#[test]
fn schema_is_printed_as_json() {
    let outcome = Folder::with(&[]).run(&["schema"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let schema: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("the schema must be JSON");
    assert_eq!(schema, tailscale_expose::api::json_schema());
}
