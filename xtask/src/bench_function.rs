//! What the function costs in a build, against `cat`, the function that does nothing.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::bench::{MEGABYTE, Subject, take_turns};
use crate::bench_stats::Figure;
use crate::term;

/// How many stubs are among the items.
const STUBS: usize = 20;

/// Measures lists of two sizes through the function and through `cat`.
pub(crate) fn lists(program: &Path, folder: &Path, rounds: usize) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (size, what, rate, memory) in [
        (
            1.0,
            "list of 1 MB with 20 stubs, `cat` and the function",
            "1 MB list through the function",
            "1 MB list, peak memory a MB",
        ),
        (
            100.0,
            "list of 100 MB with 20 stubs, `cat` and the function",
            "100 MB list through the function",
            "100 MB list, peak memory a MB",
        ),
    ] {
        let start = Instant::now();
        term::start(what);
        let path = folder.join(format!("list-{size}.yaml"));
        let megabytes = write_list(&path, size)?;
        let mut cat = Subject::new(Path::new("cat"), &[], 0).reading(&path);
        let mut function = Subject::new(program, &[], 0).reading(&path);
        take_turns(&mut [&mut cat, &mut function], rounds)?;
        term::done(what, start.elapsed());
        let (cat_rate, rates) = (cat.milliseconds.rate(megabytes), function.milliseconds.rate(megabytes));
        figures.push(Figure::new(
            if size < 10.0 { "1 MB list through `cat`" } else { "100 MB list through `cat`" },
            "MB/s",
            cat_rate,
            "",
        ));
        figures.push(Figure::new(rate, "MB/s", rates, if size > 10.0 { "≥ 300" } else { "" }));
        figures.push(Figure::new(
            memory,
            "MB",
            function.megabytes.scaled(1.0 / megabytes),
            if size > 10.0 { "≤ 3" } else { "" },
        ));
        fs::remove_file(&path).with_context(|| path.display().to_string())?;
    }
    Ok(figures)
}

/// Writes a ResourceList as kustomize sends it; returns its size in MB.
pub(crate) fn write_list(path: &Path, size: f64) -> Result<f64> {
    let mut text = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n".to_owned();
    for stub in 0..STUBS {
        for (number, line) in stub_manifest(stub).lines().enumerate() {
            let _ = writeln!(text, "{}{line}", if number == 0 { "- " } else { "  " });
        }
    }
    let mut item = 0;
    while f64::from(u32::try_from(text.len())?) < size * MEGABYTE {
        for (number, line) in foreign_manifest(item).lines().enumerate() {
            let _ = writeln!(text, "{}{line}", if number == 0 { "- " } else { "  " });
        }
        item += 1;
    }
    fs::write(path, &text).with_context(|| path.display().to_string())?;
    Ok(f64::from(u32::try_from(text.len())?) / MEGABYTE)
}

/// Measures builds of the component with the function and with `cat`.
pub(crate) fn builds(
    checkout: &Path,
    program: &Path,
    kustomize: &Path,
    folder: &Path,
    [small, large]: [usize; 2],
) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (count, rounds, what, figure) in [
        (
            200,
            small,
            "builds of 200 resources, the component with `cat` and with the function",
            "`kustomize build` of 200 resources, the function by `cat`",
        ),
        (
            2000,
            large,
            "builds of 2 000 resources, the component with `cat` and with the function",
            "`kustomize build` of 2 000 resources, the function by `cat`",
        ),
    ] {
        if rounds == 0 {
            continue;
        }
        let start = Instant::now();
        term::start(what);
        let cat = write_build(checkout, &folder.join(format!("build-{count}-cat")), count, "cat")?;
        let ours =
            write_build(checkout, &folder.join(format!("build-{count}")), count, &program.display().to_string())?;
        let build = |folder: &Path| {
            let flags = ["build", "--enable-alpha-plugins", "--enable-exec"].map(Path::new);
            Subject::new(kustomize, &[flags[0], flags[1], flags[2], folder], 0)
        };
        let (mut cat, mut function) = (build(&cat), build(&ours));
        take_turns(&mut [&mut cat, &mut function], rounds)?;
        term::done(what, start.elapsed());
        figures.push(Figure::new(figure, "", function.milliseconds.per(&cat.milliseconds), "≤ 1.05"));
    }
    Ok(figures)
}

/// Writes a kustomization with resources, stubs and the component; returns its folder.
pub(crate) fn write_build(checkout: &Path, folder: &Path, count: usize, function: &str) -> Result<PathBuf> {
    let component = folder.join("component");
    fs::create_dir_all(&component).with_context(|| component.display().to_string())?;
    let resources: Vec<String> = (0..count).map(foreign_manifest).collect();
    fs::write(folder.join("resources.yaml"), resources.join("---\n"))?;
    let stubs: Vec<String> = (0..STUBS).map(stub_manifest).collect();
    fs::write(folder.join("stubs.yaml"), stubs.join("---\n"))?;
    fs::write(folder.join("kustomization.yaml"), "resources: [resources.yaml, stubs.yaml]\ncomponents: [component]\n")?;
    for name in ["kustomization.yaml", "profile.yaml", "name-references.yaml"] {
        let text = fs::read_to_string(checkout.join("plugin/kustomize").join(name))?;
        fs::write(component.join(name), text.replace("path: tailscale-expose", &format!("path: {function}")))?;
    }
    Ok(folder.to_owned())
}

fn stub_manifest(number: usize) -> String {
    format!(
        "apiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExpose\nmetadata:\n  name: stub-{number}\nspec:\n  ingress:\n    \
         app-{number}:\n      service: team/app-{number}:8080\n"
    )
}

/// A Deployment and a ConfigMap in turns, as a build has them.
fn foreign_manifest(number: usize) -> String {
    if number.is_multiple_of(2) {
        return format!(
            "apiVersion: v1\ndata:\n  config.yaml: |\n    server:\n      port: 8080\n      host: 0.0.0.0\n    log: {{level: info}}\n\
             kind: ConfigMap\nmetadata:\n  name: config-{number}\n  namespace: team\n"
        );
    }
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  labels:\n    app: app-{number}\n  name: app-{number}\n  namespace: team\n\
         spec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app: app-{number}\n  template:\n    metadata:\n      labels:\n        \
         app: app-{number}\n    spec:\n      containers:\n      - env:\n        - name: MODE\n          value: \"on\"\n        \
         image: registry.example.com/app-{number}:1.2.3\n        name: app\n        ports:\n        - containerPort: 8080\n          \
         name: http\n        resources:\n          limits:\n            memory: 128Mi\n"
    )
}
