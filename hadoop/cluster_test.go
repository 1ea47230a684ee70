package hadoop

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var haPair = map[string]string{
	"fs.defaultFS": "hdfs://ns1", "dfs.nameservices": "ns1,ns2", "dfs.ha.namenodes.ns1": " nn1, nn2 ",
	"dfs.namenode.rpc-address.ns1.nn1": "h1:9000", "dfs.namenode.rpc-address.ns1.nn2": "h2",
	"dfs.namenode.http-address.ns1.nn1": "0.0.0.0:50070", "dfs.namenode.https-address.ns1.nn2": "w2:50470",
	"dfs.namenode.rpc-address.ns2": "h3:9000", "dfs.namenode.http-address.ns2": "w3:1",
}

func TestDefaultFS(t *testing.T) {
	tests := []struct {
		value, want string
		err         error
	}{
		{"hdfs://nn:9000", "hdfs://nn:9000", nil},
		{" hdfs://nn/ ", "hdfs://nn/", nil},
		{"${x}", "hdfs://x", nil},
		{"nn:9000", "hdfs://nn:9000", nil},
		{"hdfs://my_ns", "hdfs://my_ns", nil},
		{"viewfs:///", "viewfs:///", nil},
		{"s3a://bucket", "s3a://bucket", nil},
		{"local", "", ErrLocalDefaultFS},
		{"file:///", "", ErrLocalDefaultFS},
		{"hdfs:///", "", ErrInvalidValue},
		{"hdfs://nn:port", "", ErrInvalidValue},
		{"/x", "", ErrInvalidValue},
	}
	for _, tt := range tests {
		t.Run(tt.value, func(t *testing.T) {
			u, err := NewConfiguration(map[string]string{"fs.default.name": tt.value, "x": "hdfs://x"}).DefaultFS()
			if !errors.Is(err, tt.err) || (err == nil && u.String() != tt.want) {
				t.Errorf("DefaultFS = %v, %v; want %q, %v", u, err, tt.want, tt.err)
			}
			checkHint(t, err)
		})
	}
	_, err := NewConfiguration(nil).DefaultFS()
	checkError(t, err, ErrLocalDefaultFS, `fs.defaultFS = "file:///" (default)`)
	checkHint(t, err)
}

func checkHint(t *testing.T, err error) {
	t.Helper()
	var hint interface{ Hint() string }
	if err != nil && (!errors.As(err, &hint) || hint.Hint() == "") {
		t.Errorf("no hint in %v", err)
	}
}

func TestNameNodes(t *testing.T) {
	single := map[string]string{"fs.defaultFS": "hdfs://nn:9000"}
	with := func(m map[string]string, pairs ...string) map[string]string {
		c := map[string]string{}
		for k, v := range m {
			c[k] = v
		}
		for i := 0; i < len(pairs); i += 2 {
			c[pairs[i]] = pairs[i+1]
		}
		return c
	}
	tests := []struct {
		name      string
		props     map[string]string
		authority string
		want      []NameNode
		err       error
	}{
		{"default file system", single, "", []NameNode{{"", "nn:9000", "nn:9870", ""}}, nil},
		{"default port", single, "other", []NameNode{{"", "other:8020", "other:9870", ""}}, nil},
		{"user in it", single, "alice@nn:9000", []NameNode{{"", "nn:9000", "nn:9870", ""}}, nil},
		{"IPv6", single, "[::1]:9000", []NameNode{{"", "[::1]:9000", "[::1]:9870", ""}}, nil},
		{"web address of the default", with(single, "dfs.namenode.http-address", "web:1"), "nn:9000", []NameNode{{"", "nn:9000", "web:1", ""}}, nil},
		{"wildcard web address", with(single, "dfs.http.address", "0.0.0.0:1"), "nn:9000", []NameNode{{"", "nn:9000", "nn:1", ""}}, nil},
		{"web address of another", with(single, "dfs.namenode.http-address", "web:1"), "x:9000", []NameNode{{"", "x:9000", "x:9870", ""}}, nil},
		{"web address of another on the same host", with(single, "dfs.namenode.http-address", "web:1"), "nn:9001", []NameNode{{"", "nn:9001", "nn:9870", ""}}, nil},
		{"https only", with(single, "dfs.http.policy", "HTTPS_ONLY"), "", []NameNode{{"", "nn:9000", "", "nn:9871"}}, nil},
		{"both", with(single, "dfs.http.policy", "http_and_https"), "", []NameNode{{"", "nn:9000", "nn:9870", "nn:9871"}}, nil},
		{
			"HA", with(haPair, "dfs.http.policy", "HTTP_AND_HTTPS"), "",
			[]NameNode{{"nn1", "h1:9000", "h1:50070", "h1:9871"}, {"nn2", "h2:8020", "h2:9870", "w2:50470"}}, nil,
		},
		{"HA with port", haPair, "ns1:8020", nil, ErrInvalidValue},
		{"nameservice without HA", haPair, "ns2", []NameNode{{"", "h3:9000", "w3:1", ""}}, nil},
		{"one of an HA pair", haPair, "h1:9000", []NameNode{{"", "h1:9000", "h1:50070", ""}}, nil},
		{"no address at all", map[string]string{"dfs.ha.namenodes.ns": "a,b"}, "ns", nil, ErrNotSet},
		{"provider without ids", map[string]string{"dfs.client.failover.proxy.provider.ns": "X"}, "ns", nil, ErrNotSet},
		{"one address of two", map[string]string{"dfs.ha.namenodes.ns": "a,b", "dfs.namenode.rpc-address.ns.b": "h:1"}, "ns", []NameNode{{"b", "h:1", "h:9870", ""}}, nil},
		{"bad address", with(haPair, "dfs.namenode.rpc-address.ns1.nn2", "h2:x"), "", nil, ErrInvalidValue},
		{"wildcard", with(haPair, "dfs.namenode.rpc-address.ns1.nn2", "0.0.0.0:8020"), "", nil, ErrWildcardAddress},
		{"wildcard authority", single, "0.0.0.0:9000", nil, ErrWildcardAddress},
		{"local", nil, "", nil, ErrLocalDefaultFS},
		{"viewfs", map[string]string{"fs.defaultFS": "viewfs://c"}, "", nil, ErrInvalidValue},
		{"port zero", single, "nn:0", nil, ErrInvalidValue},
		{"blank host", single, "a b", nil, ErrInvalidValue},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := NewConfiguration(tt.props).NameNodes(tt.authority)
			if !errors.Is(err, tt.err) || (tt.err == nil && err != nil) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNameNodesJoinsProblems(t *testing.T) {
	c := NewConfiguration(haPair).With(map[string]string{"dfs.namenode.rpc-address.ns1.nn1": "0.0.0.0:1", "dfs.namenode.rpc-address.ns1.nn2": ":2"})
	_, err := c.NameNodes("ns1")
	checkError(t, err, ErrWildcardAddress, "ns1.nn1", "ns1.nn2")
	checkError(t, err, ErrInvalidValue, "no host name")
}

func TestNameservice(t *testing.T) {
	c := NewConfiguration(haPair)
	for authority, want := range map[string]bool{"ns1": true, "ns1:8020": true, "ns2": false, "h1:9000": false, "": false, "[::1]:1": false} {
		if name, ok := c.Nameservice(authority); ok != want || (ok && name != "ns1") {
			t.Errorf("Nameservice(%q) = %q, %t", authority, name, ok)
		}
	}
}

func TestResourceManagers(t *testing.T) {
	const (
		ha   = "yarn.resourcemanager.ha.enabled"
		ids  = "yarn.resourcemanager.ha.rm-ids"
		host = "yarn.resourcemanager.hostname"
		web  = "yarn.resourcemanager.webapp.address"
		tls  = "yarn.resourcemanager.webapp.https.address"
	)
	type props = map[string]string
	tests := []struct {
		name  string
		props props
		want  []ResourceManager
		err   error
		says  []string
	}{
		{"host", props{host: "rm"}, []ResourceManager{{"", "http://rm:8088"}}, nil, nil},
		{"address", props{web: " rm:1 "}, []ResourceManager{{"", "http://rm:1"}}, nil, nil},
		{"address without port", props{web: "rm"}, []ResourceManager{{"", "http://rm:8088"}}, nil, nil},
		{"address with scheme", props{web: "http://rm:1/"}, []ResourceManager{{"", "http://rm:1"}}, nil, nil},
		{"https", props{host: "rm", web: "x:1", "yarn.http.policy": "HTTPS_ONLY"}, []ResourceManager{{"", "https://rm:8090"}}, nil, nil},
		{"unknown policy", props{host: "rm", "yarn.http.policy": "HTTP_AND_HTTPS"}, []ResourceManager{{"", "http://rm:8088"}}, nil, nil},
		{"nobody configured it", nil, nil, ErrWildcardAddress, []string{web, `"0.0.0.0:8088" (default)`}},
		{"IPv6 wildcard", props{web: "[::]:8088"}, nil, ErrWildcardAddress, nil},
		{"IPv6", props{web: "[fe80::1]:8088"}, []ResourceManager{{"", "http://[fe80::1]:8088"}}, nil, nil},
		{"bad port", props{web: "rm:99999"}, nil, ErrInvalidValue, []string{"99999"}},
		{
			"HA", props{ha: "true", ids: "rm2, rm1", web + ".rm1": "w1:1", host + ".rm1": "x", host + ".rm2": "h2", web: "no:1"},
			[]ResourceManager{{"rm2", "http://h2:8088"}, {"rm1", "http://w1:1"}}, nil, nil,
		},
		{
			"HA by https", props{ha: "TRUE", ids: "rm1,rm2", tls + ".rm1": "w1:1", host + ".rm2": "h2", "yarn.http.policy": "HTTPS_ONLY"},
			[]ResourceManager{{"rm1", "https://w1:1"}, {"rm2", "https://h2:8090"}}, nil, nil,
		},
		{"HA by variable", props{ha: "true", ids: "a", host + ".a": "h", web + ".a": "${" + host + ".a}:2"}, []ResourceManager{{"a", "http://h:2"}}, nil, nil},
		{"HA without ids", props{ha: "true"}, nil, ErrNotSet, []string{ids}},
		{"HA without addresses", props{ha: "true", ids: "a,b"}, nil, ErrNotSet, []string{web + ".a", host + ".b"}},
		{"HA with wildcards", props{ha: "true", ids: "a,b,c", host + ".a": "0.0.0.0", web + ".b": "0.0.0.0:1", host + ".c": "c"}, nil, ErrWildcardAddress, []string{host + ".a", web + ".b"}},
		{"expansion", props{web: "${x}", "x": "${y}", "y": "${x}"}, nil, ErrExpansion, []string{web}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := NewConfiguration(tt.props).ResourceManagers()
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if (tt.err == nil) != (err == nil) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if tt.err != nil {
				checkError(t, err, tt.err, tt.says...)
			}
		})
	}
	c, err := Load(LoadOptions{Dir: writeFiles(t, map[string]string{"core-site.xml": site()})})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.ResourceManagers()
	var hint interface{ Hint() string }
	if !errors.As(err, &hint) || !strings.Contains(hint.Hint(), c.Dirs()[0]) {
		t.Errorf("no hint with the folder in %v", err)
	}
}

func TestResolveViewFS(t *testing.T) {
	c := NewConfiguration(map[string]string{
		"fs.viewfs.mounttable.c.link./user":                      "hdfs://a/users",
		"fs.viewfs.mounttable.c.link./user/alice":                "hdfs://b:9000/",
		"fs.viewfs.mounttable.c.link./tmp/":                      " hdfs://ns/${dir} ",
		"fs.viewfs.mounttable.c.link./again":                     "viewfs://f/x",
		"fs.viewfs.mounttable.c.link./bad":                       "/x",
		"fs.viewfs.mounttable.c.linkNfly.minReplication=2./many": "hdfs://a/,hdfs://b/",
		"fs.viewfs.mounttable.f.link./x":                         "hdfs://f",
		"fs.viewfs.mounttable.f.linkFallback":                    "hdfs://fallback/top",
		"fs.viewfs.mounttable.m.linkMergeSlash":                  "hdfs://m/",
		"fs.viewfs.mounttable.l.link./x":                         "viewfs://l/x",
		"fs.viewfs.mounttable.default.link./d":                   "hdfs://d/e",
		"dir":                                                    "t",
	})
	tests := []struct {
		in, want string
		err      string
	}{
		{"hdfs://x/user", "hdfs://x/user", ""},
		{"viewfs://c/user", "hdfs://a/users", ""},
		{"viewfs://c/user/bob/f", "hdfs://a/users/bob/f", ""},
		{"viewfs://c/user/alice/a%20b/../c%20d", "hdfs://b:9000/c%20d", ""},
		{"viewfs://c/user/alicex", "hdfs://a/users/alicex", ""},
		{"viewfs://c/tmp/x", "hdfs://ns/t/x", ""},
		{"viewfs://c/again/y", "hdfs://f/y", ""},
		{"viewfs://f/other", "hdfs://fallback/top/other", ""},
		{"viewfs://m/any/where", "hdfs://m/any/where", ""},
		{"viewfs://m", "hdfs://m/", ""},
		{"viewfs:///d/f", "hdfs://d/e/f", ""},
		{"viewfs://c/users", "", `no mount point for /users in mount table "c"`},
		{"viewfs://c/", "", "no mount point"},
		{"viewfs://none/x", "", "no mount point"},
		{"viewfs://c/bad", "", "no scheme"},
		{"viewfs://c/many/x", "", "several targets"},
		{"viewfs://l/x/y", "", "lead to each other"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			u, err := url.Parse(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.ResolveViewFS(u)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("error %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil || got.String() != tt.want {
				t.Errorf("got %v, %v; want %s", got, err, tt.want)
			}
		})
	}
	_, err := c.ResolveViewFS(&url.URL{Scheme: "viewfs", Host: "c", Path: "/x"})
	checkError(t, err, ErrNoMount)
	checkHint(t, err)
}
