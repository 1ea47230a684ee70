package rest

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"time"
)

// integer is a whole number of an answer. Some releases and proxies send
// whole numbers as floats, as text, or null for none.
type integer int64

// UnmarshalJSON reads 1, 1.0, 1e3, "1", "" and null.
func (n *integer) UnmarshalJSON(text []byte) error {
	text = bytes.Trim(text, `"`)
	if len(text) == 0 || string(text) == "null" {
		return nil
	}
	if i, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		*n = integer(i)
		return nil
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) >= 1<<63 {
		return fmt.Errorf("%.40q is not a whole number", text)
	}
	*n = integer(f)
	return nil
}

// time reads milliseconds since the epoch. What is not above zero stands for
// "not yet" in Flink's answers and is the zero time.
func (n integer) time() time.Time {
	if n <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(n))
}

// duration reads milliseconds; -1 stands for "none" and is 0.
func (n integer) duration() time.Duration {
	if n <= 0 || int64(n) > math.MaxInt64/int64(time.Millisecond) {
		return 0
	}
	return time.Duration(n) * time.Millisecond
}
