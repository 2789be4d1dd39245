//go:build !plan9

// What the oracle writes down: the report and the one-word verdict on each object.
//
// A verdict is derived from what the operator itself wrote (objects, conditions, events, errors);
// the oracle holds no opinion of its own on what a manifest should look like.
package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tsapi "tailscale.com/k8s-operator/apis/v1alpha1"
)

// oracleReport is the outcome of one world.
type oracleReport struct {
	Operator string `json:"operator"`
	Tailnet  string `json:"tailnet"`
	// Settled is false when the cluster still changed in the last round that was run.
	Settled bool            `json:"settled"`
	Objects []*oracleObject `json:"objects"`
	// Assumed lists objects that were added because a manifest names them.
	Assumed []string `json:"assumed,omitempty"`
	// RenamedDevices lists devices whose name was taken when they logged in.
	RenamedDevices []string `json:"renamed_devices,omitempty"`
}

// oracleObject is the outcome of one manifest.
type oracleObject struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Namespace  string            `json:"namespace,omitempty"`
	Name       string            `json:"name"`
	Verdict    string            `json:"verdict"`
	Why        string            `json:"why,omitempty"`
	Error      string            `json:"error,omitempty"`
	HandledBy  []string          `json:"handled_by,omitempty"` // reconcilers that did or said something
	Events     []*oracleEvent    `json:"events,omitempty"`
	Conditions []oracleCondition `json:"conditions,omitempty"`
	// Refusals lists what an API server would refuse: unknown fields and bad metadata. The fake
	// one lets it pass, so an object can be refused here and still be accepted by the operator.
	Refusals []string `json:"refusals,omitempty"`
	// Doubts lists what the control plane would refuse, and the fake tailnet lets pass.
	Doubts []string     `json:"doubts,omitempty"`
	Proxy  *oracleProxy `json:"proxy,omitempty"`
}

type oracleEvent struct {
	Type    string `json:"type"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
	By      string `json:"by"`
	// Passing marks an event that was no longer sent in the last round.
	Passing bool `json:"passing,omitempty"`
	last    int
}

type oracleCondition struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}

// oracleRecorder notes events on the object whose reconcile is running: an event of one object can
// come from the reconcile of another, and it is the one being judged that must show it.
type oracleRecorder struct{ w *oracleWorld }

func (e *oracleRecorder) Event(_ runtime.Object, typ, reason, msg string) {
	m := e.w.current
	if m == nil {
		return
	}
	m.spoke = true
	for _, ev := range m.report.Events {
		if ev.Type == typ && ev.Reason == reason && ev.Message == msg && ev.By == e.w.running {
			ev.last = e.w.round
			return
		}
	}
	m.report.Events = append(m.report.Events, &oracleEvent{Type: typ, Reason: reason, Message: msg, By: e.w.running, last: e.w.round})
}

func (e *oracleRecorder) Eventf(o runtime.Object, typ, reason, format string, a ...any) {
	e.Event(o, typ, reason, fmt.Sprintf(format, a...))
}

func (e *oracleRecorder) AnnotatedEventf(o runtime.Object, _ map[string]string, typ, reason, format string, a ...any) {
	e.Event(o, typ, reason, fmt.Sprintf(format, a...))
}

// oracleConditions reads the conditions of any kind of object.
func oracleConditions(o client.Object) []oracleCondition {
	var m struct {
		Status struct {
			Conditions []oracleCondition `json:"conditions,omitempty"`
		} `json:"status"`
	}
	_ = json.Unmarshal([]byte(oracleJSON(o)), &m)
	return m.Status.Conditions
}

// judge turns what the operator did into one word:
//
//	accepted   it made what it makes for such an object, without a warning
//	warned     it did, with warnings that stand
//	rejected   a condition or a warning says why not
//	not_ready  something is still missing, says a condition or a log line
//	error      the object could not be read, or its last reconcile failed
//	panic      its last reconcile panicked
//	silent     it asks for Tailscale, and the operator neither did nor said anything
//	ignored    it does not ask for Tailscale, or is of a kind that is not judged here
func (w *oracleWorld) judge(m *oracleManifest, made bool) {
	r := m.report
	var warnings []string
	for _, e := range r.Events {
		e.Passing = e.last != w.round
		if e.Type == corev1.EventTypeWarning && !e.Passing {
			warnings = append(warnings, e.Reason+": "+e.Message)
		}
	}
	var unmet []string
	refused := false
	for _, c := range r.Conditions {
		if c.Status == string(metav1.ConditionTrue) {
			continue
		}
		unmet = append(unmet, fmt.Sprintf("%s=%s %s: %s", c.Type, c.Status, c.Reason, c.Message))
		// An egress Service that merely waits has a reason with "Failed" in it, and repeats that
		// reason as the message (egress-services.go, maybeProvision).
		waits := c.Type == string(tsapi.EgressSvcConfigured) && c.Reason == c.Message
		if !waits && (strings.HasSuffix(c.Type, "Valid") || strings.Contains(c.Reason, "Invalid") || strings.Contains(c.Reason, "Failed")) {
			refused = true
		}
	}
	switch {
	case strings.HasPrefix(m.failure, "panic"):
		r.Verdict, r.Why = "panic", m.failure
	case m.failure != "":
		r.Verdict, r.Why = "error", m.failure
	case refused:
		r.Verdict, r.Why = "rejected", strings.Join(unmet, "; ")
	case unmet != nil:
		r.Verdict, r.Why = "not_ready", strings.Join(unmet, "; ")
	case made && warnings == nil:
		r.Verdict = "accepted"
	case made:
		r.Verdict, r.Why = "warned", strings.Join(warnings, "; ")
	case warnings != nil:
		r.Verdict, r.Why = "rejected", strings.Join(warnings, "; ")
	case len(r.HandledBy) > 0:
		r.Verdict, r.Why = "not_ready", strings.Join(m.lines, "; ")
	case w.asks(m.object):
		r.Verdict, r.Why = "silent", strings.Join(m.lines, "; ")
	default:
		r.Verdict = "ignored"
	}
}

// asks reports whether an object means to be handled by the operator.
func (w *oracleWorld) asks(o client.Object) bool {
	for k := range o.GetAnnotations() {
		if strings.HasPrefix(k, "tailscale.com/") {
			return true
		}
	}
	switch x := o.(type) {
	case *networkingv1.Ingress:
		class := x.Annotations["kubernetes.io/ingress.class"]
		if x.Spec.IngressClassName != nil {
			class = *x.Spec.IngressClassName
		}
		return class == w.opts.IngressClass
	case *corev1.Service:
		return x.Spec.LoadBalancerClass != nil && *x.Spec.LoadBalancerClass == "tailscale"
	}
	return false
}

// oracleAdd adds a line unless it is there already.
func oracleAdd(lines []string, line string) []string {
	if slices.Contains(lines, line) {
		return lines
	}
	return append(lines, line)
}
