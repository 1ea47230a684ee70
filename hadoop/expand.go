package hadoop

import (
	"fmt"
	"strings"
)

const (
	maxRounds   = 20      // Java: Configuration.MAX_SUBST
	maxExpanded = 4 << 20 // bytes; Java has no limit but its heap
)

// expand replaces ${name} in value, leftmost first, one in a round.
// Lookups give the unexpanded value of a name. What is unknown ends the
// expansion and stays literally; a value that contains the reference it
// replaces makes the result the original value.
// Java: Configuration.substituteVars.
func expand(value string, lookup func(name string) (string, bool)) (string, error) {
	result := value
	for range maxRounds {
		start, end := findVariable(result)
		if start < 0 {
			return result, nil
		}
		reference := result[start:end]
		replacement, ok := lookup(reference[len("${") : len(reference)-len("}")])
		if !ok {
			return result, nil
		}
		if strings.Contains(replacement, reference) {
			return value, nil
		}
		if len(result)+len(replacement) > maxExpanded {
			return "", fmt.Errorf("%w: the value grows above %d bytes", ErrExpansion, maxExpanded)
		}
		result = result[:start] + replacement + result[end:]
	}
	// Java throws here even when the last round left nothing to replace.
	return "", fmt.Errorf("%w: more than %d rounds", ErrExpansion, maxRounds)
}

// findVariable returns where the leftmost ${name} starts and ends, or -1. A
// name has no '}', '$' or blank and is not empty; so the innermost of nested
// references comes first. Java: Configuration.findSubVariable.
func findVariable(s string) (start, end int) {
	for at := 0; ; {
		i := strings.Index(s[at:], "${")
		if i < 0 {
			return -1, -1
		}
		start = at + i
		name := start + len("${")
		j := strings.IndexAny(s[name:], "}$ ")
		if j < 0 {
			return -1, -1
		}
		if j > 0 && s[name+j] == '}' {
			return start, name + j + 1
		}
		at = name + j
		if s[at] != '$' {
			at++
		}
	}
}

// variable resolves the name of a ${…}: environment, then system properties,
// then configuration.
func (c *Configuration) variable(name string) (string, bool) {
	if env, ok := strings.CutPrefix(name, "env."); ok && env != "" {
		if v, ok := c.environment(env); ok {
			return v, true
		}
	} else if v, ok := c.system[name]; ok {
		return v, true
	}
	e, ok := c.props[canonical(name)]
	return e.value, ok
}

// environment resolves X, X-def (if unset) and X:-def (if unset or empty). The
// first '-' or ":-" separates.
func (c *Configuration) environment(expr string) (string, bool) {
	i := strings.IndexByte(expr, '-')
	if i < 0 {
		return c.env(expr)
	}
	name, def := expr[:i], expr[i+1:]
	if unlessEmpty := strings.HasSuffix(name, ":"); unlessEmpty {
		if v, ok := c.env(strings.TrimSuffix(name, ":")); ok && v != "" {
			return v, true
		}
		return def, true
	}
	if v, ok := c.env(name); ok {
		return v, true
	}
	return def, true
}

func (c *Configuration) env(name string) (string, bool) {
	if c.getenv == nil {
		return "", false
	}
	return c.getenv(name)
}
