package flink

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The typed getters below read the effective value of an option. ok is false
// where neither a value nor a default is there; a value that can't be read is
// a [*ValueError].

// Int reads a whole number.
func (c *Configuration) Int(o Option) (n int64, ok bool, err error) {
	return read(c, o, func(s string) (int64, error) {
		n, err := strconv.ParseInt(s, 10, 64)
		if errors.Is(err, strconv.ErrRange) {
			return 0, fmt.Errorf("%q is out of range", s)
		}
		if err != nil {
			return 0, fmt.Errorf("%q is no whole number", s)
		}
		return n, nil
	})
}

// Bool reads "true" or "false" in any case.
func (c *Configuration) Bool(o Option) (b, ok bool, err error) {
	return read(c, o, func(s string) (bool, error) {
		switch {
		case strings.EqualFold(s, "true"):
			return true, nil
		case strings.EqualFold(s, "false"):
			return false, nil
		}
		return false, fmt.Errorf("%q is neither true nor false", s)
	})
}

// Duration reads what [ParseDuration] reads.
func (c *Configuration) Duration(o Option) (d time.Duration, ok bool, err error) {
	return read(c, o, ParseDuration)
}

// MemorySize reads what [ParseMemorySize] reads.
func (c *Configuration) MemorySize(o Option) (m MemorySize, ok bool, err error) {
	return read(c, o, ParseMemorySize)
}

// Text reads the value as it stands, a list as its text; "" where nothing is
// set and there is no default.
func (c *Configuration) Text(o Option) string {
	v, _, _ := c.Effective(o)
	return v.String()
}

// List reads what [ParseList] reads, or a list as it stands.
func (c *Configuration) List(o Option) ([]string, error) {
	v, _, _ := c.Effective(o)
	if v.isList {
		return v.List(), nil
	}
	items, _, err := read(c, o, ParseList)
	return items, err
}

func read[T any](c *Configuration, o Option, parse func(string) (T, error)) (T, bool, error) {
	var zero T
	v, key, ok := c.Effective(o)
	if !ok {
		return zero, false, nil
	}
	t, err := parse(v.String())
	if err == nil {
		return t, true, nil
	}
	origin := Origin("default")
	if key != "" {
		origin = c.Origin(key)
	} else {
		key = o.Key
	}
	return zero, true, &ValueError{Key: key, Origin: origin, Err: err}
}
