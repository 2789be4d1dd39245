//go:build !plan9

// A world: one in-memory cluster and its tailnets, with the operator running in it.
//
// Time passes in rounds: every reconciler that would be woken up looks at every manifest, then the
// stand-ins for the kubelet, the proxies and the control plane react; until nothing changes.
package main

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/time/rate"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	tsapi "tailscale.com/k8s-operator/apis/v1alpha1"
	"tailscale.com/tstest"
)

const (
	oracleOperator  = "tailscale.com@v1.102.3"
	oracleNamespace = "tailscale" // where the operator and its proxies live
	oracleMaxRounds = 10
)

type oracleWorld struct {
	opts     oracleOptions
	api      client.WithWatch // the cluster
	cl       client.Client    // the cluster as the operator sees it: what it writes is noticed
	tailnets oracleTailnets
	ips      map[string]string // address -> whose
	logs     *observer.ObservedLogs
	recs     map[string]reconcile.Reconciler
	report   *oracleReport

	manifests []*oracleManifest
	round     int
	current   *oracleManifest // whose reconcile is running, and by which reconciler
	running   string
}

// oracleManifest is an object of the input, or one that was assumed.
type oracleManifest struct {
	object client.Object // nil if it never got into the cluster
	report *oracleObject
	tags   []string        // of the auth keys made on its behalf, exactly as sent
	acted  map[string]bool // reconcilers that wrote, spoke or failed
	spoke  bool            // the reconcile that is running did
	// failure and lines are the error and the log of the last round.
	failure string
	lines   []string
}

func newOracleWorld(opts oracleOptions) *oracleWorld {
	core, logs := observer.New(zap.DebugLevel)
	w := &oracleWorld{opts: opts, logs: logs, ips: map[string]string{}, tailnets: newOracleTailnets(opts.Tailnet),
		report: &oracleReport{Operator: oracleOperator, Tailnet: opts.Tailnet, Objects: []*oracleObject{}}}
	w.startAPIServer()
	w.startOperator(zap.New(core).Sugar())
	return w
}

// startOperator builds the reconcilers the way runReconcilers in the operator's operator.go does.
func (w *oracleWorld) startOperator(log *zap.SugaredLogger) {
	const id, image = "operator-1", "tailscale/tailscale:v1.102.3"
	cl, ns, tags, clients := w.cl, oracleNamespace, w.opts.DefaultTags, w.tailnets.clients
	// A tailnet with certificate domains is one that has HTTPS switched on.
	tsnet := &fakeTSNetServer{certDomains: []string{"operator." + w.opts.Tailnet}}
	rec := &oracleRecorder{w}
	clock := tstest.NewClock(tstest.ClockOpts{})
	ssr := &tailscaleSTSReconciler{Client: cl, tsnetServer: tsnet, clients: clients, defaultTags: tags,
		operatorNamespace: ns, proxyImage: image}
	w.recs = map[string]reconcile.Reconciler{
		"proxyclass": &ProxyClassReconciler{Client: cl, recorder: rec, logger: log, clock: clock, tsNamespace: ns,
			nodePortRange: &tsapi.PortRange{Port: 30000, EndPort: 32767}},
		"proxygroup": &ProxyGroupReconciler{Client: cl, log: log, recorder: rec, clock: clock, clients: clients, tsNamespace: ns,
			tsProxyImage: image, k8sProxyImage: "tailscale/k8s-proxy:v1.102.3", defaultTags: tags,
			authKeyRateLimits: map[string]*rate.Limiter{}, authKeyReissuing: map[string]bool{}},
		"kube-apiserver-ts-service": &KubeAPIServerTSServiceReconciler{Client: cl, recorder: rec, logger: log, clients: clients,
			tsNamespace: ns, defaultTags: tags, operatorID: id, clock: clock},
		"service": &ServiceReconciler{Client: cl, ssr: ssr, logger: log, recorder: rec, tsNamespace: ns, clock: clock,
			isDefaultLoadBalancer: w.opts.DefaultLoadBalancer},
		// isDefaultLoadBalancer stays unset: runReconcilers does not set it here either.
		"service-pg": &HAServiceReconciler{Client: cl, recorder: rec, logger: log, clients: clients, tsNamespace: ns,
			defaultTags: tags, operatorID: id, clock: clock},
		"egress-svcs":           &egressSvcsReconciler{Client: cl, logger: log, recorder: rec, clock: clock, tsNamespace: ns},
		"egress-eps":            &egressEpsReconciler{Client: cl, logger: log, tsNamespace: ns},
		"egress-svcs-readiness": &egressSvcsReadinessReconciler{Client: cl, logger: log, clock: clock, tsNamespace: ns},
		"ingress":               &IngressReconciler{Client: cl, recorder: rec, ssr: ssr, logger: log, ingressClassName: w.opts.IngressClass},
		"connector":             &ConnectorReconciler{Client: cl, recorder: rec, ssr: ssr, logger: log, clock: clock},
		"ingress-pg": &HAIngressReconciler{Client: cl, recorder: rec, logger: log, clients: clients, tsnetServer: tsnet,
			tsNamespace: ns, defaultTags: tags, operatorID: id, ingressClassName: w.opts.IngressClass},
	}
}

// interestedReconcilers names the reconcilers that the operator's watches wake up for an object.
func interestedReconcilers(ctx context.Context, o client.Object) []string {
	switch x := o.(type) {
	case *tsapi.ProxyClass:
		return []string{"proxyclass"}
	case *tsapi.ProxyGroup:
		if x.Spec.Type == tsapi.ProxyGroupTypeKubernetesAPIServer {
			return []string{"proxygroup", "kube-apiserver-ts-service"}
		}
		return []string{"proxygroup"}
	case *tsapi.Connector:
		return []string{"connector"}
	case *networkingv1.Ingress:
		return []string{"ingress", "ingress-pg"}
	case *corev1.Service:
		var names []string
		if len(serviceHandler(ctx, x)) > 0 {
			names = append(names, "service")
		}
		if !isManagedResource(x) {
			names = append(names, "service-pg")
		}
		if len(egressSvcsHandler(ctx, x)) > 0 {
			names = append(names, "egress-svcs", "egress-svcs-readiness")
		}
		return names
	}
	return nil
}

// run brings the manifests into the world and lets time pass until it stands still.
func (w *oracleWorld) run(ctx context.Context, raw []byte) *oracleReport {
	w.load(ctx, raw)
	for _, m := range w.manifests {
		w.report.Objects = append(w.report.Objects, m.report)
	}
	w.furnish(ctx)
	// What others refer to goes first, so that most worlds settle in the fewest rounds.
	order, rank := slices.Clone(w.manifests), []string{"ProxyClass", "ProxyGroup", "Connector", "Service", "Ingress"}
	slices.SortStableFunc(order, func(a, b *oracleManifest) int {
		return slices.Index(rank, a.report.Kind) - slices.Index(rank, b.report.Kind)
	})
	before := ""
	for !w.report.Settled && w.round < oracleMaxRounds {
		w.round++
		for _, m := range order {
			m.failure, m.lines = "", nil
			if m.object == nil {
				continue
			}
			key := client.ObjectKeyFromObject(m.object)
			now := m.object.DeepCopyObject().(client.Object)
			if w.api.Get(ctx, key, now) != nil {
				continue
			}
			for _, by := range interestedReconcilers(ctx, now) {
				w.reconcile(ctx, m, by, key)
				if by == "egress-svcs" {
					w.reconcileEndpointSlices(ctx, m, now.(*corev1.Service))
				}
			}
		}
		w.runPods(ctx)
		w.issueCertificates(ctx)
		after := w.dump(ctx)
		w.report.Settled, before = after == before, after
	}
	for _, m := range w.manifests {
		w.conclude(ctx, m)
	}
	w.report.RenamedDevices = w.tailnets.renamed
	return w.report
}

// conclude fills in the report on a manifest.
func (w *oracleWorld) conclude(ctx context.Context, m *oracleManifest) {
	if m.object == nil {
		return
	}
	now := m.object.DeepCopyObject().(client.Object)
	if err := w.api.Get(ctx, client.ObjectKeyFromObject(m.object), now); err != nil {
		now = m.object
	}
	r := m.report
	r.HandledBy, r.Error = slices.Sorted(maps.Keys(m.acted)), m.failure
	r.Conditions = oracleConditions(now)
	r.Proxy = w.proxyOf(ctx, m, now)
	r.Doubts = r.Proxy.doubts()
	_, isClass := now.(*tsapi.ProxyClass) // makes nothing of its own
	w.judge(m, r.Proxy != nil || isClass && m.acted["proxyclass"])
}

// reconcile runs one reconciler on behalf of one manifest. Like the operator's manager it survives
// panics.
func (w *oracleWorld) reconcile(ctx context.Context, m *oracleManifest, by string, key client.ObjectKey) {
	w.current, w.running, m.spoke = m, by, false
	defer func() { w.current = nil }()
	w.logs.TakeAll()
	keys := w.tailnets.countKeys()
	failure := ""
	func() {
		defer func() {
			if p := recover(); p != nil {
				failure = fmt.Sprintf("panic in %s: %v%s", by, p, panicSite())
			}
		}()
		if _, err := w.recs[by].Reconcile(ctx, reconcile.Request{NamespacedName: key}); err != nil {
			failure = by + ": " + err.Error()
		}
	}()
	if failure != "" {
		m.failure = failure
	}
	for _, tag := range w.tailnets.keyTagsSince(keys) {
		m.tags = oracleAdd(m.tags, tag)
	}
	if m.spoke || failure != "" {
		m.acted[by] = true
	}
	for _, e := range w.logs.TakeAll() {
		if !oracleNoise.MatchString(e.Message) {
			m.lines = oracleAdd(m.lines, fmt.Sprintf("%s: %s", by, strings.TrimSpace(e.Message)))
		}
	}
}

// oracleNoise matches log lines that depend on the machine's resolver, or that the operator writes
// whatever the object.
var oracleNoise = regexp.MustCompile(`cluster domain|resolv\.conf|resolver config|search domain|reconcile finished|starting reconcile|^ProxyGroup "" does not exist`)

var oracleFrame = regexp.MustCompile(`cmd/k8s-operator/([\w-]+\.go:\d+)`)

// panicSite is the operator's own frame nearest to a panic.
func panicSite() string {
	for _, f := range oracleFrame.FindAllStringSubmatch(string(debug.Stack()), -1) {
		if !strings.HasPrefix(f[1], "zz_oracle") {
			return " at " + f[1]
		}
	}
	return ""
}

// reconcileEndpointSlices does for the slices of an egress Service what their own watch does.
func (w *oracleWorld) reconcileEndpointSlices(ctx context.Context, m *oracleManifest, svc *corev1.Service) {
	var all discoveryv1.EndpointSliceList
	labels := client.MatchingLabels(egressSvcChildResourceLabels(svc))
	if w.api.List(ctx, &all, client.InNamespace(oracleNamespace), labels) != nil {
		return
	}
	for i := range all.Items {
		w.reconcile(ctx, m, "egress-eps", client.ObjectKeyFromObject(&all.Items[i]))
	}
}
