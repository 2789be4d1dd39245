//! `init`: a first stub, from the Services of the folder it is called in; or the kustomize component.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tailscale_expose::krm::{Object, scalar};
use tailscale_expose::tailscale::Label;
use tailscale_expose::yaml::{Node, documents};
use tailscale_expose::{Role, Tree};

use super::exit::Exit;
use super::gather::gather;
use super::tell::say;
use super::write;

/// Write a first stub for the app in this folder.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tailscale-expose init
  tailscale-expose init grafana
  tailscale-expose init grafana --output -
  tailscale-expose init --component components/tailscale-expose")]
pub(super) struct Init {
    /// The app. Default: the name of this folder.
    app: Option<String>,
    /// The file to write; `-` is standard output.
    #[arg(short, long, value_name = "FILE", default_value = "tailscale-expose.yaml")]
    output: PathBuf,
    /// Write the kustomize component into a folder instead.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["app", "output"])]
    component: Option<PathBuf>,
}

impl Init {
    /// Runs `init`.
    pub(super) fn run(&self) -> Result<Exit> {
        if let Some(folder) = &self.component {
            return component(folder);
        }
        let app = match &self.app {
            Some(app) => {
                Label::parse(app).map_err(|why| anyhow::anyhow!("the app's name \"{app}\" {why}"))?;
                app.clone()
            }
            None => folder_name()?,
        };
        let tree = gather(&[PathBuf::from(".")], None)?;
        let stub = stub(&app, &services(&tree));
        if self.output == Path::new("-") {
            std::io::stdout().write_all(stub.as_bytes())?;
            return Ok(Exit::Done);
        }
        let path = self.output.display();
        if !write::create(&self.output, &stub)? {
            bail!("{path} must not be overwritten; give another file with --output");
        }
        say(&format!("wrote: {path}"));
        say("edit it, then run: tailscale-expose render");
        Ok(Exit::Done)
    }
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
fn services(tree: &Tree) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for file in tree.files.iter().filter(|file| matches!(file.role, Role::Named(_))) {
        let Some(source) = tree.sources.get(file.source) else { continue };
        for document in documents(file.source, source) {
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
            let Some(port) = port.filter(|port| is_port(port)) else { continue };
            let (namespace, name) = (service.metadata("namespace"), service.metadata("name"));
            // What is no label is the name of no Service: a manifest of something else, or a template.
            if Label::parse(name).is_err() || !(namespace.is_empty() || Label::parse(namespace).is_ok()) {
                continue;
            }
            let slash = if namespace.is_empty() { "" } else { "/" };
            found.push((name.to_owned(), format!("{namespace}{slash}{name}:{port}")));
        }
    }
    found.sort();
    found.dedup_by(|a, b| a.0 == b.0);
    found
}

/// Whether a text is a port, or a placeholder for one.
fn is_port(text: &str) -> bool {
    let variable = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let is_name = |name: &str| name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
    text.parse::<u16>().is_ok_and(|port| port > 0)
        || variable.is_some_and(|name| is_name(name) && name.starts_with(|c: char| !c.is_ascii_digit()))
}

fn stub(app: &str, services: &[(String, String)]) -> String {
    // `on`, `1e3` and `null` are good names, and something else where they are not quoted.
    let name = scalar(app);
    let mut out = format!(
        "# Print what this becomes: tailscale-expose render\n\
         apiVersion: tailscale-expose.dev/v1alpha1\n\
         kind: TailscaleExpose\n\
         metadata:\n  name: {name}\n\
         spec:\n  # One line for each name on the tailnet: https://<key>.<your tailnet>.ts.net\n  ingress:\n"
    );
    let guess = [(app.to_owned(), format!("{app}/{app}:80"))];
    for (key, target) in if services.is_empty() { &guess[..] } else { services } {
        let target = serde_json::Value::from(target.as_str());
        let _ = writeln!(out, "    {}: {{service: {target}}}", scalar(key));
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
        let doing = if write::create(&path, text)? { "wrote" } else { "kept" };
        say(&format!("{doing}: {}", path.display()));
    }
    Ok(Exit::Done)
}
