package hdfs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/http"
	"regexp"
	"strings"

	"github.com/yarnflink/yarnflink/internal/httpclient"
	"github.com/yarnflink/yarnflink/kerberos"
)

const (
	// maxAnswer bounds an answer of a NameNode: a listing of some 200,000 files.
	maxAnswer     = 64 * mib
	maxObjects    = 500_000
	maxErrorBody  = 64 << 10
	maxErrorWords = 500
)

var (
	errNotWebHDFS  = errors.New("the answer is not WebHDFS's")
	errSilent      = errors.New("nothing came or went for the inactivity timeout")
	errEarlyAnswer = errors.New("the DataNode answered before the end of the content")
)

// do asks the NameNodes, the one that answered last first, until one is active,
// and decodes its answer into v unless that is nil.
func (t *webTransport) do(ctx context.Context, c call, v any) error {
	return t.each(ctx, c, func(res *http.Response) error {
		if res.StatusCode/100 != 2 {
			return errNotWebHDFS
		}
		if v == nil {
			return nil
		}
		body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
		switch {
		case err != nil:
			return err
		case len(body) > maxAnswer:
			return httpclient.ErrBodyTooLarge
		case len(strings.TrimSpace(string(body))) == 0:
			return nil
		}
		if err := httpclient.CheckObjects(body, maxObjects); err != nil {
			return err
		}
		if json.Unmarshal(body, v) != nil {
			return errNotWebHDFS
		}
		return nil
	})
}

// each asks one NameNode after the other. use gets the answer of the active one.
func (t *webTransport) each(ctx context.Context, c call, use func(*http.Response) error) error {
	first := int(t.active.Load())
	var failed error
	for i := range t.bases {
		n := (first + i) % len(t.bases)
		err, other := t.ask(ctx, c, t.bases[n], use)
		if err == nil || !other {
			t.active.Store(int32(n))
			return err
		}
		// Of several, an answer says more than a silence.
		if failed == nil || errors.As(err, new(*RemoteError)) || errors.As(err, new(*httpclient.TLSError)) {
			failed = err
		}
	}
	return failed
}

// ask asks one NameNode. other tells that another one should be asked instead.
func (t *webTransport) ask(ctx context.Context, c call, base string, use func(*http.Response) error) (err error, other bool) {
	addr := base[strings.Index(base, "://")+3:]
	timed, cancel := context.WithTimeoutCause(ctx, t.timeout, errSilent)
	defer cancel()
	req, err := http.NewRequestWithContext(timed, c.method, c.url(base), nil)
	if err != nil {
		return &operationError{op: c.op, path: c.path, addr: addr, cause: err}, false
	}
	req.Header.Set("Accept", "application/json")
	res, err := t.http.Do(req)
	if err == nil {
		defer res.Body.Close()
		if res.StatusCode >= http.StatusBadRequest {
			err = answerError(c.op, c.path, addr, res)
			return err, standby(err)
		}
		if err = use(res); err == nil {
			return nil, false
		}
	}
	if over := ended(ctx, c.op, c.path); over != nil {
		return over, false
	}
	if errors.Is(err, errNotWebHDFS) || errors.Is(err, httpclient.ErrBodyTooLarge) {
		return &operationError{op: c.op, path: c.path, addr: addr, cause: err}, false
	}
	var refused *kerberos.Error // before anything was sent
	if errors.As(err, &refused) && !errors.Is(err, kerberos.ErrUnreachable) {
		return &operationError{op: c.op, path: c.path, addr: addr, cause: refused}, false
	}
	other = !c.once || refused != nil || !httpclient.RequestSent(err)
	if context.Cause(timed) == errSilent {
		err = errSilent
	}
	return unreached(c.op, c.path, addr, err), other
}

// unreached is the error of a connection that came to nothing. What fails for TLS
// does so each time, and is no matter of reaching anybody.
func unreached(op, p, addr string, err error) *operationError {
	var insecure *httpclient.TLSError
	if errors.As(err, &insecure) {
		return &operationError{op: op, path: p, cause: insecure} // which names the address
	}
	return &operationError{op: op, path: p, addr: addr, kind: ErrUnreachable, cause: shortened(err)}
}

// standby tells whether the NameNode refused because it is not the active one.
func standby(err error) bool {
	var remote *RemoteError
	return errors.As(err, &remote) && exceptionKind(remote.Exception, remote.Message) == ErrUnreachable
}

// answerError reads what a server says that refused.
func answerError(op, p, addr string, res *http.Response) error {
	body, _ := io.ReadAll(io.LimitReader(res.Body, maxErrorBody))
	var answer struct {
		RemoteException *struct {
			Exception     string `json:"exception"`
			JavaClassName string `json:"javaClassName"`
			Message       string `json:"message"`
		}
	}
	if json.Unmarshal(body, &answer) == nil && answer.RemoteException != nil {
		r := answer.RemoteException
		class := r.JavaClassName
		if class == "" {
			class = r.Exception
		}
		return newRemoteError(op, p, addr, class, r.Message)
	}
	e := &RemoteError{Op: op, Path: p, Addr: addr, Message: fmt.Sprintf("HTTP status %d", res.StatusCode)}
	if words := plainText(body); words != "" {
		e.Message += ": " + words
	}
	switch res.StatusCode {
	case http.StatusUnauthorized:
		e.kind = fs.ErrPermission
		if strings.HasPrefix(res.Header.Get("WWW-Authenticate"), "Negotiate") {
			e.kind = ErrKerberosRequired
		}
	case http.StatusForbidden:
		e.kind = fs.ErrPermission
		if strings.Contains(e.Message, "GSSException") {
			e.kind = errTicketRefused
		}
	case http.StatusNotFound:
		e.Message += " (is dfs.webhdfs.enabled set, and the address that of a NameNode?)"
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		e.kind = ErrUnreachable
	}
	return e
}

var markup = regexp.MustCompile(`(?s)<(?:style|script|head)\b.*?</(?:style|script|head)>|<[^>]*>`)

// plainText takes the words out of an error page.
func plainText(body []byte) string {
	text := html.UnescapeString(markup.ReplaceAllString(string(body), " "))
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxErrorWords {
		text = strings.ToValidUTF8(text[:maxErrorWords], "") + "…"
	}
	return text
}
