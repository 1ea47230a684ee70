package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/internal/httpclient"
	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/kerberos"
	"github.com/yarnflink/yarnflink/yarn"
)

const (
	clusterVariable = "YARNFLINK_TEST_CLUSTER"
	cacheVariable   = "YARNFLINK_MINICLUSTER_CACHE"

	pollInterval = 20 * time.Millisecond
	settleWithin = time.Minute
)

// openCluster returns the cluster that the environment names, or starts one in dir. takeDown ends only what was started here.
func openCluster(ctx context.Context, getenv func(string) string, dir string, log io.Writer) (c *minicluster.Cluster, takeDown func(context.Context) error, err error) {
	named := getenv(clusterVariable)
	if named == "" {
		c, err = minicluster.Start(ctx, minicluster.Options{Dir: dir, CacheDir: getenv(cacheVariable), JavaHome: getenv("JAVA_HOME"), Log: log})
		if err != nil {
			return nil, nil, err
		}
		return c, c.Remove, nil
	}
	if c, err = minicluster.Open(named); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", clusterVariable, err)
	}
	daemons, err := c.Status(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", clusterVariable, err)
	}
	for _, d := range daemons {
		if !d.Serving {
			return nil, nil, fmt.Errorf("%s: %s does not serve: %s", clusterVariable, d.Name, d.Problem)
		}
	}
	return c, func(context.Context) error { return nil }, nil
}

// servers are the cluster's servers as the benchmark itself asks them, the same for both clients.
type servers struct {
	rm       *yarn.Client
	http     *http.Client
	nameNode string // web address
	user     string
	staging  string // folder in HDFS below which both clients stage, in this run only
}

func newServers(c *minicluster.Cluster, staging string) (*servers, error) {
	var login *kerberos.Login
	if c.Krb5Config() != "" {
		var err error
		if login, err = c.Login(c.User()); err != nil {
			return nil, err
		}
	}
	rm, err := yarn.NewClient(yarn.Options{Addresses: []string{c.RMWebURL()}, User: c.User(), Login: login})
	if err != nil {
		return nil, err
	}
	return &servers{rm: rm, http: httpclient.NewHTTP(httpclient.Options{Sign: login.Signer()}), nameNode: c.NameNodeWebURL(), user: c.User(), staging: staging}, nil
}

// session is a session that serves.
type session struct {
	id   yarn.ApplicationID
	rest *rest.Client
}

// await returns the session of that name as soon as YARN calls it RUNNING and its JobManager answers.
func (s *servers) await(ctx context.Context, name string) (session, error) {
	reports, err := s.rm.Applications(ctx, yarn.Filter{Name: name})
	if err != nil {
		return session{}, fmt.Errorf("find session %s: %w", name, err)
	}
	if len(reports) != 1 {
		return session{}, fmt.Errorf("find session %s: the client has ended, and YARN has %d applications of that name", name, len(reports))
	}
	for r := reports[0]; ; {
		if r.State.IsFinal() {
			return session{}, fmt.Errorf("session %s: %s is %s: %s", name, r.ID, r.State, r.Diagnostics)
		}
		if r.State == yarn.Running && r.AMRPCAddress != "" {
			jobManager, err := rest.NewClient(rest.Options{BaseURL: "http://" + r.AMRPCAddress, RetryFor: -1})
			if err != nil {
				return session{}, fmt.Errorf("session %s: %w", name, err)
			}
			if _, err := jobManager.Overview(ctx); err == nil {
				return session{r.ID, jobManager}, nil
			}
		}
		if err := pause(ctx, pollInterval); err != nil {
			return session{}, fmt.Errorf("wait for session %s: %w", name, err)
		}
		if r, err = s.rm.Application(ctx, r.ID); err != nil {
			return session{}, fmt.Errorf("wait for session %s: %w", name, err)
		}
	}
}

// end kills an application, removes its folder, and waits until its processes are gone, so that the next run has the machine
// for itself.
func (s *servers) end(ctx context.Context, id yarn.ApplicationID) error {
	if _, err := s.rm.Kill(ctx, id, "end of a benchmark"); err != nil {
		return fmt.Errorf("kill %s: %w", id, err)
	}
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	for {
		running, err := mentioned(id.String())
		if err != nil {
			return err
		}
		if !running {
			break
		}
		if err := pause(ctx, pollInterval); err != nil {
			return fmt.Errorf("wait for the end of the containers of %s: %w", id, err)
		}
	}
	return s.remove(ctx, s.folder(id))
}

// mentioned tells whether the command line of a running process holds text, as those of Flink's containers hold the
// application's id.
func mentioned(text string) (bool, error) {
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return false, err
	}
	for _, file := range files {
		// A process that has ended meanwhile can't be read, and doesn't count.
		if content, err := os.ReadFile(file); err == nil && bytes.Contains(content, []byte(text)) {
			return true, nil
		}
	}
	return false, nil
}

// folder is where both clients put what an application's containers fetch.
func (s *servers) folder(id yarn.ApplicationID) string {
	return path.Join(s.staging, ".flink", id.String())
}

// remove deletes a folder in HDFS with all that is in it. That there is none is no error.
func (s *servers) remove(ctx context.Context, folder string) error {
	_, err := s.webHDFS(ctx, http.MethodDelete, folder, "DELETE", url.Values{"recursive": {"true"}})
	return err
}

// firstRunning looks, until it is called, for when the application of that name is first seen RUNNING, and returns how long that
// was after YARN had taken it. Both clocks are this machine's.
func (s *servers) firstRunning(ctx context.Context, name string) func() (time.Duration, error) {
	type answer struct {
		between time.Duration
		err     error
	}
	done := make(chan answer, 1)
	go func() {
		for {
			reports, err := s.rm.Applications(ctx, yarn.Filter{Name: name})
			if err != nil {
				done <- answer{err: err}
				return
			}
			if len(reports) == 1 && (reports[0].State == yarn.Running || reports[0].State.IsFinal()) {
				done <- answer{between: time.Since(reports[0].Started)}
				return
			}
			if err := pause(ctx, pollInterval); err != nil {
				done <- answer{err: err}
				return
			}
		}
	}()
	return func() (time.Duration, error) {
		a := <-done
		return a.between, a.err
	}
}

// stagedBytes is what lies in an application's folder.
func (s *servers) stagedBytes(ctx context.Context, id yarn.ApplicationID) (int64, error) {
	return s.length(ctx, s.folder(id))
}

// length is what lies in a folder, by the NameNode's content summary.
func (s *servers) length(ctx context.Context, folder string) (int64, error) {
	body, err := s.webHDFS(ctx, http.MethodGet, folder, "GETCONTENTSUMMARY", url.Values{})
	if err != nil {
		return 0, err
	}
	var answer struct {
		ContentSummary struct {
			Length *int64 `json:"length"`
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.ContentSummary.Length == nil {
		return 0, fmt.Errorf("content summary of %s: unexpected answer %q", folder, tail(string(body), 200))
	}
	return *answer.ContentSummary.Length, nil
}

// webHDFS asks the NameNode by REST: content summaries are no business of our own HDFS client.
func (s *servers) webHDFS(ctx context.Context, method, file, op string, query url.Values) ([]byte, error) {
	query.Set("op", op)
	query.Set("user.name", s.user)
	request, err := http.NewRequestWithContext(ctx, method, s.nameNode+"/webhdfs/v1"+file+"?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	response, err := s.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", strings.ToLower(op), file, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", strings.ToLower(op), file, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s %s: %s: %s", strings.ToLower(op), file, response.Status, tail(string(body), 500))
	}
	return body, nil
}

// pause waits for d, or returns why ctx has ended.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// tail is the end of a text, of at most n bytes.
func tail(text string, n int) string {
	text = strings.TrimSpace(text)
	if len(text) > n {
		text = "…" + text[len(text)-n:]
	}
	return text
}
