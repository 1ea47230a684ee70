package minicluster

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"
)

// The versions that a zero Options asks for.
const (
	DefaultHadoopVersion = "3.4.2"
	DefaultFlinkVersion  = "1.20.5"
)

// Options says which cluster to start and where. The zero value of a field stands for its default.
type Options struct {
	// Dir is the cluster's own folder: configuration, data, logs and state. Default: DefaultDir. It is created if missing;
	// a folder that holds anything but a cluster is refused.
	Dir string
	// CacheDir holds the assembled distributions and outlives the clusters. Default: DefaultCacheDir.
	CacheDir string
	// JavaHome is the Java installation that runs the daemons and the containers, version 11 or later. Default: the one
	// whose java is found in PATH.
	JavaHome string
	// HadoopVersion is a release with artifacts in Maven. Default: DefaultHadoopVersion.
	HadoopVersion string
	// FlinkVersions are releases with Python packages; the first is the default of Cluster.FlinkHome. Default:
	// DefaultFlinkVersion alone.
	FlinkVersions []string
	// HadoopProperties are added to the generated configuration and win over it: file name ("yarn-site.xml"), key, value.
	// An empty value removes the key, so that Hadoop's own default counts.
	HadoopProperties map[string]map[string]string
	// ZooKeeper adds a ZooKeeper server, for Flink's high availability.
	ZooKeeper bool
	// DataNodes is 1 or 2, each with its own copy of every block. Default: 1.
	DataNodes int
	// HA starts two ResourceManagers and two NameNodes, of which one each is active; the others take over by themselves, as their
	// electors in ZooKeeper find, and by Cluster.Failover. fs.defaultFS is hdfs://Nameservice; edits are shared by a JournalNode.
	// It implies ZooKeeper.
	HA bool
	// Secure starts a KDC too, and has HDFS and YARN ask for Kerberos: their addresses have the name localhost, the superuser is
	// hdfs, and SecureUsers have keytabs.
	Secure bool
	// TicketLife and RenewableLife bound a secure cluster's tickets. Default: a day, and seven.
	TicketLife, RenewableLife time.Duration
	// TLS has the web servers of YARN and HDFS speak https only, with a certificate for localhost and 127.0.0.1 of the cluster's own CA.
	TLS bool
	// DataProtection is dfs.data.transfer.protection of a cluster that is Secure and has TLS: authentication, integrity or
	// privacy. Default: authentication.
	DataProtection string
	// DebugDelay is yarn.nodemanager.delete.debug-delay-sec, rounded down to seconds: how long the files of an ended
	// container stay. Default: 0, they go at once.
	DebugDelay time.Duration
	// VerifyHashes hashes the cached distributions instead of comparing only names and sizes.
	VerifyHashes bool
	// Log receives progress lines. Default: none.
	Log io.Writer
}

// DefaultCacheDir is the folder yarnflink-minicluster in the user's cache folder.
func DefaultCacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the user's cache folder: %w", err)
	}
	return filepath.Join(base, "yarnflink-minicluster"), nil
}

// DefaultDir is the folder of the cluster that is meant when none is named: instance, below DefaultCacheDir.
func DefaultDir() (string, error) {
	cache, err := DefaultCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "instance"), nil
}

var versionPattern = regexp.MustCompile(`^[0-9]+(\.[0-9A-Za-z]+)*(-[0-9A-Za-z.]+)?$`)

// withDefaults returns the options with every default filled in and both folders absolute, or all that is wrong with them.
func (o Options) withDefaults() (Options, error) {
	var errs []error
	o.Dir, errs = folder(o.Dir, DefaultDir, errs)
	o.CacheDir, errs = folder(o.CacheDir, DefaultCacheDir, errs)
	if o.HadoopVersion == "" {
		o.HadoopVersion = DefaultHadoopVersion
	}
	if len(o.FlinkVersions) == 0 {
		o.FlinkVersions = []string{DefaultFlinkVersion}
	}
	o.ZooKeeper = o.ZooKeeper || o.HA
	if o.DataNodes == 0 {
		o.DataNodes = 1
	}
	if o.DataNodes < 1 || o.DataNodes > 2 {
		errs = append(errs, fmt.Errorf("%d data nodes: want 1 or 2", o.DataNodes))
	}
	if o.Secure && o.TLS && o.DataProtection == "" {
		o.DataProtection = dataProtections[0]
	}
	switch {
	case o.DataProtection == "":
	case !o.Secure || !o.TLS:
		errs = append(errs, errors.New("data protection: only a cluster that is secure and has TLS protects its data"))
	case !slices.Contains(dataProtections, o.DataProtection):
		errs = append(errs, fmt.Errorf("data protection %q: want one of %v", o.DataProtection, dataProtections))
	}
	// Versions become parts of paths and of coordinates handed to Maven and pip.
	for _, v := range append([]string{o.HadoopVersion}, o.FlinkVersions...) {
		if !versionPattern.MatchString(v) {
			errs = append(errs, fmt.Errorf("version %q: not a release number", v))
		}
	}
	if o.HA && releaseOf(o.HadoopVersion).before(3, 0) {
		errs = append(errs, fmt.Errorf("high availability with Hadoop %s: its ZooKeeper client does not find a server on Java 14 and later; use 3.3 or 3.4", o.HadoopVersion))
	}
	for file := range o.HadoopProperties {
		if !isConfigFile(file) {
			errs = append(errs, fmt.Errorf("properties for %q: not one of %v", file, configFiles))
		}
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	return o, errors.Join(errs...)
}

func folder(dir string, fallback func() (string, error), errs []error) (string, []error) {
	if dir == "" {
		var err error
		if dir, err = fallback(); err != nil {
			return "", append(errs, err)
		}
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", append(errs, fmt.Errorf("folder %s: %w", dir, err))
	}
	return abs, errs
}

func (o Options) logf(format string, args ...any) {
	fmt.Fprintf(o.Log, format+"\n", args...)
}
