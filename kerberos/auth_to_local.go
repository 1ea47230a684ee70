package kerberos

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// ShortName is the user that Hadoop takes a principal for, by the rules of
// hadoop.security.auth_to_local; "" means DEFAULT: a name of one or two parts in the
// default realm is its first part. A principal that no rule fits is an error.
//
// Java: KerberosName.getShortName, with the mechanism "hadoop".
func ShortName(rules string, p Principal, defaultRealm string) (string, error) {
	parts := p.Components()
	all, err := parseRules(rules)
	if err != nil {
		return "", err
	}
	for _, r := range all {
		name, fits, err := r.apply(p, parts, defaultRealm)
		if err != nil {
			return "", err
		}
		if !fits {
			continue
		}
		if strings.ContainsAny(name, "/@") {
			return "", fmt.Errorf("%s: hadoop.security.auth_to_local makes it %q, which is no user's name", p, name)
		}
		return name, nil
	}
	return "", fmt.Errorf("%s: no rule of hadoop.security.auth_to_local fits, not even DEFAULT for the realm %q", p, defaultRealm)
}

// rule is one of auth_to_local; the zero value is DEFAULT.
type rule struct {
	parts       int    // that a name must have
	format      string // with $0 for the realm, $1 and so on for the parts
	match       *regexp.Regexp
	from        *regexp.Regexp // nil replaces nothing
	to          string
	everywhere  bool // all matches are replaced
	toLowerCase bool
}

var rulePattern = regexp.MustCompile(`^\s*(?:(DEFAULT)|RULE:\[(\d+):([^\]]*)\](?:\(([^)]*)\))?(?:s/([^/]*)/([^/]*)/(g)?)?(/L)?)`)

func parseRules(text string) ([]rule, error) {
	if strings.TrimSpace(text) == "" {
		return []rule{{}}, nil
	}
	var rules []rule
	for rest := text; strings.TrimSpace(rest) != ""; {
		m := rulePattern.FindStringSubmatch(rest)
		if m == nil {
			return nil, fmt.Errorf("hadoop.security.auth_to_local: %q is no rule", strings.TrimSpace(rest))
		}
		rest = rest[len(m[0]):]
		if m[1] != "" {
			rules = append(rules, rule{})
			continue
		}
		r := rule{format: m[3], to: replacement(m[6]), everywhere: m[7] != "", toLowerCase: m[8] != ""}
		var err error
		if r.parts, err = strconv.Atoi(m[2]); err != nil {
			return nil, fmt.Errorf("hadoop.security.auth_to_local: %q: %w", strings.TrimSpace(m[0]), err)
		}
		if m[4] != "" {
			if r.match, err = regexp.Compile(`^(?:` + m[4] + `)$`); err != nil {
				return nil, fmt.Errorf("hadoop.security.auth_to_local: %w", err)
			}
		}
		if m[5] != "" {
			if r.from, err = regexp.Compile(m[5]); err != nil {
				return nil, fmt.Errorf("hadoop.security.auth_to_local: %w", err)
			}
		}
		rules = append(rules, r)
	}
	return rules, nil
}

var groupReference = regexp.MustCompile(`\$(\d+)`)

// replacement turns Java's references to groups into Go's, where $1x is a name.
func replacement(java string) string { return groupReference.ReplaceAllString(java, "$${$1}") }

func (r rule) apply(p Principal, parts []string, defaultRealm string) (name string, fits bool, err error) {
	if r.parts == 0 && r.format == "" {
		return parts[0], p.Realm == defaultRealm && len(parts) <= 2, nil
	}
	if len(parts) != r.parts {
		return "", false, nil
	}
	values := append([]string{p.Realm}, parts...)
	base := groupReference.ReplaceAllStringFunc(r.format, func(ref string) string {
		n, convErr := strconv.Atoi(ref[1:])
		if convErr != nil || n >= len(values) {
			err = fmt.Errorf("hadoop.security.auth_to_local: %s in [%d:%s]: there is no such part", ref, r.parts, r.format)
			return ""
		}
		return values[n]
	})
	if err != nil || (r.match != nil && !r.match.MatchString(base)) {
		return "", false, err
	}
	if r.from != nil {
		base = r.replace(base)
	}
	if r.toLowerCase {
		base = strings.ToLower(base)
	}
	return base, true, nil
}

func (r rule) replace(s string) string {
	if r.everywhere {
		return r.from.ReplaceAllString(s, r.to)
	}
	at := r.from.FindStringSubmatchIndex(s)
	if at == nil {
		return s
	}
	return s[:at[0]] + string(r.from.ExpandString(nil, r.to, s, at)) + s[at[1]:]
}
