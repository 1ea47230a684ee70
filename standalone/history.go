package standalone

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
)

// HistoryServer is Flink's history server on one host, whether it runs or not. Its
// methods are not for concurrent use; Close ends its connection.
//
// Java: org.apache.flink.runtime.webmonitor.history.HistoryServer, historyserver.sh.
type HistoryServer struct {
	cluster *Cluster
	host    *host
}

// NewHistoryServer checks what is known beforehand, as New does. Masters and
// Workers of the options don't count. Of Properties only those whose keys begin
// with "env." are taken: a history server reads its configuration from the host's
// file, and nothing from its command line.
func NewHistoryServer(o Options, hostName string) (*HistoryServer, error) {
	o.Masters, o.Workers = []flink.HostLine{{Host: hostName}}, nil
	var problems []error
	for _, p := range o.Properties {
		if !strings.HasPrefix(p.Key, "env.") {
			problems = append(problems, problem("put it into the configuration file of that host, or name another folder with --flink-conf",
				"-D %s: Flink's history server reads its configuration from its file only", p.Key))
		}
	}
	c, err := newCluster(o, append(problems, o.placeProblems([]string{hostName}, "the command line")...))
	if err != nil {
		return nil, err
	}
	return &HistoryServer{cluster: c, host: c.host(hostName)}, nil
}

// Close ends the connection to the host.
func (h *HistoryServer) Close() { h.cluster.Close() }

// historyScript are the variables of start.sh for a history server, which has no
// memory model: the JVM's own defaults count.
func (f *hostFacts) historyScript() *script {
	s := &script{}
	f.place(s)
	s.set("role", HistoryRole.daemon())
	f.java(s, HistoryRole)
	s.set("jvm_args", f.env["JVM_ARGS"])
	s.set("class_path", f.classPath())
	s.list("args", []string{"--configDir", f.confDir})
	s.list("last_args", nil)
	s.list("names", nil)
	s.list("folders", nil)
	s.set("count", "1")
	s.set("more", "")
	f.exports(s)
	return s
}

// archiveDirs are the folders that the history server reads.
func (f *hostFacts) archiveDirs() []string {
	return splitDirs(f.configuration.Text(flink.HistoryArchiveDirs))
}

// splitDirs reads a list as the history server does, which keeps blanks; a path
// that begins with one is none that anybody means.
func splitDirs(text string) []string {
	var dirs []string
	for dir := range strings.SplitSeq(text, ",") {
		if dir = strings.TrimSpace(dir); dir != "" {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// historyProblem is what a host's configuration lacks.
func (f *hostFacts) historyProblem(hostName string) error {
	if len(f.archiveDirs()) == 0 {
		return problem("set it to what jobmanager.archive.fs.dir of the JobManagers is", "%s is not set in %s on %s", flink.HistoryArchiveDirs.Key, f.confDir, hostName)
	}
	if _, _, err := f.configuration.Int(flink.HistoryWebPort); err != nil {
		return problem("set it to a number", "%s on %s: %v", flink.HistoryWebPort.Key, hostName, err)
	}
	return nil
}

// historyWarnings are what lets a history server run and show nothing.
func (f *hostFacts) historyWarnings() []string {
	written := strings.TrimSpace(f.configuration.Text(flink.JobManagerArchiveDir))
	if written == "" || slices.ContainsFunc(f.archiveDirs(), func(dir string) bool { return trimDir(dir) == trimDir(written) }) {
		return nil
	}
	return []string{fmt.Sprintf("JobManagers write to %s (%s), and the history server reads %s (%s): what they write there is not shown",
		written, flink.JobManagerArchiveDir.Key, strings.Join(f.archiveDirs(), ", "), flink.HistoryArchiveDirs.Key)}
}

// trimDir makes addresses of one folder equal.
func trimDir(dir string) string {
	if rest, ok := strings.CutPrefix(dir, "file:"); ok {
		dir = "/" + strings.TrimLeft(rest, "/")
	}
	return strings.TrimRight(dir, "/")
}

// needsHadoop is the first of the folders that Flink reads by Hadoop's classes, "" for none.
func (f *hostFacts) needsHadoop() string {
	for _, dir := range f.archiveDirs() {
		scheme, _, ok := strings.Cut(dir, ":")
		if !ok {
			scheme = cmp.Or(f.configuration.Text(flink.DefaultScheme), "file")
		}
		for _, of := range []string{"hdfs", "viewfs", "webhdfs", "swebhdfs"} {
			if strings.HasPrefix(scheme, of) {
				return dir
			}
		}
	}
	return ""
}

// Stop ends the history servers on the host that have its configuration, also
// those that the pid file has lost; as Cluster.Stop. That none runs is no error.
func (h *HistoryServer) Stop(ctx context.Context) ([]Stopped, error) {
	stopped, err := h.cluster.stopOn(ctx, h.host.name, HistoryRole, stopping{grace: stopGrace})
	switch {
	case ctx.Err() != nil:
		return stopped, context.Cause(ctx)
	case err != nil:
		return stopped, &IncompleteError{Op: "stop the history server", Failures: []*Failure{{Host: h.host.name, Err: err}}, Rest: "it may still run"}
	}
	return append([]Stopped{}, stopped...), nil
}
