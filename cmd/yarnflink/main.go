// Command yarnflink runs Apache Flink on Hadoop YARN.
package main

import (
	"context"
	"os"

	"github.com/yarnflink/yarnflink/internal/cli"
)

// version is set when a release is built.
var version = "devel"

func main() {
	os.Exit(cli.Run(context.Background(), cli.SystemEnv(version, cli.SystemSignals())))
}
