package flink

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func configuration(kv ...string) *Configuration {
	c := NewConfiguration()
	for i := 0; i < len(kv); i += 2 {
		c.Set(kv[i], kv[i+1], "test")
	}
	return c
}

func TestEffective(t *testing.T) {
	o := Option{Key: "new", Aliases: []string{"old", "older"}, Default: "d"}
	tests := []struct {
		name       string
		conf       *Configuration
		value, key string
	}{
		{"default", configuration(), "d", ""},
		{"key", configuration("new", "1", "old", "2"), "1", "new"},
		{"first alias", configuration("old", "2", "older", "3"), "2", "old"},
		{"second alias", configuration("older", "3"), "3", "older"},
		{"empty text is set", configuration("new", "", "old", "2"), "", "new"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, key, ok := tt.conf.Effective(o)
			if v.String() != tt.value || key != tt.key || !ok {
				t.Errorf("Effective = %q, %q, %v; want %q, %q", v, key, ok, tt.value, tt.key)
			}
			if got := tt.conf.IsSet(o); got != (tt.key != "") {
				t.Errorf("IsSet = %v", got)
			}
		})
	}
	if _, _, ok := configuration().Effective(Option{Key: "x"}); ok {
		t.Error("an option without value and default is ok")
	}
}

func TestMergeAndClone(t *testing.T) {
	base := NewConfiguration()
	base.Set("a", "1", "file")
	base.SetList("l", []string{"x"}, "file")
	copied := base.Clone()
	over := NewConfiguration()
	over.Set("a", "2", "-D")
	base.Merge(over)
	base.Delete("l")
	base.Delete("missing")
	if base.Get("a") != "2" || base.Origin("a") != "-D" {
		t.Errorf("a = %q from %q, want 2 from -D", base.Get("a"), base.Origin("a"))
	}
	want := map[string]Value{"a": NewScalar("1"), "l": NewList([]string{"x"})}
	if diff := cmp.Diff(want, entries(copied)); diff != "" {
		t.Errorf("the copy changed (-want +got):\n%s", diff)
	}
}

func TestListsAreCopied(t *testing.T) {
	items := []string{"a"}
	c := NewConfiguration()
	c.SetList("l", items, "test")
	items[0] = "b"
	v, _ := c.Lookup("l")
	v.List()[0] = "c"
	if got := c.Get("l"); got != "a" {
		t.Errorf("l = %q, want a", got)
	}
}

func TestWithPrefixAndMap(t *testing.T) {
	c := configuration("containerized.master.env.FOO", "bar", "containerized.master.env.", "x", "m.a", "1", "n", "k:v")
	if diff := cmp.Diff(map[string]string{"FOO": "bar"}, c.WithPrefix(MasterEnvPrefix)); diff != "" {
		t.Errorf("WithPrefix (-want +got):\n%s", diff)
	}
	for key, want := range map[string]map[string]string{"m": {"a": "1"}, "n": {"k": "v"}, "o": {}} {
		got, err := c.Map(key)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Map(%s) (-want +got):\n%s", key, diff)
		}
	}
	if _, err := configuration("m", "x").Map("m"); err == nil {
		t.Error("no error for a map without pairs")
	}
}

func TestTypedValues(t *testing.T) {
	c := configuration("i", "7", "b", "TRUE", "d", "5 s", "m", "2g", "l", "a;b")
	if n, ok, err := c.Int(Option{Key: "i"}); n != 7 || !ok || err != nil {
		t.Errorf("Int = %d, %v, %v", n, ok, err)
	}
	if b, ok, err := c.Bool(Option{Key: "b"}); !b || !ok || err != nil {
		t.Errorf("Bool = %v, %v, %v", b, ok, err)
	}
	if d, _, err := c.Duration(Option{Key: "d"}); d != 5*time.Second || err != nil {
		t.Errorf("Duration = %v, %v", d, err)
	}
	if m, _, err := c.MemorySize(Option{Key: "m"}); m != 2*Gibibyte || err != nil {
		t.Errorf("MemorySize = %v, %v", m, err)
	}
	if l, err := c.List(Option{Key: "l"}); err != nil || !cmp.Equal(l, []string{"a", "b"}) {
		t.Errorf("List = %q, %v", l, err)
	}
	if _, ok, err := c.Int(Option{Key: "none"}); ok || err != nil {
		t.Errorf("unset: ok = %v, err = %v", ok, err)
	}
	if n, ok, err := c.Int(AppMasterVCores); n != 1 || !ok || err != nil {
		t.Errorf("default = %d, %v, %v", n, ok, err)
	}
}

func TestTypedValueErrors(t *testing.T) {
	c := configuration("old", "x1", "q", "'a")
	o := Option{Key: "new", Aliases: []string{"old"}}
	_, _, intErr := c.Int(o)
	_, _, boolErr := c.Bool(o)
	_, _, durationErr := c.Duration(o)
	_, _, memoryErr := c.MemorySize(o)
	_, listErr := c.List(Option{Key: "q"})
	for _, err := range []error{intErr, boolErr, durationErr, memoryErr, listErr} {
		var ve *ValueError
		if !errors.As(err, &ve) {
			t.Fatalf("err = %v, want a ValueError", err)
		}
		if ve.Origin != "test" || (ve.Key != "old" && ve.Key != "q") {
			t.Errorf("error names %q from %q", ve.Key, ve.Origin)
		}
	}
	if _, _, err := configuration("i", "9223372036854775808").Int(Option{Key: "i"}); err == nil || !strings.Contains(err.Error(), "range") {
		t.Errorf("err = %v, want out of range", err)
	}
}

func TestMasked(t *testing.T) {
	c := configuration("security.ssl.rest.key-Password", "x", "fs.azure.account.key.host", "x", "rest.port", "8081",
		"s3.access-key", "shown", "a.JAAS.config", "x", "flink.hadoop.token", "x", "x.api-key", "x", "rest.http-headers", "x")
	c.SetList("my.secrets", []string{"x"}, "test")
	m := c.Masked()
	for _, key := range m.Keys() {
		shown := key == "rest.port" || key == "s3.access-key"
		if got := m.Get(key); (got != HiddenValue) != shown {
			t.Errorf("%s = %q", key, got)
		}
		if m.Origin(key) != "test" {
			t.Errorf("%s lost its origin", key)
		}
	}
	if c.Get("my.secrets") != "x" {
		t.Error("masking changed the original")
	}
}

func TestMarshalJSON(t *testing.T) {
	c := configuration("b", "1", "a", "<x>")
	c.SetList("l", []string{"p", "q"}, "test")
	c.SetList("e", nil, "test")
	got, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"a":"\u003cx\u003e","b":"1","e":[],"l":["p","q"]}`
	if string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestHighAvailability(t *testing.T) {
	tests := []struct {
		name string
		conf *Configuration
		want HighAvailabilityMode
	}{
		{"unset", configuration(), HighAvailabilityNone},
		{"none", configuration("high-availability.type", "none"), HighAvailabilityNone},
		{"standalone by the oldest name", configuration("recovery.mode", "standalone"), HighAvailabilityNone},
		{"zookeeper", configuration("high-availability.type", "zookeeper"), HighAvailabilityZooKeeper},
		{"zookeeper by the old name", configuration("high-availability", "ZooKeeper"), HighAvailabilityZooKeeper},
		{"zookeeper by the oldest name", configuration("recovery.mode", "zookeeper"), HighAvailabilityZooKeeper},
		{"new name wins", configuration("high-availability.type", "NONE", "high-availability", "zookeeper"), HighAvailabilityNone},
		{"kubernetes", configuration("high-availability.type", "kubernetes"), HighAvailabilityKubernetes},
		{"a class", configuration("high-availability.type", "org.example.Services"), HighAvailabilityFactory},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := HighAvailability(tt.conf); got != tt.want {
				t.Errorf("HighAvailability = %s, want %s", got, tt.want)
			}
			if got := IsHighAvailability(tt.conf); got != (tt.want != HighAvailabilityNone) {
				t.Errorf("IsHighAvailability = %v", got)
			}
		})
	}
}
