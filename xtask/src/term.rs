//! What the developer sees: announcements with times, in colour where that helps.

use std::env;
use std::io::{IsTerminal as _, stderr};
use std::time::Duration;

/// Announces that something starts.
pub(crate) fn start(what: &str) {
    eprintln!("{} {what}", paint("1;36", "==>"));
}

/// Announces how it ended.
pub(crate) fn done(what: &str, took: Duration) {
    eprintln!("{} {what} ({})", paint("1;32", " ok"), seconds(took));
}

/// Says something about what is under way.
pub(crate) fn note(text: &str) {
    eprintln!("    {text}");
}

/// Shows the error that ends the program, with its causes.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("{} {error:#}", paint("1;31", "error:"));
}

/// Shows rows in columns; the first row is the header.
pub(crate) fn table(rows: &[[String; 3]]) {
    let width = |column: usize| rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    for (i, [a, b, c]) in rows.iter().enumerate() {
        let line = format!("{a:first$}  {b:second$}  {c}");
        eprintln!("{}", if i == 0 { paint("1", &line) } else { line });
    }
}

/// A duration as people read it.
pub(crate) fn seconds(took: Duration) -> String {
    let tenths = took.as_millis() / 100;
    if tenths < 600 {
        format!("{}.{} s", tenths / 10, tenths % 10)
    } else {
        format!("{} m {:02} s", tenths / 600, tenths / 10 % 60)
    }
}

/// Whether to use colour, for programs that do not find out by themselves.
pub(crate) fn color() -> &'static str {
    // https://no-color.org: set and not empty.
    let plain = env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    if plain || !stderr().is_terminal() { "never" } else { "always" }
}

fn paint(style: &str, text: &str) -> String {
    if color() == "never" { text.to_owned() } else { format!("\x1b[{style}m{text}\x1b[0m") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short_and_exact_enough() {
        for (millis, want) in
            [(40, "0.0 s"), (1_250, "1.2 s"), (59_999, "59.9 s"), (60_000, "1 m 00 s"), (754_321, "12 m 34 s")]
        {
            assert_eq!(seconds(Duration::from_millis(millis)), want, "{millis} ms");
        }
    }
}
