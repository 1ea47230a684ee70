package archive

import (
	"errors"
	"fmt"
)

var (
	// ErrNotFound: no folder has an archive of the job.
	ErrNotFound = errors.New("not archived")
	// ErrDamaged: the file is no whole archive.
	ErrDamaged = errors.New("damaged archive")
)

// damage is why a file is no archive. It is ErrDamaged.
type damage struct {
	text string
	err  error // beneath, nil where there is none
}

func damaged(format string, args ...any) error { return &damage{text: fmt.Sprintf(format, args...)} }

func (d *damage) Error() string {
	if d.err == nil {
		return d.text
	}
	return d.text + ": " + d.err.Error()
}

func (d *damage) Is(target error) bool { return target == ErrDamaged }

func (d *damage) Unwrap() error { return d.err }
