package standalone

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
)

// variables of a host's environment that Flink's scripts look at.
var variables = []string{
	"USER", "JAVA_HOME", "JVM_ARGS", "MAX_LOG_FILE_NUMBER", "ROOT_LOG_LEVEL",
	"FLINK_LIB_DIR", "FLINK_PLUGINS_DIR", "FLINK_OPT_DIR", "FLINK_PID_DIR", "FLINK_LOG_DIR", "FLINK_IDENT_STRING",
	"FLINK_ENV_JAVA_OPTS", "FLINK_ENV_JAVA_OPTS_JM", "FLINK_ENV_JAVA_OPTS_TM", "FLINK_ENV_JAVA_OPTS_HS", "FLINK_JM_HEAP", "FLINK_TM_HEAP", "ZK_HEAP",
	"HADOOP_CLASSPATH", "HADOOP_CONF_DIR", "HADOOP_HOME", "YARN_CONF_DIR", "HBASE_CONF_DIR", "HBASE_HOME",
}

// hostFacts are what a host has.
type hostFacts struct {
	hostName string
	home     string // FLINK_HOME there
	confDir  string
	env      map[string]string
	jars     []string
	folders  []string // that exist, of those that are asked for
	version  flink.Version
	zooCfg   []byte // nil where it has none
	// configuration is the host's own, with the caller's properties over it.
	configuration *flink.Configuration
}

// inspect asks the host, once, for what it has.
func (h *host) inspect(ctx context.Context) (*hostFacts, error) {
	h.once.Do(func() { h.facts, h.err = h.ask(ctx) })
	return h.facts, h.err
}

func (h *host) ask(ctx context.Context) (*hostFacts, error) {
	o := h.cluster.o
	var s script
	s.set("home", o.homeOn(h.name))
	s.set("conf", o.confOn(h.name))
	s.list("variables", variables)
	answers, err := h.run(ctx, "inspect.sh", &s)
	if err != nil {
		return nil, err
	}
	f := &hostFacts{home: o.homeOn(h.name), env: map[string]string{}}
	files := map[string][]byte{}
	for _, a := range answers {
		name, encoded, _ := strings.Cut(a.value, " ")
		switch a.key {
		case "host":
			f.hostName = a.value
		case "conf":
			f.confDir = a.value
		case "jar":
			f.jars = append(f.jars, a.value)
		case "folder":
			f.folders = append(f.folders, a.value)
		case "env", "file":
			text, err := decode(encoded)
			if err != nil {
				return nil, err
			}
			if a.key == "env" {
				f.env[name] = text
			} else {
				files[name] = []byte(text)
			}
		}
	}
	return f, f.read(files, o.Properties)
}

// read finds the version and the configuration.
func (f *hostFacts) read(files map[string][]byte, properties []Property) error {
	f.zooCfg = files["zoo.cfg"]
	dist := slices.DeleteFunc(slices.Clone(f.jars), func(jar string) bool { return !isDistJar(jar) })
	if len(dist) != 1 {
		return &HostError{Kind: "home", Text: fmt.Sprintf("%d flink-dist jars are in its lib, want 1", len(dist)), Advice: adviceFor["home"]}
	}
	var err error
	if f.version, err = flink.ParseDistJarName(path.Base(dist[0])); err != nil {
		return err
	}
	if !f.version.AtLeast(1, 11) {
		return problem("use Flink 1.11 or later", "Flink %s has another memory model", f.version)
	}
	f.configuration, _, err = flink.ReadConfiguration(f.confDir, f.version, func(name string) ([]byte, error) {
		content, ok := files[path.Base(name)]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return content, nil
	})
	if err != nil {
		return err
	}
	for _, p := range properties {
		f.configuration.Set(p.Key, p.Value, "-D")
	}
	return f.checkHighAvailability()
}

// checkHighAvailability refuses a key that the host's Flink does not know: its
// JobManagers would each lead a cluster of their own.
func (f *hostFacts) checkHighAvailability() error {
	_, key, _ := f.configuration.Effective(flink.HighAvailabilityType)
	if key != flink.HighAvailabilityType.Key || f.version.AtLeast(1, 17) || !flink.IsHighAvailability(f.configuration) {
		return nil
	}
	return problem("write high-availability: zookeeper", "Flink %s does not know %s (%s), which Flink 1.17 has brought", f.version, key, f.configuration.Origin(key))
}

func isDistJar(jar string) bool {
	return strings.HasPrefix(path.Base(jar), "flink-dist")
}

// place are the variables by which the scripts find processes and their files.
func (f *hostFacts) place(s *script) {
	s.set("conf", f.confDir)
	s.set("ident", cmp.Or(f.env["FLINK_IDENT_STRING"], f.env["USER"]))
	s.set("pid_dir", cmp.Or(f.env["FLINK_PID_DIR"], f.configuration.Text(flink.PIDDirectory)))
	s.set("log_dir", cmp.Or(f.env["FLINK_LOG_DIR"], f.configuration.Text(flink.LogDirectory), path.Join(f.home, "log")))
}
