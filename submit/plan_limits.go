package submit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/yarn"
)

// size derives the memory of both processes and asks for the container of the
// first. A TaskManager's container is asked for by the JobManager, so it is
// only checked.
//
// Java: YarnClusterDescriptor.validateClusterResources (1.20).
func (m *planner) size() {
	limits := m.facts.Limits
	jm, err := flink.DeriveJobManagerMemory(m.conf, m.plan.version, m.spec.LegacyEnv)
	if err != nil {
		m.problem(Problem{What: "the JobManager's memory does not add up", Why: err.Error()})
	} else {
		m.plan.Resource.MemoryMB = m.container("JobManager", jm.ContainerMB(), true)
		m.plan.Warnings = append(m.plan.Warnings, jm.Warnings...)
		for _, f := range jm.Reasons() {
			m.plan.because("jobmanager "+f.Name, flink.MemorySize(f.Bytes), "%s", f.Reason)
		}
		logConfig := m.text(flink.LogConfigFile)
		if d := m.spec.Distribution; logConfig == "" && d.LogConfig != nil {
			logConfig = d.LogConfig.Path
		}
		m.plan.Command = command(m.conf, m.plan.version, jm, m.kind.entryPoint, logConfig, m.facts.Krb5 != nil)
	}
	tm, err := flink.DeriveTaskManagerMemory(m.conf, m.plan.version, m.spec.LegacyEnv)
	if err != nil {
		m.problem(Problem{What: "the TaskManagers' memory does not add up", Why: err.Error()})
	} else {
		m.container("TaskManager", tm.ContainerMB(), false)
		m.plan.Warnings = append(m.plan.Warnings, tm.Warnings...)
		for _, f := range tm.Reasons() {
			m.plan.because("taskmanager "+f.Name, flink.MemorySize(f.Bytes), "%s", f.Reason)
		}
	}
	m.plan.Resource.VCores = m.vcores(flink.AppMasterVCores, 1)
	cores := flink.ContainerVCores
	if n, ok := m.number(cores); ok && n < 1 {
		cores = flink.NumTaskSlots
	}
	m.vcores(cores, 1)
	if limits.MinimumMB.Value > 0 {
		m.plan.because("container multiple", fmt.Sprintf("%d MB", limits.MinimumMB.Value), "%s (%s)", limits.MinimumMB.Key, limits.MinimumMB.Source)
	}
}

// container is the size asked for, in MB.
func (m *planner) container(process string, mb int64, raise bool) int64 {
	limits := m.facts.Limits
	if minimum := limits.MinimumMB; raise && mb < minimum.Value {
		m.plan.because(process+" container", fmt.Sprintf("%d MB", minimum.Value), "raised from %d MB to %s (%s)", mb, minimum.Key, minimum.Source)
		mb = minimum.Value
	}
	if maximum := limits.MaximumMB; maximum.Value > 0 && mb > maximum.Value {
		m.problem(Problem{
			What: fmt.Sprintf("a %s of %d MB", process, mb), Where: m.where(processSize(process)),
			Why: fmt.Sprintf("the largest container is %d MB (%s from %s)", maximum.Value, maximum.Key, maximum.Source),
			Do:  "ask for less, or have the limit raised",
		})
	}
	if free := m.largestFree(); free >= 0 && mb > free {
		m.plan.warn("no node has %d MB free for a %s now (the most is %d MB): it will wait", mb, process, free)
	}
	return mb
}

func processSize(process string) flink.Option {
	if process == "JobManager" {
		return flink.Option{Key: "jobmanager.memory.process.size"}
	}
	return flink.Option{Key: "taskmanager.memory.process.size"}
}

func (m *planner) largestFree() int64 {
	if m.facts.Cluster == nil || len(m.facts.Cluster.Nodes) == 0 {
		return -1
	}
	var free int64
	for _, n := range m.facts.Cluster.Nodes {
		free = max(free, n.Avail.MemoryMB)
	}
	return free
}

func (m *planner) vcores(o flink.Option, def int) int {
	n, ok := m.number(o)
	if !ok || n < 1 {
		n = int64(def)
	}
	if maximum := m.facts.Limits.MaximumVCores; maximum.Value > 0 && n > maximum.Value {
		m.problem(Problem{
			What: fmt.Sprintf("%d vcores", n), Where: m.where(o),
			Why: fmt.Sprintf("the largest container has %d (%s from %s)", maximum.Value, maximum.Key, maximum.Source),
		})
	}
	return int(n)
}

// slots turns TaskManagers into the slots that Flink keeps from the start.
// Flink's own client drops -n.
func (m *planner) slots() {
	slots, ok := m.number(flink.NumTaskSlots)
	if !ok {
		slots = 1
	}
	if slots < 1 {
		m.problem(Problem{What: fmt.Sprintf("%d slots", slots), Where: m.where(flink.NumTaskSlots), Why: "a TaskManager has at least one"})
		return
	}
	n := int64(m.spec.TaskManagers)
	if n < 0 {
		m.problem(Problem{What: fmt.Sprintf("%d TaskManagers", n), Where: "-n", Why: "the number can't be negative"})
		return
	}
	if n == 0 {
		return
	}
	if !m.plan.version.AtLeast(1, 19) {
		m.plan.warn("-n %d has no effect on Flink %s: it starts TaskManagers as jobs need them (1.19 and later can keep a minimum)", n, m.plan.version)
		return
	}
	if _, key, _ := m.conf.Effective(flink.MinSlots); key != "" {
		m.plan.because(flink.MinSlots.Key, m.text(flink.MinSlots), "set by %s, which wins over -n %d", m.conf.Origin(key), n)
		return
	}
	wanted := n * slots
	if limit, ok := m.number(flink.MaxSlots); ok && n > limit/slots {
		m.problem(Problem{
			What: fmt.Sprintf("-n %d of %d slots each are %d slots", n, slots, wanted), Where: m.where(flink.MaxSlots),
			Why: fmt.Sprintf("%s is %d, and the JobManager would not start", flink.MaxSlots.Key, limit), Do: "raise it or ask for fewer",
		})
		return
	}
	m.conf.Set(flink.MinSlots.Key, fmt.Sprint(wanted), "-n")
	m.plan.because(flink.MinSlots.Key, wanted, "%d TaskManagers (-n) of %d slots each (%s)", n, slots, m.where(flink.NumTaskSlots))
}

// defaultQueue is where YARN puts an application that names none.
const defaultQueue = "default"

// attempts decides how often YARN may start the JobManager. The ResourceManager
// lowers silently what is above its limit; an explicit wish is refused instead.
//
// Java: YarnClusterDescriptor.setApplicationAttempts. Differs: attempts are checked.
func (m *planner) attempts() {
	limit := m.facts.Limits.Attempts
	ha := flink.IsHighAvailability(m.conf)
	asked, explicit := m.number(flink.ApplicationAttempts)
	p := m.plan
	switch {
	case explicit && asked > limit.Value && m.spec.ClampAttempts:
		p.MaxAttempts = int(limit.Value)
		p.warn("application attempts lowered from %d to %d, the limit of %s (%s)", asked, limit.Value, limit.Key, limit.Source)
		setOption(m.conf, flink.ApplicationAttempts, fmt.Sprint(limit.Value), "--clamp-attempts")
	case explicit && asked > limit.Value:
		m.problem(Problem{
			What: fmt.Sprintf("%d application attempts", asked), Where: m.where(flink.ApplicationAttempts),
			Why: fmt.Sprintf("the cluster's limit is %d (%s from %s)", limit.Value, limit.Key, limit.Source),
			Do:  "ask for at most that many, have the limit raised, or let it be lowered with --clamp-attempts",
		})
	case explicit && asked < 1:
		m.problem(Problem{What: fmt.Sprintf("%d application attempts", asked), Where: m.where(flink.ApplicationAttempts), Why: "at least one is needed"})
	case explicit:
		p.MaxAttempts = int(asked)
	case ha:
		p.MaxAttempts = int(min(2, limit.Value))
		if p.MaxAttempts == 1 {
			p.warn("high availability is on, but the cluster gives an application one attempt (%s from %s): a JobManager that dies is not started again", limit.Key, limit.Source)
		}
	default:
		p.MaxAttempts = 1
	}
	p.because("application attempts", p.MaxAttempts, "%s; the cluster's limit is %d (%s from %s)", m.where(flink.ApplicationAttempts), limit.Value, limit.Key, limit.Source)
	if !ha && explicit && asked > 1 {
		p.warn("%d application attempts without high availability: a new JobManager knows nothing of the jobs of the one before; set %s", asked, flink.HighAvailabilityType.Key)
	}
}

// nodes refuses a cluster on which nothing can run.
func (m *planner) nodes() {
	if m.facts.Cluster != nil && len(m.facts.Cluster.Nodes) == 0 {
		m.problem(Problem{What: "no NodeManager is running", Why: "the application would wait for ever", Do: "see the ResourceManager's list of nodes"})
	}
}

// queue refuses one that is stopped, or that is unknown where the scheduler
// says that it makes none on demand; where it does not say, it warns.
func (m *planner) queue() {
	if m.facts.Cluster == nil || len(m.facts.Cluster.Scheduler.Queues) == 0 {
		return
	}
	name, where := m.plan.Queue, m.where(flink.ApplicationQueue)
	if name == "" {
		name = defaultQueue
	}
	scheduler := m.facts.Cluster.Scheduler
	queues := scheduler.Queues
	if q, ok := scheduler.Lookup(name); ok {
		if !q.Leaf && m.spec.Reservation == "" { // a reservation names the queue of plans above its own
			m.problem(Problem{What: fmt.Sprintf("the queue %q", name), Where: where, Why: "it has queues below it; applications go into those", Do: nearestQueues(name, queues)})
		}
		if q.State != "" && !strings.EqualFold(q.State, "RUNNING") {
			m.problem(Problem{What: fmt.Sprintf("the queue %q is %s", name, q.State), Where: where, Why: "it takes no applications", Do: nearestQueues(name, queues)})
		}
		return
	}
	creates := createsQueue(scheduler, name)
	if creates != nil && *creates {
		return
	}
	unknown := Problem{What: fmt.Sprintf("the queue %q is unknown", name), Where: where, Do: nearestQueues(name, queues)}
	switch {
	case m.plan.Queue == "":
		unknown.Why = "none was asked for, and unless the scheduler's own rules choose another, YARN will fail the application"
	case creates != nil:
		unknown.Why = "the scheduler creates none on demand"
		m.problem(unknown)
		return
	default:
		unknown.Why = "the scheduler may create it on demand; else YARN will fail the application"
	}
	m.plan.Warnings = append(m.plan.Warnings, unknown.String())
}

// createsQueue tells whether the scheduler would make an unknown queue below
// the nearest parent that there is; nil where it does not say.
func createsQueue(s yarn.Scheduler, name string) *bool {
	for parent := "root." + strings.TrimPrefix(name, "root."); parent != "root"; {
		parent = parent[:strings.LastIndexByte(parent, '.')]
		if q, ok := s.Lookup(parent); ok {
			return q.AutoCreate
		}
	}
	return nil
}

func nearestQueues(name string, queues []yarn.Queue) string {
	var leaves []yarn.Queue
	for _, q := range queues {
		if q.Leaf && (q.State == "" || strings.EqualFold(q.State, "RUNNING")) {
			leaves = append(leaves, q)
		}
	}
	slices.SortStableFunc(leaves, func(a, b yarn.Queue) int {
		return levenshtein.ComputeDistance(name, a.Name) - levenshtein.ComputeDistance(name, b.Name)
	})
	var names []string
	for _, q := range leaves[:min(5, len(leaves))] {
		names = append(names, q.Name)
	}
	if len(names) == 0 {
		return ""
	}
	return "queues that take applications: " + strings.Join(names, ", ")
}
