package yarn_test

import (
	"context"
	"errors"
	"testing"

	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

func TestConf(t *testing.T) {
	const all = `{"properties":[{"key":"a","value":"1"},{"key":"b","value":"2","isFinal":false}]}`
	for _, tt := range []struct {
		name, key string
		answer    *faults.Fault
		value     string
		ok        bool
		err       error
	}{
		{name: "set", key: "my.key", value: "my value", ok: true},
		{name: "set to nothing", key: "my.empty", ok: true},
		{name: "not set", key: "my.other"},
		{name: "all keys, of an old release", key: "b", answer: &faults.Fault{Code: 200, Body: all}, value: "2", ok: true},
		{name: "not among all keys", key: "c", answer: &faults.Fault{Code: 200, Body: all}},
		{name: "administrators only", key: "a", answer: &faults.Fault{Code: 403, Body: "<html><body>Unauthorized</body></html>"}, err: yarn.ErrForbidden},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, c := fake(t, yarntest.Options{Conf: map[string]string{"my.key": "my value"}})
			s.SetConf("my.empty", "")
			if f := tt.answer; f != nil {
				f.Match, f.Mode, f.Header = "GET /conf", faults.Answer, map[string][]string{"Content-Type": {"application/json"}}
				s.Faults.Add(*f)
			}
			value, ok, err := c.Conf(context.Background(), tt.key)
			if value != tt.value || ok != tt.ok || !errors.Is(err, tt.err) {
				t.Errorf("got %q, %t, %v; want %q, %t, %v", value, ok, err, tt.value, tt.ok, tt.err)
			}
		})
	}
}
