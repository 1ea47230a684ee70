package yarn

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-resty/resty/v2"

	"github.com/yarnflink/yarnflink/internal/httpclient"
	"github.com/yarnflink/yarnflink/kerberos"
)

// Defaults of Options.
const (
	DefaultTimeout    = 10 * time.Second
	DefaultRetryFor   = 30 * time.Second
	DefaultRetryDelay = 250 * time.Millisecond
)

// Options says how a Client reaches its ResourceManagers.
type Options struct {
	// Addresses are the web addresses of all ResourceManagers of the cluster,
	// "http://host:8088"; a path is kept, for gateways. At least one
	// (yarn.resourcemanager.webapp.address and its kin).
	Addresses []string
	// User is who the caller is on a cluster without Kerberos; it must not be
	// empty: the ResourceManager would take its static user, dr.who.
	User string
	// RealUser is who asks where that is another than User: the ResourceManager
	// must let him act for User (hadoop.proxyuser.<real user>.hosts and .groups).
	// "" means that User asks himself.
	RealUser string
	// Login proves who asks on a cluster with Kerberos: User there is the name that
	// the cluster gives its principal, or, with RealUser, whom that one acts for. nil
	// only says who asks.
	Login *kerberos.Login
	// Timeout bounds one exchange; 0 means DefaultTimeout.
	Timeout time.Duration
	// RetryFor bounds a call with all its tries; 0 means DefaultRetryFor,
	// negative allows one try.
	RetryFor time.Duration
	// ConnectFor bounds the tries of calls as long as no address has ever taken a
	// connection: it is wrong then, or nothing runs there, and waiting rarely
	// helps. 0 means RetryFor.
	ConnectFor time.Duration
	// RetryDelay is the first pause between two tries; each next is up to twice
	// as long, to at most 3 seconds. 0 means DefaultRetryDelay.
	RetryDelay time.Duration
	// Waiting is told, once each time that none is active or none answers, that
	// calls wait for a ResourceManager that was there before: why, and for how long
	// at most. It may be called from several goroutines; nil is not told.
	Waiting func(why error, upTo time.Duration)
	// TLS configures https addresses; nil means the system's roots.
	TLS *tls.Config
	// Logger gets debug lines of exchanges and a line at each change of the
	// active ResourceManager; nil logs nothing.
	Logger *slog.Logger
}

// Client talks to the ResourceManagers of one cluster as one user. It is safe
// for concurrent use.
//
// Every method ends at once when its context does, with the context's cause in
// the error. A call whose server can't be reached, isn't active or hides behind
// a failing gateway is tried again until Options.RetryFor is over; its error is
// then ErrUnreachable. Any other refusal is final and a *RemoteError.
type Client struct {
	http       *resty.Client
	nodes      *resty.Client // for addresses that a report names; proves who we are to who asks only
	reading    *http.Client  // for answers that are read as they come
	addrs      []string
	user       string
	realUser   string
	signed     bool // by Kerberos
	timeout    time.Duration
	retryFor   time.Duration
	connectFor time.Duration
	retryDelay time.Duration
	logger     *slog.Logger
	connected  atomic.Bool // to any address, ever
	waiting    func(error, time.Duration)
	told       atomic.Bool // waiting, since the last answer

	mu       sync.Mutex
	active   string    // the address that was active last; "" = unknown
	last     string    // the address that was active before it became unknown
	switched time.Time // when another address than before was found active
}

// NewClient checks o and makes a Client; it sends nothing yet.
func NewClient(o Options) (*Client, error) {
	addrs, err := baseURLs(o.Addresses)
	if o.User == "" {
		err = errors.Join(err, errors.New("no user to act as"))
	}
	if err != nil {
		return nil, fmt.Errorf("client of the ResourceManager: %w", err)
	}
	c := &Client{
		addrs:      addrs,
		user:       o.User,
		realUser:   o.RealUser,
		signed:     o.Login != nil,
		timeout:    or(o.Timeout, DefaultTimeout),
		retryFor:   or(o.RetryFor, DefaultRetryFor),
		connectFor: or(o.ConnectFor, or(o.RetryFor, DefaultRetryFor)),
		retryDelay: or(o.RetryDelay, DefaultRetryDelay),
		logger:     o.Logger,
		waiting:    o.Waiting,
	}
	if c.logger == nil {
		c.logger = slog.New(slog.DiscardHandler)
	}
	// Each exchange has its own deadline, so that its end can be told from the caller's.
	each := httpclient.Options{NoTimeout: true, Timeout: c.timeout, Logger: o.Logger, TLS: o.TLS, Sign: o.Login.Signer()}
	c.http = newHTTP(each)
	each.Sign = o.Login.SignerWhenAsked()
	c.nodes = newHTTP(each)
	c.reading = httpclient.NewHTTP(httpclient.Options{NoTimeout: true, Timeout: c.timeout, MaxBody: maxApplications, Logger: o.Logger, TLS: o.TLS, Sign: o.Login.Signer()})
	return c, nil
}

func newHTTP(o httpclient.Options) *resty.Client {
	return httpclient.New(o).
		SetHeader("Accept", "application/json").
		// Asked for by the cross-site filter, where it is on and takes us for a browser.
		SetHeader("X-XSRF-Header", "yarnflink")
}

func or(d, fallback time.Duration) time.Duration {
	if d == 0 {
		return fallback
	}
	return d
}

// baseURLs checks the addresses, all of them, and takes trailing slashes off.
func baseURLs(addresses []string) ([]string, error) {
	if len(addresses) == 0 {
		return nil, errors.New("no address (yarn.resourcemanager.webapp.address)")
	}
	var errs []error
	addrs := make([]string, 0, len(addresses))
	for _, a := range addresses {
		u, err := url.Parse(strings.TrimSpace(a))
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("address: %w", err))
		case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
			errs = append(errs, fmt.Errorf("address %q: want http://host:port", a))
		case u.RawQuery != "" || u.Fragment != "" || u.User != nil:
			errs = append(errs, fmt.Errorf("address %q: neither user, query nor fragment may stand here", u.Redacted()))
		default:
			addrs = append(addrs, strings.TrimRight(u.String(), "/"))
		}
	}
	return addrs, errors.Join(errs...)
}
