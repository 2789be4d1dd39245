//! What a person meant who wrote a name that is not one.
//!
//! A suggestion is always a sound name. Nothing is suggested where it would be a guess: letters that
//! are not ASCII, names that are too long.

use super::{Hostname, Label, Name, PortName, Tag};

/// Returns the tailnet name that a text comes nearest to: a URL's or a DNS name's first label.
#[must_use]
pub fn hostname(text: &str) -> Option<String> {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = text.split(['/', ':', '?', '.']).next()?;
    lower(host).filter(|name| Hostname::parse(name).is_ok())
}

/// Returns the label that a text comes nearest to.
#[must_use]
pub fn label(text: &str) -> Option<String> {
    lower(text).filter(|name| Label::parse(name).is_ok())
}

/// Returns the object name that a text comes nearest to.
#[must_use]
pub fn name(text: &str) -> Option<String> {
    let parts: Option<Vec<String>> = text.split('.').filter(|part| !part.is_empty()).map(lower).collect();
    Some(parts?.join(".")).filter(|name| Name::parse(name).is_ok())
}

/// Returns the port name that a text comes nearest to.
#[must_use]
pub fn port_name(text: &str) -> Option<String> {
    lower(text).filter(|name| PortName::parse(name).is_ok())
}

/// Returns the tag that a text comes nearest to.
#[must_use]
pub fn tag(text: &str) -> Option<String> {
    let text = text.trim_ascii();
    let name = text.strip_prefix("tag:").unwrap_or(text).trim_ascii();
    if !name.is_ascii() || name.contains([',', ':']) || name.contains(" - ") {
        return None;
    }
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    Some(format!("tag:{}", name.trim_matches('-'))).filter(|tag| Tag::parse(tag).is_ok())
}

/// Lower-cases a text and writes a dash for what a label may not hold.
fn lower(text: &str) -> Option<String> {
    let text = text.trim_ascii();
    let dashed = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    text.is_ascii().then(|| text.chars().map(dashed).collect::<String>().trim_matches('-').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggestion_is_a_sound_name_or_none() {
        let long = "a".repeat(64);
        let (label, name, hostname, port_name, tag): (Suggest, Suggest, Suggest, Suggest, Suggest) =
            (label, name, hostname, port_name, tag);
        for (suggest, text, want) in [
            (label, "My_App", "my-app"),
            (label, "my app", "my-app"),
            (label, "web.example.com", "web-example-com"),
            (label, "-app-", "app"),
            (label, "café", ""),
            (label, "", ""),
            (label, long.as_str(), ""),
            (name, "My_Web", "my-web"),
            (name, "Example.ts.net", "example.ts.net"),
            (name, "a..b", "a.b"),
            (hostname, "grafana.example.ts.net", "grafana"),
            (hostname, "https://App:8080/x", "app"),
            (port_name, "HTTP", "http"),
            (port_name, "80", ""),
            (tag, "web", "tag:web"),
            (tag, " tag:web", "tag:web"),
            (tag, "tag:a_b", "tag:a-b"),
            (tag, "tag:a,tag:b", ""),
            (tag, "tag:1", ""),
            (tag, "", ""),
        ] {
            assert_eq!(suggest(text).unwrap_or_default(), want, "{text:?}");
        }
    }

    type Suggest = fn(&str) -> Option<String>;
}
