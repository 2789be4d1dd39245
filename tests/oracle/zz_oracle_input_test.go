//go:build !plan9

// Reading manifests: from YAML documents to objects in the cluster.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tsapi "tailscale.com/k8s-operator/apis/v1alpha1"
)

var (
	oracleLax    = serializer.NewCodecFactory(tsapi.GlobalScheme).UniversalDeserializer()
	oracleStrict = serializer.NewCodecFactory(tsapi.GlobalScheme, serializer.EnableStrict).UniversalDeserializer()
)

// oracleClusterScoped are the kinds without namespace among those that a world may hold.
var oracleClusterScoped = map[string]bool{
	"ProxyGroup": true, "ProxyClass": true, "Connector": true, "Recorder": true, "DNSConfig": true, "Tailnet": true,
	"PeerRelay": true, "IngressClass": true, "Namespace": true, "Node": true, "ClusterRole": true,
	"ClusterRoleBinding": true, "CustomResourceDefinition": true,
}

// load reads a YAML stream. Nothing stops it: what cannot be read becomes a verdict.
func (w *oracleWorld) load(ctx context.Context, raw []byte) {
	docs := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(raw)))
	for {
		doc, err := docs.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			w.newManifest(oracleObject{Verdict: "error", Why: "unreadable: " + err.Error()})
			return
		}
		w.loadDocument(ctx, doc)
	}
}

// newManifest starts the report on one object.
func (w *oracleWorld) newManifest(r oracleObject) *oracleManifest {
	m := &oracleManifest{report: &r, acted: map[string]bool{}}
	w.manifests = append(w.manifests, m)
	return m
}

func (w *oracleWorld) loadDocument(ctx context.Context, doc []byte) {
	var head struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Metadata   struct {
			Name      any `json:"name"`
			Namespace any `json:"namespace"`
		} `json:"metadata"`
		Items []json.RawMessage `json:"items"`
	}
	js, err := utilyaml.ToJSON(doc)
	if err == nil && string(bytes.TrimSpace(js)) == "null" {
		return
	}
	if err == nil {
		err = json.Unmarshal(js, &head)
	}
	if err == nil && strings.HasSuffix(head.Kind, "List") && head.Items != nil {
		for _, item := range head.Items {
			w.loadDocument(ctx, item)
		}
		return
	}
	// Name and namespace are read as whatever they are, to have a name for what cannot be decoded.
	text := func(v any) string {
		if v == nil {
			return ""
		}
		return fmt.Sprint(v)
	}
	m := w.newManifest(oracleObject{APIVersion: head.APIVersion, Kind: head.Kind,
		Namespace: text(head.Metadata.Namespace), Name: text(head.Metadata.Name)})
	r := m.report
	if err != nil {
		r.Verdict, r.Why = "error", "unreadable: "+err.Error()
		return
	}
	decoded, _, err := oracleLax.Decode(doc, nil, nil)
	if runtime.IsNotRegisteredError(err) {
		r.Verdict, r.Why = "ignored", "the operator does not know this kind"
		return
	} else if err != nil {
		r.Verdict, r.Why = "error", "unreadable: "+err.Error()
		return
	}
	if _, _, err := oracleStrict.Decode(doc, nil, nil); err != nil {
		r.Refusals = append(r.Refusals, err.Error())
	}
	o, ok := decoded.(client.Object)
	if !ok {
		r.Verdict, r.Why = "ignored", "not an object"
		return
	}
	if oracleClusterScoped[r.Kind] {
		o.SetNamespace("")
	} else if o.GetNamespace() == "" {
		o.SetNamespace("default")
	}
	r.Namespace, r.Name = o.GetNamespace(), o.GetName()
	r.Refusals = append(r.Refusals, metadataRefusals(o, !oracleClusterScoped[r.Kind])...)

	judged := true
	switch x := o.(type) { // a status cannot come with a manifest
	case *corev1.Service:
		x.Status = corev1.ServiceStatus{}
	case *networkingv1.Ingress:
		x.Status = networkingv1.IngressStatus{}
	case *tsapi.ProxyGroup:
		x.Status = tsapi.ProxyGroupStatus{}
	case *tsapi.ProxyClass:
		x.Status = tsapi.ProxyClassStatus{}
	case *tsapi.Connector:
		x.Status = tsapi.ConnectorStatus{}
	default:
		judged = false
	}
	w.admit(o)
	if err := w.api.Create(ctx, o); err != nil {
		r.Verdict, r.Why = "error", "unreadable: "+err.Error()
	} else if judged {
		m.object = o
	} else {
		r.Verdict, r.Why = "ignored", "this kind is not judged"
	}
}
