package standalone

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/internal/leader"
)

// leaderPatience bounds one look at ZooKeeper.
const leaderPatience = 5 * time.Second

// findLeader asks the ZooKeeper of a configuration for the web address of the
// JobManager that leads.
func (c *Cluster) findLeader(ctx context.Context, conf *flink.Configuration) (string, error) {
	c.mu.Lock()
	key := strings.Join(append(flink.ZooKeeperServers(conf), flink.LeaderNodes(conf)...), " ")
	finder := c.finders[key]
	if finder == nil {
		var err error
		if finder, err = leader.NewFinder(conf); err != nil {
			c.mu.Unlock()
			return "", err
		}
		c.finders[key] = finder
	}
	c.mu.Unlock()
	ctx, cancel := context.WithTimeoutCause(ctx, leaderPatience, errNoLeaderInTime)
	defer cancel()
	return finder.Find(ctx)
}

// closeFinders ends the sessions with ZooKeeper.
func (c *Cluster) closeFinders() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, finder := range c.finders {
		finder.Close()
		delete(c.finders, key)
	}
}

// askLeader finds out which of the JobManagers leads, where ZooKeeper knows.
func (c *Cluster) askLeader(ctx context.Context, s *Status) {
	if flink.HighAvailability(s.configuration) != flink.HighAvailabilityZooKeeper || s.count("", JobManager) == 0 {
		return
	}
	web, err := c.findLeader(ctx, s.configuration)
	if err != nil {
		s.LeaderError = err.Error()
		return
	}
	s.Leader = web
	for i := range s.Hosts {
		h := &s.Hosts[i]
		for j := range h.Processes {
			p := &h.Processes[j]
			if p.Role != JobManager || len(p.urls) == 0 {
				continue
			}
			leads := sameAddress(p.WebURL, web) || slices.ContainsFunc(p.urls, func(one string) bool { return sameAddress(one, web) })
			p.Leads = &leads
			if leads {
				s.Leader = p.urls[0]
			}
		}
	}
}

// runningConfiguration is what the JobManagers that run go by, as far as their
// hosts tell.
func (c *Cluster) runningConfiguration(s *Status) *flink.Configuration {
	for _, m := range c.o.Masters {
		if conf := c.configurationOn(m.Host); conf != nil && s.runs(m.Host, JobManager) {
			conf, _ = withProperties(conf, s.properties, m)
			return conf
		}
	}
	conf, _ := withProperties(c.o.Configuration, s.properties, flink.HostLine{})
	return conf
}

// configurationOn is a host's configuration, nil where it was not asked or did not tell.
func (c *Cluster) configurationOn(name string) *flink.Configuration {
	if facts := c.host(name).facts; facts != nil {
		return facts.configuration
	}
	return nil
}
