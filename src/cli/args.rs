//! The arguments and their help.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Exposes anything on a tailnet from git: short stubs in, complete Kubernetes manifests out.
///
/// Without a command it is a KRM function, as kustomize runs it: a ResourceList on standard input, a
/// ResourceList on standard output, findings on standard error.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "\
Examples:
  tailscale-expose init                     write a first stub for the app in this folder
  tailscale-expose render                   print what the stubs in this folder become
  tailscale-expose render --beside apps     write it next to each stub, for Flux or Argo CD
  tailscale-expose render --beside --check apps
                                            fail if that is out of date, for CI

Exit codes: 0 done, 1 a finding is an error or a file is out of date, 2 the run could not go on."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print or write what stubs become.
    Render(Render),
    /// Write a first stub for the app in this folder.
    Init(Init),
    /// Copy this program into a folder, for containers without `cp`.
    Install(Install),
    /// Print the JSON Schema of stubs and profiles, for editors.
    Schema,
    /// Print a completion script for a shell.
    #[command(after_help = "\
Examples:
  tailscale-expose completions bash > ~/.local/share/bash-completion/completions/tailscale-expose
  tailscale-expose completions fish > ~/.config/fish/completions/tailscale-expose.fish")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Prints or writes what stubs become.
///
/// The manifests beside the stubs are the build: ports, selectors and Services to annotate are read
/// from it. Files that were generated before are not read.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tailscale-expose render examples/tazlab
  tailscale-expose render apps/home/stub.yaml apps/home/service.yaml
  kustomize build apps | tailscale-expose render --all -
  tailscale-expose render -o out apps
  tailscale-expose render --beside --check apps")]
pub(crate) struct Render {
    /// Files or folders with stubs and manifests; `-` is standard input. Default: this folder.
    pub(crate) paths: Vec<PathBuf>,
    /// Print the manifests of the build, too.
    #[arg(long)]
    pub(crate) all: bool,
    /// Write one file for each object into a folder.
    #[arg(short, long, value_name = "DIR", conflicts_with = "beside")]
    pub(crate) output: Option<PathBuf>,
    /// Write a file NAME.gen.yaml next to each file NAME.yaml with stubs, and NAME.patch.gen.yaml with
    /// patches for annotated Services.
    #[arg(long, conflicts_with = "all")]
    pub(crate) beside: bool,
    /// Write nothing; fail if what is on disk is out of date, and say which files.
    #[arg(long)]
    pub(crate) check: bool,
}

/// Writes a first stub for the app in this folder.
///
/// Services among the manifests of this folder become entries.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tailscale-expose init
  tailscale-expose init grafana
  tailscale-expose init grafana --output -
  tailscale-expose init --component components/tailscale-expose")]
pub(crate) struct Init {
    /// The app. Default: the name of this folder.
    pub(crate) app: Option<String>,
    /// The file to write; `-` is standard output.
    #[arg(short, long, value_name = "FILE", default_value = "tailscale-expose.yaml")]
    pub(crate) output: PathBuf,
    /// Write the kustomize component into a folder instead.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["app", "output"])]
    pub(crate) component: Option<PathBuf>,
}

/// Copies this program into a folder.
///
/// For init containers that hand the program to another container, and for the folder in which
/// kubectl's kustomize looks for plugins.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tailscale-expose install /custom-tools
  tailscale-expose install --name TailscaleExpose \\
    ~/.config/kustomize/plugin/tailscale-expose.dev/v1alpha1/tailscaleexpose")]
pub(crate) struct Install {
    /// The folder; it is made if it is not there.
    pub(crate) folder: PathBuf,
    /// The name of the copy.
    #[arg(long, default_value = "tailscale-expose")]
    pub(crate) name: String,
}
