package rest

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
)

// JobID is Flink's identifier of a job, 128 bits. The zero value is a valid
// id – Flink gives it to the job of a high-availability application cluster –
// but [RunJarRequest] takes it for "none chosen".
type JobID [16]byte

// NewJobID returns a random id, as Flink itself chooses them.
func NewJobID() JobID {
	var id JobID
	_, _ = rand.Read(id[:]) // never fails: it ends the process first
	return id
}

// ParseJobID reads 32 hexadecimal digits of either case.
func ParseJobID(s string) (JobID, error) {
	id, err := parseHex("job id", s)
	return JobID(id), err
}

// parseHex reads the text of an id of 128 bits; kind is for the error.
func parseHex(kind, s string) ([16]byte, error) {
	var id [16]byte
	if len(s) != hex.EncodedLen(len(id)) {
		return id, fmt.Errorf("%s %q: want 32 hexadecimal digits, have %d characters", kind, s, len(s))
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return [16]byte{}, fmt.Errorf("%s %q: want 32 hexadecimal digits", kind, s)
	}
	return id, nil
}

// String returns the id as 32 lower case hexadecimal digits.
func (id JobID) String() string { return hex.EncodeToString(id[:]) }

// MarshalText returns the text of String.
func (id JobID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what ParseJobID reads.
func (id *JobID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseJobID(string(text))
	return err
}
