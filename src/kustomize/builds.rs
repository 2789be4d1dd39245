//! Builds: the kustomizations that no other includes, and what belongs to each.

use std::collections::{BTreeMap, BTreeSet};

use super::{Kustomization, Listed, TreePath};

/// A build: a kustomization that no other includes by a local path, with all that it includes.
#[derive(Debug, Clone, Default)]
pub struct BuildFiles {
    /// Its folder.
    pub folder: TreePath,
    /// The number of its own kustomization.
    pub root: usize,
    /// The numbers of its kustomizations, its own among them.
    pub parts: BTreeSet<usize>,
    /// The files among its `resources`.
    pub resources: BTreeSet<TreePath>,
    /// The files that are configs of functions.
    pub configs: BTreeSet<TreePath>,
}

/// The builds of a tree.
#[derive(Debug, Clone, Default)]
pub struct Builds {
    /// All kustomizations.
    pub kustomizations: Vec<Kustomization>,
    /// The builds, in the order of their kustomizations.
    pub builds: Vec<BuildFiles>,
    /// Paths by which a kustomization includes itself, each with the number of its kustomization.
    pub circles: Vec<(usize, Listed)>,
    /// The kustomizations that include, in the end, one that includes itself.
    circular: BTreeSet<usize>,
    /// Kustomizations by folder.
    folders: BTreeMap<TreePath, Vec<usize>>,
    /// The builds that each kustomization is a part of.
    parts_of: Vec<Vec<usize>>,
    /// The builds that name a file.
    named_by: BTreeMap<TreePath, Vec<usize>>,
    /// All paths that kustomizations name, as resources or patches.
    listed: BTreeMap<TreePath, Vec<Listed>>,
    /// The paths that are named as patches.
    patches: BTreeSet<TreePath>,
}

impl Builds {
    /// Finds the builds among kustomizations.
    #[must_use]
    pub fn new(kustomizations: Vec<Kustomization>) -> Self {
        let mut found = Self { parts_of: vec![Vec::new(); kustomizations.len()], kustomizations, ..Self::default() };
        for (number, kustomization) in found.kustomizations.iter().enumerate() {
            found.folders.entry(kustomization.folder.clone()).or_default().push(number);
            found.patches.extend(kustomization.patches.iter().map(|patch| patch.path.clone()));
            for listed in kustomization.includes.iter().chain(&kustomization.patches) {
                found.listed.entry(listed.path.clone()).or_default().push(listed.clone());
            }
        }
        let included: BTreeSet<usize> =
            (0..found.kustomizations.len()).flat_map(|number| found.below(number)).collect();
        let roots =
            (0..found.kustomizations.len()).filter(|number| !included.contains(number) && !found.is_component(*number));
        for root in roots.collect::<Vec<_>>() {
            found.add(root);
        }
        found.find_circles();
        found.circular = found.circular();
        found
    }

    /// Returns the kustomizations that one includes, or takes configs of functions from.
    fn below(&self, number: usize) -> Vec<usize> {
        [self.included(number), self.configs_of(number)].concat()
    }

    fn included(&self, number: usize) -> Vec<usize> {
        self.at(self.kustomizations.get(number).map_or(&[], |kustomization| &kustomization.includes))
    }

    fn configs_of(&self, number: usize) -> Vec<usize> {
        self.at(self.kustomizations.get(number).map_or(&[], |kustomization| &kustomization.configs))
    }

    fn at(&self, listed: &[Listed]) -> Vec<usize> {
        listed.iter().filter_map(|listed| self.folders.get(&listed.path)).flatten().copied().collect()
    }

    fn is_component(&self, number: usize) -> bool {
        self.kustomizations.get(number).is_some_and(|kustomization| kustomization.is_component)
    }

    fn add(&mut self, root: usize) {
        let Some(folder) = self.kustomizations.get(root).map(|root| root.folder.clone()) else { return };
        let mut build = BuildFiles { folder, root, ..BuildFiles::default() };
        let number = self.builds.len();
        let mut seen = BTreeSet::new();
        // What a folder of configs includes are configs, too.
        let mut open = vec![(root, false)];
        while let Some((part, is_config)) = open.pop() {
            if !seen.insert((part, is_config)) {
                continue;
            }
            open.extend(self.included(part).into_iter().map(|included| (included, is_config)));
            open.extend(self.configs_of(part).into_iter().map(|config| (config, true)));
            if let Some(parts_of) = self.parts_of.get_mut(part).filter(|_| build.parts.insert(part)) {
                parts_of.push(number);
            }
            let Some(kustomization) = self.kustomizations.get(part) else { continue };
            let includes = if is_config { &mut build.configs } else { &mut build.resources };
            includes.extend(kustomization.includes.iter().map(|listed| listed.path.clone()));
            build.configs.extend(kustomization.configs.iter().map(|listed| listed.path.clone()));
        }
        for path in build.resources.union(&build.configs) {
            self.named_by.entry(path.clone()).or_default().push(number);
        }
        self.builds.push(build);
    }

    /// Finds paths by which a kustomization comes back to itself: those that lead to one that is open
    /// on the way down.
    fn find_circles(&mut self) {
        #[derive(Clone, Copy, PartialEq)]
        enum Seen {
            New,
            Open,
            Done,
        }
        let mut seen = vec![Seen::New; self.kustomizations.len()];
        for start in 0..self.kustomizations.len() {
            // Each step is a kustomization and the number of its next include.
            let mut way = vec![(start, 0)];
            while let Some((number, next)) = way.last_mut() {
                let number = *number;
                if *next == 0 {
                    match seen.get(number) {
                        Some(Seen::New) => {
                            if let Some(state) = seen.get_mut(number) {
                                *state = Seen::Open;
                            }
                        }
                        _ => {
                            way.pop();
                            continue;
                        }
                    }
                }
                let listed = self.kustomizations.get(number).and_then(|own| own.includes.get(*next)).cloned();
                *next += 1;
                let Some(listed) = listed else {
                    if let Some(state) = seen.get_mut(number) {
                        *state = Seen::Done;
                    }
                    way.pop();
                    continue;
                };
                for target in self.folders.get(&listed.path).into_iter().flatten() {
                    match seen.get(*target) {
                        Some(Seen::Open) => self.circles.push((number, listed.clone())),
                        Some(Seen::New) => way.push((*target, 0)),
                        _ => {}
                    }
                }
            }
        }
    }

    /// Returns the builds that name a file, or one of those beside it that stand for it.
    #[must_use]
    pub fn naming(&self, path: &TreePath, stand_ins: &[TreePath]) -> Vec<usize> {
        let all = std::iter::once(path).chain(stand_ins).filter_map(|path| self.named_by.get(path)).flatten();
        let numbers: BTreeSet<usize> = all.copied().collect();
        numbers.into_iter().collect()
    }

    /// Returns the builds of the nearest kustomization at or above a file that is a part of a build.
    #[must_use]
    pub fn above(&self, path: &TreePath) -> Vec<usize> {
        for folder in path.ancestors() {
            let parts = self.folders.get(&folder).into_iter().flatten();
            let builds: BTreeSet<usize> =
                parts.filter_map(|part| self.parts_of.get(*part)).flatten().copied().collect();
            if !builds.is_empty() {
                return builds.into_iter().collect();
            }
        }
        Vec::new()
    }

    /// Returns whether the nearest kustomization at or above a file is a part of a circle that no build
    /// reaches.
    #[must_use]
    pub fn is_in_circle(&self, path: &TreePath) -> bool {
        self.nearest(path).is_some_and(|number| self.circular.contains(&number))
    }

    /// Returns the kustomizations that include, in the end, one that includes itself.
    fn circular(&self) -> BTreeSet<usize> {
        let mut open: Vec<usize> = self.circles.iter().map(|(number, _)| *number).collect();
        let mut above: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        if !open.is_empty() {
            for number in 0..self.kustomizations.len() {
                for below in self.below(number) {
                    above.entry(below).or_default().push(number);
                }
            }
        }
        let mut found = BTreeSet::new();
        while let Some(number) = open.pop() {
            if found.insert(number) {
                open.extend(above.get(&number).into_iter().flatten());
            }
        }
        found
    }

    /// Returns the builds that a kustomization is a part of.
    #[must_use]
    pub fn builds_with(&self, kustomization: usize) -> &[usize] {
        self.parts_of.get(kustomization).map_or(&[], Vec::as_slice)
    }

    /// Returns the number of the nearest kustomization at or above a file.
    #[must_use]
    pub fn nearest(&self, path: &TreePath) -> Option<usize> {
        path.ancestors().find_map(|folder| self.folders.get(&folder)?.first().copied())
    }

    /// Returns whether a file is named as a patch.
    #[must_use]
    pub fn is_patch(&self, path: &TreePath) -> bool {
        self.patches.contains(path)
    }

    /// Returns the places where a file is named as a resource or a patch.
    #[must_use]
    pub fn listed(&self, path: &TreePath) -> &[Listed] {
        self.listed.get(path).map_or(&[], Vec::as_slice)
    }

    /// Returns all paths that are named as resources or patches.
    pub fn all_listed(&self) -> impl Iterator<Item = &Listed> {
        self.listed.values().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Sources, documents};

    fn builds(files: &[(&str, &str)]) -> Builds {
        let mut sources = Sources::default();
        let mut read = Vec::new();
        for (folder, text) in files {
            let id = sources.add(*folder, *text);
            let parsed = documents(id, sources.get(id).unwrap());
            let root = parsed[0].root.as_ref().unwrap().as_ref();
            read.push(Kustomization::read(TreePath::new(folder), parsed[0].span, root));
        }
        Builds::new(read)
    }

    fn folders(found: &Builds, numbers: &[usize]) -> Vec<String> {
        numbers.iter().map(|number| found.builds[*number].folder.to_string()).collect()
    }

    const COMPONENT: &str = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n";

    #[test]
    fn a_build_is_what_nobody_includes() {
        let found = builds(&[
            ("clusters/a", "resources: [../../apps/web]\ncomponents: [../../part]\n"),
            ("clusters/b", "bases: [../../apps/web, own.yaml]\n"),
            ("apps/web", "resources: [service.yaml, web.gen.yaml]\n"),
            ("part", COMPONENT),
            ("other", COMPONENT),
            ("alone", ""),
        ]);
        let all: Vec<usize> = (0..found.builds.len()).collect();
        assert_eq!(folders(&found, &all), ["clusters/a", "clusters/b", "alone"]);
        let of = |path: &str| folders(&found, &found.naming(&TreePath::new(path), &[]));
        assert_eq!(of("apps/web/web.gen.yaml"), ["clusters/a", "clusters/b"]);
        assert_eq!(of("clusters/b/own.yaml"), ["clusters/b"]);
        assert!(of("apps/web/stub.yaml").is_empty());
        let above = |path: &str| folders(&found, &found.above(&TreePath::new(path)));
        assert_eq!(above("apps/web/deep/er/stub.yaml"), ["clusters/a", "clusters/b"]);
        assert_eq!(above("part/profile.yaml"), ["clusters/a"]);
        assert!(above("other/profile.yaml").is_empty() && above("apps/x.yaml").is_empty());
        assert!(found.circles.is_empty());
    }

    #[test]
    fn a_circle_is_found_wherever_it_is() {
        for (files, circles) in [
            (&[("a", "resources: [../b]\n"), ("b", "resources: [../a]\n")][..], 1),
            (&[("a", "resources: [.]\n")], 1),
            (&[("r", "resources: [../a]\n"), ("a", "resources: [../b]\n"), ("b", "components: [../a]\n")], 1),
            (
                &[
                    ("r", "resources: [../a, ../b]\n"),
                    ("a", "resources: [../c]\n"),
                    ("b", "resources: [../c]\n"),
                    ("c", ""),
                ],
                0,
            ),
        ] {
            let found = builds(files);
            assert_eq!(found.circles.len(), circles, "{files:?}");
            assert_eq!(found.is_in_circle(&TreePath::new("a/stub.yaml")), circles > 0, "{files:?}");
        }
    }
}
