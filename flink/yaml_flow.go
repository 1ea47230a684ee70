package flink

import (
	"errors"
	"strings"

	"gopkg.in/yaml.v3"
)

var errYAMLTooLarge = errors.New("nested too deep or too many values")

// flow writes a node in YAML's flow style, aliases resolved, texts quoted.
func (p *yamlParser) flow(n *yaml.Node, depth int) (string, error) {
	n = resolveAlias(n)
	if p.nodes++; p.nodes > maxYAMLNodes || depth > maxYAMLDepth {
		return "", errYAMLTooLarge
	}
	switch n.Kind {
	case yaml.SequenceNode:
		parts, err := p.flowAll(n.Content, depth)
		return "[" + strings.Join(parts, ", ") + "]", err
	case yaml.MappingNode:
		parts, err := p.flowAll(n.Content, depth)
		var b strings.Builder
		for i, part := range parts {
			switch {
			case i%2 == 1:
				b.WriteString(": ")
			case i > 0:
				b.WriteString(", ")
			}
			b.WriteString(part)
		}
		return "{" + b.String() + "}", err
	}
	text, isText, err := yamlScalar(n)
	if isText {
		text = quoteYAML(text)
	}
	return text, err
}

func (p *yamlParser) flowAll(nodes []*yaml.Node, depth int) ([]string, error) {
	parts := make([]string, 0, len(nodes))
	for _, n := range nodes {
		part, err := p.flow(n, depth+1)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// parseFlowList reads the text of a YAML list of scalars; an item that is a
// list or map itself stays text.
func parseFlowList(s string) ([]string, bool) {
	root, err := yamlDocument([]byte(s))
	if err != nil || root == nil || root.Kind != yaml.SequenceNode {
		return nil, false
	}
	return flowTexts(root.Content)
}

func parseFlowMap(s string) (map[string]string, bool) {
	root, err := yamlDocument([]byte(s))
	if err != nil || root == nil || root.Kind != yaml.MappingNode {
		return nil, false
	}
	texts, ok := flowTexts(root.Content)
	if !ok {
		return nil, false
	}
	m := make(map[string]string, len(texts)/2)
	for i := 0; i+1 < len(texts); i += 2 {
		if _, twice := m[texts[i]]; twice {
			return nil, false
		}
		m[texts[i]] = texts[i+1]
	}
	return m, true
}

func flowTexts(nodes []*yaml.Node) ([]string, bool) {
	var p yamlParser
	texts := make([]string, 0, len(nodes))
	for _, n := range nodes {
		n = resolveAlias(n)
		text, err := "", error(nil)
		if n.Kind == yaml.ScalarNode {
			text, _, err = yamlScalar(n)
		} else {
			text, err = p.flow(n, 0)
		}
		if err != nil {
			return nil, false
		}
		texts = append(texts, text)
	}
	return texts, true
}
