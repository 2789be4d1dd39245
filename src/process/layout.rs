//! Which builds each file of a run belongs to.
//!
//! A file belongs to every build that names it, or what is generated from it; else to those of the
//! nearest kustomization at or above it; where there is none, each path that was named is a build.

use super::tree::{File, Named, Role, Tree};
use crate::krm::{Finding, Findings};
use crate::kustomize::{Builds, FILE_NAMES, Kustomization, TreePath};
use crate::rule::rules;
use crate::yaml::documents;

/// The builds of a run.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// What the kustomizations say.
    pub(super) kustomize: Builds,
    is_one: bool,
}

impl Layout {
    /// Reads the kustomizations of a tree.
    pub(super) fn of(tree: &Tree) -> Self {
        let read = tree.files.iter().filter_map(|file| read(tree, file)).collect();
        Self { kustomize: Builds::new(read), is_one: tree.is_one }
    }

    /// Returns the numbers of the builds that a file belongs to.
    pub(super) fn builds_of(&self, path: &TreePath, role: Role) -> Vec<usize> {
        if self.is_one {
            return vec![0];
        }
        let found = self.kustomize.naming(path, &outputs(path));
        if !found.is_empty() {
            return found;
        }
        let found = self.kustomize.above(path);
        match role {
            _ if !found.is_empty() => found,
            Role::Named(number) | Role::Output(number) => vec![self.kustomize.builds.len() + number],
            Role::Above => Vec::new(),
        }
    }

    /// Returns the builds that name a file as a resource, or as the config of a function.
    pub(super) fn naming(&self, path: &TreePath) -> Vec<(usize, bool)> {
        let builds = if self.is_one { Vec::new() } else { self.kustomize.naming(path, &[]) };
        let is_config = |build: &usize| self.kustomize.builds.get(*build).is_some_and(|it| it.configs.contains(path));
        builds.into_iter().map(|build| (build, is_config(&build))).collect()
    }

    /// Returns whether a build is a path that was named and no kustomization.
    pub(super) fn is_named_path(&self, build: usize) -> bool {
        !self.is_one && build >= self.kustomize.builds.len()
    }

    /// Returns what people know a build by: the file of its kustomization, or the path that was named.
    pub(super) fn name(&self, tree: &Tree, build: usize) -> String {
        let root = self.kustomize.builds.get(build).and_then(|build| self.kustomize.kustomizations.get(build.root));
        let source = root.and_then(|root| tree.sources.get(root.source));
        match (source, tree.named.get(build.saturating_sub(self.kustomize.builds.len()))) {
            (Some(source), _) => source.name.clone(),
            (None, Some(named)) if !self.is_one => format!("\"{}\", as it was named", named.name()),
            _ => "the files that were named".to_owned(),
        }
    }

    /// Returns whether a file is named as a patch: what is in it is a part of something.
    pub(super) fn is_patch(&self, path: &TreePath) -> bool {
        self.kustomize.is_patch(path)
    }

    /// Reports kustomizations that include themselves.
    pub(super) fn circles(&self) -> Findings {
        let mut found = Findings::default();
        for (_, listed) in &self.kustomize.circles {
            let finding = Finding::of(
                rules::CIRCULAR_KUSTOMIZATION,
                "the kustomization must not include itself, by whatever way",
            );
            found.push(finding.at(listed.span).help("delete one of the lines of the circle"));
        }
        found
    }
}

impl Tree {
    /// Returns what a file names as a part of its build, if it is a kustomization.
    #[must_use]
    pub fn named_by(&self, number: usize) -> Vec<Named> {
        self.files.get(number).map_or_else(Vec::new, |file| named_by(self, file))
    }
}

fn named_by(tree: &Tree, file: &File) -> Vec<Named> {
    let Some(kustomization) = read(tree, file) else { return Vec::new() };
    let is_component = |path: &TreePath| kustomization.components.contains(path);
    let includes = kustomization.includes.iter().map(|listed| (&listed.path, is_component(&listed.path)));
    let configs = kustomization.configs.iter().map(|listed| (&listed.path, true));
    includes.chain(configs).map(|(path, is_config)| Named { path: path.clone(), is_config }).collect()
}

/// Reads a file as a kustomization, if it is one by its name.
fn read(tree: &Tree, file: &File) -> Option<Kustomization> {
    let source = tree.sources.get(file.source).filter(|_| is_kustomization(file))?;
    let parsed = documents(file.source, source);
    let root = parsed.iter().find_map(|document| document.root.as_ref().ok()?.as_ref());
    Some(Kustomization::read(file.path.parent().unwrap_or_default(), file.head(), root))
}

/// Returns whether a file is a kustomization by its name.
pub(super) fn is_kustomization(file: &File) -> bool {
    !matches!(file.role, Role::Output(_)) && FILE_NAMES.contains(&file.path.name())
}

/// Returns the files that are generated from a file with stubs: that of its objects, that of its patches.
pub(super) fn outputs(path: &TreePath) -> [TreePath; 2] {
    ["gen.yaml", "patch.gen.yaml"].map(|suffix| path.beside(&format!("{}.{suffix}", path.stem())))
}
