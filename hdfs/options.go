package hdfs

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/kerberos"
)

// Transport is the way to the cluster.
type Transport string

// The transports.
const (
	// RPC is Hadoop's own protocol to NameNode and DataNodes.
	RPC Transport = "rpc"
	// WebHDFS is the REST interface of the NameNode, over HTTP or HTTPS.
	WebHDFS Transport = "webhdfs"
)

// DefaultTimeout is the inactivity that ends an operation unless Options say otherwise.
const DefaultTimeout = 30 * time.Second

// Options says which file system to open, and how.
type Options struct {
	// Configuration gives addresses and defaults; it is required.
	Configuration *hadoop.Configuration
	// URI names the file system, "hdfs://host:port", "hdfs://nameservice",
	// "webhdfs://host:port", "swebhdfs://…" or a viewfs path; a path after it is
	// ignored otherwise. "" means fs.defaultFS.
	URI string
	// User is whom the cluster takes us for; it is required.
	User string
	// RealUser is who asks where that is another than User: the NameNode must let
	// him act for User (hadoop.proxyuser.<real user>.hosts and .groups). Only
	// WebHDFS can say that. "" means that User asks himself.
	RealUser string
	// Login proves who asks on a cluster with Kerberos, where it is required: User is
	// then the name that the cluster gives its principal. nil only says who asks.
	Login *kerberos.Login
	// Transport "" means RPC for hdfs:// and WebHDFS for webhdfs:// and swebhdfs://,
	// and with a RealUser always WebHDFS.
	Transport Transport
	// Fallback lets an hdfs:// without a Transport go over to WebHDFS, for good, where
	// the ports of RPC or of the DataNodes' transfers don't get through and WebHDFS
	// answers. It is called once, with the reason and WebHDFS's address, by any of
	// the goroutines. nil means RPC only.
	Fallback func(why error, address string)
	// Timeout bounds the inactivity of an operation, not its length: 0 means DefaultTimeout.
	Timeout time.Duration
	// Logger gets debug lines; nil logs nothing.
	Logger *slog.Logger
	// TLS configures https to WebHDFS; nil means the system's roots.
	TLS *tls.Config
}

// New opens the file system that o names. It makes no connection: the first
// operation does. It fails with ErrKerberosRequired where
// the configuration asks for Kerberos.
func New(ctx context.Context, o Options) (FileSystem, error) {
	t, err := resolve(ctx, &o)
	if err != nil {
		return nil, fmt.Errorf("open file system: %w", err)
	}
	if t.transport == WebHDFS {
		return newFileSystem(o, t, newWebTransport(o, t)), nil
	}
	native := newRPCTransport(o, t)
	rpc := transport(native)
	over, err := webTarget(o)
	web := newWebTransport(o, over) // of no use where there is an error
	if o.Login != nil {
		if err != nil {
			return nil, fmt.Errorf("open file system: WebHDFS is needed with Kerberos: %w", err)
		}
		if native.principal, err = servicePrincipal(o.Configuration); err != nil {
			return nil, fmt.Errorf("open file system: %w", err)
		}
		rpc = &securedTransport{native, web}
	}
	if o.Transport == "" && o.Fallback != nil && err == nil {
		rpc = &fallbackTransport{rpc: rpc, web: web, told: o.Fallback, address: strings.Join(over.addresses, ", ")}
	}
	return newFileSystem(o, t, rpc), nil
}

// webTarget is WebHDFS of the same file system.
func webTarget(o Options) (target, error) {
	u, err := fileSystemURL(&o)
	if err != nil {
		return target{}, err
	}
	addresses, err := webAddresses(o.Configuration, u)
	return target{transport: WebHDFS, addresses: addresses}, err
}

// NewRPC is New with the transport RPC.
func NewRPC(ctx context.Context, o Options) (FileSystem, error) {
	o.Transport = RPC
	return New(ctx, o)
}

// NewWebHDFS is New with the transport WebHDFS.
func NewWebHDFS(ctx context.Context, o Options) (FileSystem, error) {
	o.Transport = WebHDFS
	return New(ctx, o)
}

// target is what Options name: a file system and the servers that serve it.
type target struct {
	transport Transport
	uri       string   // prefix of qualified paths
	addresses []string // RPC: host:port; WebHDFS: base URLs without path
}

func resolve(ctx context.Context, o *Options) (target, error) {
	if cause := context.Cause(ctx); cause != nil {
		return target{}, cause
	}
	if o.Configuration == nil {
		return target{}, errors.New("no Hadoop configuration given")
	}
	if strings.TrimSpace(o.User) == "" {
		return target{}, errors.New("no user given: the cluster would take us for its anonymous web user")
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Login == nil && strings.EqualFold(o.Configuration.Get("hadoop.security.authentication"), "kerberos") {
		return target{}, &operationError{op: "log in as", path: o.User, kind: ErrKerberosRequired,
			cause: errors.New("hadoop.security.authentication is kerberos")}
	}
	u, err := fileSystemURL(o)
	if err != nil {
		return target{}, err
	}
	t := target{transport: o.Transport, uri: u.Scheme + "://" + u.Host}
	if t.transport == "" {
		t.transport = RPC
		if u.Scheme != "hdfs" || o.RealUser != "" {
			t.transport = WebHDFS
		}
	}
	switch {
	case t.transport == RPC && o.RealUser != "":
		err = fmt.Errorf("%s can't act for %s over native RPC, only over WebHDFS", o.RealUser, o.User)
	case t.transport == RPC && u.Scheme == "hdfs":
		t.addresses, err = rpcAddresses(o.Configuration, u.Host)
	case t.transport == WebHDFS:
		t.addresses, err = webAddresses(o.Configuration, u)
	case t.transport == RPC:
		err = fmt.Errorf("%s can't be reached by native RPC, only hdfs:// can", t.uri)
	default:
		err = fmt.Errorf("unknown transport %q", t.transport)
	}
	if err != nil {
		return target{}, err
	}
	return t, nil
}

func fileSystemURL(o *Options) (*url.URL, error) {
	var u *url.URL
	var err error
	if o.URI == "" {
		u, err = o.Configuration.DefaultFS()
	} else {
		u, err = url.Parse(o.URI)
	}
	if err != nil {
		return nil, err
	}
	if u, err = o.Configuration.ResolveViewFS(u); err != nil {
		return nil, err
	}
	switch u.Scheme {
	case "hdfs", "webhdfs", "swebhdfs":
		if u.Host == "" {
			return nil, fmt.Errorf("%s names no NameNode", u)
		}
		return u, nil
	case "viewfs":
		return nil, fmt.Errorf("%s is a mount table: name a path below one of its links", u)
	}
	return nil, fmt.Errorf("%s is not HDFS: the scheme must be hdfs, webhdfs or swebhdfs", u)
}

func rpcAddresses(c *hadoop.Configuration, authority string) ([]string, error) {
	nodes, err := c.NameNodes(authority)
	if err != nil {
		return nil, err
	}
	var addresses []string
	for _, n := range nodes {
		if n.RPCAddress != "" {
			addresses = append(addresses, n.RPCAddress)
		}
	}
	if len(addresses) == 0 {
		return nil, fmt.Errorf("no RPC address is configured for hdfs://%s", authority)
	}
	return addresses, nil
}

// webAddresses returns the base URLs of WebHDFS. The authority of webhdfs:// is
// an HTTP address itself unless it is a nameservice; hdfs:// leads through
// dfs.namenode.http-address.
func webAddresses(c *hadoop.Configuration, u *url.URL) ([]string, error) {
	secure := u.Scheme == "swebhdfs" || strings.EqualFold(c.Get("dfs.http.policy"), "HTTPS_ONLY")
	if _, logical := c.Nameservice(u.Host); u.Scheme != "hdfs" && !logical {
		scheme, host := "http", u.Host
		port := "9870"
		if u.Scheme == "swebhdfs" {
			scheme, port = "https", "9871"
		}
		if u.Port() == "" {
			host = net.JoinHostPort(u.Hostname(), port)
		}
		return []string{scheme + "://" + host}, nil
	}
	nodes, err := c.NameNodes(u.Host)
	if err != nil {
		return nil, err
	}
	var bases []string
	for _, n := range nodes {
		switch {
		case secure && n.HTTPSAddress != "":
			bases = append(bases, "https://"+n.HTTPSAddress)
		case !secure && n.HTTPAddress != "":
			bases = append(bases, "http://"+n.HTTPAddress)
		}
	}
	if len(bases) == 0 {
		return nil, fmt.Errorf("no HTTP address is configured for the NameNodes of %s://%s", u.Scheme, u.Host)
	}
	return bases, nil
}
