package submit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/yarn"
)

// realStart is a start on the real cluster, through proxies, in a staging folder
// of its own. rm and dfs see the cluster itself.
type realStart struct {
	*clustertest.Faulty
	*Client
	cluster *minicluster.Cluster
	rm      *yarn.Client
	dfs     hdfs.FileSystem
	base    string // of .flink
	spec    SessionSpec
	fill    *strings.Replacer
}

func newRealStart(t *testing.T, options func(*Options)) *realStart {
	t.Helper()
	c := clustertest.ForTest(t)
	r := &realStart{Faulty: clustertest.NewFaulty(t, c), cluster: c}
	r.base = fmt.Sprintf("/tmp/yarnflink-interrupt-%d-%d", os.Getpid(), time.Now().UnixNano())
	o := Options{Hadoop: r.Through, User: c.User(), Transport: hdfs.WebHDFS, NoCache: true}
	if options != nil {
		options(&o)
	}
	var err error
	if r.Client, err = NewClient(o); err != nil {
		t.Fatal(err)
	}
	if r.dfs, err = hdfs.New(t.Context(), hdfs.Options{Configuration: r.Hadoop, User: c.User()}); err != nil {
		t.Fatal(err)
	}
	if r.rm, err = yarn.NewClient(yarn.Options{Addresses: []string{c.RMWebURL()}, User: c.User()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.end(t) })
	provided := clustertest.ProvidedLib(t, c, clustertest.NewCaller(t, c))
	r.spec, err = NewSessionSpec(c.FlinkHome(""), map[string]string{
		"yarn.application.name":           filepath.Base(r.base),
		"yarn.staging-directory":          r.base,
		"yarn.provided.lib.dirs":          provided,
		"yarn.ship-files":                 strings.Join(shipped(t), ";"),
		"slotmanager.number-of-slots.max": "1",
		"jobmanager.memory.process.size":  "1024m",
	})
	if err != nil {
		t.Fatal(err)
	}
	r.fill = strings.NewReplacer("{staging}", "/webhdfs/v1"+r.base+"/.flink", "{provided}", "/webhdfs/v1"+pathOf(provided), "{namenode}", c.NameNodeRPC())
	return r
}

// end removes what a failed test has left; a test that leaves something has failed before.
func (r *realStart) end(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), longestWait)
	defer cancel()
	for _, a := range r.applications(t, yarn.LiveStates()...) {
		if _, err := r.rm.Kill(ctx, a.ID, "the test has ended"); err != nil {
			t.Error(err)
		}
	}
	err := errors.Join(r.dfs.RemoveAll(ctx, r.base), r.dfs.Close(), r.Close())
	if err != nil {
		t.Error(err)
	}
}

// applications are this start's, as the ResourceManager itself lists them.
func (r *realStart) applications(t *testing.T, states ...yarn.State) []yarn.ApplicationReport {
	t.Helper()
	all, err := r.rm.Applications(context.Background(), yarn.Filter{Name: filepath.Base(r.base), States: states})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// await waits until the start's application has come to a state, and its
// container is there.
func (r *realStart) await(t *testing.T, state yarn.State) {
	t.Helper()
	for deadline := time.Now().Add(longestWait); state != ""; time.Sleep(20 * time.Millisecond) {
		for _, a := range r.applications(t) {
			if a.State == state && a.AMContainerLogs != "" {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("no application gets %s", state)
		}
	}
}

func (r *realStart) injector(at server) *faults.Injector {
	return []*faults.Injector{r.ResourceManager, r.HDFS, r.JobManagers}[at]
}

func (r *realStart) run(ctx context.Context) error {
	_, err := r.Start(ctx, r.spec)
	return err
}

// checkNothing wants no live application and no folder.
func (r *realStart) checkNothing(t *testing.T) {
	t.Helper()
	for _, a := range r.applications(t, yarn.LiveStates()...) {
		t.Errorf("application %s is %s", a.ID, a.State)
	}
	if left := folders(t, r.dfs, r.base+"/.flink"); len(left) > 0 {
		t.Errorf("folders left: %v", left)
	}
}

// checkOne wants one application, RUNNING, and its folder.
func (r *realStart) checkOne(t *testing.T, d *Deployment) {
	t.Helper()
	all := r.applications(t)
	if len(all) != 1 || all[0].State != yarn.Running || all[0].ID != d.ApplicationID {
		t.Errorf("applications %+v, want %s, RUNNING", all, d.ApplicationID)
	}
	files, err := r.dfs.Walk(t.Context(), r.base+"/.flink/"+d.ApplicationID.String())
	if err != nil || len(files) != stagedFiles {
		t.Errorf("%d files in staging, want %d: %v", len(files), stagedFiles, err)
	}
}

func TestRealEndedStartLeavesNothing(t *testing.T) {
	t.Parallel()
	clustertest.ForTest(t)
	cases := map[string]func(*testing.T){}
	for i, p := range startPoints {
		// Both endings are tried on the fakes; here they take turns.
		cases[p.name+"/"+endings[i%2].name] = func(t *testing.T) { endRealStart(t, p, endings[i%2]) }
	}
	together(t, cases)
}

func endRealStart(t *testing.T, p point, how ending) {
	r := newRealStart(t, nil)
	hit := r.injector(p.at).Add(p.fault(faults.Hang, r.fill))
	err, cause := interrupt(t, how, hit, func() { r.await(t, p.state) }, r.run)
	checkTakenBack(t, err, cause)
	r.checkNothing(t)
}

// The content goes out by native RPC, and is stopped where HDFS shows a part of it.
func TestRealEndedUploadByRPCLeavesNothing(t *testing.T) {
	t.Parallel()
	clustertest.ForTest(t)
	growing, stop := make(chan struct{}), make(chan struct{})
	var once sync.Once
	r := newRealStart(t, func(o *Options) {
		o.Transport = hdfs.RPC
		o.Progress = func(p Progress) {
			if p.Phase == PhaseStage && p.Done > 16<<20 {
				once.Do(func() { close(growing) })
				<-stop
			}
		}
	})
	large := filepath.Join(t.TempDir(), "large.dat")
	if err := os.WriteFile(large, make([]byte, 64<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	r.spec.Configuration.Set("yarn.ship-files", large, "the test")
	hit := &faults.Hit{C: growing}
	err, cause := interrupt(t, endings[0], hit, func() {
		files, err := r.dfs.Walk(t.Context(), r.base+"/.flink")
		if err != nil || len(files) == 0 {
			t.Errorf("HDFS shows no file: %v, %v", files, err)
		}
		time.AfterFunc(50*time.Millisecond, func() { close(stop) })
	}, r.run)
	checkTakenBack(t, err, cause)
	r.checkNothing(t)
}

// One start loses an answer of each kind; then its session stays whatever
// becomes of contexts, and takes the jobs of the run's points.
func TestRealSessionAndRun(t *testing.T) {
	t.Parallel()
	r := newRealStart(t, nil)
	for _, p := range startPoints {
		if p.half == 0 && p.name != "the POST does not arrive" {
			r.injector(p.at).Add(p.fault(faults.LoseAnswer, r.fill))
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*longestWait)
	d, err := r.Start(ctx, r.spec)
	cancel()
	if err != nil {
		t.Fatal(err)
	}
	r.checkOne(t, d)
	// What containers are told is the cluster's own address, not the proxy's.
	facts, err := r.Gather(t.Context(), r.spec)
	if want := r.Hadoop.Get("fs.defaultFS") + r.base; err != nil || facts.StagingBase != want {
		t.Errorf("staging base %s (%v), want %s", facts.StagingBase, err, want)
	}
	address := r.applications(t)[0].AMRPCAddress
	jm, err := rest.NewClient(rest.Options{BaseURL: "http://" + address})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range jobPoints {
		t.Run(p.name, func(t *testing.T) { endRealRun(t, r.cluster, jm, address, p, endings[i%2]) })
	}
	t.Run("lost answers", func(t *testing.T) { loseRealRun(t, r.cluster, jm, address) })
	r.checkOne(t, d)
}

// realRun is a client of the real JobManager behind a proxy, and an endless job.
func realRun(t *testing.T, c *minicluster.Cluster, address string) (*clustertest.Faulty, *Client, *Session, JobSpec) {
	t.Helper()
	f := clustertest.NewFaulty(t, c)
	client, err := NewClient(Options{Hadoop: f.Through, User: c.User()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	spec := JobSpec{Jar: c.ExamplesJar(""), EntryClass: "org.apache.flink.streaming.examples.windowing.TopSpeedWindowing", Parallelism: 1}
	return f, client, &Session{RestURL: "http://" + f.JobManager(address)}, spec
}

func endRealRun(t *testing.T, c *minicluster.Cluster, jm *rest.Client, address string, p point, how ending) {
	f, client, session, spec := realRun(t, c, address)
	before := liveJobs(t, jm)
	hit := f.JobManagers.Add(p.fault(faults.Hang, noFill))
	var job *Job
	released := func() {}
	if p.kept {
		released = hit.Release
	}
	err, cause := interrupt(t, how, hit, released, func(ctx context.Context) (err error) {
		job, err = client.RunJob(ctx, session, spec)
		return err
	})
	if p.kept {
		checkRealHandedOver(t, client, jm, job, err, before)
		return
	}
	if !errors.Is(err, cause) || errors.Is(err, ErrLeftBehind) {
		t.Errorf("error %v, want %v, and nothing left behind", err, cause)
	}
	checkNoJob(t, jm, before)
}

func loseRealRun(t *testing.T, c *minicluster.Cluster, jm *rest.Client, address string) {
	f, client, session, spec := realRun(t, c, address)
	before := liveJobs(t, jm)
	for _, match := range []string{"GET /config", "POST /jars/upload", "POST /jars/*/run", "DELETE /jars/*"} {
		f.JobManagers.Add(faults.Fault{Match: match, Mode: faults.LoseAnswer})
	}
	job, err := client.RunJob(t.Context(), session, spec)
	checkRealHandedOver(t, client, jm, job, err, before)
}

// checkRealHandedOver wants one job more than before and no jar, and cancels it.
func checkRealHandedOver(t *testing.T, client *Client, jm *rest.Client, job *Job, err error, before int) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if n := liveJobs(t, jm); n != before+1 {
		t.Errorf("%d live jobs, want %d", n, before+1)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	_, err = client.WaitJob(ctx, job, func(rest.JobState) { cancel(errGivenUp) })
	if !errors.Is(err, errGivenUp) {
		t.Errorf("waiting ended with %v, want %v", err, errGivenUp)
	}
	if state, err := jm.JobStatus(t.Context(), job.ID); err != nil || state.IsFinal() {
		t.Errorf("the job is %s after the waiting was given up: %v", state, err)
	}
	if err := client.CancelJob(t.Context(), job); err != nil {
		t.Error(err)
	}
	checkNoJob(t, jm, before)
}

func liveJobs(t *testing.T, jm *rest.Client) int {
	t.Helper()
	jobs, err := jm.Jobs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, j := range jobs {
		if !j.State.IsFinal() {
			n++
		}
	}
	return n
}

// checkNoJob wants no more live jobs than before, once those being cancelled
// have ended, and no jar.
func checkNoJob(t *testing.T, jm *rest.Client, before int) {
	t.Helper()
	for deadline := time.Now().Add(longestWait); liveJobs(t, jm) > before; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a job is left")
		}
	}
	jars, err := jm.Jars(t.Context())
	if err != nil || len(jars) > 0 {
		t.Errorf("jars left: %v, %v", jars, err)
	}
}
