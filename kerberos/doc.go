// Package kerberos logs in to Kerberos, from a keytab, a ticket cache or a
// password, says how long that lasts, and signs HTTP requests (SPNEGO).
//
// It reads no environment: what a caller has in KRB5_CONFIG and KRB5CCNAME comes
// through Options. Nothing secret is in its errors and logs.
package kerberos
