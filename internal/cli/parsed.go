package cli

import (
	"slices"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/hdfs"
)

// value returns what was last given for the option with that long name.
func (l commandLine) value(long string) string {
	value := ""
	for _, g := range l.given {
		if g.option.long == long {
			value = g.value
		}
	}
	return value
}

// values returns all that was given for an option, in order.
func (l commandLine) values(long string) []string {
	var values []string
	for _, g := range l.given {
		if g.option.long == long {
			values = append(values, g.value)
		}
	}
	return values
}

// number returns the value of an option of kind number, 0 where it is not given.
func (l commandLine) number(long string) int {
	n := 0
	for _, digit := range l.value(long) { // checked by rewrite
		n = n*10 + int(digit-'0')
	}
	return n
}

func (l commandLine) duration(long string) time.Duration {
	d, err := parseDuration(l.value(long))
	if err != nil {
		return 0 // not given: rewrite has checked what was
	}
	return d
}

// dryRun says how much a --dry-run asks.
type dryRun int

const (
	notDry     dryRun = iota
	dryOffline        // opens no socket
	dryCluster        // asks the cluster, read-only
)

// globalOptions are the options that every command has.
type globalOptions struct {
	HadoopConf, FlinkConf, FlinkHome string // folders; "" is found by the environment
	CACert                           string // file
	Timeout, WaitTimeout             time.Duration
	DryRun                           dryRun
	RequestID                        string
	NoCache, SharedCache             bool
	FlinkDist                        string         // address of a distribution in HDFS, "" for FLINK_HOME
	Transport                        hdfs.Transport // "" is by the scheme
	Watch                            bool
	Principal                        string // of Kerberos, whose password is asked for
}

func (l commandLine) globals(env *Env) globalOptions {
	g := globalOptions{
		HadoopConf:  env.abs(l.value("hadoop-conf")),
		FlinkConf:   env.abs(l.value("flink-conf")),
		FlinkHome:   env.abs(l.value("flink-home")),
		CACert:      env.abs(l.value("ca-cert")),
		Timeout:     l.duration("timeout"),
		WaitTimeout: l.duration("wait-timeout"),
		RequestID:   l.value("request-id"),
		NoCache:     l.has("no-cache", ""),
		SharedCache: l.has("shared-cache", ""),
		FlinkDist:   l.value("flink-dist"),
		Watch:       l.has("watch", ""),
		Principal:   l.value("principal"),
	}
	switch strings.ToLower(l.value("hdfs-transport")) {
	case "rpc":
		g.Transport = hdfs.RPC
	case "webhdfs":
		g.Transport = hdfs.WebHDFS
	}
	switch {
	case l.has("dry-run", "cluster"):
		g.DryRun = dryCluster
	case l.has("dry-run", ""):
		g.DryRun = dryOffline
	}
	return g
}

// setting is a Flink key that the command line sets.
type setting struct {
	Key    string
	Value  string
	List   []string // instead of Value, for keys that hold a list
	Origin flink.Origin
}

// settings returns the keys that options set, in the order to apply them in:
// those of -D last, as Flink does.
//
// Java: FlinkYarnSessionCli.applyDescriptorOptionToConfig, toConfiguration.
func (l commandLine) settings(env *Env) []setting { return l.settingsOf(env, applies) }

// settingsOf is settings of the options with these effects.
func (l commandLine) settingsOf(env *Env, effects ...effect) []setting {
	var plain, properties []setting
	for _, g := range l.given {
		origin := flink.Origin(g.option.spelling())
		switch {
		case !slices.Contains(effects, g.option.effect):
		case g.option.kind == property:
			key, value := splitProperty(g.value)
			properties = append(properties, setting{Key: key, Value: value, Origin: origin})
		case g.option.key == "" || g.option.planned:
		case g.option.arity == repeatable:
			plain = appendToList(plain, setting{Key: g.option.key, List: []string{env.abs(g.value)}, Origin: origin})
		default:
			plain = append(plain, setting{Key: g.option.key, Value: keyValue(env, g), Origin: origin})
		}
	}
	return append(plain, properties...)
}

func appendToList(all []setting, one setting) []setting {
	for i := range all {
		if all[i].Key == one.Key {
			all[i].List = append(all[i].List, one.List...)
			return all
		}
	}
	return append(all, one)
}

// keyValue writes an option's value as Flink's configuration has it.
func keyValue(env *Env, g given) string {
	switch g.option.kind {
	case memoryMB:
		if size, err := flink.ParseMemoryMB(g.value); err == nil {
			return size.String()
		}
	case path:
		return env.abs(g.value)
	}
	if g.option.arity == flag {
		return g.option.flagValue()
	}
	return g.value
}

// flagValue is what a flag sets its key to.
func (o *option) flagValue() string {
	if o.key == flink.ExecutionAttached.Key {
		return "false" // -d
	}
	return "true"
}

// apply sets the keys in c, in order.
func apply(c *flink.Configuration, settings []setting) {
	for _, s := range settings {
		if s.List != nil {
			c.SetList(s.Key, s.List, s.Origin)
		} else {
			c.Set(s.Key, s.Value, s.Origin)
		}
	}
}
