//! Whether kustomizations list what is generated, and nothing that is not.
//!
//! What nobody lists is exposed nowhere, and says nothing; what is listed and gone fails a build.

use std::collections::{BTreeMap, BTreeSet};

use super::files::{Action, FileChange};
use super::layout::outputs;
use super::old::Old;
use super::run::{Built, Run};
use crate::krm::Finding;
use crate::kustomize::{Listed, TreePath};
use crate::rule::rules;
use crate::yaml::visible;

/// Returns the findings about files that are generated next to their stubs.
pub(super) fn findings(run: &Run<'_>, built: &[Built<'_>], olds: &[Old<'_>], changes: &[FileChange]) -> Vec<Finding> {
    let mut there: BTreeSet<&TreePath> = olds.iter().map(|old| &old.file.path).collect();
    let mut gone: BTreeSet<&TreePath> = BTreeSet::new();
    for change in changes {
        if change.action == Action::Remove {
            there.remove(&change.path);
            gone.insert(&change.path);
        } else {
            there.insert(&change.path);
        }
    }
    let mut told = unlisted(run, &there);
    told.extend(listed_and_gone(run, &due(run, built), &there, &gone));
    told
}

/// Names output that no kustomization lists, once for each folder.
fn unlisted(run: &Run<'_>, there: &BTreeSet<&TreePath>) -> Vec<Finding> {
    let mut missing: BTreeMap<TreePath, (usize, BTreeSet<TreePath>)> = BTreeMap::new();
    for (stub, placement) in run.stubs.iter().enumerate().filter(|(_, placement)| !placement.is_unread) {
        let Some(file) = run.tree.files.get(placement.file) else { continue };
        for output in outputs(&file.path) {
            if there.contains(&output) && run.layout.kustomize.listed(&output).is_empty() {
                let folder = file.path.parent().unwrap_or_default();
                missing.entry(folder).or_insert_with(|| (stub, BTreeSet::new())).1.insert(output);
            }
        }
    }
    let mut told = Vec::new();
    for (folder, (stub, files)) in missing {
        let Some(placement) = run.stubs.get(stub) else { continue };
        let names: Vec<String> = files.iter().map(|file| format!("\"{}\"", file.name())).collect();
        let nearest = files.first().and_then(|file| run.layout.kustomize.nearest(file));
        let nearest = nearest.and_then(|number| run.layout.kustomize.kustomizations.get(number));
        let list = |folder: &TreePath| {
            let is_patch = |file: &&TreePath| file.name().ends_with(".patch.gen.yaml");
            let resources =
                files.iter().filter(|file| !is_patch(file)).map(|file| format!("- {}", file.relative_to(folder)));
            let patches = files.iter().filter(is_patch).map(|file| format!("- path: {}", file.relative_to(folder)));
            let part = |key: &str, lines: Vec<String>| {
                if lines.is_empty() { None } else { Some(format!("`{}` under `{key}`", lines.join("`, `"))) }
            };
            let parts = [part("resources", resources.collect()), part("patches", patches.collect())];
            parts.into_iter().flatten().collect::<Vec<_>>().join(", and ")
        };
        let finding = match nearest {
            Some(own) => {
                let message = format!("no kustomization lists {}: it is built nowhere", names.join(" and "));
                let help = format!("write {} of this kustomization", list(&own.folder));
                Finding::of(rules::UNLISTED_OUTPUT, message).at(own.resources_span).help(help)
            }
            None => {
                let message = format!(
                    "no kustomization lists {}: Flux applies a folder without one whole, and fails at the stub",
                    names.join(" and ")
                );
                let help = format!("write a kustomization.yaml beside it, with {}", list(&folder));
                let finding = Finding::of(rules::UNLISTED_OUTPUT, message).at(placement.stub.name_span);
                finding.about(placement.stub.reference.clone()).help(help)
            }
        };
        let build = placement.builds.first().copied().unwrap_or_default();
        told.extend(run.levelled(finding, stub, build));
    }
    told
}

/// Returns the files that may be generated once errors are mended.
fn due(run: &Run<'_>, built: &[Built<'_>]) -> BTreeSet<TreePath> {
    let faulty = built.iter().flat_map(|built| built.stubs.iter().zip(&built.settled.faulty));
    let faulty = faulty.filter(|(_, faulty)| **faulty).filter_map(|(stub, _)| run.stubs.get(*stub));
    let files = faulty.filter_map(|placement| run.tree.files.get(placement.file));
    files.flat_map(|file| outputs(&file.path)).collect()
}

/// Names the lines of kustomizations that list output which is no longer generated.
fn listed_and_gone(
    run: &Run<'_>,
    due: &BTreeSet<TreePath>,
    there: &BTreeSet<&TreePath>,
    gone: &BTreeSet<&TreePath>,
) -> Vec<Finding> {
    let files: BTreeSet<&TreePath> = run.tree.files.iter().map(|file| &file.path).collect();
    let is_gone = |path: &TreePath| {
        let is_missing = path.name().ends_with(".gen.yaml") && !files.contains(path) && run.tree.is_walked(path);
        gone.contains(path) || (is_missing && !there.contains(path) && !due.contains(path))
    };
    let mut told = Vec::new();
    for listed in run.layout.kustomize.all_listed().filter(|listed| is_gone(&listed.path)) {
        let name = listed.path.name();
        let message = format!("\"{name}\" is no longer generated, and kustomize fails where it is listed");
        let finding = Finding::of(rules::GONE_OUTPUT, message).at(listed.span).help(line_of(run, listed));
        let stub = run.stubs_of.iter().find_map(|(build, stubs)| Some((*stubs.first()?, *build)));
        match stub {
            Some((stub, build)) => told.extend(run.levelled(finding, stub, build)),
            None => told.push(finding),
        }
    }
    told
}

/// Returns how to take a path out of a list: its line, if it has one for itself.
fn line_of(run: &Run<'_>, listed: &Listed) -> String {
    let text = run.tree.sources.get(listed.span.source).map_or("", |source| source.text.as_str());
    let (before, from) = text.split_at_checked(listed.span.start as usize).unwrap_or_default();
    let start = before.rsplit('\n').next().unwrap_or_default().trim_ascii_start();
    let line = format!("{start}{}", from.lines().next().unwrap_or_default());
    match start {
        "- " | "- path: " => format!("delete the line `{}`", visible(line.trim_ascii_end())),
        _ => format!("delete \"{}\" from the list", visible(listed.path.name())),
    }
}
