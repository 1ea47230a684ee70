package standalone

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/yarnflink/yarnflink/flink"
)

// PushOptions say how a distribution is pushed.
type PushOptions struct {
	// DryRun only asks the hosts what they have.
	DryRun bool
	// Delete removes from lib and plugins what is not there here, and a configuration file that is not. Other files stay.
	Delete bool
	// Progress is told of bytes that go out, by one goroutine at a time; nil for nobody.
	Progress func(PushProgress)
}

// PushProgress is how far a push is.
type PushProgress struct {
	// Done and Total are bytes on all hosts; Total grows until all hosts have been asked what they have.
	Done, Total int64
	// Complete tells that Total is the whole.
	Complete bool
	// Hosts are those to which something goes out now.
	Hosts []HostProgress
}

// HostProgress is how far the push to one host is, in bytes.
type HostProgress struct {
	Host        string
	Done, Total int64
}

// PushedHost is what became of one host.
type PushedHost struct {
	Host string `json:"host"`
	// Home and ConfDir are the folders there.
	Home    string `json:"home"`
	ConfDir string `json:"confDir"`
	// Same tells that they are the very folders that are pushed.
	Same bool `json:"same"`
	// Sent are the files that were sent, or would be, and Bytes their size.
	Sent  []string `json:"sent"`
	Bytes int64    `json:"bytes"`
	// Changed are files of which only permissions or time were set.
	Changed []string `json:"changed"`
	// Removed are files that were removed, or would be.
	Removed []string `json:"removed"`
	// Loaded are files that are only there, and that Flink loads: in lib and plugins, and a configuration file.
	Loaded []string `json:"loaded"`
	// Others counts further files that are only there. They stay.
	Others  int     `json:"others"`
	Seconds float64 `json:"seconds"`
	// Error is why the host does not have it all, "" where it does.
	Error string `json:"error,omitempty"`
}

// Pushed is the result of a push.
type Pushed struct {
	// Hosts are those of masters and workers, each once.
	Hosts []PushedHost `json:"hosts"`
	// Skipped are files here that are neither files nor folders, and were not sent.
	Skipped []string `json:"skipped"`
	// Exposed are the secret keys of a configuration file that everybody may read here, and so there.
	Exposed []string `json:"exposedKeys"`
	Bytes   int64    `json:"bytes"` // sent, or to be sent
	Seconds float64  `json:"seconds"`
	DryRun  bool     `json:"dryRun"`
}

// push is one push.
type push struct {
	options    PushOptions
	home, conf *pushTree
	skip       []string // folders of home that are not sent
	meter      pushMeter
}

// Push copies Home and ConfDir to all hosts, as far as they differ there: files of
// another size, or another time and another content, and small ones by content.
// What is followed are links; what is not sent are logs, pid files and temporary
// folders. Each file gets its name when all have arrived, by renaming, so that
// processes that run keep the one they have open.
//
// Hosts that fail have nothing changed, but where the error says so; the others
// go on, and the error is ErrIncomplete if any has it all. When ctx ends, what has
// arrived at hosts that are not complete is removed again; a host that does not
// answer any more is named with the temporary files that it may have.
func (c *Cluster) Push(ctx context.Context, o PushOptions) (*Pushed, error) {
	began := time.Now()
	p, err := c.newPush(ctx, o)
	if err != nil {
		return nil, err
	}
	names := c.o.hostNames()
	result := &Pushed{Hosts: make([]PushedHost, len(names)), Skipped: slices.Concat([]string{}, p.home.skipped, p.conf.skipped), Exposed: p.exposed(c.o.Configuration), DryRun: o.DryRun}
	errs := make([]error, len(names))
	p.meter.expect(len(names))
	var group sync.WaitGroup
	for i, name := range names {
		group.Go(func() { errs[i] = p.to(ctx, c.host(name), &result.Hosts[i]) })
	}
	group.Wait()
	e := &IncompleteError{Op: "push to the hosts"}
	for i := range result.Hosts {
		result.Bytes += result.Hosts[i].Bytes
		if errs[i] == nil {
			e.Some = true
			continue
		}
		result.Hosts[i].Error = errs[i].Error()
		e.Failures = append(e.Failures, &Failure{Host: names[i], Err: errs[i]})
	}
	result.Seconds = time.Since(began).Seconds()
	switch {
	case ctx.Err() != nil:
		return result, interruptedPush(ctx, e.Failures)
	case len(e.Failures) == 0:
		return result, nil
	}
	e.Rest = "the same command sends what is missing, once the cause is mended"
	return result, e
}

// newPush reads what is pushed.
func (c *Cluster) newPush(ctx context.Context, o PushOptions) (*push, error) {
	if c.o.Home == "" {
		return nil, problem("set FLINK_HOME, or name the folder with --flink-home", "no FLINK_HOME is named that could be pushed")
	}
	if list, _ := filepath.Glob(filepath.Join(c.o.Home, "lib", "flink-dist*.jar")); len(list) != 1 {
		return nil, problem("name a distribution of Flink with --flink-home", "%s is no distribution of Flink: it has %d files lib/flink-dist*.jar, want 1", c.o.Home, len(list))
	}
	p := &push{options: o, skip: c.o.skippedFolders()}
	p.meter.tell = o.Progress
	inHome, _ := below(c.o.Home, c.o.ConfDir)
	var err error
	p.home, err = readPushTree(ctx, c.o.Home, func(name string) bool {
		return leftOut(name) || name == "log" || name == inHome || slices.Contains(p.skip, name)
	})
	if err != nil {
		return nil, err
	}
	p.conf, err = readPushTree(ctx, c.o.ConfDir, leftOut)
	return p, err
}

// exposed are the secret keys of a configuration file that its permissions show to
// others than its owner.
func (p *push) exposed(c *flink.Configuration) []string {
	keys := []string{}
	open := slices.ContainsFunc(configurationFiles, func(name string) bool {
		f := p.conf.byName[name]
		return f != nil && f.mode&0o077 != 0
	})
	for _, key := range c.Keys() {
		if open && flink.IsSecretKey(key) && c.Get(key) != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// leftOut tells whether a name is that of a pid file or of a file on its way.
func leftOut(name string) bool {
	base := name[strings.LastIndex(name, "/")+1:]
	return strings.HasSuffix(base, ".pid") || strings.HasPrefix(base, tempPrefix)
}

// skippedFolders are folders in FLINK_HOME for what processes write, by name.
func (o Options) skippedFolders() []string {
	folders := strings.FieldsFunc(o.Configuration.Text(flink.TemporaryDirectories), func(r rune) bool { return r == ',' || r == '|' || r == ':' })
	folders = append(folders, o.Configuration.Text(flink.LogDirectory), o.Configuration.Text(flink.PIDDirectory))
	var names []string
	for _, folder := range folders {
		if name, ok := below(o.Home, folder); ok {
			names = append(names, name)
		}
	}
	return names
}

// below is the name of a folder in another one, with slashes.
func below(root, dir string) (string, bool) {
	name, err := filepath.Rel(root, dir)
	if err != nil || dir == "" || name == "." || name == ".." || strings.HasPrefix(name, ".."+string(filepath.Separator)) {
		return "", false
	}
	return filepath.ToSlash(name), true
}

// to pushes to one host.
func (p *push) to(ctx context.Context, h *host, r *PushedHost) error {
	began := time.Now()
	o := h.cluster.o
	*r = PushedHost{Host: h.name, Home: o.homeOn(h.name), Sent: []string{}, Changed: []string{}, Removed: []string{}, Loaded: []string{}}
	if isLocal(h.name) {
		r.Same, r.ConfDir = true, o.ConfDir
		p.meter.asked(0)
		return nil
	}
	release, err := h.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	d, err := p.prepare(ctx, h, r)
	if err != nil {
		p.meter.asked(0)
		return p.failed(ctx, h, err)
	}
	p.meter.asked(d.bytes)
	if !p.options.DryRun && !d.empty() {
		h.cluster.report(Event{Host: h.name, State: "sending", Detail: fmt.Sprintf("%d files", len(d.send))})
		if err := p.send(ctx, h, d); err != nil {
			return p.failed(ctx, h, err)
		}
		h.cluster.report(Event{Host: h.name, State: "complete"})
	}
	r.fill(d)
	r.Seconds = time.Since(began).Seconds()
	return nil
}

// prepare finds what a host lacks.
func (p *push) prepare(ctx context.Context, h *host, r *PushedHost) (*pushDiff, error) {
	home, conf, err := p.look(ctx, h)
	if err != nil {
		return nil, err
	}
	r.ConfDir, r.Same = conf.dir, home.same && conf.same
	return p.diff(ctx, h, home, conf)
}

func (p *push) failed(ctx context.Context, h *host, err error) error {
	if ctx.Err() == nil {
		h.cluster.report(Event{Host: h.name, State: "failed", Detail: err.Error()})
	}
	return err
}

// fill says what is going to be done.
func (r *PushedHost) fill(d *pushDiff) {
	labels := func(steps ...pushStep) []string {
		names := make([]string, 0, len(steps))
		for _, s := range steps {
			names = append(names, s.label)
		}
		slices.Sort(names)
		return slices.Compact(names)
	}
	r.Sent, r.Bytes = labels(d.send...), d.bytes
	r.Changed = labels(slices.Concat(d.modes, d.times)...)
	r.Removed, r.Loaded, r.Others = labels(d.deletes...), labels(d.loaded...), d.others
}

// interruptedPush is the end of a push whose context has ended. What other hosts
// have failed with is named, and what may be left.
func interruptedPush(ctx context.Context, failures []*Failure) error {
	cause := context.Cause(ctx)
	rest := []error{}
	for _, f := range failures {
		var left *temporaryFilesError
		if errors.As(f.Err, &left) || !errors.Is(f.Err, cause) {
			rest = append(rest, f)
		}
	}
	if len(rest) == 0 {
		return fmt.Errorf("push to the hosts: %w; hosts that are not complete are as they were", cause)
	}
	return errors.Join(append([]error{fmt.Errorf("push to the hosts: %w", cause)}, rest...)...)
}
