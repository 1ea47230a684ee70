package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/submit"
)

func newQueuesCommand(env *Env, run func(context.Context, *readOptions) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *readOptions) error {
			return readCluster(ctx, env, o, queuesView)
		}
	}
	return newReadCommand(cmdQueues, env, run)
}

// listedQueue is a row of `queues`. Percentages are of the parent's. The keys are stable.
type listedQueue struct {
	Name                string  `json:"name"`
	Path                string  `json:"path"`
	Parent              string  `json:"parent"`
	State               string  `json:"state"`
	Leaf                bool    `json:"leaf"`
	CapacityPercent     float64 `json:"capacityPercent"`
	MaxCapacityPercent  float64 `json:"maxCapacityPercent"`
	UsedCapacityPercent float64 `json:"usedCapacityPercent"`
	Applications        int     `json:"applications"`
	MaxApplications     int     `json:"maxApplications"`
}

func queuesView(ctx context.Context, client *submit.Client) (view, error) {
	scheduler, err := client.Queues(ctx)
	rows := make([]listedQueue, 0, len(scheduler.Queues))
	for _, q := range scheduler.Queues {
		rows = append(rows, listedQueue{
			Name: q.Name, Path: q.Path, Parent: q.Parent, State: q.State, Leaf: q.Leaf,
			CapacityPercent: q.CapacityPercent, MaxCapacityPercent: q.MaxCapacityPercent, UsedCapacityPercent: q.UsedCapacityPercent,
			Applications: q.Applications, MaxApplications: q.MaxApplications,
		})
	}
	return view{rows, func(w io.Writer) { printQueues(w, rows) }}, err
}

func printQueues(w io.Writer, queues []listedQueue) {
	rows := [][]string{{"QUEUE", "STATE", "CAPACITY", "MAXIMUM", "USED", "APPLICATIONS"}}
	percent := func(p float64) string { return fmt.Sprintf("%.1f%%", p) }
	for _, q := range queues {
		applications := "-"
		if q.Leaf {
			applications = fmt.Sprint(q.Applications)
		}
		rows = append(rows, []string{q.Path, orDash(q.State), percent(q.CapacityPercent), percent(q.MaxCapacityPercent), percent(q.UsedCapacityPercent), applications})
	}
	table(w, rows)
}

// queryCluster is `session -q`: what nodes and queues print.
func queryCluster(ctx context.Context, env *Env, o *readOptions) error {
	return readCluster(ctx, env, o, func(ctx context.Context, client *submit.Client) (view, error) {
		nodes, err := nodesView(ctx, client)
		if err != nil {
			return view{}, err
		}
		queues, err := queuesView(ctx, client)
		both := map[string]any{"nodes": nodes.value, "queues": queues.value}
		return view{both, func(w io.Writer) {
			nodes.text(w)
			fmt.Fprintln(w)
			queues.text(w)
		}}, err
	})
}
