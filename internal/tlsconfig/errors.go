package tlsconfig

import (
	"errors"
	"fmt"
)

// ErrConfiguration: a file of certificates or keys, or what is said about TLS, can't be used.
var ErrConfiguration = errors.New("the TLS configuration can't be used")

// Error is what is wrong with one file or value. It is ErrConfiguration.
type Error struct {
	What   string // a file, or a value with its key
	From   string // who names it: an option, or a key with the file it stands in; "" where What says so
	Why    string // for people; "" where Err says it
	Remedy string
	Err    error // may be nil
}

func (e *Error) Error() string {
	text := e.What
	if e.From != "" {
		text += ", named by " + e.From + ","
	}
	if e.Why != "" {
		return text + " " + e.Why
	}
	return fmt.Sprintf("%s can't be used: %v", text, e.Err)
}

// Unwrap returns ErrConfiguration and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrConfiguration}
	}
	return []error{ErrConfiguration, e.Err}
}

// Hint says what to do.
func (e *Error) Hint() string { return e.Remedy }
