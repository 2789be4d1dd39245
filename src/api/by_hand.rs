//! What is no section: kinds of the operator that stay manifests, and values of its chart.
//!
//! Only a fault leads here: somebody wrote the name of one where a section was expected.

use super::shape::Record;

/// How a kind is written as a section, in small letters, and what it is; with what else there is to say.
const KINDS: &[(&[&str], &str, &str)] = &[
    (&["proxyclass", "proxyclasses"], "ProxyClass", "; entries name it with `proxyClass`"),
    (&["dnsconfig", "dnsconfigs"], "DNSConfig", ""),
    (&["recorder", "recorders"], "Recorder", ""),
    (&["peerrelay", "peerrelays"], "PeerRelay", ""),
    (&["proxygrouppolicy", "proxygrouppolicies"], "ProxyGroupPolicy", ""),
    (
        &["tailnet", "tailnets"],
        "Tailnet",
        "; a `proxyGroup` or `apiServer` entry names it with `tailnet`, and a profile's `tailnet` is the MagicDNS name",
    ),
];

/// Values of the operator's chart.
const VALUES: [&str; 6] =
    ["operatorconfig", "proxyconfig", "apiserverproxyconfig", "oauth", "oauthsecretvolume", "ingressclass"];

/// Returns what to do about an unknown section of a stub's `spec`, if it is something that is made elsewhere.
pub(super) fn section(spec: &Record, name: &str) -> Option<String> {
    if spec.name != "Spec" {
        return None;
    }
    let word = name.to_ascii_lowercase();
    if VALUES.contains(&word.as_str()) {
        let help = "set it among the values of the operator's chart; a profile's `operator` says what holds there";
        return Some(help.to_owned());
    }
    let (_, kind, more) = KINDS.iter().find(|(names, ..)| names.contains(&word.as_str()))?;
    Some(format!("write a {kind} (tailscale.com/v1alpha1) as a manifest of its own: no section makes one{more}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Defaults, Spec};

    #[test]
    fn what_is_made_by_hand_is_said_to_be() {
        let by_hand = |kind: &str| format!("write a {kind} (tailscale.com/v1alpha1) as a manifest of its own");
        for (name, kind) in [
            ("proxyClass", "ProxyClass"),
            ("ProxyClasses", "ProxyClass"),
            ("dnsConfig", "DNSConfig"),
            ("recorder", "Recorder"),
            ("peerRelay", "PeerRelay"),
            ("tailnet", "Tailnet"),
            ("proxyGroupPolicy", "ProxyGroupPolicy"),
        ] {
            assert!(section(&Spec::RECORD, name).unwrap().starts_with(&by_hand(kind)), "{name}");
            assert_eq!(section(&Defaults::RECORD, name), None, "{name}");
        }
        assert!(section(&Spec::RECORD, "operatorConfig").unwrap().contains("the operator's chart"));
        assert_eq!(section(&Spec::RECORD, "frobnicate"), None);
    }
}
