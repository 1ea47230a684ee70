package cli

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/yarn"
)

// arity says how an option takes its value.
type arity int

const (
	flag       arity = iota // takes none
	single                  // takes one, once
	repeatable              // takes one, any number of times, in order
	optional                // takes one by "=" only
	swallowing              // takes the next word where that is no option
)

// kind says what a value must look like. The zero kind is any text but none.
type kind int

const (
	text        kind = iota
	number           // a whole number, 1 or more
	memoryMB         // Flink's memory size; a bare number is MB
	property         // key=value, also written together with the option; a key alone means true
	path             // a local path, made absolute; an address with a scheme stays
	address          // a URL
	duration         // 30s, 5min: a unit is required
	choice           // one of option.choices
	application      // a YARN application id
)

// effect says what comes of an option that is given.
type effect int

const (
	applies  effect = iota
	ignored         // accepted without effect, with the notice of option.why
	starting        // applies where the command starts a cluster; else as ignored
)

// option is a row of the table: one meaning of one option. A letter that means
// different things for different commands has a row for each.
type option struct {
	// short are Flink's spellings with one dash, without it, the first one for messages.
	short []string
	// long is Flink's long name where it has one, and the name that cobra knows.
	long string
	// arg is how help shows the value.
	arg     string
	arity   arity
	kind    kind
	choices []string
	// commands are those that have this row; nil means all.
	commands []string
	// key is the Flink key that the option sets, "" if it sets none.
	key string
	// planned tells that the plan, rather than the command line, sets the key.
	planned bool
	// versions says which Flink clients have it; "" for options of our own.
	versions string
	help     string
	effect   effect
	// why completes "-st …" for an option that is ignored or starting.
	why string
}

// spelling is how messages and origins name the option: "-jm", "--session".
func (o *option) spelling() string {
	if len(o.short) > 0 {
		return "-" + o.short[0]
	}
	return "--" + o.long
}

// mayLackValue tells whether the option is one with or without a value.
func (o *option) mayLackValue() bool { return o.arity == optional || o.arity == swallowing }

func (o *option) on(command string) bool {
	return o.commands == nil || slices.Contains(o.commands, command)
}

// idle tells whether the command takes the option without any use for it, as
// Flink's actions take all options that a cluster is started with.
func (o *option) idle(command string) bool {
	return o.effect == ignored || o.effect == starting && !slices.Contains(onRun, command)
}

// check tells what is wrong with a value, in words that follow "-jm abc: ".
func (o *option) check(value string) error {
	if value == "" && o.kind != text {
		return fmt.Errorf("the value is empty")
	}
	switch o.kind {
	case number:
		if n, err := strconv.ParseInt(value, 10, 32); err != nil || n < 1 {
			return fmt.Errorf("not a whole number of 1 or more")
		}
	case memoryMB:
		if _, err := flink.ParseMemoryMB(value); err != nil {
			return err
		}
	case property:
		if key, _, _ := strings.Cut(value, "="); strings.TrimSpace(key) == "" {
			return fmt.Errorf("no key before the =")
		}
	case address:
		if u, err := url.Parse(value); err != nil || u.Scheme == "" {
			return fmt.Errorf("not a URL; a file is file:///path")
		}
	case duration:
		if _, err := parseDuration(value); err != nil {
			return err
		}
	case choice:
		if !slices.Contains(o.choices, strings.ToLower(value)) {
			return fmt.Errorf("one of %s is expected", strings.Join(o.choices, ", "))
		}
	case application:
		if _, err := yarn.ParseApplicationID(value); err != nil {
			return err
		}
	}
	return nil
}

// strict tells whether few texts pass as a value, so that one which does is
// hardly meant otherwise.
func (o *option) strict() bool {
	switch o.kind {
	case number, memoryMB, duration, choice, application:
		return true
	}
	return false
}

// joined tells whether a value may stand right behind the option's letter, as in
// -p4 and -ojson. Flink allows more, but reads -jm1024 as a jar m1024.
func (o *option) joined(value string) bool {
	return (o.kind == number || o.kind == choice) && o.arity != flag && o.check(value) == nil
}

// parseDuration reads a duration as Go or Flink writes it. A bare number is
// refused: Flink means milliseconds by it, the caller most likely seconds.
func parseDuration(s string) (time.Duration, error) {
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return 0, fmt.Errorf("no unit; write %ss for seconds", s)
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		if d, err = flink.ParseDuration(s); err != nil {
			return 0, fmt.Errorf("not a duration such as 30s or 5min")
		}
	}
	if d <= 0 {
		return 0, fmt.Errorf("not a duration above zero")
	}
	return d, nil
}

// splitProperty splits key=value at the first "="; a key alone means true, as
// for Flink.
func splitProperty(s string) (key, value string) {
	key, value, found := strings.Cut(s, "=")
	if !found {
		value = "true"
	}
	return strings.TrimSpace(key), value
}
