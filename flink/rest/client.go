package rest

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"

	"github.com/yarnflink/yarnflink/internal/httpclient"
	"github.com/yarnflink/yarnflink/kerberos"
)

// Defaults of Options.
const (
	DefaultTimeout    = 10 * time.Second
	DefaultRetryFor   = 30 * time.Second
	DefaultRunTimeout = 10 * time.Minute
)

// maxAnswer bounds an answer. The largest ones are job lists and the details
// of jobs with thousands of vertices.
const maxAnswer = 32 << 20

// maxObjects is how many objects and arrays an answer may have: two for each of
// a hundred thousand jobs.
const maxObjects = 300_000

// Pauses between tries, doubled each time. A leader election takes seconds.
const (
	firstPause = 100 * time.Millisecond
	maxPause   = 2 * time.Second
)

// Options says where a JobManager is and how to talk to it.
type Options struct {
	// BaseURL is the JobManager's web address, "http://host:port" and, with
	// rest.url-prefix, a path. https where security.ssl.rest.enabled is true.
	BaseURL string
	// Timeout bounds one exchange, and a pause in an upload.
	// 0 means DefaultTimeout.
	Timeout time.Duration
	// RetryFor bounds how long a read is repeated while the JobManager can't be
	// reached or elects a leader. 0 means DefaultRetryFor, negative no repeat.
	RetryFor time.Duration
	// RunTimeout bounds the exchanges that end only when the JobManager has
	// done its work: RunJar returns once the program's main method has
	// submitted its job, UploadJar once the jar is kept. 0 means DefaultRunTimeout.
	RunTimeout time.Duration
	// Logger gets a debug line for each exchange. nil logs nothing.
	Logger *slog.Logger
	// Headers are sent with each request, as FLINK_REST_CLIENT_HEADERS of
	// Flink's own client. They are never logged.
	Headers map[string]string
	// Login answers a proxy before the JobManager that asks for Kerberos (SPNEGO);
	// a JobManager itself never does. nil answers none.
	Login *kerberos.Login
	// TLS configures https; nil means the system's roots.
	TLS *tls.Config
}

// Client is a client of one JobManager. It is safe for concurrent use and
// holds nothing that needs closing.
type Client struct {
	base     *url.URL
	headers  map[string]string
	timeout  time.Duration
	retryFor time.Duration
	quick    *resty.Client // answers at once
	patient  *resty.Client // answers when the work is done
	upload   *http.Client
}

// NewClient returns a client; it opens no connection.
func NewClient(o Options) (*Client, error) {
	base, err := parseBaseURL(o.BaseURL)
	if err != nil {
		return nil, err
	}
	o.Timeout = orDefault(o.Timeout, DefaultTimeout)
	slow := httpclient.Options{
		NoTimeout: true, Timeout: orDefault(o.RunTimeout, DefaultRunTimeout),
		MaxBody: maxAnswer, Logger: o.Logger, TLS: o.TLS, Sign: o.Login.SignerWhenAsked(),
	}
	return &Client{
		base:     base,
		headers:  o.Headers,
		timeout:  o.Timeout,
		retryFor: orDefault(o.RetryFor, DefaultRetryFor),
		quick:    httpclient.New(httpclient.Options{Timeout: o.Timeout, MaxBody: maxAnswer, Logger: o.Logger, TLS: o.TLS, Sign: o.Login.SignerWhenAsked()}),
		patient:  httpclient.New(slow),
		upload:   httpclient.NewHTTP(slow),
	}, nil
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

func parseBaseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, fmt.Errorf("address of the JobManager: %w", err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		return nil, fmt.Errorf("address of the JobManager %q: want http://host:port or https://host:port", u.Redacted())
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("address of the JobManager %q: must hold no user, query or fragment", u.Redacted())
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = ""
	return u, nil
}

// BaseURL returns the address the client talks to, without a slash at its end.
func (c *Client) BaseURL() string { return c.base.String() }

// request is one operation of the API.
type request struct {
	op     string   // what is tried, for errors: "cancel job <id>"
	method string   // GET and PATCH are repeated, see again
	path   []string // segments below the base, not escaped
	query  url.Values
	body   any // sent as JSON; nil sends none
	slow   bool
	// repeatable: made twice it does no more than once, so it is repeated even
	// where it can have arrived, as GET and PATCH always are.
	repeatable bool
}

func (c *Client) get(ctx context.Context, op string, out any, path ...string) error {
	return c.call(ctx, request{op: op, method: http.MethodGet, path: path}, out)
}

// url returns the address of the request. Segments are escaped by hand: a
// '/' or a '?' in a name must not become structure.
func (c *Client) url(q request) string {
	var b strings.Builder
	b.WriteString(c.base.String())
	for _, segment := range q.path {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(segment))
	}
	if len(q.query) > 0 {
		b.WriteByte('?')
		b.WriteString(q.query.Encode())
	}
	return b.String()
}

// call makes the request, and makes it again as far as that is safe. out is
// decoded from the answer; nil drops it.
func (c *Client) call(ctx context.Context, q request, out any) error {
	start := time.Now()
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		err := c.exchange(ctx, q, out)
		if err == nil || !again(q, err) || time.Since(start)+pause > c.retryFor {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%s: %w; before: %w", q.op, context.Cause(ctx), err)
		}
	}
}

// again says whether a request that ended with err may be made once more.
// Reads may, and so may PATCH, which only cancels, and what is marked as
// repeatable; everything else only if it can't have arrived.
func again(q request, err error) bool {
	repeatable := q.repeatable || q.method == http.MethodGet || q.method == http.MethodPatch
	var broken *ConnectionError
	if errors.As(err, &broken) {
		return !broken.Sent || repeatable
	}
	var remote *RemoteError
	return errors.As(err, &remote) && remote.Status == http.StatusServiceUnavailable && repeatable
}

func (c *Client) exchange(ctx context.Context, q request, out any) error {
	client := c.quick
	if q.slow {
		client = c.patient
	}
	r := client.R().SetContext(ctx).SetHeaders(c.headers).SetHeader("Accept", "application/json")
	if q.body != nil {
		body, err := json.Marshal(q.body)
		if err != nil {
			return fmt.Errorf("%s: %w", q.op, err)
		}
		r.SetHeader("Content-Type", "application/json").SetBody(body)
	}
	res, err := r.Execute(q.method, c.url(q))
	if err != nil {
		return c.broken(ctx, q.op, err)
	}
	if c.base.Scheme == "http" && res.StatusCode()/100 == 3 && strings.HasPrefix(res.Header().Get("Location"), "https://") {
		// Java: RedirectingSslHandler, of a JobManager with security.ssl.rest.enabled.
		return fmt.Errorf("%s: %w", q.op, httpclient.NewPlainToTLS(c.base.Host, nil))
	}
	return c.decode(q, res.StatusCode(), res.Body(), out)
}

// broken turns the error of an exchange without an answer into one that tells
// the end of ctx, an oversized answer, what fails for TLS and a broken connection
// apart.
func (c *Client) broken(ctx context.Context, op string, err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // method and address stand in ours
	}
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s at %s: %w", op, c.base.Host, context.Cause(ctx))
	case errors.Is(err, httpclient.ErrBodyTooLarge):
		return fmt.Errorf("%s at %s: %w", op, c.base.Host, err)
	case errors.As(err, new(*httpclient.TLSError)):
		return fmt.Errorf("%s: %w", op, err) // it names the address
	case errors.Is(err, context.DeadlineExceeded):
		// The deadline of one exchange: it must not be taken for the caller's.
		return &ConnectionError{Op: op, Addr: c.base.Host, Sent: true, Err: errNoAnswer}
	}
	return &ConnectionError{Op: op, Addr: c.base.Host, Sent: httpclient.RequestSent(err), Err: err}
}

func (c *Client) decode(q request, status int, body []byte, out any) error {
	if status < 200 || status > 299 {
		return newRemoteError(q, c.base.Host, status, body)
	}
	if out == nil {
		return nil
	}
	if err := httpclient.CheckObjects(body, maxObjects); err != nil {
		return fmt.Errorf("%s at %s: %w", q.op, c.base.Host, err)
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("%s: the answer of %s is not what a Flink JobManager sends: %w", q.op, c.base.Host, err)
	}
	return nil
}
