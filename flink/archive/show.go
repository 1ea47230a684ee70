package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/yarnflink/yarnflink/flink/rest"
)

// Details are all of an archive that people ask for. What the archive has not, or
// what can't be read of it, is nil or zero, and Problems say why.
type Details struct {
	Job
	Details     rest.JobDetails
	Config      *rest.JobConfig
	Exceptions  []rest.JobException // the latest first
	Checkpoints *rest.Checkpoints
	// Cluster is the configuration that the JobManager ran with; nil before Flink 1.16.
	Cluster map[string]string
	// Problems are what is wrong with parts of the archive.
	Problems []error
}

// Show reads the archive of a job: in the first of the folders that has one. A
// *FolderError, joined with those of the other folders, is what keeps one from
// being found; without any the error is ErrNotFound.
func Show(ctx context.Context, folders []Folder, id rest.JobID) (*Details, error) {
	var failed []error
	for _, look := range []func(context.Context, Folder, rest.JobID) (*place, error){directly, below} {
		for _, f := range folders {
			p, err := look(ctx, f, id)
			switch {
			case ctx.Err() != nil:
				return nil, context.Cause(ctx)
			case err != nil && !slices.ContainsFunc(failed, func(e error) bool { return e.Error() == err.Error() }):
				failed = append(failed, err)
			case p != nil:
				return p.details(ctx)
			}
		}
	}
	if len(failed) > 0 {
		return nil, errors.Join(failed...)
	}
	names := make([]string, len(folders))
	for i, f := range folders {
		names[i] = f.String()
	}
	return nil, fmt.Errorf("job %s: %w in %s", id, ErrNotFound, strings.Join(names, ", "))
}

// directly looks for an archive right in a folder.
func directly(ctx context.Context, f Folder, id rest.JobID) (*place, error) {
	children, err := f.List(ctx, f.Path)
	if err != nil {
		return nil, &FolderError{f, err}
	}
	return ofJob(archives(f, children, ""), id), nil
}

// below looks for one in the folders of applications.
func below(ctx context.Context, f Folder, id rest.JobID) (*place, error) {
	found, err := find(ctx, f)
	if p := ofJob(found, id); p != nil || err == nil {
		return p, nil
	}
	return nil, &FolderError{f, err}
}

func ofJob(found []place, id rest.JobID) *place {
	if i := slices.IndexFunc(found, func(p place) bool { return p.id == id }); i >= 0 {
		return &found[i]
	}
	return nil
}

// details reads the whole archive.
func (p place) details(ctx context.Context) (*Details, error) {
	d := &Details{}
	err := p.folder.Read(ctx, p.file.Path, func(r io.Reader) error {
		*d = Details{Job: p.job()}
		parts := d.parts(p.id)
		some := false
		err := scan(r, func(at string) bool { return parts[at] != nil }, func(at string, answer []byte) bool {
			if err := parts[at](answer); err != nil {
				d.Problems = append(d.Problems, unreadable(at, err))
				return false
			}
			some = true
			return false
		})
		if errors.Is(err, ErrDamaged) && some {
			d.Problems = append(d.Problems, err)
			return nil
		}
		if err == nil && !some {
			err = &damage{"it tells nothing of the job", errors.Join(d.Problems...)}
		}
		if err != nil {
			err = p.explain(err)
		}
		return err
	})
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("job %s: %w: %s was removed just now", p.id, ErrNotFound, p.address())
	case err != nil:
		return nil, fmt.Errorf("read the archive %s: %w", p.address(), err)
	}
	d.complete()
	return d, nil
}

// parts are the answers that are read, by their paths.
func (d *Details) parts(id rest.JobID) map[string]func([]byte) error {
	overview := func(at string) func([]byte) error {
		return func(answer []byte) error {
			o, err := decodeOverview(at, answer, id)
			return keep(&d.JobOverview, o, err)
		}
	}
	job := path.Join("/jobs", id.String())
	return map[string]func([]byte) error{
		overviewPath:       overview(overviewPath),
		legacyOverviewPath: overview(legacyOverviewPath),
		job: func(answer []byte) error {
			v, err := rest.DecodeJob(answer)
			return keep(&d.Details, v, err)
		},
		job + "/config": func(answer []byte) error {
			c, err := rest.DecodeJobConfig(answer)
			return keep(&d.Config, &c, err)
		},
		job + "/exceptions": func(answer []byte) error {
			e, err := rest.DecodeExceptions(answer)
			return keep(&d.Exceptions, e, err)
		},
		job + "/checkpoints": func(answer []byte) error {
			c, err := rest.DecodeCheckpoints(answer)
			return keep(&d.Checkpoints, &c, err)
		},
		job + "/jobmanager/config": func(answer []byte) error {
			s, err := rest.DecodeSettings(answer)
			return keep(&d.Cluster, s, err)
		},
	}
}

// keep takes what could be read.
func keep[T any](to *T, value T, err error) error {
	if err == nil {
		*to = value
	}
	return err
}

// complete fills what one part has from another.
func (d *Details) complete() {
	switch {
	case d.State == "" && d.Details.State != "":
		o := d.Details
		d.JobOverview = rest.JobOverview{ID: d.ID, Name: o.Name, State: o.State, Start: o.Start, End: o.End, Duration: o.Duration}
	case d.Details.State == "":
		d.Problems = append(d.Problems, damaged("it has no answer of /jobs/%s, and so no vertices", d.ID))
	}
}
