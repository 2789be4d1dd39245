//go:build !plan9

// What an object became on the tailnet, read from what the operator wrote: StatefulSets and Secrets
// of standalone proxies, ConfigMaps and Tailscale Services of what runs on a ProxyGroup.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tsapi "tailscale.com/k8s-operator/apis/v1alpha1"
	"tailscale.com/kube/ingressservices"
	"tailscale.com/kube/kubetypes"
	"tailscale.com/tailcfg"
	"tailscale.com/util/dnsname"
)

type oracleProxy struct {
	Mechanism  string `json:"mechanism"` // ingress | service | egress | proxygroup | connector
	ProxyGroup string `json:"proxy_group,omitempty"`
	ProxyClass string `json:"proxy_class,omitempty"`
	// Hostname is what a proxy asks to be called, Hostnames what the replicas of a group do.
	Hostname  string   `json:"hostname,omitempty"`
	Hostnames []string `json:"hostnames,omitempty"`
	// DNSName is the name that the object's status publishes, or else that of the proxy's device.
	DNSName string `json:"dns_name,omitempty"`
	// Tags are those of the auth key, or of the Tailscale Service, exactly as sent.
	Tags  []string `json:"tags,omitempty"`
	Ports []string `json:"ports,omitempty"` // "tcp:443"
	// Service is the Tailscale Service, "svc:name".
	Service        string         `json:"tailscale_service,omitempty"`
	Replicas       int32          `json:"replicas,omitempty"`
	Funnel         bool           `json:"funnel,omitempty"`
	HTTPRedirect   bool           `json:"http_redirect,omitempty"`
	HTTPEndpoint   bool           `json:"http_endpoint,omitempty"`
	ClusterTraffic bool           `json:"cluster_traffic,omitempty"`
	Mounts         []oracleMount  `json:"mounts,omitempty"`
	Targets        []string       `json:"targets,omitempty"`
	ServeConfig    map[string]any `json:"serve_config,omitempty"`
	Config         proxyConfig    `json:"config,omitempty"` // tailscaled's, without the auth key
}

// oracleMount is one handler of a serve configuration. Its target has Services by name.
type oracleMount struct {
	Port   string `json:"port"`
	Path   string `json:"path"`
	Target string `json:"target"`
}

// proxyOf describes what the operator made of an object, or is nil if it made nothing.
func (w *oracleWorld) proxyOf(ctx context.Context, m *oracleManifest, o client.Object) *oracleProxy {
	p := &oracleProxy{ProxyGroup: o.GetAnnotations()[AnnotationProxyGroup]}
	made := false
	switch x := o.(type) {
	case *networkingv1.Ingress:
		p.Mechanism = "ingress"
		if p.ProxyGroup != "" {
			made = w.ingressOnGroup(ctx, p, x)
		} else {
			made = w.standalone(ctx, p, m, childResourceLabels(x.Name, x.Namespace, "ingress"))
		}
		if l := x.Status.LoadBalancer.Ingress; len(l) > 0 {
			p.DNSName = l[0].Hostname
		}
	case *corev1.Service:
		p.Mechanism = "service"
		switch {
		case isEgressSvcForProxyGroup(x):
			made = w.egressOnGroup(ctx, p, x)
		case p.ProxyGroup != "":
			made = w.serviceOnGroup(ctx, p, x)
		default:
			made = w.standalone(ctx, p, m, childResourceLabels(x.Name, x.Namespace, "svc"))
			if made && p.Mechanism == "service" && x.Spec.Type != corev1.ServiceTypeExternalName {
				// The proxy forwards every port to the ClusterIP, which answers on these.
				for _, port := range x.Spec.Ports {
					p.Ports = append(p.Ports, fmt.Sprintf("%s:%d", strings.ToLower(string(port.Protocol)), port.Port))
				}
			}
		}
		if l := x.Status.LoadBalancer.Ingress; len(l) > 0 {
			p.DNSName = l[0].Hostname
		}
	case *tsapi.Connector:
		p.Mechanism, p.ProxyGroup = "connector", "" // the annotation is not read on it
		made = w.standalone(ctx, p, m, childResourceLabels(x.Name, "", "connector"))
		p.ProxyClass = x.Spec.ProxyClass
	case *tsapi.ProxyGroup:
		p.Mechanism = "proxygroup"
		made = w.standalone(ctx, p, m, pgLabels(x.Name, nil))
		p.ProxyClass = x.Spec.ProxyClass
		if x.Spec.Type == tsapi.ProxyGroupTypeKubernetesAPIServer {
			name := serviceNameForAPIServerProxy(x).String()
			if s, ok := w.tailnets.service(x.Spec.Tailnet, name); ok {
				p.Service, p.Ports = name, s.Ports
			}
			p.DNSName = strings.TrimPrefix(x.Status.URL, "https://")
		}
	}
	if !made {
		return nil
	}
	if p.ProxyGroup == "" && p.Mechanism != "proxygroup" && p.Mechanism != "connector" {
		p.ProxyClass = proxyClassForObject(o, "")
	}
	w.readServeConfig(p)
	return p
}

// standalone reads the StatefulSet with the given labels, and the configuration in its Secrets.
func (w *oracleWorld) standalone(ctx context.Context, p *oracleProxy, m *oracleManifest, labels client.MatchingLabels) bool {
	var sets appsv1.StatefulSetList
	_ = w.api.List(ctx, &sets, client.InNamespace(oracleNamespace), labels)
	if len(sets.Items) == 0 {
		return false
	}
	set := sets.Items[0]
	p.Tags, p.Replicas = m.tags, *set.Spec.Replicas
	for _, c := range set.Spec.Template.Spec.Containers {
		for _, e := range c.Env {
			switch e.Name {
			case "TS_DEST_IP":
				p.Targets = append(p.Targets, w.named(e.Value))
			case "TS_EXPERIMENTAL_DEST_DNS_NAME":
				p.Targets = append(p.Targets, e.Value)
			case "TS_TAILNET_TARGET_IP", "TS_TAILNET_TARGET_FQDN":
				p.Mechanism, p.Targets = "egress", append(p.Targets, e.Value)
			case "EXPERIMENTAL_ALLOW_PROXYING_CLUSTER_TRAFFIC_VIA_INGRESS":
				p.ClusterTraffic = e.Value == "true"
			}
		}
	}
	var secrets corev1.SecretList
	_ = w.api.List(ctx, &secrets, client.InNamespace(oracleNamespace), labels)
	for _, s := range secrets.Items {
		if c := readProxyConfig(&s); c != nil {
			p.Hostnames = append(p.Hostnames, c.text("hostname"))
			if p.Config == nil {
				p.Config = c
			}
		}
		_ = json.Unmarshal(s.Data["serve-config"], &p.ServeConfig)
		if fqdn := string(s.Data[kubetypes.KeyDeviceFQDN]); p.Mechanism != "proxygroup" && fqdn != "" {
			p.DNSName = strings.TrimSuffix(fqdn, ".")
		}
	}
	if p.Mechanism != "proxygroup" && len(p.Hostnames) == 1 {
		p.Hostname, p.Hostnames = p.Hostnames[0], nil
	}
	return true
}

// onGroup reads the Tailscale Service that carries an object on a ProxyGroup.
func (w *oracleWorld) onGroup(ctx context.Context, p *oracleProxy, host string) {
	p.Hostname = host
	if s, ok := w.tailnets.service(w.tailnetOf(ctx, p.ProxyGroup), "svc:"+host); ok {
		p.Service, p.Tags, p.Ports = s.Name, s.Tags, s.Ports
	}
}

func (w *oracleWorld) ingressOnGroup(ctx context.Context, p *oracleProxy, x *networkingv1.Ingress) bool {
	cm := &corev1.ConfigMap{}
	if w.api.Get(ctx, client.ObjectKey{Namespace: oracleNamespace, Name: pgIngressCMName(p.ProxyGroup)}, cm) != nil {
		return false
	}
	host := hostnameForIngress(x)
	var all struct{ Services map[string]map[string]any }
	if json.Unmarshal(cm.BinaryData[serveConfigKey], &all) != nil || all.Services["svc:"+host] == nil {
		return false
	}
	p.ServeConfig = all.Services["svc:"+host]
	w.onGroup(ctx, p, host)
	return true
}

func (w *oracleWorld) serviceOnGroup(ctx context.Context, p *oracleProxy, x *corev1.Service) bool {
	host := nameForService(x)
	_, cfgs, err := ingressSvcsConfigs(ctx, w.api, p.ProxyGroup, oracleNamespace)
	c, ok := cfgs["svc:"+host]
	if err != nil || !ok {
		return false
	}
	for _, to := range []*ingressservices.Mapping{c.IPv4Mapping, c.IPv6Mapping} {
		if to != nil {
			p.Targets = append(p.Targets, w.named(to.ClusterIP.String()))
		}
	}
	w.onGroup(ctx, p, host)
	return true
}

func (w *oracleWorld) egressOnGroup(ctx context.Context, p *oracleProxy, x *corev1.Service) bool {
	p.Mechanism = "egress"
	_, cfgs, err := egressSvcsConfigs(ctx, w.api, p.ProxyGroup, oracleNamespace)
	c, ok := cfgs[tailnetSvcName(x)]
	if err != nil || !ok {
		return false
	}
	p.Targets = []string{c.TailnetTarget.FQDN + c.TailnetTarget.IP} // only one is ever set
	for port := range c.Ports {                                     // the other half, the port on the proxy, is drawn at random
		p.Ports = append(p.Ports, fmt.Sprintf("%s:%d", strings.ToLower(port.Protocol), port.TargetPort))
	}
	slices.Sort(p.Ports)
	return true
}

// named puts the names of Services in the place of their addresses.
func (w *oracleWorld) named(s string) string {
	for ip, owner := range w.ips {
		if s == ip {
			return owner
		}
		s = strings.ReplaceAll(s, "//"+ip+":", "//"+owner+":")
	}
	return s
}

// readServeConfig lists the handlers of a serve configuration.
func (w *oracleWorld) readServeConfig(p *oracleProxy) {
	var sc struct {
		Web map[string]struct {
			Handlers map[string]struct{ Proxy, Redirect string }
		}
		AllowFunnel map[string]bool
	}
	_ = json.Unmarshal([]byte(oracleJSON(p.ServeConfig)), &sc)
	for _, on := range sc.AllowFunnel {
		p.Funnel = p.Funnel || on
	}
	for listener, web := range sc.Web {
		port := listener[strings.LastIndex(listener, ":")+1:]
		if p.Service == "" {
			p.Ports = oracleAdd(p.Ports, "tcp:"+port)
		}
		for path, h := range web.Handlers {
			p.HTTPRedirect = p.HTTPRedirect || port == "80" && h.Redirect != ""
			p.HTTPEndpoint = p.HTTPEndpoint || port == "80" && h.Proxy != ""
			target := w.named(h.Proxy + h.Redirect) // only one is ever set
			p.Mounts = append(p.Mounts, oracleMount{Port: port, Path: path, Target: target})
			if h.Proxy != "" {
				p.Targets = oracleAdd(p.Targets, target)
			}
		}
	}
	slices.SortFunc(p.Mounts, func(a, b oracleMount) int {
		return strings.Compare(a.Port+" "+a.Path, b.Port+" "+b.Path)
	})
	slices.Sort(p.Ports)
	slices.Sort(p.Targets)
}

// doubts lists what the control plane would refuse: it is stricter than the operator.
func (p *oracleProxy) doubts() []string {
	if p == nil {
		return nil
	}
	var out []string
	for _, t := range p.Tags {
		if err := tailcfg.CheckTag(t); err != nil {
			out = append(out, fmt.Sprintf("tag %q: %v", t, err))
		}
	}
	for _, h := range append(slices.Clone(p.Hostnames), p.Hostname) {
		if h == "" {
			continue
		}
		if err := dnsname.ValidLabel(h); err != nil {
			out = append(out, fmt.Sprintf("host name %q: %v", h, err))
		}
	}
	return out
}
