package standalone

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// tempPrefix begins the names of files on their way.
	tempPrefix = ".yarnflink-push-"
	// pushGrace is how long a host may take to remove what has arrived, after the caller gave up.
	pushGrace = 10 * time.Second
)

// temporaryFilesError are files that may be left on a host.
type temporaryFilesError struct {
	where []string
	err   error
}

func (e *temporaryFilesError) Error() string {
	return fmt.Sprintf("%v; temporary files %s may be left there, which a push removes when they are an hour old", e.err, strings.Join(e.where, " and "))
}

func (e *temporaryFilesError) Unwrap() error { return e.err }

// send brings a host up to date.
func (p *push) send(ctx context.Context, h *host, d *pushDiff) error {
	id, err := pushID()
	if err != nil {
		return err
	}
	text, err := d.script(id).text("push_send.sh")
	if err != nil {
		return err
	}
	// What was begun is ended in order: without the rest of its input the host removes what it has.
	sending, cancel := lingering(ctx, pushGrace)
	defer cancel()
	in, out := io.Pipe()
	end := sync.OnceFunc(func() { out.Close() })
	stop := context.AfterFunc(ctx, end)
	defer stop()
	progress := p.meter.begin(h.name, d.bytes)
	written := make(chan error, 1)
	go func() {
		written <- d.write(out, text, id, progress)
		end()
	}()
	var answers answerReader
	answers.each = func(answer) error { return nil }
	err = h.stream(sending, in, &lineWriter{each: func(line string) {
		answers.line(line)
		if answers.err != nil {
			end() // nothing more is of use
		}
	}})
	in.Close() // wakes up the writer, if nobody reads any more
	writeErr := <-written
	complete := err == nil && answers.end() == nil
	p.meter.end(progress, complete)
	switch {
	case complete:
		return nil
	case err != nil:
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return &temporaryFilesError{d.places(id), err}
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case writeErr != nil && !errors.Is(writeErr, io.ErrClosedPipe):
		return writeErr
	}
	return answers.end()
}

func pushID() (string, error) {
	var b [6]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", err
	}
	return hex.EncodeToString(b[:]), nil
}

// places are the patterns of temporary files.
func (d *pushDiff) places(id string) []string {
	var list []string
	for _, s := range d.send {
		list = append(list, path.Join(s.waiting, tempPrefix+id+".*"))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func tempName(dir, id string, i int) string {
	return path.Join(dir, tempPrefix+id+"."+strconv.Itoa(i))
}

// endName is the mark that says that all has arrived.
func (d *pushDiff) endName(id string) string { return path.Join(d.home, tempPrefix+id+".end") }

// script is what push_send.sh is told.
func (d *pushDiff) script(id string) *script {
	s := &script{}
	s.set("home", d.home)
	s.set("conf", d.conf)
	s.set("prefix", tempPrefix)
	s.set("end", d.endName(id))
	var temps []string
	for i, step := range d.send {
		temps = append(temps, tempName(step.waiting, id, i))
	}
	s.list("temps", temps)
	mode := func(step pushStep) string { return strconv.FormatUint(uint64(step.file.mode), 8) }
	target := func(step pushStep) string { return step.target }
	s.list("targets", each(d.send, target))
	s.list("dirs", each(d.dirs, target))
	s.list("dir_modes", each(d.dirs, mode))
	s.list("chmods", each(d.modes, target))
	s.list("chmod_modes", each(d.modes, mode))
	s.list("touches", each(d.times, target))
	s.list("touch_times", each(d.times, func(step pushStep) string { return strconv.FormatInt(step.file.modified.Unix(), 10) }))
	s.list("deletes", each(d.deletes, target))
	s.list("keep", []string{path.Join(d.home, "lib"), path.Join(d.home, "plugins"), d.conf})
	return s
}

func each(steps []pushStep, of func(pushStep) string) []string {
	list := make([]string, len(steps))
	for i, step := range steps {
		list[i] = of(step)
	}
	return list
}

// write writes the script and the files. Its names are short and plain, but for
// folders; of tar's formats GNU's takes these as they are, and every tar reads it.
func (d *pushDiff) write(w io.Writer, text, id string, progress *pushedBytes) error {
	if _, err := io.WriteString(w, text); err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(w, 64<<10)
	archive := tar.NewWriter(buffered)
	for i, step := range d.send {
		if err := writeFile(archive, step.file, tempName(step.waiting, id, i), progress); err != nil {
			return err
		}
	}
	err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: strings.TrimPrefix(d.endName(id), "/"), Mode: 0o600, ModTime: time.Now(), Format: tar.FormatGNU})
	if err == nil {
		err = archive.Close()
	}
	if err == nil {
		err = buffered.Flush()
	}
	return err
}

func writeFile(archive *tar.Writer, file *pushFile, name string, progress *pushedBytes) error {
	f, err := os.Open(file.path)
	if err != nil {
		return err
	}
	defer f.Close()
	err = archive.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: strings.TrimPrefix(name, "/"), Mode: int64(file.mode), Size: file.size, ModTime: file.modified, Format: tar.FormatGNU,
	})
	if err != nil {
		return err
	}
	n, err := io.Copy(io.MultiWriter(archive, progress), io.LimitReader(f, file.size))
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && (n != file.size || info.Size() != file.size || !info.ModTime().Truncate(time.Second).Equal(file.modified)) {
		err = problem("run the command again", "%s was changed while it was sent", file.path)
	}
	return err
}
