package flink

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Origin is the place a value comes from, in words for people: the path of a
// file, or an option such as "-D" or "-jm".
type Origin string

// Configuration maps flat keys to values and remembers each value's origin.
// It may be read by several goroutines as long as none writes. The zero value
// is not usable; see [NewConfiguration] and [LoadConfiguration].
type Configuration struct {
	entries  map[string]entry
	warnings []string
	legacy   bool // read from a flink-conf.yaml
}

type entry struct {
	value  Value
	origin Origin
}

// NewConfiguration returns an empty configuration.
func NewConfiguration() *Configuration {
	return &Configuration{entries: map[string]entry{}}
}

// Clone returns an independent copy.
func (c *Configuration) Clone() *Configuration {
	d := *c
	d.entries = maps.Clone(c.entries)
	d.warnings = slices.Clone(c.warnings)
	return &d
}

// Keys returns the keys that are set, sorted.
func (c *Configuration) Keys() []string {
	return slices.Sorted(maps.Keys(c.entries))
}

// Set puts a text under the key and replaces what was there. Aliases of the
// key are left alone: Flink looks at the key itself first.
func (c *Configuration) Set(key, value string, o Origin) {
	c.entries[key] = entry{NewScalar(value), o}
}

// SetList puts a list under the key.
func (c *Configuration) SetList(key string, values []string, o Origin) {
	c.entries[key] = entry{NewList(values), o}
}

// Delete removes a key; a missing one is no error.
func (c *Configuration) Delete(key string) { delete(c.entries, key) }

// Lookup returns the value of exactly this key.
func (c *Configuration) Lookup(key string) (Value, bool) {
	e, ok := c.entries[key]
	return e.value, ok
}

// Get returns the text of exactly this key, "" where it is not set.
func (c *Configuration) Get(key string) string {
	return c.entries[key].value.String()
}

// Origin tells where the key's value comes from, "" where it is not set.
func (c *Configuration) Origin(key string) Origin { return c.entries[key].origin }

// Effective returns the value Flink uses for the option and the key it was
// found under: the option's own, else the first alias that is set. Else it is
// the default, with the key "". ok is false where there is no default either.
func (c *Configuration) Effective(o Option) (v Value, key string, ok bool) {
	for _, k := range o.Keys() {
		if e, found := c.entries[k]; found {
			return e.value, k, true
		}
	}
	return NewScalar(o.Default), "", o.Default != ""
}

// IsSet says whether the option's key or one of its aliases is set.
func (c *Configuration) IsSet(o Option) bool {
	_, key, _ := c.Effective(o)
	return key != ""
}

// Merge takes over every value of other, with its origin, and its warnings;
// other wins.
func (c *Configuration) Merge(other *Configuration) {
	c.legacy = c.legacy || other.legacy
	maps.Copy(c.entries, other.entries)
	c.warnings = append(c.warnings, other.warnings...)
}

// WithPrefix returns the values of all keys that are longer than the prefix
// and start with it, under what remains of the key.
func (c *Configuration) WithPrefix(prefix string) map[string]string {
	m := map[string]string{}
	for k, e := range c.entries {
		if rest, ok := strings.CutPrefix(k, prefix); ok && rest != "" {
			m[rest] = e.value.String()
		}
	}
	return m
}

// Warnings are what the parsers skipped or decided, one sentence each; values
// are never quoted in them.
func (c *Configuration) Warnings() []string { return slices.Clone(c.warnings) }

// MarshalJSON writes one flat object with sorted keys. Secrets are written as
// they are: mask first, see [Configuration.Masked].
func (c *Configuration) MarshalJSON() ([]byte, error) {
	m := make(map[string]Value, len(c.entries))
	for k, e := range c.entries {
		m[k] = e.value
	}
	return json.Marshal(m)
}

func (c *Configuration) warn(format string, args ...any) {
	c.warnings = append(c.warnings, fmt.Sprintf(format, args...))
}
