package standalone

import (
	"cmp"
	"crypto/tls"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/internal/leader"
	"github.com/yarnflink/yarnflink/internal/sshclient"
)

// Role is what a process is in a cluster.
type Role string

// The roles.
const (
	JobManager  Role = "JobManager"
	TaskManager Role = "TaskManager"
	// HistoryRole is the history server's, which belongs to no cluster.
	HistoryRole Role = "HistoryServer"
	// ZooKeeperPeer is a server of a quorum that Flink's scripts run.
	ZooKeeperPeer Role = "ZooKeeper peer"
)

// daemon is the role's name in Flink's scripts, pid files and logs.
func (r Role) daemon() string {
	switch r {
	case JobManager:
		return "standalonesession"
	case HistoryRole:
		return "historyserver"
	case ZooKeeperPeer:
		return "zookeeper"
	}
	return "taskexecutor"
}

// Property is a -D of the command line. It stands in the command lines of the
// processes, where every user of the hosts can read it.
type Property struct{ Key, Value string }

// SSH says who the caller is to other hosts.
type SSH struct {
	User         string // the caller's name
	Home         string // his home folder, with .ssh in it
	AgentSocket  string // SSH_AUTH_SOCK, "" for none
	SystemConfig string // /etc/ssh/ssh_config, "" for none
}

// defaultAtOnce is how many hosts are worked on at a time.
const defaultAtOnce = 32

// Options describe a cluster.
type Options struct {
	// Home is FLINK_HOME on this machine, "" where there is none; RemoteHome the one on other hosts, "" for the same.
	Home, RemoteHome string
	// ConfDir is the configuration folder on this machine. Where it is conf in FLINK_HOME, other hosts use their own:
	// FLINK_CONF_DIR of their environment, else conf in their FLINK_HOME. Else it is the same path on all hosts.
	ConfDir string
	// Configuration is ConfDir's, with Properties set over it.
	Configuration *flink.Configuration
	// Properties are given to every process that is started.
	Properties []Property
	// Masters and Workers are the hosts; one that stands in Workers several times has as many TaskManagers.
	Masters, Workers []flink.HostLine
	// ToStart has New check what matters for Start only: several Masters without high availability. One that runs may
	// have that by its command line.
	ToStart bool
	SSH     SSH
	// AtOnce is how many hosts are worked on at a time; 0 is 32.
	AtOnce int
	// TLS is for REST where it speaks https; nil trusts the system's roots.
	TLS *tls.Config
	// Report is told what happens, by one goroutine at a time; nil for nobody.
	Report func(Event)
	Logger *slog.Logger // nil logs nothing
}

// Cluster is a standalone cluster, whether it runs or not. Its methods are not
// for concurrent use; Close ends its connections.
type Cluster struct {
	o     Options
	ssh   *sshclient.Client
	slots chan struct{} // one token for each host that is worked on

	reporting sync.Mutex
	mu        sync.Mutex
	hosts     map[string]*host
	clients   map[string]*rest.Client   // by address
	finders   map[string]*leader.Finder // by what they look for
}

// New checks what is known beforehand. All problems are returned joined, each
// ErrInvalid. No host is asked.
func New(o Options) (*Cluster, error) { return newCluster(o, o.problems()) }

// newCluster has its hosts worked on, unless there are problems.
func newCluster(o Options, problems []error) (*Cluster, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Cluster{o: o, hosts: map[string]*host{}, clients: map[string]*rest.Client{}, finders: map[string]*leader.Finder{}, slots: make(chan struct{}, cmp.Or(o.AtOnce, defaultAtOnce))}
	var err error
	c.ssh, err = sshclient.New(sshclient.Options{
		Args: o.Configuration.Text(flink.SSHOptions), Origin: flink.SSHOptions.Key,
		User: o.SSH.User, Home: o.SSH.Home, AgentSocket: o.SSH.AgentSocket, SystemConfig: o.SSH.SystemConfig, Logger: o.Logger,
	})
	if err != nil {
		problems = append(problems, &Failure{Host: "ssh", Err: err})
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return c, nil
}

// Close ends the connections to hosts and to ZooKeeper.
func (c *Cluster) Close() {
	c.ssh.Close()
	c.closeFinders()
}

// Event is one step of what a Cluster does.
type Event struct {
	Host  string
	Role  Role // "" where it is about the host
	PID   int  // 0 where it is about no process
	State string
	// Detail says more, "" for nothing.
	Detail string
}

func (c *Cluster) report(e Event) {
	if c.o.Report == nil {
		return
	}
	c.reporting.Lock()
	defer c.reporting.Unlock()
	c.o.Report(e)
}

// isLocal tells whether a host needs no SSH, as for Flink's scripts.
func isLocal(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// isLoopback tells whether a host is this machine under any of its own addresses.
func isLoopback(host string) bool { return isLocal(host) || strings.HasPrefix(host, "127.") }

// homeOn is FLINK_HOME on a host.
func (o Options) homeOn(host string) string {
	if isLocal(host) {
		return cmp.Or(o.Home, o.RemoteHome)
	}
	return cmp.Or(o.RemoteHome, o.Home)
}

// confOn is the configuration folder on a host, "" for the host's own.
func (o Options) confOn(host string) string {
	inHome := o.Home != "" && filepath.Clean(o.ConfDir) == filepath.Join(o.Home, "conf")
	if !isLocal(host) && (inHome || o.Home == "") {
		return ""
	}
	return o.ConfDir
}

// hostNames are all hosts, masters first, each once.
func (o Options) hostNames() []string {
	var names []string
	for _, h := range slices.Concat(o.Masters, o.Workers) {
		if !slices.Contains(names, h.Host) {
			names = append(names, h.Host)
		}
	}
	return names
}

// countLine tells how often a line stands in Masters.
func (o Options) countLine(line flink.HostLine) (n int) {
	for _, m := range o.Masters {
		if m == line {
			n++
		}
	}
	return n
}

// count tells how many processes of a role a host should have.
func (o Options) count(name string, role Role) int {
	lines, n := o.Workers, 0
	if role == JobManager {
		lines = o.Masters
	}
	for _, h := range lines {
		if h.Host == name {
			n++
		}
	}
	return n
}
