package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/standalone"
)

// clusterView is what `cluster status` shows. While it watches, what is missing
// of a cluster is shown and no error.
func clusterView(ctx context.Context, env *Env, c *standalone.Cluster, watching bool) (view, error) {
	status, err := c.Status(ctx)
	if ctx.Err() != nil {
		return view{}, err
	}
	return env.pictured(view{status, func(w io.Writer) { printClusterStatus(w, status) }}, err, watching)
}

// pictured shows a picture that an error belongs to: it is worth showing, and the
// error tells what is wrong in it. While it is watched there is no error.
func (e *Env) pictured(v view, err error, watching bool) (view, error) {
	if err == nil || watching {
		return v, nil
	}
	if printErr := e.out.result(v.value, v.text); printErr != nil {
		return v, printErr
	}
	return v, err
}

func printClusterStatus(w io.Writer, s *standalone.Status) {
	switch {
	case s.RestURL != "":
		fmt.Fprintf(w, "Flink %s at %s: %d TaskManagers, %d of %d slots free, %d jobs running\n",
			s.FlinkVersion, s.RestURL, s.TaskManagers, s.SlotsAvailable, s.Slots, s.JobsRunning)
	default:
		fmt.Fprintf(w, "no JobManager answers: %s\n", s.RestError)
	}
	if s.LeaderError != "" {
		fmt.Fprintf(w, "which JobManager leads is not known: %s\n", s.LeaderError)
	}
	if s.Leader != "" && !slices.ContainsFunc(s.Hosts, leads) {
		fmt.Fprintf(w, "ZooKeeper still names the JobManager at %s as the leader, which does not run here\n", s.Leader)
	}
	rows := [][]string{{"HOST", "PROCESS", "PID", "UP", "VERSION", "STATE", "REMARK"}}
	for _, h := range s.Hosts {
		rows = append(rows, hostRows(h)...)
	}
	table(w, rows)
}

// leads tells whether the JobManager that leads runs on a host.
func leads(h standalone.HostStatus) bool {
	return slices.ContainsFunc(h.Processes, func(p standalone.ProcessStatus) bool { return p.Leads != nil && *p.Leads })
}

func hostRows(h standalone.HostStatus) [][]string {
	if h.Error != "" {
		return [][]string{{h.Host, "?", "", "", "", "", h.Error}}
	}
	var rows [][]string
	for _, p := range h.Processes {
		remark := ""
		if p.Lost {
			remark = "not in the pid file"
		}
		rows = append(rows, []string{h.Host, string(p.Role), strconv.Itoa(p.PID), uptime(p.Seconds), cmp.Or(p.FlinkVersion, "?"), registration(p), remark})
	}
	var remarks []string
	if len(h.Dead) > 0 {
		remarks = append(remarks, "dead entries in the pid file: "+strings.Join(h.Dead, ", "))
	}
	for _, want := range []struct {
		role standalone.Role
		n    int
	}{{standalone.JobManager, h.JobManagers}, {standalone.TaskManager, h.TaskManagers}} {
		n := want.n
		for _, p := range h.Processes {
			if p.Role == want.role {
				n--
			}
		}
		if n > 0 {
			remarks = append(remarks, fmt.Sprintf("%d %ss missing", n, want.role))
		}
	}
	if len(remarks) > 0 {
		rows = append(rows, []string{h.Host, "", "", "", "", "", strings.Join(remarks, "; ")})
	}
	return rows
}

func uptime(seconds int64) string {
	if seconds < 0 {
		return "?"
	}
	return (time.Duration(seconds) * time.Second).String()
}

func registration(p standalone.ProcessStatus) string {
	switch {
	case p.Role == standalone.JobManager && p.Leads == nil:
		return ""
	case p.Role == standalone.JobManager && *p.Leads:
		return "leads"
	case p.Role == standalone.JobManager:
		return "stands by"
	case p.Registered == nil:
		return "?"
	case *p.Registered:
		return strconv.Itoa(p.Slots) + " slots"
	}
	return "no"
}
