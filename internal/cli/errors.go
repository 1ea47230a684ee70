package cli

import (
	"errors"
	"fmt"
	"strings"
)

// errUsage is what every wrong command line is: exit 2.
var errUsage = errors.New("wrong usage")

// errRefused is what is refused before anything is asked or started: exit 3.
var errRefused = errors.New("refused")

// failure is an error of the command line itself, with its kind and advice.
type failure struct {
	kind error
	err  error
	hint string
}

func (f *failure) Error() string        { return f.err.Error() }
func (f *failure) Unwrap() error        { return f.err }
func (f *failure) Is(target error) bool { return target == f.kind }

// Hint says what to do.
func (f *failure) Hint() string { return f.hint }

func usagef(format string, args ...any) *failure {
	return &failure{kind: errUsage, err: fmt.Errorf(format, args...)}
}

func refusedf(hint, format string, args ...any) *failure {
	return &failure{kind: errRefused, err: fmt.Errorf(format, args...), hint: hint}
}

func usageWithHint(hint, format string, args ...any) *failure {
	f := usagef(format, args...)
	f.hint = hint
	return f
}

// problems makes one error of all that is wrong with a command line or a
// configuration; kind is what it is if there is more than one.
func problems(kind error, errs []error) error {
	switch len(errs) {
	case 0:
		return nil
	case 1:
		return errs[0]
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d problems:", len(errs))
	for _, err := range errs {
		fmt.Fprintf(&b, "\n  - %v", err)
		if hint := hintOf(err); hint != "" {
			fmt.Fprintf(&b, "; %s", hint)
		}
	}
	return &failure{kind: kind, err: errors.New(b.String())}
}
