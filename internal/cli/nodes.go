package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

func newNodesCommand(env *Env, run func(context.Context, *readOptions) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *readOptions) error {
			return readCluster(ctx, env, o, nodesView)
		}
	}
	return newReadCommand(cmdNodes, env, run)
}

// readCluster is read for what needs the ResourceManager only.
func readCluster(ctx context.Context, env *Env, o *readOptions, look func(context.Context, *submit.Client) (view, error)) error {
	client, _, err := env.clusterClient(ctx, o.globalOptions, o.Settings)
	if err != nil {
		return err
	}
	defer client.Close()
	return env.read(ctx, o.globalOptions, func(ctx context.Context) (view, error) { return look(ctx, client) })
}

// listedNode is a row of `nodes`. Memory is in MiB. The keys are stable.
type listedNode struct {
	ID           string         `json:"id"`
	Host         string         `json:"host"`
	Rack         string         `json:"rack"`
	State        yarn.NodeState `json:"state"`
	HTTPAddress  string         `json:"httpAddress"`
	MemoryMB     int64          `json:"memoryMb"`
	UsedMemoryMB int64          `json:"usedMemoryMb"`
	VCores       int            `json:"vcores"`
	UsedVCores   int            `json:"usedVcores"`
	Containers   int            `json:"containers"`
	Labels       []string       `json:"labels"`
	HealthReport string         `json:"healthReport"`
}

func nodesView(ctx context.Context, client *submit.Client) (view, error) {
	nodes, err := client.Nodes(ctx)
	rows := make([]listedNode, 0, len(nodes))
	for _, n := range nodes {
		rows = append(rows, listedNode{
			ID: n.ID, Host: n.Host, Rack: n.Rack, State: n.State, HTTPAddress: n.HTTPAddress,
			MemoryMB: n.Total.MemoryMB, UsedMemoryMB: n.Used.MemoryMB, VCores: n.Total.VCores, UsedVCores: n.Used.VCores,
			Containers: n.Containers, Labels: append([]string{}, n.Labels...), HealthReport: n.HealthReport,
		})
	}
	return view{rows, func(w io.Writer) { printNodes(w, rows) }}, err
}

// printNodes ends with the sum of the nodes that run.
//
// Java: YarnClusterDescriptor.getClusterDescription.
func printNodes(w io.Writer, nodes []listedNode) {
	rows := [][]string{{"NODE", "STATE", "MEMORY MB", "USED MB", "VCORES", "USED", "CONTAINERS", "LABELS", "HEALTH"}}
	var sum listedNode
	running := 0
	for _, n := range nodes {
		rows = append(rows, []string{n.ID, string(n.State), fmt.Sprint(n.MemoryMB), fmt.Sprint(n.UsedMemoryMB), fmt.Sprint(n.VCores), fmt.Sprint(n.UsedVCores),
			fmt.Sprint(n.Containers), orDash(strings.Join(n.Labels, ",")), orDash(strings.Join(strings.Fields(n.HealthReport), " "))})
		if n.State == yarn.NodeRunning {
			running++
			sum.MemoryMB += n.MemoryMB
			sum.UsedMemoryMB += n.UsedMemoryMB
			sum.VCores += n.VCores
			sum.UsedVCores += n.UsedVCores
			sum.Containers += n.Containers
		}
	}
	table(w, rows)
	fmt.Fprintf(w, "%d of %d nodes running: %d of %d MB and %d of %d vcores used, %d containers\n",
		running, len(nodes), sum.UsedMemoryMB, sum.MemoryMB, sum.UsedVCores, sum.VCores, sum.Containers)
}
