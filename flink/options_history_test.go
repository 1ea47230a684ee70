package flink

import "testing"

func TestHistoryScheme(t *testing.T) {
	for name, c := range map[string]struct {
		keys []string
		want string
	}{
		"nothing set": {nil, "http"},
		"both":        {[]string{"historyserver.web.ssl.enabled", "security.ssl.rest.enabled"}, "https"},
		"REST's only": {[]string{"security.ssl.rest.enabled"}, "http"},
		"its own":     {[]string{"historyserver.web.ssl.enabled"}, "http"},
	} {
		conf := NewConfiguration()
		for _, key := range c.keys {
			conf.Set(key, "true", "test")
		}
		if got := HistoryScheme(conf); got != c.want {
			t.Errorf("%s: got %s", name, got)
		}
	}
}
