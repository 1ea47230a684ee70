package yarn

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/yarnflink/yarnflink/hadoop"
)

// ApplicationSubmissionContext is all that a ResourceManager is told about an
// application when it is submitted.
//
// Java: org.apache.hadoop.yarn.api.records.ApplicationSubmissionContext, as far
// as ApplicationSubmissionContextInfo of the web services carries it.
type ApplicationSubmissionContext struct {
	// ID comes from Client.NewApplication.
	ID ApplicationID
	// Name and Type are for people; the server cuts Type at 20 characters.
	Name, Type string
	// Queue is a leaf queue's name or path; empty means "default".
	Queue string
	// Priority is nil where the server's default shall apply.
	Priority *int
	// Tags are lower-cased by the server, which takes at most ten of at most a
	// hundred ASCII characters.
	Tags []string
	// Container is what the ApplicationMaster runs in, Resource its size: below
	// the scheduler's minimum it is raised, above its maximum refused.
	Container ContainerLaunchContext
	Resource  Resource
	// MaxAttempts is how often the ApplicationMaster is started before the
	// application has failed; 0 means the server's default. More than the
	// server's limit is lowered silently.
	MaxAttempts int
	// AttemptFailuresValidityInterval makes failures that are older not count;
	// 0 means that all do. It has the precision of a millisecond.
	AttemptFailuresValidityInterval time.Duration
	// KeepContainers lets containers outlive the attempt that started them.
	KeepContainers bool
	// Reservation is the id of a reservation in a queue of plans, "" for none.
	Reservation string
	// NodeLabel restricts all containers to nodes with the label.
	NodeLabel string
	// LogAggregation is nil for the cluster's own way.
	LogAggregation *LogAggregationContext
}

// ContainerLaunchContext is what a NodeManager needs to start a container.
//
// Java: org.apache.hadoop.yarn.api.records.ContainerLaunchContext.
type ContainerLaunchContext struct {
	// LocalResources are keyed by the name under which the container finds the
	// file; a key may hold slashes.
	LocalResources map[string]LocalResource
	// Environment is written to a bash script as export K="V", unescaped: quotes,
	// backticks and dollars in a value are bash's.
	Environment map[string]string
	// Commands are joined by blanks and run by bash.
	Commands []string
	// ACLs are keyed by ViewApplication and ModifyApplication; a value is "u1,u2
	// g1,g2" or "*". They matter only where yarn.acl.enable is set.
	ACLs map[string]string
	// Credentials are the delegation tokens that NodeManagers fetch the local
	// resources with, and that the container gets. They are secret: what holds them
	// is neither logged nor kept.
	Credentials hadoop.Credentials
}

// Keys of ContainerLaunchContext.ACLs.
const (
	ViewApplication   = "VIEW_APP"
	ModifyApplication = "MODIFY_APP"
)

// LogAggregationContext says which files of running containers are collected:
// those whose name matches the regular expression of the first field and not
// that of the second. Servers before Hadoop 2.10 ignore it.
type LogAggregationContext struct {
	RolledInclude, RolledExclude string
}

// MarshalJSON returns the body of the submission. What is not set is left out:
// older servers fail on empty lists and null. All mistakes are reported
// together: a missing id, local resources without an absolute URL or with a
// type or visibility that no server knows – such an application would be
// accepted by some and then never start.
func (s ApplicationSubmissionContext) MarshalJSON() ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	body := submissionJSON{
		ID:       s.ID.String(),
		Name:     s.Name,
		Queue:    s.Queue,
		Priority: s.Priority,
		Container: containerJSON{
			LocalResources: entries(s.Container.LocalResources, LocalResource.json),
			Environment:    entries(s.Container.Environment, text),
			ACLs:           entries(s.Container.ACLs, text),
			Credentials:    credentials(s.Container.Credentials),
		},
		MaxAttempts:      s.MaxAttempts,
		Resource:         submittedResource{s.Resource.MemoryMB, s.Resource.VCores},
		Type:             s.Type,
		KeepContainers:   s.KeepContainers,
		NodeLabel:        s.NodeLabel,
		Reservation:      s.Reservation,
		ValidityInterval: s.AttemptFailuresValidityInterval.Milliseconds(),
	}
	if len(s.Container.Commands) > 0 {
		body.Container.Commands = &commandsJSON{s.Container.Commands}
	}
	if len(s.Tags) > 0 {
		body.Tags = &tagsJSON{s.Tags}
	}
	if l := s.LogAggregation; l != nil && *l != (LogAggregationContext{}) {
		body.LogAggregation = &logAggregationJSON{l.RolledInclude, l.RolledExclude}
	}
	return json.Marshal(body)
}

// check returns every reason why no server could take the submission.
func (s ApplicationSubmissionContext) check() error {
	var errs []error
	if s.ID.IsZero() {
		errs = append(errs, errors.New("submission without an application id"))
	}
	resources := s.Container.LocalResources
	for _, key := range slices.Sorted(maps.Keys(resources)) {
		if err := resources[key].check(); err != nil {
			errs = append(errs, fmt.Errorf("local resource %s: %w", key, err))
		}
	}
	return errors.Join(errs...)
}

func (r LocalResource) check() error {
	u, err := url.Parse(r.URL)
	switch {
	case err != nil:
		return err
	case u.Scheme == "" || u.Path == "":
		return fmt.Errorf("%q is not an absolute URL", r.URL)
	}
	switch r.Type {
	case "", FileResource, ArchiveResource:
	default:
		return fmt.Errorf("unknown type %q", r.Type)
	}
	switch r.Visibility {
	case "", VisibilityPublic, VisibilityPrivate, VisibilityApplication:
	default:
		return fmt.Errorf("unknown visibility %q", r.Visibility)
	}
	return nil
}

func (r LocalResource) json() localResourceJSON {
	j := localResourceJSON{URL: r.URL, Type: r.Type, Visibility: r.Visibility, Size: r.Size, Timestamp: r.Timestamp}
	if j.Type == "" {
		j.Type = FileResource
	}
	if j.Visibility == "" {
		j.Visibility = VisibilityApplication
	}
	return j
}

type submissionJSON struct {
	ID               string              `json:"application-id"`
	Name             string              `json:"application-name,omitempty"`
	Queue            string              `json:"queue,omitempty"`
	Priority         *int                `json:"priority,omitempty"`
	Container        containerJSON       `json:"am-container-spec"`
	MaxAttempts      int                 `json:"max-app-attempts,omitempty"`
	Resource         submittedResource   `json:"resource"`
	Type             string              `json:"application-type,omitempty"`
	KeepContainers   bool                `json:"keep-containers-across-application-attempts,omitempty"`
	Tags             *tagsJSON           `json:"application-tags,omitempty"`
	NodeLabel        string              `json:"app-node-label-expression,omitempty"`
	Reservation      string              `json:"reservation-id,omitempty"`
	LogAggregation   *logAggregationJSON `json:"log-aggregation-context,omitempty"`
	ValidityInterval int64               `json:"attempt-failures-validity-interval,omitempty"` // ms
}

type containerJSON struct {
	LocalResources *entriesJSON[localResourceJSON] `json:"local-resources,omitempty"`
	Environment    *entriesJSON[string]            `json:"environment,omitempty"`
	Commands       *commandsJSON                   `json:"commands,omitempty"`
	ACLs           *entriesJSON[string]            `json:"application-acls,omitempty"`
	Credentials    *credentialsJSON                `json:"credentials,omitempty"`
}

type credentialsJSON struct {
	Tokens *entriesJSON[string] `json:"tokens"`
}

func credentials(c hadoop.Credentials) *credentialsJSON {
	if len(c) == 0 {
		return nil
	}
	return &credentialsJSON{entries(c, hadoop.Token.Encode)}
}

type localResourceJSON struct {
	URL        string            `json:"resource"`
	Type       LocalResourceType `json:"type"`
	Visibility Visibility        `json:"visibility"`
	Size       int64             `json:"size"`
	Timestamp  int64             `json:"timestamp"`
}

type submittedResource struct {
	Memory int64 `json:"memory"`
	VCores int   `json:"vCores"`
}

type commandsJSON struct {
	Command []string `json:"command"`
}

type tagsJSON struct {
	Tag []string `json:"tag"`
}

type logAggregationJSON struct {
	RolledInclude string `json:"rolled-log-include-pattern,omitempty"`
	RolledExclude string `json:"rolled-log-exclude-pattern,omitempty"`
}

// entriesJSON is a Java map: a plain JSON object would be taken and silently
// ignored by every release.
type entriesJSON[V any] struct {
	Entry []entryJSON[V] `json:"entry"`
}

type entryJSON[V any] struct {
	Key   string `json:"key"`
	Value V      `json:"value"`
}

// entries orders m by key, so that equal submissions have equal bodies.
func entries[V, J any](m map[string]V, convert func(V) J) *entriesJSON[J] {
	if len(m) == 0 {
		return nil
	}
	e := &entriesJSON[J]{Entry: make([]entryJSON[J], 0, len(m))}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		e.Entry = append(e.Entry, entryJSON[J]{key, convert(m[key])})
	}
	return e
}

func text(s string) string { return s }
