package yarntest

import (
	"net/url"
	"testing"

	"github.com/yarnflink/yarnflink/internal/faults"
)

// Proxy stands before a real ResourceManager to break what passes.
type Proxy struct {
	// URL is the proxy's address.
	URL string
	// Faults hold what goes wrong.
	Faults *faults.Injector
}

// NewProxy starts a proxy before the ResourceManager at realURL.
func NewProxy(tb testing.TB, realURL string) *Proxy {
	tb.Helper()
	target, err := url.Parse(realURL)
	if err != nil {
		tb.Fatalf("proxy: %v", err)
	}
	injector := faults.New(tb)
	return &Proxy{URL: faults.Proxy(tb, injector, target, nil).String(), Faults: injector}
}
