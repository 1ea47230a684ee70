package flink

import (
	"fmt"
	"strings"
)

// Problem is something wrong with a local file or folder. Functions that look
// at many return all problems joined; errors.As finds the first.
type Problem struct {
	// Path is the file or folder.
	Path string
	// Err is what is wrong with it.
	Err error
	// Advice is what to do, "" where the error says it all.
	Advice string
}

// Error is the path and what is wrong.
func (p *Problem) Error() string { return p.Path + ": " + p.Err.Error() }

// Unwrap is the cause; a file that is missing is fs.ErrNotExist.
func (p *Problem) Unwrap() error { return p.Err }

// Hint says what to do.
func (p *Problem) Hint() string { return p.Advice }

// ValueError is a value of the configuration that can't be read as what its
// option needs.
type ValueError struct {
	Key    string
	Origin Origin
	Err    error
}

// Error names the key, where the value comes from, and what is wrong.
func (e *ValueError) Error() string {
	return fmt.Sprintf("%s (%s): %s", e.Key, e.Origin, e.Err)
}

// Unwrap is the parser's error.
func (e *ValueError) Unwrap() error { return e.Err }

// FileError lists the values that a configuration file can't carry to the
// JobManager.
type FileError struct {
	// Name is the file's name: flink-conf.yaml or config.yaml.
	Name string
	// Values has one item for each key, sorted.
	Values []UncarriedValue
}

// UncarriedValue is a key whose value, or whose name, a file can't carry.
type UncarriedValue struct {
	Key    string
	Origin Origin
	// Reason completes a sentence that begins with the key.
	Reason string
}

// Error lists all of them; values are not quoted, for they may be secrets.
func (e *FileError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "write %s: %d values can't be carried", e.Name, len(e.Values))
	for _, v := range e.Values {
		fmt.Fprintf(&b, "; %q", v.Key)
		if v.Origin != "" {
			fmt.Fprintf(&b, " (%s)", v.Origin)
		}
		b.WriteString(" " + v.Reason)
	}
	return b.String()
}

// Hint says what to do.
func (e *FileError) Hint() string {
	if e.Name == LegacyFileName {
		return "the format of flink-conf.yaml can't hold such values: change them, or use Flink 1.19 or newer, whose config.yaml can"
	}
	return "write the values in UTF-8"
}
