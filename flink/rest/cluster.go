package rest

import (
	"context"
	"fmt"
	"net/http"

	"github.com/yarnflink/yarnflink/flink"
)

// ClusterOverview counts what a cluster has and runs.
type ClusterOverview struct {
	TaskManagers   int
	SlotsTotal     int
	SlotsAvailable int
	JobsRunning    int // CREATED and INITIALIZING count too
	JobsFinished   int
	JobsCancelled  int
	JobsFailed     int
	FlinkVersion   string // "1.20.5"
	FlinkCommit    string
}

// Overview reports the cluster's TaskManagers, slots and jobs. It is the
// cheapest request, and the one that tells whether the JobManager is ready.
func (c *Client) Overview(ctx context.Context) (ClusterOverview, error) {
	var a struct {
		TaskManagers   integer `json:"taskmanagers"`
		SlotsTotal     integer `json:"slots-total"`
		SlotsAvailable integer `json:"slots-available"`
		JobsRunning    integer `json:"jobs-running"`
		JobsFinished   integer `json:"jobs-finished"`
		JobsCancelled  integer `json:"jobs-cancelled"`
		JobsFailed     integer `json:"jobs-failed"`
		FlinkVersion   string  `json:"flink-version"`
		FlinkCommit    string  `json:"flink-commit"`
	}
	if err := c.get(ctx, "cluster overview", &a, "overview"); err != nil {
		return ClusterOverview{}, err
	}
	return ClusterOverview{
		TaskManagers: int(a.TaskManagers), SlotsTotal: int(a.SlotsTotal), SlotsAvailable: int(a.SlotsAvailable),
		JobsRunning: int(a.JobsRunning), JobsFinished: int(a.JobsFinished), JobsCancelled: int(a.JobsCancelled),
		JobsFailed: int(a.JobsFailed), FlinkVersion: a.FlinkVersion, FlinkCommit: a.FlinkCommit,
	}, nil
}

// DashboardConfig is what a JobManager tells its web pages about itself.
type DashboardConfig struct {
	FlinkVersion     string // "1.20.5"
	FlinkRevision    string // commit and its time
	WebSubmitEnabled bool   // web.submit.enable: jars can be uploaded and run
	WebCancelEnabled bool   // web.cancel.enable; Cancel works without
	HistoryServer    bool   // it is a history server, which has no cluster
}

// Version reads FlinkVersion.
func (d DashboardConfig) Version() (flink.Version, error) { return flink.ParseVersion(d.FlinkVersion) }

// Config reports the release and the switches of the cluster. Releases before
// 1.15 don't tell WebCancelEnabled; it is true then.
func (c *Client) Config(ctx context.Context) (DashboardConfig, error) {
	var a struct {
		FlinkVersion  string `json:"flink-version"`
		FlinkRevision string `json:"flink-revision"`
		Features      struct {
			WebSubmit  bool  `json:"web-submit"`
			WebCancel  *bool `json:"web-cancel"`
			WebHistory bool  `json:"web-history"`
		} `json:"features"`
	}
	if err := c.get(ctx, "cluster configuration", &a, "config"); err != nil {
		return DashboardConfig{}, err
	}
	return DashboardConfig{
		FlinkVersion: a.FlinkVersion, FlinkRevision: a.FlinkRevision,
		WebSubmitEnabled: a.Features.WebSubmit,
		WebCancelEnabled: a.Features.WebCancel == nil || *a.Features.WebCancel,
		HistoryServer:    a.Features.WebHistory,
	}, nil
}

// release returns v, or asks the cluster for it where v is zero.
func (c *Client) release(ctx context.Context, op string, v flink.Version) (flink.Version, error) {
	if v != (flink.Version{}) {
		return v, nil
	}
	config, err := c.Config(ctx)
	if err == nil {
		v, err = config.Version()
	}
	if err != nil {
		return flink.Version{}, fmt.Errorf("%s: %w", op, err)
	}
	return v, nil
}

// JobManagerConfig returns the configuration that the JobManager runs with.
// The JobManager masks secrets itself.
func (c *Client) JobManagerConfig(ctx context.Context) (map[string]string, error) {
	var a []settingAnswer
	if err := c.get(ctx, "configuration of the JobManager", &a, "jobmanager", "config"); err != nil {
		return nil, err
	}
	return settings(a), nil
}

type settingAnswer struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

func settings(a []settingAnswer) map[string]string {
	config := make(map[string]string, len(a))
	for _, entry := range a {
		config[entry.Key] = entry.Value
	}
	return config
}

// TaskManager is a registered TaskManager. Sizes are bytes.
type TaskManager struct {
	ID        string // YARN's container id, or host:port-suffix
	Path      string // RPC address
	DataPort  int
	Slots     int
	FreeSlots int

	CPUCores            int   // of the machine
	PhysicalMemoryBytes int64 // of the machine
	HeapBytes           int64 // JVM's maximum heap
	ManagedMemoryBytes  int64
	ProcessMemoryBytes  int64 // all of the process; 0 where the release doesn't tell
}

// TaskManagers lists the registered TaskManagers.
func (c *Client) TaskManagers(ctx context.Context) ([]TaskManager, error) {
	var a struct {
		TaskManagers []struct {
			ID        string  `json:"id"`
			Path      string  `json:"path"`
			DataPort  integer `json:"dataPort"`
			Slots     integer `json:"slotsNumber"`
			FreeSlots integer `json:"freeSlots"`
			Hardware  struct {
				CPUCores       integer `json:"cpuCores"`
				PhysicalMemory integer `json:"physicalMemory"`
				FreeMemory     integer `json:"freeMemory"`
				ManagedMemory  integer `json:"managedMemory"`
			} `json:"hardware"`
			Memory struct {
				TotalProcess integer `json:"totalProcessMemory"`
			} `json:"memoryConfiguration"`
		} `json:"taskmanagers"`
	}
	if err := c.get(ctx, "list TaskManagers", &a, "taskmanagers"); err != nil {
		return nil, err
	}
	list := make([]TaskManager, 0, len(a.TaskManagers))
	for _, t := range a.TaskManagers {
		list = append(list, TaskManager{
			ID: t.ID, Path: t.Path, DataPort: int(t.DataPort), Slots: int(t.Slots), FreeSlots: int(t.FreeSlots),
			CPUCores: int(t.Hardware.CPUCores), PhysicalMemoryBytes: int64(t.Hardware.PhysicalMemory),
			HeapBytes: int64(t.Hardware.FreeMemory), ManagedMemoryBytes: int64(t.Hardware.ManagedMemory),
			ProcessMemoryBytes: int64(t.Memory.TotalProcess),
		})
	}
	return list, nil
}

// ShutdownCluster asks the JobManager to end the cluster, jobs included. It
// returns when the JobManager has agreed; ending takes seconds more. The
// request is not repeated once it can have arrived: an error that is
// ErrUnreachable then leaves open whether the cluster ends.
func (c *Client) ShutdownCluster(ctx context.Context) error {
	return c.call(ctx, request{op: "shut down the cluster", method: http.MethodDelete, path: []string{"cluster"}}, nil)
}
