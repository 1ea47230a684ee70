package submit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
)

// Job is a job that was handed over: it runs in a session, and goes on whatever
// becomes of this client.
type Job struct {
	ID      rest.JobID
	Session *Session
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
	if err := spec.check(); err != nil {
		return nil, err
	}
	jm, err := c.jobManager(s.RestURL)
	if err != nil {
		return nil, err
	}
	config, err := jm.Config(ctx)
	if err != nil {
		return nil, err
	}
	version, err := config.Version()
	if err != nil {
		return nil, err
	}
	if !config.WebSubmitEnabled {
		return nil, withHint(fmt.Errorf("run %s in %s: %w (web.submit.enable is false)", spec.Jar, s, rest.ErrSubmitDisabled),
			"start a cluster of its own for the job: run -m yarn-cluster")
	}
	r := &jobRun{client: c, jm: jm, spec: spec, version: version, id: rest.NewJobID()}
	if err := r.start(ctx); err != nil {
		return nil, r.takeBack(ctx, fmt.Errorf("run %s in %s: %w", spec.Jar, s, err))
	}
	return &Job{ID: r.id, Session: s}, nil
}

// check finds what is wrong with a job before anything is sent.
func (s JobSpec) check() error {
	var problems []Problem
	if s.Parallelism < 0 {
		problems = append(problems, Problem{What: fmt.Sprintf("parallelism %d", s.Parallelism), Where: "-p", Why: "it must be positive"})
	}
	for _, address := range s.Classpaths {
		if !strings.Contains(address, ":") {
			problems = append(problems, Problem{What: fmt.Sprintf("the class path entry %q", address), Where: "-C", Why: "it is no address", Do: "write file:///… or http://…; each node must be able to read it"})
		}
	}
	if !isRemote(s.Jar) {
		problems = append(problems, s.checkJar()...)
	}
	if len(problems) > 0 {
		return &ValidationError{problems}
	}
	return nil
}

func (s JobSpec) checkJar() []Problem {
	name := localPath(s.Jar)
	if _, err := regular(name); err != nil {
		return []Problem{{What: "the jar " + s.Jar, Why: err.Error()}}
	}
	jar, err := flink.OpenJar(name)
	if err != nil {
		return []Problem{{What: "the jar " + s.Jar, Why: err.Error()}}
	}
	defer jar.Close()
	class := s.EntryClass
	if class == "" {
		class, err = jar.MainClass()
		switch {
		case err != nil:
			return []Problem{{What: "the jar " + s.Jar, Why: err.Error()}}
		case class == "":
			return []Problem{{What: "the jar " + s.Jar, Why: "its manifest names no main class", Do: "name one by -c"}}
		}
	}
	// A class may also come from a jar inside the jar, or from the session's own
	// libraries; only where neither can be is a missing one certain.
	if s.EntryClass != "" && !jar.HasClass(class) && !jar.HasNestedJars() {
		return []Problem{{What: fmt.Sprintf("the class %s", class), Where: "-c", Why: "it is not in " + s.Jar}}
	}
	return nil
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
	sent    bool
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
	r.deleteJar(ctx)
	return nil
}

func (r *jobRun) upload(ctx context.Context) error {
	content, size, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer content.Close()
	name := path.Base(filepath.ToSlash(r.spec.Jar))
	r.jar, err = r.jm.UploadJar(ctx, name, size, content, func(sent int64) {
		r.client.progress(Progress{Phase: PhaseJob, Message: name, Done: sent, Total: size})
	})
	return err
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
	if err != nil {
		return nil, 0, err
	}
	content, err := dfs.Open(ctx, pathOf(r.spec.Jar))
	return content, status.Length, err
}

const runAttempts = 3

// run starts the job. After a lost answer the same request is made again: the
// JobManager takes a job of one id once, and says so the second time.
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

// takeBack cancels the job, where it may have been started, and deletes the jar.
func (r *jobRun) takeBack(ctx context.Context, cause error) error {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), takeBackTimeout, errors.New("no answer in time"))
	defer cancel()
	var left error
	if r.sent && !answered(cause) {
		if err := r.cancelIfStarted(ctx); err != nil {
			left = fmt.Errorf("%w: job %s may be running: %w", ErrLeftBehind, r.id, err)
		}
	}
	r.deleteJar(ctx)
	return errors.Join(cause, left)
}

// answered tells that the JobManager itself refused: then there is no job.
func answered(err error) bool {
	var remote *rest.RemoteError
	return errors.As(err, &remote) && !errors.Is(err, rest.ErrUnreachable)
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
	if err := r.jm.DeleteJar(ctx, r.jar); err != nil {
		r.client.options.Logger.Warn("the uploaded jar stays at the JobManager", "jar", string(r.jar), "error", err)
	}
}

// CancelJob asks for the job's end and does not wait for it. A job that has
// ended already is no error.
func (c *Client) CancelJob(ctx context.Context, j *Job) error {
	jm, err := c.jobManager(j.Session.RestURL)
	if err != nil {
		return err
	}
	if err := jm.Cancel(ctx, j.ID); err != nil && !errors.Is(err, rest.ErrJobEnded) {
		return err
	}
	return nil
}
