package hdfs_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/kdc"
	"github.com/yarnflink/yarnflink/internal/minicluster/kdctest"
	"github.com/yarnflink/yarnflink/kerberos"
)

// TestRealNoTicketForWhoIsNamed: who one is is proved to the NameNode, and not to a host that it names as DataNode, though the KDC
// has that host, and though it asks. A gateway that names itself gets the proof.
func TestRealNoTicketForWhoIsNamed(t *testing.T) {
	k := kdctest.Start(t, kdc.Options{})
	if err := k.AddToKeytab(t.Context(), "alice", "alice"); err != nil {
		t.Fatal(err)
	}
	if err := k.AddToKeytab(t.Context(), "http", "HTTP/localhost", "HTTP/127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	conf, err := kerberos.Load(k.ConfigPath())
	if err != nil {
		t.Fatal(err)
	}
	login, err := kerberos.FromKeytab(conf, k.Keytab("alice"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer login.Close()

	var mu sync.Mutex
	proofs := map[string]int{}
	asked := 0 // of the foreign host
	note := func(who string) func(*http.Request) {
		return func(r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			for _, header := range []string{"Authorization", "Cookie"} {
				if r.Header.Get(header) != "" {
					proofs[who]++
				}
			}
		}
	}
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		note("foreign")(r)
		mu.Lock()
		asked++
		mu.Unlock()
		w.Header().Set("WWW-Authenticate", "Negotiate")
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer foreign.Close()
	for _, tt := range []struct {
		name, dataNode string
		want           map[string]int
	}{
		{"foreign", foreign.URL, map[string]int{"NameNode": 4}},
		{"the gateway itself", "", map[string]int{"NameNode": 6}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clear(proofs)
			var handler http.Handler
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
			defer server.Close()
			address := strings.Replace(server.Listener.Addr().String(), "127.0.0.1", "localhost", 1)
			dataNode := tt.dataNode
			if dataNode == "" {
				dataNode = "http://" + address + "/data"
			}
			names := nameNode(dataNode, note("NameNode"))
			handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/data/") {
					note("NameNode")(r)
					fmt.Fprint(w, "0123456789")
					return
				}
				names.ServeHTTP(w, r)
			})
			f, err := hdfs.New(t.Context(), hdfs.Options{Configuration: hadoop.NewConfiguration(nil), URI: "webhdfs://" + address, User: "alice", Login: login, Transport: hdfs.WebHDFS, Timeout: shortTimeout})
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if r, err := f.Open(t.Context(), "/x"); err == nil {
				_, _ = io.Copy(io.Discard, r)
				r.Close()
			}
			_, _ = f.Create(t.Context(), "/new", strings.NewReader("content"), hdfs.CreateOptions{Size: 7}) // refused, or not renamed
			mu.Lock()
			defer mu.Unlock()
			if proofs["foreign"] != 0 || proofs["NameNode"] < tt.want["NameNode"] || asked < 2 {
				t.Errorf("proofs %v, want at least %v and none elsewhere", proofs, tt.want)
			}
		})
	}
}
