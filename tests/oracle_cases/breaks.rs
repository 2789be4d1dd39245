//! Whether the checks see what they should: stubs of the corpus, and manifests of an example, with one
//! fault each.

use super::corpus::{self, Difference};
use super::made::Made;
use super::{Check, Worlds, same_as_the_original, yaml_files};
use crate::support::root;

/// A fault in a stub, and the fact that must give it away.
struct Break {
    case: &'static str,
    from: &'static str,
    to: &'static str,
    seen: &'static str,
}

const BREAKS: [Break; 10] = [
    Break { case: "repo01-xormon", from: "tag:xormon-agent", to: "tag:k8s", seen: "tags was" },
    Break { case: "repo01-xormon", from: "agent-tls: 8162", to: "agent-tls: 8163", seen: "ports was" },
    Break { case: "repo01-xormon", from: "{app: xormon}", to: "{app: other}", seen: "selector was" },
    Break { case: "repo02-tycho", from: "tycho/tycho-gateway:80", to: "tycho/tycho-gateway:81", seen: "mounts was" },
    Break { case: "repo04-argocd", from: "funnel: true", to: "funnel: false", seen: "funnel was" },
    Break { case: "repo04-argocd", from: "/api/webhook", to: "/api/hooks", seen: "mounts was" },
    Break { case: "repo08-edge", from: "hostname: traefik-system-traefik", to: "hostname: edge", seen: "hostname was" },
    Break { case: "repo42-links", from: "proxyClass: default", to: "proxyClass: \"\"", seen: "proxyClass was" },
    Break { case: "repo43-observability", from: "mode: noauth", to: "mode: auth", seen: "mode was" },
    Break { case: "repo60-proxies", from: "replicas: 3", to: "replicas: 2", seen: "replicas was" },
];

/// A fault that comes between us and the operator, and what must give it away.
struct Slip {
    from: &'static str,
    to: &'static str,
    seen: &'static str,
}

const SLIPS: [Slip; 5] = [
    Slip { from: "ingressClassName: tailscale", to: "ingressClassName: other", seen: "is Silent" },
    Slip { from: "number: 8000", to: "number: 8001", seen: "mounts must be" },
    Slip { from: "  tls:\n  - hosts:\n    - home\n", to: "", seen: "hostname must be" },
    Slip { from: "tag:internal-apps", to: "internal-apps", seen: "would be refused" },
    Slip { from: "type: kube-apiserver", to: "type: ingress", seen: "handledBy must be" },
];

/// The checks that each fault is seen.
pub(super) fn checks(worlds: &mut Worlds) -> Vec<(String, Check)> {
    let mut checks = breaks(worlds);
    checks.extend(SLIPS.into_iter().map(|slip| slip_is_seen(slip, worlds)));
    checks
}

fn breaks(worlds: &mut Worlds) -> Vec<(String, Check)> {
    let cases = corpus::cases();
    let differences = corpus::differences();
    let mut checks: Vec<(String, Check)> = Vec::new();
    for Break { case, from, to, seen } in BREAKS {
        let name = format!("a fault is seen: {to} for {from} in {case}");
        let mut broken =
            cases.iter().find(|known| known.name == case).expect("the case of a break must be there").clone();
        let listed: Vec<Difference> = differences.iter().filter(|entry| entry.case == case).cloned().collect();
        let had_it = broken.stub.contains(from);
        broken.stub = broken.stub.replacen(from, to, 1);
        let (name, compare) = same_as_the_original(name, broken, listed, worlds);
        let check: Check = Box::new(move |reports| {
            let faults = compare(reports);
            if had_it && faults.iter().any(|fault| fault.contains(seen)) {
                return Vec::new();
            }
            vec![format!("\"{seen}\" must be among the faults, they are {faults:?}")]
        });
        checks.push((name, check));
    }
    checks
}

fn slip_is_seen(Slip { from, to, seen }: Slip, worlds: &mut Worlds) -> (String, Check) {
    let name = format!("a fault is seen: {to:?} for {from:?} on the way to the operator");
    let made = Made::new(&yaml_files(&root().join("examples/tazlab")), None, None, "");
    if let Ok(made) = &made {
        worlds.insert(name.clone(), made.options.line() + &made.world.replacen(from, to, 1));
    }
    let world = name.clone();
    let check: Check = Box::new(move |reports| match made {
        Ok(made) => {
            let faults = made.faults(&reports[&world]);
            let is_seen = faults.iter().any(|fault| fault.contains(seen));
            if is_seen { Vec::new() } else { vec![format!("\"{seen}\" must be among the faults, they are {faults:?}")] }
        }
        Err(error) => vec![error],
    });
    (name, check)
}
