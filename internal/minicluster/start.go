package minicluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	pollInterval = 100 * time.Millisecond
	startLimit   = 2 * time.Minute // for daemons to serve; they do in a fraction of it
)

// Start assembles what is missing in the cache, starts a cluster in o.Dir and returns when all daemons serve: the NameNode is
// out of safe mode and has every DataNode, the ResourceManager is active and has a running node.
//
// A cluster that already runs there whole is returned as it is, after adding the Flink versions and the ZooKeeper it
// lacked. A stopped one whose
// folder was kept starts again with its files. What is left of one that broke is ended first.
//
// When ctx ends before Start returns, or Start fails, every process it started is ended; the folder with the logs remains.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	javaHome, err := checkPrerequisites(ctx, o.JavaHome, !o.isAssembled())
	if err != nil {
		return nil, err
	}
	distributions, err := Assemble(ctx, o)
	if err != nil {
		return nil, err
	}
	lock, err := o.claim(ctx)
	if err != nil {
		return nil, err
	}
	defer lock.release()

	wanted := state{
		HadoopVersion: o.HadoopVersion, FlinkVersions: o.FlinkVersions, JavaHome: javaHome, Distributions: distributions,
		ZooKeeper: o.ZooKeeper, DataNodes: o.DataNodes, HA: o.HA, Secure: o.Secure, TicketLife: o.TicketLife, RenewableLife: o.RenewableLife,
		TLS: o.TLS, DataProtection: o.DataProtection,
	}
	old, err := readState(o.Dir)
	switch {
	case errors.Is(err, ErrNoCluster):
	case err != nil:
		return nil, err
	case old.allAlive() && newSignedProbe(ctx, o.Dir, old).whole(ctx) == nil:
		return o.attach(ctx, old, wanted)
	default:
		if err := o.endLeftovers(ctx, old); err != nil {
			return nil, err
		}
		wanted.Formatted = old.Formatted
	}
	return o.start(ctx, wanted)
}

// claim creates the folder and locks it.
func (o Options) claim(ctx context.Context) (*fileLock, error) {
	entries, err := os.ReadDir(o.Dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("start a cluster: %w", err)
	}
	for _, entry := range entries {
		if entry.Name() == stateName || entry.Name() == lockName {
			entries = nil
			break
		}
	}
	if len(entries) > 0 {
		return nil, fmt.Errorf("start a cluster in %s: the folder holds other files, such as %s", o.Dir, entries[0].Name())
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("start a cluster: %w", err)
	}
	return lockDir(ctx, o.Dir, o.logf)
}

func lockDir(ctx context.Context, dir string, logf func(string, ...any)) (*fileLock, error) {
	return acquireLock(ctx, filepath.Join(dir, lockName), func() {
		logf("%s: waiting for another process that starts or stops this cluster", dir)
	})
}

// attach returns the running cluster, which learns of the Flink distributions it did not have and gets its ZooKeeper.
func (o Options) attach(ctx context.Context, running, wanted state) (*Cluster, error) {
	if running.HadoopVersion != wanted.HadoopVersion {
		return nil, fmt.Errorf("start Hadoop %s in %s: Hadoop %s runs there", wanted.HadoopVersion, o.Dir, running.HadoopVersion)
	}
	if wanted.DataNodes > max(running.DataNodes, 1) {
		return nil, fmt.Errorf("start a cluster with %d data nodes in %s: one with a single data node runs there", wanted.DataNodes, o.Dir)
	}
	if wanted.Secure != running.Secure {
		return nil, fmt.Errorf("start a cluster in %s: one runs there that is secure (%t), and shall be so (%t)", o.Dir, running.Secure, wanted.Secure)
	}
	if wanted.TLS != running.TLS || wanted.DataProtection != running.DataProtection {
		return nil, fmt.Errorf("start a cluster in %s: one runs there with TLS (%t) and data protection %q, and shall have %t and %q", o.Dir,
			running.TLS, running.DataProtection, wanted.TLS, wanted.DataProtection)
	}
	if wanted.HA && !running.HA {
		return nil, fmt.Errorf("start a highly available cluster in %s: another one runs there", o.Dir)
	}
	for _, version := range running.FlinkVersions {
		if !slices.Contains(wanted.FlinkVersions, version) {
			wanted.FlinkVersions = append(wanted.FlinkVersions, version)
		}
	}
	running.FlinkVersions = wanted.FlinkVersions
	running.Distributions = running.Distributions.withFlink(wanted.Distributions)
	if err := running.write(o.Dir); err != nil {
		return nil, err
	}
	o.logf("%s: the cluster runs already", o.Dir)
	if wanted.ZooKeeper && !running.ZooKeeper {
		var err error
		if running, err = o.addZooKeeper(ctx, running); err != nil {
			return nil, err
		}
	}
	return &Cluster{dir: o.Dir, state: running, logf: o.logf}, nil
}

func (o Options) endLeftovers(ctx context.Context, old state) error {
	if err := endProcesses(ctx, o.Dir, old, gracePeriod); err != nil {
		return err
	}
	if old.Formatted {
		return nil
	}
	return os.RemoveAll(filepath.Join(o.Dir, "dfs"))
}

// start runs the daemons. A port can be lost between its choice and its use, so a first failure to bind is not the last word.
func (o Options) start(ctx context.Context, s state) (*Cluster, error) {
	caller, err := user.Current()
	if err != nil {
		return nil, fmt.Errorf("start a cluster: %w", err)
	}
	s.User = caller.Username
	if s.Secure {
		s.User = hdfsUser
	}
	for first := true; ; first = false {
		run := &starter{o: o, state: s, daemons: map[string]*launched{}}
		err := run.run(ctx)
		if err == nil {
			return &Cluster{dir: o.Dir, state: run.state, logf: o.logf}, nil
		}
		// Not with ctx, which may be the reason for the failure.
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), startLimit)
		err = errors.Join(err, endProcesses(ending, o.Dir, run.state, gracePeriod))
		cancel()
		if !first || !errors.Is(err, errPortTaken) {
			return nil, fmt.Errorf("start a cluster in %s: %w", o.Dir, err)
		}
		o.logf("%s: a port was taken by somebody else, starting again with others", o.Dir)
		s.Formatted = run.state.Formatted
	}
}

var errPortTaken = errors.New("a port was taken")

// starter is one attempt to start all daemons.
type starter struct {
	o       Options
	state   state
	daemons map[string]*launched
}

func (r *starter) run(ctx context.Context) error {
	started := time.Now()
	if err := r.prepare(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit, fmt.Errorf("not ready after %s", startLimit))
	defer cancel()
	r.o.logf("%s: starting Hadoop %s", r.o.Dir, r.o.HadoopVersion)
	if r.state.Secure {
		if err := r.launchKDC(ctx); err != nil {
			return err
		}
	}
	launch := r.launchPlain
	if r.state.HA {
		launch = r.launchHA
	}
	if err := launch(ctx); err != nil {
		return err
	}
	if r.state.DataNodes > 1 {
		if err := r.launch(DataNode2); err != nil {
			return err
		}
	}
	if err := r.await(ctx); err != nil {
		return err
	}
	if err := createHomes(ctx, r.o.Dir, r.state); err != nil {
		return err
	}
	r.o.logf("%s: ready after %.1f s, resource manager at %s", r.o.Dir, time.Since(started).Seconds(), r.state.webURL(r.state.Ports.ResourceManagerWeb))
	return nil
}

// launchPlain starts one daemon of each kind.
func (r *starter) launchPlain(ctx context.Context) error {
	// The ResourceManager takes longest and needs no file system.
	if err := r.launch(ResourceManager, NodeManager); err != nil {
		return err
	}
	if r.state.ZooKeeper {
		if err := r.launch(ZooKeeper); err != nil {
			return err
		}
	}
	if !r.state.Formatted {
		if err := formatNameNode(ctx, r.o.Dir, r.state); err != nil {
			return err
		}
		r.state.Formatted = true // written down with the next daemon
	}
	return r.launch(NameNode, DataNode)
}

// prepare writes the configuration and the state file. From here on the folder tells how to end what runs in it.
func (r *starter) prepare(ctx context.Context) error {
	var err error
	if r.state.Ports, err = freePorts(); err != nil {
		return err
	}
	r.state.Processes = map[string]identity{}
	if err := r.state.write(r.o.Dir); err != nil {
		return err
	}
	for _, dir := range []string{logDir(r.o.Dir), filepath.Join(r.o.Dir, "tmp")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if r.state.ZooKeeper {
		if err := writeZooKeeperConfig(r.o.Dir, r.state.Ports.ZooKeeper); err != nil {
			return err
		}
	}
	if r.state.Secure {
		if err := prepareSecure(ctx, r.o.Dir, r.state); err != nil {
			return err
		}
	}
	if r.state.TLS {
		if err := prepareTLS(r.o.Dir); err != nil {
			return err
		}
	}
	return writeConfig(r.o.Dir, hadoopConfig(r.o.Dir, r.state, r.o.DebugDelay, r.o.HadoopProperties))
}

// launchKDC starts the KDC and waits for it: the others log in when they start.
func (r *starter) launchKDC(ctx context.Context) error {
	if err := r.launch(KDC); err != nil {
		return err
	}
	k, err := kdcOf(ctx, r.o.Dir, r.state)
	if err != nil {
		return err
	}
	if err := poll(ctx, func() error { return k.Ready(ctx) }, func() error { return r.daemons[KDC].death(r.o.Dir, KDC) }); err != nil {
		return err
	}
	return k.Login(ctx, hdfsUser, hdfsUser, ticketCachePath(r.o.Dir))
}

// launch starts daemons and writes down each at once. Between the start and the writing the marker in the daemon's environment
// stands in.
func (r *starter) launch(names ...string) error {
	for _, name := range names {
		daemon, err := launch(r.o.Dir, r.state, name)
		if err != nil {
			return err
		}
		r.daemons[name] = daemon
		r.state.Processes[name] = daemon.identity
		if err := r.state.write(r.o.Dir); err != nil {
			return err
		}
	}
	return nil
}

// await polls until the cluster is whole, a daemon dies, or ctx ends.
func (r *starter) await(ctx context.Context) error {
	probe := newSignedProbe(ctx, r.o.Dir, r.state)
	return poll(ctx, func() error { return probe.whole(ctx) }, func() error {
		var errs []error
		for _, name := range r.state.daemons() {
			errs = append(errs, r.daemons[name].death(r.o.Dir, name))
		}
		return errors.Join(errs...)
	})
}

// death returns nil while the daemon runs, and afterwards the end of its output.
func (l *launched) death(dir, name string) error {
	select {
	case <-l.ended:
	default:
		return nil
	}
	output := l.output(dir, name)
	err := fmt.Errorf("%s has ended, see %s: %s", name, logPath(dir, name), tail(output, 2000))
	for _, sign := range []string{"java.net.BindException", "Address already in use", "Port in use"} {
		if strings.Contains(output, sign) {
			return fmt.Errorf("%w: %w", errPortTaken, err)
		}
	}
	return err
}

// poll calls ready until it returns nil. It gives up with what fatal returns, or when ctx ends with the last answer of ready.
func poll(ctx context.Context, ready, fatal func() error) error {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		last := ready()
		if last == nil {
			return nil
		}
		if err := fatal(); err != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), last)
		}
	}
}

// createHomes makes the folders that every cluster has: /tmp and /user for everybody, and the caller's home.
func createHomes(ctx context.Context, dir string, s state) error {
	probe := newSignedProbe(ctx, dir, s)
	active, err := probe.active(ctx, NameNode)
	if err != nil {
		return fmt.Errorf("create the first folders: %w", err)
	}
	port := s.Ports.webPort(active)
	type folder struct{ path, permission, owner string }
	folders := []folder{{"/tmp", "1777", s.User}, {"/user", "1777", s.User}, {"/user/" + s.User, "755", s.User}}
	if s.Secure {
		for _, user := range SecureUsers {
			folders = append(folders, folder{"/user/" + user, "755", user})
		}
	}
	for _, f := range folders {
		for _, op := range []string{"MKDIRS", "SETPERMISSION", "SETOWNER"} { // the first leaves an existing folder's permission alone
			query := url.Values{"op": {op}, "permission": {f.permission}, "owner": {f.owner}, "user.name": {s.User}}
			path := (&url.URL{Path: "/webhdfs/v1" + f.path, RawQuery: query.Encode()}).String()
			// The first writes may take their time on a busy machine, and can be done twice.
			if err := poll(ctx, func() error { _, err := probe.do(ctx, http.MethodPut, port, path); return err }, never); err != nil {
				return fmt.Errorf("create %s: %w", f.path, err)
			}
		}
	}
	return nil
}
