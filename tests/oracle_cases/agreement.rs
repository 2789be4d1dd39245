//! That what we read is what the operator does: every object of the corpus, the examples and the golden
//! outputs, read by the room `operator` and judged by the operator itself.
//!
//! Compared are whether it makes something, through which reconcilers, the names, tags, ports, backends,
//! class, group and switches. What differs for a reason is in [`DIFFERENCES`]; a reason that nothing needs
//! fails, too.

use std::collections::BTreeMap;

use serde_json::Value;
use tailscale_expose::krm::Object;
use tailscale_expose::operator::{Exposure, Installation, Mechanism, Ports, Redirection, Surroundings, Target, read};
use tailscale_expose::yaml::{Document, Node, Sources, Span, documents};

use super::facts::{Facts, found, mount};
use crate::oracle::{Judged, Options, Report};
use crate::support::{names_in, root};

/// Where the 530 objects of the corpus are.
const CORPUS: &str = "tests/fn_run/corpus";

/// What is read otherwise than the operator does: the world, the object, and why.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    (
        "corpus repo02.yaml",
        "Ingress/tycho/tycho-gateway-tailnet",
        "its ProxyGroup is on a tailnet of its own, to which the oracle gives the MagicDNS name of the operator's",
    ),
    (
        "corpus repo46.yaml",
        "ProxyGroup//ingress-proxy",
        "its ProxyClass asks for nodes with external addresses, which only a cluster can show",
    ),
];

/// The port of a backend that nobody brought along: the oracle makes such a Service.
const ASSUMED_PORT: u32 = 8080;

/// Where plain HTTP is sent if it is redirected.
const REDIRECT: &str = "301:https://${HOST}${REQUEST_URI}";

/// Objects at the edges of what the operator reads.
const EDGES: &str = "tests/oracle_cases/edges";

/// Adds the corpus and the edges to the worlds that are judged; the latter also for an operator that is the
/// default load balancer.
pub(crate) fn add_worlds(worlds: &mut BTreeMap<String, String>) {
    let balancer = Options { default_load_balancer: Some(true), ..Options::complete() };
    for (kind, folder, options) in [
        ("corpus", CORPUS, Options::complete()),
        ("edges", EDGES, Options::complete()),
        ("edges of the default load balancer", EDGES, balancer),
    ] {
        let folder = root().join(folder);
        for file in names_in(&folder) {
            let text = std::fs::read_to_string(folder.join(&file)).expect("a world must be readable");
            worlds.insert(format!("{kind} {file}"), options.line() + &text);
        }
    }
}

/// The objects of a world that our reading takes up or the operator does, each compared.
pub(crate) struct Compared {
    /// How many were compared.
    pub(crate) objects: usize,
    /// What differs.
    pub(crate) faults: Vec<String>,
}

/// Compares all worlds.
pub(crate) fn compare(worlds: &BTreeMap<String, String>, reports: &BTreeMap<String, Report>) -> Compared {
    let mut all = Compared { objects: 0, faults: Vec::new() };
    let mut needed = vec![false; DIFFERENCES.len()];
    for (name, world) in worlds {
        let mut sources = Sources::default();
        let id = sources.add(name.as_str(), world.as_str());
        let parsed = documents(id, sources.get(id).expect("it was added"));
        let world = World::of(&parsed, world);
        for object in &world.objects {
            let key = world.key(*object);
            let Some(judged) = world.judged(&reports[name], *object) else { continue };
            all.objects += 1;
            let differences = differences(read(*object, &world).as_ref(), judged, *object, &world);
            match DIFFERENCES.iter().position(|(of, object, _)| of == name && *object == key) {
                Some(number) => needed[number] |= !differences.is_empty(),
                None => all.faults.extend(differences.into_iter().map(|why| format!("{name}: {key}: {why}"))),
            }
        }
    }
    let unneeded = DIFFERENCES.iter().zip(needed).filter(|(_, needed)| !needed);
    all.faults.extend(unneeded.map(|((world, object, _), _)| format!("{world}: {object} agrees: delete its line")));
    all
}

fn differences(read: Option<&Exposure<'_>>, judged: &Judged, object: Object<'_>, world: &World<'_>) -> Vec<String> {
    let found = found(judged);
    let made = read.filter(|exposure| exposure.is_made());
    let meant = made.map_or_else(Facts::default, |exposure| facts(exposure, object, world));
    if made.is_none() {
        let refusals = read.map_or_else(String::new, |exposure| format!(" ({:?})", exposure.refusals));
        return match judged.proxy {
            None => Vec::new(),
            Some(_) => vec![format!("must be made, is read as refused or not handled{refusals}")],
        };
    }
    if judged.proxy.is_none() {
        return vec![format!(
            "is read as made, the operator says {:?}: {}{}",
            judged.verdict, judged.why, judged.error
        )];
    }
    let all = meant.differences(&found);
    let compared = all.into_iter().filter(|(fact, ..)| *fact != "dnsName");
    compared.map(|(fact, read, found)| format!("{fact} is read as {read}, is {found}")).collect()
}

/// What a reading says, in the oracle's words.
fn facts(exposure: &Exposure<'_>, object: Object<'_>, world: &World<'_>) -> Facts {
    let mut facts = Facts::default();
    let on_group = exposure.group.is_some();
    let (mechanism, by): (_, &[&str]) = match exposure.mechanism {
        Mechanism::Ingress => ("ingress", if on_group { &["ingress-pg"] } else { &["ingress"] }),
        Mechanism::Service => ("service", if on_group { &["service-pg"] } else { &["service"] }),
        Mechanism::Egress if on_group => ("egress", &["egress-eps", "egress-svcs", "egress-svcs-readiness"]),
        Mechanism::Egress => ("egress", &["service"]),
        Mechanism::ProxyGroup => ("proxygroup", &["proxygroup"]),
        Mechanism::ApiServer => ("proxygroup", &["kube-apiserver-ts-service", "proxygroup"]),
        Mechanism::Connector => ("connector", &["connector"]),
    };
    facts.set("mechanism", mechanism);
    facts.set("handledBy", by.to_vec());
    for name in &exposure.names {
        let is_of_group = matches!(exposure.mechanism, Mechanism::ProxyGroup | Mechanism::ApiServer);
        if name.is_service {
            facts.set("tailscaleService", format!("svc:{}", name.text));
        }
        let devices: Vec<String> = match name.replicas {
            Some(count) => (0..count).map(|number| format!("{}-{number}", name.text)).collect(),
            None => (0..exposure.replicas.max(1)).map(|_| name.text.to_string()).collect(),
        };
        match devices.as_slice() {
            [one] if !is_of_group => facts.set("hostname", one.as_str()),
            _ if !name.is_service => facts.set("hostnames", devices),
            _ => {}
        }
    }
    facts.set("tags", exposure.tags.iter().map(ToString::to_string).collect::<Vec<_>>());
    facts.set("proxyGroup", exposure.group.map_or("", |group| group.text));
    facts.set("proxyClass", exposure.class.map_or("", |class| class.text));
    facts.set("replicas", exposure.replicas);
    facts.set("funnel", exposure.funnel);
    facts.set("clusterTraffic", exposure.cluster_traffic);
    ports(&mut facts, exposure);
    targets(&mut facts, exposure, object, world);
    facts
}

fn ports(facts: &mut Facts, exposure: &Exposure<'_>) {
    let mut ports: Vec<String> = match &exposure.ports {
        Ports::Unfiltered if exposure.mechanism == Mechanism::Service && exposure.group.is_some() => {
            vec!["do-not-validate".to_owned()]
        }
        Ports::Unfiltered => Vec::new(),
        Ports::Tcp(numbers) => numbers.iter().map(|number| format!("tcp:{number}")).collect(),
        Ports::Served(served) => {
            served.iter().map(|port| format!("{}:{}", port.protocol.to_lowercase(), port.number.text)).collect()
        }
    };
    // The order in which the operator sends those of a Tailscale Service is that of our reading.
    if !matches!(exposure.ports, Ports::Tcp(_)) || exposure.group.is_none() {
        ports.sort();
    }
    facts.set("ports", ports);
}

fn targets(facts: &mut Facts, exposure: &Exposure<'_>, object: Object<'_>, world: &World<'_>) {
    let namespace = world.namespace_of(object);
    let handlers: Vec<(String, String)> = exposure
        .handlers()
        .iter()
        .map(|handler| {
            let port = handler.port.unwrap_or(ASSUMED_PORT);
            let target = format!("{}://{}.{namespace}:{port}{}", handler.scheme, handler.service.text, handler.path);
            (handler.path.to_string(), target)
        })
        .collect();
    let mut mounts: Vec<Value> = handlers.iter().map(|(path, target)| mount("443", path, target)).collect();
    match exposure.redirection {
        Redirection::None => {}
        Redirection::Redirect => mounts.extend(handlers.iter().map(|(path, _)| mount("80", path, REDIRECT))),
        Redirection::Endpoint => mounts.extend(handlers.iter().map(|(path, target)| mount("80", path, target))),
    }
    mounts.sort_by_key(|mount| {
        format!("{} {}", mount["port"].as_str().unwrap_or_default(), mount["path"].as_str().unwrap_or_default())
    });
    facts.set("mounts", mounts);
    let has_handlers = !handlers.is_empty();
    facts.set("httpRedirect", exposure.redirection == Redirection::Redirect && has_handlers);
    facts.set("httpEndpoint", exposure.redirection == Redirection::Endpoint && has_handlers);
    let mut targets: Vec<String> = match &exposure.target {
        Target::Handlers(_) => handlers.into_iter().map(|(_, target)| target).collect(),
        Target::Cluster => vec![format!("{}.{namespace}", object.metadata("name"))],
        Target::Outside(said) | Target::Tailnet(said) => vec![said.text.trim_end_matches('.').to_owned()],
        Target::Nothing => Vec::new(),
    };
    targets.sort();
    targets.dedup();
    facts.set("targets", targets);
}

/// A world as our reading sees it.
struct World<'s> {
    objects: Vec<Object<'s>>,
    installation: Installation,
}

impl<'s> World<'s> {
    fn of(parsed: &'s [Document<'s>], text: &str) -> Self {
        let mut objects = Vec::new();
        for document in parsed {
            if let Ok(Some(root)) = &document.root {
                gather(root, document.span, &mut objects);
            }
        }
        let options: Value = text
            .lines()
            .next()
            .and_then(|line| serde_json::from_str(line.strip_prefix("# oracle: ")?).ok())
            .unwrap_or_default();
        let word = |key: &str| options[key].as_str().map(str::to_owned);
        let defaults = Installation::default();
        let tags = options["defaultTags"].as_array();
        let installation = Installation {
            ingress_class: word("ingressClass").unwrap_or(defaults.ingress_class.clone()),
            default_load_balancer: options["defaultLoadBalancer"].as_bool().unwrap_or_default(),
            default_tags: tags.map_or(defaults.default_tags.clone(), |tags| {
                tags.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }),
            tailnet: Some(word("tailnet").unwrap_or_else(|| "example.ts.net".to_owned())),
            ..defaults
        };
        Self { objects, installation }
    }

    fn namespace_of(&self, object: Object<'s>) -> &'s str {
        match object.metadata("namespace") {
            "" => "default",
            namespace => namespace,
        }
    }

    fn key(&self, object: Object<'_>) -> String {
        format!("{}/{}/{}", object.kind(), object.metadata("namespace"), object.metadata("name"))
    }

    /// The operator's verdict; nothing where the object never reached the cluster or is of a kind that is
    /// not judged.
    fn judged<'r>(&self, report: &'r Report, object: Object<'s>) -> Option<&'r Judged> {
        let namespaces = [self.namespace_of(object), ""];
        let judged = report.objects.iter().find(|judged| {
            judged.kind == object.kind()
                && judged.name == object.metadata("name")
                && namespaces.contains(&judged.namespace.as_str())
        })?;
        let is_first = self.objects.iter().find(|other| self.key(**other) == self.key(object));
        let is_first = is_first.is_some_and(|first| first.node.span == object.node.span);
        (is_first && !judged.why.starts_with("unreadable") && judged.why != "this kind is not judged").then_some(judged)
    }

    fn named(&self, kind: &str, name: &str) -> Option<Object<'s>> {
        self.objects.iter().copied().find(|object| object.kind() == kind && object.metadata("name") == name)
    }
}

fn gather<'s>(node: &'s Node<'s>, document: Span, objects: &mut Vec<Object<'s>>) {
    let Some(object) = Object::new(node, document) else { return };
    match node.get("items").filter(|_| object.kind() == "List") {
        Some(items) => items.items().iter().for_each(|item| gather(item, document, objects)),
        None => objects.push(object),
    }
}

impl<'s> Surroundings<'s> for World<'s> {
    fn installation(&self) -> &Installation {
        &self.installation
    }

    fn namespace(&self) -> &str {
        "default"
    }

    fn service(&self, namespace: &str, name: &str) -> Option<Object<'s>> {
        let is_it = |object: &Object<'s>| {
            object.is("", "Service") && object.metadata("name") == name && self.namespace_of(*object) == namespace
        };
        self.objects.iter().copied().find(is_it)
    }

    fn group_type(&self, name: &str) -> Option<String> {
        Some(self.named("ProxyGroup", name)?.node.get("spec")?.get("type")?.text()?.to_owned())
    }

    fn group_tailnet(&self, name: &str) -> String {
        let tailnet = self.named("ProxyGroup", name).and_then(|group| group.node.get("spec")?.get("tailnet"));
        tailnet.and_then(Node::text).unwrap_or_default().to_owned()
    }
}
