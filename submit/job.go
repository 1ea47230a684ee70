package submit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
)

// Job is a job that was handed over: it runs in a session, and goes on whatever
// becomes of this client.
type Job struct {
	ID      rest.JobID
	Session *Session
	// OneOff tells that its cluster was started for this job and ends with it.
	OneOff bool
}

// JobResult is how a job ended.
type JobResult struct {
	// ApplicationID is "" for a JobManager that was named by its address.
	ApplicationID string        `json:"applicationId"`
	JobID         rest.JobID    `json:"jobId"`
	State         rest.JobState `json:"state"`
	// DurationMs is the net run time in milliseconds, 0 for a job that has not ended.
	DurationMs   int64             `json:"durationMs"`
	Accumulators map[string]string `json:"accumulators"`
	RestURL      string            `json:"restUrl"`
	// Failure is the root cause of a job that failed.
	Failure string `json:"-"`
}

// Err is nil for a job that FINISHED; else it is ErrJobFailed or ErrJobCancelled.
func (r *JobResult) Err() error {
	switch r.State {
	case rest.Finished:
		return nil
	case rest.Canceled:
		return fmt.Errorf("%w: %s", ErrJobCancelled, r.JobID)
	}
	return fmt.Errorf("%w: %s: %s", ErrJobFailed, r.JobID, r.Failure)
}

// RunJob brings a jar to a session's JobManager, runs it there and returns when
// the job's id is there. When it fails before that, or ctx ends, everything is
// taken back: the jar is deleted and a job that may have been started is
// cancelled. The program's main method runs in the JobManager.
//
// Java: CliFrontend.run, whose main method runs in the client.
func (c *Client) RunJob(ctx context.Context, s *Session, spec JobSpec) (*Job, error) {
	r, err := c.newJobRun(ctx, s, spec, "run")
	if err != nil {
		return nil, err
	}
	if err := r.start(ctx); err != nil {
		return nil, r.takeBack(ctx, fmt.Errorf("run %s in %s: %w", spec.Jar, s, err))
	}
	return &Job{ID: r.id, Session: s}, nil
}

// newJobRun checks the job, and asks the JobManager whether it takes jars. do is
// what for, "run".
func (c *Client) newJobRun(ctx context.Context, s *Session, spec JobSpec, do string) (*jobRun, error) {
	if err := spec.CheckSession(); err != nil {
		return nil, err
	}
	jm, err := c.jobManager(s.RestURL)
	if err != nil {
		return nil, err
	}
	config, err := c.dashboard(ctx, s.RestURL)
	if err != nil {
		return nil, err
	}
	version, err := config.Version()
	if err != nil {
		return nil, err
	}
	if !config.WebSubmitEnabled {
		return nil, withHint(fmt.Errorf("%s %s in %s: %w (web.submit.enable is false)", do, spec.Jar, s, rest.ErrSubmitDisabled),
			"start a cluster of its own for the job: run -m yarn-cluster")
	}
	return &jobRun{client: c, jm: jm, spec: spec, version: version, id: rest.NewJobID()}, nil
}

// dashboard asks a JobManager who it is. One that takes no connection gets less
// time than one that is there and elects its leader.
func (c *Client) dashboard(ctx context.Context, base string) (rest.DashboardConfig, error) {
	var config rest.DashboardConfig
	jm, err := c.jobManagerFor(jobManagerKey{base: base, retryFor: firstContact})
	if err != nil {
		return config, err
	}
	config, err = jm.Config(ctx)
	var broken *rest.ConnectionError
	if !errors.Is(err, rest.ErrUnreachable) || errors.As(err, &broken) && !broken.Sent {
		return config, err
	}
	if jm, err = c.jobManager(base); err != nil {
		return config, err
	}
	return jm.Config(ctx)
}

// jobRun is one job being started; it owns the jar it uploaded, and the job
// until its id is there.
type jobRun struct {
	client  *Client
	jm      *rest.Client
	spec    JobSpec
	version flink.Version
	id      rest.JobID
	jar     rest.JarID
	// whole is set when all of the jar was sent: the JobManager may have it,
	// whether its answer came or not. sent is set once the job may be started.
	whole atomic.Bool
	sent  bool
}

func (r *jobRun) start(ctx context.Context) error {
	if err := r.upload(ctx); err != nil {
		return err
	}
	r.client.progress(Progress{Phase: PhaseJob, Message: "starting the job"})
	r.sent = true
	if err := r.run(ctx); err != nil {
		return err
	}
	// The job has its own copy by now: the JobManager made it when the job was submitted.
	ctx, cancel := afterwards(ctx, deleteTimeout)
	defer cancel()
	r.deleteJar(ctx)
	return nil
}

// jarName is the jar's name at the JobManager. It starts with the job's id, so
// that a jar is found whose id got lost with the answer, and is nobody else's.
func (r *jobRun) jarName() string {
	return r.id.String() + "-" + path.Base(filepath.ToSlash(r.spec.Jar))
}

// upload sends the jar. After a lost answer the JobManager is asked whether it has it.
func (r *jobRun) upload(ctx context.Context) error {
	for attempt := 1; ; attempt++ {
		err := r.send(ctx)
		if err == nil || ctx.Err() != nil || attempt == runAttempts || !errors.Is(err, rest.ErrUnreachable) {
			return err
		}
		r.client.options.Logger.Debug("upload again", "file", r.spec.Jar, "attempt", attempt, "error", err)
		if err := pause(ctx, pollReport); err != nil {
			return err
		}
		if r.findJar(ctx); r.jar != "" {
			return nil
		}
	}
}

func (r *jobRun) send(ctx context.Context) error {
	content, size, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer content.Close()
	message := "uploading " + path.Base(filepath.ToSlash(r.spec.Jar))
	r.jar, err = r.jm.UploadJar(ctx, r.jarName(), size, content, func(sent int64) {
		if sent == size {
			r.whole.Store(true)
		}
		r.client.progress(Progress{Phase: PhaseJob, Message: message, Done: sent, Total: size})
	})
	return err
}

// findJar looks for the jar by its name.
func (r *jobRun) findJar(ctx context.Context) {
	jars, err := r.jm.Jars(ctx)
	if err != nil {
		r.client.options.Logger.Debug("look for the uploaded jar", "error", err)
		return
	}
	for _, jar := range jars {
		if jar.Name == r.jarName() {
			r.jar = jar.ID
		}
	}
}

func (r *jobRun) open(ctx context.Context) (io.ReadCloser, int64, error) {
	if !isRemote(r.spec.Jar) {
		file, err := os.Open(localPath(r.spec.Jar))
		if err != nil {
			return nil, 0, err
		}
		info, err := file.Stat()
		if err != nil {
			return nil, 0, errors.Join(err, file.Close())
		}
		return file, info.Size(), nil
	}
	dfs, err := r.client.fileSystem(ctx, r.spec.Jar)
	if err != nil {
		return nil, 0, err
	}
	status, err := dfs.Stat(ctx, pathOf(r.spec.Jar))
	switch {
	case errors.Is(err, fs.ErrNotExist): // as one that is missing on disk
		return nil, 0, &ValidationError{[]Problem{{What: "the jar " + r.spec.Jar, Why: err.Error()}}}
	case err != nil:
		return nil, 0, err
	}
	content, err := dfs.Open(ctx, pathOf(r.spec.Jar))
	return content, status.Length, err
}

const runAttempts = 3

// run starts the job. After a lost answer it asks for the job, and makes the
// same request again where the JobManager knows none of its id: a job that
// shows meanwhile keeps the second one out. Flink 1.12 would take an id again
// whose job has ended, so asking comes first.
func (r *jobRun) run(ctx context.Context) error {
	request := r.spec.request(r.id)
	for attempt := 1; ; attempt++ {
		id, err := r.jm.RunJar(ctx, r.jar, request, r.version)
		switch {
		case err == nil:
			r.id = id
			return nil
		case attempt > 1 && errors.Is(err, rest.ErrJobExists):
			return nil
		case ctx.Err() != nil, attempt == runAttempts, !errors.Is(err, rest.ErrUnreachable):
			return explainRun(err)
		}
		if err := pause(ctx, pollReport); err != nil {
			return err
		}
		_, asked := r.jm.JobStatus(ctx, r.id)
		switch {
		case asked == nil, ctx.Err() != nil:
			return asked
		case !errors.Is(asked, rest.ErrJobNotFound):
			return err // and not the answer to a question: the job may have been started
		}
	}
}

func (s JobSpec) request(id rest.JobID) rest.RunJarRequest {
	configuration := map[string]string{}
	for k, v := range s.Configuration {
		configuration[k] = v
	}
	if len(s.Classpaths) > 0 {
		configuration[flink.PipelineClasspaths.Key] = flink.NewList(s.Classpaths).String()
	}
	return rest.RunJarRequest{
		EntryClass: s.EntryClass, ProgramArgs: s.Args, Parallelism: s.Parallelism, JobID: id,
		SavepointPath: s.Savepoint, AllowNonRestoredState: s.AllowNonRestoredState, ClaimMode: s.ClaimMode,
		Configuration: configuration,
	}
}

// explainRun adds the way out to what running a jar over REST can't do.
func explainRun(err error) error {
	var remote *rest.RemoteError
	if errors.As(err, &remote) && strings.Contains(remote.RootCause(), "more than one execute") {
		return withHint(err, "the program calls execute() more than once, which a session's REST can't do: run -m yarn-cluster")
	}
	return err
}

// deleteTimeout bounds the deleting of a jar whose job runs.
const deleteTimeout = 5 * time.Second

// takeBack deletes the jar and cancels the job, where it may have been started.
// The jar goes first: a start that is still under way fails without it.
func (r *jobRun) takeBack(ctx context.Context, cause error) error {
	ctx, cancel := afterwards(ctx, takeBackTimeout)
	defer cancel()
	r.awaitJar(ctx)
	r.deleteJar(ctx)
	if r.sent && !answered(cause) {
		if err := r.cancelIfStarted(ctx); err != nil {
			return errors.Join(cause, fmt.Errorf("%w: job %s may be running: %w", ErrLeftBehind, r.id, err))
		}
	}
	return cause
}

// awaitJar waits a little for a jar that was sent but whose id did not come.
func (r *jobRun) awaitJar(ctx context.Context) {
	if !r.whole.Load() {
		return
	}
	for deadline := time.Now().Add(arrival); r.jar == ""; {
		r.findJar(ctx)
		if time.Now().After(deadline) || r.jar == "" && pause(ctx, pollReport) != nil {
			return
		}
	}
}

// answered tells that the JobManager itself refused, or was not asked because
// it would: then there is no job.
func answered(err error) bool {
	var remote *rest.RemoteError
	return errors.Is(err, rest.ErrUnsupported) || errors.As(err, &remote) && !errors.Is(err, rest.ErrUnreachable)
}

// cancelIfStarted waits a little for a job whose submission was cut off, and
// cancels it when it shows.
func (r *jobRun) cancelIfStarted(ctx context.Context) error {
	deadline := time.Now().Add(arrival)
	for {
		err := r.jm.Cancel(ctx, r.id)
		if !errors.Is(err, rest.ErrJobNotFound) {
			if errors.Is(err, rest.ErrJobEnded) {
				return nil
			}
			return err
		}
		if time.Now().After(deadline) {
			return nil
		}
		if err := pause(ctx, pollReport); err != nil {
			return err
		}
	}
}

// deleteJar leaves no trace of the jar; that it stays is no reason to fail a job.
func (r *jobRun) deleteJar(ctx context.Context) {
	if r.jar == "" {
		return
	}
	var err error
	for attempt := 1; attempt <= runAttempts; attempt++ {
		if err = r.jm.DeleteJar(ctx, r.jar); err == nil || errors.Is(err, rest.ErrJarNotFound) {
			return
		}
		if !errors.Is(err, rest.ErrUnreachable) || pause(ctx, pollReport) != nil {
			break
		}
	}
	r.client.options.Logger.Warn("the uploaded jar stays at the JobManager", "jar", string(r.jar), "error", err)
}

// CancelJob asks for the job's end and does not wait for it. A job that has
// ended already is no error.
func (c *Client) CancelJob(ctx context.Context, j *Job) error {
	err := c.follow(j.Session).call(ctx, func(jm *rest.Client) error { return jm.Cancel(ctx, j.ID) })
	if errors.Is(err, rest.ErrJobEnded) {
		return nil
	}
	return err
}
