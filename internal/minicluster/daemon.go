package minicluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// The daemons of a cluster, as StopDaemon, StartDaemon and Status name them.
const (
	NameNode        = "namenode"
	DataNode        = "datanode"
	ResourceManager = "resourcemanager"
	NodeManager     = "nodemanager"
	DataNode2       = "datanode2" // only with Options.DataNodes of 2
	ZooKeeper       = "zookeeper" // only with Options.ZooKeeper
	KDC             = "kdc"       // only with Options.Secure
	// Only with Options.HA: the second ones, what the NameNodes share their edits by, and their electors.
	NameNode2        = "namenode2"
	ResourceManager2 = "resourcemanager2"
	JournalNode      = "journalnode"
	ZKFC             = "zkfc"
	ZKFC2            = "zkfc2"
)

// hadoopDaemons are those of every cluster, in the order of reports.
var hadoopDaemons = []string{NameNode, DataNode, ResourceManager, NodeManager}

// daemons are those of this cluster.
func (s state) daemons() []string {
	daemons := slices.Clone(hadoopDaemons)
	if s.DataNodes > 1 {
		daemons = append(daemons, DataNode2)
	}
	if s.ZooKeeper {
		daemons = append(daemons, ZooKeeper)
	}
	if s.HA {
		daemons = append(daemons, haDaemons...)
	}
	if s.Secure {
		daemons = append(daemons, KDC)
	}
	return daemons
}

// errNoDaemon is the answer to a name that is none of the cluster's daemons.
func (s state) errNoDaemon(name string) error {
	return fmt.Errorf("no daemon is called %q, want one of %s", name, strings.Join(s.daemons(), ", "))
}

var mainClasses = map[string]string{
	NameNode:        "org.apache.hadoop.hdfs.server.namenode.NameNode",
	DataNode:        "org.apache.hadoop.hdfs.server.datanode.DataNode",
	DataNode2:       "org.apache.hadoop.hdfs.server.datanode.DataNode",
	ResourceManager: "org.apache.hadoop.yarn.server.resourcemanager.ResourceManager",
	NodeManager:     "org.apache.hadoop.yarn.server.nodemanager.NodeManager",
	ZooKeeper:       "org.apache.zookeeper.server.quorum.QuorumPeerMain",

	NameNode2:        "org.apache.hadoop.hdfs.server.namenode.NameNode",
	ResourceManager2: "org.apache.hadoop.yarn.server.resourcemanager.ResourceManager",
	JournalNode:      "org.apache.hadoop.hdfs.qjournal.server.JournalNode",
	ZKFC:             "org.apache.hadoop.hdfs.tools.DFSZKFailoverController",
	ZKFC2:            "org.apache.hadoop.hdfs.tools.DFSZKFailoverController",
}

// addOpens lets Hadoop reflect on what Java 17 closed.
var addOpens = []string{
	"--add-opens=java.base/java.lang=ALL-UNNAMED",
	"--add-opens=java.base/java.util=ALL-UNNAMED",
	"--add-opens=java.base/java.io=ALL-UNNAMED",
	"--add-opens=java.base/java.nio=ALL-UNNAMED",
	"--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
}

// jvmArgs are chosen for a quick start on few cores.
func jvmArgs(dir string, s state) []string {
	args := []string{
		"-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
		"-Djava.net.preferIPv4Stack=true",
		"-Djava.io.tmpdir=" + filepath.Join(dir, "tmp"),
		"-Dhadoop.log.dir=" + logDir(dir),
		"-Dyarn.log.dir=" + logDir(dir),
		"-Dzookeeper.jmx.log4j.disable=true",
	}
	if s.Secure {
		args = append(args, "-Djava.security.krb5.conf="+krb5Path(dir))
	}
	return append(args, addOpens...)
}

// eagerConnect makes a daemon that came up before its peer look for it ten times a second instead of once.
var eagerConnect = []string{
	"-D", "ipc.client.connect.retry.interval=100",
	"-D", "ipc.client.connect.max.retries=600",
}

// daemonArgs are the arguments of a daemon's main class.
func daemonArgs(dir string, s state, name string) []string {
	if args, ok := haArgs(s, name); ok {
		return args
	}
	p := s.Ports
	switch name {
	case ZooKeeper:
		return []string{zooKeeperConfigPath(dir)}
	case DataNode2: // what differs from the first one's, in hdfs-site.xml
		return append(slices.Clone(eagerConnect),
			"-D", "dfs.datanode.data.dir=file://"+filepath.Join(dir, "dfs", "data2"),
			"-D", "dfs.datanode.address="+address(p.DataNode2Data),
			"-D", "dfs.datanode.http.address="+address(p.DataNode2HTTP),
			"-D", "dfs.datanode.https.address="+address(p.DataNode2HTTP), // one of the two, as dfs.http.policy says
			"-D", "dfs.datanode.ipc.address="+address(p.DataNode2IPC))
	}
	return eagerConnect
}

// daemonCommand runs a main class from Hadoop's jars with the daemons' classpath and environment, as a session of its own.
// Its output goes to logs/name.log.
func daemonCommand(dir string, s state, name, class string, args ...string) (*exec.Cmd, error) {
	classpath := []string{daemonConfDir(dir), confDir(dir), filepath.Join(s.Distributions.HadoopLib, "*")}
	argv := append(jvmArgs(dir, s), "-cp", strings.Join(classpath, ":"), class)
	cmd := exec.Command(filepath.Join(s.JavaHome, "bin", "java"), append(argv, args...)...)
	cmd.Env = daemonEnv(dir, s)
	return cmd, asDaemon(dir, name, cmd)
}

// asDaemon makes a command a session of its own, whose output goes to logs/name.log.
func asDaemon(dir, name string, cmd *exec.Cmd) error {
	cmd.Dir = dir
	detach(cmd)
	log, err := os.OpenFile(logPath(dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = log, log // the caller closes it after the start
	return nil
}

// commandOf is the command of a daemon.
func commandOf(dir string, s state, name string) (*exec.Cmd, error) {
	if name != KDC {
		return daemonCommand(dir, s, name, mainClasses[name], daemonArgs(dir, s, name)...)
	}
	cmd, err := kdcCommand(dir, s)
	if err != nil {
		return nil, err
	}
	return cmd, asDaemon(dir, name, cmd)
}

// daemonEnv is what a daemon needs and no more: HADOOP_… and JAVA_… variables of the caller must not reach it.
func daemonEnv(dir string, s state) []string {
	env := []string{
		markerVariable + "=" + dir,
		"JAVA_HOME=" + s.JavaHome,
		"HADOOP_CONF_DIR=" + confDir(dir),
	}
	for _, name := range []string{"PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// launched is a daemon this process started.
type launched struct {
	identity
	ended     chan struct{} // closed when it has ended
	logOffset int64         // where its output begins in its log
}

// launch starts a daemon and reaps it when it ends.
func launch(dir string, s state, name string) (*launched, error) {
	cmd, err := commandOf(dir, s, name)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	log := cmd.Stdout.(*os.File)
	defer log.Close()
	info, err := log.Stat()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	// Not reaped yet, so the number is still its own even if it has died.
	process, err := identify(cmd.Process.Pid)
	l := &launched{identity: process, ended: make(chan struct{}), logOffset: info.Size()}
	go func() {
		defer close(l.ended)
		cmd.Wait() // how it ended stands in its log
	}()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return l, nil
}

// output is what the daemon wrote since it was launched.
func (l *launched) output(dir, name string) string {
	content, err := os.ReadFile(logPath(dir, name))
	if err != nil || int64(len(content)) < l.logOffset {
		return ""
	}
	return string(content[l.logOffset:])
}

// formatNameNode creates an empty file system. It ends early with ctx.
func formatNameNode(ctx context.Context, dir string, s state) error {
	args, _ := haArgs(s, NameNode)
	cmd, err := daemonCommand(dir, s, "format", mainClasses[NameNode], append(slices.Clone(args), "-format", "-nonInteractive")...)
	if err != nil {
		return fmt.Errorf("format the name node: %w", err)
	}
	log := cmd.Stdout.(*os.File)
	defer log.Close()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("format the name node: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { cmd.Process.Kill() })
	defer stop()
	if err := cmd.Wait(); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("format the name node: %w", context.Cause(ctx))
		}
		output, _ := os.ReadFile(log.Name())
		return fmt.Errorf("format the name node: %w: %s", err, tail(string(output), 2000))
	}
	return nil
}

func logPath(dir, name string) string { return filepath.Join(logDir(dir), name+".log") }
