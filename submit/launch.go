package submit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/yarn"
)

// Deployment is a cluster that has been handed over: it runs, and whoever
// started it answers for it from now on.
type Deployment struct {
	ApplicationID yarn.ApplicationID `json:"applicationId"`
	Name          string             `json:"name"`
	State         yarn.State         `json:"state"`
	TrackingURL   string             `json:"trackingUrl"`
	// RestURL is the JobManager's own address.
	RestURL string `json:"restUrl"`
	Queue   string `json:"queue"`
	User    string `json:"user"`
	// FlinkVersion is what the JobManager says of itself.
	FlinkVersion string `json:"flinkVersion"`
	// Attempts is how often YARN may start the JobManager.
	Attempts int `json:"attempts"`
	// UploadedBytes were sent now; StagedBytes is all the application uses of its
	// staging, what was there already included.
	UploadedBytes int64   `json:"uploadedBytes"`
	StagedBytes   int64   `json:"stagedBytes"`
	Seconds       float64 `json:"seconds"`
	// CredentialsEnd is when the application's delegation tokens end for good, and no
	// container can be started any more; zero on a cluster without Kerberos.
	CredentialsEnd time.Time `json:"credentialsEnd,omitzero"`
	// Locked tells that only who has the session's key may use its REST.
	Locked bool `json:"locked,omitempty"`
	// Existing tells that the request id found a session that was running already.
	Existing bool     `json:"existing,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
	// Job is the one of a cluster for one job; nil for a session.
	Job *Job `json:"-"`
	// Result is how that job ended, where it has ended before the hand-over.
	Result *JobResult `json:"-"`
}

// Session is where jobs of the deployment go.
func (d *Deployment) Session() *Session {
	return &Session{ApplicationID: &d.ApplicationID, Name: d.Name, User: d.User, RestURL: d.RestURL}
}

// Start gathers, plans and launches.
func (c *Client) Start(ctx context.Context, spec Spec) (*Deployment, error) {
	facts, err := c.Gather(ctx, spec)
	if err != nil {
		return nil, err
	}
	plan, err := NewPlan(spec, facts)
	if err != nil {
		return nil, err
	}
	return c.Launch(ctx, plan)
}

// Launch carries a plan out and returns when the cluster is handed over: a
// session when its JobManager's REST answers, a cluster for one job when its job
// runs (or has ended already). When it fails before that, or ctx ends, everything
// is taken back, the application and its folder; the error is then a
// *DeploymentError, with what could not be taken back in Left. What ended ctx
// is found in it by errors.Is and errors.As.
//
// Java: YarnClusterDescriptor.deployInternal. Differs: nothing stays behind,
// and no shutdown hook is needed for that.
func (c *Client) Launch(ctx context.Context, p *Plan) (*Deployment, error) {
	start := time.Now()
	if d, err := c.findRequest(ctx, p); err != nil || d != nil {
		return d, err
	}
	rm, err := c.resourceManager()
	if err != nil {
		return nil, err
	}
	// The id reserves nothing and never expires: before something is staged
	// under it there is nothing to take back.
	id, _, err := rm.NewApplication(ctx)
	if err != nil {
		return nil, err
	}
	l := &launch{client: c, rm: rm, plan: p, id: id}
	if p.fixesJobID {
		l.job = rest.NewJobID()
		l.plan = p.withJobID(l.job)
	}
	if err := l.makeLock(); err != nil {
		return nil, err
	}
	d, err := l.run(ctx)
	if err != nil {
		return nil, l.takeBack(ctx, err)
	}
	d.Seconds = time.Since(start).Seconds()
	return d, nil
}

// findRequest returns the live session that an earlier start with the same
// request id made, waited for as a new one would be.
func (c *Client) findRequest(ctx context.Context, p *Plan) (*Deployment, error) {
	if p.RequestID == "" {
		return nil, nil
	}
	rm, err := c.resourceManager()
	if err != nil {
		return nil, err
	}
	found, err := rm.Applications(ctx, yarn.Filter{States: yarn.LiveStates(), User: p.User, Tags: []string{RequestTagPrefix + p.RequestID}})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	id := found[0].ID
	l := &launch{client: c, rm: rm, plan: p, id: id}
	d, err := l.await(ctx)
	if err != nil {
		return nil, fmt.Errorf("session %s, which an earlier start with the request id %q made: %w", id, p.RequestID, err)
	}
	d.Existing = true
	if p.Locked && !d.Locked {
		d.Warnings = append(d.Warnings, fmt.Sprintf("%s is not locked: it was started without --lock", id))
	}
	return d, nil
}

// launch is one start under way; it owns what it made until the hand-over.
type launch struct {
	client *Client
	rm     *yarn.Client
	plan   *Plan
	id     yarn.ApplicationID
	// job is the id chosen for the job of a cluster for one job, zero where it is
	// to be found by asking.
	job  rest.JobID
	step string
	// folder is set once the application's folder may exist, submitted once the
	// ResourceManager may know the application.
	folder    string
	submitted bool
	// submission is sent again should it be lost; nil once it is saved, or not ours.
	submission *yarn.ApplicationSubmissionContext
	// bytes is the size of all that is staged.
	bytes int64
	// cache is what the resources were staged through, nil where it was not used.
	cache  *stagingCache
	report *yarn.ApplicationReport
	tokens []tokenSource
	// credentialsEnd is when the first of them ends for good.
	credentialsEnd time.Time
	// keys are those of a cluster that is locked, else nil.
	keys *lockKeys
}

func (l *launch) run(ctx context.Context) (*Deployment, error) {
	l.step = "stage"
	staged, sent, err := l.stage(ctx)
	if err != nil {
		return nil, err
	}
	l.step = "submit"
	l.client.progress(Progress{Phase: PhaseSubmit, Message: "submitting " + l.id.String()})
	if l.cache != nil {
		if err := l.cache.Confirm(ctx, pathOf(l.folder)); err != nil {
			return nil, err
		}
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	credentials, err := l.getCredentials(ctx)
	if err != nil {
		return nil, err
	}
	submission := l.plan.SubmissionContext(l.id, staged)
	submission.Container.Credentials = credentials
	// The plan could not know yet how long the addresses are.
	if problems := l.plan.longVariables(submission.Container.Environment); len(problems) > 0 {
		return nil, &ValidationError{problems}
	}
	l.submitted = true
	if err := l.rm.Submit(ctx, submission); err != nil {
		l.submitted = !refused(err)
		return nil, err
	}
	l.step, l.submission = "await", &submission
	d, err := l.await(ctx)
	if err != nil {
		return nil, err
	}
	d.UploadedBytes, d.StagedBytes, d.CredentialsEnd = sent, l.bytes, l.credentialsEnd
	return d, nil
}

// refused tells that the ResourceManager said no to a submission: then it knows
// no such application, and there is none to wait for.
func refused(err error) bool {
	var remote *yarn.RemoteError
	return errors.As(err, &remote) && !errors.Is(err, yarn.ErrUnreachable) &&
		strings.HasPrefix(remote.Op, "submit ") && remote.Status < http.StatusInternalServerError
}

const (
	// killTimeout and takeBackTimeout bound the parts of taking back: an
	// application that does not end must not cost the time for its folder.
	killTimeout     = 45 * time.Second
	takeBackTimeout = 15 * time.Second
	// arrival is how long a submission whose connection was cut may still take to
	// show at the ResourceManager.
	arrival = 2 * time.Second
)

// takeBack undoes what was done so far. It has a time of its own, for ctx may
// have ended.
func (l *launch) takeBack(ctx context.Context, cause error) error {
	failure := &DeploymentError{ID: l.id, Step: l.step, Report: l.report, Err: cause}
	if l.folder == "" && !l.submitted {
		failure.TakenBack = true
		return failure
	}
	l.client.progress(Progress{Phase: PhaseTakeBack, Message: "taking back " + l.id.String()})
	if errors.Is(cause, ErrDeploymentFailed) && l.report != nil {
		failure.LastWords = l.client.lastWords(ctx, *l.report)
	}
	if l.submitted {
		ctx, cancel := afterwards(ctx, killTimeout)
		defer cancel()
		if err := l.killSubmitted(ctx); err != nil {
			failure.Left = append(failure.Left, fmt.Sprintf("application %s (%v): end it with `yarnflink kill %s`", l.id, err, l.id))
		}
	}
	// The folder goes also when the application could not be killed: without it
	// a submission that still arrives can't start.
	if l.folder != "" {
		ctx, cancel := afterwards(ctx, takeBackTimeout)
		defer cancel()
		if _, err := l.client.removeFolder(ctx, l.folder); err != nil {
			failure.Left = append(failure.Left, fmt.Sprintf("folder %s (%v): remove it with `yarnflink kill %s`", l.folder, err, l.id))
		}
	}
	if len(l.tokens) > 0 {
		ctx, cancel := afterwards(ctx, takeBackTimeout)
		defer cancel()
		l.cancelTokens(ctx)
	}
	l.client.forgetLock(l.id)
	failure.TakenBack = len(failure.Left) == 0
	return failure
}

// afterwards is a context for what has to be done also when ctx has ended.
func afterwards(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(context.WithoutCancel(ctx), timeout, errNoAnswer)
}

var errNoAnswer = errors.New("no answer in time")

// killSubmitted kills an application that may not have reached the
// ResourceManager yet.
func (l *launch) killSubmitted(ctx context.Context) error {
	if l.report != nil && l.report.State.IsFinal() {
		return nil
	}
	deadline := time.Now().Add(arrival)
	for {
		_, err := l.rm.Kill(ctx, l.id, "yarnflink: the start was given up")
		if !errors.Is(err, yarn.ErrApplicationNotFound) {
			return err
		}
		if time.Now().After(deadline) {
			return nil
		}
		if err := pause(ctx, 250*time.Millisecond); err != nil {
			return err
		}
	}
}
