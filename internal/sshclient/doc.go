// Package sshclient runs commands on other machines over SSH, as OpenSSH's own
// client would reach them: by the user's agent, keys, configuration and
// known_hosts. It asks nobody anything, so what would need an answer is an error
// that says how to give it beforehand. A client keeps one connection a host.
package sshclient
