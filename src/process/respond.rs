//! The KRM function: a question in, its answer out.
//!
//! A stub in `kustomize build` is consumed. In a host that writes files back (`kustomize fn run`,
//! kpt) it stays, because a run in place must never delete what a person wrote; there every item
//! says its file, and none has the id that kustomize's build puts on what it sends to a transformer.

use super::config;
use super::prepare::{decode, levelled, sort};
use super::reveal::{is_private, reveal, withhold};
use crate::api::{ANNOTATED_ANNOTATION, Decoder, GROUP, PROFILE, Profile, STUB, STUB_ANNOTATION, Stub};
use crate::error::{Error, ErrorKind};
use crate::expand::{Annotated, Build, Expansion, Format, expand};
use crate::krm::wire::{Answer, Changes, Form, Item, Question, file_of, read};
use crate::krm::{Finding, Findings, Object, Severity, annotate, annotation};
use crate::yaml::{Node, SourceId, Sources, documents, to_json, visible};

/// The answer to a question on the KRM Functions wire.
#[derive(Debug)]
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
    let mut build = Build::default();
    let mut ours = Vec::new();
    for item in &question.items {
        if let (Some(node), Some(object)) = (&item.node, item.object(id)) {
            sort(node, object.document, &mut build, &mut ours);
        }
    }
    let stub_config = config.and_then(|node| Object::new(node, node.span)).filter(|config| config.is(GROUP, STUB));
    if let Some(stub) = stub_config {
        // kustomize shows a generator its own config as the only item, and nothing of the build.
        let is_echo = |object: &Object<'_>| object.reference() == stub.reference();
        build.visible = question.items.iter().any(|item| !item.object(id).as_ref().is_some_and(is_echo));
        if !ours.iter().any(is_echo) {
            ours.push(stub);
        }
    } else {
        build.visible = true;
    }
    let (stubs, mut profile) = decode(&ours, &mut findings);
    if profile.is_none() {
        profile = config_profile(config, config_map.as_ref(), &mut findings)?;
    }
    let format = if question.is_json() { Format::Json } else { Format::Yaml };
    let expansion = expand(&stubs, profile.as_ref(), &build, format);
    let mut run = Run { question: &question, id, stubs: &stubs, changes: Changes::default() };
    findings.append(run.orphans());
    let faulty = faulty(&stubs, profile.as_ref(), &findings, &expansion);
    run.consume();
    run.place(&expansion, &faulty);
    run.annotate(&expansion, &build, &faulty, &mut findings);
    findings.append(expansion.findings);
    let mut findings = levelled(findings, profile.as_ref());
    withhold(&mut findings, sources);
    for finding in &mut findings {
        finding.file = finding.span.and_then(|span| file_of(&question, span)).map(|file| file.path);
    }
    let failed = |error: String| Error::new(ErrorKind::Unsupported, format!("the answer cannot be written: {error}"));
    let (results, results_json) = question.as_results(&findings, sources).map_err(failed)?;
    let is_changed = run.changes.takes_away();
    let answer = question.answer(run.changes, &results, &results_json);
    if is_changed && question.is_tangled() && !answer.is_yaml(question.text) {
        let message = "an item that stays uses an anchor of one that goes: write the value out";
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    Ok((answer, findings))
}

fn question(sources: &Sources, id: SourceId, plugin: Option<SourceId>) -> Result<Question<'_>, Error> {
    let refused = |message: String| {
        Error::new(ErrorKind::NotAResourceList, message)
            .help("run it as a KRM function, or `tailscale-expose render` for files")
    };
    let Some(source) = sources.get(id) else { return Err(refused("the input is empty".to_owned())) };
    if plugin.is_some() && source.text.trim().is_empty() {
        return Ok(Question::empty(id, &source.text));
    }
    read(id, source).map_err(|why| {
        let place = why.span.map(|span| sources.place(span));
        let place = place.map_or_else(String::new, |place| format!("line {}, column {}: ", place.line, place.column));
        refused(format!("{place}{why}"))
    })
}

fn plugin_config(sources: &Sources, id: SourceId) -> Result<Node<'_>, Error> {
    let parsed = sources.get(id).map(|source| documents(id, source)).unwrap_or_default();
    let node = parsed.into_iter().find_map(|document| document.root.ok().flatten());
    node.ok_or_else(|| Error::new(ErrorKind::Unsupported, "the plugin config must be a manifest"))
}

fn is_kind(node: &Node<'_>, kind: &str) -> bool {
    node.get("kind").and_then(Node::text) == Some(kind)
}

/// Returns the profile of the function's config.
fn config_profile(
    config: Option<&Node<'_>>,
    config_map: Option<&Node<'_>>,
    findings: &mut Findings,
) -> Result<Option<Profile>, Error> {
    let refused = |is: &str| {
        let message = format!("the function config must be a {STUB}, a {PROFILE} or a ConfigMap, is {is}");
        Err(Error::new(ErrorKind::Unsupported, message))
    };
    let Some(node) = config else { return Ok(None) };
    let Some(config) = Object::new(node, node.span) else { return refused("no manifest") };
    if config.is(GROUP, STUB) {
        return Ok(None);
    }
    if config.group() == GROUP {
        // A kind of ours that does not exist is reported as such.
        return Ok(decode(&[config], findings).1);
    }
    if !config.is("", "ConfigMap") {
        return refused(&format!("a {}", visible(config.kind())));
    }
    if node.get("data").is_some_and(|data| data.map().is_none() && !data.is_null()) {
        return refused("a ConfigMap whose `data` is no mapping");
    }
    let Some(tree) = config_map else { return Ok(None) };
    let mut decoder = Decoder::new(config.reference());
    let profile = Profile::decode(tree, &mut decoder);
    findings.append(decoder.findings);
    Ok(profile)
}

/// Returns the stubs with an error: what an earlier run made of them is left alone.
fn faulty(stubs: &[Stub], profile: Option<&Profile>, findings: &Findings, expansion: &Expansion) -> Vec<bool> {
    let sound_profile = profile.is_none_or(|profile| profile.sound_defaults);
    let is_faulty = |stub: &Stub| {
        let about =
            |finding: &Finding| finding.severity == Severity::Error && finding.object.as_ref() == Some(&stub.reference);
        !sound_profile
            || !stub.sound
            || !stub.sound_defaults
            || findings.iter().any(about)
            || expansion.findings.iter().any(about)
    };
    stubs.iter().map(is_faulty).collect()
}

/// Whether an object is a stub or a profile.
fn is_ours(object: &Object<'_>) -> bool {
    object.is(GROUP, STUB) || object.is(GROUP, PROFILE)
}

/// Turns an expansion into changes of the question's items.
struct Run<'q, 's> {
    question: &'q Question<'s>,
    id: SourceId,
    stubs: &'q [Stub],
    changes: Changes,
}

impl Run<'_, '_> {
    /// Returns the number of the stub that an item was generated by, if it is in the list.
    fn stub_of(&self, item: &Item<'_>) -> Option<usize> {
        let object = item.object(self.id)?;
        let name = object.annotation(STUB_ANNOTATION)?;
        self.stubs.iter().position(|stub| stub.provenance() == name)
    }

    /// Whether the host writes files back, judged by one item.
    fn is_kept(&self, item: &Item<'_>) -> bool {
        let Some(object) = item.object(self.id) else { return true };
        let has = |key| object.annotation(key).is_some();
        (has(annotation::PATH) || has(annotation::LEGACY_PATH)) && !has(annotation::KUSTOMIZE_ID)
    }

    /// Takes our own kinds out of a build.
    fn consume(&mut self) {
        for (number, item) in self.question.items.iter().enumerate() {
            if item.object(self.id).is_some_and(|object| is_ours(&object)) && !self.is_kept(item) {
                self.changes.removed.push(number);
            }
        }
    }

    /// Adds, replaces and removes generated objects.
    fn place(&mut self, expansion: &Expansion, faulty: &[bool]) {
        let mut placed = vec![false; expansion.generated.len()];
        for (number, item) in self.question.items.iter().enumerate() {
            let (Some(object), Some(node)) = (item.object(self.id), item.node.as_ref()) else { continue };
            // What a person wrote stays, even if it says that it was generated.
            if object.annotation(STUB_ANNOTATION).is_none() || is_ours(&object) {
                continue;
            }
            let reference = object.reference();
            let made = expansion.generated.iter().position(|made| made.reference.same_object(&reference));
            if let Some(made_number) = made {
                if let (Some(made), Some(placed)) = (expansion.generated.get(made_number), placed.get_mut(made_number))
                {
                    *placed = true;
                    if let Some(text) = renewed(node, &made.text) {
                        self.changes.replaced.push((number, text));
                    }
                }
            } else if self.stub_of(item).is_some_and(|stub| !faulty.get(stub).copied().unwrap_or(true)) {
                self.changes.removed.push(number);
            }
        }
        for (made, placed) in expansion.generated.iter().zip(placed) {
            if !placed {
                let text = self.with_file(made.stub, &made.text);
                self.changes.added.push(text);
            }
        }
    }

    /// Returns a new object with the file it goes to, where the host writes files back: beside its
    /// stub.
    fn with_file(&self, stub: usize, text: &str) -> String {
        let Some(stub) = self.stubs.get(stub) else { return text.to_owned() };
        let Some(file) = file_of(self.question, stub.name_span) else { return text.to_owned() };
        let at = stub.name_span.start as usize;
        let item = self.question.items.iter().find(|item| item.range.contains(&at));
        if !item.is_some_and(|item| self.is_kept(item)) {
            return text.to_owned();
        }
        let stem = file.path.rsplit_once('.').map_or(file.path.as_str(), |(stem, _)| stem);
        let path = format!("{stem}.gen.yaml");
        let stays_in_file = |(number, item): &(usize, &Item<'_>)| {
            let in_file = |object: Object<'_>| object.annotation(annotation::PATH) == Some(path.as_str());
            !self.changes.removed.contains(number) && item.object(self.id).is_some_and(in_file)
        };
        let there = self.question.items.iter().enumerate().filter(stays_in_file).count();
        let index = there + self.changes.added.len();
        let set = [
            (annotation::INDEX, index.to_string()),
            (annotation::PATH, path.clone()),
            (annotation::LEGACY_INDEX, index.to_string()),
            (annotation::LEGACY_PATH, path.clone()),
        ];
        annotated(text, &set.map(|(key, value)| (key.to_owned(), value)))
    }

    /// Sets the annotations that `annotate` asks for, and takes back those it no longer asks for.
    fn annotate(&mut self, expansion: &Expansion, build: &Build<'_>, faulty: &[bool], findings: &mut Findings) {
        for service in build.services() {
            let object = service.object;
            let reference = object.reference();
            let wanted: Vec<&Annotated> =
                expansion.annotated.iter().filter(|change| change.reference == reference).collect();
            let by_us = service.annotated().and_then(|record| record.split_once(' '));
            let stub = by_us.and_then(|(name, _)| self.stubs.iter().position(|stub| stub.provenance() == name));
            let may_take = stub.is_some_and(|stub| !faulty.get(stub).copied().unwrap_or(true));
            let set: Vec<(String, String)> =
                wanted.iter().flat_map(|change| change.annotations.iter().cloned()).collect();
            let gone: Vec<&str> = match by_us {
                Some((_, keys)) if may_take => keys
                    .split(',')
                    .chain(wanted.is_empty().then_some(ANNOTATED_ANNOTATION))
                    .filter(|key| !set.iter().any(|(kept, _)| kept == key))
                    .collect(),
                _ => Vec::new(),
            };
            if set.is_empty() && gone.is_empty() {
                continue;
            }
            match annotate(self.question.text, object, &set, &gone) {
                Some(edits) => self.changes.edits.extend(edits),
                None => {
                    let why =
                        "the Service's metadata cannot be edited in place: write it without anchors and merge keys";
                    findings
                        .push(Finding::error("invalid-annotation", why).at(object.node.span.head()).about(reference));
                }
            }
        }
    }

    /// Names generated objects whose stub is gone, in hosts that write files back: there nobody else
    /// would remove them. In a build an overlay sees them and not their stub, and that is well.
    fn orphans(&self) -> Findings {
        let mut found = Findings::default();
        if self.question.form == Form::Stream {
            return found;
        }
        for item in self.question.items.iter().filter(|item| self.is_kept(item)) {
            // What may not be told was not made by us.
            let Some(object) = item.object(self.id).filter(|object| !is_private(object.kind())) else { continue };
            let made = object.annotation(STUB_ANNOTATION);
            let changed = object.annotation(ANNOTATED_ANNOTATION).and_then(|record| record.split(' ').next());
            let (name, doing, help) = match (made, changed) {
                (Some(name), _) => (name, "generated", "delete the object if the stub was deleted".to_owned()),
                (None, Some(name)) => {
                    let help = format!(
                        "remove the annotation {ANNOTATED_ANNOTATION} and those it names if the stub was deleted"
                    );
                    (name, "annotated", help)
                }
                (None, None) => continue,
            };
            if !self.stubs.iter().any(|stub| stub.provenance() == name) {
                let message = format!("{} was {doing} by stub \"{name}\", which is not here", object.reference());
                let finding = Finding::info("orphan-object", message).at(object.node.span.head());
                found.push(finding.about(object.reference()).help(help));
            }
        }
        found
    }
}

/// Returns a generated object anew, with the orchestrator's annotations of the old one; nothing where
/// the old one says the same.
fn renewed(old: &Node<'_>, new: &str) -> Option<String> {
    let mut old = to_json(old);
    let mut internal = Vec::new();
    let annotations = old.pointer_mut("/metadata/annotations").and_then(serde_json::Value::as_object_mut);
    if let Some(annotations) = annotations {
        annotations.retain(|key, value| {
            let is_internal = annotation::is_internal(key);
            if is_internal {
                internal.push((key.clone(), value.as_str().unwrap_or_default().to_owned()));
            }
            !is_internal
        });
    }
    let mut sources = Sources::default();
    let id = sources.add("", new);
    let parsed = sources.get(id).map(|source| documents(id, source)).unwrap_or_default();
    let same = parsed
        .first()
        .and_then(|document| document.root.as_ref().ok()?.as_ref())
        .is_some_and(|node| to_json(node) == old);
    (!same).then(|| annotated(new, &internal))
}

/// Returns one of our own manifests with more annotations.
fn annotated(text: &str, set: &[(String, String)]) -> String {
    let mut sources = Sources::default();
    let id = sources.add("", text);
    let Some(source) = sources.get(id) else { return text.to_owned() };
    let parsed = documents(id, source);
    let object = parsed.first().and_then(|document| Object::new(document.root.as_ref().ok()?.as_ref()?, document.span));
    let edits = object.and_then(|object| annotate(text, object, &set.to_vec(), &[]));
    edits.map_or_else(|| text.to_owned(), |edits| crate::yaml::apply(text, edits))
}
