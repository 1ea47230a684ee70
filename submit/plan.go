package submit

import (
	"fmt"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/yarn"
)

// Plan is everything about a start that can be decided before it happens. It is
// made by NewPlan, is not changed afterwards, and may be shared.
type Plan struct {
	Name, Queue, Type string
	// Priority is nil where it is left to the ResourceManager.
	Priority  *int
	Tags      []string
	NodeLabel string
	// Reservation is the id of the spec's.
	Reservation string
	// ACLs by yarn.ViewApplication and yarn.ModifyApplication.
	ACLs map[string]string
	// Resource is what the ApplicationMaster's container is asked for.
	Resource yarn.Resource
	// MaxAttempts is how often YARN may start the ApplicationMaster.
	MaxAttempts int
	// ValidityInterval 0 means that every failure counts.
	ValidityInterval time.Duration
	KeepContainers   bool
	LogAggregation   *yarn.LogAggregationContext
	// Command is the one command of the ApplicationMaster.
	Command string
	// User is whom the application runs as; StagingBase the folder that holds .flink.
	User, StagingBase string
	// Resources are what containers find in their working directory, the
	// configuration included.
	Resources []PlannedResource
	// Locked tells that keys for the JobManager's REST are made at the launch.
	Locked bool
	// RequestID is the one of the spec.
	RequestID string
	// Warnings stop nothing; Unchecked names the checks that could not be made.
	Warnings, Unchecked []string
	// Reasons explain the plan's numbers, in the order of their making.
	Reasons []Reason

	login           string // "" means User
	version         flink.Version
	configuration   *flink.Configuration
	configKey       string
	distKey         string
	classpath       string
	yarnClasspath   []string
	userEnvironment map[string]string
	principal       string
	keytabKey       string
	replication     int
	// oneOff tells a cluster for one job from a session, fixesJobID that its job's
	// id is chosen at its launch.
	oneOff, fixesJobID bool
}

// Reason is one figure of a plan and why it is what it is.
type Reason struct {
	Figure, Value, Why string
}

func (r Reason) String() string { return fmt.Sprintf("%s = %s: %s", r.Figure, r.Value, r.Why) }

// Version is the version of the Flink that is run.
func (p *Plan) Version() flink.Version { return p.version }

// Folder is the application's own staging folder, qualified.
//
// Java: YarnApplicationFileUploader.getApplicationDir.
func (p *Plan) Folder(id yarn.ApplicationID) string {
	return p.StagingBase + "/.flink/" + id.String()
}

// Configuration is what the application finds as its configuration file.
func (p *Plan) Configuration(id yarn.ApplicationID) *flink.Configuration {
	c := p.configuration.Clone()
	// Java: HighAvailability…setHAClusterIdIfNotSet: with or without HA.
	if !c.IsSet(flink.HighAvailabilityClusterID) {
		c.Set(flink.HighAvailabilityClusterID.Key, id.String(), "the application id")
	}
	return c
}

// withJobID is the plan of a launch whose job has this id.
func (p *Plan) withJobID(job rest.JobID) *Plan {
	launched := *p
	launched.configuration = p.configuration.Clone()
	launched.configuration.Set(flink.PipelineFixedJobID.Key, job.String(), "yarnflink")
	return &launched
}

// ConfigurationFile is the file's key and content. NewPlan has made sure that
// the version's format can carry every value.
func (p *Plan) ConfigurationFile(id yarn.ApplicationID) (key string, content []byte, err error) {
	_, content, err = p.Configuration(id).File(p.version)
	return p.configKey, content, err
}

// SubmissionContext is what the ResourceManager is told, for an application
// whose resources lie where staged says.
//
// Java: YarnClusterDescriptor.startAppMaster (1.20).
func (p *Plan) SubmissionContext(id yarn.ApplicationID, staged []Staged) yarn.ApplicationSubmissionContext {
	// Descriptors hold paths as they are; the ResourceManager parses a URI.
	paths := make(map[string]yarn.LocalResource, len(staged))
	local := make(map[string]yarn.LocalResource, len(staged))
	for _, s := range staged {
		r := s.Resource
		paths[s.Key] = r
		r.URL = escapeAddress(r.URL)
		local[s.Key] = r
	}
	return yarn.ApplicationSubmissionContext{
		ID: id, Name: p.Name, Type: p.Type, Queue: p.Queue, Priority: p.Priority, Tags: p.Tags,
		Container: yarn.ContainerLaunchContext{
			LocalResources: local,
			Environment:    p.environment(id, paths),
			Commands:       []string{p.Command},
			ACLs:           p.ACLs,
		},
		Resource:                        p.Resource,
		MaxAttempts:                     p.MaxAttempts,
		AttemptFailuresValidityInterval: p.ValidityInterval,
		KeepContainers:                  p.KeepContainers,
		NodeLabel:                       p.NodeLabel,
		Reservation:                     p.Reservation,
		LogAggregation:                  p.LogAggregation,
	}
}

// Unstaged is what the resources would be staged as, with no times: for a look
// at the plan before anything lies anywhere.
func (p *Plan) Unstaged(id yarn.ApplicationID) []Staged {
	staged := make([]Staged, 0, len(p.Resources))
	for _, r := range p.Resources {
		staged = append(staged, Staged{r.Key, p.place(id, r)})
	}
	return staged
}

// place is where a resource lies, or will lie, its address not escaped. Only
// what lies there already has its time.
func (p *Plan) place(id yarn.ApplicationID, r PlannedResource) yarn.LocalResource {
	at := yarn.LocalResource{URL: r.Source, Size: r.Size, Timestamp: r.ModificationTime, Type: r.Type, Visibility: r.Visibility}
	if r.Class == Remote {
		return at
	}
	at.URL = stagedPath(p.Folder(id), r.Key)
	at.Visibility = yarn.VisibilityApplication
	if r.Class == Cached {
		// NodeManagers then fetch it once for all applications of the user.
		at.Visibility = yarn.VisibilityPrivate
	}
	return at
}

// Bytes is the size of what has to be staged. The configuration may yet grow by
// the digits of the application id.
func (p *Plan) Bytes() int64 {
	var configuration int64
	for _, r := range p.Resources {
		if r.Key == p.configKey {
			configuration = r.Size
		}
	}
	return p.bytes(configuration)
}

func (p *Plan) bytes(configuration int64) int64 {
	n := configuration
	for _, r := range p.Resources {
		if r.Class != Remote && r.Key != p.configKey {
			n += r.Size
		}
	}
	return n
}

func (p *Plan) warn(format string, args ...any) {
	p.Warnings = append(p.Warnings, fmt.Sprintf(format, args...))
}

func (p *Plan) because(figure string, value any, format string, args ...any) {
	p.Reasons = append(p.Reasons, Reason{figure, fmt.Sprint(value), fmt.Sprintf(format, args...)})
}

// Kind names what is started: "session", or "cluster for one job".
func (p *Plan) Kind() string {
	if p.oneOff {
		return "cluster for one job"
	}
	return "session"
}
