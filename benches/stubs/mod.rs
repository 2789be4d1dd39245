//! The stubs that are measured: made here for the benchmarks of the library and for `cargo xtask bench`.
//!
//! All names are of one length and all text is plain ASCII, so that twice the entries are twice the
//! bytes, and a figure can be divided by either.

use std::fmt::Write as _;

/// How many namespaces the Services are spread over.
const NAMESPACES: usize = 50;

/// Returns a stub of Ingresses of one line each: what most stubs are made of.
pub(crate) fn one_line(exposures: usize) -> String {
    let mut stub = start("one-line", exposures);
    stub.push_str("  ingress:\n");
    for number in 0..exposures {
        ingress(&mut stub, number, "");
    }
    stub
}

/// Returns a stub with all that is common: a fifth of its entries are LoadBalancer Services, and of the
/// others, which are Ingresses, each fourth has paths.
pub(crate) fn mixed(exposures: usize) -> String {
    let (ingresses, namespace) = (exposures / 5 * 4, |number: usize| number % NAMESPACES);
    let mut stub = start("mixed", exposures);
    stub.push_str("  ingress:\n");
    for number in 0..ingresses {
        if number % 4 == 0 {
            let paths = format!(", paths: {{/: \"\", /api: \"team-{:02}/api-{number:06}:8081\"}}", namespace(number));
            ingress(&mut stub, number, &paths);
        } else {
            ingress(&mut stub, number, "");
        }
    }
    stub.push_str("  loadBalancer:\n");
    for number in ingresses..exposures {
        let _ = write!(
            stub,
            "    app-{number:06}:\n      namespace: team-{:02}\n      ports: {{postgres: 5432, metrics: 9187}}\n      \
             selector: {{app.kubernetes.io/name: app-{number:06}}}\n      tags: [tag:databases]\n",
            namespace(number)
        );
    }
    stub
}

/// Returns a stub of Ingresses of which each has a field that does not exist.
pub(crate) fn faulty(exposures: usize) -> String {
    let mut stub = start("faulty", exposures);
    stub.push_str("  ingress:\n");
    for number in 0..exposures {
        ingress(&mut stub, number, ", hostNme: other");
    }
    stub
}

fn start(name: &str, exposures: usize) -> String {
    let mut stub = String::with_capacity(exposures * 100 + 200);
    let _ = write!(
        stub,
        "apiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExpose\nmetadata:\n  name: {name}\nspec:\n  \
         defaults: {{tags: [tag:internal-apps]}}\n"
    );
    stub
}

fn ingress(stub: &mut String, number: usize, more: &str) {
    let namespace = number % NAMESPACES;
    let _ = writeln!(stub, "    app-{number:06}: {{service: \"team-{namespace:02}/app-{number:06}:8080\"{more}}}");
}
