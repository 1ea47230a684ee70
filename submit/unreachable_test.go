package submit

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

// nobody is an address that refuses connections.
const nobody = "127.0.0.1:1"

func TestAServerThatDoesNotRunIsToldSoon(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		property, value string
		want            error
	}{
		"ResourceManager":          {"yarn.resourcemanager.webapp.address", nobody, yarn.ErrUnreachable},
		"NameNode, native RPC":     {"fs.defaultFS", "hdfs://" + nobody, hdfs.ErrUnreachable},
		"NameNode's web interface": {"fs.defaultFS", "webhdfs://" + nobody, hdfs.ErrUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, worldOptions{options: func(o *Options) {
				o.Hadoop = o.Hadoop.With(map[string]string{c.property: c.value})
			}})
			start := time.Now()
			_, err := w.Start(t.Context(), w.spec(t, nil))
			if !errors.Is(err, c.want) {
				t.Fatalf("error %v, want %v", err, c.want)
			}
			if took := time.Since(start); took > firstContact+3*time.Second {
				t.Errorf("told after %s", took)
			}
			if !strings.Contains(err.Error(), nobody) || hintOf(err) == "" {
				t.Errorf("error %q with the hint %q does not say where nobody was, or what to do", err, hintOf(err))
			}
			if apps := w.rm.Applications(); len(apps) > 0 {
				t.Errorf("applications %v", apps)
			}
		})
	}
}

// Whoever answers is waited for, also if it is not active.
func TestAResourceManagerThatStartsIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	w.rm.Faults.Add(faults.Fault{Match: "GET /ws/v1/cluster/info", Times: 4, Mode: faults.Answer, Code: 503})
	w.start(t, nil)
}

func TestAJobManagerThatDiesBeforeItIsReady(t *testing.T) {
	t.Parallel()
	const words = "AM Container for appattempt exited with exitCode: 239"
	w, spec, _ := newStart(t)
	w.rm.SetAMAddress(nobody)
	looks := 0
	w.onReport = func(a yarntest.Application) {
		switch looks++; {
		case a.State != yarn.Running:
			w.rm.SetState(a.ID, yarn.Running)
		case looks > 3:
			w.rm.Finish(a.ID, yarn.Failed, yarn.StatusFailed, words)
		}
	}
	_, err := w.Start(t.Context(), spec)
	if !errors.Is(err, ErrDeploymentFailed) || !strings.Contains(err.Error(), words) {
		t.Errorf("error %v, want %v with YARN's words", err, ErrDeploymentFailed)
	}
	if left := w.folders(t); len(left) > 0 {
		t.Errorf("folders left: %v", left)
	}
}

// What can't be taken back is named, with what removes it.
func TestWhatIsLeftBehindIsSaid(t *testing.T) {
	t.Parallel()
	w, spec, fill := newStart(t)
	w.dfs.Faults.Add(faults.Fault{Match: fill.Replace("DELETE {staging}/application_*"), Times: -1, Mode: faults.Cut})
	hit := w.rm.Faults.Add(faults.Fault{Match: reports, Mode: faults.Hang})
	err, cause := interrupt(t, endings[0], hit, func() {}, func(ctx context.Context) error {
		_, err := w.Start(ctx, spec)
		return err
	})
	id := w.rm.Applications()[0].ID.String()
	if !errors.Is(err, cause) || !errors.Is(err, ErrLeftBehind) {
		t.Fatalf("error %v, want %v and %v", err, cause, ErrLeftBehind)
	}
	for _, words := range []string{stagingPath + "/" + id, "yarnflink kill " + id} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("%q is not in: %v", words, err)
		}
	}
	if state := w.rm.Applications()[0].State; state != yarn.Killed {
		t.Errorf("the application is %s", state)
	}
}
