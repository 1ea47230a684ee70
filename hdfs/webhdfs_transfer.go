package hdfs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/yarnflink/yarnflink/internal/httpclient"
)

const (
	locationBody = 64 << 10
	// dataNodeBuffer is what the DataNode collects, in bytes, before it writes; the
	// 4 KiB that it takes by itself more than halve the speed.
	dataNodeBuffer = mib
)

// locate asks the NameNode for the DataNode's address: noredirect brings it in
// the body since Hadoop 2.8; older ones, and HttpFS, redirect.
func (t *webTransport) locate(ctx context.Context, c call) (*url.URL, error) {
	c.query.Set("noredirect", "true")
	lost := t.lost.list()
	if lost != "" {
		c.query.Set("excludedatanodes", lost)
	}
	u, err := t.located(ctx, c)
	var remote *RemoteError
	if lost != "" && errors.As(err, &remote) && ctx.Err() == nil {
		// None is left without them: one may have come back.
		t.lost.forget()
		c.query.Del("excludedatanodes")
		return t.located(ctx, c)
	}
	return u, err
}

func (t *webTransport) located(ctx context.Context, c call) (*url.URL, error) {
	var location string
	err := t.each(ctx, c, func(res *http.Response) error {
		if res.StatusCode/100 == 3 {
			location = res.Header.Get("Location")
			return nil
		}
		var answer struct{ Location string }
		if json.NewDecoder(io.LimitReader(res.Body, locationBody)).Decode(&answer) != nil {
			return errNotWebHDFS
		}
		location = answer.Location
		return nil
	})
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(location)
	if err == nil && (u.Host == "" || (u.Scheme != "http" && u.Scheme != "https")) {
		err = errors.New("not an HTTP address")
	}
	if err != nil {
		return nil, &operationError{op: c.op, path: c.path, cause: fmt.Errorf("the NameNode names %q as DataNode: %w", location, err)}
	}
	return u, nil
}

func (t *webTransport) write(ctx context.Context, p string, src *source, l fileLayout) error {
	to, err := t.locate(ctx, t.newCall("create", p, http.MethodPut, "CREATE",
		"overwrite", "false", "createparent", "false",
		"permission", octalText(l.permission),
		"buffersize", strconv.Itoa(dataNodeBuffer),
		"replication", strconv.Itoa(l.replication),
		"blocksize", strconv.FormatInt(l.blockSize, 10)))
	if err != nil {
		return err
	}
	sent, err := t.upload(ctx, p, to, src)
	if err == nil {
		return nil
	}
	if sent && !answered(ctx, err) {
		if denied := t.denied(ctx, p); denied != nil {
			return denied
		}
	}
	t.suspect(ctx, to, err)
	return err
}

// suspect remembers the DataNode whose connection broke. A NameNode takes ten
// minutes to find out that one is gone, and names it until then. It knows
// DataNodes by their IP addresses: names, as WebHdfsFileSystem.AbstractRunner.connect
// gives them, it does not find.
func (t *webTransport) suspect(ctx context.Context, dataNode *url.URL, err error) {
	if ctx.Err() != nil || answered(ctx, err) || !Retriable(err) {
		return
	}
	timed, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(timed, dataNode.Hostname())
	if err != nil {
		addresses = []string{dataNode.Hostname()}
	}
	t.lost.add(addresses...)
}

// upload sends the content to a DataNode. sent tells whether it can know of it.
func (t *webTransport) upload(ctx context.Context, p string, to *url.URL, src *source) (sent bool, err error) {
	watched, w := watch(ctx, t.timeout)
	defer w.stop()
	body := &uploadBody{src: src, watchdog: w}
	req, err := http.NewRequestWithContext(watched, http.MethodPut, to.String(), nil)
	if err != nil {
		return false, &operationError{op: "create", path: p, addr: to.Host, cause: err}
	}
	// HttpFS insists on the type. A content of no bytes needs a nil body to be
	// announced as such.
	req.Header.Set("Content-Type", "application/octet-stream")
	if src.size != 0 {
		req.Body, req.ContentLength = io.NopCloser(body), src.size
	}
	w.start()
	res, err := t.transferClient(to).Do(req)
	if err == nil {
		defer res.Body.Close()
		if res.StatusCode == http.StatusCreated || res.StatusCode == http.StatusOK {
			// An answer before the end of the content would be one to a part of it.
			return true, body.complete(ctx, p, to.Host)
		}
		_ = body.close()
		return true, answerError("create", p, to.Host, res)
	}
	sent = httpclient.RequestSent(err)
	switch failure := body.close(); {
	case failure != nil:
		err = failure
	case context.Cause(watched) == errSilent:
		err = errSilent
	}
	if !sent && ended(ctx, "create", p) == nil {
		return false, unreached("create", p, to.Host, err)
	}
	return sent, transferError(ctx, "create", p, to.Host, shortened(err))
}

// denied tells whether the directory is closed to the user: a DataNode that
// refuses a long upload early often cuts the connection under its own answer.
func (t *webTransport) denied(ctx context.Context, p string) error {
	c := t.newCall("create", p, http.MethodGet, "CHECKACCESS", "fsaction", "-wx")
	c.path = p[:max(1, strings.LastIndexByte(p, '/'))]
	if err := t.do(ctx, c, nil); errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}

func (t *webTransport) open(ctx context.Context, st FileStatus) (io.ReadCloser, error) {
	from, err := t.locate(ctx, t.newCall("open", st.Path, http.MethodGet, "OPEN"))
	if err != nil {
		return nil, err
	}
	watched, w := watch(ctx, t.timeout)
	req, err := http.NewRequestWithContext(watched, http.MethodGet, from.String(), nil)
	if err != nil {
		w.stop()
		return nil, &operationError{op: "open", path: st.Path, addr: from.Host, cause: err}
	}
	w.start()
	res, err := t.transferClient(from).Do(req)
	w.pause()
	if err != nil {
		defer w.stop()
		if over := ended(ctx, "open", st.Path); over != nil {
			return nil, over
		}
		if context.Cause(watched) == errSilent {
			err = errSilent
		}
		err = unreached("open", st.Path, from.Host, err)
		t.suspect(ctx, from, err)
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		defer w.stop()
		defer res.Body.Close()
		return nil, answerError("open", st.Path, from.Host, res)
	}
	return &webReader{ctx: ctx, watched: watched, watchdog: w, body: res.Body, path: st.Path, from: from, transport: t}, nil
}

// webReader reads the answer of a DataNode under a watchdog.
type webReader struct {
	ctx, watched context.Context
	watchdog     *watchdog
	body         io.ReadCloser
	path         string
	from         *url.URL
	transport    *webTransport
}

func (r *webReader) Read(p []byte) (int, error) {
	r.watchdog.start()
	n, err := r.body.Read(p)
	r.watchdog.pause()
	if err == nil || err == io.EOF {
		return n, err
	}
	if context.Cause(r.watched) == errSilent {
		err = errSilent
	}
	err = transferError(r.ctx, "read", r.path, r.from.Host, shortened(err))
	r.transport.suspect(r.ctx, r.from, err)
	return n, err
}

func (r *webReader) Close() error {
	r.watchdog.stop()
	return r.body.Close()
}

// shortened drops the request from the errors of net/http: a long URL with
// nothing in it that the error doesn't say. Its own timeouts call themselves
// the end of a context that has not ended.
func shortened(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errSilent
	}
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
