package submit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/yarn"
)

// CancelResult is what became of a request to cancel a job.
type CancelResult struct {
	// ApplicationID is "" for a JobManager that was named by its address.
	ApplicationID string     `json:"applicationId"`
	JobID         rest.JobID `json:"jobId"`
	// State is the job's after the JobManager has agreed; CANCELED follows CANCELLING.
	State rest.JobState `json:"state"`
	// AlreadyEnded tells that there was nothing to cancel.
	AlreadyEnded bool `json:"alreadyEnded"`
	// Savepoint is the path of the one that was taken before, "" for none.
	Savepoint string `json:"savepoint"`
	RestURL   string `json:"restUrl"`
}

// Cancel cancels a job of a session and returns when the JobManager has agreed.
// A job that has ended already is no error; an unknown one is
// rest.ErrJobNotFound. A JobManager that YARN starts again meanwhile is asked again.
//
// Java: CliFrontend.cancel.
func (c *Client) Cancel(ctx context.Context, s *Session, id rest.JobID) (*CancelResult, error) {
	f := c.follow(s)
	r := &CancelResult{ApplicationID: s.application(), JobID: id}
	asked := false
	err := f.call(ctx, func(jm *rest.Client) (err error) {
		if r.State, err = jm.JobStatus(ctx, id); err != nil {
			return err
		}
		if r.State.IsFinal() {
			r.AlreadyEnded = !asked
			return nil
		}
		asked = true
		err = jm.Cancel(ctx, id)
		r.AlreadyEnded = errors.Is(err, rest.ErrJobEnded) // just now
		if err != nil && !r.AlreadyEnded {
			return err
		}
		r.State, err = jm.JobStatus(ctx, id)
		return err
	})
	r.RestURL = f.base
	if err != nil {
		return nil, fmt.Errorf("in %s: %w", s, err)
	}
	return r, nil
}

// JobState asks a session for the state of a job. An unknown one is rest.ErrJobNotFound.
func (c *Client) JobState(ctx context.Context, s *Session, id rest.JobID) (rest.JobState, error) {
	var state rest.JobState
	err := c.follow(s).call(ctx, func(jm *rest.Client) (err error) {
		state, err = jm.JobStatus(ctx, id)
		return err
	})
	return state, err
}

// application is the session's application id as text, "" where it has none.
func (s *Session) application() string {
	if s.ApplicationID == nil {
		return ""
	}
	return s.ApplicationID.String()
}

// follower talks to the JobManager of a session, wherever YARN starts it.
type follower struct {
	client  *Client
	session *Session
	base    string // where the JobManager is now
}

func (c *Client) follow(s *Session) *follower {
	return &follower{client: c, session: s, base: s.RestURL}
}

// call makes an exchange that may be repeated. While the JobManager can't be
// reached it is looked for and asked again.
func (f *follower) call(ctx context.Context, do func(*rest.Client) error) error {
	return f.try(ctx, do, func(error) bool { return true })
}

// callOnce makes an exchange that is repeated only where it can't have arrived.
func (f *follower) callOnce(ctx context.Context, do func(*rest.Client) error) error {
	return f.try(ctx, do, func(err error) bool {
		var broken *rest.ConnectionError
		return !errors.As(err, &broken) || !broken.Sent
	})
}

func (f *follower) try(ctx context.Context, do func(*rest.Client) error, again func(error) bool) error {
	since := time.Now()
	for {
		jm, err := f.client.jobManagerOnce(f.base)
		if err != nil {
			return err
		}
		err = do(jm)
		if !errors.Is(err, rest.ErrUnreachable) || ctx.Err() != nil || !again(err) || time.Since(since) > f.patience(err) {
			return err
		}
		f.client.options.Logger.Debug("ask again", "session", f.session.String(), "error", err)
		if gone := f.find(ctx); gone != nil {
			return errors.Join(gone, err)
		}
		if stopped := pause(ctx, pollReport); stopped != nil {
			return fmt.Errorf("%w: %w", stopped, err)
		}
	}
}

// patience is how long a JobManager is tried: one that nobody but the caller
// calls alive, and that takes no connection, not for long.
func (f *follower) patience(err error) time.Duration {
	var broken *rest.ConnectionError
	if f.session.led {
		return leaderTime
	}
	if f.session.ApplicationID == nil && errors.As(err, &broken) && !broken.Sent {
		return firstContact
	}
	return lostFor
}

// find asks the ResourceManager, or ZooKeeper, where the JobManager is. A session
// that has ended is an error; who is out of reach has no news.
func (f *follower) find(ctx context.Context) error {
	id := f.session.ApplicationID
	if f.session.led {
		f.base = f.client.nextLeader(ctx, f.base)
	}
	if id == nil {
		return nil
	}
	rm, err := f.client.resourceManager()
	if err != nil {
		return err
	}
	report, err := rm.Application(ctx, *id)
	switch {
	case errors.Is(err, yarn.ErrUnreachable) && ctx.Err() == nil:
		return nil
	case err != nil:
		return err
	case report.State.IsFinal():
		return sessionGone(report)
	case report.AMRPCAddress != "":
		f.base, err = f.client.movedURL(ctx, report, f.base)
	}
	return err
}

func sessionGone(r yarn.ApplicationReport) error {
	err := fmt.Errorf("%w any more: %s is %s", ErrSessionNotFound, r.ID, r.State)
	if d := strings.TrimSpace(r.Diagnostics); d != "" {
		err = fmt.Errorf("%w: %s", err, d)
	}
	return err
}

// OperationSpec says what a JobManager shall do with a job, or with a savepoint.
type OperationSpec struct {
	Kind rest.OperationKind
	Job  rest.JobID // ignored for a disposal
	// Path is the folder for the savepoint's own one, "" for the cluster's; of a
	// disposal the savepoint.
	Path string
	// Format is canonical or native for a savepoint, full or configured for a
	// checkpoint; "" leaves it to the cluster.
	Format string
	// CancelJob cancels the job once its savepoint is complete.
	CancelJob bool
	// Drain ends a job that is stopped for good.
	Drain bool
}

// JobOperation is an operation that the JobManager was asked for: it goes on
// whatever becomes of this client.
type JobOperation struct {
	Session *Session

	operation *rest.Operation
	follower  *follower
}

// OperationResult is what became of an operation.
type OperationResult struct {
	// ApplicationID is "" for a JobManager that was named by its address.
	ApplicationID string `json:"applicationId"`
	// JobID is "" for a disposal.
	JobID     string             `json:"jobId"`
	Operation rest.OperationKind `json:"operation"`
	TriggerID rest.TriggerID     `json:"triggerId"`
	// Done is false for one that was not waited for.
	Done bool `json:"done"`
	// Path is the savepoint's, "" for a checkpoint and a disposal.
	Path string `json:"path"`
	// CheckpointID is 0 for all but checkpoints.
	CheckpointID int64  `json:"checkpointId"`
	RestURL      string `json:"restUrl"`
}

// StartOperation asks the JobManager for an operation and returns when it has
// agreed. An unknown or ended job is rest.ErrJobNotFound. Where the cluster's
// Flink is 1.15 or later, a lost answer does not make the operation a second one.
func (c *Client) StartOperation(ctx context.Context, s *Session, spec OperationSpec) (*JobOperation, error) {
	f := c.follow(s)
	version, err := f.version(ctx)
	if err == nil && spec.Kind != rest.DisposalOperation {
		err = f.checkRuns(ctx, spec.Job)
	}
	if err != nil {
		return nil, fmt.Errorf("%s in %s: %w", spec.Kind, s, err)
	}
	call, id := f.callOnce, rest.TriggerID{}
	if spec.Kind != rest.DisposalOperation && version.AtLeast(1, 15) {
		call, id = f.call, rest.NewTriggerID()
	}
	o := &JobOperation{Session: s, follower: f}
	err = call(ctx, func(jm *rest.Client) (err error) {
		o.operation, err = spec.trigger(ctx, jm, id, version)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("in %s: %w", s, err)
	}
	return o, nil
}

// trigger asks once.
func (o OperationSpec) trigger(ctx context.Context, jm *rest.Client, id rest.TriggerID, v flink.Version) (*rest.Operation, error) {
	switch o.Kind {
	case rest.StopOperation:
		return jm.StopWithSavepoint(ctx, o.Job, rest.StopRequest{TargetDirectory: o.Path, Drain: o.Drain, Format: o.Format, Trigger: id}, v)
	case rest.CheckpointOperation:
		return jm.TriggerCheckpoint(ctx, o.Job, rest.CheckpointRequest{Type: o.Format, Trigger: id}, v)
	case rest.DisposalOperation:
		return jm.DisposeSavepoint(ctx, o.Path)
	}
	return jm.TriggerSavepoint(ctx, o.Job, rest.SavepointRequest{TargetDirectory: o.Path, CancelJob: o.CancelJob, Format: o.Format, Trigger: id}, v)
}

func (f *follower) version(ctx context.Context) (flink.Version, error) {
	var v flink.Version
	err := f.call(ctx, func(jm *rest.Client) error {
		config, err := jm.Config(ctx)
		if err == nil {
			v, err = config.Version()
		}
		return err
	})
	return v, err
}

// checkRuns refuses a job that has ended: the JobManager would accept the
// request and let the operation fail, which nobody sees who does not wait.
func (f *follower) checkRuns(ctx context.Context, id rest.JobID) error {
	return f.call(ctx, func(jm *rest.Client) error {
		state, err := jm.JobStatus(ctx, id)
		if err == nil && state.IsFinal() {
			err = withHint(fmt.Errorf("%w among those that run: %s is %s", rest.ErrJobNotFound, id, state), "see what runs with `yarnflink list`")
		}
		return err
	})
}

// Result is what is known of the operation before its end.
func (o *JobOperation) Result() *OperationResult {
	r := &OperationResult{
		ApplicationID: o.Session.application(), Operation: o.operation.Kind, TriggerID: o.operation.Trigger, RestURL: o.follower.base,
	}
	if o.operation.Kind != rest.DisposalOperation {
		r.JobID = o.operation.Job.String()
	}
	return r
}

// AwaitOperation follows an operation to its end, without an end of its own:
// broken connections and a JobManager that YARN starts again are outlived. One
// that failed is a *rest.OperationError; rest.ErrOperationLost means that the
// new JobManager does not know of it. When ctx ends, its cause is returned and
// the operation goes on. It is not safe for concurrent use.
func (c *Client) AwaitOperation(ctx context.Context, o *JobOperation) (*OperationResult, error) {
	c.progress(Progress{Phase: PhaseJob, Message: fmt.Sprintf("waiting for %s", o.operation)})
	status, err := o.operation.Await(ctx, rest.AwaitOptions{
		Find: func(ctx context.Context) (*rest.Client, error) {
			if err := o.follower.find(ctx); err != nil {
				return nil, err
			}
			return c.jobManagerOnce(o.follower.base)
		},
		Trouble: func(err error) {
			c.options.Logger.Debug("look again", "operation", o.operation.String(), "error", err)
		},
	})
	switch {
	case errors.Is(err, rest.ErrOperationLost):
		return nil, o.follower.lost(ctx, o.operation.Job, err)
	case err != nil && ctx.Err() != nil:
		return nil, withHint(fmt.Errorf("%w: %s goes on in %s", context.Cause(ctx), o.operation, o.Session),
			"what becomes of it is told at "+o.address()+", up to 5 minutes after its end")
	case err != nil:
		return nil, err
	}
	r := o.Result()
	r.Done, r.Path, r.CheckpointID = status.Done, status.Location, status.CheckpointID
	return r, nil
}

// lost adds what has become of the job whose operation a new JobManager does
// not know: one that was to be stopped may go on.
func (f *follower) lost(ctx context.Context, id rest.JobID, lost error) error {
	if id == (rest.JobID{}) {
		return lost // a disposal
	}
	err := f.call(ctx, func(jm *rest.Client) error {
		state, err := jm.JobStatus(ctx, id)
		if err == nil {
			lost = fmt.Errorf("%w; job %s is %s", lost, id, state)
		}
		return err
	})
	if errors.Is(err, rest.ErrJobNotFound) {
		return fmt.Errorf("%w, nor job %s", lost, id)
	}
	return lost
}

// address is where the JobManager tells what became of the operation.
func (o *JobOperation) address() string {
	base, id := o.follower.base, o.operation.Trigger.String()
	switch o.operation.Kind {
	case rest.DisposalOperation:
		return base + "/savepoint-disposal/" + id
	case rest.CheckpointOperation:
		return base + "/jobs/" + o.operation.Job.String() + "/checkpoints/" + id
	}
	return base + "/jobs/" + o.operation.Job.String() + "/savepoints/" + id
}
