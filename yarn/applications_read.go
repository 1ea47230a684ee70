package yarn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/internal/httpclient"
)

// maxApplications bounds the list of applications, in bytes. It is read as it
// comes, so it costs time and no memory.
const maxApplications = 1 << 30

const (
	// maxApplication bounds what is read for one application, or skipped, in bytes: a
	// value is in memory as a whole before it is looked at.
	maxApplication = httpclient.DefaultMaxBody
	// maxSelected bounds the applications that match, in bytes of the answer.
	maxSelected = 64 << 20
)

// selection is the applications of a list that match a filter, and no others:
// a ResourceManager keeps ten thousand, which are twenty megabytes.
type selection struct {
	filter   Filter
	reports  []ApplicationReport
	selected int64 // bytes
	from     *steps
	depth    int // arrays in the place of an object, at most maxNesting
}

// steps is a reader of which only so much may be read in one step.
type steps struct {
	io.Reader
	read, begun int64
}

func (s *steps) Read(p []byte) (int, error) {
	if s.read-s.begun > maxApplication {
		return 0, httpclient.ErrBodyTooLarge
	}
	n, err := s.Reader.Read(p)
	s.read += int64(n)
	return n, err
}

// next begins a step, and tells how much was read in the last one.
func (s *steps) next() int64 {
	n := s.read - s.begun
	s.begun = s.read
	return n
}

// add keeps an application that matches.
func (s *selection) add(app applicationJSON) error {
	report, err := app.report()
	size := s.from.next()
	if err != nil || !s.filter.matches(report) {
		return err
	}
	s.reports = append(s.reports, report)
	if s.selected += size + reportSize; s.selected > maxSelected {
		return fmt.Errorf("%w: %d applications match", httpclient.ErrBodyTooLarge, len(s.reports))
	}
	return nil
}

// reportSize is about what a report takes besides its texts, in bytes.
const reportSize = 512

// read takes {"apps":{"app":[…]}}, and what other releases write in its place:
// one application instead of the array, "" or null or {} instead of nothing.
func (s *selection) read(from io.Reader) error {
	s.reports, s.selected, s.depth, s.from = nil, 0, 0, &steps{Reader: from}
	d := json.NewDecoder(s.from)
	t, err := d.Token()
	if err != nil {
		return err
	}
	if t != json.Delim('{') {
		return fmt.Errorf("%v where an object is expected", t)
	}
	return s.members(d, "apps", func() error { return s.apps(d) })
}

// apps reads the value of "apps"; an array of one stands for an object.
func (s *selection) apps(d *json.Decoder) error {
	t, err := d.Token()
	switch {
	case err != nil:
		return err
	case t == json.Delim('{'):
		return s.members(d, "app", func() error { return s.app(d) })
	case t == json.Delim('['):
		if s.depth++; s.depth > maxNesting {
			return errors.New("nested too deeply")
		}
		return elements(d, func() error { return s.apps(d) })
	}
	return nil
}

func (s *selection) app(d *json.Decoder) error {
	t, err := d.Token()
	switch {
	case err != nil:
		return err
	case t == json.Delim('['):
		return elements(d, func() error {
			var app applicationJSON
			if err := d.Decode(&app); err != nil {
				return err
			}
			return s.add(app)
		})
	case t == json.Delim('{'):
		return s.only(d)
	}
	return nil
}

// only reads a single application whose opening brace is read already.
func (s *selection) only(d *json.Decoder) error {
	object := map[string]json.RawMessage{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		object[fmt.Sprint(key)] = value
	}
	if _, err := d.Token(); err != nil || len(object) == 0 {
		return err
	}
	whole, err := json.Marshal(object)
	if err != nil {
		return err
	}
	var app applicationJSON
	if err := json.Unmarshal(whole, &app); err != nil {
		return err
	}
	return s.add(app)
}

// members reads an object whose opening brace is read already; value reads that
// of the member with the name, all others are skipped.
func (s *selection) members(d *json.Decoder, name string, value func() error) error {
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		if text, ok := key.(string); ok && strings.EqualFold(text, name) {
			err = value()
		} else {
			err = d.Decode(&json.RawMessage{})
		}
		s.from.next()
		if err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// elements reads an array whose opening bracket is read already.
func elements(d *json.Decoder, one func() error) error {
	for d.More() {
		if err := one(); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// readAnswer is callWithin for a GET whose answer is read as it comes. read
// starts from nothing each time it is called.
func (c *Client) readAnswer(b *budget, r request, read func(io.Reader) error) error {
	for {
		err := c.tryReading(b, r, read)
		var transient *transientError
		if !errors.As(err, &transient) {
			return err
		}
		if err := c.waitAfter(b, r.op, transient); err != nil {
			return err
		}
	}
}

// tryReading is try for readAnswer.
func (c *Client) tryReading(b *budget, r request, read func(io.Reader) error) error {
	addr, err := c.findActive(b, r.op)
	if err != nil {
		return err
	}
	err = c.readOnce(b, addr, r, read)
	var transient *transientError
	if b.caller.Err() != nil && err != nil {
		return c.ended(b, r.op)
	}
	if errors.As(err, &transient) {
		c.forget(addr)
	}
	return err
}

// readOnce sends r and reads its answer, if that is a success.
func (c *Client) readOnce(b *budget, addr string, r request, read func(io.Reader) error) error {
	start := time.Now()
	query := c.identity()
	for k, v := range r.query {
		query[k] = v
	}
	req, err := http.NewRequestWithContext(b.ctx, http.MethodGet, addr+r.path+"?"+query.Encode(), nil)
	if err != nil {
		return fmt.Errorf("%s: %w", r.op, err)
	}
	// The headers that every request of this client has.
	req.Header = c.http.Header.Clone()
	res, err := c.reading.Do(req)
	if err != nil {
		return notExchanged(r.op, addr, err, time.Since(start))
	}
	defer res.Body.Close()
	c.connected.Store(true)
	a := answer{addr: addr, status: res.StatusCode, header: res.Header}
	if a.status == http.StatusOK && a.isJSON() {
		return c.readBody(b, addr, r, res.Body, read)
	}
	if a.body, err = io.ReadAll(io.LimitReader(res.Body, httpclient.DefaultMaxBody)); err != nil {
		return &transientError{err: exchangeError(addr, err, time.Since(start)), arrived: true}
	}
	if err := a.standby(r.op); err != nil {
		return &transientError{err: err, arrived: true}
	}
	if a.status >= http.StatusBadRequest {
		return a.remoteError(r.op)
	}
	return read(bytes.NewReader(a.body))
}

// readBody tells a connection that broke from an answer that makes no sense.
func (c *Client) readBody(b *budget, addr string, r request, body io.Reader, read func(io.Reader) error) error {
	watched := &failing{Reader: body}
	err := read(watched)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, httpclient.ErrBodyTooLarge):
		return fmt.Errorf("%s: %s: %w", r.op, addr, err)
	case watched.err != nil:
		return &transientError{err: exchangeError(addr, watched.err, time.Since(b.start)), arrived: true}
	}
	return answerError(r.op, addr, err)
}

// failing remembers how reading failed.
type failing struct {
	io.Reader
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		f.err = err
	}
	return n, err
}
