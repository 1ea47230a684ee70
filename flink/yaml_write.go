package flink

import (
	"fmt"
	"strings"
	"unicode"
)

// maxSimpleYAMLKey is below the 1024 characters that YAML allows for a key on
// one line with its value.
const maxSimpleYAMLKey = 1000

// yamlContent writes flat dotted keys with double-quoted texts. Java nests at
// the dots and dies where one key is a prefix of another; its loader takes
// flat keys just as well.
func (c *Configuration) yamlContent() []byte {
	var b strings.Builder
	for _, key := range c.Keys() {
		quoted := quoteYAML(key)
		if len(quoted) > maxSimpleYAMLKey {
			b.WriteString("? " + quoted + "\n: ")
		} else {
			b.WriteString(quoted + ": ")
		}
		writeYAMLValue(&b, c.entries[key].value)
		b.WriteByte('\n')
	}
	return []byte(b.String())
}

func writeYAMLValue(b *strings.Builder, v Value) {
	if !v.isList {
		b.WriteString(quoteYAML(v.text))
		return
	}
	if len(v.items) == 0 {
		b.WriteString("[]")
		return
	}
	for _, item := range v.items {
		b.WriteString("\n- " + quoteYAML(item))
	}
}

// quoteYAML writes a double-quoted scalar on one line; whatever a reader might
// fold, strip or refuse is escaped. The text must be valid UTF-8.
func quoteYAML(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02X`, r)
		case r < 0x7f || unicode.IsGraphic(r) && !unicode.IsSpace(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			fmt.Fprintf(&b, `\u%04X`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
