package rest

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestParseJobID(t *testing.T) {
	for _, tt := range []struct {
		name, in, want string // want "": an error
	}{
		{"lower case", "0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"},
		{"upper case", "0123456789ABCDEF0123456789ABCDEF", "0123456789abcdef0123456789abcdef"},
		{"zeros", strings.Repeat("0", 32), strings.Repeat("0", 32)},
		{"empty", "", ""},
		{"short", strings.Repeat("a", 31), ""},
		{"long", strings.Repeat("a", 33), ""},
		{"not hexadecimal", strings.Repeat("g", 32), ""},
		{"dashes of a UUID", "01234567-89ab-cdef-0123-456789abcdef", ""},
		{"32 bytes, fewer characters", strings.Repeat("ä", 16), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id, err := ParseJobID(tt.in)
			if (err != nil) != (tt.want == "") {
				t.Fatalf("error %v", err)
			}
			if err == nil && id.String() != tt.want {
				t.Errorf("got %s, want %s", id, tt.want)
			}
		})
	}
}

func TestNewJobID(t *testing.T) {
	a, b := NewJobID(), NewJobID()
	if a == b || a == (JobID{}) {
		t.Errorf("got %s and %s, want two random ids", a, b)
	}
}

func FuzzParseJobID(f *testing.F) {
	f.Add("0123456789abcdef0123456789ABCDEF")
	f.Add("")
	f.Add("0x23456789abcdef0123456789abcdef")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseJobID(s)
		if err != nil {
			return
		}
		if !strings.EqualFold(id.String(), s) {
			t.Errorf("%q became %s", s, id)
		}
		text, err := json.Marshal(id)
		if err != nil {
			t.Fatal(err)
		}
		var back JobID
		if err := json.Unmarshal(text, &back); err != nil || back != id {
			t.Errorf("%s came back as %s, %v", id, back, err)
		}
	})
}
