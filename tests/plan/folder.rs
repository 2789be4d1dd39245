//! Trees that are rendered beside the stubs and into a folder, damaged, and rendered again.

use std::collections::{BTreeMap, BTreeSet};

use tailscale_expose::krm::{Finding, Severity};
use tailscale_expose::kustomize::TreePath;
use tailscale_expose::yaml::SourceId;
use tailscale_expose::{Action, Files, HEADER, State, Tree, beside, folder};

use crate::items::Seen;
use crate::lists::Dice;
use crate::model::Stub;
use crate::trees::{Body, Disk, Doc, Layout, generated};

const BESIDE: &str = ". Do not edit: run `tailscale-expose render --beside` again.";
const IN_FOLDER: &str = ". Do not edit.";
const OUTPUT: &str = "out";

/// Plays a case.
pub(crate) fn check(bytes: &[u8]) -> Seen {
    let dice = &mut Dice(bytes);
    let mut seen = Seen::default();
    let mut disk = Disk::roll(dice);
    let is_beside = !dice.once_in(4);
    let all = dice.once_in(3);
    let mut only_reading = true;
    for _ in 0..2 + usize::from(dice.once_in(6)) {
        let case = Case::new(&disk, is_beside);
        let Some(plan) = case.plan(all) else { return seen };
        if plan.changes.iter().any(|change| matches!(change.action, Action::Write(_)) && case.is_foreign(&change.path))
        {
            // Whoever carries a plan out asks first, and refuses all of it.
            return seen;
        }
        let is_unread = |path: &TreePath| disk.files.get(path.as_str()).is_some_and(|entry| entry.state != State::Read);
        let heals = plan.changes.iter().any(|change| is_unread(&change.path));
        let mut after = disk.clone();
        after.apply(&plan);
        case.check(&after, &plan, only_reading, &mut seen);
        only_reading |= !plan.has_errors();
        disk = after;
        if dice.once_in(3) && !heals {
            let again = Case::new(&disk, is_beside);
            let plan = again.plan(all).expect("it was planned before");
            let is_none = |action: &Action| matches!(action, Action::Keep { text: None, .. });
            let stays = plan.changes.iter().all(|change| is_none(&change.action));
            assert!(stays, "planned differently again:\n{}", again.told(&disk, &plan));
        }
        // What an error held back until now may be done when it is mended.
        only_reading &= disk.damage(dice);
        if disk.files.is_empty() {
            break;
        }
    }
    seen
}

struct Case {
    disk: Disk,
    tree: Tree,
    layout: Layout,
    is_beside: bool,
}

/// What an error is about.
enum Scope {
    All,
    /// What files govern together: one of them, or two that are contested.
    Governed(Vec<TreePath>),
    /// A stub by its file, namespace and name.
    Stub(Option<TreePath>, String),
    /// What is in a file.
    File(TreePath),
}

impl Case {
    fn new(disk: &Disk, is_beside: bool) -> Self {
        let tree = disk.tree(Some(OUTPUT).filter(|_| !is_beside));
        Self { layout: Layout::of(&tree), disk: disk.clone(), tree, is_beside }
    }

    fn plan(&self, all: bool) -> Option<Files> {
        if self.is_beside { Some(beside(&self.tree)) } else { folder(&self.tree, &TreePath::new(OUTPUT), all).ok() }
    }

    /// Whether a file is there that was not generated.
    fn is_foreign(&self, path: &TreePath) -> bool {
        self.disk.files.get(path.as_str()).is_some_and(|entry| !entry.text().starts_with(HEADER))
    }

    fn end(&self) -> &'static str {
        if self.is_beside { BESIDE } else { IN_FOLDER }
    }

    /// Returns everything that a person needs to see what went wrong.
    fn told(&self, after: &Disk, plan: &Files) -> String {
        let files = |disk: &Disk| {
            let each = disk.files.iter().map(|(path, entry)| format!("=== {path}\n{}", entry.text()));
            each.collect::<String>()
        };
        let said: Vec<String> = plan
            .findings
            .iter()
            .map(|f| format!("{:?} {} ({:?} at {:?}): {}", f.severity, f.rule, f.object, self.file_of(f), f.message))
            .collect();
        let changes: Vec<String> =
            plan.changes.iter().map(|change| format!("{} {:?}", change.path, change.action)).collect();
        let roles: Vec<String> =
            self.tree.files.iter().map(|f| format!("{} {:?} {:?}", f.path, f.role, f.state)).collect();
        format!("{roles:#?}\n{}\n=> {said:#?}\n{changes:#?}\n=>\n{}", files(&self.disk), files(after))
    }

    fn file_of(&self, finding: &Finding) -> Option<TreePath> {
        self.file_at(finding.span?.source)
    }

    fn file_at(&self, source: SourceId) -> Option<TreePath> {
        self.tree.files.iter().find(|file| file.source == source).map(|file| file.path.clone())
    }

    fn scope(&self, finding: &Finding) -> Scope {
        let object = finding.counts_for();
        let kind = object.map_or("", |object| object.kind.as_str());
        let affected = finding.affects.as_ref().and_then(|affected| self.file_at(affected.span.source));
        let file = affected.or_else(|| self.file_of(finding));
        let is_whole = matches!(finding.rule.id, "unused-profile" | "conflicting-output" | "conflicting-builds");
        let is_kustomization = file.as_ref().is_some_and(|file| file.name() == "kustomization.yaml");
        match (file, object) {
            _ if is_whole || (is_kustomization && finding.rule.id == "unreadable-file") => Scope::All,
            (Some(file), _) if kind.contains("Profile") => {
                let related = finding.related.iter().filter(|_| finding.rule.id == "duplicate-profile");
                let others = related.filter_map(|(span, _)| self.file_at(span.source));
                Scope::Governed([file].into_iter().chain(others).collect())
            }
            (file, Some(object)) => {
                let own = [object.namespace.as_str(), object.name.as_str()];
                let own: Vec<&str> = own.into_iter().filter(|part| !part.is_empty()).collect();
                Scope::Stub(file, own.join("/"))
            }
            (Some(file), None) if finding.note.is_some() => Scope::Governed(vec![file]),
            (Some(file), None) => Scope::File(file),
            (None, None) => Scope::All,
        }
    }

    /// Whether an error is about what is in a file, and there about a stub.
    fn is_about(&self, scope: &Scope, path: &TreePath, stub: Option<&Stub>) -> bool {
        match scope {
            Scope::All => true,
            Scope::Governed(files) => {
                let own = self.layout.builds_of(&self.tree, path);
                let governs = |file: &TreePath, build: &usize| {
                    let builds = self.layout.naming(file);
                    let is_below = path.is_in(&file.parent().unwrap_or_default());
                    builds.contains(build) || (builds.is_empty() && is_below)
                };
                own.iter().any(|build| files.iter().all(|file| governs(file, build)))
            }
            Scope::Stub(file, name) => {
                file.as_ref().is_none_or(|file| file == path) && stub.is_some_and(|stub| stub.provenance() == *name)
            }
            Scope::File(file) => file == path,
        }
    }

    /// The stubs of the files that are rendered, each with its file.
    fn stubs(&self) -> Vec<(TreePath, &Stub)> {
        let mut found = Vec::new();
        for file in self.tree.files.iter().filter(|file| matches!(file.role, tailscale_expose::Role::Named(_))) {
            if let Some(Body::Stubs(stubs)) = self.disk.files.get(file.path.as_str()).map(|entry| &entry.body) {
                found.extend(stubs.iter().map(|stub| (file.path.clone(), stub)));
            }
        }
        found
    }

    fn source_of(&self, doc: &Doc) -> TreePath {
        if self.is_beside { doc.path.beside(&doc.source) } else { TreePath::new(OUTPUT).join(&doc.source) }
    }

    /// Whether an error keeps an object of an earlier run.
    fn is_kept(&self, doc: &Doc, scopes: &[Scope]) -> bool {
        let source = self.source_of(doc);
        let mark = doc.item.stub().map(|(name, _)| name.to_owned());
        let stubs = self.stubs();
        let of_source: Vec<&(TreePath, &Stub)> = stubs.iter().filter(|(path, _)| *path == source).collect();
        let own: Vec<_> = of_source.iter().filter(|(_, stub)| Some(stub.provenance()) == mark).collect();
        let any = |path: &TreePath, stub: Option<&Stub>| scopes.iter().any(|scope| self.is_about(scope, path, stub));
        if any(&source, None) {
            return true;
        }
        if !own.is_empty() {
            return own.iter().any(|(path, stub)| any(path, Some(stub)));
        }
        if !of_source.is_empty() {
            return of_source.iter().any(|(path, stub)| any(path, Some(stub)));
        }
        let judged = if self.is_beside { &doc.path } else { &source };
        let builds = self.layout.builds_of(&self.tree, judged);
        let is_in_build =
            |path: &TreePath| self.layout.builds_of(&self.tree, path).iter().any(|build| builds.contains(build));
        stubs.iter().any(|(path, stub)| is_in_build(path) && any(path, Some(stub)))
    }

    fn check(&self, after: &Disk, plan: &Files, only_reading: bool, seen: &mut Seen) {
        let told = || self.told(after, plan);
        for change in &plan.changes {
            let path = change.path.to_string();
            let is_place =
                if self.is_beside { path.ends_with(".gen.yaml") } else { change.path.is_in(&TreePath::new(OUTPUT)) };
            assert!(is_place && !self.is_foreign(&change.path), "{path} must not be touched: {}", told());
        }
        let errors: Vec<&Finding> = plan.findings.iter().filter(|f| f.severity == Severity::Error).collect();
        let scopes: Vec<Scope> = errors.iter().map(|finding| self.scope(finding)).collect();
        let (old, new) = (generated(&self.disk, self.end()), generated(after, self.end()));
        let key = |doc: &Doc| (doc.is_patch(), doc.item.identity());
        let there: BTreeMap<_, &Doc> = new.iter().map(|doc| (key(doc), doc)).collect();
        for doc in &old {
            let anew = there.get(&key(doc));
            let is_gone = anew.is_none_or(|anew| doc.item.stub().is_some() && anew.item.stub().is_none());
            seen.removed += usize::from(is_gone);
            seen.kept += usize::from(!is_gone && !errors.is_empty());
            assert!(!is_gone || !self.is_kept(doc, &scopes), "lost:\n{}\n{}", doc.item.text, told());
        }
        if only_reading {
            for (old, new) in old.iter().flat_map(|old| new.iter().map(move |new| (old, new))) {
                if key(old) == key(new) && old.path == new.path {
                    let lost: Vec<_> =
                        old.item.tags().into_iter().filter(|tag| !new.item.tags().contains(tag)).collect();
                    assert!(lost.is_empty(), "{lost:?} of\n{}\n{}", old.item.text, told());
                }
            }
        }
        if !self.is_beside {
            return;
        }
        if self.disk.named == [""] {
            let twice = |docs: &[Doc]| {
                let mut counts: BTreeMap<_, usize> = BTreeMap::new();
                for doc in docs {
                    for build in self.layout.builds_of(&self.tree, &doc.path) {
                        *counts.entry((build, key(doc))).or_default() += 1;
                    }
                }
                counts.into_iter().filter(|(_, count)| *count > 1).map(|(key, _)| key).collect::<BTreeSet<_>>()
            };
            let before = twice(&old);
            let new: Vec<_> = twice(&new).into_iter().filter(|key| !before.contains(key)).collect();
            assert!(new.is_empty(), "twice: {new:?}\n{}", told());
        }
        if !errors.is_empty() {
            seen.faulty += 1;
            return;
        }
        seen.sound += 1;
        for (path, stub) in self.stubs() {
            let of_stub = |doc: &&Doc| {
                let is_whole = doc.item.identity()[1] != "EndpointSlice";
                is_whole
                    && self.source_of(doc) == path
                    && doc.item.stub().is_some_and(|(name, _)| name == stub.provenance())
            };
            let made: Vec<&Doc> = new.iter().filter(of_stub).collect();
            let forged = made.len().saturating_sub(stub.entries.len());
            assert!(forged == 0 && made.len() == stub.entries.len(), "{} of {path}: {}", stub.provenance(), told());
            let Some(tag) = self.tag(&path) else { continue };
            for doc in made.iter().filter(|doc| !doc.item.tags().contains(&"tag:own") && !stub.has_tags) {
                assert!(doc.item.tags().contains(&tag), "without {tag}:\n{}\n{}", doc.item.text, told());
            }
        }
    }

    /// Returns the tag that profiles give the stubs of a file.
    fn tag(&self, path: &TreePath) -> Option<&'static str> {
        let own = self.layout.builds_of(&self.tree, path);
        let mut found: Vec<(usize, &'static str)> = Vec::new();
        for file in &self.tree.files {
            let Some(Body::Profile(profile)) = self.disk.files.get(file.path.as_str()).map(|entry| &entry.body) else {
                continue;
            };
            let builds = self.layout.naming(&file.path);
            let folder = file.path.parent().unwrap_or_default();
            let layer = match builds.is_empty() {
                true if path.is_in(&folder) => folder.as_str().len() + 1,
                false if own.iter().any(|build| builds.contains(build)) => usize::MAX,
                _ => continue,
            };
            found.extend(profile.tags().map(|tag| (layer, tag)));
        }
        found.into_iter().max_by_key(|(layer, _)| *layer).map(|(_, tag)| tag)
    }
}
