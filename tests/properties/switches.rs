//! Switches: what is off to anybody is on nowhere.

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;
use tailscale_expose::krm::Severity;
use tailscale_expose::{Origin, Rendering, render};

use super::support::{documents, sources};
use super::{HEAD, config};

/// A switch: its section, its field, where the object shows it, and what else the entry needs.
#[derive(Clone, Copy, Debug)]
struct Switch {
    section: &'static str,
    field: &'static str,
    shown: &'static str,
    on: &'static str,
    /// Whether the common defaults have it, too.
    is_common: bool,
    /// Whether `false` is written, and does not only clear.
    is_flag: bool,
    rest: &'static str,
}

const fn ingress(field: &'static str, shown: &'static str, is_common: bool) -> Switch {
    Switch { section: "ingress", field, shown, on: "true", is_common, is_flag: false, rest: "service: \"web:80\"" }
}

const fn flag(field: &'static str, is_flag: bool) -> Switch {
    let rest = "ports: {http: 80}, selector: {}";
    Switch { section: "loadBalancer", field, shown: field, on: "true", is_common: false, is_flag, rest }
}

const SWITCHES: [Switch; 6] = [
    ingress("funnel", "tailscale.com/funnel", false),
    ingress("httpRedirect", "tailscale.com/http-redirect", true),
    ingress("clusterTraffic", "tailscale.com/experimental-forward-cluster-traffic-via-ingress", true),
    Switch {
        on: "enabled",
        rest: "service: \"web:80\", proxyGroup: web",
        ..ingress("httpEndpoint", "tailscale.com/http-endpoint", false)
    },
    flag("publishNotReadyAddresses", false),
    flag("allocateLoadBalancerNodePorts", true),
];

/// A place where a switch can be written, strongest first.
const LAYERS: [&str; 5] = ["entry", "section of the stub", "stub", "section of the profile", "profile"];

impl Switch {
    fn layers(self) -> impl Iterator<Item = usize> {
        (0..LAYERS.len()).filter(move |layer| self.is_common || !matches!(layer, 2 | 4))
    }

    /// Renders a stub that has the switch at some layers.
    fn rendered(self, forms: &[(usize, &str)]) -> Rendering {
        let Self { section, field, rest, .. } = self;
        let at = |layer: usize| forms.iter().filter(move |(at, _)| *at == layer);
        let write = |layer: usize| at(layer).map(|(_, form)| format!(", {field}: {form}")).collect::<String>();
        let mut head = HEAD.to_owned();
        // What aliases and merge keys lead to.
        head.push_str("status: {on: &on true, off: &off False, quoted: &quoted \"false\"}\n");
        let defaults = |section_layer: usize, top: usize| {
            let inner = write(section_layer);
            format!("{{{section}: {{tags: [tag:a]{inner}}}{}}}", write(top))
        };
        let mut stub = format!("{head}spec:\n  defaults: {}\n", defaults(1, 2));
        let _ = writeln!(stub, "  {section}:\n    web: {{{rest}{}}}", write(0));
        let profile = format!(
            "{}spec: {{defaults: {}}}\n",
            head.replace("kind: TailscaleExpose", "kind: TailscaleExposeProfile"),
            defaults(3, 4)
        );
        render(&sources(&[("stub.yaml".to_owned(), stub), ("profile.yaml".to_owned(), profile)]))
    }

    /// Returns what the object shows of the switch; nothing where there is no object.
    fn shown(self, rendering: &Rendering) -> Option<Value> {
        let made = rendering.objects.iter().find(|object| matches!(object.origin, Origin::Generated { .. }))?;
        let object = documents(&made.text).expect("what is made is YAML").remove(0);
        let place = if self.section == "ingress" { &object["metadata"]["annotations"] } else { &object["spec"] };
        Some(place[self.shown].clone())
    }

    fn is_on(self, rendering: &Rendering) -> bool {
        self.shown(rendering).is_some_and(|shown| shown == true || shown == self.on)
    }
}

fn has_error(rendering: &Rendering) -> bool {
    rendering.findings.iter().any(|finding| finding.severity == Severity::Error)
}

const ON: [&str; 4] = ["true", "True", "TRUE", "*on"];
const OFF: [&str; 4] = ["false", "False", "FALSE", "*off"];
const NULL: [&str; 4] = ["null", "Null", "NULL", "~"];
#[rustfmt::skip]
const REFUSED: [&str; 52] = [
    "\"false\"", "'false'", "\"False\"", "\"true\"", "'true'", "*quoted", "fALSE", "tRUE", "no", "No", "NO", "off",
    "Off", "OFF", "n", "N", "yes", "Yes", "on", "On", "ON", "y", "Y", "\"no\"", "\"off\"", "0", "1", "-0", "00", "0x0",
    "0o0", "0b0", "0.0", "0e0", ".0", "\"0\"", "\"\"", "{}", "[]", "[true]", "{a: true}", "!!bool \"false\"",
    "!!bool false", "!!bool true", "!!str false", "!!str null", "!!null true", "!!null \"\"", "! false", "!off true",
    "\"$${X}\"", "disabled",
];

#[test]
fn every_form_of_every_switch_means_one_thing_at_every_layer() {
    for switch in SWITCHES {
        for layer in switch.layers() {
            // Every weaker layer says the opposite, so that what does not count shows.
            let with = |form: &str, behind: &str| {
                let mut forms = vec![(layer, form.to_owned())];
                if !behind.is_empty() {
                    forms.extend(switch.layers().filter(|weaker| *weaker > layer).map(|at| (at, behind.to_owned())));
                }
                let forms: Vec<(usize, &str)> = forms.iter().map(|(at, form)| (*at, form.as_str())).collect();
                (switch.rendered(&forms), format!("{switch:?} {form} at the {}, {behind:?} behind", LAYERS[layer]))
            };
            for form in ON {
                let (rendering, what) = with(form, "False");
                assert!(switch.is_on(&rendering) && !has_error(&rendering), "{what}: {:?}", rendering.findings);
            }
            for (form, behind) in OFF.iter().flat_map(|form| [(form, ""), (form, "TRUE")]) {
                let (rendering, what) = with(form, behind);
                let want = if switch.is_flag { Value::Bool(false) } else { Value::Null };
                assert_eq!(switch.shown(&rendering), Some(want), "{what}: {:?}", rendering.findings);
                assert!(!has_error(&rendering), "{what}: {:?}", rendering.findings);
            }
            for form in NULL {
                let (rendering, what) = with(form, "");
                assert_eq!(switch.shown(&rendering), Some(Value::Null), "{what}: {:?}", rendering.findings);
            }
            for form in REFUSED {
                let (rendering, what) = with(form, "true");
                assert!(has_error(&rendering) && switch.shown(&rendering).is_none(), "{what}");
            }
            for form in ["\"${X}\"", "\"${X:=false}\""] {
                let (rendering, what) = with(form, "true");
                let shown = switch.shown(&rendering).unwrap_or_default();
                let is_refused = switch.field == "httpEndpoint" && has_error(&rendering);
                assert!(is_refused || shown == form.trim_matches('"'), "{what}: {shown}");
            }
        }
    }
}

#[test]
fn a_merge_key_brings_a_switch_as_it_is() {
    let merged = |form: &str| SWITCHES[0].rendered(&[(0, &format!("null, <<: {{funnel: {form}}}")), (1, "true")]);
    // A key that is written wins over one that is merged; here it is null, so the default is on.
    assert!(SWITCHES[0].is_on(&merged("False")));
    let rendering = SWITCHES[1].rendered(&[(0, "False, <<: {funnel: False}"), (1, "true, funnel: true")]);
    assert!(!SWITCHES[0].is_on(&rendering) && !SWITCHES[1].is_on(&rendering) && !has_error(&rendering));
}

#[test]
fn a_profile_is_complete_where_it_says_true() {
    for (form, want) in [("true", true), ("TRUE", true), ("false", false), ("False", false), ("\"${X:=true}\"", false)]
    {
        let profile = HEAD.replace("kind: TailscaleExpose", "kind: TailscaleExposeProfile");
        let rendering = render(&sources(&[
            ("stub.yaml".to_owned(), format!("{HEAD}spec:\n  ingress:\n    web: {{service: \"web:80\"}}\n")),
            ("profile.yaml".to_owned(), format!("{profile}spec: {{complete: {form}}}\n")),
        ]));
        assert_eq!(rendering.findings.iter().any(|finding| finding.rule.id == "dangling-service"), want, "{form}");
    }
}

/// A scalar as a person, a template or another tool may write it.
fn form() -> impl Strategy<Value = (&'static str, &'static str, String)> {
    let words = ON[..3].iter().chain(&OFF[..3]).chain(&NULL).copied().chain(
        REFUSED
            .iter()
            .copied()
            .filter(|form| form.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))),
    );
    let word = prop_oneof![
        4 => select(words.collect::<Vec<_>>()).prop_map(str::to_owned),
        1 => "[tT][rR][uU][eE]|[fF][aA][lL][sS][eE]",
        1 => "[a-zA-Z0-9._+-]{1,6}",
        1 => "-?0[xob]?[0-9a-f_.]{0,4}",
    ];
    let tag = select(vec!["", "", "", "", "!!bool ", "!!str ", "!!null ", "! ", "!x ", "!!int ", "&a "]);
    (tag, select(vec!["", "", "", "\"", "'"]), word)
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn only_what_every_reader_calls_true_is_on(form in form(), switch in select(SWITCHES.to_vec()), layer in any::<Index>(), behind in any::<bool>()) {
        let (tag, quote, word) = form;
        let layer = *layer.get(&switch.layers().collect::<Vec<_>>());
        let written = format!("{tag}{quote}{word}{quote}");
        let mut forms = vec![(layer, written.as_str())];
        if behind {
            forms.extend(switch.layers().filter(|weaker| *weaker > layer).map(|at| (at, "true")));
        }
        let rendering = switch.rendered(&forms);
        let is_plain = quote.is_empty() && (tag.is_empty() || tag == "&a ");
        let is_true = is_plain && ["true", "True", "TRUE"].contains(&word.as_str());
        // Null is no word of a switch: it is the same as an absent field.
        let is_inherited = is_plain && NULL.contains(&word.as_str()) && forms.len() > 1;
        prop_assert_eq!(switch.is_on(&rendering), is_true || is_inherited, "{} {:?}", written, rendering.findings);
    }
}
