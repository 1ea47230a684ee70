package flink

import (
	"strings"
	"testing"
)

// TestSecretKeysOfEveryVersion holds that what any Flink masks is masked here: the parts of keys that GlobalConfiguration of each
// release has in its SENSITIVE_KEYS, in any case and with anything around them.
func TestSecretKeysOfEveryVersion(t *testing.T) {
	for version, parts := range map[string]string{
		"1.12.5": "password secret fs.azure.account.key apikey",
		"1.17.2": "password secret fs.azure.account.key apikey auth-params service-key token basic-auth jaas.config",
		"1.20.5": "password secret fs.azure.account.key apikey auth-params service-key token basic-auth jaas.config http-headers",
		"2.3.0":  "password secret fs.azure.account.key apikey api-key auth-params service-key token basic-auth jaas.config http-headers",
	} {
		for part := range strings.FieldsSeq(parts) {
			for _, key := range []string{part, "s3." + part, part + ".name", "Some." + strings.ToUpper(part) + ".More"} {
				if !IsSecretKey(key) {
					t.Errorf("%s masks %s", version, key)
				}
			}
		}
	}
	for _, key := range []string{"", "parallelism.default", "security.ssl.rest.keystore", "security.kerberos.login.keytab", "s3.access-key", "fs.azure.account"} {
		if IsSecretKey(key) {
			t.Errorf("%s is masked, and no Flink does", key)
		}
	}
}
