package standalone

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/yarnflink/yarnflink/internal/zookeeper"
)

const (
	// sessionTry bounds one try to get a session with a peer: one that has no quorum yet takes connections and says nothing.
	sessionTry = time.Second
	// sessionPause is between two tries.
	sessionPause = 100 * time.Millisecond
)

// quorumRun is one start of a quorum.
type quorumRun struct {
	*run
	quorum    *Quorum
	addresses map[string]string // of clients, by host; guarded by run.mu
}

// Start starts the peers that are missing, on all hosts at once, and returns when
// each gives clients a session. What runs already is left alone.
//
// A peer that fails is named in an ErrIncomplete, with the cause and the end of its
// log, and the others are left running; as soon as too few are left for a quorum
// they are not waited for. When ctx ends, what this call has started is stopped
// again. Each host's own zoo.cfg counts there; one with other servers is refused.
//
// Java: start-zookeeper-quorum.sh, which waits for nothing.
func (q *Quorum) Start(ctx context.Context) (*QuorumStatus, error) {
	r := &quorumRun{run: newRun(q.cluster), quorum: q, addresses: map[string]string{}}
	r.stopLine = "yarnflink quorum stop"
	var group sync.WaitGroup
	for _, s := range q.config.Servers {
		q.cluster.report(Event{Host: s.Host, State: "asked"})
		group.Go(func() { r.launchPeer(ctx, s) })
	}
	group.Wait()
	if ctx.Err() == nil && r.possible() {
		r.watching(ctx, func() { r.awaitSessions(ctx) })
	}
	switch {
	case ctx.Err() != nil:
		return nil, r.interrupted(ctx, "start the quorum")
	case len(r.failures) > 0:
		return nil, r.failedError()
	}
	return q.Status(ctx)
}

// launchPeer starts a peer where none runs.
func (r *quorumRun) launchPeer(ctx context.Context, s zookeeper.Server) {
	facts, err := r.cluster.host(s.Host).inspect(ctx)
	if err == nil {
		err = context.Cause(ctx)
	}
	if err == nil {
		err = r.launchPeerOn(ctx, facts, s)
	}
	if err != nil && ctx.Err() == nil {
		r.fail(&Failure{Host: s.Host, Role: ZooKeeperPeer, Err: err})
	}
}

func (r *quorumRun) launchPeerOn(ctx context.Context, facts *hostFacts, s zookeeper.Server) error {
	config, peer, err := r.quorum.peerOn(facts, s)
	if err != nil {
		return err
	}
	address, err := reachable(config, peer)
	if err != nil {
		return err
	}
	sc, err := facts.quorumScript(config, peer)
	if err != nil {
		return err
	}
	r.note(func() { r.addresses[s.Host] = address })
	return r.runLaunch(ctx, Process{Host: s.Host, Role: ZooKeeperPeer}, sc)
}

// reachable is where the caller finds a peer's client port. One that is opened on
// another host's loopback is found by nobody but that host.
func reachable(config *zookeeper.Config, s zookeeper.Server) (string, error) {
	address := config.ClientAddressOf(s)
	host, _, err := net.SplitHostPort(address)
	if err == nil && isLoopback(host) && !isLoopback(s.Host) {
		err = problem("name an address of the host, or leave it out", "the client port is opened at %s, where no other host reaches it", host)
	}
	return address, err
}

// possible tells whether enough participants are left for a quorum.
func (r *quorumRun) possible() bool {
	alive := r.alive()
	n := 0
	for _, s := range r.quorum.config.Servers {
		if !s.Observer && slices.ContainsFunc(alive, func(p Process) bool { return p.Host == s.Host }) {
			n++
		}
	}
	return n >= max(r.quorum.config.Majority(), 1)
}

// awaitSessions returns when each peer that is left has given a session, or when
// they are too few.
func (r *quorumRun) awaitSessions(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	for _, p := range r.alive() {
		group.Go(func() { r.awaitSession(ctx, p) })
	}
	defer group.Wait()
	defer cancel()
	for {
		waiting := slices.ContainsFunc(r.alive(), func(p Process) bool { return !p.registered })
		if !waiting || !r.possible() {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-r.changed:
		}
	}
}

// awaitSession notes when a peer gives a session: then it is part of a quorum.
func (r *quorumRun) awaitSession(ctx context.Context, p Process) {
	r.mu.Lock()
	address := r.addresses[p.Host]
	r.mu.Unlock()
	for {
		err := trySession(ctx, address)
		if err == nil {
			r.cluster.report(Event{Host: p.Host, Role: p.Role, PID: p.PID, State: "serves", Detail: address})
			r.note(func() {
				i := slices.IndexFunc(r.processes, func(o Process) bool { return o.Host == p.Host && o.PID == p.PID })
				r.processes[i].registered = true
			})
			return
		}
		if errors.Is(err, zookeeper.ErrNotAllowed) {
			r.note(func() { r.failed[processKey(p.Host, p.PID)] = true })
			r.fail(&Failure{Host: p.Host, Role: p.Role, Err: err, LogFile: p.LogFile})
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(sessionPause):
		}
	}
}

// trySession opens a session with one peer, and ends it.
func trySession(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, sessionTry, zookeeper.ErrUnreachable)
	defer cancel()
	client, err := zookeeper.Dial(ctx, []string{address})
	if err == nil {
		client.Close()
	}
	return err
}

// failedError says which peers failed, and what becomes of the others.
func (r *quorumRun) failedError() error {
	alive := r.alive()
	e := &IncompleteError{Op: "start the quorum", Failures: r.failures, Some: len(r.processes) > 0}
	switch {
	case len(alive) == 0:
		e.Rest = "nothing is left running"
	case r.possible():
		e.Rest = fmt.Sprintf("the other %d peers serve; when the cause is mended, the same command starts what is missing", len(alive))
	default:
		e.Rest = fmt.Sprintf("the other %d peers are left running, too few to serve; when the cause is mended, the same command starts what is missing", len(alive))
	}
	return e
}
