package kerberos

import (
	"fmt"
	"strings"

	"github.com/jcmturner/gokrb5/v8/types"
)

// Principal is a name in a realm: "alice@EXAMPLE.ORG", "nn/host@EXAMPLE.ORG".
type Principal struct {
	// Name is all before the realm, its components with slashes between.
	Name  string
	Realm string
}

// ParsePrincipal reads a principal; without a realm it gets realm.
func ParsePrincipal(s, realm string) (Principal, error) {
	p := Principal{Name: s, Realm: realm}
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		p = Principal{Name: s[:i], Realm: s[i+1:]}
	}
	switch {
	case p.Name == "" || strings.ContainsAny(p.Name, " \t\n@"):
		return Principal{}, fmt.Errorf("%q is no Kerberos principal, as alice@EXAMPLE.ORG or flink/host@EXAMPLE.ORG", s)
	case p.Realm == "":
		return Principal{}, fmt.Errorf("%q has no realm, and krb5.conf names no default_realm", s)
	}
	return p, nil
}

func (p Principal) String() string { return p.Name + "@" + p.Realm }

// Components are the parts of the name.
func (p Principal) Components() []string { return strings.Split(p.Name, "/") }

func principalOf(n types.PrincipalName, realm string) Principal {
	return Principal{Name: n.PrincipalNameString(), Realm: realm}
}
