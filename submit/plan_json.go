package submit

import (
	"encoding/json"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/yarn"
)

type planJSON struct {
	FlinkVersion     string                  `json:"flink_version"`
	ApplicationID    string                  `json:"application_id"`
	Name             string                  `json:"name"`
	Queue            string                  `json:"queue"`
	Type             string                  `json:"type"`
	Priority         int                     `json:"priority"`
	MaxAttempts      int                     `json:"max_app_attempts"`
	ValidityInterval int64                   `json:"attempt_failures_validity_interval"`
	KeepContainers   bool                    `json:"keep_containers"`
	Tags             []string                `json:"tags"`
	NodeLabel        *string                 `json:"node_label"`
	Reservation      string                  `json:"reservation,omitempty"`
	MemoryMB         int64                   `json:"memory_mb"`
	VCores           int                     `json:"vcores"`
	ACLs             map[string]string       `json:"acls"`
	Commands         []string                `json:"commands"`
	Environment      map[string]string       `json:"environment"`
	LocalResources   map[string]resourceJSON `json:"local_resources"`
	FlinkConfig      *flink.Configuration    `json:"flink_config"`
	Warnings         []string                `json:"warnings"`
	Unchecked        []string                `json:"unchecked"`
}

type resourceJSON struct {
	URL        string                 `json:"url"`
	Size       int64                  `json:"size"`
	Timestamp  int64                  `json:"timestamp"`
	Type       yarn.LocalResourceType `json:"type"`
	Visibility yarn.Visibility        `json:"visibility"`
}

// MarshalJSON shows the plan with an application id of zeros: what would be
// submitted, by the keys of the ResourceManager's state store, with secrets
// masked. An interval of -1 means that none is set, as YARN shows it.
func (p *Plan) MarshalJSON() ([]byte, error) {
	id := yarn.ApplicationID{}
	c := p.SubmissionContext(id, p.Unstaged(id))
	j := planJSON{
		FlinkVersion: p.version.String(), ApplicationID: id.String(), Name: c.Name, Queue: c.Queue, Type: c.Type,
		MaxAttempts: c.MaxAttempts, ValidityInterval: -1, KeepContainers: c.KeepContainers, Tags: nonNil(c.Tags),
		Reservation: c.Reservation, MemoryMB: c.Resource.MemoryMB, VCores: c.Resource.VCores, ACLs: c.Container.ACLs, Commands: c.Container.Commands,
		Environment: p.maskedEnvironment(c.Container.Environment), LocalResources: map[string]resourceJSON{},
		FlinkConfig: p.Configuration(id).Masked(), Warnings: nonNil(p.Warnings), Unchecked: nonNil(p.Unchecked),
	}
	if j.Queue == "" { // what YARN makes of none
		j.Queue = defaultQueue
	}
	if c.Priority != nil {
		j.Priority = *c.Priority
	}
	if p.ValidityInterval > 0 {
		j.ValidityInterval = p.ValidityInterval.Milliseconds()
	}
	if c.NodeLabel != "" {
		j.NodeLabel = &c.NodeLabel
	}
	if j.ACLs == nil {
		j.ACLs = map[string]string{}
	}
	for key, r := range c.Container.LocalResources {
		j.LocalResources[key] = resourceJSON{r.URL, r.Size, r.Timestamp, r.Type, r.Visibility}
	}
	return json.Marshal(j)
}

func (p *Plan) maskedEnvironment(env map[string]string) map[string]string {
	for key := range p.userEnvironment {
		if flink.IsSecretKey(key) {
			env[key] = flink.HiddenValue
		}
	}
	return env
}

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
