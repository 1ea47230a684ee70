package clustertest

import (
	"fmt"
	"os"
	"path/filepath"

	"google.golang.org/protobuf/encoding/protowire"
)

// StateStore makes a ResourceManager keep what is submitted to it in files, and reads them: what a client has really sent,
// its environment and command included, which no server tells.
type StateStore struct{ dir string }

// NewStateStore keeps applications below dir. Properties are those of yarn-site.xml.
func NewStateStore(dir string) (s StateStore, properties map[string]string) {
	return StateStore{dir}, map[string]string{
		"yarn.resourcemanager.recovery.enabled":                 "true",
		"yarn.resourcemanager.store.class":                      "org.apache.hadoop.yarn.server.resourcemanager.recovery.FileSystemRMStateStore",
		"yarn.resourcemanager.fs.state-store.uri":               "file://" + dir,
		"yarn.resourcemanager.work-preserving-recovery.enabled": "false",
	}
}

// StoredSubmission is a submission as the ResourceManager keeps it: with what it has made of it.
type StoredSubmission struct {
	Name, Queue, Type, NodeLabel string
	Priority, MaxAttempts        int64
	ValidityInterval             int64 // ms; -1 where none is set
	KeepContainers               bool
	Tags                         []string
	MemoryMB                     int64
	Commands                     []string
	Environment, ACLs            map[string]string
	Resources                    map[string]StoredResource
}

// StoredResource is a local resource.
type StoredResource struct {
	URL  string
	Size int64
	Type string
}

// Submission reads the submission of an application, by the text of its id. The error is fs.ErrNotExist before it is stored.
//
// Java: FileSystemRMStateStore.storeApplicationStateInternal; the messages are those of yarn_protos.proto and
// yarn_server_resourcemanager_recovery.proto.
func (s StateStore) Submission(id string) (StoredSubmission, error) {
	content, err := os.ReadFile(filepath.Join(s.dir, "FSRMStateRoot", "RMAppRoot", id, id))
	if err != nil {
		return StoredSubmission{}, err
	}
	state := parseMessage(content)
	c := state.message(2)
	container := c.message(5)
	interval := int64(-1) // the message's default
	if len(c[13]) > 0 {
		interval = c.number(13)
	}
	sub := StoredSubmission{
		Name: c.text(2), Queue: c.text(3), Type: c.text(10), NodeLabel: c.text(16),
		Priority: c.message(4).number(1), MaxAttempts: c.number(8), ValidityInterval: interval, KeepContainers: c.number(11) == 1,
		MemoryMB:    c.message(9).number(1),
		Environment: container.pairs(4), ACLs: map[string]string{}, Resources: map[string]StoredResource{},
	}
	for _, tag := range c[12] {
		sub.Tags = append(sub.Tags, string(tag.bytes))
	}
	for _, command := range container[5] {
		sub.Commands = append(sub.Commands, string(command.bytes))
	}
	for _, acl := range container[6] {
		m := parseMessage(acl.bytes)
		sub.ACLs[map[int64]string{1: "VIEW_APP", 2: "MODIFY_APP"}[m.number(1)]] = m.text(2)
	}
	for _, entry := range container[1] {
		m := parseMessage(entry.bytes)
		r := m.message(2)
		u := r.message(1)
		sub.Resources[m.text(1)] = StoredResource{
			URL:  fmt.Sprintf("%s://%s:%d%s", u.text(1), u.text(2), u.number(3), u.text(4)),
			Size: r.number(2), Type: map[int64]string{1: "ARCHIVE", 2: "FILE", 3: "PATTERN"}[r.number(4)],
		}
	}
	return sub, nil
}

// message is a protobuf message: its fields by their numbers, in their order.
type message map[protowire.Number][]field

type field struct {
	number uint64
	bytes  []byte
}

// parseMessage reads what it can: a message cut short has fewer fields.
func parseMessage(content []byte) message {
	m := message{}
	for len(content) > 0 {
		n, kind, size := protowire.ConsumeTag(content)
		if size < 0 {
			return m
		}
		content = content[size:]
		var f field
		switch kind {
		case protowire.VarintType:
			f.number, size = protowire.ConsumeVarint(content)
		case protowire.BytesType:
			f.bytes, size = protowire.ConsumeBytes(content)
		default:
			size = protowire.ConsumeFieldValue(n, kind, content)
		}
		if size < 0 {
			return m
		}
		content = content[size:]
		m[n] = append(m[n], f)
	}
	return m
}

func (m message) last(n protowire.Number) field {
	if len(m[n]) == 0 {
		return field{}
	}
	return m[n][len(m[n])-1]
}

func (m message) text(n protowire.Number) string     { return string(m.last(n).bytes) }
func (m message) number(n protowire.Number) int64    { return int64(m.last(n).number) }
func (m message) message(n protowire.Number) message { return parseMessage(m.last(n).bytes) }

func (m message) pairs(n protowire.Number) map[string]string {
	pairs := map[string]string{}
	for _, entry := range m[n] {
		e := parseMessage(entry.bytes)
		pairs[e.text(1)] = e.text(2)
	}
	return pairs
}
