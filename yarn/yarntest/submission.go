package yarntest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/yarn"
)

// submission is the body of POST /apps, read independently of the client that
// wrote it.
type submission struct {
	ID          string     `json:"application-id"`
	Name        string     `json:"application-name"`
	Queue       string     `json:"queue"`
	Priority    *int       `json:"priority"`
	MaxAttempts int        `json:"max-app-attempts"`
	Type        string     `json:"application-type"`
	Keep        bool       `json:"keep-containers-across-application-attempts"`
	NodeLabel   string     `json:"app-node-label-expression"`
	ValidityMS  int64      `json:"attempt-failures-validity-interval"`
	Tags        *tags      `json:"application-tags"`
	Container   *container `json:"am-container-spec"`
	Resource    struct {
		Memory int64 `json:"memory"`
		VCores int   `json:"vCores"`
	} `json:"resource"`
	Logs *struct {
		RolledInclude string `json:"rolled-log-include-pattern"`
		RolledExclude string `json:"rolled-log-exclude-pattern"`
	} `json:"log-aggregation-context"`
}

type container struct {
	Resources   javaMap[localResource] `json:"local-resources"`
	Environment javaMap[string]        `json:"environment"`
	ACLs        javaMap[string]        `json:"application-acls"`
	Commands    struct {
		Command oneOrMany[string] `json:"command"`
	} `json:"commands"`
}

type localResource struct {
	URL        string `json:"resource"`
	Type       string `json:"type"`
	Visibility string `json:"visibility"`
	Size       int64  `json:"size"`
	Timestamp  int64  `json:"timestamp"`
}

type tags struct {
	Tag oneOrMany[string] `json:"tag"`
}

// errEmptyList is what releases before 3.1 throw a NullPointerException at.
var errEmptyList = errors.New("empty list")

// oneOrMany is an array or its only element.
type oneOrMany[T any] []T

func (l *oneOrMany[T]) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) {
		if err := json.Unmarshal(data, (*[]T)(l)); err != nil {
			return err
		}
		if len(*l) == 0 {
			return errEmptyList
		}
		return nil
	}
	var one T
	err := json.Unmarshal(data, &one)
	*l = oneOrMany[T]{one}
	return err
}

// javaMap is a map written as entries. A plain JSON object is read as nothing,
// which is what real servers do.
type javaMap[V any] map[string]V

func (m *javaMap[V]) UnmarshalJSON(data []byte) error {
	var doc struct {
		Entry oneOrMany[struct {
			Key   string `json:"key"`
			Value V      `json:"value"`
		}] `json:"entry"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return err
	}
	for _, e := range doc.Entry {
		if *m == nil {
			*m = javaMap[V]{}
		}
		(*m)[e.Key] = e.Value
	}
	return nil
}

// refusal is an answer of the server to a submission it does not take.
type refusal struct {
	bug     bool // a NullPointerException, not a bad request
	message string
}

// parseSubmission reads a body the way a release does; refused is nil when it takes it.
func parseSubmission(body []byte, d Dialect, maximum yarn.Resource) (s submission, refused *refusal) {
	// encoding/json reads on after an error of UnmarshalJSON, so what is an
	// empty list to newer releases is just that.
	err := json.Unmarshal(body, &s)
	if err != nil && (d == Hadoop210 || !errors.Is(err, errEmptyList)) {
		return s, &refusal{bug: true, message: err.Error()}
	}
	if _, err := yarn.ParseApplicationID(s.ID); err != nil {
		return s, &refusal{message: "Could not parse application id " + s.ID}
	}
	if s.Container == nil {
		return s, &refusal{message: "ContainerLaunchContext cannot be null"}
	}
	for key, r := range s.Container.Resources {
		if !knownResource(r) {
			return s, &refusal{bug: true, message: "Null resource type or visibility for local resource " + key}
		}
	}
	if s.Tags != nil {
		if refused := checkTags(s.Tags.Tag); refused != nil {
			return s, refused
		}
	}
	switch {
	case s.Resource.Memory > maximum.MemoryMB:
		return s, &refusal{message: "Requested more memory than configured max"}
	case s.Resource.VCores > maximum.VCores:
		return s, &refusal{message: "Requested more cores than configured max"}
	}
	return s, nil
}

func knownResource(r localResource) bool {
	switch r.Type {
	case "FILE", "ARCHIVE", "PATTERN":
	default:
		return false
	}
	switch r.Visibility {
	case "PUBLIC", "PRIVATE", "APPLICATION":
		return true
	}
	return false
}

func checkTags(tags []string) *refusal {
	if len(tags) > 10 {
		return &refusal{message: fmt.Sprintf("Too many applicationTags, a maximum of only 10 are allowed! (%d)", len(tags))}
	}
	for _, tag := range tags {
		if len(tag) > 100 {
			return &refusal{message: "Tag " + tag + " is too long, maximum allowed length of a tag is 100"}
		}
		if strings.ContainsFunc(tag, func(r rune) bool { return r > 127 }) {
			return &refusal{message: "A tag can only have ASCII characters! Invalid tag - " + tag}
		}
	}
	return nil
}

// context is what was submitted, with the server's defaults.
func (s submission) context() yarn.ApplicationSubmissionContext {
	id, _ := yarn.ParseApplicationID(s.ID) // checked by parseSubmission
	c := yarn.ApplicationSubmissionContext{
		ID: id, Name: s.Name, Queue: s.Queue, Type: s.Type, Priority: s.Priority,
		MaxAttempts: s.MaxAttempts, KeepContainers: s.Keep, NodeLabel: s.NodeLabel,
		Resource:                        yarn.Resource{MemoryMB: s.Resource.Memory, VCores: s.Resource.VCores},
		AttemptFailuresValidityInterval: time.Duration(s.ValidityMS) * time.Millisecond,
		Container: yarn.ContainerLaunchContext{
			Environment: s.Container.Environment, ACLs: s.Container.ACLs, Commands: s.Container.Commands.Command,
		},
	}
	if c.Queue == "" {
		c.Queue = "default"
	}
	if s.Tags != nil {
		for _, tag := range s.Tags.Tag {
			c.Tags = append(c.Tags, strings.ToLower(tag))
		}
	}
	for key, r := range s.Container.Resources {
		if c.Container.LocalResources == nil {
			c.Container.LocalResources = map[string]yarn.LocalResource{}
		}
		c.Container.LocalResources[key] = yarn.LocalResource{URL: r.URL, Size: r.Size, Timestamp: r.Timestamp,
			Type: yarn.LocalResourceType(r.Type), Visibility: yarn.Visibility(r.Visibility)}
	}
	if s.Logs != nil {
		c.LogAggregation = &yarn.LogAggregationContext{RolledInclude: s.Logs.RolledInclude, RolledExclude: s.Logs.RolledExclude}
	}
	return c
}
