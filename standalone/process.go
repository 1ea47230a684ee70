package standalone

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
)

// launchScript are the variables of start.sh: the command lines that Flink's own
// scripts would make on that host. What does not add up there is an error.
//
// Java has none of it; config.sh, jobmanager.sh, taskmanager.sh and
// flink-daemon.sh do; differs: a Java that is named and not there is an error,
// an empty entry of the class path, which is the working directory, is left out,
// and a TaskManager gets a name to register by.
func (f *hostFacts) launchScript(role Role, names []string, o Options, master flink.HostLine) (*script, error) {
	s := &script{}
	f.place(s)
	s.set("role", role.daemon())
	f.java(s, role)
	memory, dynamic, err := f.memory(role)
	if err != nil {
		return nil, err
	}
	jvm := strings.TrimSpace(f.env["JVM_ARGS"] + " " + memory)
	if role == TaskManager && f.javaOpts() == "" && f.roleOpts(TaskManager) == "" {
		jvm += " -XX:+UseG1GC"
	}
	s.set("jvm_args", jvm)
	s.set("class_path", f.classPath())
	args, last := f.arguments(role, strings.Fields(dynamic), o, master)
	s.list("args", args)
	s.list("last_args", last)
	s.list("names", names)
	var folders []string
	if role == TaskManager {
		folders = f.temporary()
	}
	s.list("folders", folders)
	f.exports(s)
	return s, nil
}

func (f *hostFacts) arguments(role Role, dynamic []string, o Options, master flink.HostLine) (args, last []string) {
	for _, p := range o.Properties {
		last = append(last, "-D", p.Key+"="+p.Value)
	}
	if role == TaskManager {
		return append([]string{"--configDir", f.confDir}, dynamic...), last
	}
	args = append(dynamic, "--configDir", f.confDir)
	if !f.version.AtLeast(2, 0) {
		args = append(args, "--executionMode", "cluster")
	}
	if !flink.IsHighAvailability(f.configuration) {
		return args, last
	}
	if f.version.AtLeast(2, 0) {
		last = append(last, "-D", flink.JobManagerRPCAddress.Key+"="+master.Host)
	} else {
		last = append(last, "--host", master.Host)
	}
	return args, append(last, f.portWords(master)...)
}

// portWords are the words that give a JobManager its port in conf/masters.
func (f *hostFacts) portWords(master flink.HostLine) []string {
	port := strconv.Itoa(master.WebUIPort)
	if f.version.AtLeast(2, 0) {
		return []string{"-D", flink.RESTPort.Key + "=" + port}
	}
	return []string{"--webui-port", port}
}

// java says which Java, and its options without those of memory.
func (f *hostFacts) java(s *script, role Role) {
	home, origin := f.configuration.Text(flink.JavaHome), ""
	if home != "" {
		origin = "env.java.home (" + string(f.configuration.Origin(flink.JavaHome.Key)) + ")"
	} else if home = f.env["JAVA_HOME"]; home != "" {
		origin = "JAVA_HOME (environment of the host)"
	}
	s.set("java_home", home)
	s.set("java_origin", origin)
	s.set("java_opts", strings.TrimSpace(f.javaOpts()+" "+f.roleOpts(role)))
	allow := ""
	if f.version.AtLeast(1, 18) && f.env["FLINK_ENV_JAVA_OPTS"] == "" {
		allow = "-Djava.security.manager=allow"
	}
	s.set("java_18_opts", allow)
}

func (f *hostFacts) javaOpts() string {
	if opts := f.env["FLINK_ENV_JAVA_OPTS"]; opts != "" {
		return opts
	}
	opts := unquoted(f.configuration.Text(flink.JavaDefaultOptsAll) + " " + f.configuration.Text(flink.JavaOptsAll))
	if f.version.AtLeast(1, 18) {
		opts = strings.TrimSpace("-XX:+IgnoreUnrecognizedVMOptions " + opts)
	}
	return opts
}

func (f *hostFacts) roleOpts(role Role) string {
	if role == ZooKeeperPeer {
		return "" // Flink's scripts have none for it
	}
	variable, byDefault, own := "FLINK_ENV_JAVA_OPTS_JM", flink.JavaDefaultOptsJobManager, flink.JavaOptsJobManager
	switch role {
	case TaskManager:
		variable, byDefault, own = "FLINK_ENV_JAVA_OPTS_TM", flink.JavaDefaultOptsTaskManager, flink.JavaOptsTaskManager
	case HistoryRole: // no default of Flink's
		variable, byDefault, own = "FLINK_ENV_JAVA_OPTS_HS", flink.Option{}, flink.JavaOptsHistoryServer
	}
	if opts := f.env[variable]; opts != "" {
		return opts
	}
	return unquoted(f.configuration.Text(byDefault) + " " + f.configuration.Text(own))
}

// unquoted drops the quotes around a value that the old configuration file keeps.
func unquoted(s string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(s), `"`), `"`)
}

// memory are the JVM's arguments, and the dynamic properties of the main class.
func (f *hostFacts) memory(role Role) (jvm, dynamic string, err error) {
	legacy := flink.LegacyEnv{JobManagerHeap: f.env["FLINK_JM_HEAP"], TaskManagerHeap: f.env["FLINK_TM_HEAP"]}
	if role == JobManager {
		m, err := flink.DeriveStandaloneJobManagerMemory(f.configuration, f.version, legacy)
		if err != nil {
			return "", "", err
		}
		return m.JVMArgs(), m.DynamicArgs(), nil
	}
	m, err := flink.DeriveStandaloneTaskManagerMemory(f.configuration, f.version, legacy)
	if err != nil {
		return "", "", err
	}
	dynamic, err = m.DynamicArgs(f.configuration, f.version)
	return m.JVMArgs(), dynamic, err
}

// slots are those of one TaskManager there.
func (f *hostFacts) slots() int {
	n, _, err := f.configuration.Int(flink.NumTaskSlots)
	if err != nil {
		return 0 // refused by memory
	}
	return int(n)
}

// classPath is Flink's libraries, the dist jar last, and Hadoop's.
func (f *hostFacts) classPath() string {
	var jars, dist []string
	for _, jar := range f.jars {
		if isDistJar(jar) {
			dist = append(dist, jar)
		} else {
			jars = append(jars, jar)
		}
	}
	hadoop := cmp.Or(f.env["HADOOP_CONF_DIR"], f.configuration.Text(flink.HadoopConfDir),
		f.existing(f.env["HADOOP_HOME"], "etc/hadoop"), f.existing(f.env["HADOOP_HOME"], "conf"))
	if hadoop == "" && f.env["HADOOP_CLASSPATH"] == "" {
		hadoop = f.existing("/etc/hadoop", "conf")
	}
	hbase := cmp.Or(f.env["HBASE_CONF_DIR"], f.configuration.Text(flink.HBaseConfDir), f.existing(f.env["HBASE_HOME"], "conf"), f.existing("/etc/hbase", "conf"))
	entries := slices.Concat(jars, dist, []string{
		f.env["HADOOP_CLASSPATH"], hadoop, cmp.Or(f.env["YARN_CONF_DIR"], f.configuration.Text(flink.YARNConfDir)), hbase,
	})
	return strings.Join(slices.DeleteFunc(entries, func(e string) bool { return e == "" }), ":")
}

// existing is a folder in another one, "" where it is not there.
func (f *hostFacts) existing(dir, name string) string {
	if full := path.Join(dir, name); dir != "" && slices.Contains(f.folders, full) {
		return full
	}
	return ""
}

// temporary are the folders for temporary files, as they are configured.
func (f *hostFacts) temporary() []string {
	return strings.FieldsFunc(f.configuration.Text(flink.TemporaryDirectories), func(r rune) bool { return r == ',' || r == '|' || r == ':' })
}

// exports are the variables that processes find in their environment.
func (f *hostFacts) exports(s *script) {
	s.export("FLINK_CONF_DIR", f.confDir)
	s.export("FLINK_BIN_DIR", path.Join(f.home, "bin"))
	s.export("FLINK_LIB_DIR", cmp.Or(f.env["FLINK_LIB_DIR"], path.Join(f.home, "lib")))
	s.export("FLINK_PLUGINS_DIR", cmp.Or(f.env["FLINK_PLUGINS_DIR"], path.Join(f.home, "plugins")))
	s.export("FLINK_OPT_DIR", cmp.Or(f.env["FLINK_OPT_DIR"], path.Join(f.home, "opt")))
	s.export("MAX_LOG_FILE_NUMBER", cmp.Or(f.env["MAX_LOG_FILE_NUMBER"], f.configuration.Text(flink.LogMax), "10"))
	s.export("ROOT_LOG_LEVEL", cmp.Or(f.env["ROOT_LOG_LEVEL"], f.configuration.Text(flink.LogLevel), "INFO"))
	if home := cmp.Or(f.configuration.Text(flink.JavaHome), f.env["JAVA_HOME"]); home != "" {
		s.export("JAVA_HOME", home)
	}
}
