package minicluster

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// servePort answers every request for a path below which the daemon reports, and returns its port.
func servePort(t *testing.T, answers map[string]string) int {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for part, answer := range answers {
			if strings.Contains(r.URL.String(), part) {
				fmt.Fprint(w, answer)
				return
			}
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func TestProbe(t *testing.T) {
	actor := func(state string) string {
		return `{"beans":[{"BPServiceActorInfo":"[{\"ActorState\":\"` + state + `\",\"BlockPoolID\":\"BP-1\"}]"}]}`
	}
	tests := []struct {
		name, daemon string
		answers      map[string]string
		problem      string // "" when it serves
	}{
		{"name node", NameNode, map[string]string{"NameNodeInfo": `{"beans":[{"Safemode":""}]}`}, ""},
		{"safe mode", NameNode, map[string]string{"NameNodeInfo": `{"beans":[{"Safemode":"Safe mode is ON."}]}`}, "Safe mode is ON."},
		{"no bean yet", NameNode, map[string]string{"NameNodeInfo": `{"beans":[]}`}, "not there yet"},
		{"data node", DataNode, map[string]string{"DataNodeInfo": actor("RUNNING")}, ""},
		{"data node alone", DataNode, map[string]string{"DataNodeInfo": actor("CONNECTING")}, "not registered"},
		{"resource manager", ResourceManager, map[string]string{"/cluster/info": `{"clusterInfo":{"state":"STARTED","haState":"ACTIVE"}}`}, ""},
		{"standby", ResourceManager, map[string]string{"/cluster/info": `{"clusterInfo":{"state":"STARTED","haState":"STANDBY"}}`}, "STANDBY"},
		{"node manager", NodeManager, map[string]string{"/node/info": `{"nodeInfo":{"nodeHealthy":true}}`}, ""},
		{"unhealthy", NodeManager, map[string]string{"/node/info": `{"nodeInfo":{"nodeHealthy":false,"healthReport":"disk full"}}`}, "disk full"},
		{"not found", NodeManager, nil, "404"},
		{"no JSON", NodeManager, map[string]string{"/node/info": `<html>`}, "read the answer"},
		{"unknown daemon", "historyserver", nil, "want one of namenode"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var p ports
			for _, port := range p.all() {
				*port = servePort(t, test.answers)
			}
			err := newProbe(state{Ports: p}).daemon(t.Context(), test.daemon)
			if test.problem == "" && err != nil {
				t.Errorf("does not serve: %v", err)
			}
			if test.problem != "" && (err == nil || !contains(err, test.problem)) {
				t.Errorf("error %v, want %q", err, test.problem)
			}
		})
	}
}

func TestProbeWorkers(t *testing.T) {
	tests := []struct {
		name, nodes, metrics, problem string
	}{
		{"both", `{"beans":[{"NumLiveDataNodes":1}]}`, `{"clusterMetrics":{"activeNodes":1}}`, ""},
		{"no data node", `{"beans":[{"NumLiveDataNodes":0}]}`, `{"clusterMetrics":{"activeNodes":1}}`, "0 live data nodes of 1"},
		{"no node", `{"beans":[{"NumLiveDataNodes":1}]}`, `{"clusterMetrics":{"activeNodes":0}}`, "no running node"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := ports{
				NameNodeHTTP:       servePort(t, map[string]string{"FSNamesystemState": test.nodes}),
				ResourceManagerWeb: servePort(t, map[string]string{"/cluster/metrics": test.metrics}),
			}
			err := newProbe(state{Ports: p}).workers(t.Context())
			if (err == nil) != (test.problem == "") || err != nil && !contains(err, test.problem) {
				t.Errorf("error %v, want %q", err, test.problem)
			}
		})
	}
}

func TestStatusesOfStoppedCluster(t *testing.T) {
	s := testState()
	s.Processes[NameNode] = identity{PID: 1 << 30}
	for _, d := range statuses(t.Context(), t.TempDir(), s) {
		want := "stopped"
		if d.Name == NameNode {
			want = "has ended"
		}
		if d.Running || d.Serving || d.Problem != want {
			t.Errorf("%s: %+v, want it not to run because it %s", d.Name, d, want)
		}
	}
}

func TestDeathTellsLostPorts(t *testing.T) {
	ended := make(chan struct{})
	close(ended)
	tests := []struct {
		name, log string
		offset    int64
		want      bool
	}{
		{"bind error", "java.net.BindException: Address already in use", 0, true},
		{"other error", "java.lang.OutOfMemoryError", 0, false},
		{"bind error of an earlier start", "Port in use\nok", 12, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, logPath(dir, DataNode), test.log)
			err := (&launched{ended: ended, logOffset: test.offset}).death(dir, DataNode)
			if err == nil || errors.Is(err, errPortTaken) != test.want {
				t.Errorf("error %v, a lost port: want %t", err, test.want)
			}
		})
	}
	if err := (&launched{ended: make(chan struct{})}).death(t.TempDir(), DataNode); err != nil {
		t.Errorf("running daemon: %v", err)
	}
}
