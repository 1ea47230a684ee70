package submit

import (
	"github.com/yarnflink/yarnflink/flink"
)

// Spec says what is wanted: a SessionSpec, or an ApplicationSpec.
type Spec interface {
	// cluster is the part both have, application the part of a cluster for one job, nil for a session.
	cluster() SessionSpec
	application() *ApplicationSpec
}

// ApplicationSpec says which cluster for one job is wanted: it starts with the
// job and ends with it. The program's main method runs in its JobManager.
type ApplicationSpec struct {
	// Cluster is sized and named as a session is.
	Cluster SessionSpec
	// Job is the program. A local jar is staged, one in HDFS is used in place.
	Job JobSpec
	// Detached is what execution.attached is the opposite of. It changes nothing
	// about what a Launch waits for.
	Detached bool
	// CancelOnExit is execution.shutdown-on-attached-exit.
	CancelOnExit bool
	// SeveralJobs is for a program that calls execute() more than once. Its jobs'
	// ids are not chosen, but found by asking: Flink lets a program whose job's id
	// is fixed have one job only.
	SeveralJobs bool
}

func (s SessionSpec) cluster() SessionSpec          { return s }
func (s SessionSpec) application() *ApplicationSpec { return nil }

func (s ApplicationSpec) cluster() SessionSpec          { return s.Cluster }
func (s ApplicationSpec) application() *ApplicationSpec { return &s }

// SessionSpec says which session is wanted.
type SessionSpec struct {
	// Distribution is the FLINK_HOME to run, see flink.OpenDistribution. Required.
	Distribution *flink.Distribution
	// Configuration is the effective configuration: the distribution's file with
	// everything that was set over it, each value with its origin. Memory, slots,
	// name, queue, ship files and the rest are Flink's keys in it
	// (jobmanager.memory.process.size, taskmanager.numberOfTaskSlots,
	// yarn.application.name, …). It is not changed. Required.
	Configuration *flink.Configuration
	// TaskManagers asks for so many TaskManagers from the start, by setting
	// slotmanager.number-of-slots.min to TaskManagers × slots. 0 leaves them to
	// demand, as Flink's own client does.
	TaskManagers int
	// ClampAttempts lowers an explicit yarn.application-attempts to the limit in
	// force where it would be refused.
	ClampAttempts bool
	// RequestID makes a start repeatable: it becomes the tag yarnflink:<id>, and a
	// live application of the user with that tag is returned instead of a second
	// one being started. Lower case letters, digits, ".", "_" and "-".
	RequestID string
	// Lock makes a CA and keys for this one cluster, by which its JobManager's REST
	// takes nobody but its owner. Flink's keys security.ssl.rest.* are then not to be set.
	Lock bool
	// Reservation is the id of a YARN reservation to run in, "" for none. The queue
	// is the reservation's.
	Reservation string
	// LegacyEnv are the environment's FLINK_JM_HEAP and FLINK_TM_HEAP, which count
	// up to Flink 1.20.
	LegacyEnv flink.LegacyEnv
}

// JobSpec says which job is wanted in a running session, or at any JobManager.
type JobSpec struct {
	// Jar is a local path or an hdfs:// (webhdfs://, viewfs://) address. Required,
	// except for a Python program.
	Jar string
	// Python is nil for a job without Python.
	Python *PythonSpec
	// EntryClass is the main class; "" means the one of the jar's manifest.
	EntryClass string
	// Args are the program's arguments, passed untouched.
	Args []string
	// Parallelism 0 means the session's default.
	Parallelism int
	// Savepoint is the path to start from, "" for none.
	Savepoint string
	// AllowNonRestoredState lets state of the savepoint without a place in the job be dropped.
	AllowNonRestoredState bool
	// ClaimMode is CLAIM, NO_CLAIM or LEGACY; "" means Flink's default.
	ClaimMode string
	// Classpaths are the addresses of -C (pipeline.classpaths). Flink 1.18 and later.
	Classpaths []string
	// Configuration holds the job's own keys (-D). Flink 1.18 and later.
	Configuration map[string]string
}

// Target says which JobManager a job is for. The first field that is set counts.
type Target struct {
	// RestURL is a JobManager's address, http://host:port.
	RestURL string
	// Leader is the JobManager that leads by what ZooKeeper says, see Options.Flink.
	// Commands that wait follow it to the next one.
	Leader bool
	// ApplicationID is a session on YARN, as text.
	ApplicationID string
	// Name is the name of a running session of the user.
	Name string
	// Origin says where the target came from (a flag, a file), for messages.
	Origin string
}

// NewSessionSpec is the spec of a session of the distribution in home, with its
// own configuration file and settings over it.
func NewSessionSpec(home string, settings map[string]string) (SessionSpec, error) {
	d, err := flink.OpenDistribution(home, "")
	if err != nil {
		return SessionSpec{}, err
	}
	c, _, err := flink.LoadConfiguration(d.ConfDir, d.Version)
	if err != nil {
		return SessionSpec{}, err
	}
	for key, value := range settings {
		c.Set(key, value, "the program")
	}
	return SessionSpec{Distribution: d, Configuration: c}, nil
}
