package rest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
)

// RunJarRequest says how to run an uploaded jar. The zero value runs the class
// of the jar's manifest with the cluster's defaults.
type RunJarRequest struct {
	EntryClass  string   // "": the manifest's
	ProgramArgs []string // as they are, no quoting
	Parallelism int      // 0: the cluster's parallelism.default
	// JobID is chosen by the caller, who can then ask for the job when the
	// answer is lost. Zero: the JobManager chooses.
	JobID                 JobID
	SavepointPath         string // "": start without state
	AllowNonRestoredState bool   // skip state that no operator of the program takes
	// ClaimMode says who owns the savepoint's files afterwards: CLAIM, NO_CLAIM
	// or LEGACY, in any case and with - or _. "": the cluster's default. Flink 1.15 and newer.
	ClaimMode string
	// Configuration overrides the cluster's for this job. Flink 1.18 and newer.
	Configuration map[string]string
}

// runBody is the body of the request. Old releases refuse members they don't
// know, newer ones ignore them, so only what was asked for is sent.
//
// Java: org.apache.flink.runtime.webmonitor.handlers.JarRunRequestBody.
type runBody struct {
	EntryClass            string            `json:"entryClass,omitempty"`
	ProgramArgs           []string          `json:"programArgsList,omitempty"`
	Parallelism           int               `json:"parallelism,omitempty"`
	JobID                 string            `json:"jobId,omitempty"`
	SavepointPath         string            `json:"savepointPath,omitempty"`
	AllowNonRestoredState bool              `json:"allowNonRestoredState,omitempty"`
	RestoreMode           string            `json:"restoreMode,omitempty"` // 1.15 to 1.19
	ClaimMode             string            `json:"claimMode,omitempty"`   // 1.20 and newer
	Configuration         map[string]string `json:"flinkConfiguration,omitempty"`
}

var claimModes = []string{"CLAIM", "NO_CLAIM", "LEGACY"}

// RunJar runs the main method of an uploaded jar on the JobManager and returns
// the id of the job that it submitted; the method's end is not waited for. v
// is the cluster's release, which decides what can be asked for: what it can't
// do is an error that is ErrUnsupported, before anything is sent. The zero
// Version asks the cluster.
//
// The request is bounded by ctx and Options.RunTimeout, and not repeated once
// it can have arrived. After an error that is ErrUnreachable the job may run
// or not. With a JobID of the caller's choice that can be found out: ask for
// JobStatus, and on ErrJobNotFound make the same request again. It starts the
// job or is ErrJobExists, which means that the first request did after all.
// Ask first, for Flink before 1.15 starts a job a second time under its id
// once the first one has ended.
func (c *Client) RunJar(ctx context.Context, id JarID, r RunJarRequest, v flink.Version) (JobID, error) {
	op := "run jar " + string(id)
	if err := id.check(); err != nil {
		return JobID{}, fmt.Errorf("%s: %w", op, err)
	}
	v, err := c.release(ctx, op, v)
	if err != nil {
		return JobID{}, err
	}
	body, err := r.body(op, v)
	if err != nil {
		return JobID{}, err
	}
	var a struct {
		JobID JobID `json:"jobid"`
	}
	err = c.call(ctx, request{
		op: op, method: http.MethodPost, path: []string{"jars", string(id), "run"}, body: body, slow: true,
	}, &a)
	return a.JobID, err
}

func (r RunJarRequest) body(op string, v flink.Version) (runBody, error) {
	b := runBody{
		EntryClass: r.EntryClass, ProgramArgs: r.ProgramArgs, Parallelism: r.Parallelism,
		SavepointPath: r.SavepointPath, AllowNonRestoredState: r.AllowNonRestoredState,
		Configuration: r.Configuration,
	}
	if r.Parallelism < 0 {
		return runBody{}, fmt.Errorf("%s: parallelism %d is negative", op, r.Parallelism)
	}
	if r.JobID != (JobID{}) {
		b.JobID = r.JobID.String()
	}
	if err := checkConfiguration(op, r.Configuration, v); err != nil {
		return runBody{}, err
	}
	if r.ClaimMode == "" {
		return b, nil
	}
	mode := strings.ToUpper(strings.ReplaceAll(r.ClaimMode, "-", "_"))
	switch {
	case !slices.Contains(claimModes, mode):
		return runBody{}, fmt.Errorf("%s: claim mode %q is none of %s", op, r.ClaimMode, strings.Join(claimModes, ", "))
	case v.AtLeast(1, 20):
		b.ClaimMode = mode
	case v.AtLeast(1, 15):
		b.RestoreMode = mode
	default:
		return runBody{}, &UnsupportedError{
			Op: op, Feature: "a claim mode", Since: "1.15", Version: v,
			WayOut: "leave the claim mode out: Flink before 1.15 always works as LEGACY",
		}
	}
	return b, nil
}

// checkConfiguration refuses configuration of one program where the release
// would drop it.
func checkConfiguration(op string, configuration map[string]string, v flink.Version) error {
	if len(configuration) == 0 || v.AtLeast(1, 18) {
		return nil
	}
	return &UnsupportedError{
		Op: op, Feature: "configuration for a single job of a session", Since: "1.18", Version: v,
		WayOut: "set it when the session is started, or start a cluster of its own for the job: run -m yarn-cluster",
	}
}
