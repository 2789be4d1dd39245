//! Which builds each file of a run belongs to.
//!
//! A file belongs to every build that names it, or what is generated from it; else to those of the
//! nearest kustomization at or above it; where there is none, each path that was named is a build.

use super::tree::{File, Role, Tree};
use crate::krm::{Finding, Findings};
use crate::kustomize::{Builds, FILE_NAMES, Kustomization, TreePath};
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
        let mut read = Vec::new();
        for file in tree.files.iter().filter(|file| is_kustomization(file)) {
            let Some(source) = tree.sources.get(file.source) else { continue };
            let parsed = documents(file.source, source);
            let root = parsed.iter().find_map(|document| document.root.as_ref().ok()?.as_ref());
            let folder = file.path.parent().unwrap_or_default();
            read.push(Kustomization::read(folder, file.head(), root));
        }
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
        let builds = if self.is_one { &[][..] } else { &self.kustomize.builds };
        let of = |(number, build): (usize, &crate::kustomize::BuildFiles)| {
            let is_config = build.configs.contains(path);
            (is_config || build.resources.contains(path)).then_some((number, is_config))
        };
        builds.iter().enumerate().filter_map(of).collect()
    }

    /// Returns whether a build is a path that was named and no kustomization.
    pub(super) fn is_named_path(&self, build: usize) -> bool {
        !self.is_one && build >= self.kustomize.builds.len()
    }

    /// Returns what people know a build by.
    pub(super) fn name(&self, build: usize) -> String {
        match self.kustomize.builds.get(build) {
            Some(build) => format!("the kustomization of {}", build.folder),
            None => "the files that were named".to_owned(),
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
            let finding =
                Finding::error("circular-kustomization", "the kustomization must not include itself, by whatever way");
            found.push(finding.at(listed.span).help("delete one of the lines of the circle"));
        }
        found
    }
}

/// Returns whether a file is a kustomization by its name.
pub(super) fn is_kustomization(file: &File) -> bool {
    !matches!(file.role, Role::Output(_)) && FILE_NAMES.contains(&file.path.name())
}

/// Returns the files that are generated from a file with stubs: that of its objects, that of its patches.
pub(super) fn outputs(path: &TreePath) -> [TreePath; 2] {
    ["gen.yaml", "patch.gen.yaml"].map(|suffix| path.beside(&format!("{}.{suffix}", path.stem())))
}
