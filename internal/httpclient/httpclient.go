// Package httpclient holds the one constructor of HTTP clients. Whatever talks
// to a server of a cluster goes through it, so that the rules stand in one
// place: no cookie jar (the cookie of one identity would win over another's),
// no redirect followed (a standby's redirect loses the query, a hostile one
// must get no credentials), no proxy taken from the environment, answers of
// bounded size, no retries of its own.
package httpclient

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/go-resty/resty/v2"
)

// Defaults of Options.
const (
	DefaultTimeout = 30 * time.Second
	DefaultMaxBody = 8 << 20
	userAgent      = "yarnflink"
	dialTimeout    = 5 * time.Second
)

// ErrBodyTooLarge is wrapped by the error of a request whose answer was larger
// than Options.MaxBody.
var ErrBodyTooLarge = errors.New("answer larger than allowed")

// Options says how a client behaves. The zero value is useful.
type Options struct {
	// Timeout bounds one exchange, from dialling to the last byte of the answer.
	// 0 means DefaultTimeout.
	Timeout time.Duration
	// NoTimeout leaves the length of an exchange to its context: for uploads and
	// downloads. Timeout then bounds only the wait for the answer's header.
	NoTimeout bool
	// MaxBody bounds an answer, in bytes. 0 means DefaultMaxBody, -1 no bound.
	MaxBody int64
	// UserAgent is sent with each request. It must not look like a browser's:
	// Hadoop's CSRF filter then asks for a header.
	UserAgent string
	// Logger gets a debug line for each exchange: method, address, status and
	// time; never headers or bodies. nil logs nothing.
	Logger *slog.Logger
	// TLS configures https; nil means the system's roots.
	TLS *tls.Config
	// Sign makes the exchanges with a proof of who asks, by way of next; nil makes
	// them as they are.
	Sign func(next http.RoundTripper) http.RoundTripper
}

// New returns a resty client that follows the rules of this package. A 3xx is
// an answer like any other. The client is safe for concurrent use.
func New(o Options) *resty.Client {
	return resty.NewWithClient(NewHTTP(o)).
		SetLogger(silent{}).
		SetHeader("User-Agent", o.userAgent())
}

// NewHTTP returns a plain client that follows the same rules, for bodies that
// are streamed.
func NewHTTP(o Options) *http.Client {
	timeout := o.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	transport := &http.Transport{
		DialContext:           watchAnswers((&net.Dialer{Timeout: min(timeout, dialTimeout), KeepAlive: 15 * time.Second}).DialContext),
		TLSClientConfig:       o.TLS,
		TLSHandshakeTimeout:   dialTimeout,
		MaxIdleConnsPerHost:   8,
		IdleConnTimeout:       30 * time.Second,
		ResponseHeaderTimeout: timeout,
		WriteBufferSize:       256 << 10,
		ReadBufferSize:        64 << 10,
	}
	var next http.RoundTripper = transport
	if o.Sign != nil {
		next = o.Sign(next)
	}
	client := &http.Client{
		Transport:     &exchange{next: next, max: o.maxBody(), logger: o.Logger, userAgent: o.userAgent()},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if !o.NoTimeout {
		client.Timeout = timeout
	}
	return client
}

func (o Options) userAgent() string {
	if o.UserAgent == "" {
		return userAgent
	}
	return o.UserAgent
}

func (o Options) maxBody() int64 {
	if o.MaxBody == 0 {
		return DefaultMaxBody
	}
	return o.MaxBody
}

// exchange bounds answers and logs each exchange.
type exchange struct {
	next      http.RoundTripper
	max       int64
	logger    *slog.Logger
	userAgent string
}

func (e *exchange) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("User-Agent") == "" {
		r = r.Clone(r.Context())
		r.Header.Set("User-Agent", e.userAgent)
	}
	start := time.Now()
	res, err := e.next.RoundTrip(r)
	if err != nil {
		err = explainTLS(r.URL, err)
	}
	if e.logger != nil {
		status := 0
		if res != nil {
			status = res.StatusCode
		}
		e.logger.LogAttrs(r.Context(), slog.LevelDebug, "http",
			slog.String("method", r.Method), slog.String("host", r.URL.Host), slog.String("path", r.URL.Path),
			slog.Int("status", status), slog.Duration("took", time.Since(start)))
	}
	if err == nil && e.max > 0 {
		res.Body = &boundedBody{ReadCloser: res.Body, left: e.max}
	}
	return res, err
}

// boundedBody fails, rather than ends, where an answer grows over its bound: a
// cut document must not be taken for a whole one.
type boundedBody struct {
	io.ReadCloser
	left int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, ErrBodyTooLarge
	}
	// One byte more than allowed tells an answer of just the bound from a longer one.
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n - 1, ErrBodyTooLarge
	}
	return n, err
}

// RequestSent tells whether the request that ended with err can have reached
// the server. It is false only when that is certain: the address did not
// resolve, or the connection was never made or not by TLS.
func RequestSent(err error) bool {
	if errors.As(err, new(*TLSError)) {
		return false
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return false
	}
	var dns *net.DNSError
	return !errors.As(err, &dns)
}

// Cause returns why ctx ended, in place of an error that only says that it did,
// and err itself while ctx lives.
func Cause(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// silent keeps resty from writing warnings to stderr: libraries don't talk.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}
