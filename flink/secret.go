package flink

import "strings"

// HiddenValue stands in the place of a masked secret.
//
// Java: GlobalConfiguration.HIDDEN_CONTENT.
const HiddenValue = "******"

var secretParts = []string{
	"password", "secret", "fs.azure.account.key", "apikey", "api-key",
	"auth-params", "service-key", "token", "basic-auth", "jaas.config",
	"http-headers",
}

// IsSecretKey says whether the key's value must not be shown.
//
// Java: GlobalConfiguration.isSensitive of 2.x.
func IsSecretKey(key string) bool {
	key = strings.ToLower(key)
	for _, part := range secretParts {
		if strings.Contains(key, part) {
			return true
		}
	}
	return false
}

// Masked returns a copy for showing: values of secret keys are [HiddenValue].
func (c *Configuration) Masked() *Configuration {
	m := c.Clone()
	for key, e := range m.entries {
		if IsSecretKey(key) {
			m.Set(key, HiddenValue, e.origin)
		}
	}
	return m
}
