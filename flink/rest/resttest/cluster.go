package resttest

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/yarnflink/yarnflink/flink/rest"
)

func (s *Server) clusterEndpoints(mux *http.ServeMux) {
	mux.HandleFunc("GET /overview", s.overview)
	mux.HandleFunc("GET /config", s.dashboardConfig)
	mux.HandleFunc("GET /jobmanager/config", s.jobManagerConfig)
	mux.HandleFunc("GET /taskmanagers", s.taskManagers)
	mux.HandleFunc("DELETE /cluster", s.shutdown)
}

func (s *Server) overview(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	total := s.options.TaskManagers * s.options.Slots
	count := map[rest.JobState]int{}
	for _, j := range s.jobs {
		count[j.State]++
	}
	ended := count[rest.Finished] + count[rest.Canceled] + count[rest.Failed]
	answer(w, http.StatusOK, map[string]any{
		"taskmanagers": s.options.TaskManagers, "slots-total": total, "slots-available": s.freeSlots(),
		"jobs-running": len(s.jobs) - ended, "jobs-finished": count[rest.Finished],
		"jobs-cancelled": count[rest.Canceled], "jobs-failed": count[rest.Failed],
		"flink-version": s.version.String(), "flink-commit": "0980485",
	})
}

// freeSlots counts slots no running job takes; s.mu is held.
func (s *Server) freeSlots() int {
	free := s.options.TaskManagers * s.options.Slots
	for _, j := range s.jobs {
		if j.State == rest.Running {
			free -= max(j.Parallelism, 1)
		}
	}
	return max(free, 0)
}

func (s *Server) dashboardConfig(w http.ResponseWriter, _ *http.Request) {
	features := map[string]any{"web-submit": !s.options.SubmitDisabled}
	if s.version.AtLeast(1, 15) {
		features["web-cancel"] = true
		features["web-rescale"] = false
		features["web-history"] = false
	}
	answer(w, http.StatusOK, map[string]any{
		"refresh-interval": 3000, "timezone-name": "Coordinated Universal Time", "timezone-offset": 0,
		"flink-version": s.version.String(), "flink-revision": "0980485 @ 2026-06-08T09:21:06+02:00",
		"features": features,
	})
}

func (s *Server) jobManagerConfig(w http.ResponseWriter, _ *http.Request) {
	entries := []map[string]string{}
	for k, v := range s.options.Config {
		entries = append(entries, map[string]string{"key": k, "value": v})
	}
	answer(w, http.StatusOK, entries)
}

func (s *Server) taskManagers(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	const mb = 1 << 20
	scheme := "pekko"
	if !s.version.AtLeast(1, 18) {
		scheme = "akka"
	}
	list := []map[string]any{}
	free := s.freeSlots()
	for i := range s.options.TaskManagers {
		here := min(free, s.options.Slots)
		free -= here
		address := fmt.Sprintf("127.0.0.1:%d", 40001+i)
		list = append(list, map[string]any{
			"id": address + "-400b0e", "path": scheme + ".tcp://flink@" + address + "/user/rpc/taskmanager_0",
			"dataPort": 45001 + i, "jmxPort": -1, "timeSinceLastHeartbeat": 0,
			"slotsNumber": s.options.Slots, "freeSlots": here,
			"hardware": map[string]any{
				"cpuCores": 2, "physicalMemory": int64(24 << 30), "freeMemory": 256 * mb, "managedMemory": 64 * mb,
			},
			"memoryConfiguration": map[string]any{
				"frameworkHeap": 128 * mb, "taskHeap": 128 * mb, "managedMemory": 64 * mb,
				"totalFlinkMemory": 384 * mb, "totalProcessMemory": 704 * mb,
			},
		})
	}
	answer(w, http.StatusOK, map[string]any{"taskmanagers": list})
}

// shutdown ends the server as a JobManager ends: it agrees, cancels what runs
// and closes its port.
func (s *Server) shutdown(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	first := !s.gone
	s.gone = true
	for _, j := range slices.Clone(s.jobs) {
		if !j.State.IsFinal() {
			j.enter(rest.Canceled)
		}
	}
	s.mu.Unlock()
	w.Header().Set("Connection", "close")
	answer(w, http.StatusOK, struct{}{})
	if !first {
		return
	}
	_ = s.http.Listener.Close()
	if s.options.OnShutdown != nil {
		s.options.OnShutdown()
	}
	close(s.down)
}
