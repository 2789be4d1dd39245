//! Rendering files: stubs and the manifests that stand beside them, each in its source.

use std::collections::BTreeMap;

use super::prepare::{decode, levelled, sort};
use super::reveal::{reveal, withhold};
use crate::api::{GROUP, PROFILE, STUB, STUB_ANNOTATION, Stub};
use crate::expand::{Annotated, Build, Expansion, Format, expand};
use crate::krm::{Finding, Findings, Object, ResourceRef, Severity, annotate};
use crate::yaml::{Document, Edit, SourceId, Sources, Span, apply, documents};

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
    let all = sources.iter().flat_map(|(id, source)| documents(id, source));
    let (mine, parsed): (Vec<Document<'_>>, Vec<Document<'_>>) = all.partition(is_ours);
    let roots = mine.iter().chain(&parsed).filter_map(|document| document.root.as_ref().ok()?.as_ref());
    reveal(sources, roots, None);
    let mut build = Build::visible();
    let mut ours = Vec::new();
    for document in &parsed {
        match &document.root {
            Ok(Some(node)) => sort(node, document.span, &mut build, &mut ours),
            Ok(None) => {}
            Err(fault) => findings.extend(unreadable(sources, document.span, fault)),
        }
    }
    let mut ours: Vec<Object<'_>> = mine.iter().filter_map(object_of).chain(ours).collect();
    ours.sort_by_key(|object| object.document);
    let (stubs, profile) = decode(&ours, &mut findings);
    let mut stub_sources: Vec<SourceId> =
        ours.iter().filter(|object| object.is(GROUP, STUB)).map(|object| object.document.source).collect();
    stub_sources.dedup();
    // The trees of stubs are the largest; nothing asks for them again.
    drop(mine);
    for stub in &stubs {
        findings.extend(missing_newline(sources, stub.name_span.source));
    }
    let mut expansion = expand(&stubs, profile.as_ref(), &build, Format::Yaml);
    let objects = written(sources, &parsed, &stubs, &mut expansion, &build, &mut findings);
    findings.append(expansion.findings);
    let mut findings = levelled(findings, profile.as_ref());
    withhold(&mut findings, sources);
    Rendering { objects, findings, stub_sources }
}

fn object_of<'d>(document: &'d Document<'_>) -> Option<Object<'d>> {
    Object::new(document.root.as_ref().ok()?.as_ref()?, document.span)
}

/// Whether a document is one of our own objects.
fn is_ours(document: &Document<'_>) -> bool {
    object_of(document).is_some_and(|object| object.group() == GROUP)
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
        if object.group() == GROUP || object.kind() == STUB || object.kind() == PROFILE || is_ours {
            continue;
        }
        let reference = Some(object.reference());
        match annotated.get(&document.span) {
            None => objects.push(Rendered { reference, text: text.to_owned(), origin: Origin::Passed }),
            Some(changes) => {
                let (text, done) = edited(sources, document.span, changes, build, findings);
                let Some(first) = done.first() else {
                    objects.push(Rendered { reference, text, origin: Origin::Passed });
                    continue;
                };
                let stub = source_of(first.stub);
                let patch = done.iter().map(|change| patch(change)).collect::<Vec<_>>().join("---\n");
                objects.push(Rendered { reference, text, origin: Origin::Annotated { stub, patch } });
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

/// Returns a document with the annotations of the changes that can be made in it, and these changes;
/// the others become findings.
fn edited<'c>(
    sources: &Sources,
    document: Span,
    changes: &[&'c Annotated],
    build: &Build<'_>,
    findings: &mut Findings,
) -> (String, Vec<&'c Annotated>) {
    let source = sources.get(document.source).map_or("", |source| source.text.as_str());
    let base = document.start as usize;
    let (mut edits, mut done) = (Vec::new(), Vec::new());
    for change in changes {
        let ResourceRef { namespace, name, .. } = &change.reference;
        let Some(object) = build.service(namespace, name).map(|service| service.object) else { continue };
        match annotate(source, object, &change.annotations, &[]) {
            Some(made) => {
                let moved = |edit: Edit| Edit { range: edit.range.start - base..edit.range.end - base, ..edit };
                edits.extend(made.into_iter().map(moved));
                done.push(*change);
            }
            None => {
                let why = "the Service's metadata cannot be edited in place: write it without anchors and merge keys";
                let finding = Finding::error("invalid-annotation", why).at(object.node.span.head());
                findings.push(finding.about(change.reference.clone()));
            }
        }
    }
    (body(&apply(sources.slice(document), edits)).to_owned(), done)
}

/// Returns a strategic merge patch that sets annotations.
fn patch(change: &Annotated) -> String {
    let ResourceRef { api_version, kind, namespace, name } = &change.reference;
    let name = crate::krm::scalar(name);
    let mut out = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: {name}\n");
    if !namespace.is_empty() {
        out.push_str(&format!("  namespace: {}\n", crate::krm::scalar(namespace)));
    }
    out.push_str("  annotations:\n");
    for (key, value) in &change.annotations {
        out.push_str(&format!("    {}: {}\n", crate::krm::key(key), crate::krm::scalar(value)));
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Renders a spec beside a build; returns how many objects it makes and what is said, each as
    /// `rule: message`.
    fn said(spec: &str, build: &str) -> (usize, Vec<String>) {
        let mut sources = Sources::default();
        let head =
            "apiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExpose\nmetadata: {name: app, namespace: apps}";
        sources.add("stub.yaml", format!("{head}\nspec: {{{spec}}}\n"));
        sources.add("build.yaml", build);
        let rendering = render(&sources);
        let made = rendering.objects.iter().filter(|object| object.origin != Origin::Passed).count();
        let line = |finding: &Finding| format!("{}: {}", finding.rule, finding.message);
        (made, rendering.findings.iter().map(line).collect())
    }

    fn manifest(kind: &str, annotations: &str, rest: &str) -> String {
        format!("{{kind: {kind}, metadata: {{name: old, namespace: apps, annotations: {{{annotations}}}}}, {rest}}}\n")
    }

    #[test]
    fn a_tailnet_name_of_the_build_is_taken() {
        let entry = "ingress: {web: {service: \"web:80\"}}";
        let taken = |object: &str| {
            vec![format!("duplicate-hostname: the tailnet name \"web\" is already claimed by {object} of the build")]
        };
        let ingress = "apiVersion: networking.k8s.io/v1, spec: {ingressClassName: tailscale, tls: [{hosts: [web]}]}";
        let other = "apiVersion: networking.k8s.io/v1, spec: {ingressClassName: nginx, tls: [{hosts: [web]}]}";
        let server = "apiVersion: tailscale.com/v1alpha1, spec: {type: kube-apiserver, kubeAPIServer: {hostname: web}}";
        let named = "tailscale.com/hostname: web";
        let exposed = "tailscale.com/hostname: web, tailscale.com/expose: \"true\"";
        for (build, want) in [
            (manifest("Ingress", "", ingress), taken("Ingress apps/old")),
            (manifest("Ingress", "tailscale-expose.dev/stub: below", ingress), taken("Ingress apps/old")),
            (manifest("Ingress", "tailscale-expose.dev/stub: apps/app", ingress), Vec::new()),
            (manifest("Ingress", "", other), Vec::new()),
            (manifest("Service", exposed, "apiVersion: v1"), taken("Service apps/old")),
            (manifest("Service", named, "apiVersion: v1"), Vec::new()),
            (manifest("ProxyGroup", "", server), taken("ProxyGroup apps/old")),
        ] {
            assert_eq!(said(entry, &build), (usize::from(want.is_empty()), want), "{build}");
        }
    }

    #[test]
    fn a_service_may_have_the_name_that_it_is_annotated_with() {
        let exposed = "tailscale.com/hostname: old, tailscale.com/expose: \"true\"";
        let build = manifest("Service", exposed, "apiVersion: v1, spec: {ports: [{port: 80}]}");
        assert_eq!(said("annotate: {old: {}}", &build), (1, Vec::new()));
    }

    #[test]
    fn a_service_is_annotated_once() {
        let build = manifest("Service", "", "apiVersion: v1, spec: {ports: [{port: 80}]}");
        let twice = "duplicate-object: Service apps/old is annotated twice".to_owned();
        assert_eq!(said("annotate: {a: {service: old}, b: {service: old}}", &build), (1, vec![twice]));
    }

    #[test]
    fn a_mapping_of_nulls_lists_nothing() {
        for (entry, want) in [
            ("ingress: {a: {service: \"web:80\", paths: {/api: null}}}", "must list a path"),
            ("loadBalancer: {a: {ports: {http: null}, selector: {app: a}}}", "must list a port"),
            ("loadBalancer: {a: {ports: {http: 80}, selector: {app: null}}}", "must list a label"),
        ] {
            assert_eq!(said(entry, ""), (0, vec![format!("missing-field: {want}")]), "{entry}");
        }
    }

    #[test]
    fn a_name_that_no_service_can_have_is_refused() {
        for (entry, want) in [
            ("loadBalancer: {1e3: {ports: {http: 80}, selector: {}}}", "must begin with a letter"),
            ("egress: {2b: {ip: 100.64.0.1}}", "must begin with a letter"),
            ("egress: {a: {ip: 100.64.0.1, name: a.b}}", "must be one DNS label, without dots"),
        ] {
            let entry = entry.replace("1e3", "\"1e3\"");
            assert_eq!(said(&entry, ""), (0, vec![format!("invalid-name: a Service's name {want}")]), "{entry}");
        }
        assert_eq!(said("ingress: {2b: {service: \"web:80\"}}", ""), (1, Vec::new()));
    }

    #[test]
    fn our_kinds_are_ours_in_every_group() {
        for (version, want) in [
            ("", "missing-field: must be \"tailscale-expose.dev/v1alpha1\""),
            ("apiVersion: tailscale.com/v1alpha1, ", "unknown-value: must be \"tailscale-expose.dev/v1alpha1\""),
        ] {
            let stray = format!("{{{version}kind: TailscaleExpose, metadata: {{name: x}}, spec: {{}}}}\n");
            assert_eq!(said("ingress: {web: {service: \"web:80\"}}", &stray), (1, vec![want.to_owned()]), "{stray}");
        }
    }

    #[test]
    fn nothing_is_expanded_without_the_profile_that_was_meant() {
        let entry = "ingress: {web: {service: \"web:80\"}}";
        let profile = |version: &str, kind: &str| {
            format!("{{apiVersion: tailscale-expose.dev/{version}, kind: {kind}, metadata: {{name: x}}, spec: {{}}}}\n")
        };
        let good = profile("v1alpha1", "TailscaleExposeProfile");
        for (build, made) in [
            (good.clone(), 1),
            (format!("{good}---\n{good}"), 0),
            (profile("v9", "TailscaleExposeProfile"), 0),
            (profile("v1alpha1", "TailscaleExposeProfil"), 0),
            (profile("v1alpha1", "Frobnicate"), 1),
        ] {
            assert_eq!(said(entry, &build).0, made, "{build}");
        }
    }
}
