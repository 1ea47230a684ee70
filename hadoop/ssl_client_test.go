package hadoop

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sslFolder(t *testing.T, files map[string]string) *Configuration {
	t.Helper()
	dir := t.TempDir()
	if _, ok := files["core-site.xml"]; !ok {
		files["core-site.xml"] = ""
	}
	for name, properties := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("<configuration>"+properties+"</configuration>"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Load(LoadOptions{Dir: dir, Getenv: func(name string) (string, bool) { return "/certificates", name == "CERTS" }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func xmlProperty(name, value string) string {
	return "<property><name>" + name + "</name><value>" + value + "</value></property>"
}

const sslClientXML = `<property><name>ssl.client.truststore.location</name><value>${env.CERTS}/trust.jks</value></property>
<property><name>ssl.client.truststore.password</name><value>secret</value></property>
<property><name>ssl.client.keystore.location</name><value>/own.p12</value></property>
<property><name>ssl.client.keystore.password</name><value>other</value></property>
<property><name>ssl.client.keystore.keypassword</name><value>third</value></property>`

func TestSSLClient(t *testing.T) {
	trust := SSLStore{Location: "/certificates/trust.jks", Password: "secret", Key: "ssl.client.truststore.location"}
	own := SSLStore{Location: "/own.p12", Password: "other", KeyPassword: "third", Key: "ssl.client.keystore.location"}
	for name, test := range map[string]struct {
		files map[string]string
		file  string
		want  SSLClient
	}{
		"the truststore":  {map[string]string{"ssl-client.xml": sslClientXML}, "ssl-client.xml", SSLClient{Truststore: trust}},
		"the client, too": {map[string]string{"ssl-client.xml": sslClientXML, "core-site.xml": xmlProperty("hadoop.ssl.require.client.cert", "true")}, "ssl-client.xml", SSLClient{Truststore: trust, Keystore: own}},
		"another file":    {map[string]string{"mine.xml": sslClientXML, "ssl-client.xml": "", "core-site.xml": xmlProperty("hadoop.ssl.client.conf", "mine.xml")}, "mine.xml", SSLClient{Truststore: trust}},
		"nothing in it":   {map[string]string{"ssl-client.xml": ""}, "ssl-client.xml", SSLClient{Truststore: SSLStore{Key: trust.Key}}},
		"no file":         {map[string]string{}, "", SSLClient{}},
		"not in the file": {map[string]string{"core-site.xml": sslClientXML}, "", SSLClient{}},
	} {
		t.Run(name, func(t *testing.T) {
			c := sslFolder(t, test.files)
			got, err := c.SSLClient()
			if err != nil {
				t.Fatal(err)
			}
			if test.file != "" {
				test.want.File = filepath.Join(c.Dirs()[0], test.file)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestSSLClientBroken(t *testing.T) {
	c := sslFolder(t, map[string]string{"ssl-client.xml": "<property>"})
	if _, err := c.SSLClient(); !errors.As(err, new(*ParseError)) || !strings.Contains(err.Error(), "ssl-client.xml") {
		t.Errorf("%v, want a ParseError of ssl-client.xml", err)
	}
}

func TestWantsHTTPS(t *testing.T) {
	for _, test := range []struct {
		key, value string
		want       bool
	}{
		{"yarn.http.policy", "HTTPS_ONLY", true}, {"dfs.http.policy", "https_only", true}, {"fs.defaultFS", "swebhdfs://nn:1", true},
		{"dfs.http.policy", "HTTP_AND_HTTPS", false}, {"fs.defaultFS", "hdfs://nn:1", false},
	} {
		if got := NewConfiguration(map[string]string{test.key: test.value}).WantsHTTPS(); got != test.want {
			t.Errorf("%s=%s: %t", test.key, test.value, got)
		}
	}
}
