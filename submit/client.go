package submit

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/leader"
	"github.com/yarnflink/yarnflink/kerberos"
	"github.com/yarnflink/yarnflink/yarn"
)

// Options of a Client.
type Options struct {
	// Hadoop is the cluster's configuration. It may be nil where only JobManagers
	// at known addresses are talked to.
	Hadoop *hadoop.Configuration
	// Flink is this machine's configuration of Flink, asked where an application's
	// own can't be read any more, and for the ZooKeeper that names a leader; nil
	// knows nothing. It is not changed.
	Flink *flink.Configuration
	// User is whom applications run as. Required.
	User string
	// RealUser is who acts for User, see yarn.Options and hdfs.Options; "" for User himself.
	RealUser string
	// Login proves who one is on a cluster with Kerberos, where it is required; User
	// is then the name that the cluster gives its principal (kerberos.ShortName).
	Login *kerberos.Login
	// TLS is for the ResourceManager and WebHDFS where they speak https, RESTTLS for
	// JobManagers; nil trusts the system's roots. They are not changed.
	TLS, RESTTLS *tls.Config
	// LockFolder is a local folder that keeps the keys of locked sessions, for their
	// owner alone; "" keeps none, and each use looks into the session's staging folder.
	LockFolder string
	// StagingDirectory is yarn.staging-directory where it is set, "" for the home directory.
	StagingDirectory string
	// HashIndex is a local file that remembers the hashes of local files, so that a
	// start needs not read them all; "" remembers nothing. Losing it costs time only.
	HashIndex string
	// NoCache stages everything into the application's own folder.
	NoCache bool
	// SharedCache stages for all users, and uses what others have staged: whoever
	// may write to the staging folder can make this user's applications run what
	// he likes. Without it only the user's own entries are used.
	SharedCache bool
	// Transport to HDFS; "" chooses by the file system's scheme, and goes over to
	// WebHDFS where RPC does not get through and WebHDFS does.
	Transport hdfs.Transport
	// Logger gets debug lines; nil logs nothing.
	Logger *slog.Logger
	// Progress is told of long work; it may be called from several goroutines at
	// once. nil tells nobody.
	Progress func(Progress)
	// Timeout bounds one exchange with a server; 0 means each client's default.
	Timeout time.Duration
	// RetryFor bounds how long an operation of HDFS is tried again whose
	// connection broke or whose server failed, once HDFS has answered; 0 means
	// DefaultRetryFor, negative not at all.
	RetryFor time.Duration
}

// Phase is a part of the work.
type Phase string

// The phases, in their order.
const (
	PhaseGather   Phase = "gather"
	PhaseStage    Phase = "stage"
	PhaseSubmit   Phase = "submit"
	PhaseAwait    Phase = "await"
	PhaseTakeBack Phase = "take back"
	PhaseJob      Phase = "job"
)

// Progress tells how far the work is.
type Progress struct {
	Phase   Phase
	Message string
	// Done and Total are bytes; both 0 where there is nothing to count, and Total while it is not known.
	Done, Total int64
	// Files are those on their way of several that are sent at once, in the order
	// they began. They are the receiver's to keep.
	Files []FileProgress
}

// FileProgress tells how far one file is, in bytes.
type FileProgress struct {
	Name        string // as in the plan, "lib/flink-dist.jar"
	Done, Total int64
}

// Client starts sessions and runs jobs. It is safe for concurrent use.
type Client struct {
	options Options

	mu  sync.Mutex
	rm  *yarn.Client
	dfs map[string]hdfs.FileSystem
	// locks are what opens locked sessions, secured the same by base address.
	locks   map[yarn.ApplicationID]*tls.Config
	secured map[string]*tls.Config
	jms     map[jobManagerKey]*rest.Client
	finder  *leader.Finder // nil before a leader is looked for
}

// jobManagerKey tells apart the clients of JobManagers that are kept: each has
// connections of its own, and polling must not make new ones.
type jobManagerKey struct {
	base     string
	retryFor time.Duration
}

// ErrNoHadoop is wrapped where something needs a cluster and Options.Hadoop is nil.
var ErrNoHadoop = errors.New("no Hadoop configuration")

// NewClient opens nothing; connections are made when they are needed.
func NewClient(o Options) (*Client, error) {
	if o.User == "" {
		return nil, &ValidationError{[]Problem{{What: "the user name is empty", Why: "applications would belong to somebody else", Do: "set HADOOP_USER_NAME"}}}
	}
	if o.RetryFor == 0 {
		o.RetryFor = DefaultRetryFor
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Client{
		options: o, dfs: map[string]hdfs.FileSystem{}, jms: map[jobManagerKey]*rest.Client{},
		locks: map[yarn.ApplicationID]*tls.Config{}, secured: map[string]*tls.Config{},
	}, nil
}

// Close ends the connections.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for _, f := range c.dfs {
		errs = append(errs, f.Close())
	}
	c.dfs = map[string]hdfs.FileSystem{}
	if c.finder != nil {
		c.finder.Close()
		c.finder = nil
	}
	return errors.Join(errs...)
}

// firstContact is how long a server that has never taken a connection is tried:
// its address is wrong, or it does not run. One that was reached before gets the
// time of a failover.
const firstContact = 5 * time.Second

// failoverTime is how long one of several ResourceManagers may take to become the
// active one: after a crash its election needs some ten seconds, and it then reads
// all applications. Java: yarn.resourcemanager.connect.max-wait.ms, a quarter of
// an hour, also for an address that is wrong.
const failoverTime = 2 * time.Minute

// resourceManager returns the one client of the ResourceManager.
func (c *Client) resourceManager() (*yarn.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rm != nil {
		return c.rm, nil
	}
	options, err := c.resourceManagerOptions()
	if err != nil {
		return nil, err
	}
	c.rm, err = yarn.NewClient(options)
	return c.rm, err
}

func (c *Client) resourceManagerOptions() (yarn.Options, error) {
	if c.options.Hadoop == nil {
		return yarn.Options{}, ErrNoHadoop
	}
	managers, err := c.options.Hadoop.ResourceManagers()
	if err != nil {
		return yarn.Options{}, fmt.Errorf("find the ResourceManager: %w", err)
	}
	var addresses []string
	for _, m := range managers {
		addresses = append(addresses, m.WebURL)
	}
	var retryFor time.Duration // the default
	if len(addresses) > 1 {
		retryFor = failoverTime
	}
	return yarn.Options{
		Addresses: addresses, User: c.options.User, RealUser: c.options.RealUser, Login: c.options.Login, TLS: c.options.TLS,
		Timeout: c.options.Timeout, ConnectFor: firstContact, RetryFor: retryFor, Waiting: c.waitForYARN, Logger: c.options.Logger,
	}, nil
}

// waitForYARN says why nothing goes on.
func (c *Client) waitForYARN(why error, upTo time.Duration) {
	c.progress(Progress{Phase: PhaseAwait, Message: fmt.Sprintf("no ResourceManager is active, trying again for up to %s (%v)", upTo, why)})
}

// fileSystem returns the one client of the file system that address is in;
// "" means the default file system.
func (c *Client) fileSystem(ctx context.Context, address string) (hdfs.FileSystem, error) {
	if c.options.Hadoop == nil {
		return nil, ErrNoHadoop
	}
	root, err := c.root(address)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if f, ok := c.dfs[root]; ok {
		return f, nil
	}
	f, err := hdfs.New(ctx, c.fileSystemOptions(root))
	if err != nil {
		return nil, err
	}
	f = &repeating{FileSystem: f, retryFor: c.options.RetryFor, logger: c.options.Logger, progress: c.progress}
	c.dfs[root] = f
	return f, nil
}

// loginName is the principal of one who acts for himself, else "".
func (c *Client) loginName() string {
	if c.options.Login == nil || c.options.RealUser != "" {
		return ""
	}
	return c.options.Login.Principal().String()
}

func (c *Client) fileSystemOptions(root string) hdfs.Options {
	return hdfs.Options{
		Configuration: c.options.Hadoop, URI: root, User: c.options.User, RealUser: c.options.RealUser, Login: c.options.Login,
		Transport: c.options.Transport, Timeout: c.options.Timeout, Logger: c.options.Logger, TLS: c.options.TLS,
		Fallback: func(why error, address string) {
			c.options.Logger.Warn(fmt.Sprintf("HDFS's own protocol doesn't get through (%v); going on over WebHDFS at %s, as --hdfs-transport webhdfs does from the start", why, address))
		},
	}
}

// jobManager returns the client of the JobManager at a base address.
func (c *Client) jobManager(base string) (*rest.Client, error) {
	return c.jobManagerFor(jobManagerKey{base: base})
}

// jobManagerOnce returns the client that does not repeat what fails.
func (c *Client) jobManagerOnce(base string) (*rest.Client, error) {
	return c.jobManagerFor(jobManagerKey{base: base, retryFor: -1})
}

func (c *Client) jobManagerFor(k jobManagerKey) (*rest.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if jm, ok := c.jms[k]; ok {
		return jm, nil
	}
	secured := c.options.RESTTLS
	if opened := c.secured[k.base]; opened != nil {
		secured = opened
	}
	jm, err := rest.NewClient(rest.Options{BaseURL: k.base, Timeout: c.options.Timeout, RetryFor: k.retryFor, Login: c.options.Login, TLS: secured, Logger: c.options.Logger})
	if err != nil {
		return nil, err
	}
	c.jms[k] = jm
	return jm, nil
}

func (c *Client) progress(p Progress) {
	if c.options.Progress != nil {
		c.options.Progress(p)
	}
}

// pause waits between two looks at a server.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
