//! A kustomization: which files and folders it names, and what it patches.
//!
//! Only what decides which files make one build is read; kustomize itself judges the rest
//! (kustomize `api/types/kustomization.go`).

use std::collections::BTreeSet;

use super::TreePath;
use crate::krm::Object;
use crate::yaml::{Node, SourceId, Span};

/// The names that kustomize looks for in a folder, in its order
/// (kustomize `api/internal/konfig/general.go` RecognizedKustomizationFileNames).
pub const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// A path that a kustomization names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Where it leads.
    pub path: TreePath,
    /// Where it is written.
    pub span: Span,
}

/// A kustomization.
#[derive(Debug, Clone)]
pub struct Kustomization {
    /// Its folder.
    pub folder: TreePath,
    /// Its file.
    pub source: SourceId,
    /// Whether it is a Component, which is a build only as a part of others.
    pub is_component: bool,
    /// `resources`, `components` and `bases`: files, and folders with kustomizations.
    pub includes: Vec<Listed>,
    /// Those of them that are `components`.
    pub components: BTreeSet<TreePath>,
    /// `generators`, `transformers` and `validators`: configs of functions.
    pub configs: Vec<Listed>,
    /// Configs of functions that are written in the kustomization itself.
    pub inline_configs: Vec<(String, Span)>,
    /// Files with patches.
    pub patches: Vec<Listed>,
    /// Patches, in the kustomization itself, of an object of some kind: their text or the kind they
    /// aim at.
    pub inline_patches: Vec<(String, Span)>,
    /// Where more resources go: the key `resources`, or the start of the file.
    pub resources_span: Span,
}

/// What follows from a text in a list of paths.
enum Meant {
    Path(TreePath),
    Inline,
    Elsewhere,
}

impl Kustomization {
    /// Reads a kustomization; a file that holds none names nothing.
    #[must_use]
    pub fn read(folder: TreePath, document: Span, root: Option<&Node<'_>>) -> Self {
        let is_component = root
            .and_then(|root| Object::new(root, document))
            .is_some_and(|object| object.kind() == "Component" && object.group() == "kustomize.config.k8s.io");
        let mut read = Self {
            folder,
            source: document.source,
            is_component,
            includes: Vec::new(),
            components: BTreeSet::new(),
            configs: Vec::new(),
            inline_configs: Vec::new(),
            patches: Vec::new(),
            inline_patches: Vec::new(),
            resources_span: document.head(),
        };
        for (key, value) in root.and_then(Node::map).map_or(&[][..], |map| &map.entries) {
            match key.text().unwrap_or_default() {
                "resources" => {
                    read.resources_span = key.span;
                    read.include(value);
                }
                "components" => {
                    let before = read.includes.len();
                    read.include(value);
                    read.components.extend(read.includes.iter().skip(before).map(|listed| listed.path.clone()));
                }
                "bases" => read.include(value),
                "generators" | "transformers" | "validators" => read.config(value),
                "patchesStrategicMerge" => value.items().iter().for_each(|item| read.patch(item)),
                "patches" | "patchesJson6902" => value.items().iter().for_each(|item| read.aimed(item)),
                _ => {}
            }
        }
        read
    }

    fn include(&mut self, value: &Node<'_>) {
        for item in value.items() {
            if let Meant::Path(path) = self.meant(item) {
                self.includes.push(Listed { path, span: item.span });
            }
        }
    }

    fn config(&mut self, value: &Node<'_>) {
        for item in value.items() {
            match self.meant(item) {
                Meant::Path(path) => self.configs.push(Listed { path, span: item.span }),
                Meant::Inline => self.inline_configs.push((item.text().unwrap_or_default().to_owned(), item.span)),
                Meant::Elsewhere => {}
            }
        }
    }

    fn patch(&mut self, item: &Node<'_>) {
        match self.meant(item) {
            Meant::Path(path) => self.patches.push(Listed { path, span: item.span }),
            Meant::Inline => self.inline_patches.push((item.text().unwrap_or_default().to_owned(), item.span)),
            Meant::Elsewhere => {}
        }
    }

    /// Reads a patch with a target.
    fn aimed(&mut self, item: &Node<'_>) {
        if let Some(path) = item.get("path") {
            self.patch(path);
        }
        let kind = item.get("target").and_then(|target| target.get("kind")).and_then(Node::text);
        let patch = item.get("patch").and_then(Node::text);
        self.inline_patches.extend([kind, patch].into_iter().flatten().map(|text| (text.to_owned(), item.span)));
    }

    /// Tells a local path from a text of many lines and from what lies on another machine
    /// (kustomize `api/internal/git/repospec.go`).
    fn meant(&self, item: &Node<'_>) -> Meant {
        let Some(text) = item.text().filter(|text| !text.is_empty()) else { return Meant::Elsewhere };
        if text.contains('\n') {
            Meant::Inline
        } else if text.contains("://") || text.contains('?') || text.starts_with("git@") || text.contains("::") {
            Meant::Elsewhere
        } else {
            Meant::Path(self.folder.join(text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Sources, documents};

    #[test]
    fn local_paths_are_told_from_the_rest() {
        let text = "resources: [web.yaml, ../base, https://a.b/c, 'github.com/a/b?ref=v1', git@a:b]\n\
                    components: [../part]\nbases: [/abs]\n\
                    transformers: [profile.yaml, \"kind: X\\nmetadata: {}\\n\"]\n\
                    patches: [{path: p.yaml}, {patch: \"kind: A\", target: {kind: B}}]\n\
                    patchesStrategicMerge: [q.yaml, \"kind: C\\n\"]\n";
        let mut sources = Sources::default();
        let id = sources.add("kustomization.yaml", text);
        let parsed = documents(id, sources.get(id).unwrap());
        let root = parsed[0].root.as_ref().unwrap().as_ref();
        let read = Kustomization::read(TreePath::new("apps/a"), parsed[0].span, root);
        let paths = |listed: &[Listed]| listed.iter().map(|listed| listed.path.to_string()).collect::<Vec<_>>();
        assert_eq!(paths(&read.includes), ["apps/a/web.yaml", "apps/base", "apps/part", "/abs"]);
        assert_eq!(paths(&read.configs), ["apps/a/profile.yaml"]);
        assert_eq!(paths(&read.patches), ["apps/a/p.yaml", "apps/a/q.yaml"]);
        assert_eq!(read.inline_configs.len(), 1);
        let inline: Vec<_> = read.inline_patches.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(inline, ["B", "kind: A", "kind: C\n"]);
        assert!(!read.is_component);
    }
}
