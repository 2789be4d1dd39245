//! `init`: a first stub, from the Services of the folder it is called in.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tailscale_expose::krm::Object;
use tailscale_expose::tailscale::Label;
use tailscale_expose::yaml::{Node, Sources, documents};

use super::args::Init;
use super::{Exit, files};

/// Runs `init`.
pub(super) fn run(options: &Init) -> Result<Exit> {
    if let Some(folder) = &options.component {
        return component(folder);
    }
    let app = match &options.app {
        Some(app) => {
            Label::parse(app).map_err(|why| anyhow::anyhow!("the app's name \"{app}\" {why}"))?;
            app.clone()
        }
        None => folder_name()?,
    };
    let sources = files::read(&[PathBuf::from(".")])?;
    let stub = stub(&app, &services(&sources));
    if options.output == Path::new("-") {
        std::io::stdout().write_all(stub.as_bytes())?;
        return Ok(Exit::Done);
    }
    let path = options.output.display();
    match fs::OpenOptions::new().write(true).create_new(true).open(&options.output) {
        Ok(mut file) => file.write_all(stub.as_bytes()).with_context(|| format!("cannot write {path}"))?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            bail!("{path} must not be overwritten; give another file with --output")
        }
        Err(error) => return Err(error).with_context(|| format!("cannot write {path}")),
    }
    writeln!(anstream::stderr(), "wrote: {path}\nedit it, then run: tailscale-expose render")?;
    Ok(Exit::Done)
}

/// Returns the name of the current folder as a DNS label.
fn folder_name() -> Result<String> {
    let here = std::env::current_dir().context("cannot tell the current folder")?;
    let name = here.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let label: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(63).collect();
    let label = label.trim_matches('-').to_owned();
    Ok(if label.is_empty() { "my-app".to_owned() } else { label })
}

/// Returns the Services that an Ingress can stand before: key and target.
fn services(sources: &Sources) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (id, source) in sources.iter() {
        for document in documents(id, source) {
            let Ok(Some(node)) = &document.root else { continue };
            let Some(service) = Object::new(node, document.span).filter(|object| object.is("", "Service")) else {
                continue;
            };
            let spec = |field: &str| node.get("spec").and_then(|spec| spec.get(field));
            let word = |field: &str| spec(field).and_then(Node::text);
            if word("clusterIP") == Some("None") || word("type") == Some("ExternalName") {
                continue;
            }
            let port = spec("ports").and_then(|ports| ports.items().first()?.get("port")?.text().map(str::to_owned));
            let (Some(port), name) = (port, service.metadata("name")) else { continue };
            let namespace = service.metadata("namespace");
            let slash = if namespace.is_empty() { "" } else { "/" };
            found.push((name.to_owned(), format!("{namespace}{slash}{name}:{port}")));
        }
    }
    found.sort();
    found.dedup_by(|a, b| a.0 == b.0);
    found
}

fn stub(app: &str, services: &[(String, String)]) -> String {
    let mut out = format!(
        "# Print what this becomes: tailscale-expose render\n\
         apiVersion: tailscale-expose.dev/v1alpha1\n\
         kind: TailscaleExpose\n\
         metadata:\n  name: {app}\n\
         spec:\n  # One line for each name on the tailnet: https://<key>.<your tailnet>.ts.net\n  ingress:\n"
    );
    let guess = [(app.to_owned(), format!("{app}/{app}:80"))];
    for (key, target) in if services.is_empty() { &guess[..] } else { services } {
        let _ = writeln!(out, "    {key}: {{service: \"{target}\"}}");
    }
    out
}

/// The files of the kustomize component: name and text.
const COMPONENT: [(&str, &str); 4] = [
    ("kustomization.yaml", include_str!("../../plugin/kustomize/kustomization.yaml")),
    ("profile.yaml", include_str!("../../plugin/kustomize/profile.yaml")),
    ("name-references.yaml", include_str!("../../plugin/kustomize/name-references.yaml")),
    ("README.md", include_str!("../../plugin/kustomize/README.md")),
];

/// Writes the kustomize component; a file that is there stays, because people write in it.
fn component(folder: &Path) -> Result<Exit> {
    fs::create_dir_all(folder).with_context(|| format!("cannot write {}", folder.display()))?;
    for (name, text) in COMPONENT {
        let path = folder.join(name);
        let doing = match fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
                "wrote"
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => "kept",
            Err(error) => return Err(error).with_context(|| format!("cannot write {}", path.display())),
        };
        writeln!(anstream::stderr(), "{doing}: {}", path.display())?;
    }
    Ok(Exit::Done)
}
