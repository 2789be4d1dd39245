//! The JSON that goes to JavaScript; `package/index.d.ts` says what it means.

use serde::Serialize;
use tailscale_expose::krm::{Finding, ResourceRef, Told};
use tailscale_expose::yaml::Sources;
use tailscale_expose::{Rendered, Response};

/// What a set of files becomes.
#[derive(Serialize)]
pub(crate) struct Rendering<'a> {
    objects: Vec<Object<'a>>,
    findings: Vec<Told<'a>>,
    ok: bool,
}

impl<'a> Rendering<'a> {
    pub(crate) fn new(rendering: &'a tailscale_expose::Rendering, sources: &'a Sources) -> Self {
        Self {
            objects: rendering.objects.iter().map(|object| Object::new(object, sources)).collect(),
            findings: told(&rendering.findings, sources),
            ok: !rendering.has_errors(),
        }
    }
}

#[derive(Serialize)]
struct Object<'a> {
    origin: &'static str,
    object: Option<&'a ResourceRef>,
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
            object: rendered.reference.as_ref(),
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
    findings: Vec<Told<'a>>,
    ok: bool,
}

impl<'a> Answer<'a> {
    pub(crate) fn new(response: &'a Response) -> Self {
        Self {
            text: response.text(),
            findings: told(&response.findings, &response.sources),
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

fn told<'a>(findings: &'a [Finding], sources: &'a Sources) -> Vec<Told<'a>> {
    findings.iter().map(|finding| Told::of(finding, sources)).collect()
}
