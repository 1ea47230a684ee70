package flink

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"gopkg.in/yaml.v3"
)

// maxYAMLNodes bounds what aliases may expand to; a configuration has some
// hundred values.
const maxYAMLNodes = 100_000

// maxYAMLDepth bounds nesting, and with it an alias inside its own anchor.
const maxYAMLDepth = 50

// ParseYAML reads the content of a config.yaml: one document of YAML 1.2 whose
// nested maps are flattened with dots and may be mixed with dotted keys. A key
// that stands twice in one map, a null and a tag are errors, all of them
// reported; lists stay lists. A key that comes about twice by flattening keeps
// its last value, with a warning. Values are never quoted in errors.
//
// Java: GlobalConfiguration.loadYAMLResource, YamlParserUtils.loadYamlFile.
func ParseYAML(content []byte, origin Origin) (*Configuration, error) {
	root, err := yamlDocument(content)
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", origin, err)
	}
	p := yamlParser{conf: NewConfiguration(), origin: origin}
	if root != nil {
		root = resolveAlias(root)
		if root.Kind != yaml.MappingNode {
			return nil, fmt.Errorf("parse %s: line %d: the document is no map of keys to values", origin, root.Line)
		}
		p.mapping(root, "", 0)
	}
	if len(p.problems) > 0 {
		return nil, fmt.Errorf("parse %s: %w", origin, errors.Join(p.problems...))
	}
	return p.conf, nil
}

// yamlDocument returns the root node of the only document, nil for none.
func yamlDocument(content []byte) (root *yaml.Node, err error) {
	// The library panics on some malformed input instead of returning.
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, errors.New("the text is no YAML")
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(content))
	var doc, second yaml.Node
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, err
	}
	if err := d.Decode(&second); !errors.Is(err, io.EOF) {
		if err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("line %d: a second document begins", second.Line)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		return nil, nil
	}
	root = doc.Content[0]
	if _, _, err := yamlScalar(root); root.Kind == yaml.ScalarNode && errors.Is(err, errYAMLNull) {
		return nil, nil
	}
	return root, nil
}

func resolveAlias(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// yamlParser flattens a tree of nodes into a configuration.
type yamlParser struct {
	conf     *Configuration
	origin   Origin
	nodes    int
	problems []error
}

func (p *yamlParser) problem(n *yaml.Node, format string, args ...any) {
	p.problems = append(p.problems, fmt.Errorf("line %d: %w", n.Line, fmt.Errorf(format, args...)))
}

// count says whether one more node may be looked at.
func (p *yamlParser) count(n *yaml.Node, depth int) bool {
	p.nodes++
	switch {
	case p.nodes == maxYAMLNodes:
		p.problem(n, "more than %d values", maxYAMLNodes)
		return false
	case p.nodes > maxYAMLNodes:
		return false
	case depth > maxYAMLDepth:
		p.problem(n, "nested more than %d deep", maxYAMLDepth)
		p.nodes = maxYAMLNodes // one such report is enough
		return false
	}
	return true
}

func (p *yamlParser) mapping(m *yaml.Node, prefix string, depth int) {
	seen := map[string]bool{}
	for i := 0; i+1 < len(m.Content); i += 2 {
		keyNode := resolveAlias(m.Content[i])
		if !p.count(keyNode, depth) {
			return
		}
		key, isText, err := yamlScalar(keyNode)
		switch {
		case keyNode.Kind != yaml.ScalarNode || err != nil || !isText:
			p.problem(m.Content[i], "a key below %q is no text; put it in quotes", prefix)
			continue
		case key == "<<" && keyNode.Style == 0:
			p.problem(m.Content[i], "merge keys (<<) are not part of YAML 1.2")
			continue
		case seen[key]:
			p.problem(m.Content[i], "key %q stands twice", prefix+key)
			continue
		}
		seen[key] = true
		p.value(prefix+key, m.Content[i+1], depth)
	}
}

func (p *yamlParser) value(key string, n *yaml.Node, depth int) {
	line := n.Line
	n = resolveAlias(n)
	if n.Kind == yaml.MappingNode {
		p.mapping(n, key+".", depth+1)
		return
	}
	if _, twice := p.conf.Lookup(key); twice {
		p.conf.warn("%s: line %d: key %q is given again in another form; this one is used", p.origin, line, key)
	}
	if n.Kind == yaml.SequenceNode {
		p.sequence(key, n, depth+1)
		return
	}
	text, _, err := yamlScalar(n)
	if err != nil {
		p.problem(n, "key %q: %w", key, err)
		return
	}
	p.conf.Set(key, text, p.origin)
}

// sequence sets a list of texts. A list that holds lists or maps is kept as
// the text of a flow list, which is what Flink itself keeps.
func (p *yamlParser) sequence(key string, n *yaml.Node, depth int) {
	items := make([]string, 0, len(n.Content))
	for _, child := range n.Content {
		item := resolveAlias(child)
		if !p.count(item, depth) {
			return
		}
		if item.Kind != yaml.ScalarNode {
			if flow, err := p.flow(n, depth); err != nil {
				p.problem(n, "key %q: %w", key, err)
			} else {
				p.conf.Set(key, flow, p.origin)
			}
			return
		}
		text, _, err := yamlScalar(item)
		if err != nil {
			p.problem(child, "key %q: %w", key, err)
			return
		}
		items = append(items, text)
	}
	p.conf.SetList(key, items, p.origin)
}
