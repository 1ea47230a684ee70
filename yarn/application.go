package yarn

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ApplicationReport is what the ResourceManager tells about an application.
//
// A caller without the right to view it sees no AMRPCAddress, AMContainerLogs,
// node and times.
//
// Java: org.apache.hadoop.yarn.api.records.ApplicationReport.
type ApplicationReport struct {
	ID         ApplicationID
	User, Name string
	// Queue is a leaf's name on releases before 3.4, a full path since.
	Queue string
	Type  string
	// Tags are lower case.
	Tags        []string
	Priority    int
	State       State
	FinalStatus FinalStatus
	Progress    float64 // 0 to 100

	// TrackingURL is a page about the application, that of the web proxy while it
	// runs; empty before. TrackingUI says whose page: UNASSIGNED,
	// ApplicationMaster, History.
	TrackingURL, TrackingUI string
	// Diagnostics has several lines when something went wrong or is waited for.
	Diagnostics string
	// AMRPCAddress is the "host:port" that the ApplicationMaster registered;
	// empty before, and on releases before 2.10. It stays after the end.
	AMRPCAddress string
	// AMContainerLogs is the page of the ApplicationMaster's logs;
	// AMHostHTTPAddress the web address of the NodeManager that runs it, and
	// MasterNodeID its id (from 3.1 on).
	AMContainerLogs, AMHostHTTPAddress, MasterNodeID string
	// LogAggregation is "DISABLED", "NOT_START", "RUNNING", "SUCCEEDED", "FAILED", "TIME_OUT" …
	LogAggregation string

	// Started, Launched and Finished are zero for what has not happened or is not told.
	Started, Launched, Finished time.Time
	Elapsed                     time.Duration

	// The allocation is 0 for an application that does not run.
	AllocatedMB, AllocatedVCores, RunningContainers int64

	// Unmanaged applications run their ApplicationMaster outside of YARN.
	Unmanaged bool
}

type applicationJSON struct {
	ID                word    `json:"id"`
	User              word    `json:"user"`
	Name              word    `json:"name"`
	Queue             word    `json:"queue"`
	Type              word    `json:"applicationType"`
	Tags              word    `json:"applicationTags"`
	Priority          number  `json:"priority"`
	State             word    `json:"state"`
	FinalStatus       word    `json:"finalStatus"`
	Progress          decimal `json:"progress"`
	TrackingURL       word    `json:"trackingUrl"`
	TrackingUI        word    `json:"trackingUI"`
	Diagnostics       word    `json:"diagnostics"`
	AMRPCAddress      word    `json:"amRPCAddress"`
	AMContainerLogs   word    `json:"amContainerLogs"`
	AMHostHTTPAddress word    `json:"amHostHttpAddress"`
	MasterNodeID      word    `json:"masterNodeId"`
	LogAggregation    word    `json:"logAggregationStatus"`
	Started           number  `json:"startedTime"`
	Launched          number  `json:"launchTime"`
	Finished          number  `json:"finishedTime"`
	Elapsed           number  `json:"elapsedTime"`
	AllocatedMB       number  `json:"allocatedMB"`
	AllocatedVCores   number  `json:"allocatedVCores"`
	RunningContainers number  `json:"runningContainers"`
	Unmanaged         flag    `json:"unmanagedApplication"`
}

func (a applicationJSON) report() (ApplicationReport, error) {
	id, err := ParseApplicationID(string(a.ID))
	if err != nil {
		return ApplicationReport{}, err
	}
	return ApplicationReport{
		ID: id, User: string(a.User), Name: string(a.Name), Queue: string(a.Queue), Type: string(a.Type),
		Tags:              splitTags(string(a.Tags)),
		Priority:          a.Priority.int(),
		State:             State(a.State),
		FinalStatus:       FinalStatus(a.FinalStatus),
		Progress:          float64(a.Progress),
		TrackingURL:       string(a.TrackingURL),
		TrackingUI:        string(a.TrackingUI),
		Diagnostics:       string(a.Diagnostics),
		AMRPCAddress:      registered(string(a.AMRPCAddress)),
		AMContainerLogs:   string(a.AMContainerLogs),
		AMHostHTTPAddress: string(a.AMHostHTTPAddress),
		MasterNodeID:      string(a.MasterNodeID),
		LogAggregation:    string(a.LogAggregation),
		Started:           a.Started.time(), Launched: a.Launched.time(), Finished: a.Finished.time(),
		Elapsed:           time.Duration(min(max(0, int64(a.Elapsed)), math.MaxInt64/int64(time.Millisecond))) * time.Millisecond,
		AllocatedMB:       max(0, int64(a.AllocatedMB)),
		AllocatedVCores:   max(0, int64(a.AllocatedVCores)),
		RunningContainers: max(0, int64(a.RunningContainers)),
		Unmanaged:         bool(a.Unmanaged),
	}, nil
}

func splitTags(s string) []string {
	var tags []string
	for _, t := range strings.Split(s, ",") {
		if t = strings.TrimSpace(t); t != "" {
			tags = append(tags, t)
		}
	}
	return tags
}

// registered returns the address unless it is the one before registration.
func registered(hostPort string) string {
	if strings.HasPrefix(hostPort, "N/A") || strings.HasSuffix(hostPort, ":-1") {
		return ""
	}
	return hostPort
}

// withoutRequests leaves the resource requests out, which can be megabytes;
// releases before 2.10 don't know the parameter and ignore it.
func withoutRequests() url.Values { return url.Values{"deSelects": {"resourceRequests"}} }

func applicationPath(id ApplicationID) string { return clusterPath + "/apps/" + id.String() }

func applicationRequest(id ApplicationID) request {
	return request{op: "application " + id.String(), method: http.MethodGet, path: applicationPath(id), query: withoutRequests()}
}

// Application asks for one application. Its error is ErrApplicationNotFound
// where the ResourceManager does not know it – which, in the first minute after
// a failover was seen, is believed only when Options.RetryFor is over.
func (c *Client) Application(ctx context.Context, id ApplicationID) (ApplicationReport, error) {
	b, cancel := c.budget(ctx)
	defer cancel()
	return c.application(b, id, c.callKnown)
}

func (c *Client) application(b *budget, id ApplicationID, call func(*budget, request) (answer, error)) (ApplicationReport, error) {
	r := applicationRequest(id)
	a, err := call(b, r)
	if err != nil {
		return ApplicationReport{}, err
	}
	var doc struct {
		App object[applicationJSON] `json:"app"`
	}
	if err := a.decode(r.op, &doc); err != nil {
		return ApplicationReport{}, err
	}
	report, err := doc.App.value.report()
	if err != nil {
		return ApplicationReport{}, answerError(r.op, a.addr, err)
	}
	return report, nil
}

// callKnown is callWithin for an application that exists as far as the caller
// knows: a ResourceManager that has just taken over may still be reading it
// from the state store.
func (c *Client) callKnown(b *budget, r request) (answer, error) {
	for {
		a, err := c.callWithin(b, r)
		if !errors.Is(err, ErrApplicationNotFound) || c.retryFor < 0 || !c.recovering() {
			return a, err
		}
		if b.pause.wait(b.ctx) == nil {
			continue
		}
		if b.caller.Err() != nil {
			b.last = err
			return answer{}, c.ended(b, r.op)
		}
		return answer{}, err
	}
}
