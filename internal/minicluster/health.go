package minicluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// DaemonStatus tells whether a daemon runs and does its work.
type DaemonStatus struct {
	Name    string `json:"name"`
	PID     int    `json:"pid"` // 0 when it was stopped
	Running bool   `json:"running"`
	Serving bool   `json:"serving"`
	Role    string `json:"role,omitempty"`    // active or standby, of one of two
	Problem string `json:"problem,omitempty"` // why it doesn't serve
}

// probe asks one daemon over HTTP whether it serves. It never follows a proxy.
type probe struct {
	state  state
	client *http.Client
	broken error // why the probe can't be signed
}

func newProbe(s state) probe {
	return probe{state: s, client: &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}}
}

// newSignedProbe is newProbe for the cluster in dir, whose daemons may want to know who asks.
func newSignedProbe(ctx context.Context, dir string, s state) probe {
	p := newProbe(s)
	if s.TLS {
		trusting, err := trustOwnCA(dir)
		if err != nil {
			p.broken = err
			return p
		}
		p.client.Transport = &http.Transport{DisableKeepAlives: true, TLSClientConfig: trusting}
	}
	if s.Secure {
		signed, err := signedBy(dir, p.client.Transport)
		if err != nil {
			p.broken = err
			return p
		}
		p.client.Transport = signed
	}
	return p
}

func (p probe) daemon(ctx context.Context, name string) error {
	switch name {
	case NameNode, NameNode2:
		return p.nameNode(ctx, p.state.Ports.webPort(name))
	case DataNode:
		return p.dataNode(ctx, p.state.Ports.DataNodeHTTP)
	case DataNode2:
		return p.dataNode(ctx, p.state.Ports.DataNode2HTTP)
	case ResourceManager, ResourceManager2:
		return p.resourceManager(ctx, p.state.Ports.webPort(name))
	case NodeManager:
		return p.nodeManager(ctx)
	case ZooKeeper:
		return p.zooKeeper(ctx)
	case JournalNode:
		var metrics struct{}
		return p.bean(ctx, p.state.Ports.HA.JournalNodeHTTP, "Hadoop:service=JournalNode,name=JvmMetrics", &metrics)
	case ZKFC:
		return p.listens(ctx, p.state.Ports.HA.ZKFC)
	case ZKFC2:
		return p.listens(ctx, p.state.Ports.HA.ZKFC2)
	case KDC:
		return p.broken
	}
	return p.state.errNoDaemon(name)
}

// nameNode is content with one that stands by.
func (p probe) nameNode(ctx context.Context, port int) error {
	var info struct{ Safemode string }
	if err := p.bean(ctx, port, "Hadoop:service=NameNode,name=NameNodeInfo", &info); err != nil {
		return err
	}
	if info.Safemode != "" {
		return errors.New("in safe mode: " + info.Safemode)
	}
	return nil
}

func (p probe) dataNode(ctx context.Context, port int) error {
	var info struct{ BPServiceActorInfo string } // a JSON text inside JSON
	if err := p.bean(ctx, port, "Hadoop:service=DataNode,name=DataNodeInfo", &info); err != nil {
		return err
	}
	var actors []struct{ ActorState, BlockPoolID string }
	if err := json.Unmarshal([]byte(info.BPServiceActorInfo), &actors); err != nil {
		return fmt.Errorf("read the data node's actors: %w", err)
	}
	for _, actor := range actors {
		if actor.ActorState != "RUNNING" || !strings.HasPrefix(actor.BlockPoolID, "BP-") {
			return errors.New("not registered with the name node")
		}
	}
	return nil
}

// resourceManager is content with one that stands by for another.
func (p probe) resourceManager(ctx context.Context, port int) error {
	var answer struct {
		ClusterInfo struct{ State, HAState string }
	}
	if err := p.get(ctx, port, "/ws/v1/cluster/info", &answer); err != nil {
		return err
	}
	if info := answer.ClusterInfo; info.State != "STARTED" || info.HAState != "ACTIVE" && (!p.state.HA || info.HAState != "STANDBY") {
		return fmt.Errorf("state %s, %s", info.State, info.HAState)
	}
	return nil
}

func (p probe) nodeManager(ctx context.Context) error {
	var answer struct {
		NodeInfo struct {
			NodeHealthy  bool
			HealthReport string
		}
	}
	if err := p.get(ctx, p.state.Ports.NodeManagerWeb, "/ws/v1/node/info", &answer); err != nil {
		return err
	}
	if !answer.NodeInfo.NodeHealthy {
		return errors.New("unhealthy: " + answer.NodeInfo.HealthReport)
	}
	return nil
}

// listens tells whether a daemon that has no web address takes connections.
func (p probe) listens(ctx context.Context, port int) error {
	dialer := net.Dialer{Timeout: p.client.Timeout}
	conn, err := dialer.DialContext(ctx, "tcp4", address(port))
	if err != nil {
		return err
	}
	return conn.Close()
}

// workers asks the masters whether each sees its workers: NameNodes all, of ResourceManagers the active one.
func (p probe) workers(ctx context.Context) error {
	for _, name := range p.state.members(NameNode) {
		if err := p.dataNodes(ctx, p.state.Ports.webPort(name)); err != nil {
			return err
		}
	}
	active, err := p.active(ctx, ResourceManager)
	if err != nil {
		return err
	}
	var answer struct{ ClusterMetrics struct{ ActiveNodes int } }
	if err := p.get(ctx, p.state.Ports.webPort(active), "/ws/v1/cluster/metrics", &answer); err != nil {
		return err
	}
	if answer.ClusterMetrics.ActiveNodes < 1 {
		return errors.New("the resource manager has no running node")
	}
	return nil
}

func (p probe) dataNodes(ctx context.Context, port int) error {
	var fs struct{ NumLiveDataNodes int }
	if err := p.bean(ctx, port, "Hadoop:service=NameNode,name=FSNamesystemState", &fs); err != nil {
		return err
	}
	if wanted := max(p.state.DataNodes, 1); fs.NumLiveDataNodes < wanted {
		return fmt.Errorf("the name node has %d live data nodes of %d", fs.NumLiveDataNodes, wanted)
	}
	return nil
}

// whole returns nil when all daemons serve and know each other.
func (p probe) whole(ctx context.Context) error {
	for _, name := range p.state.daemons() {
		if err := p.daemon(ctx, name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if p.state.HA {
		if err := p.settled(ctx); err != nil {
			return err
		}
	}
	return p.workers(ctx)
}

func (p probe) bean(ctx context.Context, port int, name string, into any) error {
	var answer struct{ Beans []json.RawMessage }
	if err := p.get(ctx, port, "/jmx?qry="+name, &answer); err != nil {
		return err
	}
	if len(answer.Beans) == 0 {
		return fmt.Errorf("%s is not there yet", name)
	}
	return json.Unmarshal(answer.Beans[0], into)
}

func (p probe) get(ctx context.Context, port int, path string, into any) error {
	body, err := p.do(ctx, http.MethodGet, port, path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("read the answer of %s%s: %w", p.state.address(port), path, err)
	}
	return nil
}

func (p probe) do(ctx context.Context, method string, port int, path string) ([]byte, error) {
	if p.broken != nil {
		return nil, p.broken
	}
	req, err := http.NewRequestWithContext(ctx, method, p.state.webURL(port)+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	resp, err := p.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 8<<20))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s %s%s: %s: %s", method, p.state.webURL(port), path, resp.Status, tail(string(body), 500))
	}
	return body, nil
}

// statuses asks all daemons at the same time.
func statuses(ctx context.Context, dir string, s state) []DaemonStatus {
	p := newSignedProbe(ctx, dir, s)
	result := make([]DaemonStatus, len(s.daemons()))
	var wg sync.WaitGroup
	for i, name := range s.daemons() {
		wg.Go(func() {
			process, known := s.Processes[name]
			status := DaemonStatus{Name: name, PID: process.PID, Running: known && process.alive()}
			switch {
			case !known:
				status.Problem = "stopped"
			case !status.Running:
				status.Problem = "has ended"
			default:
				err := p.daemon(ctx, name)
				status.Serving = err == nil
				if c, i, ok := coupleOf(name); s.HA && ok && c.daemons[i] == name && err == nil {
					status.Role, err = p.role(ctx, name)
				}
				if err != nil {
					status.Problem = err.Error()
				}
			}
			result[i] = status
		})
	}
	wg.Wait()
	return result
}
