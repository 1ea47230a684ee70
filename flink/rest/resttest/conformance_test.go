package resttest_test

import (
	"bytes"
	"testing"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/flink/rest/resttest"
)

func TestFakeConformance(t *testing.T) {
	for _, release := range []string{"1.12.5", "1.15.4", "1.17.2", "1.18.1", "1.20.5", "2.2.1"} {
		t.Run(release, func(t *testing.T) {
			version, err := flink.ParseVersion(release)
			if err != nil {
				t.Fatal(err)
			}
			s := resttest.New(t, resttest.Options{
				Version: release,
				Config:  map[string]string{"taskmanager.numberOfTaskSlots": "2"},
				Programs: map[string]resttest.Program{
					"com.example.Endless": {Endless: true},
					"com.example.Failing": {Failure: "org.apache.flink.runtime.JobException: Recovery is suppressed\n\tat a.B.c(B.java:1)\n" +
						"Caused by: java.io.FileNotFoundException: /not/there\n\t... 5 more\n"},
				},
			})
			resttest.Conformance(t, resttest.Subject{
				Client: s.Client(t), Version: version, Jar: bytes.Repeat([]byte("PK"), 1<<20),
				StateDir: "file:///savepoints",
				Finite:   rest.RunJarRequest{EntryClass: "com.example.WordCount"},
				Endless:  rest.RunJarRequest{EntryClass: "com.example.Endless"},
				Failing:  rest.RunJarRequest{EntryClass: "com.example.Failing"},
			})
			select {
			case <-s.Down():
			default:
				t.Error("the cluster was not shut down")
			}
		})
	}
}

func TestFakeConformanceSubmitDisabled(t *testing.T) {
	for _, release := range []string{"1.12.5", "1.20.5"} {
		t.Run(release, func(t *testing.T) {
			s := resttest.New(t, resttest.Options{Version: release, SubmitDisabled: true})
			resttest.ConformanceSubmitDisabled(t, s.Client(t))
		})
	}
}

func TestFakeConformanceRescale(t *testing.T) {
	for _, release := range []string{"1.18.1", "2.2.1"} {
		t.Run(release, func(t *testing.T) {
			version, err := flink.ParseVersion(release)
			if err != nil {
				t.Fatal(err)
			}
			s := resttest.New(t, resttest.Options{
				Version: release, Adaptive: true,
				Programs: map[string]resttest.Program{"com.example.Endless": {Endless: true}},
			})
			resttest.ConformanceRescale(t, resttest.Subject{
				Client: s.Client(t), Version: version, Jar: []byte("PK"),
				Endless: rest.RunJarRequest{EntryClass: "com.example.Endless"},
			})
		})
	}
}
