package yarn

import (
	"context"
	"strings"
)

// Scheduler is the ResourceManager's scheduler with its queues.
type Scheduler struct {
	// Type is "capacityScheduler", "fairScheduler" or "fifoScheduler".
	Type string
	// Queues are all queues, each parent before its children. The first is the root.
	Queues []Queue
}

// Queue is a queue of a scheduler.
type Queue struct {
	// Name is the last part of Path: "default" of "root.default".
	Name, Path string
	// Parent is the parent's path, empty for the root.
	Parent string
	// State is "RUNNING", "STOPPED" or "DRAINING"; empty where the scheduler has
	// no such thing.
	State string
	// Leaf queues take applications.
	Leaf bool
	// CapacityPercent, MaxCapacityPercent and UsedCapacityPercent are of the
	// parent's, 0 to 100; 0 where the scheduler does not count so.
	CapacityPercent, MaxCapacityPercent, UsedCapacityPercent float64
	// Applications are those running and waiting; of leaves only.
	Applications int
	// MaxApplications is 0 where it is not known.
	MaxApplications int
	// MaximumAllocation is the largest container the queue allows; zero where it is not known.
	MaximumAllocation Resource
	// AutoCreate tells whether queues are made below this one when applications
	// name them; nil where the release does not say.
	AutoCreate *bool
}

// Lookup finds a queue the way the scheduler would: by its path, with or
// without the leading "root.", or by its name where only one leaf has it. What
// is not found may still be made on demand, so it is no error by itself.
func (s Scheduler) Lookup(name string) (Queue, bool) {
	var byName []Queue
	for _, q := range s.Queues {
		if q.Path == name || q.Path == "root."+name {
			return q, true
		}
		if q.Leaf && q.Name == name {
			byName = append(byName, q)
		}
	}
	if len(byName) == 1 {
		return byName[0], true
	}
	return Queue{}, false
}

// schedulerJSON is the root queue itself with the Capacity and FIFO schedulers;
// with Fair it holds the root queue.
type schedulerJSON struct {
	Scheduler object[struct {
		Info object[struct {
			queueJSON
			Root object[queueJSON] `json:"rootQueue"`
		}] `json:"schedulerInfo"`
	}] `json:"scheduler"`
}

// queueJSON is a queue of any scheduler. Fair's have their path as queueName.
type queueJSON struct {
	Type      word `json:"type"`
	QueueName word `json:"queueName"`
	QueuePath word `json:"queuePath"`
	QueueType word `json:"queueType"` // leaf or parent, from 3.4 on
	FIFOName  word `json:"qName"`     // or qname: members are compared without case
	State     word `json:"state"`
	FIFOState word `json:"qstate"`

	Capacity     decimal `json:"capacity"`
	MaxCapacity  decimal `json:"maxCapacity"`
	UsedCapacity decimal `json:"usedCapacity"`

	MaxApplications     number `json:"maxApplications"`
	NumApplications     number `json:"numApplications"`
	ActiveApplications  number `json:"numActiveApplications"`
	PendingApplications number `json:"numPendingApplications"`

	FairMaxApps     number `json:"maxApps"`
	FairActiveApps  number `json:"numActiveApps"`
	FairPendingApps number `json:"numPendingApps"`

	MaximumAllocation object[resourceJSON] `json:"maximumAllocation"`

	// AutoCreation is off, legacy or flexible, from 3.4 on; from 3.1 on there was
	// the legacy way only.
	AutoCreation       word `json:"autoCreationEligibility"`
	LegacyAutoCreation word `json:"autoCreateChildQueueEnabled"`

	Queues     list[childJSON] `json:"queues"`
	FairQueues list[childJSON] `json:"childQueues"`
}

// childJSON is what stands in place of the children: {"queue":[…]}, or, with
// old releases, a queue itself.
type childJSON struct {
	Queue list[queueJSON] `json:"queue"`
	queueJSON
}

// Queues asks for the scheduler and all its queues that the caller may see.
func (c *Client) Queues(ctx context.Context) (Scheduler, error) {
	var doc schedulerJSON
	if err := c.get(ctx, "list queues", clusterPath+"/scheduler", nil, &doc); err != nil {
		return Scheduler{}, err
	}
	return doc.scheduler(), nil
}

func (doc schedulerJSON) scheduler() Scheduler {
	info := doc.Scheduler.value.Info.value
	s := Scheduler{Type: string(info.Type)}
	switch {
	case info.FIFOState != "" || info.FIFOName != "":
		s.Queues = []Queue{info.fifo()}
		return s
	case info.Root.value.QueueName != "":
		s.Queues = info.Root.value.flatten("", nil)
	case info.QueueName != "":
		root := info.queueJSON
		root.Type = "" // the scheduler's, not the queue's
		s.Queues = root.flatten("", nil)
	}
	markLeaves(s.Queues)
	return s
}

// fifo is the only queue of that scheduler; its capacities are fractions.
func (q queueJSON) fifo() Queue {
	name := string(q.FIFOName)
	if name == "" {
		name = "default"
	}
	return Queue{
		Name: name, Path: name, State: string(q.FIFOState), Leaf: true,
		CapacityPercent: 100 * float64(q.Capacity), MaxCapacityPercent: 100, UsedCapacityPercent: 100 * float64(q.UsedCapacity),
	}
}

// flatten appends q and all below it.
func (q queueJSON) flatten(parent string, queues []Queue) []Queue {
	path := q.path(parent)
	queues = append(queues, Queue{
		Name: path[strings.LastIndexByte(path, '.')+1:], Path: path, Parent: parent,
		State:               string(q.State),
		Leaf:                q.isLeaf(),
		CapacityPercent:     float64(q.Capacity),
		MaxCapacityPercent:  float64(q.MaxCapacity),
		UsedCapacityPercent: float64(q.UsedCapacity),
		Applications:        q.applications(),
		MaxApplications:     max(q.MaxApplications, q.FairMaxApps).int(),
		MaximumAllocation:   q.MaximumAllocation.value.resource(),
		AutoCreate:          q.autoCreate(),
	})
	for _, child := range append(q.Queues, q.FairQueues...) {
		if child.QueueName != "" {
			queues = child.queueJSON.flatten(path, queues)
		}
		for _, grandchild := range child.Queue {
			queues = grandchild.flatten(path, queues)
		}
	}
	return queues
}

// path is the queue's full path: said by newer releases, built otherwise.
func (q queueJSON) path(parent string) string {
	name := string(q.QueueName)
	switch {
	case q.QueuePath != "":
		return string(q.QueuePath)
	case parent == "" || strings.HasPrefix(name, parent+"."):
		return name
	}
	return parent + "." + name
}

func (q queueJSON) isLeaf() bool {
	return strings.EqualFold(string(q.QueueType), "leaf") || strings.Contains(string(q.Type), "LeafQueueInfo")
}

func (q queueJSON) applications() int {
	if !q.isLeaf() {
		return 0
	}
	counted := q.ActiveApplications + q.PendingApplications + q.FairActiveApps + q.FairPendingApps
	return max(q.NumApplications, counted).int()
}

func (q queueJSON) autoCreate() *bool {
	var creates bool
	switch {
	case q.AutoCreation != "":
		creates = !strings.EqualFold(string(q.AutoCreation), "off")
	case q.LegacyAutoCreation != "":
		creates = strings.EqualFold(string(q.LegacyAutoCreation), "true")
	default:
		return nil
	}
	return &creates
}

// markLeaves takes the queues without children for leaves where the release
// marks none.
func markLeaves(queues []Queue) {
	parents := map[string]bool{}
	for _, q := range queues {
		if q.Leaf {
			return
		}
		parents[q.Parent] = true
	}
	for i := range queues {
		queues[i].Leaf = !parents[queues[i].Path]
	}
}
