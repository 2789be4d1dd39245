//! What a plain scalar is to the YAML readers of Kubernetes.
//!
//! kubectl, Flux and the API server read YAML through `sigs.k8s.io/yaml`, which follows YAML 1.1
//! for booleans and octals where kustomize follows 1.2. A stub must mean the same to all of them,
//! so the decoder asks here before it takes a plain word for text.

/// The type that a plain scalar resolves to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true` or `false` to every reader.
    Bool(bool),
    /// `yes`, `on`, `y` and their like: a boolean to some readers and text to others.
    AmbiguousBool,
    /// A decimal whole number.
    Integer(i64),
    /// A number with a leading zero: octal to some readers, decimal or text to others.
    LeadingZero,
    /// Another number: hexadecimal, with underscores, a float.
    Number,
    /// Text to every reader.
    Text,
}

/// Resolves a plain scalar (go.yaml.in/yaml `resolve.go`, YAML 1.2 core schema section 10.3.2).
#[must_use]
pub fn resolve(plain: &str) -> Resolved {
    match plain {
        "" | "~" | "null" | "Null" | "NULL" => return Resolved::Null,
        "true" | "True" | "TRUE" => return Resolved::Bool(true),
        "false" | "False" | "FALSE" => return Resolved::Bool(false),
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "n" | "N" | "no" | "No" | "NO" | "off" | "Off"
        | "OFF" => {
            return Resolved::AmbiguousBool;
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF" | ".nan" | ".NaN"
        | ".NAN" => return Resolved::Number,
        _ => {}
    }
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(plain);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Resolved::Text;
    }
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        if unsigned.len() > 1 && unsigned.starts_with('0') {
            return Resolved::LeadingZero;
        }
        return plain.parse().map_or(Resolved::Number, Resolved::Integer);
    }
    if is_other_number(unsigned) { Resolved::Number } else { Resolved::Text }
}

fn is_other_number(unsigned: &str) -> bool {
    let bare = unsigned.replace('_', "");
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = bare.strip_prefix(prefix) {
            return !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        }
    }
    // Rust reads "inf" and "infinity" as floats; the first character was checked to be a digit or dot.
    bare.bytes().any(|byte| byte.is_ascii_digit()) && bare.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_resolve_as_kubernetes_readers_resolve_them() {
        for (plain, want) in [
            ("", Resolved::Null),
            ("~", Resolved::Null),
            ("true", Resolved::Bool(true)),
            ("on", Resolved::AmbiguousBool),
            ("y", Resolved::AmbiguousBool),
            ("8000", Resolved::Integer(8000)),
            ("-1", Resolved::Integer(-1)),
            ("0", Resolved::Integer(0)),
            ("012", Resolved::LeadingZero),
            ("0x1f", Resolved::Number),
            ("1_000", Resolved::Number),
            ("1e3", Resolved::Number),
            (".5", Resolved::Number),
            ("99999999999999999999", Resolved::Number),
            ("12:30:00", Resolved::Text),
            ("80:8080", Resolved::Text),
            ("1.2.3", Resolved::Text),
            ("home", Resolved::Text),
            (".", Resolved::Text),
            ("${PORT}", Resolved::Text),
            ("-", Resolved::Text),
        ] {
            assert_eq!(resolve(plain), want, "{plain:?}");
        }
    }
}
