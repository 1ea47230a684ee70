package yarn

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// The types of this file take what a ResourceManager writes in its two JSON
// dialects. In one, numbers are numbers and lists are arrays. In the other all
// scalars are strings, a list of one is the bare element, an empty list is {},
// "" or null. Which is used where changed from release to release.
//
// Members that repeat inside one object (the entries of resourceSecondsMap
// before Hadoop 3.5) are not mapped at all.

// number is an integer, written as a number or a string. What is not finite
// counts as 0.
type number int64

func (n *number) UnmarshalJSON(data []byte) error {
	s := scalar(data)
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		*n = number(i)
		return nil
	}
	var f decimal
	if err := f.UnmarshalJSON(data); err != nil {
		return err
	}
	// The bounds are exact in float64; int64's own maximum is not.
	if f < -(1<<63) || f >= 1<<63 {
		return fmt.Errorf("%s is out of range", s)
	}
	*n = number(f)
	return nil
}

// int cuts at the bounds of int, which has 32 bits on some platforms.
func (n number) int() int { return int(max(math.MinInt32, min(math.MaxInt32, int64(n)))) }

// time reads n as milliseconds since 1970; 0 and less is no time.
func (n number) time() time.Time {
	if n <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(n))
}

// decimal is a number or a string; what is not finite counts as 0, null and ""
// too.
type decimal float64

func (d *decimal) UnmarshalJSON(data []byte) error {
	s := scalar(data)
	if s == "" {
		*d = 0
		return nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return fmt.Errorf("%s is not a number", clip(string(data), 40))
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		f = 0
	}
	*d = decimal(f)
	return nil
}

// flag is true, "true" or their opposites; nothing else is known.
type flag bool

func (f *flag) UnmarshalJSON(data []byte) error {
	*f = flag(strings.EqualFold(scalar(data), "true"))
	return nil
}

// word is a string; a number or a boolean gives its text, null nothing. An
// object or array gives nothing too: {} is how one dialect writes an absent
// value.
type word string

func (w *word) UnmarshalJSON(data []byte) error {
	*w = word(scalar(data))
	return nil
}

// scalar returns the text of a JSON scalar; "" for null, objects and arrays.
func scalar(data []byte) string {
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return ""
	}
	switch data[0] {
	case '{', '[', 'n':
		return ""
	case '"':
		var s string
		if json.Unmarshal(data, &s) != nil {
			return ""
		}
		return strings.TrimSpace(s)
	}
	return string(data)
}

// list is an array, a single element, or one of the empty shapes.
type list[T any] []T

func (l *list[T]) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	*l = nil
	if isEmptyShape(data) {
		return nil
	}
	if data[0] == '[' {
		return json.Unmarshal(data, (*[]T)(l))
	}
	var one T
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	*l = list[T]{one}
	return nil
}

// object is an object, an array of one, or one of the empty shapes, which give
// the zero value.
type object[T any] struct{ value T }

func (o *object[T]) UnmarshalJSON(data []byte) error {
	var elements list[T]
	if err := elements.UnmarshalJSON(data); err != nil {
		return err
	}
	var zero T
	o.value = zero
	if len(elements) > 0 {
		o.value = elements[0]
	}
	return nil
}

func isEmptyShape(data []byte) bool {
	if len(data) == 0 {
		return true
	}
	switch data[0] {
	case 'n':
		return true
	case '"':
		return scalar(data) == ""
	case '{':
		return len(bytes.TrimSpace(data[1:len(data)-1])) == 0
	}
	return false
}

// clip cuts s to at most limit bytes, on a character's bound, and marks the cut.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
