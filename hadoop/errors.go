package hadoop

import (
	"errors"
	"fmt"
	"strings"
)

// The kinds of error this package returns; test for them with errors.Is.
var (
	// ErrNoConfDir says that no configuration folder, or none with a Hadoop
	// file in it, was found. The error is a [*ConfDirError].
	ErrNoConfDir = errors.New("no Hadoop configuration found")
	// ErrNotSet says that a property has no value and no default.
	ErrNotSet = errors.New("not set")
	// ErrInvalidValue says that a property's value is not of the type asked for.
	ErrInvalidValue = errors.New("invalid value")
	// ErrExpansion says that a value needs more than 20 rounds of ${…}
	// expansion, or grows too long by it.
	ErrExpansion = errors.New("variable expansion does not end")
	// ErrLocalDefaultFS says that fs.defaultFS is the local file system, which
	// is also its default: nobody configured HDFS.
	ErrLocalDefaultFS = errors.New("the default file system is local")
	// ErrWildcardAddress says that an address to connect to is a wildcard like
	// 0.0.0.0, which is what the defaults say: nobody configured it.
	ErrWildcardAddress = errors.New("a wildcard is no address to connect to")
	// ErrNotRegular says that a configuration file is not a regular file.
	ErrNotRegular = errors.New("not a regular file")
	// ErrTooLarge says that a configuration file is above 16 MiB, or all of them
	// above 64 MiB.
	ErrTooLarge = errors.New("configuration too large")
	// ErrRemoteInclude says that an include names a URL other than file:.
	// Configuration is never fetched over the network.
	ErrRemoteInclude = errors.New("only local files can be included")
	// ErrIncludeNotFound says that an included file is missing and that the
	// include has no fallback.
	ErrIncludeNotFound = errors.New("included file not found and no fallback given")
	// ErrIncludeLoop says that includes form a loop or are nested too deeply.
	ErrIncludeLoop = errors.New("includes are nested too deeply")
	// ErrNoMount says that a viewfs path is below no mount point.
	ErrNoMount = errors.New("no mount point")
)

// ConfDirError says where a Hadoop configuration was looked for in vain.
// It is [ErrNoConfDir].
type ConfDirError struct {
	Looked []string // folders, each with where its name came from
	Err    error    // what is wrong with the last of them; may be nil
}

func (e *ConfDirError) Error() string {
	s := ErrNoConfDir.Error()
	if len(e.Looked) > 0 {
		s += ": looked in " + strings.Join(e.Looked, ", ")
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns [ErrNoConfDir] and the cause.
func (e *ConfDirError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrNoConfDir}
	}
	return []error{ErrNoConfDir, e.Err}
}

// Hint says how to name a configuration folder.
func (e *ConfDirError) Hint() string {
	return "name the folder with core-site.xml, hdfs-site.xml and yarn-site.xml by --hadoop-conf DIR, or set HADOOP_CONF_DIR"
}

// ParseError is a problem inside a configuration file.
type ParseError struct {
	File string
	Line int // from 1; 0 = the whole file
	Err  error
}

func (e *ParseError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("parse %s:%d: %v", e.File, e.Line, e.Err)
	}
	return fmt.Sprintf("parse %s: %v", e.File, e.Err)
}

// Unwrap returns the cause.
func (e *ParseError) Unwrap() error { return e.Err }

// PropertyError is a property whose value cannot be used.
type PropertyError struct {
	Key    string
	Value  string // "" if unset or secret
	Origin string // as [Configuration.Origin]
	Err    error
	hint   string
}

func (e *PropertyError) Error() string {
	var b strings.Builder
	b.WriteString(e.Key)
	if e.Value != "" {
		fmt.Fprintf(&b, " = %q", e.Value)
	}
	if e.Origin != "" {
		fmt.Fprintf(&b, " (%s)", e.Origin)
	}
	fmt.Fprintf(&b, ": %v", e.Err)
	return b.String()
}

// Unwrap returns the cause.
func (e *PropertyError) Unwrap() error { return e.Err }

// Hint says what to set, or is empty.
func (e *PropertyError) Hint() string { return e.hint }

// propertyError describes what is wrong with key's value in c.
func (c *Configuration) propertyError(key string, err error, hint string) error {
	e := &PropertyError{Key: key, Origin: c.Origin(key), Err: err, hint: hint}
	if !IsSecretKey(key) {
		e.Value = c.Get(key)
	}
	return e
}
