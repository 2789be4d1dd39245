//! The KRM function: a question in, its answer out.
//!
//! A stub in `kustomize build` is consumed. In a host that writes files back (`kustomize fn run`,
//! kpt) it stays, because a run in place must never delete what a person wrote; there every item
//! says its file, and none has the id that kustomize's build puts on what it sends to a transformer.

use super::call::{config_profile, is_kind, plugin_config, question};
use super::carry::Carrier;
use super::config;
use super::decode::{Ours, decode, doubled, hold_twins, is_asked, misplaced, sort};
use super::profiles::{Layer, Placed, Profiles};
use super::reveal::{reveal, withhold};
use super::run::marked;
use crate::api::{GROUP, Profile, STUB};
use crate::build::{Build, Classes};
use crate::error::{Error, ErrorKind};
use crate::expand::Governed;
use crate::krm::wire::{Answer, file_of, results};
use crate::krm::{Finding, Findings, Object, Severity};
use crate::kustomize::TreePath;
use crate::plan::{About, settle};
use crate::yaml::{Node, SourceId, Sources};

/// The answer to a question on the KRM Functions wire.
#[derive(Debug)]
#[non_exhaustive]
pub struct Response {
    /// The question, for reports that show lines of it.
    pub sources: Sources,
    /// The findings; in a ResourceList they are also its `results`.
    pub findings: Vec<Finding>,
    question: SourceId,
    answer: Answer,
}

impl Response {
    /// Returns the answer in pieces, most of them bytes of the question.
    pub fn pieces(&self) -> impl Iterator<Item = &str> {
        let question = self.sources.get(self.question).map_or("", |source| source.text.as_str());
        self.answer.pieces(question)
    }

    /// Returns the answer as one text.
    #[must_use]
    pub fn text(&self) -> String {
        self.pieces().collect()
    }

    /// Returns whether one of the findings is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// Answers a question; `plugin` is the config of kustomize's legacy exec plugins, which hand it over
/// beside the items.
///
/// # Errors
///
/// Returns why the question cannot be answered: it is not one, or its config is not for us.
pub fn respond(question: String, plugin: Option<&str>) -> Result<Response, Error> {
    let mut sources = Sources::default();
    let id = sources.add("<stdin>", question);
    let plugin_id = plugin.map(|config| sources.add("<plugin config>", config));
    let (answer, findings) = answer(&sources, id, plugin_id)?;
    Ok(Response { sources, findings, question: id, answer })
}

fn answer(sources: &Sources, id: SourceId, plugin: Option<SourceId>) -> Result<(Answer, Vec<Finding>), Error> {
    let question = question(sources, id, plugin)?;
    let plugin_node = plugin.map(|plugin| plugin_config(sources, plugin)).transpose()?;
    let config = plugin_node.as_ref().or(question.config.as_ref());
    reveal(sources, question.items.iter().filter_map(|item| item.node.as_ref()), config);
    let config_map = config.filter(|config| is_kind(config, "ConfigMap")).and_then(config::profile);
    let mut findings = Findings::default();
    let (mut foreign, mut nested, mut ours) = (Vec::new(), Vec::new(), Vec::new());
    for item in &question.items {
        let Some(node) = &item.node else { continue };
        // What stands in a list within the list is nobody's to replace, whatever it says.
        let found = if is_kind(node, "List") { &mut nested } else { &mut foreign };
        findings.extend(misplaced(node));
        sort(node, item.span(id), found, &mut ours);
    }
    let stub_config = config.and_then(|node| Object::new(node, node.span)).filter(|config| config.is(GROUP, STUB));
    let mut is_visible = true;
    if let Some(stub) = stub_config {
        // kustomize shows a generator its own config as the only item, and nothing of the build.
        let is_echo = |object: &Object<'_>| object.reference() == stub.reference();
        is_visible = question.items.iter().any(|item| !item.object(id).as_ref().is_some_and(is_echo));
        if !ours.iter().any(is_echo) {
            ours.push(stub);
        }
    }
    if !ours.is_empty() {
        let read = foreign.iter().chain(&nested).filter(|object| is_asked(object));
        read.for_each(|object| doubled(*object, &mut findings));
    }
    let (mut stubs, mut placed) = (Vec::new(), Vec::new());
    for object in ours {
        match decode(object, &mut findings) {
            Ours::Stub(stub) => stubs.push(stub),
            Ours::Profile(profile) => placed.push(in_layer(profile, object.node, Layer::Build)),
        }
    }
    if let Some(profile) = config_profile(config, config_map.as_ref(), &mut findings)? {
        let written = config_map.as_ref().or(config);
        placed.extend(written.map(|written| in_layer(profile, written, Layer::Config)));
    }
    let mut profiles = Profiles::new(placed);
    let chain = profiles.chain(0, None);
    profiles.report(&mut findings);
    let profile = profiles.get(&chain);
    let mut governed: Vec<Governed<'_>> =
        stubs.iter().map(|stub| Governed { stub, profile, held: false, faulty: false }).collect();
    hold_twins(&mut governed, &mut findings);
    let mut classes = Classes::default();
    profile.into_iter().for_each(|profile| classes.add_of(profile));
    let mut build = Build::visible(classes);
    build.visible = is_visible;
    foreign.into_iter().for_each(|object| build.add(object));
    nested.into_iter().for_each(|object| build.add_foreign(object));
    let there = marked(&build, stubs.iter());
    let found = findings.into_vec();
    let told: Vec<&Finding> = found.iter().collect();
    let settled = settle(&governed, &build, &there, &told);
    let mut carrier = Carrier::new(&question, sources, id, &stubs);
    carrier.carry_out(&settled, &there);
    let about = About::new(governed.iter().map(|governed| (&governed.stub.reference, governed.profile)).collect());
    let mut findings = about.levelled(found);
    findings.extend(settled.findings);
    findings.append(&mut carrier.findings);
    let mut findings = Findings::from(findings).sorted();
    withhold(&mut findings, sources);
    for finding in &mut findings {
        finding.file = finding.span.and_then(|span| file_of(&question, span));
    }
    let failed = |error: String| Error::new(ErrorKind::Unsupported, format!("the answer cannot be written: {error}"));
    let (results, results_json) = results(&findings, sources).map_err(failed)?;
    let changes = carrier.changes;
    let is_changed = changes.takes_away();
    let answer = question.answer(changes, &results, &results_json);
    if is_changed && question.is_tangled() && !answer.is_yaml(question.text) {
        let message = "an item that stays uses an anchor of one that goes: write the value out";
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    Ok((answer, findings))
}

/// Places a profile that governs all stubs of the question, which is one build.
fn in_layer(profile: Profile, written: &Node<'_>, layer: Layer) -> Placed {
    let (written, origin) = (written.detached(), (TreePath::default(), profile.name_span.start));
    Placed { profile, written, origin, folder: TreePath::default(), builds: vec![(0, layer)], above: true }
}
