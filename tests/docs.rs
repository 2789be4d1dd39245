//! What is drawn from the code is as the code says: `BLESS=1` rewrites, a plain run refuses stale files.
#![allow(clippy::disallowed_methods, clippy::expect_used, reason = "a test that cannot read its files fails")]

use std::path::Path;

use tailscale_expose::api::field_tables;
use tailscale_expose::rule;

fn fresh(file: &str, want: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, want).expect("docs must be writable");
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == want, "{file} is out of date: run `cargo xtask bless` and read the diff");
}

#[test]
fn the_field_reference_is_drawn_from_the_declarations() {
    let intro = "# Fields\n\nDrawn from the declarations in `src/api`; `cargo xtask bless` rewrites it. Any value may hold a \
                 Flux placeholder. An empty value (`\"\"`, `[]`, `{}`, `false`) clears a default.\n\n";
    fresh("docs/fields.md", &format!("{intro}{}\n", field_tables().trim_end()));
}

#[test]
fn the_rule_reference_is_drawn_from_the_declarations() {
    let intro = "# Rules\n\nDrawn from `src/rule`; `cargo xtask bless` rewrites it. The level is the one without a profile; a profile \
                 changes it with `rules: {<rule>: off | info | warning | error}`, where it may. A rule that finds what cannot be \
                 expanded stays an error. Paths of Go files are below `cmd/k8s-operator` of tailscale/tailscale, where no other \
                 project is named.\n\n";
    let versions = "\n## Versions of the operator\n\nWhat `operator-too-old` knows, where a profile has an `operator.version`; without one the \
                    operator is taken for 1.104. All else is judged alike for every version.\n\n";
    fresh("docs/rules.md", &format!("{intro}{}{versions}{}", rule::table(), rule::versions()));
}
