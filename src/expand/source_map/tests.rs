//! Source maps: from a field of an object of each section to what it was made from.

use crate::api::{Decoder, Profile, Stub};
use crate::build::{Build, Classes};
use crate::expand::{Expansion, Governed, Written, expand};
use crate::krm::{FieldPath, Object};
use crate::yaml::{Document, Sources, documents};

const STUB: &str = r#"apiVersion: tailscale-expose.dev/v1alpha1
kind: TailscaleExpose
metadata: {name: all, namespace: apps}
spec:
  defaults: {tags: [tag:stub], labels: {team: core, other: x}, ingress: {annotations: {a.dev/b: c}}}
  ingress:
    home: {hostname: start, service: "web:80", labels: {team: own}, homepage: {icon: home.png}, annotations: {z: w}}
    files: {service: "files/web", portName: dav, name: drive}
    api: {service: "web:80", paths: {/: "", /v1: "v1:8080"}}
    root: {paths: {/: "web:81"}, httpRedirect: true}
  loadBalancer:
    db: {ports: {sql: 5432, metrics: 9187}, selector: {app: db}, namespace: data, publishNotReadyAddresses: true}
    copy: {service: "there", sessionAffinity: ClientIP}
    one: {port: 80, selector: {app: one}, type: ClusterIP}
  annotate:
    there: {hostname: known, annotations: {z: w}}
  egress:
    nas: {fqdn: nas.example.ts.net, externalName: unused, ports: {smb: 445}}
    cam: {ip: 100.64.0.7}
  outside:
    lan: {host: nas.lan}
    printer: {ip: "fd00::9", ports: {ipp: 631}, annotations: {z: w}}
    router: {ip: 192.168.1.1, port: 443}
  apiServer:
    kube: {hostname: control, mode: noauth, replicas: 1}
  proxyGroup:
    out: {type: egress, name: ways, replicas: 3, tags: [tag:one, tag:two]}
  connector:
    lan: {exitNode: true, routes: [10.0.0.0/8, 192.168.1.0/24], hostname: office}
    saas: {appConnector: true, routes: [10.9.0.0/16]}
"#;

const PROFILE: &str = "apiVersion: tailscale-expose.dev/v1alpha1
kind: TailscaleExposeProfile
metadata: {name: all}
spec:
  tailnet: example.ts.net
  operator: {ingressClass: other}
  defaults: {proxyClass: prod, loadBalancer: {externalTrafficPolicy: Local}}
";

const SERVICE: &str = "apiVersion: v1
kind: Service
metadata: {name: there, namespace: apps}
spec: {ports: [{name: web, port: 80}], selector: {app: there}}
";

/// Expands everything and hands it over with the stub and the sources.
fn expanded(look: impl FnOnce(&Expansion, &Stub, &Sources)) {
    let mut sources = Sources::default();
    let ids = [("stub.yaml", STUB), ("profile.yaml", PROFILE), ("service.yaml", SERVICE)];
    let ids = ids.map(|(name, text)| sources.add(name, text));
    let parsed: Vec<Document<'_>> = ids.iter().flat_map(|id| documents(*id, sources.get(*id).unwrap())).collect();
    let objects: Vec<Object<'_>> =
        parsed.iter().map(|one| Object::new(one.root.as_ref().unwrap().as_ref().unwrap(), one.span).unwrap()).collect();
    let mut decoder = Decoder::new(objects[0].reference());
    let stub = Stub::decode(objects[0].node, &mut decoder).unwrap();
    let profile = Profile::decode(objects[1].node, &mut decoder).unwrap();
    assert_eq!(decoder.findings.iter().map(|finding| &finding.message).next(), None);
    let mut build = Build::visible(Classes::default());
    build.add(objects[2]);
    let governed = [Governed { stub: &stub, profile: Some(&profile), held: false, faulty: false }];
    let expansion = expand(&governed, &build, &[]);
    let told: Vec<_> = expansion.findings.iter().map(|finding| &finding.message).collect();
    assert!(told.is_empty(), "{told:?}");
    look(&expansion, &stub, &sources);
}

fn path(keys: &[&str]) -> FieldPath {
    keys.iter().fold(FieldPath::default(), |path, key| match key.parse() {
        Ok(index) => path.index(index),
        Err(_) => path.key(key),
    })
}

/// Says where a field was written: its text, its path, and whether the profile has it.
fn said(written: &Written, sources: &Sources) -> (String, String, bool) {
    (sources.slice(written.span).to_owned(), written.path.to_string(), written.in_profile)
}

#[test]
fn every_field_of_an_object_leads_to_what_it_was_made_from() {
    let annotation = |key| ["metadata", "annotations", key];
    expanded(|expansion, stub, sources| {
        let check = |name: &str, field: &[&str], want: (&str, &str, bool)| {
            let made = expansion.generated.iter().find(|made| {
                let of = made.manifest.reference();
                of.name == name || format!("{} {}", of.kind, of.name) == name
            });
            let made = made.expect(name);
            let written = made.written(stub, &path(field));
            assert_eq!(said(&written, sources), (want.0.to_owned(), want.1.to_owned(), want.2), "{name}: {field:?}");
        };
        // What is not written is the key's.
        check("home-tailnet", &["metadata", "name"], ("home", "spec.ingress.home", false));
        check("home-tailnet", &["kind"], ("home", "spec.ingress.home", false));
        check("api-tailnet", &["spec", "tls", "0", "hosts", "0"], ("api", "spec.ingress.api", false));
        check("db-tailnet", &annotation("tailscale.com/hostname"), ("db", "spec.loadBalancer.db", false));

        let host = ["spec", "tls", "0", "hosts", "0"];
        check("home-tailnet", &host, ("start", "spec.ingress.home.hostname", false));
        check("home-tailnet", &["metadata", "namespace"], ("all", "metadata.namespace", false));
        check("home-tailnet", &annotation("tailscale-expose.dev/stub"), ("all", "metadata.name", false));
        check("home-tailnet", &annotation("tailscale.com/tags"), ("[tag:stub]", "spec.defaults.tags", false));
        check("home-tailnet", &annotation("tailscale.com/proxy-class"), ("prod", "spec.defaults.proxyClass", true));
        check("home-tailnet", &annotation("z"), ("w", "spec.ingress.home.annotations.z", false));
        let far = "spec.defaults.ingress.annotations[\"a.dev/b\"]";
        check("home-tailnet", &annotation("a.dev/b"), ("c", far, false));
        check(
            "home-tailnet",
            &annotation("gethomepage.dev/icon"),
            ("home.png", "spec.ingress.home.homepage.icon", false),
        );
        check("home-tailnet", &["metadata", "labels", "team"], ("own", "spec.ingress.home.labels.team", false));
        check("home-tailnet", &["metadata", "labels", "other"], ("x", "spec.defaults.labels.other", false));
        let class = ("other", "spec.operator.ingressClass", true);
        check("home-tailnet", &["spec", "ingressClassName"], class);
        let backend = ["spec", "defaultBackend", "service", "port", "number"];
        check("home-tailnet", &backend, ("\"web:80\"", "spec.ingress.home.service", false));
        check("drive", &["metadata", "name"], ("drive", "spec.ingress.files.name", false));
        check("drive", &["metadata", "namespace"], ("\"files/web\"", "spec.ingress.files.service", false));
        check("drive", &backend[..3], ("\"files/web\"", "spec.ingress.files.service", false));
        check(
            "drive",
            &["spec", "defaultBackend", "service", "port", "name"],
            ("dav", "spec.ingress.files.portName", false),
        );
        let paths = ["spec", "rules", "0", "http", "paths"];
        check("api-tailnet", &[&paths[..], &["0", "path"]].concat(), ("/", "spec.ingress.api.paths[\"/\"]", false));
        let v1 = ("\"v1:8080\"", "spec.ingress.api.paths[\"/v1\"]", false);
        check("api-tailnet", &[&paths[..], &["1", "backend", "service", "name"]].concat(), v1);
        check("root-tailnet", &backend, ("{/: \"web:81\"}", "spec.ingress.root.paths[\"/\"]", false));
        check(
            "root-tailnet",
            &annotation("tailscale.com/http-redirect"),
            ("true", "spec.ingress.root.httpRedirect", false),
        );

        check("db-tailnet", &["metadata", "namespace"], ("data", "spec.loadBalancer.db.namespace", false));
        check("db-tailnet", &["spec", "ports", "1", "port"], ("9187", "spec.loadBalancer.db.ports.metrics", false));
        check("db-tailnet", &["spec", "selector", "app"], ("db", "spec.loadBalancer.db.selector.app", false));
        let ready = ("true", "spec.loadBalancer.db.publishNotReadyAddresses", false);
        check("db-tailnet", &["spec", "publishNotReadyAddresses"], ready);
        let policy = ("Local", "spec.defaults.loadBalancer.externalTrafficPolicy", true);
        check("db-tailnet", &["spec", "externalTrafficPolicy"], policy);
        check("copy-tailnet", &["spec", "ports", "0", "name"], ("\"there\"", "spec.loadBalancer.copy.service", false));
        check(
            "copy-tailnet",
            &["spec", "sessionAffinity"],
            ("ClientIP", "spec.loadBalancer.copy.sessionAffinity", false),
        );

        check("nas", &annotation("tailscale.com/tailnet-fqdn"), ("nas.example.ts.net", "spec.egress.nas.fqdn", false));
        check("nas", &["spec", "externalName"], ("unused", "spec.egress.nas.externalName", false));
        check("nas", &["spec", "ports", "0"], ("445", "spec.egress.nas.ports.smb", false));
        check("cam", &annotation("tailscale.com/tailnet-ip"), ("100.64.0.7", "spec.egress.cam.ip", false));

        check("one-tailnet", &["spec", "ports", "0", "port"], ("80", "spec.loadBalancer.one.port", false));
        check("one-tailnet", &["spec", "type"], ("ClusterIP", "spec.loadBalancer.one.type", false));
        check("one-tailnet", &annotation("tailscale.com/expose"), ("ClusterIP", "spec.loadBalancer.one.type", false));
        check("lan-tailnet", &["spec", "externalName"], ("nas.lan", "spec.outside.lan.host", false));
        check("printer-tailnet", &["spec", "ipFamilies"], ("\"fd00::9\"", "spec.outside.printer.ip", false));
        let slice = "EndpointSlice printer-tailnet";
        check(slice, &["endpoints", "0", "addresses", "0"], ("\"fd00::9\"", "spec.outside.printer.ip", false));
        check(slice, &["addressType"], ("\"fd00::9\"", "spec.outside.printer.ip", false));
        check(slice, &["ports", "0", "port"], ("631", "spec.outside.printer.ports.ipp", false));
        check(slice, &["metadata", "labels", "team"], ("core", "spec.defaults.labels.team", false));
        check(slice, &["metadata", "labels", "kubernetes.io/service-name"], ("printer", "spec.outside.printer", false));
        check(slice, &annotation("z"), ("w", "spec.outside.printer.annotations.z", false));
        check("EndpointSlice router-tailnet", &["ports", "0"], ("443", "spec.outside.router.port", false));

        check("kube", &["spec", "kubeAPIServer", "hostname"], ("control", "spec.apiServer.kube.hostname", false));
        check("kube", &["spec", "kubeAPIServer", "mode"], ("noauth", "spec.apiServer.kube.mode", false));
        check("kube", &["spec", "tags", "0"], ("tag:stub", "spec.defaults.tags[0]", false));
        check("kube", &["spec", "type"], ("kube", "spec.apiServer.kube", false));
        check("ways", &["metadata", "name"], ("ways", "spec.proxyGroup.out.name", false));
        check("ways", &["spec", "type"], ("egress", "spec.proxyGroup.out.type", false));
        check("ways", &["spec", "replicas"], ("3", "spec.proxyGroup.out.replicas", false));
        check("ways", &["spec", "tags", "1"], ("tag:two", "spec.proxyGroup.out.tags[1]", false));

        check("lan", &["spec", "exitNode"], ("true", "spec.connector.lan.exitNode", false));
        check("lan", &["spec", "hostname"], ("office", "spec.connector.lan.hostname", false));
        let routes = ["spec", "subnetRouter", "advertiseRoutes"];
        check("lan", &[&routes[..], &["1"]].concat(), ("192.168.1.0/24", "spec.connector.lan.routes[1]", false));
        check("lan", &["spec", "tags", "0"], ("tag:stub", "spec.defaults.tags[0]", false));
        check("saas", &["spec", "appConnector"], ("true", "spec.connector.saas.appConnector", false));
        let route = ["spec", "appConnector", "routes", "0"];
        check("saas", &route, ("10.9.0.0/16", "spec.connector.saas.routes[0]", false));
        // A path that only begins alike is another field.
        check("ways", &["spec", "typewriter"], ("out", "spec.proxyGroup.out", false));
    });
}

#[test]
fn an_annotation_of_a_service_leads_to_what_it_was_made_from() {
    expanded(|expansion, stub, sources| {
        let [change] = expansion.annotated.as_slice() else { panic!("one Service must be annotated") };
        for (key, want, at) in [
            ("tailscale.com/hostname", "known", "spec.annotate.there.hostname"),
            ("tailscale.com/tags", "[tag:stub]", "spec.defaults.tags"),
            ("tailscale.com/expose", "there", "spec.annotate.there"),
            ("z", "w", "spec.annotate.there.annotations.z"),
        ] {
            let written = change.written(stub, &path(&["metadata", "annotations", key]));
            assert_eq!(said(&written, sources), (want.to_owned(), at.to_owned(), false), "{key}");
        }
    });
}
