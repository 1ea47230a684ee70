// Command yarnflink runs Apache Flink on Hadoop YARN.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/yarnflink/yarnflink/internal/cli"
)

// version is set when a release is built.
var version = "devel"

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	os.Exit(cli.Run(context.Background(), cli.SystemEnv(version, signals)))
}
