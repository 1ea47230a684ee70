package minicluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// zooKeeperConfig is the server's configuration file. Sessions may be as short as 2 s, for tests that wait for their end, and are
// at most 20 s.
func zooKeeperConfig(dir string, port int) string {
	settings := []string{
		"tickTime=1000",
		"minSessionTimeout=2000",
		"maxSessionTimeout=20000",
		"dataDir=" + zooKeeperDir(dir),
		"clientPort=" + strconv.Itoa(port),
		"clientPortAddress=" + loopback,
		"maxClientCnxns=0",
		"admin.enableServer=false",
		"4lw.commands.whitelist=srvr",
	}
	return strings.Join(settings, "\n") + "\n"
}

func writeZooKeeperConfig(dir string, port int) error {
	if err := os.MkdirAll(zooKeeperDir(dir), 0o755); err != nil {
		return err
	}
	if err := os.MkdirAll(daemonConfDir(dir), 0o755); err != nil {
		return err
	}
	return os.WriteFile(zooKeeperConfigPath(dir), []byte(zooKeeperConfig(dir, port)), 0o644)
}

// addZooKeeper starts a ZooKeeper beside the daemons that run. If that fails the cluster stays without.
func (o Options) addZooKeeper(ctx context.Context, running state) (state, error) {
	free, err := freePorts() // the one kept free at the cluster's start may be somebody's by now
	if err != nil {
		return state{}, err
	}
	with := running
	with.ZooKeeper, with.Ports.ZooKeeper, with.Processes = true, free.ZooKeeper, maps.Clone(running.Processes)
	if err := writeZooKeeperConfig(o.Dir, with.Ports.ZooKeeper); err != nil {
		return state{}, err
	}
	if err := startDaemon(ctx, o.Dir, with, ZooKeeper); err != nil {
		return state{}, errors.Join(err, with.Processes[ZooKeeper].signal(syscall.SIGKILL), running.write(o.Dir))
	}
	return with, nil
}

// zooKeeper asks the server for its status with the four letter word that every release answers.
func (p probe) zooKeeper(ctx context.Context) error {
	dialer := net.Dialer{Timeout: p.client.Timeout}
	conn, err := dialer.DialContext(ctx, "tcp4", address(p.state.Ports.ZooKeeper))
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if err := conn.SetDeadline(time.Now().Add(p.client.Timeout)); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, "srvr"); err != nil {
		return err
	}
	answer, err := io.ReadAll(io.LimitReader(conn, 1<<16))
	if err != nil {
		return fmt.Errorf("ask %s: %w", address(p.state.Ports.ZooKeeper), err)
	}
	if !strings.HasPrefix(string(answer), "Zookeeper version") {
		return errors.New("not serving: " + tail(string(answer), 500))
	}
	return nil
}

func zooKeeperDir(dir string) string        { return filepath.Join(dir, "zookeeper") }
func zooKeeperConfigPath(dir string) string { return filepath.Join(daemonConfDir(dir), "zoo.cfg") }
