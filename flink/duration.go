package flink

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"
)

// durationUnits is ordered by length; the first label is the one written. All
// labels but the first of each are also read with a plural s.
var durationUnits = []struct {
	length time.Duration
	labels []string
}{
	{time.Nanosecond, []string{"ns", "nano", "nanosecond"}},
	{time.Microsecond, []string{"µs", "micro", "microsecond"}},
	{time.Millisecond, []string{"ms", "milli", "millisecond"}},
	{time.Second, []string{"s", "sec", "second"}},
	{time.Minute, []string{"min", "m", "minute"}},
	{time.Hour, []string{"h", "hour"}},
	{24 * time.Hour, []string{"d", "day"}},
}

var errDurationRange = errors.New("longer than the 292 years that can be held")

// ParseDuration reads a whole number with an optional unit: d, h, min (or m),
// s, ms, µs, ns, or day, hour, minute, sec, second, milli, millisecond, micro,
// microsecond, nano, nanosecond and their plurals, in any case. Without a unit
// the number means milliseconds. The form of ISO 8601, "PT1H30M", is read too;
// it alone may be negative.
//
// Java: org.apache.flink.util.TimeUtils.parseDuration; differs: Java holds
// durations beyond 292 years.
func ParseDuration(s string) (time.Duration, error) {
	if m := isoDuration.FindStringSubmatch(javaTrim(s)); m != nil {
		d, err := parseISODuration(m)
		if err != nil {
			return 0, fmt.Errorf("duration %q: %w", s, err)
		}
		return d, nil
	}
	number, unit, err := splitQuantity(s)
	if err != nil {
		return 0, fmt.Errorf("duration %q: %w", s, err)
	}
	length := time.Millisecond
	if unit != "" {
		if length = durationUnit(unit); length == 0 {
			return 0, fmt.Errorf("duration %q: unit %q is none of d, h, min, s, ms, µs, ns", s, unit)
		}
	}
	n, _ := new(big.Int).SetString(number, 10) // digits only
	n.Mul(n, big.NewInt(int64(length)))
	if !n.IsInt64() {
		return 0, fmt.Errorf("duration %q: %w", s, errDurationRange)
	}
	return time.Duration(n.Int64()), nil
}

// durationUnit is 0 for an unknown label.
func durationUnit(label string) time.Duration {
	for _, u := range durationUnits {
		for i, l := range u.labels {
			if label == l || i > 0 && l != "m" && label == l+"s" {
				return u.length
			}
		}
	}
	return 0
}

// FormatDuration writes a whole number, a blank and the longest unit that
// divides the duration: "90 min", "10 s". As in Java, whole days are written
// in milliseconds.
//
// Java: org.apache.flink.util.TimeUtils.formatWithHighestUnit.
func FormatDuration(d time.Duration) string {
	unit := durationUnits[2]
	for i, u := range durationUnits {
		if d%u.length != 0 {
			unit = durationUnits[max(i-1, 0)]
			break
		}
	}
	return fmt.Sprintf("%d %s", int64(d/unit.length), unit.labels[0])
}

// isoDuration is the grammar of java.time.Duration.parse.
var isoDuration = regexp.MustCompile(`(?i)^([-+]?)P(?:([-+]?[0-9]+)D)?` +
	`(T(?:([-+]?[0-9]+)H)?(?:([-+]?[0-9]+)M)?(?:([-+]?[0-9]+)(?:[.,]([0-9]{0,9}))?S)?)?$`)

func parseISODuration(m []string) (time.Duration, error) {
	sign, days, clock, hours, minutes, seconds, fraction := m[1], m[2], m[3], m[4], m[5], m[6], m[7]
	if days+hours+minutes+seconds == "" || strings.EqualFold(clock, "T") {
		return 0, errors.New("no number in the ISO 8601 form")
	}
	total := new(big.Int)
	add := func(number string, unit time.Duration) {
		n := new(big.Int)
		if number != "" {
			n.SetString(number, 10) // matched by the expression
		}
		total.Add(total, n.Mul(n, big.NewInt(int64(unit))))
	}
	add(days, 24*time.Hour)
	add(hours, time.Hour)
	add(minutes, time.Minute)
	add(seconds, time.Second)
	if fraction != "" {
		nanos := fraction + strings.Repeat("0", 9-len(fraction))
		if strings.HasPrefix(seconds, "-") {
			nanos = "-" + nanos
		}
		add(nanos, time.Nanosecond)
	}
	if sign == "-" {
		total.Neg(total)
	}
	if !total.IsInt64() {
		return 0, errDurationRange
	}
	return time.Duration(total.Int64()), nil
}
