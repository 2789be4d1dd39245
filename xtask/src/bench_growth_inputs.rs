//! The inputs of `bench-growth`: one kind for each way in which an input can grow.

use std::fmt::Write as _;

/// A kind of input.
pub(crate) struct Kind {
    /// What it is called in the table.
    pub(crate) name: &'static str,
    /// How many times more of it there are than of those that take longest.
    pub(crate) times: usize,
    /// Makes it with so many parts.
    pub(crate) make: fn(usize) -> String,
}

const LIST: &str = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n";

macro_rules! kinds {
    ($($name:literal * $times:literal: |$n:ident| $make:expr;)+) => {
        /// All kinds.
        pub(crate) const KINDS: &[Kind] = &[$(Kind { name: $name, times: $times, make: |$n| $make }),+];
    };
}

kinds! {
    "entries of one stub" * 4: |n| format!("{LIST}{}", stub(0, "", &ingress(n, "")));
    "an answer of one's own" * 1: |n| format!("{}{}", first_question(n), made(n, "s0"));
    "stub files in place" * 1: |n| each(n, |i| stub(i, &file(i), &format!("ingress: {{a{i}: {{service: \"a:80\"}}}}")));
    "stubs and orphans" * 1: |n| format!(
        "{}{}",
        each(n, |i| stub(i, &file(i), &format!("ingress: {{a{i}: {{service: \"a:80\"}}}}"))),
        made(n, "gone")
    );
    "comments before `%` lines" * 4: |n| format!("{}---\n{}", "# c\n%X y\n".repeat(10 * n), service("a", "b"));
    "keys that are merged" * 16: |n| format!(
        "x: &x {{{}}}\napiVersion: v1\nkind: Service\nmetadata: {{name: a}}\ny:\n  <<: *x\n{}",
        (0..n).fold(String::new(), |out, i| out + &format!("k{i}: 1, ")),
        (0..n).fold(String::new(), |out, i| out + &format!("  z{i}: 1\n"))
    );
    "one Service name in many namespaces" * 2: |n| format!(
        "{}{}",
        each(n, |i| item(&service("web", &format!("n{i}")))),
        stub(0, "", &ingress(n, "n"))
    );
    "findings on one line of JSON" * 1: |n| json(n, "servce");
    "findings on their own lines" * 1: |n| format!(
        "{LIST}- apiVersion: tailscale-expose.dev/v1alpha1\n  kind: TailscaleExpose\n  metadata: {{name: s, \
         namespace: apps}}\n  spec:\n    ingress:\n{}",
        (0..n).fold(String::new(), |out, i| out + &format!("      a{i}: {{servce: x}}\n"))
    );
    "labels and annotations in two layers" * 4: |n| {
        let pairs = |key: char| (0..n).fold(String::new(), |out, i| out + &format!("\"x.y/{key}{i}\": v, "));
        let common = |key: char, other: char| format!("labels: {{{}}}, annotations: {{{}}}", pairs(key), pairs(other));
        format!(
            "{LIST}{}",
            stub(0, "", &format!("defaults: {{{}}}, ingress: {{a: {{service: \"a:80\", {}}}}}", common('a', 'b'), common('c', 'd')))
        )
    };
    "annotations of an annotated Service" * 16: |n| format!(
        "{LIST}- apiVersion: v1\n  kind: Service\n  metadata:\n    name: a\n    namespace: apps\n    annotations:\n{}{}",
        (0..n).fold(String::new(), |out, i| out + &format!("      k{i}: v\n")),
        stub(0, "", &format!("annotate: {{a: {{annotations: {{{}}}}}}}", (0..n).fold(String::new(), |out, i| out + &format!("k{i}: v, "))))
    );
    "keys of a ConfigMap" * 16: |n| format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n  \
         metadata: {{name: c}}\n  data:\n{}items: []\n",
        (0..n).fold(String::new(), |out, i| out + &format!("    known.proxyGroups.g{i}.type: ingress\n"))
    );
    "JSON stubs that are consumed" * 2: |n| {
        let stubs: Vec<String> = (0..n).map(|i| json_stub(i, &format!("{{\"a{i}\":{{\"service\":\"a:80\"}}}}"))).collect();
        format!("{{\"apiVersion\":\"config.kubernetes.io/v1\",\"kind\":\"ResourceList\",\"items\":[{}]}}", stubs.join(","))
    };
    "ports of one Service" * 4: |n| format!(
        "{LIST}- apiVersion: v1\n  kind: Service\n  metadata: {{name: web, namespace: apps}}\n  spec:\n    ports:\n{}{}",
        (0..n).fold(String::new(), |out, i| out + &format!("    - {{name: p{i}, port: {}}}\n", i % 60_000 + 1)),
        stub(0, "", &format!("ingress: {{{}}}", (0..n).fold(String::new(), |out, i| out + &format!("a{i}: {{service: \"web:p{i}\"}}, "))))
    );
    "unknown fields of one entry" * 1: |n| format!(
        "{LIST}{}",
        stub(0, "", &format!("ingress: {{a: {{{}}}}}", (0..n).fold(String::new(), |out, i| out + &format!("x{i}: 1, "))))
    );
}

/// The kinds that the npm package is asked about.
pub(crate) const IN_NODE: [Kind; 1] =
    [Kind { name: "findings of the JavaScript package", times: 1, make: |n| json(n, "servce") }];

/// A question whose answer is asked again: one stub that stays.
pub(crate) fn first_question(n: usize) -> String {
    format!("{LIST}{}", stub(0, &file(0), &ingress(n, "")))
}

fn each(n: usize, one: impl Fn(usize) -> String) -> String {
    (0..n).fold(LIST.to_owned(), |out, i| out + &one(i))
}

fn file(i: usize) -> String {
    format!(", annotations: {{internal.config.kubernetes.io/path: s{i}.yaml}}")
}

fn stub(i: usize, metadata: &str, spec: &str) -> String {
    format!(
        "- apiVersion: tailscale-expose.dev/v1alpha1\n  kind: TailscaleExpose\n  metadata: {{name: s{i}, namespace: \
         apps{metadata}}}\n  spec: {{{spec}}}\n"
    )
}

/// Entries of Ingresses, each with a namespace of its own or all with that of the stub.
fn ingress(n: usize, namespace: &str) -> String {
    let mut out = String::from("ingress: {");
    for i in 0..n {
        let target = if namespace.is_empty() { "a:80".to_owned() } else { format!("{namespace}{i}/web:80") };
        // A String takes everything that is written to it.
        let _ = write!(out, "a{i}: {{service: \"{target}\"}}, ");
    }
    out.push('}');
    out
}

fn service(name: &str, namespace: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{ports: [{{port: 80}}]}}\n"
    )
}

fn item(manifest: &str) -> String {
    format!("- {}\n", manifest.trim_end().replace('\n', "\n  "))
}

/// Objects that a stub made in an earlier run.
fn made(n: usize, stub: &str) -> String {
    (0..n).fold(String::new(), |out, i| {
        out + &format!(
            "- apiVersion: networking.k8s.io/v1\n  kind: Ingress\n  metadata:\n    name: a{i}-tailnet\n    namespace: \
             apps\n    annotations: {{tailscale-expose.dev/stub: apps/{stub}, internal.config.kubernetes.io/path: \
             s0.gen.yaml}}\n  spec: {{ingressClassName: tailscale, tls: [{{hosts: [b{i}]}}]}}\n"
        )
    })
}

fn json_stub(i: usize, ingress: &str) -> String {
    format!(
        "{{\"apiVersion\":\"tailscale-expose.dev/v1alpha1\",\"kind\":\"TailscaleExpose\",\"metadata\":{{\"name\":\"s{i}\",\
         \"namespace\":\"apps\"}},\"spec\":{{\"ingress\":{ingress}}}}}"
    )
}

fn json(n: usize, field: &str) -> String {
    let entries: Vec<String> = (0..n).map(|i| format!("\"a{i}\":{{\"{field}\":\"a:80\"}}")).collect();
    format!(
        "{{\"apiVersion\":\"config.kubernetes.io/v1\",\"kind\":\"ResourceList\",\"items\":[{}]}}",
        json_stub(0, &format!("{{{}}}", entries.join(",")))
    )
}
