package cli

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/submit"
)

const someJob = "0123456789abcdef0123456789abcdef"

func TestJobCommands(t *testing.T) {
	id, err := rest.ParseJobID(someJob)
	if err != nil {
		t.Fatal(err)
	}
	job := jobOptions{Job: id}
	operation := func(detached bool, spec submit.OperationSpec) *operationOptions {
		return &operationOptions{jobOptions: jobOptions{Job: spec.Job}, Spec: spec, Detached: detached}
	}
	tests := []struct {
		name, line string
		want       any
	}{
		{"cancel", "cancel " + someJob, &cancelOptions{jobOptions: job}},
		{"cancel at a target", "cancel -yid application_1_0001 " + someJob, &cancelOptions{jobOptions: jobOptions{Job: id, Target: targetOptions{ApplicationID: "application_1_0001"}}}},
		{"cancel with savepoint", "cancel -s hdfs:///sp " + someJob, &cancelOptions{jobOptions: job, WithSavepoint: true, Path: "hdfs:///sp"}},
		{"cancel whose -s swallows the job", "cancel -type native -s " + someJob, &cancelOptions{jobOptions: job, WithSavepoint: true, Format: "native"}},
		{"cancel with -s behind the job", "cancel " + someJob + " -s", &cancelOptions{jobOptions: job, WithSavepoint: true}},
		{"stop", "stop -d -p hdfs:///sp --type canonical " + someJob, operation(false, submit.OperationSpec{Kind: rest.StopOperation, Job: id, Path: "hdfs:///sp", Format: "canonical", Drain: true})},
		{"stop whose -p swallows the job", "stop -p " + someJob, operation(false, submit.OperationSpec{Kind: rest.StopOperation, Job: id})},
		{"stop whose -p stands before an option", "stop -p -detached " + someJob, operation(true, submit.OperationSpec{Kind: rest.StopOperation, Job: id})},
		{"savepoint", "savepoint " + someJob + " hdfs:///sp -detached", operation(true, submit.OperationSpec{Kind: rest.SavepointOperation, Job: id, Path: "hdfs:///sp"})},
		{"disposal", "savepoint -d hdfs:///sp/1 -j a.jar", operation(false, submit.OperationSpec{Kind: rest.DisposalOperation, Path: "hdfs:///sp/1"})},
		{"checkpoint", "checkpoint -full " + someJob, operation(false, submit.OperationSpec{Kind: rest.CheckpointOperation, Job: id, Format: "full"})},
		{"rescale", "rescale -p 4 " + someJob, &rescaleOptions{jobOptions: job, Parallelism: 4}},
		{"info", "info -c a.B -p 2 a.jar -p x", &infoOptions{Program: submit.JobSpec{Jar: "/here/a.jar", EntryClass: "a.B", Parallelism: 2, Args: []string{"-p", "x"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env, _ := testEnv(t, tt.line)
			var got any
			onOperation := func(_ context.Context, o *operationOptions) error { got = o; return nil }
			root := map[string]*cobra.Command{
				cmdCancel:     newCancelCommand(env, func(_ context.Context, o *cancelOptions) error { got = o; return nil }),
				cmdStop:       newStopCommand(env, onOperation),
				cmdSavepoint:  newSavepointCommand(env, onOperation),
				cmdCheckpoint: newCheckpointCommand(env, onOperation),
				cmdRescale:    newRescaleCommand(env, func(_ context.Context, o *rescaleOptions) error { got = o; return nil }),
				cmdInfo:       newInfoCommand(env, func(_ context.Context, o *infoOptions) error { got = o; return nil }),
			}
			if err := execute(t, env, root[env.Args[1]]); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, everyField); diff != "" {
				t.Errorf("options (-want +got):\n%s", diff)
			}
		})
	}
}
