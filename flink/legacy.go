package flink

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// ParseLegacy reads the content of a flink-conf.yaml, whose format is not
// YAML: lines of "key: value", where "#" starts a comment anywhere, quotes are
// part of the value and the last of several lines counts. A line that is
// neither is skipped with a warning that names its number.
//
// Java: GlobalConfiguration.loadLegacyYAMLResource.
func ParseLegacy(content []byte, origin Origin) *Configuration {
	c := NewConfiguration()
	c.legacy = true
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	text := strings.ReplaceAll(string(content), "\r\n", "\n")
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r", "\n"), "\n") {
		line, _, _ = strings.Cut(line, "#")
		line = javaTrim(line)
		if line == "" {
			continue
		}
		key, value, found := strings.Cut(line, ": ")
		key, value = javaTrim(key), javaTrim(value)
		switch {
		case !found:
			c.warn("%s: line %d is skipped: it is not of the form \"key: value\"", origin, i+1)
		case key == "" || value == "":
			c.warn("%s: line %d is skipped: its key or value is empty", origin, i+1)
		default:
			c.Set(key, value, origin)
		}
	}
	return c
}

// legacyContent writes the lines that ParseLegacy reads. Empty lists are left
// out: there is no way to write them, and they mean the same as none.
func (c *Configuration) legacyContent() []byte {
	var b strings.Builder
	for _, key := range c.Keys() {
		v := c.entries[key].value
		if v.isList && len(v.items) == 0 {
			continue
		}
		b.WriteString(key + ": " + v.String() + "\n")
	}
	return []byte(b.String())
}

// legacyUncarried finds what legacyContent can't write.
func (c *Configuration) legacyUncarried() []UncarriedValue {
	var found []UncarriedValue
	for _, key := range c.Keys() {
		e := c.entries[key]
		reason := legacyFlaw(key)
		switch {
		case reason != "":
			reason = "is no possible key: its name " + reason
		case strings.Contains(key, ": "):
			reason = `is no possible key: its name has ": " in it`
		case e.value.isList && len(e.value.items) == 0:
			continue
		default:
			if reason = legacyFlaw(e.value.String()); reason != "" {
				reason = "has a value that " + reason
			}
		}
		if reason != "" {
			found = append(found, UncarriedValue{key, e.origin, reason})
		}
	}
	return found
}

// legacyFlaw says what keeps a key or value from a line, "" for nothing.
func legacyFlaw(s string) string {
	switch {
	case s == "":
		return "is empty"
	case strings.Contains(s, "#"):
		return `has a "#" in it, which starts a comment`
	case strings.ContainsAny(s, "\n\r"):
		return "has a line break in it"
	case javaTrim(s) != s:
		return "begins or ends with a blank"
	case strings.HasPrefix(s, "\ufeff"):
		return "begins with a byte order mark"
	case !utf8.ValidString(s):
		return "is not valid UTF-8"
	}
	return ""
}

// yamlUncarried finds what yamlContent can't write.
func (c *Configuration) yamlUncarried() []UncarriedValue {
	var found []UncarriedValue
	for _, key := range c.Keys() {
		e := c.entries[key]
		valid := utf8.ValidString(key) && utf8.ValidString(e.value.text)
		for _, item := range e.value.items {
			valid = valid && utf8.ValidString(item)
		}
		if !valid {
			found = append(found, UncarriedValue{key, e.origin, "is not valid UTF-8"})
		}
	}
	return found
}
