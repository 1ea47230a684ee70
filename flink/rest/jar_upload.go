package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"path"
	"strings"
)

// UploadJar sends a jar of exactly size bytes to the JobManager, which keeps
// it until it ends or DeleteJar. name is its file name, ending with ".jar".
// progress, which may be nil, is called with the bytes sent so far, from
// another goroutine but never after the return. The request is made once: r
// can't be read again, and must not be used after an error, for a read may
// still be under way. The upload is bounded by ctx, by Options.Timeout without
// a byte taken by the JobManager and, after the last one, by
// Options.RunTimeout.
//
// A cluster with web.submit.enable = false is ErrSubmitDisabled, after the
// whole jar was sent: ask Config before.
func (c *Client) UploadJar(ctx context.Context, name string, size int64, r io.Reader, progress func(sent int64)) (JarID, error) {
	q := request{op: "upload " + name, path: []string{"jars", "upload"}}
	op := q.op
	if path.Ext(name) != ".jar" || strings.ContainsAny(name, "/\\\"\r\n\x00") {
		return "", fmt.Errorf("%s: want a file name that ends with .jar", op)
	}
	if size < 0 {
		return "", fmt.Errorf("%s: size %d is negative", op, size)
	}
	head, tail, contentType, err := uploadForm(name)
	if err != nil {
		return "", fmt.Errorf("%s: %w", op, err)
	}

	uploading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	body := newUploadBody(r, size, c.timeout, progress, stop)
	defer body.stop()
	req, err := http.NewRequestWithContext(uploading, http.MethodPost,
		c.url(q), io.MultiReader(bytes.NewReader(head), body, bytes.NewReader(tail)))
	if err != nil {
		return "", fmt.Errorf("%s: %w", op, err)
	}
	req.ContentLength = int64(len(head)) + size + int64(len(tail))
	for k, v := range c.headers {
		req.Header.Set(k, v)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Accept", "application/json")

	res, err := c.upload.Do(req)
	if err != nil {
		return "", c.uploadError(ctx, uploading, op, body, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return "", c.uploadError(ctx, uploading, op, body, err)
	}
	return c.uploaded(q, res.StatusCode, answer)
}

// uploadForm returns what stands before and after the file in the body.
// Content-Length is known this way, and nothing is kept in memory.
func uploadForm(name string) (head, tail []byte, contentType string, err error) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", `form-data; name="jarfile"; filename="`+name+`"`)
	header.Set("Content-Type", "application/x-java-archive")
	if _, err := w.CreatePart(header); err != nil {
		return nil, nil, "", err
	}
	split := form.Len()
	if err := w.Close(); err != nil {
		return nil, nil, "", err
	}
	return form.Bytes()[:split:split], form.Bytes()[split:], w.FormDataContentType(), nil
}

// uploaded takes the jar's id from the file name of the answer, which is a
// path on the JobManager's machine.
func (c *Client) uploaded(q request, status int, body []byte) (JarID, error) {
	var a struct {
		Filename string `json:"filename"`
		Status   string `json:"status"`
	}
	if err := c.decode(q, status, body, &a); err != nil {
		return "", err
	}
	id := JarID(a.Filename[strings.LastIndexAny(a.Filename, `/\`)+1:])
	if a.Status != "success" || id.check() != nil {
		return "", fmt.Errorf("%s: %s answered status %q, file %q", q.op, c.base.Host, a.Status, a.Filename)
	}
	return id, nil
}

// uploadError says why an upload broke: the jar itself can't be read, it
// stalled, or the server cut the connection, which it may do rather than read
// on when uploads are switched off.
func (c *Client) uploadError(ctx, uploading context.Context, op string, body *uploadBody, err error) error {
	if broken := body.failure(); broken != nil {
		return fmt.Errorf("%s: %w", op, broken)
	}
	if ctx.Err() == nil && uploading.Err() != nil {
		return &ConnectionError{Op: op, Addr: c.base.Host, Sent: true, Err: context.Cause(uploading)}
	}
	err = c.broken(ctx, op, err)
	if broken := (*ConnectionError)(nil); errors.As(err, &broken) && broken.Sent {
		if config, askErr := c.Config(ctx); askErr == nil && !config.WebSubmitEnabled {
			return fmt.Errorf("%s: %w: %w", op, ErrSubmitDisabled, err)
		}
	}
	return err
}
