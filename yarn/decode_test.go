package yarn

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScalars(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		number   number
		decimal  decimal
		word     word
		wantErr  bool
	}{
		{"number", `12`, 12, 12, "12", false},
		{"string", `"12"`, 12, 12, "12", false},
		{"negative", `-1`, -1, -1, "-1", false},
		{"largest", `9223372036854775807`, 1<<63 - 1, 1 << 63, "9223372036854775807", false},
		{"fraction", `1.5`, 1, 1.5, "1.5", false},
		{"exponent", `"1e3"`, 1000, 1000, "1e3", false},
		{"not a number", `"NaN"`, 0, 0, "NaN", false},
		{"infinite", `"-Infinity"`, 0, 0, "-Infinity", false},
		{"null", `null`, 0, 0, "", false},
		{"empty", `""`, 0, 0, "", false},
		{"empty object", `{}`, 0, 0, "", false},
		{"word", `"abc"`, 0, 0, "abc", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var n number
			if err := json.Unmarshal([]byte(tt.in), &n); (err != nil) != tt.wantErr || n != tt.number {
				t.Errorf("number %d, %v; want %d", n, err, tt.number)
			}
			var d decimal
			if err := json.Unmarshal([]byte(tt.in), &d); (err != nil) != tt.wantErr || d != tt.decimal {
				t.Errorf("decimal %g, %v; want %g", d, err, tt.decimal)
			}
			var w word
			if err := json.Unmarshal([]byte(tt.in), &w); err != nil || w != tt.word {
				t.Errorf("word %q, %v; want %q", w, err, tt.word)
			}
		})
	}
	var n number
	if err := json.Unmarshal([]byte(`9223372036854775808`), &n); err == nil {
		t.Errorf("out of range, and read as %d", n)
	}
}

func TestLists(t *testing.T) {
	for name, tt := range map[string]struct {
		in   string
		want []string
	}{
		"array":        {`["a","b"]`, []string{"a", "b"}},
		"bare element": {`"a"`, []string{"a"}},
		"empty array":  {`[]`, nil},
		"null":         {`null`, nil},
		"empty object": {`{ }`, nil},
		"empty string": {`""`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var l list[word]
			if err := json.Unmarshal([]byte(tt.in), &l); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, words(l)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRepeatedEntriesAreNoError(t *testing.T) {
	var doc struct {
		App object[applicationJSON] `json:"app"`
	}
	in := `{"app":{"resourceSecondsMap":{"entry":{"key":"a","value":"1"},"entry":{"key":"b","value":"2"}},"id":"application_1_0001","state":"RUNNING"}}`
	if err := json.Unmarshal([]byte(in), &doc); err != nil || doc.App.value.State != "RUNNING" {
		t.Errorf("%+v, %v", doc, err)
	}
}

func TestNesting(t *testing.T) {
	for in, want := range map[string]int{`1`: 0, `{}`: 1, `{"a":[{}],"b":{}}`: 3, `["[[[","\"[[",{}]`: 2, `[[[`: 3, `]]]`: 0, `"\\`: 0} {
		if got := nesting([]byte(in)); got != want {
			t.Errorf("%s: %d, want %d", in, got, want)
		}
	}
	var doc schedulerJSON
	a := answer{body: []byte(strings.Repeat(`{"scheduler":`, 1000) + strings.Repeat("}", 1000))}
	if err := a.decode("list queues", &doc); err == nil || !strings.Contains(err.Error(), "nested too deeply") {
		t.Errorf("error %v", err)
	}
}

var answerSeeds = []string{
	`{"apps":null}`, `{"apps":{}}`, `{"apps":{"app":{"id":"application_1_0001"}}}`, `{"apps":{"app":[{"id":"x","progress":"NaN"}]}}`,
	`{"nodes":{"node":[{"id":"a:1","totalResource":{"memory":"12","vCores":1e99}}]}}`, `{"clusterMetrics":{"totalMB":"9"}}`,
	`{"scheduler":{"schedulerInfo":{"type":"capacityScheduler","queueName":"root","queues":{"queue":[{"queueName":"a","queues":{"queue":{"queueName":"b"}}}]}}}}`,
	`{"scheduler":{"schedulerInfo":{"rootQueue":{"queueName":"root","childQueues":[{"queueName":"root.a"}]}}}}`,
	`{"scheduler":{"schedulerInfo":{"qname":"default","capacity":"Infinity"}}}`,
	`{"RemoteException":{"exception":"X","message":null}}`, `<html>`, `{"property":[]}`, `[[[[`, `""`, `{"clusterInfo":""}`,
}

// FuzzAnswers reads arbitrary documents as each of the answers.
func FuzzAnswers(f *testing.F) {
	for _, s := range answerSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if nesting(data) > maxNesting {
			return // refused before it is decoded
		}
		var scheduler schedulerJSON
		if json.Unmarshal(data, &scheduler) == nil {
			s := scheduler.scheduler()
			for _, q := range s.Queues {
				if q.CapacityPercent != q.CapacityPercent {
					t.Error("a capacity is not a number")
				}
			}
			s.Lookup("default")
		}
		var doc struct {
			Apps object[struct {
				App list[applicationJSON] `json:"app"`
			}] `json:"apps"`
			nodesJSON
			infoJSON
			Metrics    object[metricsJSON]  `json:"clusterMetrics"`
			Property   object[propertyJSON] `json:"property"`
			Properties list[propertyJSON]   `json:"properties"`
		}
		if json.Unmarshal(data, &doc) == nil {
			for _, app := range doc.Apps.value.App {
				r, err := app.report()
				if err == nil && (r.AllocatedMB < 0 || r.Elapsed < 0) {
					t.Errorf("negative amounts in %+v", r)
				}
			}
			for _, n := range doc.Nodes.value.Node {
				n.node()
			}
			doc.Metrics.value.metrics()
		}
		a := answer{status: 503, body: data}
		if e := a.remoteError("op"); len(e.Message) > maxMessage+len("…") || e.Error() == "" {
			t.Errorf("message of %d bytes", len(e.Message))
		}
	})
}
