//! What a person meant who wrote a name that is not one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Names from manifests and other tools, and what to write instead.
static MEANT: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
    BTreeMap::from([
        ("backend", "name the Service in `service`: \"namespace/service:port\""),
        ("defaultBackend", "name the Service in `service`: \"namespace/service:port\""),
        ("host", "write `hostname`"),
        ("hosts", "write `hostname`; one entry has one tailnet name"),
        ("ingressClassName", "leave it out: the class is always the operator's"),
        ("loadBalancerClass", "leave it out: the class is always the operator's"),
        ("path", "write `paths`, a mapping from path to target"),
        ("port", "write the port after the Service in `service`, or in the mapping `ports`"),
        ("rules", "write `paths`, a mapping from path to target"),
        ("serviceName", "name the Service in `service`: \"namespace/service:port\""),
        ("tls", "leave it out: the tailnet name is always served with TLS"),
        ("type", "leave it out: the section says it"),
    ])
});

/// Returns the known name nearest to a text, if one is near enough to be meant.
pub(super) fn nearest<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let fold = text.to_ascii_lowercase();
    known
        .map(|name| (strsim::damerau_levenshtein(&fold, &name.to_ascii_lowercase()), name))
        .filter(|(distance, name)| *distance <= 1 + name.len().max(text.len()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Returns what to do about an unknown field.
pub(super) fn unknown_field(record: &str, text: &str, known: impl Iterator<Item = &'static str> + Clone) -> String {
    if let Some(near) = nearest(text, known.clone()) {
        return format!("did you mean \"{near}\"?");
    }
    if let Some(meant) = MEANT.get(text).filter(|_| !matches!(record, "Spec" | "ProfileSpec" | "Defaults")) {
        return (*meant).to_owned();
    }
    format!("the fields here are {}", known.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        let known = ["service", "hostname", "tags", "funnel"];
        for (text, want) in [
            ("servcie", Some("service")),
            ("hostName", Some("hostname")),
            ("tag", Some("tags")),
            ("Funnel", Some("funnel")),
            ("replicas", None),
            ("x", None),
        ] {
            assert_eq!(nearest(text, known.into_iter()), want, "{text:?}");
        }
    }
}
