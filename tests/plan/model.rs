//! Stubs, profiles and manifests as people write them, sound or damaged, made from bytes.
//!
//! Names come from few words, so that objects, host names and stubs meet.

use crate::lists::Dice;

/// The annotation that says which stub made an object.
pub(crate) const MARK: &str = "tailscale-expose.dev/stub";
/// The annotation that says what a stub set on a Service.
pub(crate) const RECORD: &str = "tailscale-expose.dev/annotated";

/// Annotations of an object.
pub(crate) type Annotations = [(&'static str, String)];

/// Writes an object.
pub(crate) fn object(
    api_version: &str,
    kind: &str,
    namespace: &str,
    name: &str,
    annotations: &Annotations,
    rest: &str,
) -> String {
    let mut text = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: {name}\n");
    if !namespace.is_empty() {
        text.push_str(&format!("  namespace: {namespace}\n"));
    }
    if !annotations.is_empty() {
        text.push_str("  annotations:\n");
        for (key, value) in annotations {
            text.push_str(&format!("    {key}: '{value}'\n"));
        }
    }
    text + rest
}

/// An entry of a stub.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    section: &'static str,
    key: String,
    body: &'static str,
}

const SECTIONS: [(&str, &[&str], &[&str]); 8] = [
    (
        "ingress",
        &["web", "api", "wiki"],
        &[
            "service: \"web:80\"",
            "service: \"api:http\"",
            "service: \"web:80\", tags: [tag:own]",
            "service: \"web:80\", paths: {/: \"\", /a: \"api:80\"}",
            "service: \"web:${P}\"",
            "service: \"gone:80\"",
            "service: \"web:80\", hostname: \"x-${C}\"",
        ],
    ),
    ("annotate", &["web", "api"], &["service: web", "service: api, tags: [tag:own]", "service: web, hostname: tv"]),
    (
        "loadBalancer",
        &["game", "lb"],
        &["ports: {http: 80}, selector: {app: a}", "ports: {http: 81}, selector: {app: a}, tags: [tag:own]"],
    ),
    ("egress", &["nas", "out"], &["ip: 100.64.0.1, ports: {http: 80}", "fqdn: db.tail.ts.net, tags: [tag:own]"]),
    ("proxyGroup", &["group"], &["type: ingress", "type: egress, replicas: 3"]),
    ("apiServer", &["server"], &["", "mode: auth"]),
    ("connector", &["home"], &["exitNode: true", "routes: [10.0.0.0/8], replicas: 2"]),
    (
        "outside",
        &["printer", "router"],
        &["host: nas.lan", "ip: 192.168.1.9, ports: {http: 80}", "ip: 192.168.1.9, port: 81"],
    ),
];

/// Bodies that no entry may have.
const BROKEN: [&str; 5] = ["servcie: x", "hostname: \"A B\"", "tags: x", "service: [], ports: 5", "{}: {}"];

impl Entry {
    fn roll(dice: &mut Dice<'_>, number: usize) -> Self {
        let (section, keys, bodies) = SECTIONS[[0, 0, 0, 1, 2, 3, 4, 5, 6, 7][dice.roll(10)]];
        let key = dice.pick(keys);
        let key = if dice.once_in(8) { key.to_owned() } else { format!("{key}-{number}") };
        Self { section, key, body: dice.pick(bodies) }
    }
}

/// What is wrong with a stub as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Nothing,
    Defaults,
    DefaultsTypo,
    Section,
    Version,
    Kind,
    SpecInMetadata,
    Nameless,
}

const FAULTS: [Fault; 7] = [
    Fault::Defaults,
    Fault::DefaultsTypo,
    Fault::Section,
    Fault::Version,
    Fault::Kind,
    Fault::SpecInMetadata,
    Fault::Nameless,
];

/// A stub.
#[derive(Clone, Debug)]
pub(crate) struct Stub {
    pub(crate) name: &'static str,
    pub(crate) namespace: &'static str,
    /// Whether its own defaults have tags.
    pub(crate) has_tags: bool,
    pub(crate) entries: Vec<Entry>,
    pub(crate) fault: Fault,
    number: usize,
}

impl Stub {
    pub(crate) fn roll(dice: &mut Dice<'_>, number: usize, names: &[&'static str], namespace: &'static str) -> Self {
        let name = names[dice.roll(names.len())];
        let has_tags = dice.once_in(6);
        let mut stub = Self { name, namespace, has_tags, entries: Vec::new(), fault: Fault::Nothing, number };
        for _ in 0..=dice.roll(4) {
            stub.add(dice);
        }
        stub
    }

    /// Returns what its objects call it.
    pub(crate) fn provenance(&self) -> String {
        if self.namespace.is_empty() { self.name.to_owned() } else { format!("{}/{}", self.namespace, self.name) }
    }

    fn add(&mut self, dice: &mut Dice<'_>) {
        let entry = Entry::roll(dice, self.number);
        if !self.entries.iter().any(|known| (known.section, &known.key) == (entry.section, &entry.key)) {
            self.entries.push(entry);
        }
    }

    /// Changes it as a person may, for better or worse.
    pub(crate) fn change(&mut self, dice: &mut Dice<'_>) {
        let at = dice.roll(self.entries.len().max(1));
        match dice.roll(10) {
            0 | 1 => {
                let broken = dice.pick(&BROKEN);
                self.entries.get_mut(at).into_iter().for_each(|entry| entry.body = broken);
            }
            2 | 3 => drop((at < self.entries.len()).then(|| self.entries.remove(at))),
            4 => self.add(dice),
            5 | 6 => self.fault = FAULTS[dice.roll(FAULTS.len())],
            7 => self.fault = Fault::Nothing,
            8 => {
                let Some(entry) = self.entries.get_mut(at) else { return };
                let bodies = SECTIONS.iter().find(|(section, ..)| *section == entry.section);
                entry.body = bodies.map_or("", |(_, _, bodies)| dice.pick(bodies));
            }
            _ => self.has_tags = !self.has_tags,
        }
    }

    pub(crate) fn text(&self, annotations: &Annotations) -> String {
        let mut spec = match self.fault {
            Fault::Section => "  ingres: {web: {service: \"web:80\"}}\n".to_owned(),
            _ => String::new(),
        };
        match self.fault {
            Fault::Defaults => spec.push_str("  defaults: 5\n"),
            Fault::DefaultsTypo => spec.push_str("  defaults: {tgas: [tag:own]}\n"),
            _ if self.has_tags => spec.push_str("  defaults: {tags: [tag:own]}\n"),
            _ => {}
        }
        for (section, ..) in SECTIONS {
            let own: Vec<&Entry> = self.entries.iter().filter(|entry| entry.section == section).collect();
            if !own.is_empty() {
                spec.push_str(&format!("  {section}:\n"));
            }
            own.iter().for_each(|entry| spec.push_str(&format!("    {}: {{{}}}\n", entry.key, entry.body)));
        }
        let version =
            if self.fault == Fault::Version { "tailscale-expose.dev/v9" } else { "tailscale-expose.dev/v1alpha1" };
        let kind = if self.fault == Fault::Kind { "TailscaleExposee" } else { "TailscaleExpose" };
        let name = if self.fault == Fault::Nameless { "''" } else { self.name };
        let rest = match (spec.is_empty(), self.fault) {
            (true, _) => "spec: {}\n".to_owned(),
            (false, Fault::SpecInMetadata) => format!("  spec:\n{}", spec.replace("  ", "    ")),
            (false, _) => format!("spec:\n{spec}"),
        };
        object(version, kind, self.namespace, name, annotations, &rest)
    }
}

/// A profile: its spec, its tags, and whether that is right.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Profile {
    name: &'static str,
    version: &'static str,
    spec: &'static str,
}

const SPECS: [&str; 6] = [
    "{defaults: {tags: [tag:cluster]}}",
    "{defaults: {tags: [tag:other]}}",
    "{defaults: {hostnameSuffix: \"-eu\"}}",
    "{rules: {dangling-service: \"off\"}}",
    "{rules: {dangling-service: error}}",
    "{complete: true}",
];

const BAD_SPECS: [&str; 6] = [
    "{defaults: 5}",
    "{default: {tags: [tag:cluster]}}",
    "{defaults: {tgas: [tag:cluster]}}",
    "{rules: {no-such-rule: \"off\"}, defaults: {tags: [tag:cluster]}}",
    "{complete: perhaps, defaults: {tags: [tag:cluster]}}",
    "{operator: {version: x}, defaults: {tags: [tag:cluster]}}",
];

impl Profile {
    pub(crate) fn roll(dice: &mut Dice<'_>, name: &'static str) -> Self {
        Self { name, version: "v1alpha1", spec: dice.pick(&SPECS) }
    }

    pub(crate) fn change(&mut self, dice: &mut Dice<'_>) {
        match dice.roll(4) {
            0 | 1 => self.spec = dice.pick(&BAD_SPECS),
            2 => self.spec = dice.pick(&SPECS),
            _ => self.version = dice.pick(&["v9", "v1alpha1"]),
        }
    }

    /// Returns the tags that it gives.
    pub(crate) fn tags(&self) -> Option<&'static str> {
        ["tag:cluster", "tag:other"].into_iter().find(|tag| self.spec.contains(tag))
    }

    pub(crate) fn text(&self, annotations: &Annotations) -> String {
        let version = format!("tailscale-expose.dev/{}", self.version);
        object(&version, "TailscaleExposeProfile", "", self.name, annotations, &format!("spec: {}\n", self.spec))
    }
}

/// Writes the Services of a namespace that stubs name.
pub(crate) fn services(namespace: &str, annotations: &Annotations) -> Vec<String> {
    let rest = "spec:\n  ports: [{port: 80, name: http}]\n";
    ["web", "api"].map(|name| object("v1", "Service", namespace, name, annotations, rest)).to_vec()
}

/// Writes an object that says it is from a stub, or has nothing to do with one.
pub(crate) fn stranger(dice: &mut Dice<'_>, stub: &str, more: &Annotations) -> String {
    let mut marks = vec![(MARK, stub.to_owned())];
    let name = dice.pick(&["web-tailnet", "web-0-tailnet", "old", "game-0", "group-0", "nas-0"]);
    let record = |record: &str| vec![(RECORD, format!("{stub} {record}"))];
    let ingress = |class: &str| format!("spec:\n  ingressClassName: {class}\n  tls: [{{hosts: [{name}]}}]\n");
    let (version, kind, rest) = match dice.roll(15) {
        0 => ("networking.k8s.io/v1", "Ingress", ingress("tailscale")),
        1 => ("networking.k8s.io/v1", "Ingress", ingress("nginx")),
        2 => ("v1", "Secret", "data: {a: Yg==}\n".to_owned()),
        3 => ("apps/v1", "Deployment", "spec: {replicas: 1}\n".to_owned()),
        4 => ("v1", "ConfigMap", "data:\n  a: |\n    b\n".to_owned()),
        5 => ("v1", "Service", "spec: {type: LoadBalancer, loadBalancerClass: tailscale}\n".to_owned()),
        6 => ("v1", "Service", "spec: {type: ClusterIP, ports: [{port: 80}]}\n".to_owned()),
        7 => {
            marks.push(("tailscale.com/tailnet-ip", "100.64.0.9".to_owned()));
            ("v1", "Service", "spec: {type: ExternalName, externalName: x}\n".to_owned())
        }
        8 => ("tailscale.com/v1alpha1", "ProxyGroup", "spec: {type: egress}\n".to_owned()),
        9 => ("tailscale.com/v1alpha1", "ProxyClass", "spec: {}\n".to_owned()),
        10 => ("example.com/v1", "Ingress", ingress("tailscale")),
        11 => {
            marks = record("{\"tailscale.com/expose\":\"true\",\"team\":\"a\"}");
            marks.extend([("tailscale.com/expose", "true".to_owned()), ("team", "a".to_owned())]);
            ("v1", "Service", "spec: {ports: [{port: 80}]}\n".to_owned())
        }
        12 => {
            marks = record("tailscale.com/expose,team");
            marks.extend([("tailscale.com/expose", "true".to_owned()), ("team", "a".to_owned())]);
            ("v1", "Service", "spec: {ports: [{port: 80}]}\n".to_owned())
        }
        13 => {
            marks = record("{\"a\":\"b\"}");
            marks.push(("a", "b".to_owned()));
            ("v1", "Secret", "data: {a: Yg==}\n".to_owned())
        }
        _ => {
            let inner = object("networking.k8s.io/v1", "Ingress", "nested", name, &marks, &ingress("tailscale"));
            let inner = inner.trim_end().replace('\n', "\n  ");
            return format!("apiVersion: v1\nkind: List\nitems:\n- {inner}\n");
        }
    };
    marks.extend(more.iter().cloned());
    let namespace = if kind.starts_with("Proxy") { "" } else { "apps" };
    object(version, kind, namespace, name, &marks, &rest)
}
