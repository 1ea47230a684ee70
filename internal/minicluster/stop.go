package minicluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"
)

// gracePeriod is how long daemons may take to end by themselves before they are killed.
const gracePeriod = 3 * time.Second

// endProcesses ends all processes of the cluster in dir, daemons and containers, and returns when none is left or ctx ends.
// It finds them by the state file's identities and by what they carry of the folder's name, so neither a starter that was
// killed nor a container that left its parent's session escapes, and no stranger is hit. What still runs after grace is killed.
func endProcesses(ctx context.Context, dir string, s state, grace time.Duration) error {
	kill := time.Now().Add(grace)
	signalled := map[identity]syscall.Signal{}
	ticker := time.NewTicker(pollInterval / 2)
	defer ticker.Stop()
	for {
		left, err := remaining(dir, s)
		if err != nil || len(left) == 0 {
			return err
		}
		sig := syscall.SIGTERM
		if time.Now().After(kill) {
			sig = syscall.SIGKILL
		}
		// Looked for again each time: a dying NodeManager may still start what it had in hand.
		for _, p := range left {
			if signalled[p] == sig {
				continue
			}
			if err := p.signal(sig); err != nil {
				return fmt.Errorf("end the cluster in %s: %w", dir, err)
			}
			signalled[p] = sig
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("end the cluster in %s: %d processes left: %w", dir, len(left), ctx.Err())
		}
	}
}

// remaining are the processes of the cluster that still run, each once.
func remaining(dir string, s state) ([]identity, error) {
	left, err := marked(dir)
	if err != nil {
		return nil, fmt.Errorf("look for the processes of %s: %w", dir, err)
	}
	seen := map[identity]bool{}
	for _, p := range left {
		seen[p] = true
	}
	for _, p := range s.Processes {
		if !seen[p] && p.alive() {
			left = append(left, p)
		}
	}
	return left, nil
}

// Stop ends every process of the cluster – daemons and YARN containers, and no others – and returns when they are gone.
// The folder with its data and logs stays; see Remove. Stopping a stopped cluster does nothing.
func (c *Cluster) Stop(ctx context.Context) error {
	lock, err := lockDir(ctx, c.dir, c.logf)
	if err != nil {
		return err
	}
	defer lock.release()
	return c.stop(ctx)
}

// stop is Stop for those who hold the lock.
func (c *Cluster) stop(ctx context.Context) error {
	current, err := readState(c.dir)
	if err != nil {
		return err
	}
	if err := endProcesses(ctx, c.dir, current, gracePeriod); err != nil {
		return err
	}
	current.Processes = map[string]identity{}
	return current.write(c.dir)
}

// Remove stops the cluster and deletes its folder. The cached distributions stay. Removing a removed cluster does nothing.
func (c *Cluster) Remove(ctx context.Context) error {
	lock, err := lockDir(ctx, c.dir, c.logf)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer lock.release()
	if err := c.stop(ctx); err != nil {
		return err
	}
	if err := os.RemoveAll(c.dir); err != nil {
		return fmt.Errorf("delete the cluster's folder: %w", err)
	}
	return nil
}

// StopDaemon kills one daemon, as a crash would, and returns when it is gone. Containers live on. The daemon's ports stay
// reserved for StartDaemon in the cluster's configuration only.
func (c *Cluster) StopDaemon(ctx context.Context, name string) error {
	lock, err := lockDir(ctx, c.dir, c.logf)
	if err != nil {
		return err
	}
	defer lock.release()
	current, err := readState(c.dir)
	if err != nil {
		return err
	}
	process, running := current.Processes[name]
	if !running {
		return fmt.Errorf("stop %s of %s: it does not run", name, c.dir)
	}
	if err := process.signal(syscall.SIGKILL); err != nil {
		return err
	}
	gone := func() error {
		if process.alive() {
			return errors.New(name + " still runs")
		}
		return nil
	}
	if err := poll(ctx, gone, never); err != nil {
		return fmt.Errorf("stop %s: %w", name, err)
	}
	delete(current.Processes, name)
	return current.write(c.dir)
}

// StartDaemon starts a daemon that StopDaemon stopped or that died, on its old ports, and returns when it serves again.
func (c *Cluster) StartDaemon(ctx context.Context, name string) error {
	lock, err := lockDir(ctx, c.dir, c.logf)
	if err != nil {
		return err
	}
	defer lock.release()
	current, err := readState(c.dir)
	if err != nil {
		return err
	}
	if !slices.Contains(current.daemons(), name) {
		return fmt.Errorf("start a daemon of %s: %w", c.dir, current.errNoDaemon(name))
	}
	if current.Processes[name].alive() {
		return fmt.Errorf("start %s of %s: it runs already", name, c.dir)
	}
	return startDaemon(ctx, c.dir, current, name)
}

// startDaemon is StartDaemon for those who hold the lock. A daemon that does not serve in time is left to Stop.
func startDaemon(ctx context.Context, dir string, s state, name string) error {
	daemon, err := launch(dir, s, name)
	if err != nil {
		return err
	}
	s.Processes[name] = daemon.identity
	if err := s.write(dir); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit, fmt.Errorf("not ready after %s", startLimit))
	defer cancel()
	probe := newSignedProbe(ctx, dir, s)
	serves := func() error { return probe.daemon(ctx, name) }
	if err := poll(ctx, serves, func() error { return daemon.death(dir, name) }); err != nil {
		return fmt.Errorf("start %s of %s: %w", name, dir, err)
	}
	return nil
}

func never() error { return nil }
