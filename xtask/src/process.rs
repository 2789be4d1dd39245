//! Running other programs: quietly with a log, or loudly as a step of its own.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

/// How much of a log is shown when its program fails.
const TAIL: usize = 30;

/// Runs a program with its output in a log, which is shown if it fails.
pub(crate) fn quietly(command: &mut Command, log: &Path) -> Result<()> {
    let shown = show(command);
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let file = File::create(log).with_context(|| log.display().to_string())?;
    let status = command
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .status()
        .with_context(|| format!("`{shown}` could not start"))?;
    if status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&fs::read(log).unwrap_or_default()).into_owned();
    bail!("`{shown}` failed ({status}); the end of {}:\n{}", log.display(), tail(&text, TAIL))
}

/// Runs a program and takes what it prints.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let shown = show(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("`{shown}` could not start"))?;
    if !output.status.success() {
        // Some programs explain themselves on standard output.
        let said = [output.stderr, output.stdout].concat();
        bail!("`{shown}` failed ({}): {}", output.status, String::from_utf8_lossy(&said).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs a program that speaks for itself.
pub(crate) fn aloud(command: &mut Command) -> Result<()> {
    let shown = show(command);
    let status = command.status().with_context(|| format!("`{shown}` could not start"))?;
    ensure!(status.success(), "`{shown}` failed ({status})");
    Ok(())
}

/// The command line, the way it would be typed.
fn show(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let words: Vec<_> = [name].into_iter().chain(command.get_args()).map(|w| w.to_string_lossy()).collect();
    words.join(" ")
}

fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    let kept: Vec<String> = all.iter().skip(all.len().saturating_sub(lines)).map(|l| format!("    {l}")).collect();
    kept.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_failure_shows_the_end_of_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("a/b.log");
        let failure = quietly(Command::new("sh").args(["-c", "seq 40; echo late >&2; exit 3"]), &log).unwrap_err();
        let text = failure.to_string();
        assert!(text.starts_with("`sh -c seq 40; echo late >&2; exit 3` failed (exit status: 3)"), "{text}");
        assert!(text.ends_with("    39\n    40\n    late"), "{text}");
        assert!(!text.contains("    10\n"), "{text}");
    }

    #[test]
    fn a_quiet_success_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        quietly(Command::new("echo").arg("fine"), &log).unwrap();
        assert_eq!(fs::read_to_string(log).unwrap(), "fine\n");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let failure = output(&mut Command::new("/nowhere/prog")).unwrap_err();
        assert_eq!(failure.to_string(), "`prog` could not start");
    }
}
