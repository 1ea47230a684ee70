package submit

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yarnflink/yarnflink/hdfs"
)

// outage is a file system that fails until a time, and is counted.
type outage struct {
	hdfs.FileSystem
	until time.Time
	calls int
}

func (o *outage) Stat(context.Context, string) (hdfs.FileStatus, error) {
	o.calls++
	if time.Now().Before(o.until) {
		return hdfs.FileStatus{}, hdfs.ErrUnreachable
	}
	return hdfs.FileStatus{}, nil
}

func (o *outage) fail(d time.Duration) { o.until, o.calls = time.Now().Add(d), 0 }

func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		server := &outage{}
		dfs := &repeating{FileSystem: server, retryFor: DefaultRetryFor, logger: slog.New(slog.DiscardHandler),
			progress: func(p Progress) { told = append(told, p.Message) }}
		stat := func() (time.Duration, error) {
			start := time.Now()
			_, err := dfs.Stat(t.Context(), "/")
			return time.Since(start), err
		}

		server.fail(time.Hour)
		if took, err := stat(); !errors.Is(err, hdfs.ErrUnreachable) || server.calls != minAttempts || took > time.Second {
			t.Errorf("before the first answer: %v after %s and %d calls", err, took, server.calls)
		}
		server.fail(0)
		if _, err := stat(); err != nil {
			t.Fatal(err)
		}
		server.fail(20 * time.Second)
		if took, err := stat(); err != nil || took > 20*time.Second+lastRetryPause {
			t.Errorf("an outage of 20 s: %v after %s", err, took)
		}
		if len(told) != 1 || !strings.Contains(told[0], "30s") {
			t.Errorf("told was %q, want one line", told)
		}

		once := &repeating{FileSystem: server, retryFor: -1, logger: dfs.logger}
		server.fail(time.Hour)
		if _, err := once.Stat(t.Context(), "/"); !errors.Is(err, hdfs.ErrUnreachable) || strings.Contains(err.Error(), "tried") || server.calls != 1 {
			t.Errorf("tried once: %v after %d calls", err, server.calls)
		}

		time.Sleep(DefaultRetryFor)
		server.fail(time.Hour)
		took, err := stat()
		if !errors.Is(err, hdfs.ErrUnreachable) || !strings.Contains(err.Error(), "tried") || took > DefaultRetryFor || took < DefaultRetryFor-lastRetryPause {
			t.Errorf("an outage without end: %v after %s", err, took)
		}
		if len(told) != 2 {
			t.Errorf("told was %q, want a second line", told)
		}

		// What has been tried for so long is not tried again by whoever asked for it.
		server.calls = 0
		outer := 0
		err = repeat(t.Context(), dfs, "upload", "/a", func() error {
			outer++
			_, err := stat()
			return err
		})
		if outer != 1 || !errors.Is(err, hdfs.ErrUnreachable) {
			t.Errorf("repeated %d times: %v", outer, err)
		}
	})
}

// An upload that breaks when it has taken long is begun again, too.
func TestRetryOfWhatTakesLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dfs := &repeating{retryFor: DefaultRetryFor, logger: slog.New(slog.DiscardHandler), progress: func(Progress) {}}
		dfs.answered.Store(true)
		calls := 0
		err := repeat(t.Context(), dfs, "upload", "/a", func() error {
			calls++
			time.Sleep(2 * DefaultRetryFor)
			return hdfs.ErrTransfer
		})
		if calls != minAttempts || !errors.Is(err, hdfs.ErrTransfer) {
			t.Errorf("%d attempts: %v", calls, err)
		}
	})
}

func TestRetryEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &outage{}
		server.fail(time.Hour)
		dfs := &repeating{FileSystem: server, retryFor: DefaultRetryFor, logger: slog.New(slog.DiscardHandler), progress: func(Progress) {}}
		dfs.answered.Store(true)
		interrupted := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(t.Context())
		start := time.Now()
		time.AfterFunc(7*time.Second, func() { cancel(interrupted) })
		if _, err := dfs.Stat(ctx, "/"); !errors.Is(err, interrupted) || time.Since(start) != 7*time.Second {
			t.Errorf("error %v after %s", err, time.Since(start))
		}
	})
}

// What is refused is not tried again, nor is anything where nothing is to be.
func TestNoRetry(t *testing.T) {
	for name, c := range map[string]struct {
		retryFor time.Duration
		err      error
	}{
		"refused":      {DefaultRetryFor, fs.ErrPermission},
		"switched off": {-1, hdfs.ErrUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			dfs := &repeating{retryFor: c.retryFor, logger: slog.New(slog.DiscardHandler), progress: func(Progress) {}}
			dfs.answered.Store(true)
			calls := 0
			if err := repeat(t.Context(), dfs, "upload", "/a", func() error { calls++; return c.err }); !errors.Is(err, c.err) || calls != 1 {
				t.Errorf("error %v after %d calls", err, calls)
			}
		})
	}
}
