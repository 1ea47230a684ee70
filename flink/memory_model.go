package flink

import (
	"fmt"
	"math"
	"math/big"
	"sort"
	"strconv"
	"strings"
)

const (
	kibibyte  = int64(Kibibyte)
	mebibyte  = int64(Mebibyte)
	gibibyte  = int64(Gibibyte)
	unlimited = int64(math.MaxInt64)
)

// Figure is one number of a memory model with the reason for its value.
type Figure struct {
	Name   string // "JVM heap"
	Key    string // the option that sets it; "" for none
	Bytes  int64
	Reason string // "set by KEY, ORIGIN", "default of KEY", "10% of process memory 4g"
}

func (f Figure) size() string { return f.Name + " " + sizeText(f.Bytes) }

func (f Figure) describe() string { return fmt.Sprintf("%s (%s)", f.size(), f.Reason) }

// MemoryError says why a configuration gives no memory model. Its text has the
// figures that don't fit, each with the option or rule it comes from.
type MemoryError struct {
	Process  string  // "JobManager" or "TaskManager"
	Problems []error // at least one
	advice   string
}

// Error implements error.
func (e *MemoryError) Error() string {
	texts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		texts[i] = p.Error()
	}
	return "derive " + e.Process + " memory: " + strings.Join(texts, "; ")
}

// Unwrap gives errors.Is and errors.As the single problems.
func (e *MemoryError) Unwrap() []error { return e.Problems }

// Hint says what to change, with the smallest or largest values that fit; it
// may be empty.
func (e *MemoryError) Hint() string { return e.advice }

// memoryDerivation holds what the models of both processes have in common:
// Flink's own memory, with JVM metaspace and overhead around it.
//
// Java: ProcessMemoryUtils.
type memoryDerivation struct {
	memoryReader
	options   processOptions
	version   Version
	legacyEnv string  // value of the environment variable
	process   *Figure // nil if not configured
	flink     *Figure // nil if not configured
	metaspace Figure
	overhead  cappedFraction
	warnings  []string
}

func newMemoryDerivation(o processOptions, c *Configuration, v Version, legacyEnv string) *memoryDerivation {
	d := &memoryDerivation{memoryReader: memoryReader{conf: c}, options: o, version: v, legacyEnv: legacyEnv}
	d.process = d.optionalSize("process memory", o.total)
	d.flink = d.optionalSize("Flink memory", o.flink)
	d.metaspace = d.size("JVM metaspace", o.metaspace)
	d.overhead = d.cappedFraction("JVM overhead", "process memory", o.overheadFraction, o.overheadMin, o.overheadMax)
	return d
}

// adoptLegacy gives target, if it isn't set, the size that options from before
// the memory model ask for.
func (d *memoryDerivation) adoptLegacy(target **Figure, name string, o Option) {
	keys := d.legacyKeys(d.options, d.legacyEnv)
	if len(keys) == 0 || *target != nil {
		return
	}
	if d.version.AtLeast(2, 0) {
		d.warn("Flink %s ignores %s; %s has taken its place", d.version, strings.Join(keys, ", "), o.Key)
		return
	}
	f := d.legacySize(d.options, d.legacyEnv)
	d.warn("%s is deprecated; it is taken for %s", f.Key, o.Key)
	f.Name = name
	f.Reason += ", taken for " + o.Key
	*target = f
}

func (d *memoryDerivation) warn(format string, args ...any) {
	d.warnings = append(d.warnings, d.options.process+" memory: "+fmt.Sprintf(format, args...))
}

func (d *memoryDerivation) fail(advice, format string, args ...any) error {
	return &MemoryError{Process: d.options.process, Problems: []error{fmt.Errorf(format, args...)}, advice: advice}
}

// check returns the problems met while reading, if any.
func (d *memoryDerivation) check() error {
	if !d.version.AtLeast(1, 11) {
		return d.fail("use Flink 1.11 or later", "Flink %s has another memory model", d.version)
	}
	if len(d.problems) == 0 {
		return nil
	}
	return &MemoryError{Process: d.options.process, Problems: d.problems, advice: strings.Join(d.hints, "; ")}
}

// missing is the error for a configuration that sets no total at all.
func (d *memoryDerivation) missing(fineGrained ...Option) error {
	keys := make([]string, len(fineGrained))
	for i, o := range fineGrained {
		keys[i] = o.Key
	}
	text := fmt.Sprintf("none of %s, %s and %s is set", d.options.total.Key, d.options.flink.Key, strings.Join(keys, " with "))
	if ignored := d.legacyKeys(d.options, d.legacyEnv); len(ignored) > 0 {
		text += fmt.Sprintf(" (Flink %s ignores %s)", d.version, strings.Join(ignored, ", "))
	}
	return d.fail("set "+d.options.total.Key+", the memory of the whole container", "%s", text)
}

// insideProcess takes JVM metaspace and overhead from the configured process
// memory; the rest is Flink's. fits tells whether Flink's own parts fit into
// an amount of it; it is asked for the advice only.
func (d *memoryDerivation) insideProcess(fits func(flink int64) bool) (flink, overhead Figure, err error) {
	overhead = d.overhead.of(d.process.Bytes)
	rest, ok := subtractBytes(d.process.Bytes, d.metaspace, overhead)
	if !ok {
		return Figure{}, Figure{}, d.fail(d.raiseTotal(fits), "%s and %s exceed %s",
			d.metaspace.describe(), overhead.describe(), d.process.describe())
	}
	d.warnCapped(d.overhead, overhead)
	return Figure{
		Name:   "Flink memory",
		Key:    d.options.flink.Key,
		Bytes:  rest,
		Reason: fmt.Sprintf("%s minus %s and %s", d.process.size(), d.metaspace.size(), overhead.size()),
	}, overhead, nil
}

// aroundFlink adds JVM metaspace and overhead to Flink's memory.
func (d *memoryDerivation) aroundFlink(flink Figure) (process, overhead Figure, err error) {
	base, ok := sumBytes(flink, d.metaspace)
	if !ok {
		return Figure{}, Figure{}, d.fail("lower one of them", "%s and %s exceed what 64 bits can count", flink.describe(), d.metaspace.describe())
	}
	if d.process != nil {
		overhead, err = d.overheadLeft(flink, base)
		return *d.process, overhead, err
	}
	overhead, ok = d.overhead.on(base)
	process = Figure{Name: "process memory", Key: d.options.total.Key}
	if ok {
		process.Bytes, ok = sumBytes(flink, d.metaspace, overhead)
	}
	if !ok {
		return Figure{}, Figure{}, d.fail("lower "+d.options.overheadFraction.Key,
			"JVM overhead of %s on %s and %s exceeds what 64 bits can count", percent(d.overhead.fraction), flink.describe(), d.metaspace.describe())
	}
	d.warnCapped(d.overhead, overhead)
	process.Reason = fmt.Sprintf("%s + %s + %s", flink.size(), d.metaspace.size(), overhead.size())
	return process, overhead, nil
}

// overheadLeft is the overhead if both Flink's and the process memory are
// fixed; base is Flink's with the metaspace.
func (d *memoryDerivation) overheadLeft(flink Figure, base int64) (Figure, error) {
	left := d.process.Bytes - base
	low, lowOK := addBytes(base, d.overhead.min.Bytes)
	high, highOK := addBytes(base, d.overhead.max.Bytes)
	advice := "leave " + d.options.total.Key + " unset to have it derived"
	if lowOK && highOK {
		advice = fmt.Sprintf("set %s to %s, or leave it unset to have it derived", d.options.total.Key, between(low, high))
	}
	if left < 0 {
		return Figure{}, d.fail(advice, "%s is less than %s and %s, together %s",
			d.process.describe(), flink.describe(), d.metaspace.describe(), sizeText(base))
	}
	if !d.overhead.contains(left) {
		return Figure{}, d.fail(advice, "%s minus %s and %s leaves %s for the JVM overhead, which must be between %s (%s) and %s (%s)",
			d.process.describe(), flink.describe(), d.metaspace.describe(), sizeText(left),
			sizeText(d.overhead.min.Bytes), d.overhead.min.Reason, sizeText(d.overhead.max.Bytes), d.overhead.max.Reason)
	}
	overhead := Figure{
		Name:   "JVM overhead",
		Bytes:  left,
		Reason: fmt.Sprintf("%s minus %s and %s", d.process.size(), flink.size(), d.metaspace.size()),
	}
	d.warnFractionUnused(d.overhead, overhead, d.process.Bytes)
	return overhead, nil
}

// raiseTotal advises the smallest total with which Flink's parts fit.
func (d *memoryDerivation) raiseTotal(fits func(flink int64) bool) string {
	key, enough := d.options.flink.Key, fits
	if d.flink == nil {
		key = d.options.total.Key
		enough = func(process int64) bool {
			flink, ok := subtractBytes(process, d.metaspace, d.overhead.of(process))
			return ok && fits(flink)
		}
	}
	if n, ok := smallestTotal(enough); ok {
		return fmt.Sprintf("set %s to at least %s, or lower the parts", key, sizeText(n))
	}
	return "lower the parts or fractions: no value of " + key + " is enough for them"
}

// warnCapped warns when a fraction that somebody asked for is not what they get.
func (d *memoryDerivation) warnCapped(c cappedFraction, f Figure) {
	if c.explicit && (strings.Contains(f.Reason, raisedTo) || strings.Contains(f.Reason, loweredTo)) {
		d.warn("%s", f.describe())
	}
}

func (d *memoryDerivation) warnFractionUnused(c cappedFraction, f Figure, base int64) {
	if n, ok := multiply(base, c.fraction); c.explicit && (!ok || n != f.Bytes) {
		d.warn("%s: %s is not used", f.describe(), c.key)
	}
}

// cappedFraction is a share of a whole, kept between a minimum and a maximum.
//
// Java: RangeFraction.
type cappedFraction struct {
	name     string  // of the part
	whole    string  // of what it is a part of
	key      string  // of the fraction
	fraction float64 // a float32 widened, in [0, 1)
	explicit bool    // the fraction is configured
	min, max Figure
}

const (
	raisedTo  = ", raised to "
	loweredTo = ", capped to "
)

func (d *memoryDerivation) cappedFraction(name, whole string, fraction, low, high Option) cappedFraction {
	c := d.plainFraction(name, whole, fraction)
	c.min, c.max = d.size("minimum", low), d.size("maximum", high)
	if c.min.Bytes > c.max.Bytes {
		d.problems = append(d.problems, fmt.Errorf("%s: %s is above %s", name, c.min.describe(), c.max.describe()))
		d.hints = append(d.hints, fmt.Sprintf("raise %s to at least %s or lower %s", high.Key, sizeText(c.min.Bytes), low.Key))
	}
	return c
}

// plainFraction is a fraction without bounds.
func (d *memoryDerivation) plainFraction(name, whole string, o Option) cappedFraction {
	return cappedFraction{
		name: name, whole: whole, key: o.Key,
		fraction: d.fraction(o), explicit: d.isSet(o),
		max: Figure{Bytes: unlimited},
	}
}

func (c cappedFraction) contains(bytes int64) bool {
	return c.min.Bytes <= bytes && bytes <= c.max.Bytes
}

// of returns the share of a whole of so many bytes.
func (c cappedFraction) of(whole int64) Figure {
	n, _ := multiply(whole, c.fraction) // the fraction is below 1
	return c.clamp(n, fmt.Sprintf("%s of %s %s", percent(c.fraction), c.whole, sizeText(whole)))
}

// on returns the share when the rest is so many bytes; not ok if it is more
// than 64 bits can count even before it is capped, as in Java.
func (c cappedFraction) on(rest int64) (Figure, bool) {
	n, ok := multiply(rest, c.fraction/(1-c.fraction))
	if !ok {
		return Figure{}, false
	}
	return c.clamp(n, fmt.Sprintf("%s of the resulting %s", percent(c.fraction), c.whole)), true
}

func (c cappedFraction) clamp(n int64, reason string) Figure {
	f := Figure{Name: c.name, Bytes: n, Reason: reason}
	switch {
	case n > c.max.Bytes:
		f.Bytes = c.max.Bytes
		f.Reason += fmt.Sprintf(" would be %s%s%s, %s", sizeText(n), loweredTo, sizeText(f.Bytes), c.max.Reason)
	case n < c.min.Bytes:
		f.Bytes = c.min.Bytes
		f.Reason += fmt.Sprintf(" would be %s%s%s, %s", sizeText(n), raisedTo, sizeText(f.Bytes), c.min.Reason)
	}
	return f
}

// multiply truncates the exact product of n and the shortest decimal text of
// factor, which is what Java's MemorySize.multiply computes; not ok beyond 64 bits.
func multiply(n int64, factor float64) (int64, bool) {
	product, ok := new(big.Rat).SetString(strconv.FormatFloat(factor, 'g', -1, 64))
	if !ok {
		return 0, false
	}
	product.Mul(product, new(big.Rat).SetInt64(n))
	if product.Cmp(new(big.Rat).SetInt64(math.MaxInt64)) > 0 {
		return 0, false
	}
	return new(big.Int).Quo(product.Num(), product.Denom()).Int64(), true
}

func addBytes(a, b int64) (int64, bool) {
	if a > math.MaxInt64-b { // sizes are never negative
		return 0, false
	}
	return a + b, true
}

func sumBytes(figures ...Figure) (sum int64, ok bool) {
	for _, f := range figures {
		if sum, ok = addBytes(sum, f.Bytes); !ok {
			return 0, false
		}
	}
	return sum, true
}

// subtractBytes takes the figures off n; not ok if they exceed it.
func subtractBytes(n int64, figures ...Figure) (rest int64, ok bool) {
	for _, f := range figures {
		if f.Bytes > n {
			return 0, false
		}
		n -= f.Bytes
	}
	return n, true
}

// smallestTotal returns the smallest number of whole MiB below 1 PiB that is enough.
func smallestTotal(enough func(int64) bool) (int64, bool) {
	const limit = 1 << 30
	n := sort.Search(limit, func(mib int) bool { return enough(int64(mib) * mebibyte) })
	return int64(n) * mebibyte, n < limit
}

// sizeText writes a size so that it can be pasted into a configuration; one
// that is no whole number of KiB gets an approximation beside it.
func sizeText(bytes int64) string {
	switch {
	case bytes == unlimited:
		return "unlimited"
	case bytes == 0:
		return "0"
	case bytes%gibibyte == 0:
		return strconv.FormatInt(bytes/gibibyte, 10) + "g"
	case bytes%mebibyte == 0:
		return strconv.FormatInt(bytes/mebibyte, 10) + "m"
	case bytes%kibibyte == 0:
		return strconv.FormatInt(bytes/kibibyte, 10) + "k"
	case bytes < mebibyte:
		return strconv.FormatInt(bytes, 10) + "b"
	}
	return fmt.Sprintf("%db (%.1fm)", bytes, float64(bytes)/float64(mebibyte))
}

func between(low, high int64) string {
	if low == high {
		return sizeText(low)
	}
	return "between " + sizeText(low) + " and " + sizeText(high)
}

func percent(fraction float64) string {
	return strconv.FormatFloat(fraction*100, 'g', 6, 64) + "%"
}
