//! Which protocol a backend speaks, as its port says, and which the operator will speak to it.
//!
//! The operator speaks TLS on port 443 and where the backend's port is written with the name `https`, and
//! plain HTTP otherwise (`ingress.go` handlersForIngress). What really answers there nobody can see here.

use super::context::Context;
use super::layers::At;
use super::manifest::{BackendPort, Scalar};
use crate::build::{Port, Service};
use crate::krm::Finding;
use crate::rule::rules;

/// Words of port names and `appProtocol` that mean TLS, and those that mean plain HTTP.
const TLS: [&str; 6] = ["https", "tls", "ssl", "wss", "grpcs", "websecure"];
const PLAIN: [&str; 5] = ["http", "h2c", "ws", "web", "grpc"];

/// Whether a port speaks TLS, and what says so.
struct Spoken {
    is_tls: bool,
    by: String,
}

impl<'s> Context<'_, '_, 's> {
    /// Returns the port of a backend so that the operator speaks what the build's Service says; where that cannot
    /// be said, it is told.
    pub(super) fn as_spoken(&mut self, service: Option<Service<'s>>, port: BackendPort, at: At<'_>) -> BackendPort {
        let (number, name) = match &port {
            BackendPort::Number(Scalar::Number(number)) => (Some(*number), None),
            BackendPort::Name(Scalar::Text(name)) => (None, Some(name.as_str())),
            _ => return port,
        };
        let seen = service.and_then(|service| match name {
            Some(name) => self.build.port(service, "name", name),
            None => self.build.port(service, "port", &number?.to_string()),
        });
        let seen = seen.filter(Port::is_tcp);
        if number.is_some_and(|number| number != 443) && seen.is_some_and(|seen| seen.text("name") == Some("https")) {
            return BackendPort::Name(Scalar::Text("https".to_owned()));
        }
        let number = number.or_else(|| seen?.text("port")?.parse().ok());
        let speaks_tls = number == Some(443) || name == Some("https");
        let Some(spoken) = spoken(seen, number, name).filter(|spoken| spoken.is_tls != speaks_tls) else { return port };
        let written = name.map_or_else(|| number.unwrap_or_default().to_string(), str::to_owned);
        let [operator, backend] = if speaks_tls { ["TLS", "plain HTTP"] } else { ["plain HTTP", "HTTPS"] };
        let message =
            format!("the operator speaks {operator} to port {written}, which is {backend} by its {}", spoken.by);
        let help = if speaks_tls {
            "serve it on another port than 443, under another name than `https`"
        } else {
            "name the Service's port `https` and write that name"
        };
        let finding = Finding::of(rules::BACKEND_PROTOCOL, message).at(at.span).path(self.path_at(at));
        self.report(match service {
            Some(service) => finding.help(help).related(service.object.node.span.head(), "this Service"),
            None => finding.help(help),
        });
        port
    }
}

/// Returns what a port speaks, as far as anything says so: `appProtocol`, then names, then numbers.
fn spoken(port: Option<Port<'_>>, number: Option<u32>, name: Option<&str>) -> Option<Spoken> {
    let text = |field: &'static str| port.and_then(|port| port.text(field));
    let target = text("targetPort");
    let worded = [
        ("appProtocol", text("appProtocol")),
        ("name", text("name").or(name)),
        ("targetPort", target.filter(|target| target.parse::<u32>().is_err())),
    ];
    let by_word = worded.into_iter().find_map(|(what, said)| {
        let said = said?;
        Some(Spoken { is_tls: word(said)?, by: format!("{what} \"{said}\"") })
    });
    by_word.or_else(|| {
        let target = target.and_then(|target| target.parse().ok());
        // `443`, `8443`, `9443`: whoever chose such a number meant TLS.
        let is_tls = |number: u32| number % 1000 == 443;
        match (number, target) {
            (Some(number), None) if is_tls(number) => Some(Spoken { is_tls: true, by: "number".to_owned() }),
            (_, Some(target)) if is_tls(target) => Some(Spoken { is_tls: true, by: format!("targetPort {target}") }),
            (_, Some(80)) => Some(Spoken { is_tls: false, by: "targetPort 80".to_owned() }),
            _ => None,
        }
    })
}

/// Returns whether a name or protocol means TLS; nothing where it means neither.
fn word(text: &str) -> Option<bool> {
    let text = text.to_ascii_lowercase();
    let text = text.rsplit('/').next().unwrap_or_default();
    let has = |words: &[&str]| text.split(['-', '_']).any(|part| words.contains(&part));
    match (has(&TLS), has(&PLAIN)) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_is_spoken() {
        for (text, want) in [
            ("https", Some(true)),
            ("https-web", Some(true)),
            ("web-tls", Some(true)),
            ("websecure", Some(true)),
            ("HTTPS", Some(true)),
            ("kubernetes.io/wss", Some(true)),
            ("kubernetes.io/h2c", Some(false)),
            ("http", Some(false)),
            ("http-metrics", Some(false)),
            ("api", None),
            ("tlsless", None),
        ] {
            assert_eq!(word(text), want, "{text}");
        }
    }
}
