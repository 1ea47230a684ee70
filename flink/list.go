package flink

import (
	"fmt"
	"strings"
)

// ParseList reads the text of a list option: a YAML flow list "[a, 'b c']", or
// items separated by ";" where an item in single or double quotes may hold
// anything, its quote doubled. Items without quotes are trimmed. The empty
// text is the empty list.
//
// Java: ConfigurationUtils.convertToList, StructuredOptionsSplitter.
func ParseList(s string) ([]string, error) {
	if strings.HasPrefix(javaTrim(s), "[") {
		if items, ok := parseFlowList(s); ok {
			return items, nil
		}
	}
	return splitQuoted(s, ';')
}

// ParseMap reads the text of a map option: a YAML flow map "{k: v}", or
// "k1:v1,k2:v2" with the quotes of [ParseList].
//
// Java: ConfigurationUtils.convertToProperties.
func ParseMap(s string) (map[string]string, error) {
	if strings.HasPrefix(javaTrim(s), "{") {
		if m, ok := parseFlowMap(s); ok {
			return m, nil
		}
	}
	pairs, err := splitQuoted(s, ',')
	if err != nil {
		return nil, err
	}
	m := make(map[string]string, len(pairs))
	for _, pair := range pairs {
		kv, err := splitQuoted(pair, ':')
		if err != nil {
			return nil, err
		}
		if len(kv) != 2 {
			return nil, fmt.Errorf("map text: item %d is no key:value pair", len(m)+1)
		}
		if _, dup := m[kv[0]]; dup {
			return nil, fmt.Errorf("map text: key %q stands twice", kv[0])
		}
		m[kv[0]] = kv[1]
	}
	return m, nil
}

// Map returns a map option: what [ParseMap] makes of the key's own value, or
// else the keys below it ("key.a: 1"). Nothing set is an empty map.
func (c *Configuration) Map(key string) (map[string]string, error) {
	v, ok := c.Lookup(key)
	if !ok {
		return c.WithPrefix(key + "."), nil
	}
	m, err := ParseMap(v.String())
	if err != nil {
		return nil, fmt.Errorf("%s (%s): %w", key, c.Origin(key), err)
	}
	return m, nil
}

// splitQuoted mirrors the tokenizer of Java's StructuredOptionsSplitter:
// a quote opens a quoted item only at its start, and empty items count only
// between two delimiters.
func splitQuoted(s string, delimiter byte) ([]string, error) {
	var items []string
	afterDelimiter := false
	for i := 0; i < len(s); {
		if space := leadingSpace(s[i:]); space > 0 {
			i += space
			continue
		}
		switch c := s[i]; c {
		case delimiter:
			if afterDelimiter {
				items = append(items, "")
			}
			afterDelimiter = true
			i++
			continue
		case '\'', '"':
			item, next, err := quotedItem(s, i)
			if err != nil {
				return nil, err
			}
			items = append(items, item)
			i = next + leadingSpace(s[next:])
			if i < len(s) && s[i] != delimiter {
				return nil, fmt.Errorf("list text: the item goes on after its closing quote at character %d", next)
			}
		default:
			end := strings.IndexByte(s[i:], delimiter)
			if end < 0 {
				end = len(s) - i
			}
			items = append(items, javaTrim(s[i:i+end]))
			i += end
		}
		afterDelimiter = false
	}
	return items, nil
}

func leadingSpace(s string) int {
	return len(s) - len(strings.TrimLeftFunc(s, javaIsSpace))
}

// quotedItem reads the quoted item that starts at s[start] and returns the
// position after its closing quote.
func quotedItem(s string, start int) (item string, next int, err error) {
	quote := s[start]
	var b strings.Builder
	for i := start + 1; i < len(s); i++ {
		if s[i] != quote {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == quote {
			b.WriteByte(quote)
			i++
			continue
		}
		return b.String(), i + 1, nil
	}
	return "", 0, fmt.Errorf("list text: the quote at character %d is not closed", start+1)
}

// quoteListItem quotes where a reader would see something else. Java quotes
// only items with a quote or the delimiter; blanks at the ends, empty items and
// what looks like a YAML list are quoted here too, which every version reads.
func quoteListItem(s string) string {
	plain := s != "" && s != "-" && s[0] != '[' && !strings.HasPrefix(s, "- ") &&
		!strings.ContainsAny(s, `;'"`) &&
		leadingSpace(s) == 0 && javaTrim(s) == s
	if plain {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
