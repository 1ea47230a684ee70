package minicluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

const (
	stateName = "cluster.json"
	lockName  = "lock"
	// markerVariable is set in the environment of every daemon to the cluster's folder. It finds a daemon whose starter was
	// killed before it could write down the process's identity.
	markerVariable = "YARNFLINK_MINICLUSTER_DAEMON"
)

// ErrNoCluster says that a folder holds no cluster.
var ErrNoCluster = errors.New("no cluster")

// identity tells a process from a later one with the same number.
type identity struct {
	PID        int    `json:"pid"`
	StartTicks uint64 `json:"start_ticks"` // when it started, clock ticks since boot
	BootID     string `json:"boot_id"`
}

// state is what the cluster's folder remembers. It is written before the first daemon starts and after every start.
type state struct {
	HadoopVersion string              `json:"hadoop_version"`
	FlinkVersions []string            `json:"flink_versions"`
	JavaHome      string              `json:"java_home"`
	User          string              `json:"user"`
	Distributions Distributions       `json:"distributions"`
	Ports         ports               `json:"ports"`
	Processes     map[string]identity `json:"processes"` // by daemon name; a stopped daemon is missing
	Formatted     bool                `json:"formatted"` // the NameNode has its file system
	ZooKeeper     bool                `json:"zookeeper"` // there is one
	DataNodes     int                 `json:"data_nodes"`
	HA            bool                `json:"ha"`
	Secure        bool                `json:"secure"`
	TicketLife    time.Duration       `json:"ticket_life"` // of a secure cluster; 0 means the KDC's default
	RenewableLife time.Duration       `json:"renewable_life"`

	TLS            bool   `json:"tls"` // web servers speak https
	DataProtection string `json:"data_protection"`
}

func readState(dir string) (state, error) {
	content, err := os.ReadFile(filepath.Join(dir, stateName))
	if errors.Is(err, fs.ErrNotExist) {
		return state{}, fmt.Errorf("%w in %s", ErrNoCluster, dir)
	}
	if err != nil {
		return state{}, err
	}
	var s state
	if err := json.Unmarshal(content, &s); err != nil {
		return state{}, fmt.Errorf("read %s: %w", filepath.Join(dir, stateName), err)
	}
	if s.Processes == nil {
		s.Processes = map[string]identity{}
	}
	return s, nil
}

// write replaces the state file at once: whoever reads or dies meanwhile sees the old one or the new one.
func (s state) write(dir string) error {
	content, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, stateName)
	if err := os.WriteFile(path+".new", content, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// allAlive reports whether every daemon's process runs. What answers on its ports may be another cluster's otherwise.
func (s state) allAlive() bool {
	for _, name := range s.daemons() {
		if !s.Processes[name].alive() {
			return false
		}
	}
	return true
}

// host is what the cluster's addresses begin with.
func (s state) host() string {
	if s.Secure {
		return secureHost
	}
	return loopback
}

// address is that of a daemon for clients.
func (s state) address(port int) string { return s.host() + ":" + strconv.Itoa(port) }

// webURL is the address of a daemon's web server.
func (s state) webURL(port int) string {
	if s.TLS {
		return "https://" + s.address(port)
	}
	return "http://" + s.address(port)
}

func confDir(dir string) string       { return filepath.Join(dir, "conf") }
func daemonConfDir(dir string) string { return filepath.Join(dir, "daemon") }
func logDir(dir string) string        { return filepath.Join(dir, "logs") }
func localDir(dir string) string      { return filepath.Join(dir, "nm-local") }
