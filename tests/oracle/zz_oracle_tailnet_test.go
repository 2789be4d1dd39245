//go:build !plan9

// The stand-ins for the control plane: auth keys, devices and their names, Tailscale Services. They
// rest on the fake client of the operator's own tests, which keeps what it is told and checks nothing.
package main

import (
	"fmt"
	"maps"
	"slices"

	"tailscale.com/client/tailscale/v2"

	"tailscale.com/k8s-operator/tsclient"
)

// oracleTailnets are the tailnets that the operator can reach; "" is its own. All have the same MagicDNS
// name, because no manifest says what another one's is.
type oracleTailnets struct {
	magicDNS string
	nets     map[string]*fakeTSClient
	clients  *tsclient.Provider
	renamed  []string
}

func newOracleTailnets(magicDNS string) oracleTailnets {
	own := &fakeTSClient{vipServices: map[string]tailscale.VIPService{}}
	return oracleTailnets{magicDNS: magicDNS, nets: map[string]*fakeTSClient{"": own}, clients: tsclient.NewProvider(own)}
}

// add makes a tailnet reachable by its name in the cluster.
func (t *oracleTailnets) add(name string) {
	if _, ok := t.nets[name]; ok {
		return
	}
	t.nets[name] = &fakeTSClient{vipServices: map[string]tailscale.VIPService{}}
	t.clients.Add(name, t.nets[name], true)
}

// login gives a Pod's device its name the way the control plane does: to a name that is taken it
// adds a number.
func (t *oracleTailnets) login(tailnet, host, pod, addr string) tailscale.Device {
	net := t.nets[tailnet]
	id := "node-" + oracleHash(pod)[:8]
	taken := map[string]bool{}
	for _, d := range net.devices {
		if d.ID == id {
			return d
		}
		taken[d.Name] = true
	}
	name := host
	for i := 1; taken[name+"."+t.magicDNS]; i++ {
		name = fmt.Sprintf("%s-%d", host, i)
	}
	if name != host {
		t.renamed = append(t.renamed, fmt.Sprintf("%s became %s", host, name))
	}
	d := tailscale.Device{ID: id, NodeID: id, Hostname: host, Name: name + "." + t.magicDNS, Addresses: []string{addr}}
	net.devices = append(net.devices, d)
	return d
}

// service finds a Tailscale Service.
func (t *oracleTailnets) service(tailnet, name string) (tailscale.VIPService, bool) {
	net, ok := t.nets[tailnet]
	if !ok {
		return tailscale.VIPService{}, false
	}
	s, ok := net.vipServices[name]
	return s, ok
}

// countKeys is how many auth keys were asked for so far, by tailnet.
func (t *oracleTailnets) countKeys() map[string]int {
	n := map[string]int{}
	for name, net := range t.nets {
		n[name] = len(net.keyRequests)
	}
	return n
}

// keyTagsSince lists the tags of the auth keys that were asked for since a count.
func (t *oracleTailnets) keyTagsSince(count map[string]int) []string {
	var tags []string
	for _, name := range slices.Sorted(maps.Keys(t.nets)) {
		for _, k := range t.nets[name].keyRequests[count[name]:] {
			tags = append(tags, k.Devices.Create.Tags...)
		}
	}
	return tags
}
