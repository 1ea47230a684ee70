package submit

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/yarn"
)

// NewPlan decides everything about the start of a cluster. It reads nothing and
// changes nothing: the same spec and facts give the same plan. The error is a
// *ValidationError with every problem there is.
func NewPlan(s Spec, facts Facts) (*Plan, error) {
	spec := s.cluster()
	d := spec.Distribution
	m := &planner{
		spec: spec, job: s.application(), facts: facts, conf: spec.Configuration.Clone(),
		problems: slices.Clone(facts.Problems),
		plan: &Plan{
			User: facts.User, StagingBase: facts.StagingBase, RequestID: spec.RequestID,
			Warnings: slices.Clone(facts.Warnings), Unchecked: slices.Clone(facts.Unchecked),
			login: facts.Login, version: d.Version, yarnClasspath: facts.YarnClasspath,
		},
	}
	m.kind = sessionCluster
	if m.job != nil {
		m.kind = applicationCluster
		m.plan.oneOff = true
		m.plan.fixesJobID = !m.job.SeveralJobs && !m.conf.IsSet(flink.PipelineFixedJobID)
		m.checkJob()
	}
	m.identify()
	m.size()
	m.slots()
	m.attempts()
	m.highAvailability()
	m.queue()
	m.nodes()
	m.setConfiguration()
	m.localize()
	m.checkVariables()
	if len(m.problems) > 0 {
		return nil, &ValidationError{m.problems}
	}
	return m.plan, nil
}

// planner collects a plan and its problems.
type planner struct {
	spec SessionSpec
	// job is nil for a session.
	job      *ApplicationSpec
	kind     clusterKind
	facts    Facts
	conf     *flink.Configuration
	plan     *Plan
	problems []Problem
}

// problem keeps what is wrong, once: several decisions may look at one value.
func (m *planner) problem(p Problem) {
	if !slices.Contains(m.problems, p) {
		m.problems = append(m.problems, p)
	}
}

// where names the key and the place a value of the configuration comes from.
func (m *planner) where(o flink.Option) string {
	_, key, _ := m.conf.Effective(o)
	if key == "" {
		return o.Key + ", the default"
	}
	return fmt.Sprintf("%s from %s", key, m.conf.Origin(key))
}

func (m *planner) text(o flink.Option) string {
	v, _, _ := m.conf.Effective(o)
	return strings.TrimSpace(v.String())
}

// number is the option's value, or ok=false where it is not set or no number
// (which is a problem then).
func (m *planner) number(o flink.Option) (int64, bool) {
	text := m.text(o)
	if text == "" {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		m.problem(Problem{What: fmt.Sprintf("%s is %q", o.Key, text), Where: m.where(o), Why: "it is not a whole number"})
		return 0, false
	}
	return n, true
}

// identify sets what people and the scheduler know the application by.
//
// Java: YarnClusterDescriptor.startAppMaster; its default names.
func (m *planner) identify() {
	p := m.plan
	p.Name = m.text(flink.ApplicationName)
	if p.Name == "" {
		p.Name = m.kind.name
	}
	p.Type = m.text(flink.ApplicationType)
	if p.Type == "" {
		p.Type = "Apache Flink"
	}
	p.Queue = m.text(flink.ApplicationQueue)
	p.NodeLabel = m.text(flink.ApplicationNodeLabel)
	if n, ok := m.number(flink.ApplicationPriority); ok && n >= 0 {
		priority := int(n)
		p.Priority = &priority
		if most := m.facts.Limits.Priority; most.Key != "" && n > most.Value {
			p.warn("the priority %d (%s) becomes %d: the cluster gives no more (%s from %s)", n, m.where(flink.ApplicationPriority), most.Value, most.Key, most.Source)
		}
	}
	if id := m.spec.Reservation; id != "" {
		p.Reservation = id
		if !reservationID.MatchString(id) {
			m.problem(Problem{What: fmt.Sprintf("the reservation %q", id), Why: "it is no id of one", Do: "name it as YARN does, reservation_1700000000000_0001"})
		}
	}
	if n, ok := m.number(flink.FileReplication); ok && n > 0 {
		p.replication = int(n)
	}
	m.tags()
	m.acls()
	if p.User == "" {
		m.problem(Problem{What: "the user name is empty", Why: "the application would belong to somebody else", Do: "set HADOOP_USER_NAME"})
	}
	include, exclude := m.text(flink.RolledLogsInclude), m.text(flink.RolledLogsExclude)
	if p.version.AtLeast(2, 1) && include+exclude != "" {
		p.LogAggregation = &yarn.LogAggregationContext{RolledInclude: include, RolledExclude: exclude}
	}
}

// Java: ReservationId.parseReservationId.
var reservationID = regexp.MustCompile(`^reservation_[0-9]+_[0-9]+$`)

// RequestTagPrefix starts the tag that carries a request id.
const RequestTagPrefix = "yarnflink:"

const (
	maxTags      = 10
	maxTagLength = 100
)

// tags are checked here because the ResourceManager checks them only after
// everything has been uploaded.
func (m *planner) tags() {
	for t := range strings.SplitSeq(m.text(flink.ApplicationTags), ",") {
		if t = strings.TrimSpace(t); t != "" {
			m.plan.Tags = append(m.plan.Tags, t)
		}
	}
	where := m.where(flink.ApplicationTags)
	if id := m.spec.RequestID; id != "" {
		if strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789._-") != "" {
			m.problem(Problem{What: fmt.Sprintf("request id %q", id), Why: "it becomes a tag of the application",
				Do: "use lower case letters, digits, '.', '_' and '-' only"})
		}
		m.plan.Tags = append(m.plan.Tags, RequestTagPrefix+id)
	}
	if m.spec.Lock {
		m.plan.Tags = append(m.plan.Tags, LockTag)
	}
	if n := len(m.plan.Tags); n > maxTags {
		m.problem(Problem{What: fmt.Sprintf("%d application tags", n), Where: where, Why: fmt.Sprintf("YARN takes at most %d", maxTags)})
	}
	for i, t := range m.plan.Tags {
		if len(t) > maxTagLength {
			m.problem(Problem{What: fmt.Sprintf("the application tag %q", t), Where: where, Why: fmt.Sprintf("it is longer than %d letters", maxTagLength)})
		}
		if strings.ContainsFunc(t, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
			m.problem(Problem{What: fmt.Sprintf("the application tag %q", t), Where: where, Why: "YARN takes ASCII only"})
		}
		if lower := strings.ToLower(t); lower != t {
			m.plan.warn("the application tag %q becomes %q: YARN keeps tags in lower case", t, lower)
			m.plan.Tags[i] = lower
		}
	}
}

func (m *planner) acls() {
	for _, a := range []struct {
		acl    string
		option flink.Option
	}{{yarn.ViewApplication, flink.ViewACLs}, {yarn.ModifyApplication, flink.ModifyACLs}} {
		value := m.text(a.option)
		if value == "" {
			continue
		}
		// Java: Utils.setAclsFor: a star stands alone.
		if strings.Contains(value, "*") && value != "*" {
			m.problem(Problem{What: fmt.Sprintf("the access list %q", value), Where: m.where(a.option), Why: "* stands for everybody, and alone"})
			continue
		}
		if m.plan.ACLs == nil {
			m.plan.ACLs = map[string]string{}
		}
		m.plan.ACLs[a.acl] = value
	}
}

// setConfiguration sets and removes the keys that Flink's client does.
//
// Java: FlinkYarnSessionCli.run, CliFrontend.runApplication and
// YarnClusterDescriptor's constructor (1.20).
func (m *planner) setConfiguration() {
	c, d := m.conf, m.spec.Distribution
	const origin = "yarnflink"
	setOption(c, flink.ExecutionTarget, m.kind.target, origin)
	if m.job != nil {
		m.setJob(origin)
	} else {
		setOption(c, flink.ExecutionAttached, "false", origin)
		if !d.Remote && !c.IsSet(flink.FlinkDistJar) {
			c.Set(flink.FlinkDistJar.Key, "file:"+d.DistJar.Path, origin)
		}
	}
	if d.Remote {
		m.provideDistribution(origin)
	}
	c.Set(flink.ClusterExecutionMode.Key, "NORMAL", origin)
	c.Set(flink.DeploymentConfigDir.Key, d.ConfDir, origin)
	if d.LogConfig != nil && c.Get(flink.LogConfigFile.Key) == "" {
		c.Set(flink.LogConfigFile.Key, d.LogConfig.Path, origin)
	}
	m.logEnvironment()
	m.dropLocalhost()
	m.lock()
	m.plan.userEnvironment = c.WithPrefix(flink.MasterEnvPrefix)
	if home := m.text(flink.JavaHome); home != "" && m.plan.version.AtLeast(2, 0) {
		m.plan.userEnvironment["JAVA_HOME"] = home
	}
	m.plan.configuration = c
	name, content, err := m.plan.Configuration(yarn.ApplicationID{}).File(d.Version)
	if err != nil {
		m.problem(Problem{What: "the configuration can't be shipped", Where: name, Why: err.Error()})
	}
	m.plan.configKey = name
	m.plan.Resources = append(m.plan.Resources, PlannedResource{
		Key: name, Size: int64(len(content)), Class: Private, Type: yarn.FileResource, Shipped: true,
	})
}

// provideDistribution names the libraries of a remote distribution as whoever
// starts from it with Flink's own client does.
func (m *planner) provideDistribution(origin flink.Origin) {
	dirs := m.spec.Distribution.ProvidedLibDirs()
	if v, key, _ := m.conf.Effective(flink.ProvidedLibDirs); key != "" && !slices.Equal(v.List(), dirs) {
		m.problem(Problem{What: fmt.Sprintf("Flink's libraries are named twice, as %s and by the distribution in %s", v, m.spec.Distribution.Home),
			Where: m.where(flink.ProvidedLibDirs), Do: "leave out one"})
		return
	}
	m.conf.SetList(flink.ProvidedLibDirs.Key, dirs, origin)
}

// setOption sets a key and removes its older names, which some readers look at
// first.
func setOption(c *flink.Configuration, o flink.Option, value string, origin flink.Origin) {
	for _, alias := range o.Aliases {
		c.Delete(alias)
	}
	c.Set(o.Key, value, origin)
}

// logEnvironment hands env.log.* on to the containers, as Flink 1.19 and later.
func (m *planner) logEnvironment() {
	if !m.plan.version.AtLeast(1, 19) {
		return
	}
	for variable, o := range map[string]flink.Option{"ROOT_LOG_LEVEL": flink.LogLevel, "MAX_LOG_FILE_NUMBER": flink.LogMax} {
		if v, key, _ := m.conf.Effective(o); key != "" {
			for _, prefix := range []string{flink.MasterEnvPrefix, flink.TaskManagerEnvPrefix} {
				m.conf.Set(prefix+variable, v.String(), m.conf.Origin(key))
			}
		}
	}
}

// dropLocalhost removes what would keep other hosts from reaching the
// JobManager: distributions carry these for clusters on one machine.
func (m *planner) dropLocalhost() {
	m.conf.Delete(flink.TaskManagerHost.Key)
	for _, key := range append(flink.RESTBindAddress.Keys(), flink.JobManagerBindHost.Key, flink.TaskManagerBindHost.Key) {
		if m.conf.Get(key) == "localhost" {
			m.conf.Delete(key)
		}
	}
}

// escapeAddress writes what an address of a local resource can't hold as it is.
func escapeAddress(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address
	}
	authority, path, _ := strings.Cut(rest, "/")
	return scheme + "://" + authority + (&url.URL{Path: "/" + path}).EscapedPath()
}
