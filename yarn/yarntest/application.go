package yarntest

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/yarn"
)

// application is GET /apps/{id}.
func (s *Server) application(w http.ResponseWriter, r *http.Request) {
	c := s.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	a := s.find(w, r)
	if a == nil {
		return
	}
	s.json(w, http.StatusOK, object{"app": s.report(a)})
	s.looked(a)
}

// find returns the application that the path names, or answers that there is
// none. cluster.mu is held.
func (s *Server) find(w http.ResponseWriter, r *http.Request) *Application {
	name := r.PathValue("id")
	id, err := yarn.ParseApplicationID(name)
	if err != nil {
		s.remoteException(w, http.StatusBadRequest, "org.apache.hadoop.yarn.webapp.BadRequestException",
			"java.lang.IllegalArgumentException: Invalid ApplicationId: "+name)
		return nil
	}
	a := s.cluster.apps[id]
	if a == nil {
		s.remoteException(w, http.StatusNotFound, "org.apache.hadoop.yarn.webapp.NotFoundException",
			"java.lang.Exception: app with id: "+id.String()+" not found")
	}
	return a
}

// looked lets time pass, with Options.Auto, after an application was looked at.
func (s *Server) looked(a *Application) {
	if s.cluster.options.Auto && !a.killing {
		s.cluster.step(a)
	}
}

// report is an application as GET /apps and /apps/{id} write it.
func (s *Server) report(a *Application) object {
	d := s.cluster.dialect()
	state, status := a.State, a.FinalStatus
	if a.killing {
		state = yarn.Killed // the report shows where it is going
	}
	app := object{
		"id": a.ID.String(), "user": a.User, "name": a.Context.Name, "queue": s.queueName(a),
		"state": state, "finalStatus": status, "progress": 0.0, "trackingUI": "UNASSIGNED",
		"diagnostics": a.Diagnostics, "clusterId": a.ID.ClusterTimestamp,
		"applicationType": a.Context.Type, "applicationTags": strings.Join(a.Context.Tags, ","), "priority": s.priority(a),
		"startedTime": a.started.UnixMilli(), "finishedTime": millis(a.finished), "elapsedTime": 20,
		"allocatedMB": 0, "allocatedVCores": 0, "runningContainers": 0,
		"resourceSecondsMap":          s.resourceSeconds(),
		"preemptedResourceSecondsMap": object{},
		"logAggregationStatus":        "DISABLED", "unmanagedApplication": false,
		"timeouts": object{"timeout": []any{a.timeout()}},
	}
	switch a.State {
	case yarn.Accepted, yarn.Running:
		app["amContainerLogs"] = "http://localhost:8042/node/containerlogs/" + s.containerID(a) + "/" + a.User
		app["amHostHttpAddress"] = "localhost:8042"
		app["allocatedMB"], app["allocatedVCores"], app["runningContainers"] = a.Context.Resource.MemoryMB, a.Context.Resource.VCores, 1
	case yarn.Finished, yarn.Failed, yarn.Killed:
		app["allocatedMB"], app["allocatedVCores"], app["runningContainers"] = -1, -1, -1
	}
	if d != Hadoop210 {
		app["masterNodeId"], app["launchTime"] = "localhost:45454", 0
	}
	if a.AMAddress != "" {
		app["amRPCAddress"] = a.AMAddress
		app["trackingUI"], app["trackingUrl"] = "ApplicationMaster", s.URL+"/proxy/"+a.ID.String()+"/"
	}
	if a.State.IsFinal() && (a.AMAddress != "" || a.State == yarn.Killed) {
		app["progress"], app["trackingUI"], app["trackingUrl"] = 100.0, "History", s.URL+"/cluster/app/"+a.ID.String()
	}
	return app
}

// queueName is a leaf's name before 3.4, its path since; what no queue has is
// shown as it was submitted.
func (s *Server) queueName(a *Application) string {
	q, ok := s.cluster.queue(a.Context.Queue)
	switch {
	case !ok:
		return a.Context.Queue
	case s.cluster.dialect() == Hadoop210:
		return q.Path[strings.LastIndexByte(q.Path, '.')+1:]
	}
	return q.Path
}

func (s *Server) priority(a *Application) int {
	if a.Context.Priority == nil {
		return -1
	}
	return *a.Context.Priority
}

// resourceSeconds repeats a member inside one object before 3.5.
func (s *Server) resourceSeconds() any {
	if s.cluster.dialect() == Hadoop35 {
		return object{"entry": []any{object{"key": "memory-mb", "value": 2}, object{"key": "vcores", "value": 0}}}
	}
	return repeatedEntries(`{"entry":{"key":"memory-mb","value":"2"},"entry":{"key":"vcores","value":"0"}}`)
}

type repeatedEntries string

func (r repeatedEntries) MarshalJSON() ([]byte, error) { return json.RawMessage(r), nil }

func (s *Server) containerID(a *Application) string {
	return strings.Replace(a.ID.String(), "application", "container", 1) + "_01_000001"
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
