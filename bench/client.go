package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/yarnflink/yarnflink/internal/minicluster"
)

// command is one command line to measure.
type command struct {
	argv []string
	env  []string
	dir  string
}

// client is one of the two that are compared. Both take the same arguments behind their own beginning.
type client struct {
	name    string   // "java" or "yarnflink"
	session []string // beginning of the command line that starts a session
	flink   []string // the same of every other action
	env     []string
	dir     string
}

func (c client) sessionCommand(args ...string) command {
	return command{argv: slices.Concat(c.session, args), env: c.env, dir: c.dir}
}

func (c client) flinkCommand(args ...string) command {
	return command{argv: slices.Concat(c.flink, args), env: c.env, dir: c.dir}
}

const (
	javaName = "java"
	oursName = "yarnflink"
)

// newClients returns Java's client and ours, in the order in which they take turns. They share the environment, the working
// folder and a copy of the distribution's configuration that keeps both away from what is the user's: the file in which the
// last session is remembered, and the folder in HDFS; staging stands in for that.
func newClients(c *minicluster.Cluster, binary, scratch, staging string, inherited []string) ([]client, error) {
	home := c.FlinkHome("")
	conf, logs := filepath.Join(scratch, "conf"), filepath.Join(scratch, "log")
	if err := copyConfiguration(filepath.Join(home, "conf"), conf, map[string]string{
		"yarn.properties-file.location": scratch,
		"yarn.staging-directory":        "hdfs://" + c.NameNodeRPC() + staging,
	}); err != nil {
		return nil, fmt.Errorf("copy Flink's configuration: %w", err)
	}
	if err := os.MkdirAll(logs, 0o755); err != nil {
		return nil, err
	}
	variables, err := c.Environment("")
	if err != nil {
		return nil, err
	}
	variables["YARN_CONF_DIR"] = c.HadoopConfDir()
	variables["HADOOP_USER_NAME"] = c.User()
	if krb5 := c.Krb5Config(); krb5 != "" {
		variables["KRB5CCNAME"] = c.TicketCache()
		variables["JVM_ARGS"] = "-Djava.security.krb5.conf=" + krb5
	}
	variables["FLINK_CONF_DIR"] = conf
	variables["FLINK_LOG_DIR"] = logs
	env := environment(inherited, variables)
	bin := filepath.Join(home, "bin")
	return []client{
		{javaName, []string{filepath.Join(bin, "yarn-session.sh")}, []string{filepath.Join(bin, "flink")}, env, scratch},
		{oursName, []string{binary, "session"}, []string{binary}, env, scratch},
	}, nil
}

// environment is what a client sees: the caller's variables without those that would change what is measured, and ours.
func environment(inherited []string, variables map[string]string) []string {
	var env []string
	for _, entry := range inherited {
		name, _, _ := strings.Cut(entry, "=")
		if _, ours := variables[name]; !ours && !steersClient(name) {
			env = append(env, entry)
		}
	}
	for name, value := range variables {
		env = append(env, name+"="+value)
	}
	slices.Sort(env)
	return env
}

func steersClient(name string) bool {
	for _, prefix := range []string{"FLINK_", "HADOOP_", "YARN_", "YARNFLINK_", "HDFS_", "JVM_ARGS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// copyConfiguration copies the folder from to to, and adds settings to its configuration. Both of Flink's formats, config.yaml
// and flink-conf.yaml, take flat lines.
func copyConfiguration(from, to string, settings map[string]string) error {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return err
	}
	var lines strings.Builder
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&lines, "\n%s: %s", key, settings[key])
	}
	for _, name := range []string{"config.yaml", "flink-conf.yaml"} {
		path := filepath.Join(to, name)
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		return os.WriteFile(path, append(content, lines.String()+"\n"...), 0o644)
	}
	return fmt.Errorf("%s holds no configuration file: %w", from, fs.ErrNotExist)
}
