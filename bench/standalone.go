package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
)

// standaloneWorkers is how many TaskManagers the standalone cluster has.
const standaloneWorkers = 4

// standalone starts a cluster of processes on this machine without YARN and ends it. The time counts from the command to the
// registration of all TaskManagers with their slots, for both clients by the same poll, which runs beside the command.
func (b *bench) standalone(ctx context.Context, c client, label string) (u usage, err error) {
	dir := filepath.Join(c.dir, "standalone-"+label)
	port, err := b.standaloneConfiguration(dir)
	if err != nil {
		return u, err
	}
	env := environment(c.env, map[string]string{"FLINK_HOME": b.mini.FlinkHome(""), "FLINK_CONF_DIR": filepath.Join(dir, "conf"), "FLINK_LOG_DIR": filepath.Join(dir, "log"), "JAVA_HOME": b.mini.JavaHome(), "USER": b.mini.User()})
	start := command{argv: []string{filepath.Join(b.mini.FlinkHome(""), "bin", "start-cluster.sh")}, env: env, dir: dir}
	if c.name == oursName {
		start.argv = []string{c.flink[0], "cluster", "start"}
	}
	stop := command{argv: []string{b.clients[1].flink[0], "cluster", "stop"}, env: env, dir: dir}
	defer func() {
		err = errors.Join(err, afterwards(ctx, func(ctx context.Context) error {
			_, _, err := execute(ctx, stop)
			return err
		}))
	}()
	started := time.Now()
	polling, cancel := context.WithCancel(ctx)
	defer cancel()
	ready := make(chan error, 1)
	go func() { ready <- awaitStandalone(polling, port) }()
	if u, _, err = execute(ctx, start); err != nil {
		return u, err
	}
	if err := <-ready; err != nil {
		return u, err
	}
	// Ours ends only after that; the end of the later one of the two counts.
	u.Wall = max(u.Wall, time.Since(started))
	return u, nil
}

// standaloneConfiguration writes a configuration for a cluster with ports and folders of its own.
func (b *bench) standaloneConfiguration(dir string) (port int, err error) {
	conf := filepath.Join(dir, "conf")
	var ports [2]int
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 0, err
		}
		ports[i] = l.Addr().(*net.TCPAddr).Port
		if err := l.Close(); err != nil {
			return 0, err
		}
	}
	for _, folder := range []string{dir, filepath.Join(dir, "log"), filepath.Join(dir, "pid")} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return 0, err
		}
	}
	err = copyConfiguration(filepath.Join(b.mini.FlinkHome(""), "conf"), conf, map[string]string{
		"rest.port": strconv.Itoa(ports[0]), "jobmanager.rpc.port": strconv.Itoa(ports[1]), "env.pid.dir": filepath.Join(dir, "pid"),
	})
	if err != nil {
		return 0, fmt.Errorf("copy Flink's configuration: %w", err)
	}
	workers := strings.Repeat("localhost\n", standaloneWorkers)
	return ports[0], os.WriteFile(filepath.Join(conf, "workers"), []byte(workers), 0o644)
}

func awaitStandalone(ctx context.Context, port int) error {
	client, err := rest.NewClient(rest.Options{BaseURL: "http://127.0.0.1:" + strconv.Itoa(port), RetryFor: -1})
	if err != nil {
		return err
	}
	for {
		o, err := client.Overview(ctx)
		if err == nil && o.TaskManagers == standaloneWorkers && o.SlotsTotal == standaloneWorkers {
			return nil
		}
		if err := pause(ctx, pollInterval); err != nil {
			return fmt.Errorf("wait for the standalone cluster: %w", err)
		}
	}
}
