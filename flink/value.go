package flink

import (
	"encoding/json"
	"slices"
	"strings"
)

// Value is one value of a configuration: a text, or a list of texts. The zero
// value is the empty text. Values are immutable.
type Value struct {
	text   string
	items  []string
	isList bool
}

// NewScalar makes a value of one text.
func NewScalar(s string) Value { return Value{text: s} }

// NewList makes a list; it keeps a copy.
func NewList(items []string) Value {
	return Value{items: slices.Clone(items), isList: true}
}

// IsList says whether the value was a list where it came from, not whether
// its text could be read as one.
func (v Value) IsList() bool { return v.isList }

// String is the text; a list is joined with ";", and an item that would not
// survive that is quoted, as Flink writes lists into a line.
func (v Value) String() string {
	if !v.isList {
		return v.text
	}
	quoted := make([]string, len(v.items))
	for i, item := range v.items {
		quoted[i] = quoteListItem(item)
	}
	return strings.Join(quoted, ";")
}

// List is the value as a list: its items, or what [ParseList] makes of the
// text. A text that is no list is one item as it stands; use ParseList where
// the user should hear of it.
func (v Value) List() []string {
	if v.isList {
		return slices.Clone(v.items)
	}
	items, err := ParseList(v.text)
	if err != nil {
		return []string{v.text}
	}
	return items
}

// Equal compares kind and texts; an empty and a missing list are the same.
func (v Value) Equal(o Value) bool {
	return v.isList == o.isList && v.text == o.text && slices.Equal(v.items, o.items)
}

// MarshalJSON writes a string, or an array of strings for a list.
func (v Value) MarshalJSON() ([]byte, error) {
	if !v.isList {
		return json.Marshal(v.text)
	}
	if v.items == nil {
		return []byte("[]"), nil
	}
	return json.Marshal(v.items)
}
