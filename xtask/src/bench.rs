//! `cargo xtask bench`: what the command costs as a whole, as one Markdown table on standard output.
//!
//! Programs that are compared run in turns, so that a busy moment of the machine falls on both. What
//! the library costs inside a process is `cargo bench`; how to read both is in BENCHMARKS.md.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{env, fs};

use anyhow::{Context as _, Result, ensure};
use wait4::Wait4 as _;

use crate::bench_stats::{Figure, Series, table};
use crate::wasm::own_cargo;
use crate::{bench_function, process, setup, term, tools};

#[path = "../../benches/stubs/mod.rs"]
mod stubs;

/// Runs that come first and are not counted: the files get into memory.
const WARM_UPS: usize = 3;

/// How many bytes a megabyte has here.
pub(crate) const MEGABYTE: f64 = 1e6;

/// How often to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How often a small stub is rendered, in turns with /bin/true
    #[arg(long, default_value_t = 200, value_name = "N")]
    pairs: usize,
    /// How often each large stub is rendered
    #[arg(long, default_value_t = 20, value_name = "N")]
    rounds: usize,
    /// How often an overlay of 2 000 resources is built, in turns with one whose function is `cat`; each
    /// build takes kustomize 16 s
    #[arg(long, default_value_t = 2, value_name = "N")]
    builds: usize,
    /// See that everything runs: few runs, and figures that say nothing
    #[arg(long)]
    quick: bool,
}

/// Builds the command, measures it and prints the table.
pub(crate) fn run(checkout: &Path, options: &Options) -> Result<()> {
    let (pairs, rounds, builds) =
        if options.quick { (5, 2, 0) } else { (options.pairs, options.rounds, options.builds) };
    ensure!(pairs > 0 && rounds > 0, "there must be at least one pair and one round");
    let program = build(checkout)?;
    let folder = program.with_file_name("stubs");
    let large = Large::write(&folder)?;
    let before = load();
    let mut figures = small(checkout, &program, pairs)?;
    figures.extend(large.measure(&program, rounds)?);
    figures.extend(bench_function::lists(&program, &folder, rounds)?);
    setup::run(checkout, Some(setup::Tool::Kustomize))?;
    figures.extend(bench_function::builds(checkout, &program, &tools::kustomize(), &folder, [rounds, builds])?);
    print!("{}\n{}", table(&figures), machine(&before));
    Ok(())
}

/// Builds the command as it is released: nothing is linked when it starts.
pub(crate) fn build(checkout: &Path) -> Result<PathBuf> {
    let start = Instant::now();
    term::start("the release build");
    let about = process::output(Command::new("rustc").arg("-vV"))?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc -vV must name its host")?;
    let target = checkout.join("target/static");
    let mut cargo = Command::new(own_cargo());
    cargo.args(["build", "--release", "--target", host, "--target-dir"]).arg(&target);
    if host.contains("linux") {
        cargo.env("RUSTFLAGS", "-C target-feature=+crt-static");
    }
    process::aloud(cargo.current_dir(checkout))?;
    term::done("the release build", start.elapsed());
    Ok(target.join(host).join("release").join(format!("tailscale-expose{}", env::consts::EXE_SUFFIX)))
}

/// One program with its arguments, and what its runs took.
pub(crate) struct Subject {
    program: PathBuf,
    arguments: Vec<PathBuf>,
    input: Option<PathBuf>,
    code: i32,
    /// From the start of the process to its end.
    pub(crate) milliseconds: Series,
    processor: Series,
    /// The largest resident set.
    pub(crate) megabytes: Series,
}

impl Subject {
    /// A program that must end with a code.
    pub(crate) fn new(program: &Path, arguments: &[&Path], code: i32) -> Self {
        let arguments = arguments.iter().map(|argument| argument.to_path_buf()).collect();
        let series = Series::default;
        Self {
            program: program.to_owned(),
            arguments,
            input: None,
            code,
            milliseconds: series(),
            processor: series(),
            megabytes: series(),
        }
    }

    /// Gives it a file as standard input.
    pub(crate) fn reading(mut self, input: &Path) -> Self {
        self.input = Some(input.to_owned());
        self
    }

    /// Renders a stub.
    fn render(program: &Path, stub: &Path, code: i32) -> Self {
        Self::new(program, &[Path::new("render"), stub], code)
    }

    /// Runs it once, from the start of the process to its end.
    fn run(&mut self, counts: bool) -> Result<()> {
        let mut command = Command::new(&self.program);
        let input = match &self.input {
            Some(path) => fs::File::open(path).with_context(|| path.display().to_string())?.into(),
            None => Stdio::null(),
        };
        command.args(&self.arguments).stdin(input).stdout(Stdio::null()).stderr(Stdio::null());
        let start = Instant::now();
        let child = command.spawn().with_context(|| self.program.display().to_string())?;
        let end = child.wait4()?;
        let took = start.elapsed();
        ensure!(
            end.status.code() == Some(self.code),
            "{} must end with code {}: {}",
            self.program.display(),
            self.code,
            end.status
        );
        if counts {
            self.milliseconds.push(took.as_secs_f64() * 1e3);
            self.processor.push((end.rusage.utime + end.rusage.stime).as_secs_f64() * 1e3);
            self.megabytes.push(u32::try_from(end.rusage.maxrss / 1000).map_or(f64::NAN, f64::from) / 1e3);
        }
        Ok(())
    }
}

/// Runs subjects in turns: A B A B …
pub(crate) fn take_turns(subjects: &mut [&mut Subject], turns: usize) -> Result<()> {
    for turn in 0..WARM_UPS + turns {
        for subject in subjects.iter_mut() {
            subject.run(turn >= WARM_UPS)?;
        }
    }
    Ok(())
}

/// A stub as people write it, against the program that does nothing.
fn small(checkout: &Path, program: &Path, pairs: usize) -> Result<Vec<Figure>> {
    let start = Instant::now();
    let what = format!("{pairs} pairs of a small stub and /bin/true");
    term::start(&what);
    let mut nothing = Subject::new(Path::new("/bin/true"), &[], 0);
    let mut stub = Subject::render(program, &checkout.join("examples/tazlab/stub.yaml"), 0);
    take_turns(&mut [&mut nothing, &mut stub], pairs)?;
    term::done(&what, start.elapsed());
    let ratio = stub.milliseconds.per(&nothing.milliseconds);
    Ok(vec![
        Figure::new("`/bin/true`", "ms", nothing.milliseconds, ""),
        Figure::new("`render examples/tazlab/stub.yaml`", "ms", stub.milliseconds, ""),
        Figure::new("the second by the first, pair by pair", "", ratio, "≤ 1.5"),
        Figure::new("least peak memory that the meter shows: `/bin/true`", "MB", nothing.megabytes, ""),
    ])
}

/// The large stubs, as files.
struct Large {
    ten_thousand: Written,
    hundred_thousand: Written,
    mixed: Written,
    faulty: Written,
}

struct Written {
    path: PathBuf,
    megabytes: f64,
}

impl Large {
    /// Writes the stubs into a folder.
    ///
    /// The texts are gone when this returns: until it is another program, a child has the memory of
    /// its parent, and that would be the least that the meter shows.
    fn write(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let write = |name: &str, stub: &str| -> Result<Written> {
            let path = folder.join(name);
            fs::write(&path, stub).with_context(|| path.display().to_string())?;
            Ok(Written { path, megabytes: f64::from(u32::try_from(stub.len())?) / MEGABYTE })
        };
        Ok(Self {
            ten_thousand: write("10000.yaml", &stubs::one_line(10_000))?,
            hundred_thousand: write("100000.yaml", &stubs::one_line(100_000))?,
            mixed: write("mixed.yaml", &stubs::mixed(10_000))?,
            faulty: write("faulty.yaml", &stubs::faulty(10_000))?,
        })
    }

    fn measure(&self, program: &Path, rounds: usize) -> Result<Vec<Figure>> {
        let start = Instant::now();
        let what = format!("{rounds} rounds of large stubs");
        term::start(&what);
        let mut ten = Subject::render(program, &self.ten_thousand.path, 0);
        let mut hundred = Subject::render(program, &self.hundred_thousand.path, 0);
        let mut mixed = Subject::render(program, &self.mixed.path, 0);
        let mut faulty = Subject::render(program, &self.faulty.path, 1);
        take_turns(&mut [&mut ten, &mut hundred, &mut mixed, &mut faulty], rounds)?;
        term::done(&what, start.elapsed());
        let ratio = hundred.milliseconds.per(&ten.milliseconds);
        let processor = hundred.processor.per(&ten.processor);
        let per_input = |subject: &Subject, stub: &Written| subject.megabytes.scaled(1.0 / stub.megabytes);
        Ok(vec![
            Figure::new("10 000 exposures of one line", "ms", ten.milliseconds.clone(), "< 100 ms"),
            Figure::new("100 000 exposures of one line", "ms", hundred.milliseconds.clone(), ""),
            Figure::new("the second by the first, round by round", "", ratio, "≤ 11"),
            Figure::new("10 000 exposures of one line, processor time", "ms", ten.processor.clone(), ""),
            Figure::new("100 000 exposures of one line, processor time", "ms", hundred.processor.clone(), ""),
            Figure::new("the second of these by the first", "", processor, ""),
            Figure::new("10 000 mixed exposures", "ms", mixed.milliseconds, ""),
            Figure::new("10 000 exposures with a fault each", "ms", faulty.milliseconds, ""),
            Figure::new("peak memory a MB of input, 10 000 exposures", "MB", per_input(&ten, &self.ten_thousand), ""),
            Figure::new(
                "peak memory a MB of input, 100 000 exposures",
                "MB",
                per_input(&hundred, &self.hundred_thousand),
                "",
            ),
        ])
    }
}

/// What was measured on, and how busy it was: the load should be less than the number of processors.
pub(crate) fn machine(before: &str) -> String {
    let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let kernel = read("/proc/sys/kernel/osrelease");
    format!(
        "{processors} processors ({}), {} {}, load {before} before and {} after.\n",
        model.map_or(env::consts::ARCH, |(_, model)| model),
        env::consts::OS,
        kernel.trim(),
        load()
    )
}

/// The load of the last minute; unknown where there is no /proc.
pub(crate) fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split_whitespace().next().unwrap_or("unknown").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, code: i32) -> Subject {
        Subject::new(Path::new("/bin/sh"), &[Path::new("-c"), Path::new(script)], code)
    }

    #[test]
    fn subjects_take_turns_and_warm_ups_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let note = |letter: &str| format!("printf {letter} >> {}", log.display());
        let (mut a, mut b) = (shell(&note("a"), 0), shell(&note("b"), 0));
        take_turns(&mut [&mut a, &mut b], 2).unwrap();
        assert_eq!(fs::read_to_string(&log).unwrap(), "ab".repeat(WARM_UPS + 2));
        let table = table(&[Figure::new("", "", a.milliseconds, ""), Figure::new("", "", b.megabytes, "")]);
        assert_eq!(table.matches("| 2 |").count(), 2, "{table}");
    }

    #[test]
    fn a_run_that_ends_with_another_code_is_not_measured() {
        let failure = shell("exit 3", 0).run(true).unwrap_err();
        assert_eq!(failure.to_string(), "/bin/sh must end with code 0: exit status: 3");
    }

    #[test]
    fn the_stubs_are_written_with_their_size() {
        let folder = tempfile::tempdir().unwrap();
        let large = Large::write(folder.path()).unwrap();
        for stub in [&large.ten_thousand, &large.hundred_thousand, &large.mixed, &large.faulty] {
            let written = fs::metadata(&stub.path).unwrap().len();
            assert!((f64::from(u32::try_from(written).unwrap()) / MEGABYTE - stub.megabytes).abs() < 1e-9);
        }
        assert!((large.hundred_thousand.megabytes / large.ten_thousand.megabytes - 10.0).abs() < 0.01);
    }
}
