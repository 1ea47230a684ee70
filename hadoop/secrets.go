package hadoop

import "strings"

// IsSecretKey tells whether a property's value is a secret that must not be
// shown. It covers what Hadoop redacts by default
// (hadoop.security.sensitive-config-keys, Java: ConfigRedactor), and rather more
// than less: every name that ends in or, for the object stores, contains one of
// the words.
func IsSecretKey(key string) bool {
	key = strings.ToLower(canonical(key))
	for _, end := range []string{"secret", "password", "ssl.keystore.pass", "credential", "secret.key", "secret-key", "passphrase"} {
		if strings.HasSuffix(key, end) {
			return true
		}
	}
	store := strings.HasPrefix(key, "fs.")
	for _, word := range []string{"account.key", "encryption", "session.key", "session.token", "oauth", "gs.proxy.", "gs.auth."} {
		if store && strings.Contains(key, word) {
			return true
		}
	}
	_, oauth, ok := strings.Cut(key, "oauth")
	return ok && (strings.Contains(oauth, "secret") || strings.Contains(oauth, "password") || strings.Contains(oauth, "token"))
}
