//! Go's reader, in a real kustomize: it reads what we answer where it reads what we were asked.

use libtest_mimic::Trial;

use crate::sandbox::{Sandbox, write};
use crate::support::bless;
use crate::{Case, by_library, tools};

/// A generator that prints a file.
const PRINTS: &str = "apiVersion: v1
kind: ConfigMap
metadata:
  name: prints
  annotations:
    config.kubernetes.io/function: |
      exec: {path: cat, args: [text]}
";

/// Returns the test that shows question and answer of a case to Go's reader.
pub(crate) fn trial(case: &Case) -> Trial {
    let case = case.clone();
    Trial::test(case.name.clone(), move || Ok(go_reads(&case)?)).with_kind("go")
}

fn go_reads(case: &Case) -> Result<(), String> {
    let answer = by_library(&case.question, case.plugin.as_deref()).stdout;
    if answer.is_empty() || answer == case.question {
        return Ok(());
    }
    let [question, answer] = [&case.question, &answer].map(|text| {
        let sandbox = Sandbox::new();
        write(&sandbox.path().join("kustomization.yaml"), "generators: [prints.yaml]\n");
        write(&sandbox.path().join("prints.yaml"), PRINTS);
        write(&sandbox.path().join("text"), text);
        let arguments = ["build", "--enable-alpha-plugins", "--enable-exec", "."];
        sandbox.run(&tools::kustomize(), ".", &arguments, None)
    });
    if question.code != 0 {
        return Ok(());
    }
    if answer.code != 0 {
        return Err(format!("the question is readable, the answer is not: {}", answer.stderr));
    }
    let maps = |built: &str| {
        let objects = built.split("---\n").filter(|object| object.contains("\nkind: ConfigMap\n"));
        objects.map(str::to_owned).collect::<Vec<_>>()
    };
    let (before, after) = (maps(&question.stdout), maps(&answer.stdout));
    if before == after { Ok(()) } else { Err(bless::difference(&before.concat(), &after.concat())) }
}
