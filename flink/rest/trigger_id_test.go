package rest

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestParseTriggerID(t *testing.T) {
	for _, tt := range []struct{ name, in, err string }{
		{"lower case", "0123456789abcdef0123456789abcdef", ""},
		{"upper case", "0123456789ABCDEF0123456789ABCDEF", ""},
		{"empty", "", "have 0 characters"},
		{"long", strings.Repeat("a", 33), "have 33 characters"},
		{"not hexadecimal", strings.Repeat("g", 32), "trigger id"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id, err := ParseTriggerID(tt.in)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || id != (TriggerID{}) {
					t.Errorf("%s, %v; want %q", id, err, tt.err)
				}
				return
			}
			text, jsonErr := json.Marshal(id)
			if err != nil || jsonErr != nil || string(text) != `"`+strings.ToLower(tt.in)+`"` {
				t.Errorf("%s, %v, %v", text, err, jsonErr)
			}
			var back TriggerID
			if err := json.Unmarshal(text, &back); err != nil || back != id {
				t.Errorf("came back as %s, %v", back, err)
			}
		})
	}
	if a, b := NewTriggerID(), NewTriggerID(); a == b || a == (TriggerID{}) {
		t.Errorf("got %s and %s, want two random ids", a, b)
	}
}

func FuzzParsePlan(f *testing.F) {
	f.Add([]byte(`{"jid":"1810a6f1f29f4d5ff9a2ae70c5c77a59","name":"WordCount","type":"STREAMING","nodes":[{"id":"a","parallelism":1,` +
		`"description":"counter<br/>","inputs":[{"num":0,"id":"b","ship_strategy":"HASH","exchange":"pipelined_bounded"}]},{"id":"b","parallelism":"2"}]}`))
	f.Add([]byte(`{}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, text []byte) {
		plan, err := parsePlan(text)
		if err == nil && string(plan.JSON) != string(text) {
			t.Errorf("%q became %q", text, plan.JSON)
		}
		if err != nil && plan.JSON != nil {
			t.Errorf("a plan with the error %v", err)
		}
	})
}

func TestCheckpointPaths(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"folder", "file:/cp/chk-1", "file:/cp/chk-1"},
		{"kept in the JobManager", "<checkpoint-not-externally-addressable>", ""},
		{"none", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := externalPath(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
