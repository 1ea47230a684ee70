package yarn

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/yarnflink/yarnflink/internal/httpclient"
	"github.com/yarnflink/yarnflink/kerberos"
)

const clusterPath = "/ws/v1/cluster"

const (
	// longestPause bounds the growth of pauses between tries: somebody waits for
	// what the call is part of.
	longestPause = 3 * time.Second
	// quietTime is how long a call waits for a server without a word.
	quietTime = 2 * time.Second
)

// request is one call as it is sent, to whichever server is active.
type request struct {
	op     string // for errors: "submit application_1_0001"
	method string
	path   string // below the base address
	query  url.Values
	body   []byte // JSON; nil sends none
	accept string // the kind of answer; "" is JSON
	node   bool   // to an address that a report names
}

// transientError is a failure that another try may mend.
type transientError struct {
	err error
	// arrived: the server may have done what it was asked.
	arrived bool
}

func (e *transientError) Error() string { return e.err.Error() }
func (e *transientError) Unwrap() error { return e.err }

// budget bounds a whole call.
type budget struct {
	start  time.Time
	caller context.Context // ends when the caller says so
	ctx    context.Context // ends with caller or when the time for tries is over
	pause  backoff
	last   error // what went wrong in the last try that was not cut short
}

func (c *Client) budget(ctx context.Context) (*budget, context.CancelFunc) {
	b := &budget{start: time.Now(), caller: ctx, pause: backoff{c.retryDelay, longestPause}}
	var cancel context.CancelFunc
	if c.retryFor > 0 {
		b.ctx, cancel = context.WithTimeout(ctx, c.retryFor)
	} else {
		b.ctx, cancel = context.WithCancel(ctx)
	}
	return b, cancel
}

// call sends r until it gets an answer proper, and returns it if that is a
// success. All requests may be repeated; Submit alone has its own way.
func (c *Client) call(ctx context.Context, r request) (answer, error) {
	b, cancel := c.budget(ctx)
	defer cancel()
	return c.callWithin(b, r)
}

func (c *Client) callWithin(b *budget, r request) (answer, error) {
	for {
		a, err := c.try(b, r)
		var transient *transientError
		if !errors.As(err, &transient) {
			return a, err
		}
		if err := c.waitAfter(b, r.op, transient); err != nil {
			return answer{}, err
		}
	}
}

// waitAfter pauses before the next try, or returns why there is none.
func (c *Client) waitAfter(b *budget, op string, failed *transientError) error {
	if b.last == nil || b.ctx.Err() == nil {
		b.last = failed.err
	}
	if c.retryFor < 0 && b.caller.Err() == nil {
		return &UnreachableError{Op: op, Addrs: c.addrs, Err: b.last}
	}
	c.logger.DebugContext(b.caller, "retry", "op", op, "after", failed.err)
	if c.waiting != nil && c.connected.Load() && time.Since(b.start)+b.pause.next > quietTime && c.told.CompareAndSwap(false, true) {
		c.waiting(failed.err, c.retryFor)
	}
	ctx := b.ctx
	if !c.connected.Load() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, b.start.Add(c.connectFor))
		defer cancel()
	}
	if b.pause.wait(ctx) == nil {
		return nil
	}
	return c.ended(b, op)
}

// ended is the error of a call whose context or time is over.
func (c *Client) ended(b *budget, op string) error {
	switch {
	case b.caller.Err() == nil:
		return &UnreachableError{Op: op, Addrs: c.addrs, Err: b.last}
	case b.last != nil:
		return fmt.Errorf("%s: %w (before that: %v)", op, context.Cause(b.caller), b.last)
	}
	return fmt.Errorf("%s: %w", op, context.Cause(b.caller))
}

// try finds the active server and sends r to it once. The error is a
// *transientError where another try may help.
func (c *Client) try(b *budget, r request) (answer, error) {
	addr, err := c.findActive(b, r.op)
	if err != nil {
		return answer{}, err
	}
	a, err := c.exchange(b.ctx, addr, r, c.timeout)
	if err != nil {
		if b.caller.Err() != nil {
			return answer{}, c.ended(b, r.op)
		}
		c.forget(addr)
		return answer{}, err
	}
	if err := a.standby(r.op); err != nil {
		c.forget(addr)
		return answer{}, &transientError{err: err, arrived: a.arrived()}
	}
	c.told.Store(false)
	if a.status >= 400 {
		return answer{}, a.remoteError(r.op)
	}
	return a, nil
}

// exchange sends r to addr, once, and returns whatever it answers. Its error is
// a *transientError, but for an answer too large and what fails for TLS.
func (c *Client) exchange(ctx context.Context, addr string, r request, timeout time.Duration) (answer, error) {
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	query := c.identity()
	for k, v := range r.query {
		query[k] = v
	}
	client := c.http
	if r.node {
		client = c.nodes
	}
	req := client.R().SetContext(ctx).SetQueryParamsFromValues(query)
	if r.accept != "" {
		req.SetHeader("Accept", r.accept)
	}
	if r.body != nil {
		req.SetHeader("Content-Type", "application/json").SetBody(r.body)
	}
	res, err := req.Execute(r.method, addr+r.path)
	switch {
	case err == nil:
		c.connected.Store(true)
		return answer{addr: addr, status: res.StatusCode(), header: res.Header(), body: res.Body()}, nil
	case errors.Is(err, httpclient.ErrBodyTooLarge):
		c.connected.Store(true)
		return answer{}, fmt.Errorf("%s: %s: %w", r.op, addr, err)
	}
	failed := notExchanged(r.op, addr, err, time.Since(start))
	var transient *transientError
	if errors.As(failed, &transient) && transient.arrived && !errors.Is(err, context.Canceled) {
		c.connected.Store(true)
	}
	return answer{}, failed
}

// notExchanged is the error of a request that got no answer: a *transientError,
// but where it was not sent for want of a ticket or of a connection by TLS.
func notExchanged(op, addr string, err error, took time.Duration) error {
	var refused *kerberos.Error
	var insecure *httpclient.TLSError
	switch {
	case errors.As(err, &insecure):
		return fmt.Errorf("%s: %w", op, insecure) // it names the address, and stays as it is
	case !errors.As(err, &refused):
		return &transientError{err: exchangeError(addr, err, took), arrived: httpclient.RequestSent(err)}
	case errors.Is(err, kerberos.ErrUnreachable):
		return &transientError{err: fmt.Errorf("%s: %s: %w", op, addr, refused)}
	}
	return fmt.Errorf("%s: %s: %w", op, addr, refused)
}

// identity is what tells the server who asks, and for whom.
func (c *Client) identity() url.Values {
	switch {
	case c.realUser != "" && c.signed:
		return url.Values{"doAs": {c.user}}
	case c.realUser != "":
		return url.Values{"user.name": {c.realUser}, "doAs": {c.user}}
	case c.signed:
		return url.Values{}
	}
	return url.Values{"user.name": {c.user}}
}

// exchangeError shortens what net/http says: the URL with its query is noise. A
// timeout of ours must not be taken for the end of the caller's context, so its
// error wraps none.
func exchangeError(addr string, err error, took time.Duration) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: no answer within %s", addr, took.Round(time.Millisecond))
	}
	return fmt.Errorf("%s: %w", addr, err)
}

// get is call for reading; the answer is decoded into v.
func (c *Client) get(ctx context.Context, op, path string, query url.Values, v any) error {
	a, err := c.call(ctx, request{op: op, method: http.MethodGet, path: path, query: query})
	if err != nil {
		return err
	}
	return a.decode(op, v)
}
