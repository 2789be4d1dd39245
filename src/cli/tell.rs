//! What people are told, on standard error: a line, an error, findings. What is asked for goes to
//! standard output, and not through here.

use std::io::Write;

use tailscale_expose::krm::Finding;
use tailscale_expose::report::{Colour, report};
use tailscale_expose::yaml::{Sources, visible};

/// Tells one thing, on a line of its own whatever it quotes.
pub(super) fn say(line: &str) {
    let _ = writeln!(anstream::stderr(), "{}", visible(line));
}

/// Tells what was found; colour only on a terminal, `NO_COLOR` and `CLICOLOR_FORCE` honoured.
pub(super) fn tell(findings: &[Finding], sources: &Sources) {
    let _ = write!(anstream::stderr(), "{}", report(findings, sources, Colour::Styled));
}

/// Tells why a run could not go on, and what to do about it where that is known.
pub(super) fn tell_error(error: &anyhow::Error) {
    say_under("\u{1b}[1;31merror", &format!("{error:#}"));
    if let Some(help) = error.downcast_ref::<tailscale_expose::Error>().and_then(tailscale_expose::Error::advice) {
        say_under("\u{1b}[1;36mhelp", help);
    }
}

/// Tells one thing, under a coloured word.
fn say_under(word: &str, line: &str) {
    let _ = writeln!(anstream::stderr(), "{word}\u{1b}[0m: {}", visible(line));
}
