//go:build !plan9

// The stand-ins for the kubelet and for the proxies in the Pods (containerboot): they start what the
// operator wrote, and answer in the Secrets that the operator reads.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tsapi "tailscale.com/k8s-operator/apis/v1alpha1"
	"tailscale.com/kube/egressservices"
	"tailscale.com/kube/ingressservices"
	"tailscale.com/kube/kubetypes"
	"tailscale.com/tailcfg"
)

// runPods starts the Pods of every StatefulSet that the operator wrote.
func (w *oracleWorld) runPods(ctx context.Context) {
	var sets appsv1.StatefulSetList
	_ = w.api.List(ctx, &sets, client.InNamespace(oracleNamespace))
	for _, sts := range sets.Items {
		for i := range *sts.Spec.Replicas {
			pod := w.startPod(ctx, &sts, i)
			w.runProxy(ctx, &sts, pod)
		}
		sts.Status.Replicas, sts.Status.ReadyReplicas = *sts.Spec.Replicas, *sts.Spec.Replicas
		_ = w.api.Status().Update(ctx, &sts)
	}
}

func (w *oracleWorld) startPod(ctx context.Context, sts *appsv1.StatefulSet, i int32) *corev1.Pod {
	name := fmt.Sprintf("%s-%d", sts.Name, i)
	pod := &corev1.Pod{}
	if w.api.Get(ctx, client.ObjectKey{Namespace: sts.Namespace, Name: name}, pod) == nil {
		return pod
	}
	labels := map[string]string{appsv1.PodIndexLabel: fmt.Sprint(i)}
	maps.Copy(labels, sts.Spec.Template.Labels)
	pod = &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: sts.Namespace, Name: name, UID: types.UID("uid-" + oracleHash("Pod", name)), Labels: labels},
		Spec:       *sts.Spec.Template.Spec.DeepCopy(),
		Status: corev1.PodStatus{Phase: corev1.PodRunning,
			PodIPs: []corev1.PodIP{{IP: w.address("10.244", name+"."+sts.Namespace)}}},
	}
	_ = w.api.Create(ctx, pod)
	_ = w.api.Status().Update(ctx, pod)
	return pod
}

// runProxy logs the proxy in and writes what it then reports into its state Secret, which has the
// Pod's name. A standalone proxy finds its configuration there, too; a replica of a ProxyGroup has
// another Secret for it.
func (w *oracleWorld) runProxy(ctx context.Context, sts *appsv1.StatefulSet, pod *corev1.Pod) {
	state, cfg := &corev1.Secret{}, proxyConfig{}
	if w.api.Get(ctx, client.ObjectKeyFromObject(pod), state) != nil {
		return
	}
	if cfg = readProxyConfig(state); cfg == nil {
		own := &corev1.Secret{}
		if w.api.Get(ctx, client.ObjectKey{Namespace: pod.Namespace, Name: pod.Name + "-config"}, own) == nil {
			cfg = readProxyConfig(own)
		}
	}
	host := cfg.text("hostname")
	if host == "" {
		host = pod.Name
	}
	group := ""
	if sts.Labels[LabelParentType] == proxyTypeProxyGroup {
		group = sts.Labels[LabelParentName]
	}
	device := w.tailnets.login(w.tailnetOf(ctx, group), host, pod.Name, w.address("100.64", pod.Name))

	if state.Data == nil {
		state.Data = map[string][]byte{}
	}
	set := func(key, value string) { state.Data[key] = []byte(value) }
	set(kubetypes.KeyDeviceID, device.ID)
	set(kubetypes.KeyDeviceFQDN, device.Name+".")
	set(kubetypes.KeyDeviceIPs, oracleJSON(device.Addresses))
	set(kubetypes.KeyPodUID, string(pod.UID))
	set(kubetypes.KeyCapVer, "130")
	if _, serves := state.Data["serve-config"]; serves {
		set(kubetypes.KeyHTTPSEndpoint, device.Name)
	}
	profile := prefs{AdvertiseServices: cfg.texts("advertiseServices")}
	profile.Config.NodeID = tailcfg.StableNodeID(device.ID)
	profile.Config.UserProfile.LoginName = device.Name
	set(currentProfileKey, "profile-1")
	set("profile-1", oracleJSON(profile))
	if group != "" {
		w.runServices(ctx, group, pod.Status.PodIPs[0].IP, state)
	}
	_ = w.api.Update(ctx, state)
}

// runServices reports that a replica has set up what its ProxyGroup's ConfigMaps ask for.
func (w *oracleWorld) runServices(ctx context.Context, group, ip string, state *corev1.Secret) {
	if _, cfgs, err := ingressSvcsConfigs(ctx, w.api, group, oracleNamespace); err == nil && len(cfgs) > 0 {
		state.Data[ingressservices.IngressConfigKey] = []byte(oracleJSON(ingressservices.Status{Configs: cfgs, PodIPv4: ip}))
	}
	_, cfgs, err := egressSvcsConfigs(ctx, w.api, group, oracleNamespace)
	if err != nil || len(cfgs) == 0 {
		return
	}
	now := egressservices.Status{PodIPv4: ip, Services: map[string]*egressservices.ServiceStatus{}}
	for name, c := range cfgs {
		now.Services[name] = &egressservices.ServiceStatus{Ports: c.Ports, TailnetTarget: c.TailnetTarget}
	}
	// Ports are a set, written in any order: a new order must not look like a change.
	before := egressservices.Status{}
	if json.Unmarshal(state.Data[egressservices.KeyEgressServices], &before) != nil || !reflect.DeepEqual(before, now) {
		state.Data[egressservices.KeyEgressServices] = []byte(oracleJSON(now))
	}
}

// tailnetOf is the tailnet that a ProxyGroup names; none is the operator's own.
func (w *oracleWorld) tailnetOf(ctx context.Context, group string) string {
	pg := &tsapi.ProxyGroup{}
	if group == "" || w.api.Get(ctx, client.ObjectKey{Name: group}, pg) != nil {
		return ""
	}
	return pg.Spec.Tailnet
}

// issueCertificates fills the Secrets that wait for one. Only ProxyGroups have them.
func (w *oracleWorld) issueCertificates(ctx context.Context) {
	var all corev1.SecretList
	_ = w.api.List(ctx, &all, client.InNamespace(oracleNamespace),
		client.MatchingLabels{kubetypes.LabelSecretType: kubetypes.LabelSecretTypeCerts})
	for _, s := range all.Items {
		if len(s.Data[corev1.TLSCertKey]) == 0 {
			s.Data = map[string][]byte{corev1.TLSCertKey: []byte("certificate"), corev1.TLSPrivateKeyKey: []byte("key")}
			_ = w.api.Update(ctx, &s)
		}
	}
}

// proxyConfig is a proxy's configuration file, whose keys differ in case between versions.
type proxyConfig map[string]any

// readProxyConfig takes the newest version in a Secret, without the auth key.
func readProxyConfig(s *corev1.Secret) proxyConfig {
	newest, version := []byte(nil), -1
	for key, b := range s.Data {
		n := 0
		if key != kubetypes.KubeAPIServerConfigFile {
			if _, err := fmt.Sscanf(key, "cap-%d.hujson", &n); err != nil {
				continue
			}
		}
		if n > version {
			newest, version = b, n
		}
	}
	var c proxyConfig
	if json.Unmarshal(newest, &c) != nil {
		return nil
	}
	for key := range c {
		if strings.EqualFold(key, "authkey") {
			delete(c, key)
		}
	}
	return c
}

func (c proxyConfig) field(name string) any {
	for key, v := range c {
		if strings.EqualFold(key, name) {
			return v
		}
	}
	return nil
}

func (c proxyConfig) text(name string) string {
	s, _ := c.field(name).(string)
	return s
}

func (c proxyConfig) texts(name string) []string {
	var out []string
	list, _ := c.field(name).([]any)
	for _, v := range list {
		out = append(out, fmt.Sprint(v))
	}
	return out
}
