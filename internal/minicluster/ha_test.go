package minicluster

import (
	"errors"
	"strings"
	"testing"
)

// twoMasters is the state of a highly available cluster whose masters say these roles.
func twoMasters(t *testing.T, names, managers [2]string) state {
	t.Helper()
	var s state
	s.HA = true
	bean := func(role string) map[string]string {
		return map[string]string{"NameNodeStatus": `{"beans":[{"State":"` + role + `"}]}`}
	}
	info := func(role string) map[string]string {
		return map[string]string{"/cluster/info": `{"clusterInfo":{"state":"STARTED","haState":"` + strings.ToUpper(role) + `"}}`}
	}
	s.Ports.NameNodeHTTP, s.Ports.HA.NameNodeHTTP = servePort(t, bean(names[0])), servePort(t, bean(names[1]))
	s.Ports.ResourceManagerWeb, s.Ports.HA.ResourceManagerWeb = servePort(t, info(managers[0])), servePort(t, info(managers[1]))
	return s
}

func TestActive(t *testing.T) {
	p := newProbe(twoMasters(t, [2]string{"standby", "active"}, [2]string{"active", "standby"}))
	for role, want := range map[string]string{NameNode: NameNode2, ResourceManager: ResourceManager} {
		if got, err := p.active(t.Context(), role); err != nil || got != want {
			t.Errorf("active %s: %q, %v; want %s", role, got, err, want)
		}
	}
	if err := p.settled(t.Context()); err != nil {
		t.Error(err)
	}
	for _, unsettled := range [][2]string{{"standby", "standby"}, {"active", "active"}, {"initializing", "active"}} {
		p := newProbe(twoMasters(t, [2]string{"standby", "active"}, unsettled))
		if err := p.settled(t.Context()); err == nil {
			t.Errorf("ResourceManagers that are %v count as settled", unsettled)
		}
	}
	p = newProbe(twoMasters(t, [2]string{"standby", "standby"}, [2]string{"active", "standby"}))
	if got, err := p.active(t.Context(), NameNode); err == nil || !strings.Contains(err.Error(), "namenode2 is standby") {
		t.Errorf("active of two standbys: %q, %v", got, err)
	}
}

func TestFailoverWithoutHA(t *testing.T) {
	dir := t.TempDir()
	s := testState()
	s.Ports.ResourceManagerWeb = servePort(t, nil)
	if err := s.write(dir); err != nil {
		t.Fatal(err)
	}
	c, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Failover(t.Context(), ResourceManager); !errors.Is(err, ErrNotHA) {
		t.Errorf("failover: %v, want %v", err, ErrNotHA)
	}
	if _, _, err := c.Crash(t.Context(), NameNode); !errors.Is(err, ErrNotHA) {
		t.Errorf("crash: %v, want %v", err, ErrNotHA)
	}
}
