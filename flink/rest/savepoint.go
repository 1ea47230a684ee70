package rest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
)

// SavepointRequest says how to take a savepoint. The zero value takes one to
// the cluster's folder for savepoints.
type SavepointRequest struct {
	// TargetDirectory is the folder for the savepoint's own one, a URL that the
	// cluster can write to. "": the cluster's execution.checkpointing.savepoint-dir;
	// where that is not set, ErrNoSavepointDirectory.
	TargetDirectory string
	// CancelJob cancels the job once the savepoint is complete. StopWithSavepoint
	// is better: no record after the savepoint has been seen then.
	CancelJob bool
	// Format is canonical, which all state backends can read, or native, which
	// is faster, in any case. "": canonical. native: Flink 1.15 and newer. On
	// Flink 2 a canonical one of a job with asynchronous state fails and makes
	// the job restart.
	Format string
	// Trigger is chosen by the caller who wants to make the request again, with
	// another Client perhaps, and get the same savepoint. Zero: TriggerSavepoint
	// chooses. Flink 1.15 and newer.
	Trigger TriggerID
}

// Java: org.apache.flink.runtime.rest.messages.job.savepoints.SavepointTriggerRequestBody.
type savepointBody struct {
	TargetDirectory string `json:"target-directory,omitempty"`
	CancelJob       bool   `json:"cancel-job"`
	Format          string `json:"formatType,omitempty"` // 1.15 and newer
	Trigger         string `json:"triggerId,omitempty"`  // 1.15 and newer
}

// TriggerSavepoint asks for a savepoint of a job and returns at once; follow
// the Operation to its end. v is the cluster's release, which decides what can
// be asked for: what it can't do is ErrUnsupported, before anything is sent.
// The zero Version asks the cluster.
//
// An unknown or ended job is no error here: the operation fails, with an error
// of Await that is ErrJobNotFound. From 1.15 on the request is repeated as a
// read is: its trigger id keeps a lost answer from becoming a second savepoint.
func (c *Client) TriggerSavepoint(ctx context.Context, job JobID, r SavepointRequest, v flink.Version) (*Operation, error) {
	op := "trigger a savepoint of job " + job.String()
	v, err := c.release(ctx, op, v)
	if err != nil {
		return nil, err
	}
	format, err := savepointFormat(op, r.Format, v)
	if err != nil {
		return nil, err
	}
	id, err := chooseTrigger(op, r.Trigger, v)
	if err != nil {
		return nil, err
	}
	return c.trigger(ctx, op, trigger{
		kind: SavepointOperation, job: job, id: id, path: []string{"jobs", job.String(), "savepoints"},
		body: savepointBody{TargetDirectory: r.TargetDirectory, CancelJob: r.CancelJob, Format: format, Trigger: id.text()},
	})
}

// StopRequest says how to stop a job. The zero value keeps what the job would
// need to go on from its savepoint.
type StopRequest struct {
	TargetDirectory string // as that of SavepointRequest
	// Drain ends the job for good: all timers fire and windows close before the
	// savepoint, which no job should be started from then.
	Drain   bool
	Format  string    // as that of SavepointRequest
	Trigger TriggerID // as that of SavepointRequest
}

// Java: org.apache.flink.runtime.rest.messages.job.savepoints.stop.StopWithSavepointRequestBody.
type stopBody struct {
	TargetDirectory string `json:"targetDirectory,omitempty"`
	Drain           bool   `json:"drain"`
	Format          string `json:"formatType,omitempty"` // 1.15 and newer
	Trigger         string `json:"triggerId,omitempty"`  // 1.15 and newer
}

// StopWithSavepoint asks a job to take a savepoint and to finish without
// seeing another record, and returns at once; follow the Operation to its end.
// Versions, unknown jobs and repeats are as TriggerSavepoint says. Once the
// operation is done the job is FINISHED in a moment.
func (c *Client) StopWithSavepoint(ctx context.Context, job JobID, r StopRequest, v flink.Version) (*Operation, error) {
	op := "stop job " + job.String()
	v, err := c.release(ctx, op, v)
	if err != nil {
		return nil, err
	}
	format, err := savepointFormat(op, r.Format, v)
	if err != nil {
		return nil, err
	}
	id, err := chooseTrigger(op, r.Trigger, v)
	if err != nil {
		return nil, err
	}
	return c.trigger(ctx, op, trigger{
		kind: StopOperation, job: job, id: id, path: []string{"jobs", job.String(), "stop"},
		body: stopBody{TargetDirectory: r.TargetDirectory, Drain: r.Drain, Format: format, Trigger: id.text()},
	})
}

// DisposeSavepoint asks the cluster to remove a savepoint with all its files,
// and returns at once; follow the Operation to its end. One that does not
// exist makes the operation fail. The request is not repeated once it can have
// arrived; a second one fails where the first has removed the savepoint.
func (c *Client) DisposeSavepoint(ctx context.Context, path string) (*Operation, error) {
	op := "dispose savepoint " + path
	if path == "" {
		return nil, errors.New("dispose a savepoint: no path given")
	}
	return c.trigger(ctx, op, trigger{
		kind: DisposalOperation, path: []string{"savepoint-disposal"},
		body: map[string]string{"savepoint-path": path},
	})
}

var savepointFormats = []string{"CANONICAL", "NATIVE"}

// savepointFormat returns the member to send, "" for none. Before 1.15 there
// is no such member, and all savepoints are what is called canonical since.
//
// Java: org.apache.flink.core.execution.SavepointFormatType.
func savepointFormat(op, format string, v flink.Version) (string, error) {
	upper := strings.ToUpper(format)
	switch {
	case format == "":
		return "", nil
	case !slices.Contains(savepointFormats, upper):
		return "", fmt.Errorf("%s: savepoint format %q is none of canonical, native", op, format)
	case v.AtLeast(1, 15):
		return upper, nil
	case upper == "CANONICAL":
		return "", nil
	}
	return "", &UnsupportedError{
		Op: op, Feature: "a native savepoint", Since: "1.15", Version: v,
		WayOut: "take a canonical one: leave the format out",
	}
}
