package minicluster

import (
	"context"
	"errors"
	"fmt"

	"github.com/yarnflink/yarnflink/internal/zookeeper"
)

// ErrNotHA says that a cluster has one master of each kind.
var ErrNotHA = errors.New("the cluster is not highly available")

// Active is the name of the daemon that is active in a role, NameNode or ResourceManager, and of the one that is not; that is ""
// where there is only one.
func (c *Cluster) Active(ctx context.Context, role string) (active, other string, err error) {
	current, err := readState(c.dir)
	if err != nil {
		return "", "", err
	}
	if active, err = newSignedProbe(ctx, c.dir, current).active(ctx, role); err != nil {
		return "", "", err
	}
	for _, name := range current.members(role) {
		if name != active {
			other = name
		}
	}
	return active, other, nil
}

// AwaitActive returns when a daemon is the active one of its role. It does not make it so: the other has to end or to lose its
// lock.
func (c *Cluster) AwaitActive(ctx context.Context, name string) error {
	current, err := readState(c.dir)
	if err != nil {
		return err
	}
	return awaitRole(ctx, newSignedProbe(ctx, c.dir, current), name, roleActive)
}

func awaitRole(ctx context.Context, p probe, name, wanted string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit, fmt.Errorf("not %s after %s", wanted, startLimit))
	defer cancel()
	err := poll(ctx, func() error {
		is, err := p.role(ctx, name)
		if err == nil && is != wanted {
			err = errors.New("it is " + is)
		}
		return err
	}, never)
	if err != nil {
		return fmt.Errorf("wait for %s to be %s: %w", name, wanted, err)
	}
	return nil
}

// Failover makes the standby of a role, NameNode or ResourceManager, the active one and returns its name when it is. The one that
// was active runs on and stands by then. What happens is what a long pause of the active one's elector brings about: it loses its
// lock in ZooKeeper, and the other takes it.
func (c *Cluster) Failover(ctx context.Context, role string) (active string, err error) {
	lock, err := lockDir(ctx, c.dir, c.logf)
	if err != nil {
		return "", err
	}
	defer lock.release()
	current, err := readState(c.dir)
	if err != nil {
		return "", err
	}
	couple, known := couples[role]
	if !current.HA || !known {
		return "", fmt.Errorf("fail over %s of %s: %w", role, c.dir, ErrNotHA)
	}
	probe := newSignedProbe(ctx, c.dir, current)
	old, err := probe.active(ctx, role)
	if err != nil {
		return "", fmt.Errorf("fail over: %w", err)
	}
	_, i, _ := coupleOf(old)
	other := couple.daemons[1-i]
	// One that is still starting would keep the role without a bearer.
	if err := awaitRole(ctx, probe, other, roleStandby); err != nil {
		return "", fmt.Errorf("fail over: %w", err)
	}
	if err := handOver(ctx, current, couple.lock, current.Processes[couple.electors[i]]); err != nil {
		return "", fmt.Errorf("fail over from %s to %s: %w", old, other, err)
	}
	if err := awaitRole(ctx, probe, other, roleActive); err != nil {
		return "", err
	}
	return other, awaitRole(ctx, probe, old, roleStandby)
}

// handOver takes an elector's lock away while it can't take it back.
func handOver(ctx context.Context, s state, lock string, elector identity) (err error) {
	zk, err := zookeeper.Dial(ctx, []string{address(s.Ports.ZooKeeper)})
	if err != nil {
		return err
	}
	defer zk.Close()
	if err := elector.pause(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, elector.resume()) }()
	if _, err := zk.RemoveAll(ctx, lock); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit, errors.New("nobody takes the lock "+lock))
	defer cancel()
	return poll(ctx, func() error {
		taken, err := zk.Exists(ctx, lock)
		if err == nil && !taken {
			err = errors.New(lock + " is free")
		}
		return err
	}, never)
}

// Crash kills the active one of a role, as kill -9 does, and returns when the other has taken over. StartDaemon brings back the
// one that was killed.
func (c *Cluster) Crash(ctx context.Context, role string) (killed, active string, err error) {
	killed, active, err = c.Active(ctx, role)
	if err != nil {
		return "", "", err
	}
	if active == "" {
		return "", "", fmt.Errorf("crash %s of %s: %w", role, c.dir, ErrNotHA)
	}
	if err := c.StopDaemon(ctx, killed); err != nil {
		return "", "", err
	}
	return killed, active, c.AwaitActive(ctx, active)
}

// CrashAndRestart is Crash, and starts the one that was killed again: it stands by when this returns.
func (c *Cluster) CrashAndRestart(ctx context.Context, role string) (active string, err error) {
	killed, active, err := c.Crash(ctx, role)
	if err != nil {
		return "", err
	}
	return active, c.StartDaemon(ctx, killed)
}

// Pause stops a daemon where it stands, as a long pause of its JVM does: it keeps its connections and answers nobody. Resume lets
// it go on.
func (c *Cluster) Pause(name string) error { return c.withProcess(name, identity.pause) }

// Resume lets a daemon go on that Pause has stopped; one that runs is left alone.
func (c *Cluster) Resume(name string) error { return c.withProcess(name, identity.resume) }

func (c *Cluster) withProcess(name string, do func(identity) error) error {
	current, err := readState(c.dir)
	if err != nil {
		return err
	}
	process, running := current.Processes[name]
	if !running {
		return fmt.Errorf("signal %s of %s: it does not run", name, c.dir)
	}
	return do(process)
}

// AwaitWhole returns when all daemons serve and know each other, and of two masters one is active and the other stands by.
func (c *Cluster) AwaitWhole(ctx context.Context) error {
	current, err := readState(c.dir)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit, fmt.Errorf("not whole after %s", startLimit))
	defer cancel()
	probe := newSignedProbe(ctx, c.dir, current)
	if err := poll(ctx, func() error { return probe.whole(ctx) }, never); err != nil {
		return fmt.Errorf("wait for the cluster in %s: %w", c.dir, err)
	}
	return nil
}
