//! What a tree holds: stubs and profiles, the manifests beside them, and what could not be read.

use super::decode::{Ours, decode, doubled, is_asked, is_ours, misplaced, sort, unread_stub};
use super::held::Unread;
use super::inline;
use super::layout::{Layout, is_kustomization};
use super::profiles::{Layer, Placed};
use super::reveal::reveal;
use super::tree::{File, Role, State, Tree, is_about_us};
use crate::api::{PROFILE, STUB, Stub};
use crate::krm::{Finding, Findings, Object, ResourceRef, Severity};
use crate::rule::rules;
use crate::yaml::{Document, Node, Span, SyntaxFault, documents};

/// A stub, and where it belongs.
#[derive(Debug)]
pub(super) struct Placement {
    /// The stub.
    pub(super) stub: Stub,
    /// The number of its file.
    pub(super) file: usize,
    /// The builds that it belongs to.
    pub(super) builds: Vec<usize>,
    /// Whether it only stands for what could not be read.
    pub(super) is_unread: bool,
}

/// What follows from what cannot be read.
const HELD: &str = "nothing that it may govern is expanded until this is right";

/// Documents that are not ours, each with the number of its file.
pub(super) type Manifests<'t> = Vec<(usize, Document<'t>)>;

/// What a tree holds.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    /// The stubs, in the order of the files.
    pub(super) stubs: Vec<Placement>,
    /// The profiles.
    pub(super) profiles: Vec<Placed>,
    /// What could not be read.
    pub(super) unread: Vec<Unread>,
    /// What was found.
    pub(super) findings: Findings,
}

/// Splits a tree into our own objects, and documents that are not ours.
pub(super) fn load<'t>(tree: &'t Tree, layout: &Layout) -> (Loaded, Manifests<'t>) {
    let mut loaded = Loaded { findings: layout.circles(), ..Loaded::default() };
    let mut manifests: Manifests<'t> = Vec::new();
    let mut mine: Manifests<'t> = Vec::new();
    for (number, file) in tree.files.iter().enumerate() {
        match (&file.state, file.role) {
            (State::Unreadable(why), _) => loaded.unreadable(tree, layout, number, why),
            (State::Foreign(why), Role::Named(_)) => {
                let message = format!("the file is passed over: it {why}");
                let finding = Finding::of(rules::UNREADABLE_FILE, message).severity(Severity::Warning);
                loaded.findings.push(finding.at(file.head()));
            }
            (State::Foreign(_), _) | (_, Role::Output(_)) => {}
            (State::Read, role) => {
                let Some(source) = tree.sources.get(file.source) else { continue };
                if role == Role::Above && !is_kustomization(file) && !is_about_us(&source.text) {
                    continue;
                }
                for document in documents(file.source, source) {
                    match &document.root {
                        Ok(Some(node)) if is_ours(node) => mine.push((number, document)),
                        Ok(None) => {}
                        Ok(Some(node)) if node.items().iter().any(is_ours) => {
                            loaded.listed(tree, layout, number, document.span);
                        }
                        Ok(Some(_)) if role == Role::Above => {}
                        Ok(Some(_)) => manifests.push((number, document)),
                        Err(fault) => {
                            loaded.unparsed(tree, layout, number, document.span, fault);
                            if role != Role::Above {
                                manifests.push((number, document));
                            }
                        }
                    }
                }
            }
        }
    }
    reveal(&tree.sources, mine.iter().chain(&manifests).filter_map(|(_, document)| root(document)), None);
    let mut ours: Vec<(usize, Object<'_>)> = mine
        .iter()
        .filter_map(|(number, document)| Some((*number, Object { node: root(document)?, document: document.span })))
        .collect();
    let mut foreign = Vec::new();
    for (number, document) in &manifests {
        let mut found = Vec::new();
        if let Some(node) = root(document) {
            sort(node, document.span, &mut foreign, &mut found);
            loaded.findings.extend(misplaced(node));
        }
        ours.extend(found.into_iter().map(|object| (*number, object)));
    }
    if !ours.is_empty() {
        foreign.into_iter().filter(is_asked).for_each(|object| doubled(object, &mut loaded.findings));
    }
    ours.sort_by_key(|(number, object)| (*number, object.node.span));
    for (number, object) in ours {
        loaded.add(tree, layout, number, object);
    }
    let inline = inline::profiles(tree, layout, &mut loaded.findings, &mut loaded.unread);
    loaded.profiles.extend(inline);
    (loaded, manifests)
}

/// Returns the root of a document that was read and is not empty.
pub(super) fn root<'d, 't>(document: &'d Document<'t>) -> Option<&'d Node<'t>> {
    document.root.as_ref().ok()?.as_ref()
}

impl Loaded {
    /// Takes in an object of ours.
    fn add(&mut self, tree: &Tree, layout: &Layout, number: usize, object: Object<'_>) {
        let Some(file) = tree.files.get(number) else { return };
        if layout.is_patch(&file.path) || (file.role == Role::Above && object.kind() == STUB) {
            return;
        }
        let builds = layout.builds_of(&file.path, file.role);
        match decode(object, &mut self.findings) {
            Ours::Stub(_) if file.role == Role::Above => {}
            Ours::Stub(stub) => self.stubs.push(Placement { stub, file: number, builds, is_unread: false }),
            Ours::Profile(profile) => {
                let layer = |(build, is_config)| (build, if is_config { Layer::Config } else { Layer::Build });
                let mut named: Vec<(usize, Layer)> = layout.naming(&file.path).into_iter().map(layer).collect();
                if tree.is_one && file.role != Role::Above {
                    named = vec![(0, Layer::Build)];
                }
                let folder = file.path.parent().unwrap_or_default();
                let above = file.role == Role::Above;
                let written = object.node.detached();
                let origin = (file.target.clone(), object.node.span.start);
                self.profiles.push(Placed { profile, written, origin, folder, builds: named, above });
            }
        }
    }

    /// Stands for what may be a stub and cannot be read: what was made of it stays.
    fn stand_in(&mut self, layout: &Layout, number: usize, file: &File, span: Span) {
        if file.role != Role::Above {
            let builds = layout.builds_of(&file.path, file.role);
            let stub = unread_stub(ResourceRef::default(), span);
            self.stubs.push(Placement { stub, file: number, builds, is_unread: true });
        }
    }

    /// Takes in a file that cannot be read.
    fn unreadable(&mut self, tree: &Tree, layout: &Layout, number: usize, why: &str) {
        let Some(file) = tree.files.get(number) else { return };
        let mut finding =
            Finding::of(rules::UNREADABLE_FILE, format!("the file may hold a profile or a stub, but it {why}"));
        finding.note = Some(HELD);
        self.findings.push(finding.at(file.head()));
        self.unread.push(if is_kustomization(file) { Unread::Everything } else { unread(tree, layout, file) });
        self.stand_in(layout, number, file, file.head());
    }

    /// Takes in a document that is a sequence with objects of ours, which nothing reads as manifests.
    fn listed(&mut self, tree: &Tree, layout: &Layout, number: usize, span: Span) {
        let Some(file) = tree.files.get(number) else { return };
        let mut finding = Finding::of(rules::WRONG_TYPE, "a manifest must be a mapping, is a sequence").at(span.head());
        finding.note = Some(HELD);
        self.findings.push(finding.help("write its items as documents of their own, or as `items` of a `v1` `List`"));
        self.unread.push(unread(tree, layout, file));
        self.stand_in(layout, number, file, span);
    }

    /// Takes in a document that is not YAML. Templates of other tools are passed over.
    fn unparsed(&mut self, tree: &Tree, layout: &Layout, number: usize, span: Span, fault: &SyntaxFault) {
        let Some(file) = tree.files.get(number) else { return };
        let text = tree.sources.slice(span);
        let about_us = is_about_us(text);
        let is_template = !about_us && text.contains("{{");
        if is_template || (!about_us && file.role == Role::Above && !is_kustomization(file)) {
            return;
        }
        let mut finding = Finding::of(rules::INVALID_YAML, fault.message.clone()).at(fault.span);
        finding.help.clone_from(&fault.help);
        if is_kustomization(file) {
            // What it names governs whatever it builds.
            finding.note = Some(HELD);
            self.findings.push(finding);
            self.unread.push(Unread::Everything);
            return;
        }
        if !about_us {
            finding.severity = crate::krm::Severity::Warning;
            finding.help.get_or_insert_with(|| "the document is passed over".to_owned());
            self.findings.push(finding);
            return;
        }
        // What says that it is a stub, and nothing of a profile, governs nothing but itself.
        if !text.contains(STUB) || text.contains(PROFILE) {
            finding.note = Some(HELD);
            self.unread.push(unread(tree, layout, file));
        }
        self.findings.push(finding);
        self.stand_in(layout, number, file, span);
    }
}

fn unread(tree: &Tree, layout: &Layout, file: &File) -> Unread {
    let mut builds: Vec<usize> = layout.naming(&file.path).into_iter().map(|(build, _)| build).collect();
    if tree.is_one && file.role != Role::Above {
        builds.push(0);
    }
    // What a build names elsewhere governs that build, and nothing of its own folder.
    let is_elsewhere = file.role == Role::Above && !builds.is_empty();
    let folder = if is_elsewhere { file.path.clone() } else { file.path.parent().unwrap_or_default() };
    Unread::File(folder, builds)
}
