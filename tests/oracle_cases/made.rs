//! Stubs, rendered, and the world that shows the outcome to the operator.

use serde_json::Value;
use tailscale_expose::api::{ANNOTATED_ANNOTATION, API_VERSION, STUB_ANNOTATION};
use tailscale_expose::krm::Severity;
use tailscale_expose::report::{Colour, report};
use tailscale_expose::yaml::Sources;
use tailscale_expose::{Origin, render};

use super::facts::found;
use super::manifest::{self, Id, annotation, list, text};
use super::meaning::{Around, meant, section};
use super::placeholder::{Values, fill, substitute};
use crate::charts::with_charts;
use crate::oracle::{Judged, Options, Report, Verdict};

/// The sections of a stub.
pub(crate) const SECTIONS: [&str; 8] =
    ["ingress", "loadBalancer", "annotate", "apiServer", "proxyGroup", "egress", "connector", "outside"];

/// What a rendering made, and everything that it relies on.
#[derive(Debug)]
pub(crate) struct Made {
    /// What entries made or annotated, with values for placeholders.
    pub(crate) objects: Vec<Value>,
    /// Everything else of the world.
    others: Vec<Value>,
    /// The tailnet and the operator that the profile describes.
    pub(crate) options: Options,
    /// The world, as text.
    pub(crate) world: String,
}

impl Made {
    /// Renders stubs and what stands beside them. Placeholders take their values from `values`, or made-up
    /// ones; `around` is what the world has besides.
    ///
    /// # Errors
    ///
    /// Returns the findings, if one is worse than what is tolerated, or why there is no object for each
    /// entry.
    pub(crate) fn new(
        sources: &Sources,
        tolerated: Option<Severity>,
        values: Option<&Values>,
        around: &str,
    ) -> Result<Self, String> {
        let rendering = render(sources);
        // The worst severity is the first.
        if rendering.findings.iter().any(|finding| tolerated.is_none_or(|tolerated| finding.severity < tolerated)) {
            return Err(report(&rendering.findings, sources, Colour::Plain));
        }
        let stream = |made: bool| {
            let objects = rendering.objects.iter().filter(|object| (object.origin != Origin::Passed) == made);
            // A build may hold what is no YAML, such as templates of other tools: it is passed on.
            let objects = objects.filter(|object| made || manifest::read(&object.text).is_ok());
            objects.map(|object| format!("---\n{}\n", object.text.trim_end())).collect::<String>()
        };
        let (objects, others) = (stream(true), format!("{}---\n{around}", stream(false)));
        let values = match values {
            Some(values) => values.clone(),
            None => fill(&[readable(&objects)?, readable(&others)?].concat()),
        };
        let (objects, others) = (substitute(&objects, &values), substitute(&others, &values));
        let (stubs, profile) = ours(sources)?;
        let patched = |object| with_charts(object, |text| readable(text).unwrap_or_default());
        let written = readable(&objects)?;
        let has_chart = written.iter().any(|object| text(object, "/kind") == "HelmRelease");
        let read: Vec<Value> = written.into_iter().flat_map(patched).collect();
        // The text that we write is what is judged, but for what stands in for a chart.
        let in_the_place_of_charts = || read.iter().map(|object| format!("---\n{object}\n")).collect();
        let objects: String = if has_chart { in_the_place_of_charts() } else { objects };
        let world = format!("{objects}{others}");
        // A `List` with one object that is annotated comes out whole.
        let (objects, passed): (Vec<Value>, Vec<Value>) = read.into_iter().partition(has_our_mark);
        let others = [passed, readable(&others)?].concat();
        let made = Self { objects, others, options: options(profile.as_ref()), world };
        made.is_one_object_for_each_entry(&stubs)?;
        Ok(made)
    }

    fn is_one_object_for_each_entry(&self, stubs: &[Value]) -> Result<(), String> {
        let count = |section: &str, stub: &Value| {
            let entries = stub["spec"][section].as_object();
            entries.map_or(0, |entries| entries.values().filter(|entry| !entry.is_null()).count())
        };
        let entries = SECTIONS.map(|section| (section, stubs.iter().map(|stub| count(section, stub)).sum::<usize>()));
        let (slices, objects): (Vec<&Value>, Vec<&Value>) =
            self.objects.iter().partition(|object| text(object, "/kind") == "EndpointSlice");
        let count = |name: &str| objects.iter().filter(|object| section(object) == Some(name)).count();
        let objects_of = SECTIONS.map(|name| (name, count(name)));
        // An address has a Service, and an EndpointSlice that leads it there.
        let addressed = objects
            .iter()
            .filter(|object| section(object) == Some("outside") && text(object, "/spec/type") != "ExternalName");
        let mut addressed: Vec<Id> = addressed.map(|object| Id::of(object)).collect();
        for slice in &slices {
            let name = text(slice, "/metadata/labels/kubernetes.io~1service-name");
            let service = Id { kind: "Service".to_owned(), name: name.to_owned(), ..Id::of(slice) };
            match addressed.iter().position(|id| *id == service) {
                Some(number) => drop(addressed.remove(number)),
                None => return Err(format!("an EndpointSlice leads to no Service of an address:\n{slice:#}")),
            }
        }
        if !addressed.is_empty() {
            return Err(format!("no EndpointSlice leads to {addressed:?}"));
        }
        if let Some(stranger) = objects.iter().find(|object| section(object).is_none()) {
            return Err(format!("no section makes such an object:\n{stranger:#}"));
        }
        if objects_of != entries {
            return Err(format!("the entries {entries:?} must become one object each, became {objects_of:?}"));
        }
        Ok(())
    }

    /// Says where the operator did not do what the objects mean.
    pub(crate) fn faults(&self, report: &Report) -> Vec<String> {
        let mut faults = Vec::new();
        if !report.settled {
            faults.push("the world does not come to rest".to_owned());
        }
        faults.extend(report.renamed_devices.iter().map(|renamed| format!("a tailnet name is taken: {renamed}")));
        let tags = self.options.default_tags.clone().unwrap_or_else(|| vec!["tag:k8s".to_owned()]);
        let around = Around {
            services: self.others.iter().chain(&self.objects).filter(|o| text(o, "/kind") == "Service").collect(),
            tailnet: &report.tailnet,
            default_tags: &tags,
        };
        for object in &self.objects {
            let id = Id::of(object);
            let Some(judged) = judged(report, object) else {
                faults.push(format!("{id} never reached the cluster"));
                continue;
            };
            // The operator makes nothing of an EndpointSlice; it looks at it for its Service.
            let wanted = if id.kind == "EndpointSlice" { Verdict::Ignored } else { Verdict::Accepted };
            if judged.verdict != wanted {
                faults.push(format!("{id} is {:?}: {} {}", judged.verdict, judged.why, judged.error));
            }
            let warnings = judged.events.iter().filter(|event| event.r#type == "Warning" && !event.passing);
            faults.extend(warnings.map(|event| format!("{id}: {}: {}", event.reason, event.message)));
            for refusal in judged.refusals.iter().chain(&judged.doubts) {
                faults.push(format!("{id} would be refused: {refusal}"));
            }
            for (fact, meant, found) in meant(object, &around).differences(&found(judged)) {
                faults.push(format!("{id}: {fact} must be {meant}, is {found}"));
            }
        }
        faults
    }
}

/// The entry of a report on an object.
pub(crate) fn judged<'r>(report: &'r Report, object: &Value) -> Option<&'r Judged> {
    let id = Id::of(object);
    // A kind without namespaces has none in the report, whatever its manifest says.
    let namespaces = [manifest::namespace(object), ""];
    report.objects.iter().find(|judged| {
        judged.kind == id.kind && judged.name == id.name && namespaces.contains(&judged.namespace.as_str())
    })
}

/// Whether an entry made or annotated an object.
fn has_our_mark(object: &Value) -> bool {
    [STUB_ANNOTATION, ANNOTATED_ANNOTATION].into_iter().any(|key| annotation(object, key).is_some())
}

fn readable(stream: &str) -> Result<Vec<Value>, String> {
    manifest::read(stream).map_err(|error| format!("{error} in:\n{stream}"))
}

/// The stubs and the profile.
fn ours(sources: &Sources) -> Result<(Vec<Value>, Option<Value>), String> {
    let mut stubs = Vec::new();
    let mut profile = None;
    for (_, source) in sources.iter().filter(|(_, source)| source.text.contains(API_VERSION)) {
        let text = source.text.trim_start_matches('\u{feff}');
        let documents = manifest::read(text).map_err(|error| format!("{}: {error}", source.name))?;
        for document in documents.into_iter().filter(|document| manifest::text(document, "/apiVersion") == API_VERSION)
        {
            match manifest::text(&document, "/kind") {
                "TailscaleExpose" => stubs.push(document),
                "TailscaleExposeProfile" => profile = Some(document),
                _ => {}
            }
        }
    }
    Ok((stubs, profile))
}

fn options(profile: Option<&Value>) -> Options {
    let word = |pointer: &str| Some(text(profile?, pointer).to_owned()).filter(|word| !word.is_empty());
    let tags = profile.map_or(&[][..], |profile| list(profile, "/spec/operator/defaultTags"));
    let tags: Vec<String> = tags.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    Options {
        tailnet: word("/spec/tailnet"),
        default_tags: Some(tags).filter(|tags| !tags.is_empty()),
        ingress_class: word("/spec/operator/ingressClass"),
        default_load_balancer: profile
            .and_then(|profile| profile.pointer("/spec/operator/defaultLoadBalancer")?.as_bool()),
        ..Options::complete()
    }
}
