package hdfs

import (
	"net/url"
	"testing"

	"github.com/yarnflink/yarnflink/hadoop"
)

// Hadoop's clients look for a token by this name.
func TestTokenService(t *testing.T) {
	for name, c := range map[string]struct {
		address    string
		properties map[string]string
		want       string
	}{
		"address":               {"hdfs://localhost:8020", nil, "127.0.0.1:8020"},
		"number":                {"hdfs://127.0.0.1:9000", nil, "127.0.0.1:9000"},
		"default port":          {"hdfs://localhost", nil, "127.0.0.1:8020"},
		"by the name":           {"hdfs://LOCALHOST:8020", map[string]string{"hadoop.security.token.service.use_ip": "false"}, "localhost:8020"},
		"WebHDFS":               {"webhdfs://localhost:9870", nil, "127.0.0.1:9870"},
		"WebHDFS, default port": {"swebhdfs://localhost", nil, "127.0.0.1:9871"},
		"WebHDFS, logical":      {"webhdfs://main", map[string]string{"dfs.nameservices": "main", "dfs.ha.namenodes.main": "a,b"}, "ha-webhdfs:main"},
		"a logical name":        {"hdfs://main", map[string]string{"dfs.nameservices": "main", "dfs.ha.namenodes.main": "a,b"}, "ha-hdfs:main"},
	} {
		t.Run(name, func(t *testing.T) {
			u, err := url.Parse(c.address)
			if err != nil {
				t.Fatal(err)
			}
			got, err := tokenService(t.Context(), hadoop.NewConfiguration(c.properties), u)
			if err != nil || got != c.want {
				t.Errorf("%q (%v), want %q", got, err, c.want)
			}
		})
	}
}
