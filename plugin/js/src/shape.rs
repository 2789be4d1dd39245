//! The JSON that goes to JavaScript; `package/index.d.ts` says what it means.

use std::ops::Range;

use serde::Serialize;
use tailscale_expose::krm::{self, ResourceRef};
use tailscale_expose::yaml::{Sources, Span};
use tailscale_expose::{Rendered, Response};

/// What a set of files becomes.
#[derive(Serialize)]
pub(crate) struct Rendering<'a> {
    objects: Vec<Object<'a>>,
    findings: Vec<Finding<'a>>,
    ok: bool,
}

impl<'a> Rendering<'a> {
    pub(crate) fn new(rendering: &'a tailscale_expose::Rendering, sources: &'a Sources) -> Self {
        Self {
            objects: rendering.objects.iter().map(|object| Object::new(object, sources)).collect(),
            findings: findings(&rendering.findings, sources),
            ok: !rendering.has_errors(),
        }
    }
}

#[derive(Serialize)]
struct Object<'a> {
    origin: &'static str,
    object: Option<Reference<'a>>,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    stub: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<&'a str>,
}

impl<'a> Object<'a> {
    fn new(rendered: &'a Rendered, sources: &'a Sources) -> Self {
        let name = |id| sources.get(id).map(|source| source.name.as_str());
        Self {
            origin: rendered.origin.as_str(),
            object: rendered.reference.as_ref().map(Reference::new),
            text: &rendered.text,
            stub: rendered.origin.stub().and_then(name),
            patch: rendered.origin.patch(),
        }
    }
}

/// The answer to a request.
#[derive(Serialize)]
pub(crate) struct Answer<'a> {
    text: String,
    findings: Vec<Finding<'a>>,
    ok: bool,
}

impl<'a> Answer<'a> {
    pub(crate) fn new(response: &'a Response) -> Self {
        Self {
            text: response.text(),
            findings: findings(&response.findings, &response.sources),
            ok: !response.has_errors(),
        }
    }
}

/// What stands in the place of an answer where there is none.
#[derive(Serialize)]
pub(crate) struct Refusal {
    pub(crate) failure: Failure,
}

/// Why there is no answer.
#[derive(Serialize)]
pub(crate) struct Failure {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) help: Option<String>,
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'static str,
    severity: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Reference<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Place<'a>>,
    related: Vec<Related<'a>>,
}

fn findings<'a>(found: &'a [krm::Finding], sources: &'a Sources) -> Vec<Finding<'a>> {
    found.iter().map(|finding| Finding::new(finding, sources)).collect()
}

impl<'a> Finding<'a> {
    fn new(found: &'a krm::Finding, sources: &'a Sources) -> Self {
        let related = |(span, label): &'a (Span, String)| Related { place: Place::new(*span, sources), label };
        Self {
            rule: found.rule.id,
            severity: found.severity.as_str(),
            message: &found.message,
            help: found.help.as_deref(),
            object: found.object.as_ref().map(Reference::new),
            path: found.path.as_str(),
            value: found.value.as_deref(),
            place: found.span.map(|span| Place::new(span, sources)),
            related: found.related.iter().map(related).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reference<'a> {
    api_version: &'a str,
    kind: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'a str,
    name: &'a str,
}

impl<'a> Reference<'a> {
    fn new(object: &'a ResourceRef) -> Self {
        let ResourceRef { api_version, kind, namespace, name } = object;
        Self { api_version, kind, namespace, name }
    }
}

#[derive(Serialize)]
struct Related<'a> {
    place: Place<'a>,
    label: &'a str,
}

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    start: usize,
    end: usize,
}

impl<'a> Place<'a> {
    fn new(span: Span, sources: &'a Sources) -> Self {
        let at = sources.place(span);
        let source = sources.get(span.source);
        let Range { start, end } = sources.utf16(span);
        Self { file: source.map_or("", |source| &source.name), line: at.line, column: at.column, start, end }
    }
}
