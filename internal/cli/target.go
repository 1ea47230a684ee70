package cli

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

// targetOptions say which JobManager is meant, as given.
type targetOptions struct {
	JobManager    string // -m
	ApplicationID string // -yid
	Session       string // --session, a name or an id
	Execution     string // -t, -e
	Properties    []setting
}

func (l commandLine) target(env *Env) targetOptions {
	return targetOptions{
		JobManager:    l.value("jobmanager"),
		ApplicationID: l.value("yarnapplicationId"),
		Session:       l.value("session"),
		Execution:     cmp.Or(l.value("target"), l.value("executor")),
		Properties:    l.properties(env),
	}
}

// properties returns the settings of -D and -yD.
func (l commandLine) properties(env *Env) []setting {
	only := commandLine{command: l.command}
	for _, g := range l.given {
		if g.option.kind == property {
			only.given = append(only.given, g)
		}
	}
	return only.settings(env)
}

// The targets that start a cluster: -m's, and -t's. A job graph can't be built
// without a JVM, so per-job clusters are application clusters, too.
const (
	yarnCluster     = "yarn-cluster"
	yarnApplication = "yarn-application"
	yarnPerJob      = "yarn-per-job"
)

// check refuses targets that this version does not do.
func (t targetOptions) check() error {
	if t.JobManager != "" && t.JobManager != yarnCluster {
		return nil
	}
	switch name := strings.ToLower(strings.TrimSpace(t.Execution)); name {
	case "", "yarn-session", "remote", yarnApplication, yarnPerJob:
		return nil
	default:
		known := []string{"yarn-session", "yarn-application", "yarn-per-job", "remote"}
		err := usagef("-t %s: the targets are %s", t.Execution, strings.Join(known, ", "))
		if near := nearest(name, known); near != "" {
			err.hint = "did you mean " + near + "?"
		}
		return err
	}
}

// resolve decides which JobManager is meant: -m, -yid or --session, the id in
// the configuration, the properties file, rest.address, in that order. c is the
// configuration with the options' settings; with high availability the leader
// stands for rest.address. An https address becomes a setting of
// it. The dynamic properties of a
// properties file are left alone: the session was started with them.
//
// Java: CliFrontend.loadCustomCommandLines, FlinkYarnSessionCli.isActive; one
// order stands for the three command lines of Flink's client.
func (t targetOptions) resolve(env *Env, c *flink.Configuration) (submit.Target, error) {
	execution := strings.ToLower(strings.TrimSpace(cmp.Or(t.Execution, c.Text(flink.ExecutionTarget))))
	id := c.Text(flink.ApplicationID)
	switch {
	case t.JobManager != "" && t.JobManager != yarnCluster:
		t.noteUnused(env)
		base, err := jobManagerURL(t.JobManager, flink.RESTScheme(c))
		if strings.HasPrefix(base, "https://") {
			c.Set(flink.RESTSSLEnabled.Key, "true", "-m") // Java: DefaultCLI.toConfiguration
		}
		return submit.Target{RestURL: base, Origin: "-m"}, err
	case t.ApplicationID != "":
		return submit.Target{ApplicationID: t.ApplicationID, Origin: "-yid"}, nil
	case t.Session != "":
		if _, err := yarn.ParseApplicationID(t.Session); err == nil {
			return submit.Target{ApplicationID: t.Session, Origin: "--session"}, nil
		}
		return submit.Target{Name: t.Session, Origin: "--session"}, nil
	case id != "" && execution != "remote":
		return submit.Target{ApplicationID: id, Origin: fmt.Sprintf("%s (%s)", flink.ApplicationID.Key, c.Origin(flink.ApplicationID.Key))}, nil
	case execution == "yarn-session":
		return submit.Target{}, usageWithHint("name the session with -Dyarn.application.id=ID, -yid ID or --session NAME", "the target yarn-session needs an application id")
	case execution == "":
		if target, err := env.lastTarget(c); err != nil || target.ApplicationID != "" {
			return target, err
		}
	}
	return configuredTarget(c)
}

// noteUnused says which of several targets counts.
func (t targetOptions) noteUnused(env *Env) {
	for _, other := range []struct{ name, value string }{{"-yid", t.ApplicationID}, {"--session", t.Session}, {"-t", t.Execution}} {
		if other.value != "" {
			env.out.note(other.name + " " + other.value + " is not used: -m counts first")
		}
	}
}

func (e *Env) lastTarget(c *flink.Configuration) (submit.Target, error) {
	file, path, err := e.lastSession(c)
	if err != nil || file == nil {
		return submit.Target{}, err
	}
	e.out.note(fmt.Sprintf("the session is %s, which %s names", file.ApplicationID, path))
	return submit.Target{ApplicationID: file.ApplicationID.String(), Origin: path}, nil
}

// configuredTarget is the JobManager that the configuration names, or with
// ZooKeeper the one that leads.
//
// Java: HighAvailabilityServicesUtils.createClientHAService, getWebMonitorAddress;
// differs: an address that the command line names counts.
func configuredTarget(c *flink.Configuration) (submit.Target, error) {
	address, key, _ := c.Effective(flink.RESTAddress)
	if followsLeader(c) {
		_, key, _ = c.Effective(flink.HighAvailabilityType)
		return submit.Target{Leader: true, Origin: fmt.Sprintf("%s (%s)", key, c.Origin(key))}, nil
	}
	if address.String() == "" {
		return submit.Target{}, usageWithHint("name a session with -yid ID or --session NAME, or a JobManager with -m HOST:PORT", "no JobManager is named, and none is configured")
	}
	port, _, _ := c.Effective(flink.RESTPort)
	u := url.URL{Scheme: flink.RESTScheme(c), Host: net.JoinHostPort(address.String(), port.String())}
	return submit.Target{RestURL: u.String(), Origin: fmt.Sprintf("%s (%s)", key, c.Origin(key))}, nil
}

// followsLeader tells whether ZooKeeper says which JobManager is meant.
func followsLeader(c *flink.Configuration) bool {
	return flink.HighAvailability(c) == flink.HighAvailabilityZooKeeper && c.Origin(flink.RESTAddress.Key) != "-D"
}

// targetText is a target for people, before anybody was asked.
func targetText(t submit.Target) string {
	if t.Leader {
		return "the JobManager that leads by ZooKeeper"
	}
	return cmp.Or(t.RestURL, t.ApplicationID, t.Name)
}

// onYARN tells whether the ResourceManager has to be asked for a target.
func onYARN(t submit.Target) bool { return t.RestURL == "" && !t.Leader }

// jobManagerURL reads the value of -m: host:port, or a URL, whose path is kept.
//
// Java: NetUtils.parseHostPortAddress, DefaultCLI.
func jobManagerURL(address, scheme string) (string, error) {
	text := address
	if !strings.Contains(text, "://") {
		text = scheme + "://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Port() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", usagef("-m %s: host:port or yarn-cluster is expected", address)
	}
	return strings.TrimRight(u.String(), "/"), nil
}
