package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/flink"
)

// memoryOptions are the options of `memory`.
type memoryOptions struct {
	globalOptions
	Settings []setting
	Version  string // "" is the distribution's
}

func newMemoryCommand(env *Env, run func(context.Context, *memoryOptions) error) *cobra.Command {
	if run == nil {
		run = func(_ context.Context, o *memoryOptions) error { return explainMemory(env, o) }
	}
	return newCommand(cmdMemory, func(ctx context.Context, line commandLine) error {
		return run(ctx, &memoryOptions{
			globalOptions: line.globals(env),
			Settings:      line.settings(env),
			Version:       line.value("flink-version"),
		})
	})
}

// memoryResult is what `memory` prints. The keys are stable.
type memoryResult struct {
	JobManager  processResult `json:"jobmanager"`
	TaskManager processResult `json:"taskmanager"`
}

// processResult is one process's memory, or why there is none.
type processResult struct {
	TotalBytes int64  `json:"total_bytes,omitempty"`
	JVM        string `json:"jvm,omitempty"`
	Dynamic    string `json:"dynamic,omitempty"`
	Error      string `json:"error,omitempty"`

	figures     []flink.Figure
	containerMB int64
	err         error
}

func explainMemory(env *Env, o *memoryOptions) error {
	in, err := env.flinkInstallation(o.globalOptions, configurationNeeded)
	if err != nil {
		return err
	}
	version := in.version
	switch {
	case o.Version != "":
		if version, err = flink.ParseVersion(o.Version); err != nil {
			return usagef("--flink-version %s: %w", o.Version, err)
		}
	case in.distribution == nil:
		return usageWithHint("add --flink-version VERSION, or name a distribution with --flink-home", "the memory model depends on the version of Flink: %w", in.problem)
	}
	apply(in.configuration, o.Settings)
	env.warnOfLegacyHeap(in.configuration, version)
	result := memoryResult{
		JobManager:  jobManagerResult(in.configuration, version, env.legacyEnv()),
		TaskManager: taskManagerResult(in.configuration, version, env.legacyEnv()),
	}
	if err := env.out.result(result, func(w io.Writer) {
		result.JobManager.print(w, "JobManager")
		fmt.Fprintln(w)
		result.TaskManager.print(w, "TaskManager")
	}); err != nil {
		return err
	}
	return refuse(errors.Join(result.JobManager.err, result.TaskManager.err))
}

// warnOfLegacyHeap says what a session on YARN makes of a JobManager's size from
// before the memory model: the process size, where Flink's scripts and with them
// this command take it for the heap.
func (e *Env) warnOfLegacyHeap(c *flink.Configuration, v flink.Version) {
	model, modelErr := flink.DeriveStandaloneJobManagerMemory(c, v, e.legacyEnv())
	onYARN, yarnErr := flink.DeriveJobManagerMemory(c, v, e.legacyEnv())
	switch {
	case yarnErr != nil && modelErr == nil:
		e.out.warn(fmt.Sprintf("on YARN the JobManager's old heap size counts as its process size, and is refused: %v", yarnErr))
	case yarnErr == nil && (modelErr != nil || onYARN.TotalBytes != model.TotalBytes):
		e.out.warn(fmt.Sprintf("on YARN the JobManager's old heap size counts as its process size: a session gets %d MB with %s", onYARN.ContainerMB(), onYARN.JVMArgs()))
	}
}

func jobManagerResult(c *flink.Configuration, v flink.Version, env flink.LegacyEnv) processResult {
	m, err := flink.DeriveStandaloneJobManagerMemory(c, v, env)
	if err != nil {
		return processResult{Error: err.Error(), err: err}
	}
	return processResult{TotalBytes: m.TotalBytes, JVM: m.JVMArgs(), Dynamic: m.DynamicArgs(), figures: m.Reasons(), containerMB: m.ContainerMB()}
}

func taskManagerResult(c *flink.Configuration, v flink.Version, env flink.LegacyEnv) processResult {
	m, err := flink.DeriveTaskManagerMemory(c, v, env)
	if err != nil {
		return processResult{Error: err.Error(), err: err}
	}
	return processResult{TotalBytes: m.TotalBytes, JVM: m.JVMArgs(), figures: m.Reasons(), containerMB: m.ContainerMB()}
}

func (r processResult) print(w io.Writer, process string) {
	if r.err != nil {
		fmt.Fprintf(w, "%s: does not add up\n", process)
		return
	}
	fmt.Fprintf(w, "%s: %s, a container of %d MB\n", process, bytesText(r.TotalBytes), r.containerMB)
	rows := make([][]string, 0, len(r.figures))
	for _, f := range r.figures {
		rows = append(rows, []string{"  " + f.Name, fmt.Sprint(f.Bytes), bytesText(f.Bytes), f.Reason})
	}
	table(w, rows)
	fmt.Fprintf(w, "  JVM arguments: %s\n", r.JVM)
	if r.Dynamic != "" {
		fmt.Fprintf(w, "  Dynamic properties: %s\n", r.Dynamic)
	}
}
