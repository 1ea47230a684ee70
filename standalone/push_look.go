package standalone

import (
	"context"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// remoteFile is what a host has under a name.
type remoteFile struct {
	dir      bool
	mode     fs.FileMode
	size     int64
	modified int64  // seconds since the epoch
	sum      string // "" where it was not asked for
}

// pushRoot is one of the two folders that are pushed, on one host.
type pushRoot struct {
	key  string // "home" or "conf"
	tree *pushTree
	// dir is the folder on the host.
	dir string
	// same tells that it is the very folder that is pushed.
	same bool
	// files are those of the tree that the host has.
	files map[string]remoteFile
	// loaded are files that the tree does not have and that Flink would load there.
	loaded []string
	// others counts further ones.
	others int
	// elsewhere is the name of the other folder in this one, "" where it is not in it.
	elsewhere string
	// stale counts temporary files of earlier pushes.
	stale int
}

// configurationFiles are those of conf of which Flink reads one, the first that is there.
var configurationFiles = []string{"flink-conf.yaml", "config.yaml"}

// loads tells whether Flink would load a file of that name without being told to.
func (r *pushRoot) loads(name string) bool {
	if r.key == "conf" {
		return slices.Contains(configurationFiles, name)
	}
	return strings.HasPrefix(name, "lib/") || strings.HasPrefix(name, "plugins/")
}

// look asks a host what it has of both folders.
func (p *push) look(ctx context.Context, h *host) (home, conf *pushRoot, err error) {
	o := h.cluster.o
	home = &pushRoot{key: "home", tree: p.home, dir: path.Clean(o.homeOn(h.name)), files: map[string]remoteFile{}}
	conf = &pushRoot{key: "conf", tree: p.conf, files: map[string]remoteFile{}}
	var s script
	s.set("home", home.dir)
	s.set("conf", o.confOn(h.name))
	s.set("prefix", tempPrefix)
	s.list("skip", p.skip)
	s.list("home_sums", p.home.small())
	s.list("conf_sums", p.conf.small())
	text, err := s.text("push_look.sh")
	if err != nil {
		return nil, nil, err
	}
	var answers answerReader
	answers.each = func(a answer) error {
		switch a.key {
		case "conf":
			conf.dir = path.Clean(a.value)
			return nil
		case "home-is", "home-sum", "home-file":
			return home.take(a)
		case "conf-is", "conf-sum", "conf-file":
			return conf.take(a)
		}
		return nil
	}
	if err := h.stream(ctx, strings.NewReader(text), &lineWriter{each: answers.line}); err != nil {
		return nil, nil, err
	}
	return home, conf, answers.end()
}

// take notes one answer of push_look.sh.
func (r *pushRoot) take(a answer) error {
	switch a.key {
	case r.key + "-is":
		r.same = a.value == folderIdentity(r.tree.root)
		return nil
	case r.key + "-sum":
		return r.takeSum(a.value)
	}
	words := strings.SplitN(a.value, " ", 5)
	if len(words) != 5 {
		return fmt.Errorf("%w: %q", errAnswer, a.value)
	}
	kind, name := words[0], words[4]
	local := r.tree.byName[name]
	switch {
	case strings.HasPrefix(path.Base(name), tempPrefix):
		r.stale++
	case local == nil && kind == "d", strings.HasSuffix(name, ".pid"):
	case local == nil && r.loads(name):
		r.loaded = append(r.loaded, name)
	case local == nil:
		r.others++
	default:
		f := remoteFile{dir: kind == "d"}
		mode, err := strconv.ParseUint(words[1], 8, 32)
		if err == nil {
			f.mode = fs.FileMode(mode).Perm()
			f.size, err = strconv.ParseInt(words[2], 10, 64)
		}
		if err == nil {
			whole, _, _ := strings.Cut(words[3], ".")
			f.modified, err = strconv.ParseInt(whole, 10, 64)
		}
		if err != nil {
			return fmt.Errorf("%w: %q", errAnswer, a.value)
		}
		r.files[name] = f
	}
	return nil
}

// takeSum reads a line of sha256sum.
func (r *pushRoot) takeSum(line string) error {
	line, escaped := strings.CutPrefix(line, `\`)
	sum, name, found := strings.Cut(line, " *./")
	if _, err := hex.DecodeString(sum); err != nil || !found {
		return fmt.Errorf("%w: %q", errAnswer, line)
	}
	if escaped {
		name = strings.ReplaceAll(name, `\\`, `\`)
	}
	if f, ok := r.files[name]; ok {
		f.sum = sum
		r.files[name] = f
	}
	return nil
}

// askSums asks a host for the content of files.
func (h *host) askSums(ctx context.Context, r *pushRoot, names []string) error {
	var s script
	s.set("root", r.dir)
	s.list("names", names)
	text, err := s.text("push_sums.sh")
	if err != nil {
		return err
	}
	var answers answerReader
	answers.each = func(a answer) error {
		if a.key == "sum" {
			return r.takeSum(a.value)
		}
		return nil
	}
	if err := h.stream(ctx, strings.NewReader(text), &lineWriter{each: answers.line}); err != nil {
		return err
	}
	return answers.end()
}

// answerReader reads a script's answers as they come, for they may be many.
type answerReader struct {
	each func(answer) error
	done bool
	last string
	err  error
}

func (r *answerReader) line(line string) {
	r.last = line
	a, ok := parseAnswer(line)
	if !ok || r.err != nil || r.done {
		return
	}
	switch a.key {
	case "done":
		r.done = true
	case "failed":
		kind, text, _ := strings.Cut(a.value, " ")
		r.err = &HostError{Kind: kind, Text: text, Advice: adviceFor[kind]}
	default:
		r.err = r.each(a)
	}
}

// end tells what went wrong, after the last line.
func (r *answerReader) end() error {
	switch {
	case r.err != nil:
		return r.err
	case !r.done:
		return fmt.Errorf("the host's bash ended before its work was done: %q", r.last)
	}
	return nil
}
