//! The rules as a table for people.

use super::{RULES, Rule};
use crate::tailscale::{Feature, Version};

/// Returns a Markdown table of the rules.
#[must_use]
pub fn table() -> String {
    let head = ["rule", "about", "level", "a profile may change it", "operator", "rests on"];
    let mut out = format!("| {} |\n|{}\n", head.join(" | "), " --- |".repeat(head.len()));
    for rule in RULES {
        let Rule { id, about, level, adjustable, since, kinds: _, source, exception } = rule;
        let [about, source, exception] = [about, source, exception].map(|text| text.as_str());
        let exception = if exception.is_empty() { String::new() } else { format!("; {exception}") };
        let level = format!("{}{exception}", level.as_str());
        let adjustable = if *adjustable { "yes" } else { "no" };
        let since = since.map_or_else(String::new, |version| format!("from {version}"));
        let row = [&format!("`{id}`"), about, &level, adjustable, &since, source].map(|cell| cell.replace('|', "\\|"));
        out.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    out
}

/// Returns a Markdown table of what the rule `operator-too-old` is about.
#[must_use]
pub fn versions() -> String {
    let head = ["needs", "operator", "rests on"];
    let mut out = format!("| {} |\n|{}\n", head.join(" | "), " --- |".repeat(head.len()));
    for feature in Feature::ALL {
        let before = Version { major: 1, minor: 94 };
        let is_newly_missing = feature.since() > before && !feature.is_missing_in(before);
        let broken = if is_newly_missing { "; there up to 1.94" } else { "" };
        let row = [feature.words(), &format!("{}{broken}", feature.since()), feature.source()];
        out.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    out
}
