//! Rendering files: stubs and the manifests that stand beside them, each in its source.

use std::collections::BTreeMap;

use super::prepare::{decode, levelled, sort};
use crate::api::{GROUP, STUB, STUB_ANNOTATION, Stub};
use crate::expand::{Annotated, Build, Expansion, Format, expand};
use crate::krm::{Finding, Findings, Object, ResourceRef, Severity, annotate};
use crate::yaml::{Document, SourceId, Sources, Span, apply, documents};

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
    let mut expansion = expand(&stubs, profile.as_ref(), &build, Format::Yaml);
    let objects = written(sources, &parsed, &stubs, &mut expansion, &build, &mut findings);
    findings.append(expansion.findings);
    let mut stub_sources: Vec<SourceId> =
        ours.iter().filter(|object| object.is(GROUP, STUB)).map(|object| object.document.source).collect();
    stub_sources.dedup();
    Rendering { objects, findings: levelled(findings, profile.as_ref()), stub_sources }
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
        for mut edit in annotate(source, object, &change.annotations, &[])? {
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
