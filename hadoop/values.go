package hadoop

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// value returns a property's expanded and trimmed value.
func (c *Configuration) value(key string) (string, error) {
	value, ok, err := c.Resolve(key)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", &PropertyError{Key: canonical(key), Err: ErrNotSet}
	}
	return trim(value), nil
}

// invalid says that key's value is not what a getter takes.
func (c *Configuration) invalid(key string, err error, form string) error {
	var number *strconv.NumError
	if errors.As(err, &number) {
		err = number.Err // the value is in the message already
	}
	return c.propertyError(canonical(key), fmt.Errorf("%w: %w", ErrInvalidValue, err), form)
}

// Strings returns the elements of a comma-separated list in their order, trimmed,
// without empty ones and repetitions; newlines separate too. Java: Configuration.getTrimmedStringCollection.
func (c *Configuration) Strings(key string) []string {
	var list []string
	seen := map[string]bool{}
	for _, s := range strings.FieldsFunc(c.Get(key), func(r rune) bool { return r == ',' || r == '\n' }) {
		if s = trim(s); s != "" && !seen[s] {
			seen[s] = true
			list = append(list, s)
		}
	}
	return list
}

// Bool tells whether a property is true. Anything but true and false, in any
// case, gives the built-in default, or false. Java: Configuration.getBoolean.
func (c *Configuration) Bool(key string) bool {
	switch value := trim(c.Get(key)); {
	case strings.EqualFold(value, "true"):
		return true
	case strings.EqualFold(value, "false"):
		return false
	}
	value, _ := defaultValue(canonical(key))
	return value == "true"
}

// Int returns a whole number, decimal or 0x-hexadecimal. The error is
// [ErrNotSet] or [ErrInvalidValue]. Java: Configuration.getLong.
func (c *Configuration) Int(key string) (int64, error) {
	value, err := c.value(key)
	if err != nil {
		return 0, err
	}
	base := 10
	digits, negative := strings.CutPrefix(value, "-")
	if hex, ok := strings.CutPrefix(strings.Replace(digits, "0X", "0x", 1), "0x"); ok {
		value, base = hex, 16
		if negative {
			value = "-" + hex
		}
	}
	n, err := strconv.ParseInt(value, base, 64)
	if err != nil {
		return 0, c.invalid(key, err, "write a whole number, for example 1024 or 0x400")
	}
	return n, nil
}

// Size returns a number of bytes. The value may end in k, m, g, t, p or e in
// any case, powers of 1024. The error is [ErrNotSet] or [ErrInvalidValue].
// Java: Configuration.getLongBytes.
func (c *Configuration) Size(key string) (int64, error) {
	const form = "write bytes, or a number followed by k, m, g, t, p or e, for example 128m"
	value, err := c.value(key)
	if err != nil {
		return 0, err
	}
	shift := 0
	if last := len(value) - 1; last >= 0 {
		if i := strings.IndexByte("kmgtpe", value[last]|0x20); i >= 0 {
			shift, value = 10*(i+1), value[:last]
		}
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err == nil && (n > math.MaxInt64>>shift || n < math.MinInt64>>shift) {
		err = strconv.ErrRange
	}
	if err != nil {
		return 0, c.invalid(key, err, form)
	}
	return n << shift, nil
}

// units of durations in the order in which Java tries the endings.
var units = []struct {
	suffix string
	unit   time.Duration
}{
	{"ns", time.Nanosecond},
	{"us", time.Microsecond},
	{"ms", time.Millisecond},
	{"s", time.Second},
	{"m", time.Minute},
	{"h", time.Hour},
	{"d", 24 * time.Hour},
}

// Duration returns a duration. A value without one of the units ns, us, ms, s,
// m, h and d is in the unit given. Beyond ±292 years it is cut off there, for
// Java's Long.MAX_VALUE stands for ever. The error is [ErrNotSet] or
// [ErrInvalidValue]. Java: Configuration.getTimeDuration; differs: nothing is
// rounded to the unit.
func (c *Configuration) Duration(key string, unit time.Duration) (time.Duration, error) {
	value, err := c.value(key)
	if err != nil {
		return 0, err
	}
	value = strings.ToLower(value)
	for _, u := range units {
		if number, ok := strings.CutSuffix(value, u.suffix); ok {
			value, unit = number, u.unit
			break
		}
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return 0, c.invalid(key, err, "write a whole number, with a unit if wanted, for example 500ms, 30s or 7d")
	}
	if unit <= 0 {
		unit = time.Nanosecond
	}
	if limit := math.MaxInt64 / int64(unit); n > limit {
		return math.MaxInt64, nil
	} else if n < -limit {
		return math.MinInt64, nil
	}
	return time.Duration(n) * unit, nil
}
