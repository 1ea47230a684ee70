package flink

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// The core schema of YAML 1.2, section 10.3.2. yaml.v3 resolves plain scalars
// by the rules of 1.1 ("yes", "0123", dates), so only its text is used.
var (
	yamlInt   = regexp.MustCompile(`^([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$`)
	yamlFloat = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
	yamlInf   = regexp.MustCompile(`^[-+]?\.(inf|Inf|INF)$`)
	yamlNaN   = regexp.MustCompile(`^\.(nan|NaN|NAN)$`)
)

var errYAMLNull = errors.New("no value; write '' for the empty text")

// yamlScalar renders a scalar as Flink holds it after Java loaded it. isText
// is false for numbers and booleans.
func yamlScalar(n *yaml.Node) (s string, isText bool, err error) {
	if n.Style&yaml.TaggedStyle != 0 {
		return taggedScalar(n)
	}
	const quoted = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	if n.Style&quoted != 0 {
		return n.Value, true, nil
	}
	return plainScalar(n.Value)
}

// taggedScalar accepts the tags of the core schema that Java can construct.
func taggedScalar(n *yaml.Node) (string, bool, error) {
	switch n.Tag {
	case "!!str", "!":
		return n.Value, true, nil
	case "!!null":
		return "", false, errYAMLNull
	case "!!int", "!!float", "!!bool":
		if s, isText, err := plainScalar(n.Value); err == nil && !isText {
			return s, false, nil
		}
		return "", false, fmt.Errorf("the value is no %s", strings.TrimPrefix(n.Tag, "!!"))
	}
	return "", false, fmt.Errorf("unknown tag %s", n.Tag)
}

func plainScalar(s string) (string, bool, error) {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return "", false, errYAMLNull
	case "true", "True", "TRUE":
		return "true", false, nil
	case "false", "False", "FALSE":
		return "false", false, nil
	}
	switch {
	case yamlInt.MatchString(s):
		if text, ok := javaInteger(s); ok {
			return text, false, nil
		}
	case yamlFloat.MatchString(s):
		// Beyond the range ParseFloat returns the infinity that Java has too.
		f, _ := strconv.ParseFloat(s, 64)
		return javaDouble(f), false, nil
	case yamlInf.MatchString(s):
		sign := 1
		if s[0] == '-' {
			sign = -1
		}
		return javaDouble(math.Inf(sign)), false, nil
	case yamlNaN.MatchString(s):
		return javaDouble(math.NaN()), false, nil
	}
	return s, true, nil
}
