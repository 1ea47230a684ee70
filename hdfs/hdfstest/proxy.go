package hdfstest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"testing"

	"github.com/yarnflink/yarnflink/internal/faults"
)

// Proxy stands before a real NameNode's WebHDFS and, as soon as that names
// them, before its DataNodes.
type Proxy struct {
	// URL is the base URL to use in place of the NameNode's, Address its host:port.
	URL, Address string
	// Faults are put before the NameNode and all DataNodes.
	Faults *faults.Injector

	tb        testing.TB
	mu        sync.Mutex
	dataNodes map[string]*url.URL // proxy by host:port
}

// NewProxy starts a proxy before the NameNode at the base URL target that runs
// until the test ends.
func NewProxy(tb testing.TB, target string) *Proxy {
	tb.Helper()
	return NewProxyWith(tb, faults.New(tb), target)
}

// NewProxyWith is NewProxy with faults that other proxies have too.
func NewProxyWith(tb testing.TB, i *faults.Injector, target string) *Proxy {
	tb.Helper()
	u, err := url.Parse(target)
	if err != nil {
		tb.Fatal(err)
	}
	p := &Proxy{Faults: i, tb: tb, dataNodes: map[string]*url.URL{}}
	base := faults.Proxy(tb, p.Faults, u, p.rewrite)
	p.URL, p.Address = base.String(), base.Host
	return p
}

// rewrite leads the client to a proxy instead of the DataNode that an answer
// names, in its header or its body.
func (p *Proxy) rewrite(res *http.Response) error {
	if location := res.Header.Get("Location"); res.StatusCode/100 == 3 && location != "" {
		through, err := p.through(location)
		if err == nil {
			res.Header.Set("Location", through)
		}
		return err
	}
	q := res.Request.URL.Query()
	if op := q.Get("op"); res.StatusCode != http.StatusOK || q.Get("noredirect") != "true" || (op != "CREATE" && op != "OPEN") {
		return nil
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	res.Body.Close()
	var answer redirect
	if json.Unmarshal(body, &answer) == nil && answer.Location != "" {
		if answer.Location, err = p.through(answer.Location); err != nil {
			return err
		}
		if body, err = json.Marshal(answer); err != nil {
			return err
		}
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	res.ContentLength = int64(len(body))
	res.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}

func (p *Proxy) through(location string) (string, error) {
	u, err := url.Parse(location)
	if err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	proxy, ok := p.dataNodes[u.Host]
	if !ok {
		proxy = faults.Proxy(p.tb, p.Faults, &url.URL{Scheme: u.Scheme, Host: u.Host}, nil)
		p.dataNodes[u.Host] = proxy
	}
	u.Scheme, u.Host = proxy.Scheme, proxy.Host
	return u.String(), nil
}
