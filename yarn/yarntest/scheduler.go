package yarntest

import (
	"net/http"
	"strings"
)

// scheduler is GET /scheduler.
func (s *Server) scheduler(w http.ResponseWriter, _ *http.Request) {
	var info object
	switch s.cluster.options.Scheduler {
	case "fairScheduler":
		root := s.fairQueue("root", Queue{})
		root["queueName"] = "root"
		info = object{"rootQueue": root}
	case "fifoScheduler":
		info = object{"qname": "default", "capacity": 1.0, "usedCapacity": "NaN", "qstate": "RUNNING",
			"minQueueMemoryCapacity": 128, "maxQueueMemoryCapacity": 8192, "numNodes": len(s.cluster.options.Nodes)}
	default:
		info = s.capacityQueue("root", Queue{Capacity: 100})
	}
	info["type"] = s.cluster.options.Scheduler
	s.json(w, http.StatusOK, object{"scheduler": object{"schedulerInfo": info}})
}

// children returns the names and, where configured, the queues just below path.
func (s *Server) children(path string) (names []string, queues map[string]Queue) {
	queues = map[string]Queue{}
	for _, q := range s.cluster.options.Queues {
		rest, ok := strings.CutPrefix(q.Path, path+".")
		if !ok {
			continue
		}
		name, _, deeper := strings.Cut(rest, ".")
		if _, seen := queues[name]; !seen {
			names = append(names, name)
			queues[name] = Queue{Capacity: 100}
		}
		if !deeper {
			queues[name] = q
		}
	}
	return names, queues
}

func (s *Server) capacityQueue(path string, q Queue) object {
	d := s.cluster.dialect()
	info := object{
		"queueName": path[strings.LastIndexByte(path, '.')+1:],
		"capacity":  q.Capacity, "usedCapacity": 0.0, "maxCapacity": 100.0,
	}
	if path != "root" {
		info["state"] = "RUNNING"
		if q.Stopped {
			info["state"] = "STOPPED"
		}
	}
	if d != Hadoop210 {
		info["queuePath"] = path
		info["autoCreationEligibility"] = "off"
		if q.AutoCreation != "" {
			info["autoCreationEligibility"] = q.AutoCreation
		}
		info["maximumAllocation"] = resource(s.cluster.options.Maximum)
	}
	names, below := s.children(path)
	queueType := "parent"
	switch {
	case len(names) > 0:
		var queues []any
		for _, name := range names {
			queues = append(queues, s.capacityQueue(path+"."+name, below[name]))
		}
		info["queues"] = object{"queue": queues}
	case q.AutoCreation == "" || q.AutoCreation == "off":
		queueType = "leaf"
		info["type"] = "capacitySchedulerLeafQueueInfo"
		active := s.count(q.Path)
		info["numApplications"], info["numActiveApplications"], info["numPendingApplications"] = active, active, 0
		info["maxApplications"] = 10000
	}
	if d != Hadoop210 {
		info["queueType"] = queueType
	}
	return info
}

func (s *Server) fairQueue(path string, q Queue) object {
	info := object{
		"queueName": path, "maxApps": 2147483647, "schedulingPolicy": "fair",
		"minResources": object{"memory": 0, "vCores": 0}, "maxResources": object{"memory": 8192, "vCores": 8},
	}
	names, below := s.children(path)
	if len(names) == 0 {
		info["type"] = "fairSchedulerLeafQueueInfo"
		info["numActiveApps"], info["numPendingApps"] = s.count(q.Path), 0
		return info
	}
	var queues []any
	for _, name := range names {
		queues = append(queues, s.fairQueue(path+"."+name, below[name]))
	}
	// Old releases write the array itself.
	info["childQueues"] = any(object{"queue": queues})
	if s.cluster.dialect() == Hadoop210 {
		info["childQueues"] = queues
	}
	return info
}

// count tells how many applications of a queue have not ended.
func (s *Server) count(path string) int {
	s.cluster.mu.Lock()
	defer s.cluster.mu.Unlock()
	n := 0
	for _, a := range s.cluster.apps {
		if q, ok := s.cluster.queue(a.Context.Queue); ok && q.Path == path && !a.State.IsFinal() {
			n++
		}
	}
	return n
}
