//! `docs/corpus.md`: what the corpus is, in numbers, and where a stub does not do what the original does.
//!
//! Drawn from the files alone; that they are true is what the cases check.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use super::corpus::{Case, Difference, Kind, cases, differences};
use super::made::SECTIONS;
use super::manifest::{self, Id, text};
use super::meaning::section;
use crate::support::{bless, root};

const INTRO: &str = "\
# The corpus

Drawn from `tests/corpus` by `tests/oracle.rs`; `BLESS=1 cargo test --features programs --test oracle` rewrites it.

Each case is a set of objects that a public GitOps repository keeps today, character for character but for \
shortened names, and the stub that a person would write instead. Both are shown to the Tailscale operator's own \
reconcilers, and what comes of them (name, tags, ports, class, Funnel, ProxyGroup, serve configuration, backend) \
must be the same, except for what the last column says. Cases called `outside-…` are of no repository: they are \
written in the forms of the documentation.
";

/// What one case comes to.
struct Row {
    name: String,
    objects: BTreeMap<&'static str, Numbers>,
    original: usize,
    stub: usize,
    kept: usize,
    differs: String,
}

/// What one section comes to.
#[derive(Clone, Copy, Default)]
struct Numbers {
    cases: usize,
    objects: usize,
    original: usize,
    stub: usize,
    kept: usize,
}

/// Compares the page with the corpus, or rewrites it.
pub(super) fn check() -> Result<(), String> {
    bless::check(&root().join("docs/corpus.md"), &page()?, "oracle")
}

fn page() -> Result<String, String> {
    let known = differences();
    let rows = cases().iter().map(|case| Row::of(case, &known)).collect::<Result<Vec<Row>, String>>()?;
    let mut page = INTRO.to_owned();
    totals(&mut page, &rows, &known);
    sums(&mut page, &rows);
    table(&mut page, &rows);
    Ok(page)
}

fn totals(page: &mut String, rows: &[Row], known: &[Difference]) {
    let of_repositories = rows.iter().filter(|row| row.name.starts_with("repo"));
    let repositories: BTreeSet<&str> = of_repositories.filter_map(|row| Some(row.name.split_once('-')?.0)).collect();
    let objects: usize = rows.iter().flat_map(|row| row.objects.values()).map(|numbers| numbers.objects).sum();
    let sum = |lines: fn(&Row) -> usize| rows.iter().map(lines).sum::<usize>();
    let of = |kind| known.iter().filter(|entry| entry.kind == kind && entry.field != "name").count();
    let names = known.iter().filter(|entry| entry.field == "name").count();
    let _ = write!(
        page,
        "\n{objects} objects in {} cases from {} repositories: {} lines of manifests, of which {} stay where \
         `annotate` leaves the Service in the build, and {} lines of stubs. Lines are those that are neither blank nor \
         comment.\n\nDifferences: better {}, chosen {}, gap {} (`tests/corpus/README.md` says what the words mean), \
         and {names} objects that took the default name.\n",
        rows.len(),
        repositories.len(),
        sum(|row| row.original),
        sum(|row| row.kept),
        sum(|row| row.stub),
        of(Kind::Better),
        of(Kind::Chosen),
        of(Kind::Gap),
    );
}

fn sums(page: &mut String, rows: &[Row]) {
    page.push_str(
        "\n| section | cases | objects | lines, original | of these stay | lines, stub |\n|---|--:|--:|--:|--:|--:|\n",
    );
    let mut inside = 0;
    for name in SECTIONS {
        let mut sum = Numbers::default();
        for numbers in rows.iter().filter_map(|row| row.objects.get(name)) {
            sum.cases += 1;
            sum.objects += numbers.objects;
            sum.original += numbers.original;
            sum.kept += numbers.kept;
            sum.stub += numbers.stub;
        }
        inside += sum.stub;
        let Numbers { cases, objects, original, stub, kept } = sum;
        let _ = writeln!(page, "| `{name}` | {cases} | {objects} | {original} | {kept} | {stub} |");
    }
    let all: usize = rows.iter().map(|row| row.stub).sum();
    let _ = writeln!(page, "| head, `defaults`, profile | {} | | | | {} |", rows.len(), all - inside);
}

fn table(page: &mut String, rows: &[Row]) {
    page.push_str(
        "\n| case | sections: objects | lines, original | of these stay | lines, stub | what differs, and why |\n",
    );
    page.push_str("|---|---|--:|--:|--:|---|\n");
    for Row { name, objects, original, stub, kept, differs } in rows {
        let sections = SECTIONS.into_iter().filter_map(|name| Some(format!("{name}: {}", objects.get(name)?.objects)));
        let sections = sections.collect::<Vec<_>>().join(", ");
        let _ = writeln!(page, "| {name} | {sections} | {original} | {kept} | {stub} | {differs} |");
    }
}

impl Row {
    fn of(case: &Case, known: &[Difference]) -> Result<Self, String> {
        let mut objects: BTreeMap<&str, Numbers> = BTreeMap::new();
        let kept = documents(&case.build)?;
        let written = stub_lines(&case.stub);
        for (object, lines) in documents(&case.original)? {
            let section = match section(&object) {
                _ if text(&object, "/kind") == "EndpointSlice" => "outside",
                Some("annotate") if written.contains_key("outside") && object.pointer("/spec/selector").is_none() => {
                    "outside"
                }
                // A Service that is there only to be exposed: the stub makes it.
                Some("annotate") if !written.contains_key("annotate") => "loadBalancer",
                Some(section) => section,
                None => return Err(format!("{}: {} is of no section", case.name, Id::of(&object))),
            };
            let numbers = objects.entry(section).or_default();
            numbers.objects += 1;
            numbers.original += lines;
            if section == "annotate" {
                let stays = kept.iter().find(|(other, _)| Id::of(other) == Id::of(&object));
                numbers.kept += stays.map_or(0, |(_, lines)| *lines);
            }
        }
        for (section, lines) in written {
            objects.entry(section).or_default().stub += lines;
        }
        Ok(Self {
            name: case.name.clone(),
            original: lines(&case.original),
            stub: lines(&case.stub),
            kept: objects.values().map(|numbers| numbers.kept).sum(),
            differs: differs(known.iter().filter(|entry| entry.case == case.name)),
            objects,
        })
    }
}

/// The documents of a stream, each with its number of lines.
fn documents(stream: &str) -> Result<Vec<(Value, usize)>, String> {
    let mut found = Vec::new();
    for text in format!("\n{stream}").split("\n---") {
        found.extend(manifest::read(text)?.into_iter().map(|object| (object, lines(text))));
    }
    Ok(found)
}

/// How many lines say something.
fn lines(text: &str) -> usize {
    text.lines().filter(|line| says_something(line)).count()
}

fn says_something(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#') && line != "---"
}

/// How many lines of a stub stand in a section, its own key included.
fn stub_lines(stub: &str) -> BTreeMap<&'static str, usize> {
    let mut found = BTreeMap::new();
    let mut current = None;
    for line in stub.lines().filter(|line| says_something(line)) {
        if !line.starts_with("   ") {
            let key = line.trim().trim_end_matches(':');
            current = SECTIONS.into_iter().find(|section| line.starts_with("  ") && *section == key);
        }
        if let Some(section) = current {
            *found.entry(section).or_default() += 1;
        }
    }
    found
}

/// What differs, those of one reason together.
fn differs<'d>(entries: impl Iterator<Item = &'d Difference>) -> String {
    let mut groups: Vec<(&str, &str, Vec<&Difference>)> = Vec::new();
    for entry in entries {
        match groups.iter_mut().find(|(field, reason, _)| *field == entry.field && *reason == entry.reason) {
            Some((.., group)) => group.push(entry),
            None => groups.push((&entry.field, &entry.reason, vec![entry])),
        }
    }
    let value = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let texts = groups.iter().map(|(field, reason, group)| match group.as_slice() {
        [entry] if *field != "name" => {
            format!("{field} `{}` → `{}`: {reason}", value(&entry.original), value(&entry.ours))
        }
        [_] => format!("{field}: {reason}"),
        group => format!("{field} of {}: {reason}", group.len()),
    });
    texts.collect::<Vec<_>>().join("; ").replace('|', "\\|")
}
