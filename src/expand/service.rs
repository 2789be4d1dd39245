//! Services that entries name: found in the build, and their ports.

use super::context::Context;
use super::layers::{At, Picked};
use super::manifest::{Backend, BackendPort, Scalar};
use crate::api::{PortRef, Target, Templated};
use crate::build::{Port, Service};
use crate::krm::Finding;
use crate::rule::rules;
use crate::tailscale::{Label, PortName};
use crate::yaml::Node;

/// Returns the namespace of a target, if it has one.
pub(super) fn namespace_of<'a>(target: &Picked<'a, Target>) -> Option<Picked<'a, Templated<Label>>> {
    Some(Picked { value: target.value.namespace.as_ref()?, span: target.span, layer: target.layer })
}

impl<'s> Context<'_, '_, 's> {
    /// Returns the Service of the build that a target names, if the build shows it.
    pub(super) fn find_service(&self, namespace: &str, name: &Templated<Label>) -> Option<Service<'s>> {
        self.build.service(namespace, name.known()?.as_str())
    }

    /// Returns the backend of an Ingress.
    ///
    /// What the operator asks of a backend: `ingress.go` handlersForIngress.
    pub(super) fn backend(
        &mut self,
        namespace: &str,
        target: &Target,
        port_name: Option<&Picked<'_, Templated<PortName>>>,
        at: At<'_>,
    ) -> Option<Backend> {
        let service = self.find_service(namespace, &target.service);
        if let Some(service) = service {
            self.servable(service, at)?;
            self.addressable(service, at);
        } else {
            self.dangling_service(namespace, &target.service, at);
        }
        let port = match (&target.port, port_name) {
            (Some(port), _) => {
                self.port_exists(service, port, at);
                backend_port(port)
            }
            (None, Some(name)) => {
                let text = name.value.to_string();
                self.substituted(|at| at.path_in(name.layer, "portName"), name.span, &text);
                BackendPort::Name(Scalar::Text(text))
            }
            (None, None) => {
                let port = self.only_port(service, target, at)?;
                match (port.text("name"), port.text("port")) {
                    // By this name the operator speaks TLS to the backend; by number it would not.
                    (Some("https"), _) => BackendPort::Name(Scalar::Text("https".to_owned())),
                    (_, Some(number)) => BackendPort::Number(number_scalar(number)),
                    _ => return None,
                }
            }
        };
        let port = self.as_spoken(service, port, at);
        let name = target.service.to_string();
        self.substituted(|context| context.path_at(at), at.span, &name);
        if let BackendPort::Name(Scalar::Text(port)) = &port {
            self.substituted(|context| context.path_at(at), at.span, port);
        }
        Some(Backend { name, port })
    }

    /// Refuses a Service that has no address for a proxy to send to.
    pub(super) fn servable(&mut self, service: Service<'_>, at: At<'_>) -> Option<()> {
        let reference = service.object.reference();
        if let Some(name) = service.unquoted_name() {
            let path = self.path_at(at);
            let message = format!("{reference} has a name or a namespace that is no string");
            let finding =
                Finding::of(rules::WRONG_TYPE, message).at(at.span).path(path).related(name, "write it in quotes");
            self.report(finding.help("write the Service's name and namespace in quotes"));
            return None;
        }
        let why = if service.is_headless() {
            "is headless: the operator needs a cluster address"
        } else if service.is_type("ExternalName") {
            "is of type ExternalName: it has no cluster address"
        } else {
            return Some(());
        };
        let path = self.path_at(at);
        let finding = Finding::of(rules::HEADLESS_SERVICE, format!("{reference} {why}")).at(at.span).path(path);
        self.report(finding.related(service.object.node.span.head(), "this Service"));
        None
    }

    /// Reports a Service that is not in a build that is complete.
    fn dangling_service(&mut self, namespace: &str, name: &Templated<Label>, at: At<'_>) {
        if self.build.visible && self.is_complete() && name.known().is_some() {
            let path = self.path_at(at);
            let message = format!("Service {} is not in the build", qualified(namespace, &name.to_string()));
            let help = "check name and namespace; the profile says that the build is complete";
            self.report(Finding::of(rules::DANGLING_SERVICE, message).at(at.span).path(path).help(help));
        }
    }

    /// Warns of a port that a Service of the build does not have.
    fn port_exists(&mut self, service: Option<Service<'s>>, port: &PortRef, at: At<'_>) {
        let Some(service) = service else { return };
        let known = match port {
            PortRef::Number(number) => self.build.has_port(service, "port", &number.to_string()),
            PortRef::Name(name) => self.build.has_port(service, "name", name.as_str()),
            PortRef::Opaque { .. } => true,
        };
        if !known {
            let path = self.path_at(at);
            let message = service.lacks(Some(port));
            let finding = Finding::of(rules::DANGLING_PORT, message).at(at.span).path(path);
            self.report(finding.related(service.object.node.span.head(), "this Service"));
        }
    }

    /// Returns the port of a Service that has exactly one.
    fn only_port(&mut self, service: Option<Service<'s>>, target: &Target, at: At<'_>) -> Option<Port<'s>> {
        let path = self.path_at(at);
        let missing = |message: String| Finding::of(rules::MISSING_PORT, message).at(at.span).path(path);
        let Some(service) = service else {
            let why = if self.build.visible { "is not in the build" } else { "is not visible to a generator" };
            let message = format!("the port must be written: Service \"{target}\" {why}");
            self.report(missing(message).help(format!("write \"{target}:<port>\"")));
            return None;
        };
        let mut ports = service.ports();
        match (ports.next(), ports.next()) {
            (Some(port), None) => Some(port),
            _ => {
                let message =
                    format!("the port must be written: {} has {}", service.object.reference(), listed(service));
                let mut finding = missing(message).related(service.object.node.span.head(), "this Service");
                let ports = service.ports();
                let targets = ports.filter_map(|port| port.text("name").or_else(|| port.text("port")));
                let targets: Vec<String> =
                    targets.take(MOST_LISTED).map(|port| format!("\"{target}:{port}\"")).collect();
                if !targets.is_empty() {
                    finding = finding.help(format!("write {}", targets.join(" or ")));
                }
                self.report(finding);
                None
            }
        }
    }
}

impl Service<'_> {
    /// Says that a Service lacks a port, or any, and which it has.
    pub(super) fn lacks(&self, port: Option<&PortRef>) -> String {
        let reference = self.object.reference();
        match port {
            Some(port) => format!("{reference} has no port {port}; it has {}", listed(*self)),
            None => format!("{reference} has no ports"),
        }
    }
}

/// Returns a port as a backend names it.
fn backend_port(port: &PortRef) -> BackendPort {
    match port {
        PortRef::Number(number) => BackendPort::Number(Scalar::Number(u32::from(*number))),
        PortRef::Name(name) => BackendPort::Name(Scalar::Text(name.to_string())),
        PortRef::Opaque { text, number: true } => BackendPort::Number(Scalar::Bare(text.to_string())),
        PortRef::Opaque { text, number: false } => BackendPort::Name(Scalar::Text(text.to_string())),
    }
}

/// Returns a port as a Service writes it.
pub(super) fn port_scalar(port: &PortRef) -> Scalar {
    match port {
        PortRef::Number(number) => Scalar::Number(u32::from(*number)),
        PortRef::Name(name) => Scalar::Text(name.to_string()),
        PortRef::Opaque { text, number: true } => Scalar::Bare(text.to_string()),
        PortRef::Opaque { text, number: false } => Scalar::Text(text.to_string()),
    }
}

/// Returns a number as it stands in the build, which may be a placeholder.
pub(super) fn number_scalar(text: &str) -> Scalar {
    text.parse().map_or_else(|_| Scalar::Bare(text.to_owned()), Scalar::Number)
}

fn qualified(namespace: &str, name: &str) -> String {
    if namespace.is_empty() { format!("\"{name}\"") } else { format!("\"{namespace}/{name}\"") }
}

/// How many ports a message lists.
const MOST_LISTED: usize = 16;

/// Returns ports for a message: `http 80, metrics 9090`.
fn listed(service: Service<'_>) -> String {
    let ports = service.ports();
    let count = ports.len();
    if count == 0 {
        return "no ports".to_owned();
    }
    let one = |port: Port<'_>| {
        let number = port.node.get("port").and_then(Node::text).unwrap_or_default();
        port.text("name").map_or_else(|| number.to_owned(), |name| format!("{name} {number}"))
    };
    let word = if count == 1 { "port" } else { "ports" };
    let more = match count.saturating_sub(MOST_LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{word} {}{more}", ports.take(MOST_LISTED).map(one).collect::<Vec<_>>().join(", "))
}
