package minicluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Cluster is a cluster in its folder. Its methods are safe for concurrent use.
type Cluster struct {
	dir   string
	state state // as it was when the cluster was started or opened; Processes is read anew from the folder where it matters
	logf  func(format string, args ...any)
}

// Open attaches to the cluster in dir, whether it runs or not; Status tells. A folder without one is ErrNoCluster.
func Open(dir string) (*Cluster, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open a cluster: %w", err)
	}
	s, err := readState(dir)
	if err != nil {
		return nil, fmt.Errorf("open a cluster: %w", err)
	}
	return &Cluster{dir: dir, state: s, logf: func(string, ...any) {}}, nil
}

// Status asks every daemon, and returns an error only if the cluster's state can't be read.
func (c *Cluster) Status(ctx context.Context) ([]DaemonStatus, error) {
	current, err := readState(c.dir)
	if err != nil {
		return nil, err
	}
	return statuses(ctx, c.dir, current), nil
}

// Dir is the cluster's folder.
func (c *Cluster) Dir() string { return c.dir }

// HadoopConfDir is the folder to name in HADOOP_CONF_DIR.
func (c *Cluster) HadoopConfDir() string { return confDir(c.dir) }

// HadoopVersion is the version that runs, "3.4.2".
func (c *Cluster) HadoopVersion() string { return c.state.HadoopVersion }

// HadoopClasspath is the configuration and all jars of Hadoop, as the Java clients want it in HADOOP_CLASSPATH.
func (c *Cluster) HadoopClasspath() string {
	return confDir(c.dir) + ":" + filepath.Join(c.state.Distributions.HadoopLib, "*")
}

// JavaHome is the Java that runs the daemons and the containers.
func (c *Cluster) JavaHome() string { return c.state.JavaHome }

// JavaHomeFor is the Java that the containers of a Flink version need instead of JavaHome, or "" if they need none of their
// own. It is for Flink's keys containerized.master.env.JAVA_HOME and containerized.taskmanager.env.JAVA_HOME; for versions see
// FlinkHome.
func (c *Cluster) JavaHomeFor(version string) string {
	return c.state.Distributions.JavaHomes[c.orDefault(version)]
}

// User is the name that the daemons run under: HDFS's superuser, and the owner of the home folder /user/<name>.
func (c *Cluster) User() string { return c.state.User }

// FlinkVersions are the Flink versions the cluster was started with, the default first.
func (c *Cluster) FlinkVersions() []string { return append([]string(nil), c.state.FlinkVersions...) }

// FlinkHome is the distribution of a Flink version, the cluster's first for "". It is empty for a version the cluster was not
// started with. The folder is shared by all clusters and must not be changed.
func (c *Cluster) FlinkHome(version string) string {
	return c.state.Distributions.FlinkHomes[c.orDefault(version)]
}

// ExamplesJar is the jar of streaming examples that runs on a Flink version; for versions see FlinkHome. Its main classes
// stand below org.apache.flink.streaming.examples.
func (c *Cluster) ExamplesJar(version string) string {
	return c.state.Distributions.ExampleJars[c.orDefault(version)]
}

func (c *Cluster) orDefault(version string) string {
	if version == "" && len(c.state.FlinkVersions) > 0 {
		return c.state.FlinkVersions[0]
	}
	return version
}

// HA tells whether there are two masters of each kind; see Failover.
func (c *Cluster) HA() bool { return c.state.HA }

// RMWebURL is the ResourceManager's web address, "http://127.0.0.1:1234"; the first one's of two.
func (c *Cluster) RMWebURL() string {
	return c.state.webURL(c.state.Ports.ResourceManagerWeb)
}

// NameNodeRPC is the host:port of the NameNode, the first one's of two.
func (c *Cluster) NameNodeRPC() string { return c.state.address(c.state.Ports.NameNodeRPC) }

// NameNodeWebURL is the NameNode's web address, which serves WebHDFS; the first one's of two.
func (c *Cluster) NameNodeWebURL() string {
	return c.state.webURL(c.state.Ports.NameNodeHTTP)
}

// ZooKeeper is the host:port of the cluster's ZooKeeper, or "" if it was started without one.
func (c *Cluster) ZooKeeper() string {
	if !c.state.ZooKeeper {
		return ""
	}
	return address(c.state.Ports.ZooKeeper)
}

// LogDir holds a log for each daemon, resourcemanager.log and so on.
func (c *Cluster) LogDir() string { return logDir(c.dir) }

// FS runs Hadoop's own FsShell (`hdfs dfs`) with args and returns its standard output. The error of a failed command holds
// what it wrote to standard error. Each call costs the start of a JVM.
func (c *Cluster) FS(ctx context.Context, args ...string) (string, error) {
	return c.Java(ctx, "org.apache.hadoop.fs.FsShell", args...)
}

// ApplicationCLI runs Hadoop's own `yarn application`; see FS.
func (c *Cluster) ApplicationCLI(ctx context.Context, args ...string) (string, error) {
	return c.Java(ctx, "org.apache.hadoop.yarn.client.cli.ApplicationCLI", append([]string{"application"}, args...)...)
}

// Java runs a main class of Hadoop as a client of this cluster; see FS.
func (c *Cluster) Java(ctx context.Context, class string, args ...string) (string, error) {
	security, env := c.javaClient()
	argv := append([]string{"-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"}, addOpens...)
	argv = append(append(argv, security...), "-cp", c.HadoopClasspath(), class)
	cmd := exec.CommandContext(ctx, filepath.Join(c.state.JavaHome, "bin", "java"), append(argv, args...)...)
	cmd.Env = append(append(os.Environ(), "HADOOP_CONF_DIR="+c.HadoopConfDir()), env...)
	killTree(cmd)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("run %s %s: %w: %s", class, strings.Join(args, " "), err, tail(stderr.String(), 4000))
	}
	return stdout.String(), nil
}

// Environment are the variables by which clients, Java's and ours, find the cluster and a Flink version, the first for "".
func (c *Cluster) Environment(flinkVersion string) (map[string]string, error) {
	home := c.FlinkHome(flinkVersion)
	if home == "" {
		return nil, fmt.Errorf("flink %s: the cluster in %s was started with %s", flinkVersion, c.dir, strings.Join(c.state.FlinkVersions, ", "))
	}
	env := map[string]string{
		"HADOOP_CONF_DIR":        c.HadoopConfDir(),
		"HADOOP_CLASSPATH":       c.HadoopClasspath(),
		"FLINK_HOME":             home,
		"JAVA_HOME":              c.JavaHome(),
		"YARNFLINK_EXAMPLES_JAR": c.ExamplesJar(flinkVersion),
		"YARNFLINK_TEST_CLUSTER": c.dir,
	}
	// Only where they say something, so that a script can tell by their being set.
	for name, value := range map[string]string{
		"YARNFLINK_CONTAINER_JAVA_HOME": c.JavaHomeFor(flinkVersion),
		"YARNFLINK_ZOOKEEPER":           c.ZooKeeper(),
		"KRB5_CONFIG":                   c.Krb5Config(),
		"YARNFLINK_CA_CERT":             c.CACert(),
	} {
		if value != "" {
			env[name] = value
		}
	}
	return env, nil
}
