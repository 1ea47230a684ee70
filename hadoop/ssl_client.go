package hadoop

import (
	"fmt"
	"path/filepath"
	"strings"
)

// SSLClient is what Hadoop's clients are told about TLS.
type SSLClient struct {
	// File is the file it was read from, "" where there is none.
	File string
	// Truststore holds the certificates that servers' may be signed by; its
	// Location is "" where none is set.
	Truststore SSLStore
	// Keystore holds the client's own key. It is used where
	// hadoop.ssl.require.client.cert is true, and has no Location elsewhere.
	Keystore SSLStore
}

// SSLStore is a keystore or truststore of Java.
type SSLStore struct {
	Location              string
	Password, KeyPassword string // secrets; "" where not set
	// Key is the property of the location.
	Key string
}

// SSLClient reads the file that hadoop.ssl.client.conf names, ssl-client.xml, from
// the first configuration folder that has it. Passwords in credential providers are
// not looked for. A file that can't be read is a *ParseError, and its values'
// problems are a *PropertyError.
//
// Java: SSLFactory.readSSLConfiguration, FileBasedKeyStoresFactory.
func (c *Configuration) SSLClient() (SSLClient, error) {
	name := trim(c.Get("hadoop.ssl.client.conf"))
	if name == "" || len(c.dirs) == 0 {
		return SSLClient{}, nil
	}
	// Nothing but the file counts: Java loads it without the other ones.
	l := newLoader(LoadOptions{Getenv: c.getenv, SystemProperties: c.system}, c.dirs)
	l.site(name)
	if len(l.errs) > 0 {
		return SSLClient{}, fmt.Errorf("load Hadoop configuration: %w", l.errs[0])
	}
	if len(l.c.files) == 0 {
		return SSLClient{}, nil
	}
	s := SSLClient{File: l.c.files[0]}
	var err error
	if s.Truststore, err = l.c.sslStore("truststore"); err == nil && c.Bool("hadoop.ssl.require.client.cert") {
		s.Keystore, err = l.c.sslStore("keystore")
	}
	return s, err
}

func (c *Configuration) sslStore(kind string) (SSLStore, error) {
	key := "ssl.client." + kind + "."
	s := SSLStore{Key: key + "location", Password: c.Get(key + "password"), KeyPassword: c.Get(key + "keypassword")}
	location, err := c.value(s.Key)
	if err != nil && !isUnset(err) {
		return s, err
	}
	s.Location = filepath.FromSlash(location)
	return s, nil
}

// WantsHTTPS tells whether the cluster is talked to over https: the
// ResourceManager's web services or WebHDFS.
func (c *Configuration) WantsHTTPS() bool {
	for _, policy := range []string{"yarn.http.policy", "dfs.http.policy"} {
		if strings.EqualFold(trim(c.Get(policy)), "HTTPS_ONLY") {
			return true
		}
	}
	return strings.HasPrefix(trim(c.Get("fs.defaultFS")), "swebhdfs:")
}
