//! What may be lost or come out otherwise: defaults at a wrong place, and literal parts of texts with
//! placeholders.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;
use tailscale_expose::Origin;
use tailscale_expose::api::Literals;
use tailscale_expose::krm::Severity;

use super::support::{documents, rendered};
use super::{HEAD, config};

/// A part of a text, as it is made up.
#[derive(Clone, Debug)]
enum Part {
    Literal(String),
    Default(&'static str, Vec<Part>),
    Other(&'static str),
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let other = select(vec!["${X}", "${X%%.*}", "${X/.a/_B}", "${X:0:3}", "${X^^}", "${#X}"]);
    let leaf = prop_oneof![
        3 => "[a-z0-9-]{1,4}".prop_map(Part::Literal),
        1 => "[a-z0-9._A-Z ,-]{1,3}".prop_map(Part::Literal),
        2 => other.prop_map(Part::Other),
    ];
    let nested = leaf.prop_recursive(3, 8, 3, |inner| {
        (select(vec!["${H:=", "${H:-", "${H="]), vec(inner, 0..3)).prop_map(|(open, inner)| Part::Default(open, inner))
    });
    vec(nested, 1..4)
}

fn written(parts: &[Part]) -> String {
    let one = |part: &Part| match part {
        Part::Literal(text) => text.clone(),
        Part::Default(open, inner) => format!("{open}{}}}", written(inner)),
        Part::Other(text) => (*text).to_owned(),
    };
    parts.iter().map(one).collect()
}

fn literal(parts: &[Part]) -> String {
    let one = |part: &Part| match part {
        Part::Literal(text) => text.clone(),
        Part::Default(_, inner) => literal(inner),
        Part::Other(_) => String::new(),
    };
    parts.iter().map(one).collect()
}

/// Keys that a person must not write, as a label or as an annotation.
const OWNED: [&str; 10] = [
    "tailscale.com/proxy-class",
    "tailscale.com/funnel",
    "tailscale.com/managed",
    "config.kubernetes.io/local-config",
    "internal.config.kubernetes.io/path",
    "kustomize.config.k8s.io/id",
    "kustomize.toolkit.fluxcd.io/name",
    "helm.toolkit.fluxcd.io/namespace",
    "argocd.argoproj.io/tracking-id",
    "tailscale-expose.dev/stub",
];

fn objects(text: &str) -> (Vec<Value>, bool) {
    let rendering = rendered(text);
    let made = rendering.objects.iter().filter(|object| matches!(object.origin, Origin::Generated { .. }));
    let objects = made.flat_map(|object| documents(&object.text).expect("what is made is YAML")).collect();
    (objects, rendering.findings.iter().any(|finding| finding.severity == Severity::Error))
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn literal_parts_are_found_wherever_they_stand(parts in parts()) {
        let text = written(&parts);
        prop_assert_eq!(Literals::of(&text).joined(), literal(&parts), "{}", text);
    }

    #[test]
    fn a_host_name_holds_no_literal_that_is_none(parts in parts(), affix in select(vec!["hostname", "hostnamePrefix", "hostnameSuffix"])) {
        let text = written(&parts);
        prop_assume!(text.contains("${"));
        let (made, is_error) = objects(&format!("{HEAD}spec:\n  ingress:\n    web: {{service: \"web:80\", {affix}: \"{text}\"}}\n"));
        let fits = literal(&parts).bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        prop_assert_eq!((made.len(), is_error), (usize::from(fits), !fits), "{}", text);
    }

    #[test]
    fn a_key_behind_placeholders_is_the_key(key in select(OWNED.to_vec()), from in any::<Index>(), to in any::<Index>(), field in select(vec!["labels", "annotations"]), layer in 0..3) {
        let (from, to) = (from.index(key.len() + 1), to.index(key.len() + 1));
        let (from, to) = (from.min(to), from.max(to));
        let written = format!("{}${{K:={}}}{}${{X}}", &key[..from], &key[from..to], &key[to..]);
        for key in [key, written.as_str()] {
            let map = format!("{field}: {{\"{key}\": \"a\"}}");
            let (defaults, entry) = match layer {
                0 => (String::new(), format!(", {map}")),
                1 => (map, String::new()),
                _ => (format!("ingress: {{{map}}}"), String::new()),
            };
            let (made, is_error) = objects(&format!("{HEAD}spec:\n  defaults: {{{defaults}}}\n  ingress:\n    web: {{service: \"web:80\"{entry}}}\n"));
            prop_assert!(made.is_empty() && is_error, "{} {}", key, layer);
        }
    }

    #[test]
    fn a_default_is_never_passed_over(level in 0..7, key in "default|defaults|Defaults|defualts|defaults2|[a-z]{1,9}", tags in "tags|tag|Tags|[a-z]{4}") {
        // Wherever a default is written, and whatever it is called: what is made has it, or nothing is made.
        let lost = format!("{key}: {{{tags}: [\"tag:internal\"]}}");
        let fine = "defaults: {tags: [\"tag:internal\"]}";
        let entries = "ingress:\n    web: {service: \"web:80\"}\n    wiki: {service: \"wiki:80\"}\n";
        let is_entry = level == 4 && !["default", "defaults"].contains(&key.to_ascii_lowercase().as_str());
        prop_assume!(!is_entry && !["kind", "spec", "status", "metadata"].contains(&key.as_str()));
        let text = match level {
            0 => format!("{HEAD}spec:\n  {lost}\n  {entries}"),
            1 => format!("{HEAD}{lost}\nspec:\n  {entries}"),
            2 => format!("{}spec:\n  {entries}", HEAD.replace("namespace: apps", &format!("namespace: apps, {lost}"))),
            3 => format!("{HEAD}spec:\n  {fine}\n  {lost}\n  {entries}"),
            4 => format!("{HEAD}spec:\n  {entries}    {lost}\n"),
            5 => format!("{HEAD}spec:\n  defaults: {{{lost}}}\n  {entries}"),
            _ => format!("{HEAD}spec:\n  {entries}---\n{}{lost}\nspec: {{}}\n", HEAD.replace("kind: TailscaleExpose", "kind: TailscaleExposeProfile")),
        };
        let (made, is_error) = objects(&text);
        let has_tags = |object: &Value| object["metadata"]["annotations"]["tailscale.com/tags"] == "tag:internal";
        prop_assert!(made.iter().all(has_tags) && made.is_empty() == is_error, "{}", text);
    }
}
