package yarn

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

const applicationPrefix = "application_"

// ApplicationID names an application of a cluster. The zero value names none.
//
// Java: org.apache.hadoop.yarn.api.records.ApplicationId.
type ApplicationID struct {
	// ClusterTimestamp is when the ResourceManager that gave the id was started,
	// in milliseconds since 1970.
	ClusterTimestamp int64
	// ID counts the applications of that ResourceManager, from 1.
	ID int
}

// ParseApplicationID reads "application_1700000000000_0001". The sequence
// number may have any count of digits; String writes at least four.
func ParseApplicationID(s string) (ApplicationID, error) {
	rest, ok := strings.CutPrefix(s, applicationPrefix)
	stamp, sequence, two := strings.Cut(rest, "_")
	if !ok || !two {
		return ApplicationID{}, idError(s)
	}
	timestamp, ok := parseDigits(stamp, 64)
	if !ok {
		return ApplicationID{}, idError(s)
	}
	id, ok := parseDigits(sequence, 32)
	if !ok {
		return ApplicationID{}, idError(s)
	}
	return ApplicationID{ClusterTimestamp: timestamp, ID: int(id)}, nil
}

func idError(s string) error {
	return fmt.Errorf("application id %q: want application_TIMESTAMP_NUMBER", s)
}

// parseDigits reads a number of digits only: no sign, no underscores.
func parseDigits(s string, bits int) (int64, bool) {
	for _, r := range s {
		if r < '0' || r > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(s, 10, bits)
	return n, err == nil
}

// String returns "application_1700000000000_0001".
func (id ApplicationID) String() string {
	return fmt.Sprintf("%s%d_%04d", applicationPrefix, id.ClusterTimestamp, id.ID)
}

// IsZero tells whether id names no application.
func (id ApplicationID) IsZero() bool { return id == ApplicationID{} }

// Compare orders ids by their ResourceManager's start, then by number. It
// returns -1, 0 or 1.
func (id ApplicationID) Compare(other ApplicationID) int {
	return cmp.Or(
		cmp.Compare(id.ClusterTimestamp, other.ClusterTimestamp),
		cmp.Compare(id.ID, other.ID))
}

// MarshalText returns what String does, and nothing for the zero value.
func (id ApplicationID) MarshalText() ([]byte, error) {
	if id.IsZero() {
		return nil, nil
	}
	return []byte(id.String()), nil
}

// UnmarshalText is the inverse of MarshalText.
func (id *ApplicationID) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*id = ApplicationID{}
		return nil
	}
	parsed, err := ParseApplicationID(string(text))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}
