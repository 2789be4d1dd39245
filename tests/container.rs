//! The container image and the OCI artefact: real kustomize runs the one, and both are what they say.
//!
//! - kustomize runs a program called `docker`; here that is podman, which needs no daemon. The image comes
//!   from the layout in `dist/`. A missing podman, runc or image is a failure.
//! - The folders of `tests/kustomize` are built with the function annotation of the container form, and
//!   must come out as with the program.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test reads files and runs programs"
)]

#[path = "support/podman.rs"]
mod podman;
#[path = "support/sandbox.rs"]
mod sandbox;
mod support;
#[path = "support/tools.rs"]
mod tools;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use podman::{IMAGE, layout, podman};
use sandbox::{Sandbox, files};
use serde_json::Value;
use support::{Outcome, bless, command, names_in, root, run};
use tailscale_expose::report::{Colour, report};
use tailscale_expose::respond;

/// The annotation of the program, and that of the image.
const EXEC: &str = "exec: {path: tailscale-expose}";

fn main() -> ExitCode {
    let mut trials = Vec::new();
    for name in names_in(&root().join("tests/kustomize")) {
        let folder = format!("tests/kustomize/{name}");
        let holds = |file: &str| root().join(&folder).join(file).is_file();
        if holds("want.yaml") || holds("want.txt") {
            trials.push(Trial::test(folder.clone(), move || Ok(builds_as_wanted(&folder)?)).with_kind("kustomize"));
        }
    }
    trials.push(Trial::test("the image answers like the library", answers));
    trials.push(Trial::test("the image runs on both machines, as nobody, and holds nothing else", holds_nothing_else));
    trials.push(Trial::test("the artefact is the module, in the format of the CNCF", artefact));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Builds a folder whose function is the image.
fn builds_as_wanted(folder: &str) -> Result<(), String> {
    let sandbox = Sandbox::new();
    let container = format!("container: {{image: {IMAGE}}}");
    for top in ["examples", "plugin/kustomize", "tests/kustomize"] {
        for (name, text) in files(&root().join(top)) {
            sandbox::write(&sandbox.path().join(top).join(name), &text.replace(EXEC, &container));
        }
    }
    let kustomize = tools::kustomize();
    let mut build = command(&kustomize.to_string_lossy(), &sandbox.path().join(folder));
    let path = std::env::var("PATH").unwrap_or_default();
    build.env("PATH", format!("{}:{path}", podman()?.folder().display()));
    let built = run(build.args(["build", "--enable-alpha-plugins"]), None);
    let wanted = |name: &str| bless::expected(&root().join(folder).join(name));
    let (stdout, stderr) = (wanted("want.yaml")?, wanted("want.txt")?);
    if built.stdout != stdout {
        return Err(format!("{}{}", built.stderr, bless::difference(&stdout, &built.stdout)));
    }
    let said: String = built.stderr.split_inclusive('\n').filter(|line| !line.starts_with("Error: ")).collect();
    if said == stderr { Ok(()) } else { Err(bless::difference(&stderr, &said)) }
}

/// Standard output, standard error and exit code, for a sound list, a faulty one and none.
fn answers() -> Result<(), Failed> {
    let list = |field: &str| {
        format!(
            "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- apiVersion: \
             tailscale-expose.dev/v1alpha1\n  kind: TailscaleExpose\n  metadata: {{name: home, namespace: apps}}\n  \
             spec: {{ingress: {{home: {{{field}: home}}}}}}\n"
        )
    };
    for question in [list("service"), list("servce"), "no list".to_owned()] {
        let wanted = match respond(question.clone(), None) {
            Ok(response) => Outcome {
                stdout: response.text(),
                stderr: report(&response.findings, &response.sources, Colour::Plain),
                code: i32::from(response.has_errors()),
            },
            Err(error) => {
                let help = error.advice().map(|help| format!("help: {help}\n")).unwrap_or_default();
                Outcome { stdout: String::new(), stderr: format!("error: {error}\n{help}"), code: 2 }
            }
        };
        let got = podman()?.function(&question);
        if got != wanted {
            return Err(format!("{question}\nmust be answered by\n{wanted:?}\nis by\n{got:?}").into());
        }
    }
    Ok(())
}

fn holds_nothing_else() -> Result<(), Failed> {
    let layout = layout("image");
    let index = blob(&layout, &json(&layout.join("index.json"))?["manifests"][0])?;
    let mut machines = Vec::new();
    for entry in index["manifests"].as_array().into_iter().flatten() {
        machines.push(entry["platform"]["architecture"].as_str().unwrap_or_default().to_owned());
        let manifest = blob(&layout, entry)?;
        let config = blob(&layout, &manifest["config"])?;
        assert_eq!(config["config"]["User"], "65534:65534");
        assert_eq!(config["config"]["Entrypoint"], serde_json::json!(["/usr/bin/tailscale-expose"]));
        assert_eq!(manifest["layers"].as_array().map(Vec::len), Some(1));
        let layer = path_of(&layout, &manifest["layers"][0])?;
        let listed = run(command("tar", &root()).args(["--list", "--gzip", "--file"]).arg(layer), None);
        let wanted = "etc/\netc/group\netc/passwd\nusr/\nusr/bin/\nusr/bin/tailscale-expose\n";
        if listed.stdout != wanted {
            return Err(format!("{}{}", listed.stderr, bless::difference(wanted, &listed.stdout)).into());
        }
    }
    if machines == ["amd64", "arm64"] { Ok(()) } else { Err(format!("{machines:?}").into()) }
}

fn artefact() -> Result<(), Failed> {
    let layout = layout("wasm-artefact");
    let manifest = blob(&layout, &json(&layout.join("index.json"))?["manifests"][0])?;
    assert_eq!(manifest["mediaType"], "application/vnd.oci.image.manifest.v1+json");
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
    let layers = manifest["layers"].as_array().ok_or("a manifest has layers")?;
    assert_eq!(layers.len(), 1);
    assert_eq!(layers[0]["mediaType"], "application/wasm");
    let config = blob(&layout, &manifest["config"])?;
    assert_eq!((&config["architecture"], &config["os"]), (&"wasm".into(), &"wasip1".into()));
    assert_eq!(config["layerDigests"][0], layers[0]["digest"]);
    let module = fs::read(tools::dist(&root(), "tailscale-expose.wasm"))?;
    if fs::read(path_of(&layout, &layers[0])?)? == module { Ok(()) } else { Err("it holds another module".into()) }
}

fn json(path: &Path) -> Result<Value, Failed> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

/// Returns the file of a descriptor, whose name must be its digest.
fn path_of(layout: &Path, descriptor: &Value) -> Result<PathBuf, Failed> {
    let digest = descriptor["digest"].as_str().and_then(|digest| digest.strip_prefix("sha256:"));
    let path = layout.join("blobs/sha256").join(digest.ok_or("a descriptor has a digest")?);
    let size = fs::metadata(&path)?.len();
    if descriptor["size"] == size { Ok(path) } else { Err(format!("{descriptor} has {size} bytes").into()) }
}

fn blob(layout: &Path, descriptor: &Value) -> Result<Value, Failed> {
    json(&path_of(layout, descriptor)?)
}
