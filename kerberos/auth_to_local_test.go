package kerberos

import (
	"strings"
	"testing"
)

func TestShortName(t *testing.T) {
	const daemons = "RULE:[2:$1@$0](nn@.*)s/.*/hdfs/\nRULE:[2:$1@$0]([rn]m@.*)s/.*/yarn/\nDEFAULT"
	for _, c := range []struct{ name, rules, principal, want, problem string }{
		{"default", "", "alice@A.TEST", "alice", ""},
		{"default, with a host", "DEFAULT", "flink/host@A.TEST", "flink", ""},
		{"default, another realm", "", "alice@B.TEST", "", "no rule"},
		{"default, three parts", "", "a/b/c@A.TEST", "", "no rule"},
		{"a daemon", daemons, "nn/host@A.TEST", "hdfs", ""},
		{"another daemon", daemons, "nm/host@A.TEST", "yarn", ""},
		{"not a daemon", daemons, "alice@A.TEST", "alice", ""},
		{"another realm's users", "RULE:[1:$1@$0](.*@B\\.TEST)s/@.*//", "alice@B.TEST", "alice", ""},
		{"on one line", "RULE:[1:$1@$0](.*@B\\.TEST)s/@.*//  DEFAULT", "alice@A.TEST", "alice", ""},
		{"groups", "RULE:[1:$1@$0](.*@.*)s/(.*)@(.).*/$2-$1/", "alice@A.TEST", "A-alice", ""},
		{"first match only", "RULE:[1:$1]s/a/b/", "anna@A.TEST", "bnna", ""},
		{"all matches", "RULE:[1:$1]s/a/b/g", "anna@A.TEST", "bnnb", ""},
		{"lower case", "RULE:[1:$1]/L", "ALICE@A.TEST", "alice", ""},
		{"replaced by nothing, lower case", "RULE:[1:$1@$0]s/@.*///L", "ALICE@A.TEST", "alice", ""},
		{"no user's name", "RULE:[1:$1@$0]", "alice@A.TEST", "", "no user's name"},
		{"no rule", "RULES", "alice@A.TEST", "", `"RULES" is no rule`},
		{"no such part", "RULE:[1:$2]", "alice@A.TEST", "", "no such part"},
		{"no expression", "RULE:[1:$1](()s/a/b/", "alice@A.TEST", "", "hadoop.security.auth_to_local"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := ParsePrincipal(c.principal, "")
			if err != nil {
				t.Fatal(err)
			}
			got, err := ShortName(c.rules, p, "A.TEST")
			if got != c.want || (err == nil) != (c.problem == "") || (err != nil && !strings.Contains(err.Error(), c.problem)) {
				t.Errorf("%q, %v, want %q, %s", got, err, c.want, c.problem)
			}
		})
	}
}

func FuzzShortName(f *testing.F) {
	f.Add("RULE:[2:$1@$0](nn@.*)s/.*/hdfs/\nDEFAULT", "nn/host@A.TEST")
	f.Fuzz(func(_ *testing.T, rules, principal string) {
		if p, err := ParsePrincipal(principal, "A.TEST"); err == nil {
			_, _ = ShortName(rules, p, "A.TEST")
		}
	})
}
