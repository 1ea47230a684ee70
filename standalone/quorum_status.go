package standalone

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/yarnflink/yarnflink/internal/zookeeper"
)

// QuorumStatus is what a quorum looks like.
type QuorumStatus struct {
	// Serving tells that a peer gives sessions.
	Serving bool `json:"serving"`
	// Leader is the id of the peer that leads, 0 where that is not known.
	Leader int `json:"leader"`
	// Version is ZooKeeper's, "" where no peer tells.
	Version string       `json:"version"`
	Peers   []PeerStatus `json:"peers"`
}

// PeerStatus is one peer of a quorum.
type PeerStatus struct {
	ID   int    `json:"id"`
	Host string `json:"host"`
	// Error is why the host can't be asked, "" where it was.
	Error string `json:"error,omitempty"`
	// ClientAddress is where clients find the peer, host:port; "" where the host was not asked.
	ClientAddress string `json:"clientAddress"`
	// PID is 0 where no process runs.
	PID int `json:"pid"`
	// Seconds is how long it runs, -1 where that is not known.
	Seconds int64 `json:"seconds"`
	// Lost tells that the pid file does not have it, so that Flink's scripts would not stop it.
	Lost bool `json:"lost"`
	// Serving tells whether the peer gives a session; SessionError says why not.
	Serving      bool   `json:"serving"`
	SessionError string `json:"sessionError,omitempty"`
	// Mode is leader, follower, observer or standalone; "" where the peer does not tell, for which ModeError is the reason.
	Mode      string `json:"mode"`
	ModeError string `json:"modeError,omitempty"`
	// Dead are entries of the pid file that no process belongs to.
	Dead []string `json:"deadPids"`

	err     error
	version string
}

// Status asks all hosts for the processes, and each peer for a session and, by the
// word srvr, for its mode. Hosts that can't be asked are told in the result, and
// are an ErrIncomplete beside it; so are peers that don't run or don't serve. Where
// nothing runs at all the error is ErrNotRunning.
func (q *Quorum) Status(ctx context.Context) (*QuorumStatus, error) {
	status := &QuorumStatus{Peers: make([]PeerStatus, len(q.config.Servers))}
	var group sync.WaitGroup
	for i, s := range q.config.Servers {
		group.Go(func() { status.Peers[i] = q.peerStatus(ctx, s) })
	}
	group.Wait()
	if ctx.Err() != nil {
		return status, context.Cause(ctx)
	}
	for _, p := range status.Peers {
		status.Serving = status.Serving || p.Serving
		if p.Mode == "leader" || p.Mode == "standalone" {
			status.Leader = p.ID
		}
		if status.Version == "" {
			status.Version = p.version
		}
	}
	return status, status.problem()
}

// peerStatus asks one host and its peer.
func (q *Quorum) peerStatus(ctx context.Context, s zookeeper.Server) PeerStatus {
	status := PeerStatus{ID: s.ID, Host: s.Host, Seconds: -1, Dead: []string{}}
	err := q.askHost(ctx, s, &status)
	if err != nil {
		status.Error, status.err = err.Error(), err
		return status
	}
	if status.PID == 0 {
		return status
	}
	var group sync.WaitGroup
	group.Go(func() {
		if err := trySession(ctx, status.ClientAddress); err != nil {
			status.SessionError = err.Error()
			return
		}
		status.Serving = true
	})
	group.Go(func() {
		state, err := zookeeper.State(ctx, status.ClientAddress)
		status.Mode, status.version = state.Mode, state.Version
		if err != nil {
			status.ModeError = err.Error()
		}
	})
	group.Wait()
	return status
}

// askHost looks for the process.
func (q *Quorum) askHost(ctx context.Context, s zookeeper.Server, status *PeerStatus) error {
	h := q.cluster.host(s.Host)
	facts, err := h.inspect(ctx)
	if err != nil {
		return err
	}
	var sc script
	facts.place(&sc)
	sc.list("roles", []string{ZooKeeperPeer.daemon()})
	answers, err := h.run(ctx, "status.sh", &sc)
	if err != nil {
		return err
	}
	for _, a := range answers {
		_, value, _ := strings.Cut(a.value, " ")
		if a.key == "dead" {
			status.Dead = append(status.Dead, value)
			continue
		}
		p, err := parseProcess(value)
		if err != nil {
			return err
		}
		if !slices.Contains(p.properties, Property{peerIDOption, strconv.Itoa(s.ID)}) {
			continue // a host of two names runs another one
		}
		status.PID, status.Seconds, status.Lost = p.pid, p.seconds, a.key == "lost"
	}
	config, peer, err := q.peerOn(facts, s)
	if err == nil {
		status.ClientAddress, err = reachable(config, peer)
	}
	return err
}

// problem is what a quorum lacks.
func (s *QuorumStatus) problem() error {
	e := &IncompleteError{Op: "look at the quorum"}
	for _, p := range s.Peers {
		e.Some = e.Some || p.PID != 0
		switch {
		case p.err != nil:
			e.Failures = append(e.Failures, &Failure{Host: p.Host, Err: p.err})
		case p.PID == 0:
			e.Failures = append(e.Failures, &Failure{Host: p.Host, Role: ZooKeeperPeer, Err: ErrNotRunning})
		case !p.Serving:
			e.Failures = append(e.Failures, &Failure{Host: p.Host, Role: ZooKeeperPeer, Err: fmt.Errorf("process %d does not serve: %s", p.PID, p.SessionError)})
		}
	}
	switch {
	case len(e.Failures) == 0:
		return nil
	case !e.Some && !slices.ContainsFunc(s.Peers, func(p PeerStatus) bool { return p.err != nil }):
		return fmt.Errorf("the quorum: %w", ErrNotRunning)
	}
	return e
}
