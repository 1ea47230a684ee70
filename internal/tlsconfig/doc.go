// Package tlsconfig makes the TLS configurations of clients from what there is on
// a machine: certificates as PEM, and the keystores and truststores of Java.
package tlsconfig
