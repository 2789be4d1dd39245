//! What is held: what cannot be read may hold a default, and nothing that it may govern is expanded.

use std::collections::BTreeSet;

use crate::kustomize::TreePath;

/// What may hold a default and cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unread {
    /// It may govern everything.
    Everything,
    /// It may govern what is below its folder, and the builds that name it.
    File(TreePath, Vec<usize>),
}

/// What is held because of what cannot be read.
#[derive(Debug, Default)]
pub(super) struct Held {
    everything: bool,
    builds: BTreeSet<usize>,
    folders: BTreeSet<TreePath>,
}

impl Held {
    /// Gathers what may be governed by what cannot be read.
    pub(super) fn by(unread: Vec<Unread>) -> Self {
        let mut held = Self::default();
        for unread in unread {
            match unread {
                Unread::Everything => held.everything = true,
                Unread::File(folder, builds) => {
                    held.folders.insert(folder);
                    held.builds.extend(builds);
                }
            }
        }
        held
    }

    /// Returns whether something at a place, in one of some builds, is held.
    pub(super) fn has(&self, builds: &[usize], path: &TreePath) -> bool {
        let is_below = || self.folders.contains(path) || path.ancestors().any(|folder| self.folders.contains(&folder));
        self.everything || builds.iter().any(|build| self.builds.contains(build)) || is_below()
    }
}
