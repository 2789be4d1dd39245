//go:build !plan9

// What a world holds besides its manifests: the furniture of any cluster with an operator, and what
// the settings allow a manifest to name without bringing it along.
package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tsapi "tailscale.com/k8s-operator/apis/v1alpha1"
)

// put adds an object that no manifest brings, and reports whether it was missing.
func (w *oracleWorld) put(ctx context.Context, o client.Object) bool {
	w.admit(o)
	return w.api.Create(ctx, o) == nil
}

// furnish completes the world:
//
//	backends      a Service for each backend that an Ingress names, with the ports it names
//	endpoints     a ready Pod behind every Service that has a selector
//	proxygroups   each ProxyGroup that is named, of the type that the first to name it needs
//	proxyclasses  each ProxyClass that is named, empty
//
// A tailnet that a ProxyGroup names is always there: which ones an operator can reach depends on
// credentials, and no manifest says it.
func (w *oracleWorld) furnish(ctx context.Context) {
	w.put(ctx, &networkingv1.IngressClass{ObjectMeta: metav1.ObjectMeta{Name: w.opts.IngressClass},
		Spec: networkingv1.IngressClassSpec{Controller: tailscaleIngressControllerName}})
	w.put(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: authAPIServerProxySAName, Namespace: oracleNamespace}})
	w.put(ctx, &apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: serviceMonitorCRD}})

	for _, m := range slices.Clone(w.manifests) {
		by := strings.TrimSpace(m.report.Kind + " " + m.report.Name)
		switch x := m.object.(type) {
		case *tsapi.ProxyGroup:
			w.tailnets.add(x.Spec.Tailnet)
			w.assumeProxyClass(ctx, x.Spec.ProxyClass, by)
		case *tsapi.Connector:
			w.tailnets.add(x.Spec.Tailnet)
			w.assumeProxyClass(ctx, x.Spec.ProxyClass, by)
		case *corev1.Service:
			typ := tsapi.ProxyGroupTypeIngress
			if isEgressSvcForProxyGroup(x) {
				typ = tsapi.ProxyGroupTypeEgress
			}
			w.assumeProxyGroup(ctx, x.Annotations[AnnotationProxyGroup], typ, by)
			w.assumeProxyClass(ctx, proxyClassForObject(x, ""), by)
		case *networkingv1.Ingress:
			w.assumeProxyGroup(ctx, x.Annotations[AnnotationProxyGroup], tsapi.ProxyGroupTypeIngress, by)
			w.assumeProxyClass(ctx, proxyClassForObject(x, ""), by)
			if x.Spec.IngressClassName != nil && *x.Spec.IngressClassName == w.opts.IngressClass {
				w.assumeBackends(ctx, x, by)
			}
		}
	}
	if w.may("endpoints") {
		w.assumeEndpoints(ctx)
	}
}

func (w *oracleWorld) may(what string) bool { return slices.Contains(w.opts.Assume, what) }

// assume adds an object that must be reconciled like one of the input.
func (w *oracleWorld) assume(ctx context.Context, kind string, o client.Object, note string) {
	if w.put(ctx, o) {
		w.newManifest(oracleObject{APIVersion: "tailscale.com/v1alpha1", Kind: kind, Name: o.GetName()}).object = o
		w.report.Assumed = append(w.report.Assumed, fmt.Sprintf("%s %s %s", kind, o.GetName(), note))
	}
}

func (w *oracleWorld) assumeProxyGroup(ctx context.Context, name string, typ tsapi.ProxyGroupType, by string) {
	if name != "" && w.may("proxygroups") {
		w.assume(ctx, "ProxyGroup", &tsapi.ProxyGroup{ObjectMeta: metav1.ObjectMeta{Name: name},
			Spec: tsapi.ProxyGroupSpec{Type: typ}}, fmt.Sprintf("of type %s for %s", typ, by))
	}
}

func (w *oracleWorld) assumeProxyClass(ctx context.Context, name, by string) {
	if name != "" && w.may("proxyclasses") {
		w.assume(ctx, "ProxyClass", &tsapi.ProxyClass{ObjectMeta: metav1.ObjectMeta{Name: name}}, "for "+by)
	}
}

// oracleAssumed marks a Service that was assumed, so that other Ingresses may add ports to it.
const oracleAssumed = "oracle-assumed"

func (w *oracleWorld) assumeBackends(ctx context.Context, x *networkingv1.Ingress, by string) {
	if !w.may("backends") {
		return
	}
	for _, b := range ingressBackends(x) {
		if b == nil || b.Service == nil || b.Service.Name == "" {
			continue
		}
		port := corev1.ServicePort{Name: b.Service.Port.Name, Port: b.Service.Port.Number}
		if port.Port == 0 {
			port.Port = 8080
		}
		key := client.ObjectKey{Namespace: x.Namespace, Name: b.Service.Name}
		svc := &corev1.Service{}
		if w.api.Get(ctx, key, svc) != nil {
			w.put(ctx, &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name,
				Labels: map[string]string{oracleAssumed: "true"}},
				Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{port}, Selector: map[string]string{"app": key.Name}}})
			w.report.Assumed = append(w.report.Assumed, fmt.Sprintf("Service %s for %s", key, by))
			continue
		}
		same := func(q corev1.ServicePort) bool { return q.Name == port.Name && q.Port == port.Port }
		if svc.Labels[oracleAssumed] != "" && !slices.ContainsFunc(svc.Spec.Ports, same) {
			svc.Spec.Ports = append(svc.Spec.Ports, port)
			w.admit(svc)
			_ = w.api.Update(ctx, svc)
		}
	}
}

func ingressBackends(x *networkingv1.Ingress) []*networkingv1.IngressBackend {
	all := []*networkingv1.IngressBackend{x.Spec.DefaultBackend}
	for _, r := range x.Spec.Rules {
		if r.HTTP == nil {
			continue
		}
		for i := range r.HTTP.Paths {
			all = append(all, &r.HTTP.Paths[i].Backend)
		}
	}
	return all
}

func (w *oracleWorld) assumeEndpoints(ctx context.Context) {
	var all corev1.ServiceList
	_ = w.api.List(ctx, &all)
	ready := true
	for _, s := range all.Items {
		if s.Spec.Type == corev1.ServiceTypeExternalName || len(s.Spec.Selector) == 0 {
			continue
		}
		w.put(ctx, &discoveryv1.EndpointSlice{
			ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: s.Name + "-pods",
				Labels: map[string]string{discoveryv1.LabelServiceName: s.Name}},
			AddressType: discoveryv1.AddressTypeIPv4,
			Endpoints: []discoveryv1.Endpoint{{Addresses: []string{w.address("10.244", s.Name+"-pod."+s.Namespace)},
				Conditions: discoveryv1.EndpointConditions{Ready: &ready}}},
		})
	}
}
