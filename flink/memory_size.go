package flink

import (
	"fmt"
	"math"
	"strconv"
)

// MemorySize is a number of bytes, written as Flink writes it. Values made by
// the parsers are never negative.
type MemorySize int64

// Units of [MemorySize]; Flink's are binary throughout.
const (
	Byte     MemorySize = 1
	Kibibyte            = 1024 * Byte
	Mebibyte            = 1024 * Kibibyte
	Gibibyte            = 1024 * Mebibyte
	Tebibyte            = 1024 * Gibibyte
)

// memoryUnits is ordered by size; the second label is the one written.
var memoryUnits = []struct {
	size   MemorySize
	labels []string
}{
	{Byte, []string{"b", "bytes"}},
	{Kibibyte, []string{"k", "kb", "kibibytes"}},
	{Mebibyte, []string{"m", "mb", "mebibytes"}},
	{Gibibyte, []string{"g", "gb", "gibibytes"}},
	{Tebibyte, []string{"t", "tb", "tebibytes"}},
}

// ParseMemorySize reads a whole number with an optional unit: b, bytes, k, kb,
// kibibytes, m, mb, mebibytes, g, gb, gibibytes, t, tb, tebibytes, in any
// case. Without a unit the number means bytes.
//
// Java: org.apache.flink.configuration.MemorySize.parse.
func ParseMemorySize(s string) (MemorySize, error) {
	return parseMemory(s, Byte)
}

// ParseMemoryMB reads the argument of -jm and -tm: like [ParseMemorySize], but
// a bare number means mebibytes.
//
// Java: FlinkYarnSessionCli.applyDescriptorOptionToConfig.
func ParseMemoryMB(s string) (MemorySize, error) {
	return parseMemory(s, Mebibyte)
}

func parseMemory(s string, bare MemorySize) (MemorySize, error) {
	number, unit, err := splitQuantity(s)
	if err != nil {
		return 0, fmt.Errorf("memory size %q: %w", s, err)
	}
	size := bare
	if unit != "" {
		if size = memoryUnit(unit); size == 0 {
			return 0, fmt.Errorf("memory size %q: unit %q is none of b, kb, mb, gb, tb", s, unit)
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n > math.MaxInt64/int64(size) {
		return 0, fmt.Errorf("memory size %q: more bytes than 64 bits can count", s)
	}
	return MemorySize(n) * size, nil
}

// memoryUnit is 0 for an unknown label.
func memoryUnit(label string) MemorySize {
	for _, u := range memoryUnits {
		for _, l := range u.labels {
			if l == label {
				return u.size
			}
		}
	}
	return 0
}

// Bytes is the plain number.
func (m MemorySize) Bytes() int64 { return int64(m) }

// MB is the number of whole mebibytes, rounded down.
func (m MemorySize) MB() int64 { return int64(m) >> 20 }

// String is a whole number, a blank and the largest unit that divides the
// size: "1600 mb", "2 gb". As in Java, whole multiples of a tebibyte, zero
// among them, are written in bytes.
//
// Java: org.apache.flink.configuration.MemorySize.toString.
func (m MemorySize) String() string {
	unit := memoryUnits[0]
	for i, u := range memoryUnits {
		if m%u.size != 0 {
			unit = memoryUnits[max(i-1, 0)]
			break
		}
	}
	return fmt.Sprintf("%d %s", int64(m/unit.size), unit.labels[1])
}
