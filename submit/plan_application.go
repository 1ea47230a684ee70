package submit

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/yarn"
)

// readUserJar finds the program's jar; one in HDFS is looked at by Gather.
func (f *Facts) readUserJar(job JobSpec) {
	if job.isPython() {
		f.Problems = append(f.Problems, job.problems()...)
		return
	}
	if isRemote(job.Jar) {
		f.UserJar = &flink.File{Key: path.Base(pathOf(job.Jar)), Path: job.Jar, Remote: true}
		f.Unchecked = append(f.Unchecked, "the file "+job.Jar)
		return
	}
	problems := job.problems()
	f.Problems = append(f.Problems, problems...)
	if len(problems) == 0 {
		f.UserJar, _ = regular(localPath(job.Jar))
	}
}

// checkJob finds what is wrong with a remote program's spec; of a local one
// that was part of reading the facts.
func (m *planner) checkJob() {
	if isRemote(m.job.Job.Jar) && !m.job.Job.isPython() {
		m.problems = append(m.problems, m.job.Job.problems()...)
	}
	if unseen := m.facts.Unseen; len(unseen) > 0 {
		m.plan.warn("the cluster does not see this machine's %s: name what lies in HDFS, or ship it (%s) and name it relative to the containers' working directory",
			strings.Join(unseen, ", "), flink.ShipFiles.Key)
	}
	for _, address := range m.job.Job.Classpaths {
		if strings.HasPrefix(address, "file:") {
			m.plan.warn("the class path entry %s (-C) is looked for on each node of the cluster, not on this machine", address)
		}
	}
}

// setJob sets the keys that tell the JobManager about the program.
//
// Java: ApplicationConfiguration.applyToConfiguration, ProgramOptions.applyToConfiguration.
func (m *planner) setJob(origin flink.Origin) {
	c, job, v := m.conf, m.job.Job, m.plan.version
	setOption(c, flink.ExecutionAttached, fmt.Sprint(!m.job.Detached), origin)
	c.Set(flink.ShutdownOnAttachedExit.Key, fmt.Sprint(m.job.CancelOnExit), origin)
	m.setJars(origin)
	class, args := job.program()
	if len(job.Classpaths) > 0 || !v.AtLeast(2, 0) {
		c.SetList(flink.PipelineClasspaths.Key, job.Classpaths, "-C")
	}
	if len(args) > 0 || !v.AtLeast(2, 0) {
		c.SetList(flink.ApplicationArgs.Key, args, "the program's arguments")
	}
	if class != "" {
		c.Set(flink.ApplicationMainClass.Key, class, "-c")
	}
	m.setPython()
	if job.Parallelism > 0 {
		setOption(c, flink.DefaultParallelism, fmt.Sprint(job.Parallelism), "-p")
	}
	keys := recoveryKeys(v)
	if job.Savepoint != "" {
		setOption(c, keys.path, job.Savepoint, "-s")
	}
	if job.AllowNonRestoredState || !c.IsSet(keys.ignore) {
		setOption(c, keys.ignore, fmt.Sprint(job.AllowNonRestoredState), origin)
	}
	switch {
	case keys.mode.Key == "":
	case job.ClaimMode != "":
		setOption(c, keys.mode, normalClaimMode(job.ClaimMode), "-cm")
	case !c.IsSet(keys.mode):
		setOption(c, keys.mode, "NO_CLAIM", origin)
	}
	for key, value := range job.Configuration {
		c.Set(key, value, "-D")
	}
}

// recovery are the keys of starting from a savepoint.
type recovery struct{ path, ignore, mode flink.Option }

// recoveryKeys are the ones a version knows: 1.20 renamed them, 1.15 brought the
// mode.
func recoveryKeys(v flink.Version) recovery {
	if v.AtLeast(1, 20) {
		return recovery{flink.StateRecoveryPath, flink.StateRecoveryIgnoreUnclaimed, flink.StateRecoveryClaimMode}
	}
	old := recovery{
		path:   flink.Option{Key: flink.StateRecoveryPath.Aliases[0]},
		ignore: flink.Option{Key: flink.StateRecoveryIgnoreUnclaimed.Aliases[0]},
	}
	if v.AtLeast(1, 15) {
		old.mode = flink.Option{Key: flink.StateRecoveryClaimMode.Aliases[0]}
	}
	return old
}

// jarAddress is the jar as the configuration names it: its last element is how
// the JobManager finds the file in its working directory.
func (m *planner) jarAddress() string {
	jar := m.job.Job.Jar
	if isRemote(jar) {
		return jar
	}
	if abs, err := filepath.Abs(localPath(jar)); err == nil {
		jar = abs
	}
	return "file:" + filepath.ToSlash(jar)
}

// userJar adds the program's jar and returns its class path entries. Where user
// jars are kept off the class path it goes into usrlib, for the class loader of
// user code.
func (m *planner) userJar(r *resources) []string {
	if m.facts.UserJar == nil {
		return nil
	}
	jar := *m.facts.UserJar
	if m.inclusion() == includeDisabled {
		jar.Key = "usrlib/" + jar.Key
	}
	return r.files([]flink.File{jar}, yarn.FileResource)
}
