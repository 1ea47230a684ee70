package hdfs

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	colinmarc "github.com/colinmarc/hdfs/v2"
)

const (
	firstCompleteDelay = 20 * time.Millisecond
	lastCompleteDelay  = time.Second
)

var errNotCompleted = errors.New("the NameNode does not complete the file: too few copies of its last block were reported")

func (t *rpcTransport) write(ctx context.Context, p string, src *source, l fileLayout) error {
	return t.do(ctx, t.transfers, "create", p, func(c *rpcClient) error {
		w, err := c.CreateFile(p, l.replication, l.blockSize, os.FileMode(octal(l.permission)))
		if err != nil {
			return err
		}
		err = send(w, src)
		if err == nil {
			err = t.complete(ctx, w)
		}
		if err != nil {
			// Without its connections Close only ends the heartbeats; with them it
			// would complete the partial file.
			c.cut()
			_ = w.Close()
		}
		return err
	})
}

func send(w io.Writer, src *source) error {
	for {
		data, err := src.take()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		n, err := w.Write(data)
		src.report(n)
		if err != nil {
			return &brokenTransfer{err}
		}
	}
}

// complete closes the file until the NameNode has completed it: only then its
// modification time is final. Java: DFSOutputStream.completeFile.
func (t *rpcTransport) complete(ctx context.Context, w *colinmarc.FileWriter) error {
	deadline := time.Now().Add(2 * t.timeout)
	for delay := firstCompleteDelay; ; delay = min(2*delay, lastCompleteDelay) {
		err := w.Close()
		switch {
		case err == nil:
			return nil
		case !colinmarc.IsErrReplicating(err):
			return &brokenTransfer{err}
		case time.Now().After(deadline):
			return &brokenTransfer{errNotCompleted}
		}
		timer := time.NewTimer(delay)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
}
