package submit

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/yarn"
)

// PythonSpec is a Python program, or what the Python functions of a jar need. It
// is for clusters for one job: a session's JobManager runs jars only. Paths are
// handed on as they are, as Flink's client does: the containers read them, so
// they are in HDFS, on every node, or relative to the containers' working
// directory, where ship files lie.
type PythonSpec struct {
	// Script is a file whose name ends with .py, Module a module of Files. One of
	// them makes the job a Python program, for which JobSpec.Jar is "".
	Script, Module string
	// Files is python.files and Archives python.archives, separated by commas.
	Files, Archives string
	// Requirements is python.requirements, FILE or FILE#FOLDER.
	Requirements string
	// Executable is python.executable, the interpreter of Python functions;
	// ClientExecutable is python.client.executable, the one of the program.
	Executable, ClientExecutable string
	// Path is python.pythonpath. Flink 1.18 and later.
	Path string
}

const (
	pythonDriver  = "org.apache.flink.client.python.PythonDriver"
	pythonGateway = "org.apache.flink.client.python.PythonGatewayServer"
)

// isPython tells a Python program from a jar.
func (s JobSpec) isPython() bool {
	return s.Python != nil && (s.Python.Script != "" || s.Python.Module != "")
}

// Java: PythonDriverOptionsParserFactory, which says it in the JobManager's log only.
func (p PythonSpec) problems() []Problem {
	switch {
	case p.Script != "" && p.Module != "":
		return []Problem{{What: "a script and a module are both the program", Where: "-py, -pym", Do: "name one"}}
	case p.Script != "" && path.Ext(p.Script) != ".py":
		return []Problem{{What: "the Python program " + p.Script, Where: "-py", Why: "Flink runs files only whose name ends with .py"}}
	}
	return nil
}

// named are the paths of the spec, by the option that names them.
func (p PythonSpec) named() [][2]string {
	var named [][2]string
	add := func(option, list string) {
		for entry := range strings.SplitSeq(list, ",") {
			file, folder, _ := strings.Cut(entry, "#")
			named = append(named, [2]string{option, file})
			if option == "-pyreq" {
				named = append(named, [2]string{option, folder})
			}
		}
	}
	add("-py", p.Script)
	add("-pyfs", p.Files)
	add("-pyreq", p.Requirements)
	add("-pyarch", p.Archives)
	return named
}

// setPython sets the keys of Python. A value of the configuration is replaced.
//
// Java: PythonProgramOptions, PythonDependencyUtils.parsePythonDependencyConfiguration.
func (m *planner) setPython() {
	p := m.job.Job.Python
	if p == nil {
		return
	}
	for _, k := range []struct {
		option flink.Option
		value  string
		origin flink.Origin
	}{
		{flink.PythonFiles, p.Files, "-pyfs"},
		{flink.PythonRequirements, p.Requirements, "-pyreq"},
		{flink.PythonArchives, p.Archives, "-pyarch"},
		{flink.PythonExecutable, p.Executable, "-pyexec"},
		{flink.PythonClientExecutable, p.ClientExecutable, "-pyclientexec"},
		{flink.PythonPath, p.Path, "-pypath"},
	} {
		if k.value != "" {
			m.conf.Set(k.option.Key, k.value, k.origin)
		}
	}
	if p.Path != "" && !m.plan.version.AtLeast(1, 18) {
		m.plan.warn("-pypath has no effect before Flink 1.18, and this is %s", m.plan.version)
	}
}

// program is the entry class and the arguments of its main method.
//
// Java: PythonProgramOptions.extractProgramArgs.
func (s JobSpec) program() (class string, args []string) {
	if !s.isPython() {
		return s.EntryClass, s.Args
	}
	class = s.EntryClass
	if class == "" {
		class = pythonDriver
	}
	if s.Python.Script != "" {
		return class, append([]string{"--python", s.Python.Script}, s.Args...)
	}
	return class, append([]string{"--pyModule", s.Python.Module}, s.Args...)
}

// setJars names the program's jar. A Python program has none: Flink's client
// takes no notice of one.
func (m *planner) setJars(origin flink.Origin) {
	if !m.job.Job.isPython() {
		m.conf.SetList(flink.PipelineJars.Key, []string{m.jarAddress()}, origin)
		return
	}
	if m.job.Job.Jar != "" || m.conf.IsSet(flink.PipelineJars) {
		m.plan.warn("jars (-j, %s) are not used beside a Python program, as by Flink's own client; put them on the class path with %s",
			flink.PipelineJars.Key, flink.ShipFiles.Key)
	}
	if m.conf.Delete(flink.PipelineJars.Key); !m.plan.version.AtLeast(2, 0) {
		m.conf.SetList(flink.PipelineJars.Key, nil, origin)
	}
}

// pythonJar adds the jar of opt that runs Python programs. The JobManager finds
// it by FLINK_OPT_DIR, so it stays off the class path.
//
// Java: YarnClusterDescriptor.startAppMaster since 1.15, PackagedProgramUtils.getPythonJar.
func (m *planner) pythonJar(r *resources) {
	if class, _ := m.job.Job.program(); class != pythonDriver && class != pythonGateway {
		return
	}
	d := m.spec.Distribution
	if !m.plan.version.AtLeast(1, 15) {
		if !hasPythonJar(d.Lib) && !hasPythonJar(m.facts.ProvidedLib) {
			m.problem(Problem{What: fmt.Sprintf("Flink %s does not ship its flink-python jar", m.plan.version), Where: d.Home,
				Why: "clusters for one job run Python programs since 1.15", Do: "put opt/flink-python_….jar into lib, too, or use a later Flink"})
		}
		return
	}
	var jars []flink.File
	for _, f := range d.Opt {
		if isPythonJar(f.Key) {
			f.Key = "opt/" + path.Base(f.Key)
			jars = append(jars, f)
		}
	}
	if len(jars) != 1 {
		m.problem(Problem{What: fmt.Sprintf("%d flink-python jars", len(jars)), Where: d.Home + "/opt",
			Why: "one is needed to run a Python program", Do: "keep the flink-python-" + m.plan.version.String() + ".jar of the distribution there"})
		return
	}
	r.files(jars, yarn.FileResource)
}

func isPythonJar(key string) bool { return strings.HasPrefix(path.Base(key), "flink-python") }

func hasPythonJar(files []flink.File) bool {
	return slices.ContainsFunc(files, func(f flink.File) bool { return isPythonJar(f.Key) })
}
