//! `cargo xtask bench-growth`: how the time of the function grows with its input, as a Markdown table.
//!
//! Each row is an input of one kind at n, 2n and 4n, and what each step multiplies the processor time by: 2
//! where time grows with the input, 4 where it grows with its square.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use wait4::Wait4 as _;

use crate::bench;
use crate::bench_growth_inputs::{IN_NODE, KINDS, first_question};
use crate::process;

/// How often to measure, and how much.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How often each input is answered; the fastest counts
    #[arg(long, default_value_t = 5, value_name = "N")]
    rounds: usize,
    /// The smallest size
    #[arg(long, default_value_t = 2000, value_name = "N")]
    size: usize,
    /// Measure the rows alone whose name holds this
    #[arg(long, value_name = "WORD", default_value = "")]
    only: String,
    /// Fail where a row is over its bar
    #[arg(long)]
    check: bool,
}

/// The most that a step may multiply the time by.
const MOST_STEP: f64 = 2.3;
/// The most that an own answer may take of what the first question took.
const MOST_AGAIN: f64 = 2.2;

/// Builds the command, measures it and prints the table.
pub(crate) fn run(checkout: &Path, options: &Options) -> Result<()> {
    ensure!(options.rounds > 0 && options.size > 0, "there must be at least one round, of a size");
    let entry = checkout.join("dist/js/node.js");
    let asks_node = IN_NODE.iter().any(|kind| kind.name.contains(&options.only));
    ensure!(!asks_node || entry.exists(), "{} must be there: run `cargo xtask dist`", entry.display());
    let program = bench::build(checkout)?;
    let folder = program.with_file_name("growth");
    fs::create_dir_all(&folder)?;
    let file = folder.join("question.yaml");
    let before = bench::load();
    let sizes = [1, 2, 4].map(|factor| factor * options.size);
    let mut table =
        String::from("| input | n | ms at n | 2n | 4n | 2n : n | 4n : 2n | bar |\n|---|--:|--:|--:|--:|--:|--:|--:|\n");
    let mut over = Vec::new();
    let measure = |text: &str| -> Result<f64> {
        fs::write(&file, text)?;
        let times = (0..options.rounds).map(|_| processor(&program, &file)).collect::<Result<Vec<f64>>>()?;
        Ok(times.into_iter().fold(f64::INFINITY, f64::min))
    };
    let in_node = |text: &str| -> Result<f64> {
        fs::write(&file, text)?;
        let times = (0..options.rounds).map(|_| node(&entry, &file)).collect::<Result<Vec<f64>>>()?;
        Ok(times.into_iter().fold(f64::INFINITY, f64::min))
    };
    let kinds = KINDS.iter().map(|kind| (kind, &measure as &dyn Fn(&str) -> Result<f64>));
    let kinds = kinds.chain(IN_NODE.iter().map(|kind| (kind, &in_node as _)));
    for (kind, measure) in kinds.filter(|(kind, _)| kind.name.contains(&options.only)) {
        let mut times = [0.0; 3];
        for (time, size) in times.iter_mut().zip(sizes) {
            *time = measure(&(kind.make)(size * kind.times))?;
        }
        let steps = [times[1] / times[0], times[2] / times[1]];
        let n = options.size * kind.times;
        writeln!(
            table,
            "| {} | {n} | {:.1} | {:.1} | {:.1} | {:.2} | {:.2} | {MOST_STEP} |",
            kind.name, times[0], times[1], times[2], steps[0], steps[1]
        )?;
        if steps.iter().any(|step| *step > MOST_STEP) {
            over.push(kind.name);
        }
    }
    let name = "own answer : first question";
    if name.contains(&options.only) {
        let mut ratios = [0.0; 3];
        for (ratio, size) in ratios.iter_mut().zip(sizes) {
            let first = first_question(size);
            fs::write(&file, &first)?;
            let answer = Command::new(&program).stdin(fs::File::open(&file)?).output()?;
            let answer = String::from_utf8(answer.stdout)?;
            let took = measure(&first)?;
            *ratio = measure(&answer)? / took;
        }
        let [one, two, four] = ratios;
        writeln!(table, "| {name} | {} | {one:.2} | {two:.2} | {four:.2} | | | {MOST_AGAIN} |", options.size)?;
        if ratios.iter().any(|ratio| *ratio > MOST_AGAIN) {
            over.push(name);
        }
    }
    print!("{table}\n{}", bench::machine(&before));
    ensure!(!options.check || over.is_empty(), "over the bar: {}", over.join(", "));
    Ok(())
}

/// Answers a question once; returns the milliseconds that the processor spent in the program. One with
/// errors is answered, too.
fn processor(program: &Path, question: &Path) -> Result<f64> {
    let mut command = Command::new(program);
    let input = fs::File::open(question).with_context(|| question.display().to_string())?;
    let child = command.stdin(input).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let end = { child }.wait4()?;
    ensure!(matches!(end.status.code(), Some(0 | 1)), "{} must answer: {}", program.display(), end.status);
    Ok(end.rusage.utime.as_secs_f64() * 1e3)
}

/// Answers a question once with the npm package of `dist/`; returns the milliseconds that the processor spent in
/// the call.
fn node(entry: &Path, question: &Path) -> Result<f64> {
    const ASK: &str = "const [entry, file] = process.argv.slice(1);
        const { respond } = await import(entry);
        const text = (await import('node:fs')).readFileSync(file, 'utf8');
        const before = process.cpuUsage();
        const { findings } = respond(text);
        const { user } = process.cpuUsage(before);
        if (findings.length === 0) process.exit(1);
        console.log(user / 1e3);";
    let mut node = Command::new("node");
    node.args(["--input-type=module", "--eval", ASK]).arg(entry).arg(question);
    Ok(process::output(&mut node)?.trim().parse()?)
}
