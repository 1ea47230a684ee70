package yarn

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestParseApplicationID(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     ApplicationID
		text     string // what String gives; "" means in
		wantErr  bool
	}{
		{name: "usual", in: "application_1700000000000_0001", want: ApplicationID{1700000000000, 1}},
		{name: "more than four digits", in: "application_1700000000000_123456", want: ApplicationID{1700000000000, 123456}},
		{name: "fewer digits", in: "application_1_1", want: ApplicationID{1, 1}, text: "application_1_0001"},
		{name: "empty", in: "", wantErr: true},
		{name: "prefix only", in: "application_", wantErr: true},
		{name: "no sequence", in: "application_1700000000000", wantErr: true},
		{name: "empty sequence", in: "application_1700000000000_", wantErr: true},
		{name: "job id", in: "job_1700000000000_0001", wantErr: true},
		{name: "attempt id", in: "appattempt_1700000000000_0001_000001", wantErr: true},
		{name: "trailing text", in: "application_1700000000000_0001x", wantErr: true},
		{name: "third part", in: "application_1700000000000_0001_02", wantErr: true},
		{name: "sign", in: "application_1700000000000_+1", wantErr: true},
		{name: "negative", in: "application_-1_0001", wantErr: true},
		{name: "sequence too large", in: "application_1700000000000_2147483648", wantErr: true},
		{name: "timestamp too large", in: "application_9223372036854775808_0001", wantErr: true},
		{name: "blank", in: " application_1700000000000_0001", wantErr: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseApplicationID(tt.in)
			if (err != nil) != tt.wantErr {
				t.Fatalf("error %v, want one: %t", err, tt.wantErr)
			}
			if got != tt.want {
				t.Fatalf("got %+v, want %+v", got, tt.want)
			}
			text := tt.text
			if text == "" {
				text = tt.in
			}
			if err == nil && got.String() != text {
				t.Errorf("String() = %q, want %q", got, text)
			}
		})
	}
}

func TestApplicationIDText(t *testing.T) {
	type doc struct {
		ID ApplicationID `json:"id"`
	}
	for name, want := range map[string]string{
		"set":  `{"id":"application_1700000000000_0042"}`,
		"zero": `{"id":""}`,
	} {
		t.Run(name, func(t *testing.T) {
			var d doc
			if err := json.Unmarshal([]byte(want), &d); err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(d)
			if err != nil || string(got) != want {
				t.Errorf("got %s, %v; want %s", got, err, want)
			}
		})
	}
	var d doc
	if err := json.Unmarshal([]byte(`{"id":"nonsense"}`), &d); err == nil {
		t.Error("nonsense was read as an id")
	}
}

func TestApplicationIDCompare(t *testing.T) {
	ordered := []ApplicationID{{1, 9}, {2, 1}, {2, 3}}
	for i, a := range ordered {
		for j, b := range ordered {
			want := min(1, max(-1, i-j))
			if got := a.Compare(b); got != want {
				t.Errorf("%v.Compare(%v) = %d, want %d", a, b, got, want)
			}
		}
	}
}

func FuzzParseApplicationID(f *testing.F) {
	for _, s := range []string{"application_1700000000000_0001", "application_1_1", "application__", "application_0_99999", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseApplicationID(s)
		if err != nil {
			if id != (ApplicationID{}) {
				t.Errorf("an error and %+v", id)
			}
			return
		}
		if id.ClusterTimestamp < 0 || id.ID < 0 {
			t.Errorf("%q gave the negative %+v", s, id)
		}
		again, err := ParseApplicationID(id.String())
		if err != nil || again != id {
			t.Errorf("%q: %q is read as %+v, %v", s, id, again, err)
		}
		if !strings.HasPrefix(s, applicationPrefix) {
			t.Errorf("%q passed", s)
		}
	})
}
