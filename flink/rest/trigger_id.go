package rest

import (
	"crypto/rand"
	"encoding/hex"
)

// TriggerID names an asynchronous operation of a JobManager, 128 bits. The
// zero value stands for "none chosen" in requests.
type TriggerID [16]byte

// NewTriggerID returns a random id, as a JobManager itself chooses them.
func NewTriggerID() TriggerID {
	var id TriggerID
	_, _ = rand.Read(id[:]) // never fails: it ends the process first
	return id
}

// ParseTriggerID reads 32 hexadecimal digits of either case.
func ParseTriggerID(s string) (TriggerID, error) {
	id, err := parseHex("trigger id", s)
	return TriggerID(id), err
}

// String returns the id as 32 lower case hexadecimal digits.
func (id TriggerID) String() string { return hex.EncodeToString(id[:]) }

// MarshalText returns the text of String.
func (id TriggerID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what ParseTriggerID reads.
func (id *TriggerID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseTriggerID(string(text))
	return err
}
