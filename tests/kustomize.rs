//! Real kustomize, and the command as its function: folders as a user has them, built.
//!
//! ```text
//! tests/kustomize/<case>/   a kustomization; a comment in its first line says what it shows
//!   want.yaml               standard output of the build, byte for byte; absent when the build fails
//!   want.txt                what we say on standard error; absent when nothing
//! ```
//!
//! - A case is any folder below that holds one of the two; others are what cases refer to.
//! - Each is built with the native program, and with the module in our own host.
//! - The build must fail if, and only if, there is no `want.yaml`.
//! - `tailscale-expose` is on the `PATH`, as the folders ask of a user. `BLESS=1` rewrites what is wanted.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test makes folders and runs programs, and what is not there fails it"
)]

mod support;
#[path = "support/tools.rs"]
mod tools;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::LazyLock;

use libtest_mimic::{Arguments, Failed, Trial};
use support::{Outcome, bless, command, names_in, root, run};

const OUTPUT: &str = "want.yaml";
const REPORT: &str = "want.txt";

/// What kustomize needs to run functions that are programs.
const FUNCTIONS: [&str; 2] = ["--enable-alpha-plugins", "--enable-exec"];

/// The folder of the program that this checkout built.
static NATIVE: LazyLock<PathBuf> =
    LazyLock::new(|| Path::new(env!("CARGO_BIN_EXE_tailscale-expose")).parent().unwrap_or(Path::new("")).to_owned());

/// A folder in which the module in our own host is called as the program is.
static SANDBOXED: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kustomize-sandboxed");
    let program = folder.join("tailscale-expose");
    fs::create_dir_all(&folder).expect("there must be room");
    let _ = fs::remove_file(&program);
    let host = tools::dist_program(&root(), "tailscale-expose-wasm");
    std::os::unix::fs::symlink(host, &program).expect("there must be room");
    folder
});

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = root().join("tests/kustomize");
    let mut trials = Vec::new();
    for case in cases(&folder) {
        let name = case.strip_prefix(&folder).unwrap_or(&case).display().to_string();
        for (kind, function) in [("native", &NATIVE), ("sandboxed", &SANDBOXED)] {
            let case = case.clone();
            trials.push(Trial::test(&name, move || Ok(builds_as_wanted(&case, function)?)).with_kind(kind));
        }
    }
    trials.push(Trial::test("the reference is the example and a function annotation", || {
        Ok(the_reference_is_the_example()?)
    }));
    trials.push(Trial::test("the example builds the reference through the component", || {
        Ok(the_example_builds_the_reference()?)
    }));
    trials.push(Trial::test("without --enable-exec nothing is generated and nothing fails", nothing_without_exec));
    trials.push(Trial::test("what a chart makes is annotated after rendering", || Ok(a_chart_is_annotated()?)));
    trials.push(Trial::test("charts of the golden cases are annotated", || {
        Ok(charts_of_the_golden_cases_are_annotated()?)
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The folders that want something.
fn cases(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for name in names_in(folder) {
        let path = folder.join(&name);
        if path.is_dir() {
            found.extend(cases(&path));
        } else if name == OUTPUT || name == REPORT {
            found.push(folder.to_path_buf());
        }
    }
    found.dedup();
    found
}

fn builds_as_wanted(case: &Path, function: &Path) -> Result<(), String> {
    let built = build(case, function, &FUNCTIONS);
    bless::check(&case.join(REPORT), &our_part(&built.stderr), "kustomize")?;
    if built.code == 0 {
        return bless::check(&case.join(OUTPUT), &built.stdout, "kustomize");
    }
    if !built.stderr.contains("couldn't execute function: exit status 1") || !built.stdout.is_empty() {
        return Err(format!("the build must fail because the function did:\n{}{}", built.stderr, built.stdout));
    }
    bless::check(&case.join(OUTPUT), "", "kustomize")
}

fn the_reference_is_the_example() -> Result<(), String> {
    let read = |file: &str| bless::expected(&root().join(file));
    let annotation = "  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: tailscale-expose}\n";
    let (example, reference) = (read("examples/tazlab/stub.yaml")?, read("tests/kustomize/reference/stub.yaml")?);
    if reference.replacen(annotation, "", 1) == example {
        return Ok(());
    }
    Err(bless::difference(&example, &reference))
}

fn the_example_builds_the_reference() -> Result<(), String> {
    let built = build(&root().join("examples/tazlab"), &NATIVE, &FUNCTIONS);
    let wanted = bless::expected(&root().join("tests/kustomize/reference").join(OUTPUT))?;
    if built == (Outcome { stdout: wanted.clone(), stderr: String::new(), code: 0 }) {
        return Ok(());
    }
    Err(format!("{}{}", built.stderr, bless::difference(&wanted, &built.stdout)))
}

/// What a chart renders: most charts leave the namespace to Helm, and some say it.
const CHART: &str = "
apiVersion: v1
kind: Service
metadata: {name: grafana, annotations: {team: a}}
spec: {ports: [{port: 80}], selector: {app: grafana}}
---
apiVersion: v1
kind: Service
metadata: {name: grafana-image-renderer, namespace: monitoring}
spec: {ports: [{port: 8081}], selector: {app: renderer}}
---
apiVersion: v1
kind: Service
metadata: {name: grafana-dns, namespace: kube-system}
spec: {ports: [{port: 53}], selector: {app: dns}}
---
apiVersion: v1
kind: Service
metadata: {name: grafana-dns}
spec: {ports: [{port: 53}], selector: {app: dns}}
---
apiVersion: v1
kind: Service
metadata: {name: grafana-2}
spec: {ports: [{port: 80}], selector: {app: grafana}}
";

/// Does what the helm-controller does after rendering (`internal/postrender/kustomize.go` Run): a kustomization
/// of what Helm made, with the patches of each post renderer.
fn post_rendered(mut rendered: String, release: &serde_json::Value, name: &str) -> Result<String, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("there must be room");
    for renderer in release["spec"]["postRenderers"].as_array().ok_or("there must be post renderers")? {
        let kustomization = serde_json::json!({
            "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
            "resources": ["helm-output.yaml"], "patches": renderer["kustomize"]["patches"],
        });
        fs::write(folder.join("helm-output.yaml"), &rendered).expect("there must be room");
        fs::write(folder.join("kustomization.yaml"), kustomization.to_string()).expect("there must be room");
        let outcome = build(&folder, &NATIVE, &[]);
        if outcome.code != 0 {
            return Err(outcome.stderr);
        }
        rendered = outcome.stdout;
    }
    Ok(rendered)
}

fn a_chart_is_annotated() -> Result<(), String> {
    let built = build(&root().join("tests/kustomize/chart"), &NATIVE, &FUNCTIONS);
    let objects = support::documents(&built.stdout)?;
    let release = objects.iter().find(|object| object["kind"] == "HelmRelease").ok_or("there must be a HelmRelease")?;
    let rendered = post_rendered(CHART.to_owned(), release, "kustomize-chart")?;
    let names = |object: &serde_json::Value| {
        let metadata = &object["metadata"];
        let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let annotations = &metadata["annotations"];
        let what = ["tailscale.com/expose", "tailscale.com/hostname", "tailscale.com/tags", "team"];
        (word(&metadata["namespace"]), word(&metadata["name"]), what.map(|key| word(&annotations[key])))
    };
    let mut found: Vec<_> = support::documents(&rendered)?.iter().map(names).collect();
    found.sort();
    let want = [
        ("", "grafana", ["true", "grafana", "tag:metrics", "a"]),
        ("", "grafana-2", [""; 4]),
        ("", "grafana-dns", [""; 4]),
        ("kube-system", "grafana-dns", ["true", "dns", "", ""]),
        ("monitoring", "grafana-image-renderer", ["true", "renderer-${CLUSTER}", "", ""]),
    ];
    let want = want.map(|(namespace, name, set)| (namespace.to_owned(), name.to_owned(), set.map(str::to_owned)));
    if found != want || !rendered.contains("by: hand") {
        return Err(format!("{found:?}\n{rendered}"));
    }
    Ok(())
}

/// The HelmReleases of the golden cases: each Service that a patch of ours names gets what we say, and no other.
fn charts_of_the_golden_cases_are_annotated() -> Result<(), String> {
    let mut annotated = 0;
    // A target is a pattern: one with a placeholder fits once Flux has filled it in.
    let is_whole =
        |case: &support::Case| case.name.starts_with("annotate/helm-") && !case.name.ends_with("placeholders");
    for case in support::cases().into_iter().filter(is_whole) {
        let output = bless::expected(&root().join("tests/golden").join(&case.name).join("output.yaml"))?;
        for release in support::documents(&output)?.iter().filter(|object| object["kind"] == "HelmRelease") {
            let renderers = release["spec"]["postRenderers"].as_array().cloned().unwrap_or_default();
            let patches = renderers.iter().filter_map(|renderer| renderer["kustomize"]["patches"].as_array()).flatten();
            let ours = |patch: &&serde_json::Value| {
                patch["patch"].as_str().is_some_and(|patch| patch.contains("tailscale-expose.dev/annotated"))
            };
            let patches: Vec<_> = patches.filter(ours).collect();
            let service = |name: &serde_json::Value, namespace: &serde_json::Value| {
                let mut metadata = serde_json::json!({"name": name});
                if namespace.is_string() {
                    metadata["namespace"] = namespace.clone();
                }
                let spec = serde_json::json!({"ports": [{"port": 80}]});
                format!(
                    "---\n{}\n",
                    serde_json::json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})
                )
            };
            let mut chart = service(&"of-nobody".into(), &serde_json::Value::Null);
            for patch in &patches {
                chart.push_str(&service(&patch["target"]["name"], &patch["target"]["namespace"]));
            }
            let rendered = post_rendered(chart, release, &case.name.replace('/', "-"))?;
            let exposed =
                |object: &&serde_json::Value| object["metadata"]["annotations"]["tailscale.com/expose"] == "true";
            let objects = support::documents(&rendered)?;
            let exposed: Vec<_> = objects.iter().filter(exposed).map(|object| &object["metadata"]["name"]).collect();
            if exposed.len() != patches.len() || exposed.iter().any(|name| **name == "of-nobody") {
                return Err(format!("{}: {} patches expose {exposed:?}:\n{rendered}", case.name, patches.len()));
            }
            annotated += exposed.len();
        }
    }
    if annotated < 8 { Err(format!("only {annotated} Services were annotated")) } else { Ok(()) }
}

/// The trap that the documentation warns of: a build that forgets the flag looks like one of no stubs.
fn nothing_without_exec() -> Result<(), Failed> {
    let built = build(&root().join("tests/kustomize/reference"), &NATIVE, &FUNCTIONS[..1]);
    if built == (Outcome { stdout: String::new(), stderr: String::new(), code: 0 }) {
        return Ok(());
    }
    Err(format!("the documentation says that there is nothing, there is {built:?}").into())
}

fn build(folder: &Path, function: &Path, flags: &[&str]) -> Outcome {
    let kustomize = tools::kustomize();
    // Nothing else is on the PATH: what the folders call is what was built here.
    run(command(&kustomize.to_string_lossy(), folder).env("PATH", function).arg("build").args(flags), None)
}

/// Standard error without what kustomize itself adds at its end.
fn our_part(stderr: &str) -> String {
    stderr.split_inclusive('\n').filter(|line| !line.starts_with("Error: ")).collect()
}
