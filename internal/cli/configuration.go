package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/submit"
)

// unknownVersion reads either configuration file where no distribution says
// which Flink it is for.
var unknownVersion = flink.Version{Major: 1, Minor: 20}

// installation is the Flink of this machine: its distribution, nil where there
// is none and none is needed, and the effective configuration.
type installation struct {
	distribution  *flink.Distribution
	configuration *flink.Configuration
	version       flink.Version
	file          string // that the configuration was read from, "" for none
	problem       error  // why there is no distribution
}

// need says how much of an installation a command can't do without.
type need int

const (
	nothingNeeded       need = iota // a configuration that can't be read is a warning
	configurationNeeded             // one that is named has to be readable
	distributionNeeded
)

// flinkInstallation opens the distribution and loads its configuration.
func (e *Env) flinkInstallation(g globalOptions, needed need) (*installation, error) {
	in := &installation{configuration: flink.NewConfiguration(), version: unknownVersion}
	in.distribution, in.problem = e.openDistribution(g)
	confDir := cmp.Or(g.FlinkConf, e.getenv("FLINK_CONF_DIR"))
	switch home := e.flinkHome(g); {
	case in.distribution != nil:
		in.version, confDir = in.distribution.Version, in.distribution.ConfDir
	case needed == distributionNeeded:
		return nil, in.problem
	case confDir == "" && home != "":
		confDir = filepath.Join(home, "conf")
	}
	if confDir == "" {
		return in, nil
	}
	c, file, err := flink.LoadConfiguration(confDir, in.version)
	switch {
	case err != nil && needed == nothingNeeded:
		e.out.warn(fmt.Sprintf("Flink's configuration is left aside: %v", err))
		return in, nil
	case err != nil:
		return nil, refuse(err)
	}
	for _, w := range c.Warnings() {
		e.out.warn(w)
	}
	in.configuration, in.file = c, file
	return in, nil
}

// startInstallation is the Flink that a cluster is started from: FLINK_HOME's, or
// one in HDFS, which is read even with --dry-run. settings are applied.
func (e *Env) startInstallation(ctx context.Context, g globalOptions, settings []setting) (*installation, error) {
	if g.FlinkDist == "" {
		in, err := e.flinkInstallation(g, distributionNeeded)
		if err == nil {
			apply(in.configuration, settings)
		}
		return in, err
	}
	if g.FlinkHome != "" {
		return nil, usagef("--flink-dist %s and --flink-home %s name a distribution each", g.FlinkDist, g.FlinkHome)
	}
	// Hadoop's configuration can depend on Flink's, which may have to be read by it.
	reading := flink.NewConfiguration()
	apply(reading, settings)
	client, err := e.client(ctx, g, reading, true)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	d, err := client.OpenDistribution(ctx, g.FlinkDist)
	if err != nil {
		return nil, refuseFlink(err)
	}
	in := &installation{distribution: d, version: d.Version}
	if dir := cmp.Or(g.FlinkConf, e.getenv("FLINK_CONF_DIR")); dir != "" {
		if err = d.UseConfDir(dir); err == nil {
			in.configuration, in.file, err = flink.LoadConfiguration(d.ConfDir, d.Version)
		}
	} else {
		in.configuration, in.file, err = client.LoadConfiguration(ctx, d)
	}
	if err != nil {
		return nil, refuseFlink(err)
	}
	for _, w := range in.configuration.Warnings() {
		e.out.warn(w)
	}
	apply(in.configuration, settings)
	return in, nil
}

// refuseFlink is refuse for what is wrong with a Flink, and leaves the errors of
// servers as they are.
func refuseFlink(err error) error {
	if errors.As(err, new(*flink.Problem)) {
		return refuse(err)
	}
	return err
}

// flinkHome is the folder of Flink's distribution, "" where none is named.
func (e *Env) flinkHome(g globalOptions) string {
	return cmp.Or(g.FlinkHome, e.homeOfLink(), e.getenv("FLINK_HOME"))
}

func (e *Env) openDistribution(g globalOptions) (*flink.Distribution, error) {
	home := e.flinkHome(g)
	if home == "" {
		return nil, refusedf("name the folder of an unpacked Flink distribution with --flink-home, or set FLINK_HOME", "no Flink distribution is named")
	}
	d, err := flink.DistributionOptions{
		Home: home, ConfDir: cmp.Or(g.FlinkConf, e.getenv("FLINK_CONF_DIR")),
		LibDir: e.getenv("FLINK_LIB_DIR"), PluginsDir: e.getenv("FLINK_PLUGINS_DIR"),
	}.Open()
	return d, refuse(err)
}

// hadoopConfiguration loads Hadoop's configuration with what Flink's sets over it.
//
// Java: HadoopUtils.getHadoopConfiguration, Utils.getYarnAndHadoopConfiguration.
func (e *Env) hadoopConfiguration(g globalOptions, c *flink.Configuration, user string) (*hadoop.Configuration, error) {
	overrides := c.WithPrefix("flink.hadoop.")
	if overrides == nil {
		overrides = map[string]string{}
	}
	for key, value := range c.WithPrefix("flink.yarn.") {
		overrides["yarn."+key] = value
	}
	dir := g.HadoopConf
	if dir == "" && e.getenv("HADOOP_CONF_DIR") == "" {
		dir = c.Get("env.hadoop.conf.dir")
	}
	conf, err := hadoop.Load(hadoop.LoadOptions{
		Dir: dir, Getenv: e.LookupEnv, Overrides: overrides,
		SystemProperties: map[string]string{"user.name": user, "user.home": e.Home, "java.io.tmpdir": os.TempDir()},
	})
	if err != nil {
		return nil, refuse(err)
	}
	return conf, nil
}

// client makes the library's client. withHadoop false is for targets that need
// no cluster.
func (e *Env) client(ctx context.Context, g globalOptions, c *flink.Configuration, withHadoop bool) (*submit.Client, error) {
	if g.NoCache && g.SharedCache {
		return nil, usagef("--no-cache and --shared-cache exclude each other")
	}
	user, _, err := e.hadoopUser()
	if err != nil {
		return nil, err
	}
	options := submit.Options{
		Flink: c, Transport: g.Transport, StagingDirectory: c.Text(flink.StagingDirectory),
		HashIndex: e.hashIndex(), LockFolder: e.lockFolder(), NoCache: g.NoCache, SharedCache: g.SharedCache,
		Logger: e.logger(), Progress: e.showProgress,
	}
	if withHadoop {
		if options.Hadoop, err = e.hadoopConfiguration(g, c, user); err != nil {
			return nil, err
		}
	}
	if options.TLS, options.RESTTLS, err = e.tls(g, c, options.Hadoop); err != nil {
		return nil, refuse(err)
	}
	who, err := e.identify(ctx, g, c, options.Hadoop)
	if err != nil {
		return nil, err
	}
	if who.login != nil && withHadoop && g.DryRun != dryOffline {
		if err := who.login.Check(ctx); err != nil {
			return nil, err
		}
	}
	options.User, options.RealUser, options.Login = who.user, who.realUser, who.login
	return submit.NewClient(options)
}

// clusterClient is the client of a command that needs the cluster and no
// distribution, with this machine's configuration and what was set over it.
func (e *Env) clusterClient(ctx context.Context, g globalOptions, settings []setting) (*submit.Client, *flink.Configuration, error) {
	in, err := e.flinkInstallation(g, nothingNeeded)
	if err != nil {
		return nil, nil, err
	}
	apply(in.configuration, settings)
	client, err := e.client(ctx, g, in.configuration, true)
	return client, in.configuration, err
}

// hashIndex is where the hashes of local files are remembered.
func (e *Env) hashIndex() string { return e.ownFile("XDG_CACHE_HOME", ".cache", "hashes.json") }

// lockFolder is where the keys of the user's locked sessions are.
func (e *Env) lockFolder() string { return e.ownFile("XDG_CONFIG_HOME", ".config", "sessions") }

// ownFile is a path in this program's part of a base folder of the user's: the
// variable's, else the one of that name in his home; "" where there is neither.
func (e *Env) ownFile(variable, inHome, name string) string {
	dir := e.getenv(variable)
	if dir == "" && e.Home != "" {
		dir = filepath.Join(e.Home, inHome)
	}
	if !filepath.IsAbs(dir) {
		return ""
	}
	return filepath.Join(dir, "yarnflink", name)
}

func (e *Env) showProgress(p submit.Progress) { e.out.progress.show(p) }

// onHDFS tells whether a path is an address in a file system of Hadoop.
func onHDFS(path string) bool {
	scheme, _, ok := strings.Cut(path, "://")
	return ok && scheme != "file" && scheme != "http" && scheme != "https"
}

// refuse makes an error of reading the configuration one of exit 3, with the
// advice it has.
func refuse(err error) error {
	var f *failure
	if err == nil || errors.As(err, &f) {
		return err
	}
	if all := joinedErrors(err); len(all) > 1 {
		return problems(errRefused, all)
	}
	return &failure{kind: errRefused, err: err, hint: hintOf(err)}
}

// joinedErrors returns what errors.Join has put together: many problems, rather
// than one with several causes, whose text would not be its causes' lines.
func joinedErrors(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error }) //nolint:errorlint // only the outermost
	if !ok || errors.Join(joined.Unwrap()...).Error() != err.Error() {
		return nil
	}
	return joined.Unwrap()
}
