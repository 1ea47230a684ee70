package hadoop

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// property is one property element of a file.
type property struct {
	key      string // as written, trimmed unless it was an attribute
	value    string
	hasValue bool // a missing or empty value element sets nothing
	final    bool
	file     string
}

// includer reads what an include names. It reports false, without an error,
// when there is no such file.
type includer func(href string) (properties []property, found bool, err error)

// parser reads a configuration file.
// Java: Configuration.Parser. Like there, elements are known by their local
// names only, unknown ones are looked through, a configuration inside a
// configuration is nothing special, and a property without a name is dropped.
type parser struct {
	file    string
	decoder *xml.Decoder
	include includer

	current    property
	named      bool
	text       strings.Builder
	properties []property
	errs       []error

	depth, roots    int
	href            string
	fallbackAllowed bool // the include that we are in found nothing
	fallbackEntered bool
}

// parseXML reads the properties of file from r, those of included files at the
// place of the include. All problems with includes are returned joined, up to
// the first syntax error; each is a *ParseError, or was made by include.
func parseXML(r io.Reader, file string, include includer) ([]property, error) {
	p := &parser{file: file, decoder: xml.NewDecoder(r), include: include}
	p.decoder.CharsetReader = charsetReader
	for {
		token, err := p.decoder.Token()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = p.next(token)
		}
		if err != nil {
			p.problem(err)
			return nil, errors.Join(p.errs...)
		}
	}
	if p.roots == 0 {
		p.problem(errors.New("no XML element in it"))
	}
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	return p.properties, nil
}

func (p *parser) problem(err error) {
	line, _ := p.decoder.InputPos()
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		line, err = syntax.Line, fmt.Errorf("XML syntax error: %s", syntax.Msg)
	}
	p.errs = append(p.errs, &ParseError{File: p.file, Line: line, Err: err})
}

func (p *parser) next(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		if p.depth++; p.depth == 1 {
			if p.roots++; p.roots > 1 {
				return fmt.Errorf("second root element <%s>", t.Name.Local)
			}
		}
		if name, ok := repeated(t.Attr); ok {
			return fmt.Errorf("XML syntax error: attribute %s of <%s> is given twice", name, t.Name.Local)
		}
		p.start(t)
	case xml.EndElement:
		p.depth--
		p.end(t.Name.Local)
	case xml.CharData:
		if p.depth > 0 {
			p.text.Write(t)
		} else if strings.TrimSpace(strings.TrimPrefix(string(t), "\ufeff")) != "" {
			return errors.New("text outside of the root element")
		}
	}
	return nil
}

// repeated finds an attribute that is given twice, which is malformed but
// escapes the XML decoder.
func repeated(attributes []xml.Attr) (string, bool) {
	if len(attributes) < 2 {
		return "", false
	}
	seen := make(map[xml.Name]bool, len(attributes))
	for _, a := range attributes {
		if seen[a.Name] {
			return a.Name.Local, true
		}
		seen[a.Name] = true
	}
	return "", false
}

func (p *parser) start(e xml.StartElement) {
	switch e.Name.Local {
	case "property":
		p.startProperty(e.Attr)
	case "name", "value", "final", "source", "tag":
		p.text.Reset()
	case "include":
		p.startInclude(e.Attr)
	case "fallback":
		p.fallbackEntered = true
	}
}

// startProperty takes the short form, in which an empty value does set.
func (p *parser) startProperty(attributes []xml.Attr) {
	p.current, p.named = property{file: p.file}, false
	for _, a := range attributes {
		switch a.Name.Local {
		case "name":
			p.current.key, p.named = a.Value, true
		case "value":
			p.current.value, p.current.hasValue = a.Value, true
		case "final":
			p.current.final = a.Value == "true"
		}
	}
}

func (p *parser) startInclude(attributes []xml.Attr) {
	p.href = ""
	for _, a := range attributes {
		if a.Name.Local == "href" {
			p.href = a.Value
		}
	}
	if p.href == "" {
		return
	}
	properties, found, err := p.include(p.href)
	switch {
	case err != nil:
		p.problem(fmt.Errorf("include %q: %w", p.href, err))
	case !found:
		p.fallbackAllowed = true
	default:
		p.properties = append(p.properties, properties...)
	}
}

func (p *parser) end(element string) {
	text := p.text.String()
	switch element {
	case "name":
		if text != "" {
			p.current.key, p.named = trim(text), true
		}
	case "value":
		if text != "" {
			p.current.value, p.current.hasValue = text, true
		}
	case "final":
		p.current.final = text == "true"
	case "include":
		if p.fallbackAllowed && !p.fallbackEntered {
			p.problem(fmt.Errorf("include %q: %w", p.href, ErrIncludeNotFound))
		}
		p.fallbackAllowed, p.fallbackEntered = false, false
	case "property":
		// A fallback's properties count only where the include found nothing.
		if p.named && (p.fallbackAllowed || !p.fallbackEntered) {
			p.properties = append(p.properties, p.current)
		}
	}
}

// charsetReader knows the one-byte encodings that old files declare; the XML
// decoder itself reads UTF-8 only.
func charsetReader(charset string, input io.Reader) (io.Reader, error) {
	switch strings.ToLower(charset) {
	case "utf8", "us-ascii", "ascii":
		return input, nil
	case "iso-8859-1", "iso8859-1", "latin1":
		return &latin1Reader{input: input}, nil
	}
	return nil, fmt.Errorf("encoding %q is not supported, save the file as UTF-8", charset)
}

// latin1Reader turns ISO 8859-1 into UTF-8.
type latin1Reader struct {
	input   io.Reader
	pending []byte
}

func (r *latin1Reader) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if len(r.pending) == 0 {
		in := make([]byte, min(len(b), 4096))
		n, err := r.input.Read(in)
		if n == 0 {
			return 0, err
		}
		for _, c := range in[:n] {
			r.pending = utf8.AppendRune(r.pending, rune(c))
		}
	}
	n := copy(b, r.pending)
	r.pending = r.pending[n:]
	return n, nil
}
