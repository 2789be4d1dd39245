//go:build !plan9

// The API server's stand-in: controller-runtime's fake client, with the defaults that an API server
// fills in, and with an eye on what the operator writes.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	tsapi "tailscale.com/k8s-operator/apis/v1alpha1"
)

func (w *oracleWorld) startAPIServer() {
	w.api = fake.NewClientBuilder().
		WithScheme(tsapi.GlobalScheme).
		WithStatusSubresource(&corev1.Service{}, &networkingv1.Ingress{}, &corev1.Pod{}, &appsv1.StatefulSet{},
			&tsapi.ProxyGroup{}, &tsapi.ProxyClass{}, &tsapi.Connector{}).
		WithIndex(new(corev1.Service), indexIngressProxyGroup, indexPGIngresses).
		WithIndex(new(networkingv1.Ingress), indexIngressProxyGroup, indexPGIngresses).
		WithIndex(new(corev1.Service), indexEgressProxyGroup, indexEgressServices).
		WithIndex(new(corev1.Service), indexServiceProxyClass, indexProxyClass).
		WithIndex(new(networkingv1.Ingress), indexIngressProxyClass, indexProxyClass).
		Build()
	w.cl = interceptor.NewClient(w.api, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, o client.Object, opt ...client.CreateOption) error {
			w.admit(o)
			return w.notice(ctx, o, func() error { return c.Create(ctx, o, opt...) })
		},
		Update: func(ctx context.Context, c client.WithWatch, o client.Object, opt ...client.UpdateOption) error {
			w.admit(o)
			return w.notice(ctx, o, func() error { return c.Update(ctx, o, opt...) })
		},
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opt ...client.PatchOption) error {
			return w.notice(ctx, o, func() error {
				err := c.Patch(ctx, o, p, opt...)
				if s, ok := o.(*corev1.Secret); ok && err == nil && len(s.StringData) > 0 {
					w.admit(s)
					err = c.Update(ctx, s)
				}
				return err
			})
		},
		Delete: func(ctx context.Context, c client.WithWatch, o client.Object, opt ...client.DeleteOption) error {
			return w.notice(ctx, o, func() error { return c.Delete(ctx, o, opt...) })
		},
		SubResourceUpdate: func(ctx context.Context, c client.Client, sub string, o client.Object, opt ...client.SubResourceUpdateOption) error {
			return w.notice(ctx, o, func() error { return c.SubResource(sub).Update(ctx, o, opt...) })
		},
	})
}

// notice does a write and marks the manifest that is being reconciled if the write changed anything.
func (w *oracleWorld) notice(ctx context.Context, o client.Object, write func() error) error {
	before := w.stored(ctx, o)
	if err := write(); err != nil {
		return err
	}
	if w.current != nil && w.stored(ctx, o) != before {
		w.current.spoke = true
	}
	return nil
}

// stored is an object as the cluster has it, without what changes on every write.
func (w *oracleWorld) stored(ctx context.Context, o client.Object) string {
	now := o.DeepCopyObject().(client.Object)
	if w.api.Get(ctx, client.ObjectKeyFromObject(o), now) != nil {
		return ""
	}
	now.SetResourceVersion("")
	return oracleJSON(now)
}

// admit fills in what an API server fills in on the way to storage. Made-up names and addresses
// are hashes, so that they are the same in every run.
func (w *oracleWorld) admit(o client.Object) {
	if o.GetName() == "" && o.GetGenerateName() != "" {
		l := o.GetLabels()
		o.SetName(o.GetGenerateName() + oracleHash(l[LabelParentType], l[LabelParentNamespace], l[LabelParentName])[:5])
	}
	if o.GetUID() == "" {
		o.SetUID(types.UID("uid-" + oracleHash(fmt.Sprintf("%T", o), o.GetNamespace(), o.GetName())))
	}
	if o.GetGeneration() == 0 {
		o.SetGeneration(1)
	}
	switch x := o.(type) {
	case *corev1.Secret:
		if len(x.StringData) > 0 && x.Data == nil {
			x.Data = map[string][]byte{}
		}
		for k, v := range x.StringData {
			x.Data[k] = []byte(v)
		}
		x.StringData = nil
	case *corev1.Service:
		w.admitService(x)
	case *appsv1.StatefulSet:
		if x.Spec.Replicas == nil {
			x.Spec.Replicas = new(int32)
			*x.Spec.Replicas = 1
		}
	}
}

func (w *oracleWorld) admitService(x *corev1.Service) {
	if x.Spec.Type == "" {
		x.Spec.Type = corev1.ServiceTypeClusterIP
	}
	if x.Spec.Type == corev1.ServiceTypeExternalName {
		x.Spec.ClusterIP, x.Spec.ClusterIPs = "", nil
	} else if x.Spec.ClusterIP == "" {
		x.Spec.ClusterIP = w.address("10.96", x.Name+"."+x.Namespace)
	}
	if x.Spec.ClusterIP != "" && len(x.Spec.ClusterIPs) == 0 {
		x.Spec.ClusterIPs = []string{x.Spec.ClusterIP}
	}
	for i := range x.Spec.Ports {
		p := &x.Spec.Ports[i]
		if p.Protocol == "" {
			p.Protocol = corev1.ProtocolTCP
		}
		if p.TargetPort.StrVal == "" && p.TargetPort.IntVal == 0 {
			p.TargetPort.IntVal = p.Port
		}
	}
}

// address gives its owner an address, always the same one.
func (w *oracleWorld) address(prefix, owner string) string {
	h := fnv.New32a()
	io.WriteString(h, owner)
	for n := h.Sum32(); ; n++ {
		ip := fmt.Sprintf("%s.%d.%d", prefix, n>>8&0xff, n&0xff%254+1)
		if held, ok := w.ips[ip]; !ok || held == owner {
			w.ips[ip] = owner
			return ip
		}
	}
}

// metadataRefusals runs the API server's own checks of names, labels, annotations and finalizers.
// Those of a kind's other fields are not available to a client.
func metadataRefusals(o client.Object, namespaced bool) []string {
	name := apivalidation.NameIsDNSSubdomain
	if _, ok := o.(*corev1.Service); ok {
		name = apivalidation.NameIsDNS1035Label
	}
	meta := metav1.ObjectMeta{Name: o.GetName(), Namespace: o.GetNamespace(), Labels: o.GetLabels(),
		Annotations: o.GetAnnotations(), Finalizers: o.GetFinalizers(), OwnerReferences: o.GetOwnerReferences()}
	var out []string
	for _, e := range apivalidation.ValidateObjectMeta(&meta, namespaced, name, field.NewPath("metadata")) {
		out = append(out, e.Error())
	}
	return out
}

// dump is the state of the whole cluster and of the tailnets, to see when nothing moves any more.
func (w *oracleWorld) dump(ctx context.Context) string {
	h := fnv.New64a()
	for _, l := range []client.ObjectList{
		&corev1.ServiceList{}, &corev1.SecretList{}, &corev1.ConfigMapList{}, &corev1.PodList{}, &appsv1.StatefulSetList{},
		&networkingv1.IngressList{}, &discoveryv1.EndpointSliceList{}, &tsapi.ProxyGroupList{}, &tsapi.ProxyClassList{}, &tsapi.ConnectorList{},
	} {
		if w.api.List(ctx, l) == nil {
			l.SetResourceVersion("")
			io.WriteString(h, oracleVersion.ReplaceAllString(oracleJSON(l), ""))
		}
	}
	for _, n := range slices.Sorted(maps.Keys(w.tailnets.nets)) {
		io.WriteString(h, oracleJSON(w.tailnets.nets[n].vipServices))
	}
	return fmt.Sprint(h.Sum64())
}

var oracleVersion = regexp.MustCompile(`"resourceVersion":"\d+",?`)

func oracleJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func oracleHash(parts ...string) string {
	h := fnv.New64a()
	io.WriteString(h, strings.Join(parts, "\x00"))
	return fmt.Sprintf("%016x", h.Sum64())
}
