//go:build !plan9

// The oracle's way in: settings, worlds, files.
//
// The zz_oracle files are dropped into cmd/k8s-operator of a copy of the tailscale.com module and
// compiled into that package's test binary. TestOracle then runs the operator's own reconcilers on
// manifests, in memory, and writes down what they did with each.
//
//	ORACLE_IN    a YAML file, or a folder of them: each file is a world of its own
//	ORACLE_OUT   the JSON file to write; a folder where ORACLE_IN is one
//	ORACLE_OPTS  settings as inline JSON, see oracleOptions
//
// A world whose first line is `# oracle: {...}` settles by itself what that JSON names. The test
// fails when the oracle fails; what the operator thinks of a manifest is never a failure.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// oracleOptions describes the cluster and the tailnet around the manifests of a world.
type oracleOptions struct {
	// Tailnet is the MagicDNS name of the operator's tailnet.
	Tailnet string `json:"tailnet"`
	// DefaultTags, IngressClass and DefaultLoadBalancer are the operator's settings PROXY_TAGS,
	// INGRESS_CLASS_NAME and OPERATOR_DEFAULT_LOAD_BALANCER.
	DefaultTags         []string `json:"defaultTags"`
	IngressClass        string   `json:"ingressClass"`
	DefaultLoadBalancer bool     `json:"defaultLoadBalancer"`
	// Assume lists what a manifest may name without bringing it along, see furnish.
	Assume []string `json:"assume"`
}

var oracleAssumable = []string{"backends", "endpoints", "proxygroups", "proxyclasses"}

// read lays JSON settings over those already there.
func (o *oracleOptions) read(raw string) error {
	dec := json.NewDecoder(strings.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(o); err != nil {
		return fmt.Errorf("settings %q: %w", raw, err)
	}
	for _, a := range o.Assume {
		if !slices.Contains(oracleAssumable, a) {
			return fmt.Errorf("settings %q: assume must be any of %v", raw, oracleAssumable)
		}
	}
	return nil
}

func TestOracle(t *testing.T) {
	in, out := os.Getenv("ORACLE_IN"), os.Getenv("ORACLE_OUT")
	if in == "" || out == "" {
		t.Skip("ORACLE_IN and ORACLE_OUT are not both set")
	}
	opts := oracleOptions{
		Tailnet:      "example.ts.net",
		DefaultTags:  []string{"tag:k8s"},
		IngressClass: "tailscale",
		Assume:       []string{"backends", "endpoints"},
	}
	if raw := os.Getenv("ORACLE_OPTS"); raw != "" {
		if err := opts.read(raw); err != nil {
			t.Fatal(err)
		}
	}
	worlds := []string{in}
	if st, err := os.Stat(in); err != nil {
		t.Fatal(err)
	} else if st.IsDir() {
		if worlds, err = filepath.Glob(filepath.Join(in, "*.yaml")); err != nil {
			t.Fatal(err)
		}
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, file := range worlds {
		to := out
		if file != in {
			to = filepath.Join(out, strings.TrimSuffix(filepath.Base(file), ".yaml")+".json")
		}
		g.Go(func() error {
			if err := oracleFile(t, opts, file, to); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

func oracleFile(t *testing.T, opts oracleOptions, from, to string) error {
	raw, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	if own, ok := strings.CutPrefix(first, "# oracle:"); ok {
		// The lists of all worlds share memory, and decoding writes into it.
		opts.Assume, opts.DefaultTags = slices.Clone(opts.Assume), slices.Clone(opts.DefaultTags)
		if err := opts.read(own); err != nil {
			return err
		}
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(newOracleWorld(opts).run(t.Context(), raw)); err != nil {
		return err
	}
	return os.WriteFile(to, buf.Bytes(), 0o644)
}
