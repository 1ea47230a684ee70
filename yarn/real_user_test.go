package yarn_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/yarnflink/yarnflink/yarn"
)

// One who acts for another says who he is and for whom, in each request.
func TestRealUser(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Query().Get("user.name")+" for "+r.URL.Query().Get("doAs"))
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"clusterInfo":{"state":"STARTED","haState":"ACTIVE"},"apps":{"app":[]}}`))
	}))
	defer server.Close()
	c, err := yarn.NewClient(yarn.Options{Addresses: []string{server.URL}, User: "carol", RealUser: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Info(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Applications(t.Context(), yarn.Filter{}); err != nil {
		t.Fatal(err)
	}
	for _, a := range asked {
		if a != "alice for carol" {
			t.Errorf("asked as %s", a)
		}
	}
	if len(asked) < 2 {
		t.Errorf("asked %d times", len(asked))
	}
}
