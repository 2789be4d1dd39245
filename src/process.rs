//! The pipeline: read, decode, expand, write. The one file that knows every room.

use std::collections::BTreeMap;

use crate::api::{API_VERSION, Decoder, GROUP, Level, PROFILE, Profile, STUB, STUB_ANNOTATION, Stub, nearest_kind};
use crate::error::{Error, ErrorKind};
use crate::expand::{Annotated, Build, Expansion, expand};
use crate::krm::{Finding, Findings, Object, Request, ResourceRef, Severity, annotate, write_response};
use crate::yaml::{Document, Node, SourceId, Sources, Span, apply, documents};

/// What a build becomes.
#[derive(Debug, Default)]
pub struct Rendering {
    /// The objects that were generated or annotated, and those that pass through, in this order: the
    /// build's own as they came, then the generated ones.
    pub objects: Vec<Rendered>,
    /// What was found, in the order of the sources.
    pub findings: Vec<Finding>,
    /// The sources that hold a stub.
    pub stub_sources: Vec<SourceId>,
}

/// One object of the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Which object; nothing for a document that is not one.
    pub reference: Option<ResourceRef>,
    /// Its text, without a document marker.
    pub text: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where an object of the output comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An entry of a stub made it.
    Generated {
        /// The source of the stub.
        stub: SourceId,
    },
    /// It stood in the build and got annotations.
    Annotated {
        /// The source of the stub.
        stub: SourceId,
        /// A strategic merge patch that sets the annotations.
        patch: String,
    },
    /// It stood in the build and is as it was.
    Passed,
}

impl Rendering {
    /// Returns whether one of the findings is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// Renders stubs together with the manifests that stand beside them.
#[must_use]
pub fn render(sources: &Sources) -> Rendering {
    let mut findings = Findings::default();
    let parsed: Vec<Document<'_>> = sources.iter().flat_map(|(id, source)| documents(id, source)).collect();
    let mut build = Build::visible();
    let mut ours = Vec::new();
    for document in &parsed {
        match &document.root {
            Ok(Some(node)) => sort(node, document.span, &mut build, &mut ours),
            Ok(None) => {}
            Err(fault) => findings.extend(unreadable(sources, document.span, fault)),
        }
    }
    let (stubs, profile) = decode(&ours, &mut findings);
    for stub in &stubs {
        findings.extend(missing_newline(sources, stub.name_span.source));
    }
    let mut expansion = expand(&stubs, profile.as_ref(), &build);
    let objects = written(sources, &parsed, &stubs, &mut expansion, &build, &mut findings);
    findings.append(expansion.findings);
    let mut stub_sources: Vec<SourceId> =
        ours.iter().filter(|object| object.is(GROUP, STUB)).map(|object| object.document.source).collect();
    stub_sources.dedup();
    Rendering { objects, findings: levelled(findings, profile.as_ref()), stub_sources }
}

/// Puts an object where it belongs; the items of a `List` each for itself.
fn sort<'s>(node: &'s Node<'s>, document: Span, build: &mut Build<'s>, ours: &mut Vec<Object<'s>>) {
    let Some(object) = Object::new(node, document) else { return };
    if object.api_version() == "v1" && object.kind() == "List" {
        for item in node.get("items").map_or(&[][..], Node::items) {
            sort(item, document, build, ours);
        }
    } else if object.group() == GROUP {
        ours.push(object);
    } else {
        build.add(object);
    }
}

/// Decodes our own objects.
fn decode<'s>(ours: &[Object<'s>], findings: &mut Findings) -> (Vec<Stub>, Option<Profile>) {
    let mut stubs = Vec::new();
    let mut profile: Option<Profile> = None;
    let mut seen: BTreeMap<ResourceRef, Span> = BTreeMap::new();
    for object in ours {
        let reference = object.reference();
        let mut decoder = Decoder::new(reference.clone());
        let at = object.node.get("metadata").and_then(|metadata| metadata.get("name")).unwrap_or(object.node).span;
        if object.api_version() != API_VERSION {
            let span = object.node.get("apiVersion").map_or(at, |version| version.span);
            let finding = Finding::error("unknown-value", format!("must be \"{API_VERSION}\"")).at(span);
            findings.push(finding.path(["apiVersion"].into()).value(object.api_version()).about(reference));
            continue;
        }
        match object.kind() {
            STUB => {
                if let Some(first) = seen.insert(reference.clone(), at) {
                    let finding = Finding::error("duplicate-stub", format!("there is another {reference}"))
                        .at(at)
                        .about(reference);
                    findings.push(finding.related(first, "the other one").help("name a stub after its app"));
                    continue;
                }
                stubs.extend(Stub::decode(object.node, &mut decoder));
            }
            PROFILE => {
                if let Some(first) = &profile {
                    let finding = Finding::error("duplicate-profile", "there must be no more than one profile").at(at);
                    findings.push(finding.related(first.name_span, "the other one").about(reference));
                    continue;
                }
                profile = Profile::decode(object.node, &mut decoder);
            }
            kind => {
                let span = object.node.get("kind").map_or(at, |kind| kind.span);
                let mut finding =
                    Finding::error("unknown-value", format!("must be \"{STUB}\" or \"{PROFILE}\"")).at(span);
                finding.help = nearest_kind(kind).map(|near| format!("did you mean \"{near}\"?"));
                findings.push(finding.path(["kind"].into()).value(kind).about(reference));
            }
        }
        findings.append(decoder.findings);
    }
    (stubs, profile)
}

/// Returns the objects of the output.
fn written(
    sources: &Sources,
    parsed: &[Document<'_>],
    stubs: &[Stub],
    expansion: &mut Expansion,
    build: &Build<'_>,
    findings: &mut Findings,
) -> Vec<Rendered> {
    let source_of = |stub: usize| stubs.get(stub).map(|stub| stub.name_span.source).unwrap_or_default();
    let mut annotated: BTreeMap<Span, Vec<&Annotated>> = BTreeMap::new();
    for change in &expansion.annotated {
        annotated.entry(change.document).or_default().push(change);
    }
    let names: Vec<String> = stubs.iter().map(|stub| stub.provenance()).collect();
    let mut objects = Vec::new();
    for document in parsed {
        let object =
            document.root.as_ref().ok().and_then(Option::as_ref).and_then(|node| Object::new(node, document.span));
        let text = body(sources.slice(document.span));
        let Some(object) = object else {
            if document.root.is_err() {
                objects.push(Rendered { reference: None, text: text.to_owned(), origin: Origin::Passed });
            }
            continue;
        };
        let is_ours = object.annotation(STUB_ANNOTATION).is_some_and(|name| names.iter().any(|known| known == name));
        if object.group() == GROUP || is_ours {
            continue;
        }
        let reference = Some(object.reference());
        match annotated.get(&document.span) {
            None => objects.push(Rendered { reference, text: text.to_owned(), origin: Origin::Passed }),
            Some(changes) => {
                let (Some(first), Some(text)) = (changes.first(), edited(sources, document.span, changes, build))
                else {
                    let why =
                        "the Service's metadata cannot be edited in place: write it without anchors and merge keys";
                    findings.push(
                        Finding::error("invalid-annotation", why).at(object.node.span.head()).about(object.reference()),
                    );
                    objects.push(Rendered { reference, text: text.to_owned(), origin: Origin::Passed });
                    continue;
                };
                let patch = changes.iter().map(|change| patch(change)).collect::<Vec<_>>().join("---\n");
                objects.push(Rendered {
                    reference,
                    text,
                    origin: Origin::Annotated { stub: source_of(first.stub), patch },
                });
            }
        }
    }
    objects.extend(expansion.generated.drain(..).map(|made| Rendered {
        origin: Origin::Generated { stub: source_of(made.stub) },
        reference: Some(made.reference),
        text: made.text,
    }));
    objects
}

/// Returns a document without its marker line.
fn body(document: &str) -> &str {
    let rest = document.strip_prefix("---").map_or(document, str::trim_start);
    // A comment or value may stand on the marker's own line.
    if rest.len() == document.len() { document } else { rest }
}

/// Returns a document with the annotations of all changes.
fn edited(sources: &Sources, document: Span, changes: &[&Annotated], build: &Build<'_>) -> Option<String> {
    let source = &sources.get(document.source)?.text;
    let base = document.start as usize;
    let mut edits = Vec::new();
    for change in changes {
        let object = build.get(&change.reference)?.object;
        for mut edit in annotate(source, object, &change.annotations)? {
            edit.range = edit.range.start.checked_sub(base)?..edit.range.end.checked_sub(base)?;
            edits.push(edit);
        }
    }
    Some(body(&apply(sources.slice(document), edits)).to_owned())
}

/// Returns a strategic merge patch that sets annotations.
fn patch(change: &Annotated) -> String {
    let ResourceRef { api_version, kind, namespace, name } = &change.reference;
    let mut out = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: {name}\n");
    if !namespace.is_empty() {
        out.push_str(&format!("  namespace: {namespace}\n"));
    }
    out.push_str("  annotations:\n");
    for (key, value) in &change.annotations {
        out.push_str(&format!("    {key}: {}\n", crate::krm::scalar(value)));
    }
    out
}

/// Returns the finding about a document that is not YAML; templates of other tools are passed over.
fn unreadable(sources: &Sources, document: Span, fault: &crate::yaml::SyntaxFault) -> Option<Finding> {
    let text = sources.slice(document);
    let is_stub = text.contains(STUB) || text.contains(GROUP);
    if !is_stub && text.contains("{{") {
        return None;
    }
    let mut finding = Finding::error("invalid-yaml", fault.message.clone()).at(fault.span);
    finding.help.clone_from(&fault.help);
    if !is_stub {
        finding.severity = Severity::Warning;
        finding.help.get_or_insert_with(|| "the document is passed over".to_owned());
    }
    Some(finding)
}

/// Warns of a file that does not end with a newline.
fn missing_newline(sources: &Sources, id: SourceId) -> Option<Finding> {
    let source = sources.get(id)?;
    if source.text.is_empty() || source.text.ends_with('\n') {
        return None;
    }
    let end = u32::try_from(source.text.len()).ok()?;
    let start = source.text.trim_end().rfind('\n').map_or(0, |newline| newline + 1);
    let span = Span { source: id, start: u32::try_from(start).ok()?, end };
    let message = "the file must end with a newline: text that is appended to it would join its last line";
    Some(Finding::warning("missing-newline", message).at(span))
}

/// Applies the profile's levels and sorts.
fn levelled(findings: Findings, profile: Option<&Profile>) -> Vec<Finding> {
    let mut sorted = findings.sorted();
    let Some(rules) = profile.and_then(|profile| profile.spec.rules.get()) else { return sorted };
    sorted.retain_mut(|finding| {
        match rules.value.level(finding.rule) {
            None => {}
            Some(Level::Off) => return false,
            Some(Level::Info) => finding.severity = Severity::Info,
            Some(Level::Warning) => finding.severity = Severity::Warning,
            Some(Level::Error) => finding.severity = Severity::Error,
        }
        true
    });
    sorted
}

/// The answer to a request on the KRM Functions wire.
#[derive(Debug)]
pub struct Response {
    /// The ResourceList.
    pub text: String,
    /// The request, for reports that show lines of it.
    pub sources: Sources,
    /// The findings that its `results` hold.
    pub findings: Vec<Finding>,
}

/// Answers a request in the generator role: the stub is the function's config.
///
/// # Errors
///
/// Returns why the request cannot be answered: it is not a ResourceList, or it asks for a role that
/// this function does not have.
pub fn respond(request: &str) -> Result<Response, Error> {
    let mut sources = Sources::default();
    let id = sources.add("<stdin>", request);
    let not_a_list = |message: String| {
        Error::new(ErrorKind::NotAResourceList, message)
            .help("run as a KRM function, or `tailscale-expose render` for files")
    };
    let (text, findings) = {
        let Some(source) = sources.get(id) else { return Err(not_a_list("the request is empty".to_owned())) };
        let parsed = documents(id, source);
        let nodes: Vec<&Document<'_>> = parsed.iter().filter(|document| !matches!(document.root, Ok(None))).collect();
        let document = match nodes.as_slice() {
            [] => return Err(not_a_list("the request is empty".to_owned())),
            [document] => *document,
            _ => return Err(not_a_list("the request must be one ResourceList, is several documents".to_owned())),
        };
        let node = match &document.root {
            Ok(node) => node.as_ref(),
            Err(fault) => {
                let place = sources.place(fault.span);
                return Err(not_a_list(format!("line {}, column {}: {}", place.line, place.column, fault.message)));
            }
        };
        let request = node.and_then(|node| Request::new(Object::new(node, document.span)?));
        let Some(request) = request else {
            return Err(not_a_list("the request must be a ResourceList of config.kubernetes.io".to_owned()));
        };
        let config = generator_config(&request, document.span)?;
        let mut findings = Findings::default();
        let (stubs, _) = decode(&[config], &mut findings);
        let expansion = expand(&stubs, None, &Build::default());
        findings.append(expansion.findings);
        let findings = findings.sorted();
        let items = expansion.generated.iter().map(|made| made.text.as_str());
        let text = write_response(request.api_version, items, &findings, &sources)
            .map_err(|error| Error::new(ErrorKind::Unsupported, format!("the answer cannot be written: {error}")))?;
        (text, findings)
    };
    Ok(Response { text, sources, findings })
}

/// Returns the stub of a generator's request, or why the request is another.
fn generator_config<'s>(request: &Request<'s>, document: Span) -> Result<Object<'s>, Error> {
    let unsupported = |message: String| {
        Error::new(ErrorKind::Unsupported, message).help(format!("list the {STUB} under `generators:`, nothing else"))
    };
    let config = request.config.and_then(|config| Object::new(config, document));
    let Some(config) = config else {
        return Err(unsupported(format!("the function config must be a {STUB}: other roles are not supported yet")));
    };
    if !config.is(GROUP, STUB) {
        return Err(unsupported(format!("the function config must be a {STUB}, is a {}", config.kind())));
    }
    for (index, item) in request.items.iter().enumerate() {
        let same = Object::new(item, document).is_some_and(|item| item.reference() == config.reference());
        if !same {
            return Err(unsupported(format!(
                "items[{index}] must be the {STUB} itself: items are not supported yet, so nothing is passed on and nothing is lost"
            )));
        }
    }
    Ok(config)
}
