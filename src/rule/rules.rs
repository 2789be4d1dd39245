//! The rules, by id.
//!
//! Paths of the operator are below `cmd/k8s-operator` of `tailscale/tailscale`, where they name no other folder.

use super::Rule;
use crate::tailscale::Feature;

/// A stub: what is written in an entry.
const STUB: &[&str] = &["TailscaleExpose"];
/// A profile.
const PROFILE: &[&str] = &["TailscaleExposeProfile"];
/// What a person writes for us: entries, and the defaults behind them.
const OURS: &[&str] = &["TailscaleExpose", "TailscaleExposeProfile"];
/// What a person writes for us, and what is read of a build.
const ALL_READ: &[&str] =
    &["TailscaleExpose", "TailscaleExposeProfile", "Service", "Ingress", "ProxyGroup", "ProxyClass"];

rules! {
    AMBIGUOUS_SELECTOR = Rule::error("ambiguous-selector", "both `selector` or `ports` and `service` are written").of(STUB);
    BACKEND_PROTOCOL = Rule::warning("backend-protocol", "the operator speaks another protocol to a backend than its port says")
        .adjustable()
        .of(OURS)
        .source("`ingress.go` handlersForIngress: TLS on port 443 and where the backend's port is named `https`");
    BUILD_NOT_VISIBLE = Rule::error("build-not-visible", "an entry needs a Service of the build, and the build is not visible here")
        .of(OURS);
    CIRCULAR_KUSTOMIZATION = Rule::error("circular-kustomization", "a kustomization includes itself")
        .source("kustomize `api/internal/loader/fileloader.go` errIfArgEqualOrHigher");
    CONFLICTING_BUILDS = Rule::error("conflicting-builds", "a stub becomes something else in one build than in another").of(STUB);
    CONFLICTING_CONNECTOR = Rule::error("conflicting-connector", "two fields of a Connector exclude each other")
        .since(Feature::Connector.since())
        .of(STUB)
        .source("`connector.go` validate; the CEL rules of `deploy/crds/tailscale.com_connectors.yaml`");
    CONFLICTING_HTTP = Rule::error("conflicting-http", "`httpEndpoint` and `httpRedirect` exclude each other")
        .of(OURS)
        .except("a warning where the redirect is a default")
        .source("`ingress-for-pg.go` maybeProvision");
    CONFLICTING_NAMESPACE = Rule::error("conflicting-namespace", "`namespace` is not the namespace of the Service behind an Ingress")
        .of(OURS)
        .source("Kubernetes `networking/v1/types.go` IngressServiceBackend: a backend is of the Ingress's namespace");
    CONFLICTING_OUTPUT = Rule::error("conflicting-output", "two files with stubs would be written to one file, or patch one HelmRelease").of(STUB);
    CONFLICTING_PORT = Rule::error("conflicting-port", "a port is written twice in different ways").of(OURS);
    DANGLING_HELM_RELEASE = Rule::error("dangling-helm-release", "a HelmRelease is not in the build").of(OURS);
    DANGLING_PORT = Rule::warning("dangling-port", "a Service of the build has no such port")
        .adjustable()
        .except("an error where the port is copied")
        .of(OURS)
        .source("`ingress.go` handlersForIngress");
    DANGLING_PROXY_CLASS = Rule::error("dangling-proxy-class", "a ProxyClass is neither in the build nor known to the profile")
        .adjustable()
        .of(OURS)
        .source("`sts.go` proxyClassForObject");
    DANGLING_PROXY_GROUP = Rule::error("dangling-proxy-group", "a ProxyGroup is neither in the build nor known to the profile")
        .adjustable()
        .since(Feature::EgressProxyGroup.since())
        .of(OURS)
        .source("`ingress-for-pg.go`, `svc-for-pg.go`, `egress-services.go`: each waits for the group");
    DANGLING_SERVICE = Rule::error("dangling-service", "a Service is not in the build")
        .adjustable()
        .of(OURS)
        .source("`ingress.go` handlersForIngress");
    DUPLICATE_HOSTNAME = Rule::error("duplicate-hostname", "one tailnet name is claimed twice")
        .of(OURS)
        .source("`ingress-for-pg.go` validateIngress, `svc-for-pg.go` validateService; else the tailnet's control plane");
    DUPLICATE_KEY = Rule::error("duplicate-key", "a key is written twice in one mapping")
        .except("a warning in an object that is not ours")
        .of(ALL_READ)
        .source("YAML 1.2.2 section 3.2.1.1");
    DUPLICATE_OBJECT = Rule::error("duplicate-object", "two entries make the same object").of(OURS);
    DUPLICATE_PROFILE = Rule::error("duplicate-profile", "there are two profiles").of(PROFILE);
    DUPLICATE_STUB = Rule::error("duplicate-stub", "two stubs have the same name and namespace").of(STUB);
    EGRESS_DRIFT = Rule::info("egress-drift", "the operator changes a field that the GitOps tool changes back")
        .adjustable()
        .of(STUB)
        .source("`svc.go` maybeProvision");
    EGRESS_TARGET = Rule::error("egress-target", "an egress has not exactly one of `fqdn` and `ip`")
        .of(STUB)
        .source("`svc.go` validateService, `egress-services.go` validateEgressService");
    FIXED_RULE = Rule::error("fixed-rule", "a profile changes the level of a rule that must stay an error").of(PROFILE);
    FLUX_SUBSTITUTION = Rule::warning(
        "flux-substitution",
        "a placeholder has a form that Flux refuses or reads otherwise, or makes no text where one is needed",
    )
        .adjustable()
        .except("an error where Flux refuses it")
        .of(OURS)
        .source("fluxcd/pkg `envsubst/parse`; go.yaml.in/yaml/v2 `emitterc.go` yaml_emitter_select_scalar_style");
    FOREIGN_ANNOTATION = Rule::error("foreign-annotation", "a Service already has an annotation that an entry would set").of(OURS);
    FOREIGN_OBJECT = Rule::error("foreign-object", "the build has an object of the same name that is not generated").of(OURS);
    GONE_OUTPUT = Rule::warning("gone-output", "a kustomization lists a file that is no longer generated").adjustable();
    GROUP_ONLY = Rule::error("group-only", "a feature that only a ProxyGroup serves, on a standalone proxy")
        .since(Feature::IngressProxyGroup.since())
        .of(OURS)
        .source("`ingress-for-pg.go`: the one reader of `http-endpoint`");
    HEADLESS_SERVICE = Rule::error("headless-service", "a headless Service cannot be exposed")
        .of(OURS)
        .source("`svc.go` validateService, `ingress.go` handlersForIngress");
    INVALID_ACCESS = Rule::error("invalid-access", "a selector of the tailnet policy")
        .of(OURS)
        .source("Tailscale's documentation: targets and selectors");
    INVALID_ANNOTATION = Rule::error("invalid-annotation", "an annotation's key or use")
        .source("Kubernetes `apimachinery/pkg/util/validation` IsQualifiedName");
    INVALID_FQDN = Rule::error("invalid-fqdn", "a MagicDNS name").of(OURS).source("`operator.go` tailnetFQDN");
    INVALID_HOST = Rule::error("invalid-host", "the DNS name of a host outside of the cluster")
        .of(OURS)
        .source("Kubernetes `pkg/apis/core/validation` ValidateService: `externalName`");
    INVALID_HOSTNAME = Rule::error("invalid-hostname", "a tailnet name")
        .of(OURS)
        .source("`util/dnsname` ValidLabel; `ingress.go` hostnameForIngress takes what stands before the first dot");
    INVALID_IP = Rule::error("invalid-ip", "an address")
        .of(OURS)
        .source("`svc.go` validateService; Kubernetes `pkg/apis/core/validation` ValidateNonSpecialIP");
    INVALID_KEY = Rule::error("invalid-key", "the key of an entry").of(STUB);
    INVALID_LABEL = Rule::error("invalid-label", "a label's key or value")
        .of(OURS)
        .source("Kubernetes `apimachinery/pkg/util/validation` IsQualifiedName, IsValidLabelValue");
    INVALID_NAME = Rule::error("invalid-name", "the name of an object")
        .of(OURS)
        .source("Kubernetes `apimachinery/pkg/util/validation` IsDNS1123Subdomain, IsDNS1035Label");
    INVALID_PATH = Rule::error("invalid-path", "a path of an Ingress")
        .of(OURS)
        .source("Kubernetes `pkg/apis/networking/validation` validateHTTPIngressPath");
    INVALID_PORT = Rule::error("invalid-port", "a port")
        .of(OURS)
        .source("Kubernetes `apimachinery/pkg/util/validation` IsValidPortName, IsValidPortNum");
    INVALID_REPLICAS = Rule::error("invalid-replicas", "a number of replicas")
        .of(OURS)
        .source("`k8s-operator/apis/v1alpha1/types_proxygroup.go` Replicas");
    INVALID_ROUTE = Rule::error("invalid-route", "a network that a Connector leads to")
        .since(Feature::Connector.since())
        .of(STUB)
        .source("`connector.go` validateRoutes; `net/netutil/routes.go` ValidateViaPrefix, CalcAdvertiseRoutes");
    INVALID_SERVICE = Rule::error("invalid-service", "a reference to a Service").of(OURS);
    INVALID_TAG = Rule::error("invalid-tag", "a tag").of(OURS).source("`tailcfg/tailcfg.go` CheckTag");
    INVALID_TEXT = Rule::error("invalid-text", "a text").of(OURS);
    INVALID_VERSION = Rule::error("invalid-version", "a version").of(PROFILE);
    INVALID_YAML = Rule::error("invalid-yaml", "a document that is not YAML").of(STUB).source("YAML 1.2.2");
    KEPT_OBJECT = Rule::info("kept-object", "what an earlier run made is kept because of an error").adjustable().of(STUB);
    LITERAL_PATH = Rule::warning("literal-path", "a path holds a pattern, which the operator takes as it is written")
        .adjustable()
        .of(OURS)
        .source("`ingress.go` handlersForIngress, `ipn/ipnlocal/serve.go` getServeHandler");
    MISPLACED_SPEC = Rule::error("misplaced-spec", "`spec` stands under `metadata`").of(OURS);
    MISSING_FIELD = Rule::error("missing-field", "a field that must be set is not").of(OURS);
    MISSING_NEWLINE = Rule::warning("missing-newline", "a file does not end with a newline").adjustable();
    MISSING_PORT = Rule::error("missing-port", "a port must be written, because the build does not show it").of(OURS);
    MISSING_TAILNET = Rule::error("missing-tailnet", "a value needs the profile's `tailnet`")
        .except("information where the link of a tile is left out")
        .of(OURS);
    NAME_TOO_LONG = Rule::error("name-too-long", "a name is too long for what the operator makes of it")
        .of(OURS)
        .source("`svc.go` childResourceLabels and validateService, `proxygroup_specs.go`");
    NOT_A_DEFAULT = Rule::error("not-a-default", "a field of one entry stands in defaults").of(OURS);
    NOT_EXPANDED = Rule::error("not-expanded", "an entry cannot be expanded for a reason that is our fault").of(STUB);
    NOTHING_EXPOSED = Rule::warning("nothing-exposed", "a stub exposes nothing").adjustable().of(STUB);
    OPERATOR_OWNED_KEY = Rule::error("operator-owned-key", "a key that only the operator may write")
        .of(OURS)
        .source("`sts.go`, `egress-services.go`, `ingress-for-pg.go`, `kube/kubetypes/types.go`");
    OPERATOR_TOO_OLD = Rule::error("operator-too-old", "a feature is newer than the operator")
        .adjustable()
        .of(OURS)
        .source("the release tags that first contain a feature: each has its own");
    ORPHAN_OBJECT = Rule::info("orphan-object", "an object was generated by a stub that is not here or no longer has the entry")
        .adjustable();
    OUTSIDE_TARGET = Rule::error("outside-target", "an outside host has not exactly one of `host` and `ip`").of(STUB);
    PATCHED_STUB = Rule::warning("patched-stub", "a kustomization patches a stub that is rendered from files").adjustable();
    PROXY_GROUP_TYPE = Rule::error("proxy-group-type", "a ProxyGroup is of the wrong type")
        .since(Feature::EgressProxyGroup.since())
        .of(OURS)
        .source("`ingress-for-pg.go` validateIngress, `svc-for-pg.go` validateService, `egress-services.go` validateEgressService");
    RESERVED_NAME = Rule::error("reserved-name", "a name that the operator itself uses")
        .since(Feature::EgressProxyGroup.since())
        .of(STUB)
        .source("`proxygroup.go` validate");
    SERVICE_WITHOUT_SELECTOR = Rule::error("service-without-selector", "a Service that selects no Pods is copied")
        .of(OURS)
        .source("Kubernetes `pkg/controller/endpointslice`: a Service without selector gets no endpoints");
    SHARED_HOSTNAME = Rule::warning("shared-hostname", "two builds claim one tailnet name").adjustable().of(STUB);
    SHARED_OBJECT = Rule::warning("shared-object", "two builds make the same object from different stubs").adjustable().of(STUB);
    STANDALONE_ONLY = Rule::error("standalone-only", "a feature that a ProxyGroup does not serve")
        .since(Feature::EgressProxyGroup.since())
        .of(OURS)
        .source("`ingress-for-pg.go`, `svc-for-pg.go`, `egress-services.go`: none of them reads it");
    UNACCEPTED_ROUTE = Rule::info("unaccepted-route", "an egress leads to a Tailscale Service, and its proxy may not take the route there")
        .adjustable()
        .since(Feature::ServiceEgress.since())
        .of(OURS)
        .source("`sts.go` tailscaledConfig: AcceptRoutes is off unless a ProxyClass says so");
    UNAPPROVED_TAGS = Rule::warning("unapproved-tags", "a Tailscale Service has none of the tags of the proxies behind it")
        .adjustable()
        .since(Feature::IngressProxyGroup.since())
        .of(OURS)
        .source("`ingress-for-pg.go` and `svc-for-pg.go` maybeProvision: approval is the policy's `autoApprovers.services`");
    UNKNOWN_ANNOTATION = Rule::warning("unknown-annotation", "a `tailscale.com` annotation or label that the operator does not read")
        .adjustable()
        .of(OURS)
        .source("`svc.go`, `sts.go`, `ingress.go`, `ingress-for-pg.go`: the keys that they read");
    UNKNOWN_FIELD = Rule::error("unknown-field", "a field that does not exist").of(OURS);
    UNKNOWN_RULE = Rule::error("unknown-rule", "a rule that does not exist").of(PROFILE);
    UNKNOWN_VALUE = Rule::error("unknown-value", "a word that is not one of the allowed ones").of(OURS);
    UNLISTED_OUTPUT = Rule::warning("unlisted-output", "no kustomization lists a generated file").adjustable().of(STUB);
    UNREADABLE_FILE = Rule::error("unreadable-file", "a file that may hold a profile or a stub cannot be read")
        .except("a warning where the file was named and is passed over");
    UNSERVABLE_PORT = Rule::error("unservable-port", "a port name, or a port number, is used twice")
        .of(OURS)
        .source("Kubernetes `pkg/apis/core/validation` ValidateService");
    UNUSED_FIELD = Rule::error("unused-field", "a field that does nothing where it is written").of(STUB);
    UNUSED_PROFILE = Rule::error("unused-profile", "a profile governs no stub of the run").of(PROFILE);
    WRONG_TYPE = Rule::error("wrong-type", "a value of the wrong type").of(ALL_READ);
}
