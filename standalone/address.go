package standalone

import (
	"context"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
)

// restPort is the port at which a JobManager's REST listens, "" where that is any
// free one, or one of a range.
//
// Java: RestOptions.BIND_PORT, whose fallback is rest.port, which the port in
// conf/masters stands for with high availability.
func restPort(c *flink.Configuration, master flink.HostLine) string {
	value, key, _ := c.Effective(flink.RESTBindPort)
	port := value.String()
	if flink.IsHighAvailability(c) && key != flink.RESTBindPort.Key {
		port = strconv.Itoa(master.WebUIPort)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return ""
	}
	return port
}

// restURLs are the addresses at which a JobManager may answer the caller, none
// where its port is not fixed.
func restURLs(c *flink.Configuration, master flink.HostLine) []string {
	port := restPort(c, master)
	if port == "" {
		return nil
	}
	hosts := []string{master.Host}
	// What the configuration says of this machine's own address means another one there. With high availability each
	// JobManager has its own.
	if address := c.Text(flink.RESTAddress); address != "" && !flink.IsHighAvailability(c) && (!isLoopback(address) || isLoopback(master.Host)) {
		hosts = append([]string{address}, hosts...)
	}
	var urls []string
	for _, host := range hosts {
		u := url.URL{Scheme: flink.RESTScheme(c), Host: net.JoinHostPort(host, port)}
		urls = addURL(urls, u.String())
	}
	return urls
}

func addURL(urls []string, one string) []string {
	if slices.Contains(urls, one) {
		return urls
	}
	return append(urls, one)
}

// fromHere is the address that a host's JobManager has told of itself as the
// caller has to write it: what is this machine there is the host.
func fromHere(web, host string) string {
	u, err := url.Parse(web)
	if err != nil || !isLoopback(u.Hostname()) || isLoopback(host) {
		return strings.TrimRight(web, "/")
	}
	u.Host = net.JoinHostPort(host, u.Port())
	return strings.TrimRight(u.String(), "/")
}

// sameAddress tells whether two addresses are one JobManager's.
func sameAddress(a, b string) bool {
	if a == b {
		return true
	}
	one, err := url.Parse(a)
	other, err2 := url.Parse(b)
	return err == nil && err2 == nil && one.Port() == other.Port() &&
		(one.Hostname() == other.Hostname() || isLocal(one.Hostname()) && isLocal(other.Hostname()))
}

// restClient is the one client of an address. It asks once at a time: the caller
// asks again.
func (c *Cluster) restClient(base string) (*rest.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if client := c.clients[base]; client != nil {
		return client, nil
	}
	client, err := rest.NewClient(rest.Options{BaseURL: base, Timeout: 5 * time.Second, RetryFor: -1, TLS: c.o.TLS, Logger: c.o.Logger})
	if err != nil {
		return nil, err
	}
	c.clients[base] = client
	return client, nil
}

// webAddresses asks the hosts of JobManagers whose port is not fixed where they
// listen. A host that does not tell has no news.
func (r *run) webAddresses(ctx context.Context) (urls []string) {
	for _, p := range r.alive() {
		if p.Role != JobManager || !p.anyPort {
			continue
		}
		if web := r.cluster.webAddress(ctx, p); web != "" {
			urls = addURL(urls, web)
		}
	}
	return urls
}

func (c *Cluster) webAddress(ctx context.Context, p Process) string {
	var s script
	s.list("pids", []string{strconv.Itoa(p.PID)})
	s.list("logs", []string{p.LogFile})
	answers, err := c.host(p.Host).run(ctx, "web.sh", &s)
	if err != nil || len(answers) == 0 {
		return ""
	}
	_, web, _ := strings.Cut(answers[0].value, " ")
	return fromHere(web, p.Host)
}
