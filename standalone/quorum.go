package standalone

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/internal/zookeeper"
)

const (
	// zooCfg is the name of ZooKeeper's configuration file.
	zooCfg = "zoo.cfg"
	// peerIDOption tells in a command line which peer it is.
	peerIDOption = "--peerId"
)

// Quorum is the ZooKeeper that conf/zoo.cfg describes, run by Flink's own main
// class on the hosts of its server lines. Its methods are not for concurrent use;
// Close ends its connections.
type Quorum struct {
	cluster *Cluster
	config  *zookeeper.Config
	file    string
}

// NewQuorum reads the content of a zoo.cfg; file is its name for messages. Masters
// and Workers of the options are not looked at. All problems are returned joined,
// each ErrInvalid. No host is asked.
func NewQuorum(o Options, file string, content []byte) (*Quorum, error) {
	config, err := zookeeper.ParseConfig(content, file)
	q := &Quorum{config: config, file: file}
	problems := asProblems(err)
	var names []string
	for _, s := range config.Servers {
		names = append(names, s.Host)
	}
	problems = append(problems, o.placeProblems(names, file)...)
	q.cluster, err = newCluster(o, problems)
	if err != nil {
		return nil, err
	}
	return q, nil
}

// asProblems makes each error of a file one that is refused.
func asProblems(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error }) //nolint:errorlint // as errors.Join made it
	if !ok {
		return nil
	}
	var problems []error
	for _, e := range joined.Unwrap() {
		problems = append(problems, problem("", "%s", e))
	}
	return problems
}

// Close ends the connections to hosts.
func (q *Quorum) Close() { q.cluster.Close() }

// Warnings are for what works, but hardly as it is meant.
func (q *Quorum) Warnings() []string { return q.config.Warnings }

// peerOn is a server as its own host's zoo.cfg describes it, which counts there:
// it may have another dataDir and client port, but not other servers.
func (q *Quorum) peerOn(facts *hostFacts, s zookeeper.Server) (*zookeeper.Config, zookeeper.Server, error) {
	name := path.Join(facts.confDir, zooCfg)
	if facts.zooCfg == nil {
		return nil, s, &HostError{Kind: "home", Text: name + " is missing", Advice: adviceFor["home"]}
	}
	config, err := zookeeper.ParseConfig(facts.zooCfg, name)
	if err != nil {
		return nil, s, errors.Join(asProblems(err)...)
	}
	for _, theirs := range config.Servers {
		ours := q.config.Of(theirs.ID)
		if ours == nil || ours.PeerPort != theirs.PeerPort || ours.ElectionPort != theirs.ElectionPort || ours.Observer != theirs.Observer {
			return nil, s, problem("copy the file to all hosts", "%s: server.%d is another one than in %s", name, theirs.ID, q.file)
		}
	}
	own := config.Of(s.ID)
	if own == nil || len(config.Servers) != len(q.config.Servers) {
		return nil, s, problem("copy the file to all hosts", "%s does not name the servers that %s names", name, q.file)
	}
	peer := *own
	peer.Host = s.Host // a host's own line may have 0.0.0.0
	return config, peer, nil
}

// quorumScript are the variables of start.sh for a peer.
//
// Java has none of it; zookeeper.sh and flink-daemon.sh do.
func (f *hostFacts) quorumScript(config *zookeeper.Config, s zookeeper.Server) (*script, error) {
	var sc script
	f.place(&sc)
	sc.set("role", ZooKeeperPeer.daemon())
	f.java(&sc, ZooKeeperPeer)
	heap := cmp.Or(f.env["ZK_HEAP"], f.configuration.Text(flink.ZooKeeperHeap))
	megabytes, err := strconv.ParseUint(heap, 10, 31)
	if err != nil {
		return nil, problem("name a number of MB", "%s is %q, and no number", flink.ZooKeeperHeap.Key, heap)
	}
	jvm := f.env["JVM_ARGS"]
	if megabytes > 0 {
		jvm += fmt.Sprintf(" -Xms%dm -Xmx%dm", megabytes, megabytes)
	}
	sc.set("jvm_args", strings.TrimSpace(jvm+" -Dzookeeper.jmx.log4j.disable=true"))
	sc.set("class_path", f.classPath())
	sc.list("args", []string{"--zkConfigFile", path.Join(f.confDir, zooCfg), peerIDOption, strconv.Itoa(s.ID)})
	sc.list("last_args", nil)
	sc.list("names", nil)
	sc.list("folders", slices.DeleteFunc([]string{config.DataDir, config.DataLogDir}, func(dir string) bool { return dir == "" }))
	f.exports(&sc)
	sc.list("mark", []string{peerIDOption, strconv.Itoa(s.ID)})
	sc.set("count", "1")
	sc.set("more", "")
	return &sc, nil
}

// Stop ends the peers on all hosts, the leader last, so that none is elected in
// between; with force each is killed at once. That nothing runs is no error. Hosts
// that fail are an ErrIncomplete; the others are stopped.
func (q *Quorum) Stop(ctx context.Context, force bool) ([]Stopped, error) {
	leader := ""
	if !force {
		leader = q.leaderHost(ctx)
	}
	var mu sync.Mutex
	all := []Stopped{}
	failures := map[string]*Failure{}
	stop := func(name string) {
		stopped, err := q.cluster.stopOn(ctx, name, ZooKeeperPeer, stopping{force: force, grace: stopGrace})
		mu.Lock()
		defer mu.Unlock()
		all = append(all, stopped...)
		if err != nil {
			failures[name] = &Failure{Host: name, Err: err}
		}
	}
	var group sync.WaitGroup
	for _, s := range q.config.Servers {
		if s.Host != leader {
			group.Go(func() { stop(s.Host) })
		}
	}
	group.Wait()
	if leader != "" {
		stop(leader)
	}
	if ctx.Err() != nil {
		return all, context.Cause(ctx)
	}
	if len(failures) == 0 {
		return all, nil
	}
	e := &IncompleteError{Op: "stop the quorum", Some: len(failures) < len(q.config.Servers), Rest: "processes there may still run"}
	for _, s := range q.config.Servers {
		if f := failures[s.Host]; f != nil {
			e.Failures = append(e.Failures, f)
		}
	}
	return all, e
}

// leaderHost is the host of the peer that leads, "" where nobody tells.
func (q *Quorum) leaderHost(ctx context.Context) string {
	var mu sync.Mutex
	var group sync.WaitGroup
	leader := ""
	for _, s := range q.config.Servers {
		group.Go(func() {
			facts, err := q.cluster.host(s.Host).inspect(ctx)
			if err != nil {
				return
			}
			config, peer, err := q.peerOn(facts, s)
			if err != nil {
				return
			}
			if state, err := zookeeper.State(ctx, config.ClientAddressOf(peer)); err == nil && state.Mode == "leader" {
				mu.Lock()
				defer mu.Unlock()
				leader = s.Host
			}
		})
	}
	group.Wait()
	return leader
}
