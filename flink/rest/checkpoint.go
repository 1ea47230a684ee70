package rest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/flink"
)

// CheckpointRequest says what checkpoint to take. The zero value takes one as
// the job is configured.
type CheckpointRequest struct {
	// Type is configured, full, or incremental, in any case. "": configured.
	// incremental: Flink 1.17 and 1.18 only.
	Type    string
	Trigger TriggerID // as that of SavepointRequest
}

// Java: org.apache.flink.runtime.rest.messages.checkpoints.CheckpointTriggerRequestBody.
type checkpointBody struct {
	Type    string `json:"checkpointType,omitempty"`
	Trigger string `json:"triggerId,omitempty"`
}

// TriggerCheckpoint asks for a checkpoint of a job beside those it takes by
// itself, and returns at once; follow the Operation to its end. It needs
// Flink 1.17; the rest is as TriggerSavepoint says.
func (c *Client) TriggerCheckpoint(ctx context.Context, job JobID, r CheckpointRequest, v flink.Version) (*Operation, error) {
	op := "trigger a checkpoint of job " + job.String()
	v, err := c.release(ctx, op, v)
	if err != nil {
		return nil, err
	}
	kind, err := checkpointType(op, r.Type, v)
	if err != nil {
		return nil, err
	}
	id, err := chooseTrigger(op, r.Trigger, v)
	if err != nil {
		return nil, err
	}
	return c.trigger(ctx, op, trigger{
		kind: CheckpointOperation, job: job, id: id, path: []string{"jobs", job.String(), "checkpoints"},
		body: checkpointBody{Type: kind, Trigger: id.text()},
	})
}

var checkpointTypes = []string{"CONFIGURED", "FULL", "INCREMENTAL"}

// Java: org.apache.flink.core.execution.CheckpointType.
func checkpointType(op, kind string, v flink.Version) (string, error) {
	upper := strings.ToUpper(kind)
	switch {
	case kind != "" && !slices.Contains(checkpointTypes, upper):
		return "", fmt.Errorf("%s: checkpoint type %q is none of configured, full, incremental", op, kind)
	case !v.AtLeast(1, 17):
		return "", &UnsupportedError{
			Op: op, Feature: "a checkpoint on demand", Since: "1.17", Version: v,
			WayOut: "take a savepoint",
		}
	case upper == "INCREMENTAL" && v.AtLeast(1, 19):
		return "", &UnsupportedError{
			Op: op, Feature: "an explicitly incremental checkpoint", Since: "1.17", Until: "1.18", Version: v,
			WayOut: "leave the type out: with execution.checkpointing.incremental the job takes incremental ones by itself",
		}
	}
	return upper, nil
}

// Checkpoints is what a JobManager knows of the checkpoints and savepoints of
// one job.
type Checkpoints struct {
	Restored, Total, InProgress, Completed, Failed int64 // savepoints count, too

	LatestCompleted *Checkpoint // no savepoint; nil: none yet
	LatestSavepoint *Checkpoint // nil: none yet
	LatestFailed    *Checkpoint // nil: none yet
	LatestRestored  *Restored   // nil: the job was never restored
	History         []Checkpoint
}

// Checkpoint is a checkpoint or a savepoint.
type Checkpoint struct {
	ID        int64
	Status    string // COMPLETED, FAILED, IN_PROGRESS
	Savepoint bool
	Format    string // of a savepoint; "" before Flink 1.16
	// Path is the folder with its _metadata, which a job can be started from;
	// "" where it can't be, as with state that is kept in the JobManager.
	Path      string
	Discarded bool // its files are gone
	Triggered time.Time
	Duration  time.Duration
	// StateBytes is the whole state's size, WrittenBytes what this checkpoint
	// wrote: less where it is incremental. The latter is 0 before Flink 1.15.
	StateBytes, WrittenBytes int64
	Failure                  string // of a failed one
}

// Restored is what a job went on from.
type Restored struct {
	ID        int64
	At        time.Time
	Savepoint bool
	Path      string // as that of Checkpoint
}

// Checkpoints reports the checkpoints of a job, ended ones included; what an
// ended job has not retained is gone although it still is reported. The answer
// can be as old as web.refresh-interval (3 s). A job without checkpoints has
// none in it, or is ErrNoCheckpoints; an unknown one is ErrJobNotFound.
func (c *Client) Checkpoints(ctx context.Context, job JobID) (Checkpoints, error) {
	var a checkpointsAnswer
	if err := c.get(ctx, "checkpoints of job "+job.String(), &a, "jobs", job.String(), "checkpoints"); err != nil {
		return Checkpoints{}, err
	}
	return a.checkpoints(), nil
}

type checkpointsAnswer struct {
	Counts struct {
		Restored   integer `json:"restored"`
		Total      integer `json:"total"`
		InProgress integer `json:"in_progress"`
		Completed  integer `json:"completed"`
		Failed     integer `json:"failed"`
	} `json:"counts"`
	Latest struct {
		Completed *checkpointAnswer `json:"completed"`
		Savepoint *checkpointAnswer `json:"savepoint"`
		Failed    *checkpointAnswer `json:"failed"`
		Restored  *struct {
			ID        integer `json:"id"`
			At        integer `json:"restore_timestamp"`
			Savepoint bool    `json:"is_savepoint"`
			Path      string  `json:"external_path"`
		} `json:"restored"`
	} `json:"latest"`
	History []checkpointAnswer `json:"history"`
}

func (a checkpointsAnswer) checkpoints() Checkpoints {
	out := Checkpoints{
		Restored: int64(a.Counts.Restored), Total: int64(a.Counts.Total), InProgress: int64(a.Counts.InProgress),
		Completed: int64(a.Counts.Completed), Failed: int64(a.Counts.Failed),
		LatestCompleted: a.Latest.Completed.checkpoint(), LatestSavepoint: a.Latest.Savepoint.checkpoint(),
		LatestFailed: a.Latest.Failed.checkpoint(),
	}
	if r := a.Latest.Restored; r != nil {
		out.LatestRestored = &Restored{ID: int64(r.ID), At: r.At.time(), Savepoint: r.Savepoint, Path: externalPath(r.Path)}
	}
	for _, h := range a.History {
		out.History = append(out.History, *h.checkpoint())
	}
	return out
}

type checkpointAnswer struct {
	ID        integer `json:"id"`
	Status    string  `json:"status"`
	Savepoint bool    `json:"is_savepoint"`
	Format    string  `json:"savepointFormat"`
	Triggered integer `json:"trigger_timestamp"`
	Duration  integer `json:"end_to_end_duration"`
	State     integer `json:"state_size"`
	Written   integer `json:"checkpointed_size"`
	Path      string  `json:"external_path"`
	Discarded bool    `json:"discarded"`
	Failure   string  `json:"failure_message"`
}

func (a *checkpointAnswer) checkpoint() *Checkpoint {
	if a == nil {
		return nil
	}
	return &Checkpoint{
		ID: int64(a.ID), Status: a.Status, Savepoint: a.Savepoint, Format: a.Format, Path: externalPath(a.Path),
		Discarded: a.Discarded, Triggered: a.Triggered.time(), Duration: a.Duration.duration(),
		StateBytes: int64(a.State), WrittenBytes: int64(a.Written), Failure: a.Failure,
	}
}

// externalPath drops what Flink writes where there is no path:
// "<checkpoint-not-externally-addressable>".
func externalPath(s string) string {
	if strings.HasPrefix(s, "<") {
		return ""
	}
	return s
}
