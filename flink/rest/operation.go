package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/yarnflink/yarnflink/flink"
)

// OperationKind says what an asynchronous operation does.
type OperationKind string

// The operations that are triggered and then followed.
const (
	SavepointOperation  OperationKind = "savepoint"
	StopOperation       OperationKind = "stop with savepoint"
	CheckpointOperation OperationKind = "checkpoint"
	DisposalOperation   OperationKind = "dispose savepoint" // of no job
)

// Pauses between the looks at an operation, doubled each time, as Flink's own
// client has them.
const (
	firstLook = 10 * time.Millisecond
	lastLook  = 2 * time.Second
)

// Operation is something that a JobManager does in its own time. It is made by
// TriggerSavepoint, StopWithSavepoint, TriggerCheckpoint, DisposeSavepoint, or
// by Client.Operation for one that was triggered before. It is safe for
// concurrent use.
//
// The JobManager remembers an operation while it goes on and for
// rest.async.store-duration (5 minutes) after its end, and a cluster that ends
// waits that long for somebody to ask for the outcome.
type Operation struct {
	Kind    OperationKind
	Job     JobID // zero for a disposal
	Trigger TriggerID

	client *Client
}

// Operation returns the operation that was triggered with an id before,
// possibly by somebody else. Whether there is one, Poll tells. job is ignored
// for a disposal.
func (c *Client) Operation(kind OperationKind, job JobID, trigger TriggerID) *Operation {
	if kind == DisposalOperation {
		job = JobID{}
	}
	return &Operation{Kind: kind, Job: job, Trigger: trigger, client: c}
}

// OperationStatus is what became of an operation so far. The zero value is one
// that goes on.
type OperationStatus struct {
	Done         bool
	Location     string // of the savepoint, in Flink's words: "file:/dir/savepoint-…", "hdfs://…"
	CheckpointID int64  // of a checkpoint
	Failure      string // stack trace of a failed operation
}

// String names the operation, for errors.
func (o *Operation) String() string {
	if o.Kind == DisposalOperation {
		return string(o.Kind) + ", operation " + o.Trigger.String()
	}
	return string(o.Kind) + " of job " + o.Job.String()
}

func (o *Operation) path() []string {
	switch o.Kind {
	case DisposalOperation:
		return []string{"savepoint-disposal", o.Trigger.String()}
	case CheckpointOperation:
		return []string{"jobs", o.Job.String(), "checkpoints", o.Trigger.String()}
	}
	return []string{"jobs", o.Job.String(), "savepoints", o.Trigger.String()}
}

// Poll asks once how far the operation is. One that failed is no error of
// Poll: its status says so. One that the JobManager does not know, or no
// longer, is ErrOperationLost.
func (o *Operation) Poll(ctx context.Context) (OperationStatus, error) {
	return o.look(ctx, o.client.call)
}

// look asks by way of do: call, which repeats, or exchange, which does not.
func (o *Operation) look(ctx context.Context, do func(context.Context, request, any) error) (OperationStatus, error) {
	type failure struct {
		Class      string `json:"class"`
		StackTrace string `json:"stack-trace"`
	}
	var a struct {
		Status struct {
			ID string `json:"id"`
		} `json:"status"`
		Operation struct {
			Location          string   `json:"location"`
			CheckpointID      integer  `json:"checkpointId"`
			Failure           *failure `json:"failure-cause"`
			CheckpointFailure *failure `json:"failureCause"`
		} `json:"operation"`
	}
	err := do(ctx, request{op: o.String(), method: http.MethodGet, path: o.path()}, &a)
	if remote := (*RemoteError)(nil); errors.As(err, &remote) && remote.unknownOperation() {
		return OperationStatus{}, &OperationLostError{Op: o.String(), Trigger: o.Trigger, Err: err}
	}
	if err != nil || a.Status.ID != "COMPLETED" {
		return OperationStatus{}, err
	}
	status := OperationStatus{Done: true, Location: a.Operation.Location, CheckpointID: int64(a.Operation.CheckpointID)}
	for _, f := range []*failure{a.Operation.Failure, a.Operation.CheckpointFailure} {
		if f != nil {
			status.Failure = f.StackTrace
			if status.Failure == "" {
				status.Failure = f.Class
			}
		}
	}
	return status, nil
}

// AwaitOptions says how an operation is followed through trouble. The zero
// value follows it at the address it was triggered at.
type AwaitOptions struct {
	// Find returns a client of the JobManager's present address; it is asked
	// whenever the JobManager could not be reached. nil, nil means that there
	// is none yet: the last known one is tried on. An error ends the waiting,
	// as when the cluster is gone.
	Find func(context.Context) (*Client, error)
	// Trouble, which may be nil, is called with each error that the waiting
	// outlives.
	Trouble func(error)
}

// Await follows the operation to its end. It has no end of its own: broken
// connections and leader elections are outlived until ctx ends, whose cause is
// returned then; the operation goes on without. One that failed is an
// *OperationError, and its status is returned with it. ErrOperationLost means
// that the JobManager was restarted meanwhile, or that nobody asked for the
// outcome in time.
func (o *Operation) Await(ctx context.Context, options AwaitOptions) (OperationStatus, error) {
	client := o.client
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		status, err := o.look(ctx, client.exchange)
		switch {
		case err == nil && status.Failure != "":
			return status, &OperationError{Op: o.String(), Failure: status.Failure}
		case err == nil && status.Done, err != nil && !passes(err):
			return status, err
		case err != nil:
			if options.Trouble != nil {
				options.Trouble(err)
			}
			if client, err = o.find(ctx, options, client); err != nil {
				return OperationStatus{}, err
			}
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return OperationStatus{}, fmt.Errorf("%s: %w", o, context.Cause(ctx))
		}
	}
}

// find returns the client to go on with.
func (o *Operation) find(ctx context.Context, options AwaitOptions, last *Client) (*Client, error) {
	if options.Find == nil {
		return last, nil
	}
	found, err := options.Find(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o, err)
	}
	if found == nil {
		return last, nil
	}
	return found, nil
}

// leaderless are the Java exceptions, with status 500, of a REST endpoint whose
// JobManager has lost its leadership or takes it up.
var leaderless = []string{
	"FencingTokenException", "RecipientUnreachableException", "EndpointNotStartedException", "AskTimeoutException",
}

// passes says whether an error is trouble that passes: no connection, a leader
// election, a proxy that finds nobody behind it.
func passes(err error) bool {
	if errors.Is(err, ErrUnreachable) {
		return true
	}
	var remote *RemoteError
	if !errors.As(err, &remote) {
		return false
	}
	switch remote.Status {
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return true
	case http.StatusInternalServerError:
		return slices.ContainsFunc(leaderless, func(class string) bool { return remote.says(class) })
	}
	return false
}

// trigger is a request for an operation. Java: TriggerResponse.
type trigger struct {
	kind OperationKind
	job  JobID
	path []string
	id   TriggerID // zero: the JobManager chooses, and the request is made once
	body any
}

func (c *Client) trigger(ctx context.Context, op string, t trigger) (*Operation, error) {
	var a struct {
		RequestID TriggerID `json:"request-id"`
	}
	err := c.call(ctx, request{
		op: op, method: http.MethodPost, path: t.path, body: t.body, repeatable: t.id != TriggerID{},
	}, &a)
	if err != nil {
		return nil, err
	}
	return c.Operation(t.kind, t.job, a.RequestID), nil
}

// triggerIDs is the release since which a request may choose its trigger id.
const triggerIDs = "1.15"

// chooseTrigger returns the id to send: the caller's, else a new one, or none
// where the release refuses one.
func chooseTrigger(op string, wanted TriggerID, v flink.Version) (TriggerID, error) {
	switch {
	case !v.AtLeast(1, 15) && wanted != TriggerID{}:
		return TriggerID{}, &UnsupportedError{
			Op: op, Feature: "a trigger id of the caller's choice", Since: triggerIDs, Version: v,
			WayOut: "leave it out: the JobManager chooses one",
		}
	case !v.AtLeast(1, 15):
		return TriggerID{}, nil
	case wanted == TriggerID{}:
		return NewTriggerID(), nil
	}
	return wanted, nil
}

// text is the id as a member of a request, "" for none.
func (id TriggerID) text() string {
	if id == (TriggerID{}) {
		return ""
	}
	return id.String()
}
