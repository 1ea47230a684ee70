package flink

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

// splitQuantity separates the leading digits of a trimmed text from the
// lower-cased rest.
func splitQuantity(s string) (number, unit string, err error) {
	s = javaTrim(s)
	if s == "" {
		return "", "", errors.New("empty")
	}
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(s)
	}
	if end == 0 {
		return "", "", errors.New("does not start with a digit")
	}
	return s[:end], strings.ToLower(javaTrim(s[end:])), nil
}

// javaTrim drops what String.trim of Java drops: every character up to the
// blank, and no other white space.
func javaTrim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}

// javaIsSpace is Character.isWhitespace of Java: no no-break spaces, but the
// four information separators.
func javaIsSpace(r rune) bool {
	switch {
	case r >= '\t' && r <= '\r', r >= 0x1c && r <= 0x1f:
		return true
	case r == 0xa0, r == 0x2007, r == 0x202f:
		return false
	}
	return unicode.In(r, unicode.Zs, unicode.Zl, unicode.Zp)
}

// javaInteger renders an integer of YAML's core schema as Java does after
// loading it: 0x1F is 31, 0123 is 123, +5 is 5.
func javaInteger(s string) (string, bool) {
	digits, base := s, 10
	switch {
	case strings.HasPrefix(s, "0x"):
		digits, base = s[2:], 16
	case strings.HasPrefix(s, "0o"):
		digits, base = s[2:], 8
	}
	n, ok := new(big.Int).SetString(digits, base)
	if !ok {
		return "", false
	}
	return n.String(), true
}

// javaDouble renders a number as Double.toString of Java: plain between 0.001
// and 10,000,000, else with an exponent, always with a digit after the point.
func javaDouble(f float64) string {
	switch abs := math.Abs(f); {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case abs == 0, abs >= 1e-3 && abs < 1e7:
		s := strconv.FormatFloat(f, 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return s
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	n, _ := strconv.Atoi(exponent) // written by FormatFloat
	return mantissa + "E" + strconv.Itoa(n)
}
