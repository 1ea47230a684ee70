package standalone

import (
	"context"
	"path"
	"slices"
	"strings"
)

// smallFile is the size up to which files are compared by content always.
const smallFile = 64 << 10

// pushStep is one thing that a host lacks.
type pushStep struct {
	file   *pushFile
	target string // on the host
	// waiting is the folder there in which the file waits under its temporary name.
	waiting string
	label   string // for people: "lib/x.jar", "conf/config.yaml"
}

// pushDiff is what has to be done on one host.
type pushDiff struct {
	home, conf string     // the folders
	dirs       []pushStep // to make
	send       []pushStep
	modes      []pushStep // what only has other permissions
	times      []pushStep // what only has another time
	// deletes are files that are removed, loaded those that are not and should be.
	deletes, loaded []pushStep
	others          int
	stale           int
	bytes           int64
}

func (d *pushDiff) empty() bool {
	return len(d.dirs)+len(d.send)+len(d.modes)+len(d.times)+len(d.deletes)+d.stale == 0
}

// diff compares. Large files of the same size but another time are compared by
// their content, which the host is asked for.
func (p *push) diff(ctx context.Context, h *host, home, conf *pushRoot) (*pushDiff, error) {
	d := &pushDiff{home: home.dir, conf: conf.dir}
	inHome, _ := below(home.dir, conf.dir)
	home.elsewhere = inHome
	for _, r := range []*pushRoot{home, conf} {
		if r.same {
			continue
		}
		var doubtful []string
		for _, f := range r.tree.entries {
			there, ok := r.files[f.name]
			if ok && !f.dir && !there.dir && f.size > smallFile && there.size == f.size && there.modified != f.modified.Unix() {
				doubtful = append(doubtful, f.name)
			}
		}
		if len(doubtful) > 0 {
			if err := h.askSums(ctx, r, doubtful); err != nil {
				return nil, err
			}
		}
		if err := d.compare(r); err != nil {
			return nil, err
		}
		if !p.options.Delete {
			d.loaded = append(d.loaded, r.steps(r.loaded)...)
		} else {
			d.deletes = append(d.deletes, r.steps(r.loaded)...)
		}
		d.others += r.others
		d.stale += r.stale
	}
	// By the dist jar a folder is known as a distribution, if this ends in the middle.
	slices.SortStableFunc(d.send, func(a, b pushStep) int {
		return rank(a.file.name) - rank(b.file.name)
	})
	return d, nil
}

func rank(name string) int {
	if strings.HasPrefix(name, "lib/") && isDistJar(name) {
		return 0
	}
	return 1
}

func (r *pushRoot) step(f *pushFile) pushStep {
	label := f.name
	if r.key == "conf" {
		label = "conf/" + f.name
	}
	return pushStep{file: f, target: path.Join(r.dir, f.name), waiting: r.tempFolder(f.name), label: label}
}

func (r *pushRoot) steps(names []string) []pushStep {
	var steps []pushStep
	for _, name := range names {
		steps = append(steps, r.step(&pushFile{name: name}))
	}
	return steps
}

// compare adds what one folder lacks.
func (d *pushDiff) compare(r *pushRoot) error {
	for _, f := range r.tree.entries {
		there, ok := r.files[f.name]
		step := r.step(f)
		if r.elsewhere != "" && (f.name == r.elsewhere || strings.HasPrefix(f.name, r.elsewhere+"/")) {
			continue
		}
		if f.dir {
			if !ok || !there.dir {
				d.dirs = append(d.dirs, step)
			}
			continue
		}
		equal := ok && !there.dir && there.size == f.size
		sameTime := there.modified == f.modified.Unix()
		if equal && (f.size <= smallFile || !sameTime) {
			sum, err := f.sum()
			if err != nil {
				return problem("", "%v", err)
			}
			equal = sum == there.sum
		}
		if !equal {
			d.send = append(d.send, step)
			d.bytes += f.size
			continue
		}
		if there.mode != f.mode {
			d.modes = append(d.modes, step)
		}
		if !sameTime {
			d.times = append(d.times, step)
		}
	}
	return nil
}

// tempFolder is where a file waits under its temporary name: beside its place, or,
// where that folder is yet to be made, in the one above, so that nobody finds a
// folder of plugins without a jar in it. Both are on the same disk.
func (r *pushRoot) tempFolder(name string) string {
	dir := path.Dir(name)
	for dir != "." && !r.files[dir].dir {
		dir = path.Dir(dir)
	}
	return path.Join(r.dir, dir)
}
