//! The operator oracle (`tests/oracle`) as a function: worlds in, what the real operator did out.
//!
//! One call is one process for any number of worlds, each an in-memory cluster that holds the objects
//! of one YAML stream. The types mirror the oracle's report; a field that either side lacks is an error.

// Each test uses a part of this file; and a test whose oracle does not work fails.
#![allow(dead_code, clippy::disallowed_methods, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::tools;

/// The cluster and the tailnet around the objects of a world. What is not set stays as it is by default.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Options {
    /// The MagicDNS name of the tailnet, by default `example.ts.net`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tailnet: Option<String>,
    /// The tags of objects that name none, by default `tag:k8s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) default_tags: Option<Vec<String>>,
    /// The operator's IngressClass, by default `tailscale`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ingress_class: Option<String>,
    /// Whether the operator takes LoadBalancer Services without a class, by default not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) default_load_balancer: Option<bool>,
    /// What is added because an object names it, by default backends and endpoints.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) assume: Option<Vec<Assume>>,
}

/// What an object may name without bringing it along.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Assume {
    /// The Services that Ingresses name, with the ports they name.
    Backends,
    /// A ready Pod behind every Service that has a selector.
    Endpoints,
    /// ProxyGroups, of the type that the first to name them needs.
    ProxyGroups,
    /// ProxyClasses, empty.
    ProxyClasses,
}

impl Options {
    /// Everything that objects may name is there: what is left is a fault of the objects themselves.
    pub(crate) fn complete() -> Self {
        use Assume::{Backends, Endpoints, ProxyClasses, ProxyGroups};
        Self { assume: Some(vec![Backends, Endpoints, ProxyGroups, ProxyClasses]), ..Self::default() }
    }

    /// A first line that gives a world these options, whatever those of the call.
    pub(crate) fn line(&self) -> String {
        format!("# oracle: {}\n", self.json())
    }

    fn json(&self) -> String {
        serde_json::to_string(self).expect("options must be JSON")
    }
}

/// What the operator did in one world.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Report {
    /// The module and version of the operator.
    pub(crate) operator: String,
    /// The MagicDNS name.
    pub(crate) tailnet: String,
    /// Whether the world stood still in the end.
    pub(crate) settled: bool,
    /// One entry an object, in the order of the input.
    pub(crate) objects: Vec<Judged>,
    /// What was added because an object names it.
    #[serde(default)]
    pub(crate) assumed: Vec<String>,
    /// Devices whose name was taken: "home became home-1".
    #[serde(default)]
    pub(crate) renamed_devices: Vec<String>,
}

impl Report {
    /// The entry of an object.
    ///
    /// # Panics
    /// When there is none.
    pub(crate) fn object(&self, kind: &str, name: &str) -> &Judged {
        let found = self.objects.iter().find(|o| o.kind == kind && o.name == name);
        found.unwrap_or_else(|| panic!("no {kind} {name} in {:?}", self.objects))
    }
}

/// What the operator did with one object.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Judged {
    #[serde(rename = "apiVersion")]
    pub(crate) api_version: String,
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) verdict: Verdict,
    /// Why the verdict is not `accepted`, in the operator's words.
    #[serde(default)]
    pub(crate) why: String,
    /// The error of the last reconcile.
    #[serde(default)]
    pub(crate) error: String,
    /// The reconcilers that did or said something.
    #[serde(default)]
    pub(crate) handled_by: Vec<String>,
    #[serde(default)]
    pub(crate) events: Vec<Event>,
    #[serde(default)]
    pub(crate) conditions: Vec<Condition>,
    /// What an API server would refuse, and the fake one lets pass.
    #[serde(default)]
    pub(crate) refusals: Vec<String>,
    /// What the control plane would refuse, and the fake one lets pass.
    #[serde(default)]
    pub(crate) doubts: Vec<String>,
    /// What it became on the tailnet; nothing if the operator made nothing.
    pub(crate) proxy: Option<Proxy>,
}

/// One word for what the operator did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// It made what it makes for such an object, without a warning.
    Accepted,
    /// It did, with warnings that stand.
    Warned,
    /// A condition or a warning says why not.
    Rejected,
    /// Something is still missing.
    NotReady,
    /// The object could not be read, or its last reconcile failed.
    Error,
    /// The last reconcile panicked.
    Panic,
    /// The object asks for Tailscale, and the operator neither did nor said anything.
    Silent,
    /// It does not ask for Tailscale, or is of a kind that is not judged.
    Ignored,
}

/// An event on an object.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Event {
    /// `Normal` or `Warning`.
    pub(crate) r#type: String,
    pub(crate) reason: String,
    pub(crate) message: String,
    /// The reconciler that sent it.
    pub(crate) by: String,
    /// Whether it was no longer sent in the end.
    #[serde(default)]
    pub(crate) passing: bool,
}

/// A condition in an object's status.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Condition {
    pub(crate) r#type: String,
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) reason: String,
    #[serde(default)]
    pub(crate) message: String,
}

/// What an object became on the tailnet.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Proxy {
    /// `ingress`, `service`, `egress` or `proxygroup`.
    pub(crate) mechanism: String,
    /// The ProxyGroup that it runs on; empty for a proxy of its own.
    pub(crate) proxy_group: String,
    pub(crate) proxy_class: String,
    /// The name that is asked for, and for a ProxyGroup those of its replicas.
    pub(crate) hostname: String,
    pub(crate) hostnames: Vec<String>,
    /// The name that the object's status publishes, else that of its device.
    pub(crate) dns_name: String,
    /// The tags exactly as they are sent.
    pub(crate) tags: Vec<String>,
    /// `tcp:443`; a Service on a ProxyGroup sends `do-not-validate`.
    pub(crate) ports: Vec<String>,
    /// `svc:<name>`, on a ProxyGroup.
    pub(crate) tailscale_service: String,
    pub(crate) replicas: u32,
    pub(crate) funnel: bool,
    pub(crate) http_redirect: bool,
    pub(crate) http_endpoint: bool,
    pub(crate) cluster_traffic: bool,
    /// The handlers of an Ingress.
    pub(crate) mounts: Vec<Mount>,
    /// Where traffic ends up: `http://<service>.<namespace>:<port>/`, `<service>.<namespace>`, or an
    /// address of the tailnet.
    pub(crate) targets: Vec<String>,
    /// The serve configuration, as the operator wrote it.
    pub(crate) serve_config: Value,
    /// The configuration of tailscaled (of the first replica), without the auth key.
    pub(crate) config: Value,
}

/// A handler of an Ingress.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mount {
    pub(crate) port: String,
    pub(crate) path: String,
    pub(crate) target: String,
}

/// Shows worlds to the operator, by name.
///
/// # Panics
/// When the oracle is not installed or does not work; what the operator thinks is in the reports.
pub(crate) fn judge(worlds: &BTreeMap<String, String>, options: &Options) -> BTreeMap<String, Report> {
    let program = tools::oracle(Path::new(env!("CARGO_MANIFEST_DIR")));
    let folder = Folder::new();
    let (input, output) = (folder.0.join("in"), folder.0.join("out"));
    for folder in [&input, &output] {
        fs::create_dir_all(folder).expect("the folder of the test must be writable");
    }
    // Names of worlds need not be names of files.
    let file = |i: usize, extension: &str| format!("{i:04}.{extension}");
    for (i, world) in worlds.values().enumerate() {
        fs::write(input.join(file(i, "yaml")), world).expect("the folder of the test must be writable");
    }
    let run = Command::new(&program)
        .args(["-test.run", "^TestOracle$"])
        .env_clear()
        .env("ORACLE_IN", &input)
        .env("ORACLE_OUT", &output)
        .env("ORACLE_OPTS", options.json())
        .output()
        .unwrap_or_else(|e| panic!("{} must start: {e}", program.display()));
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(
        run.status.success(),
        "the oracle failed ({}) on {:?}:\n{said}{}",
        run.status,
        worlds.keys().enumerate().collect::<Vec<_>>(),
        String::from_utf8_lossy(&run.stderr)
    );
    let reports = worlds.keys().enumerate().map(|(i, name)| {
        let path = output.join(file(i, "json"));
        let text = fs::read(&path).unwrap_or_else(|e| panic!("{name}: {}: {e}\n{said}", path.display()));
        let report = serde_json::from_slice(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        (name.clone(), report)
    });
    reports.collect()
}

/// A folder that goes away.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("oracle-{}-{number}", std::process::id());
        Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
