package flink

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The two names a configuration file has had, see [LoadConfiguration].
const (
	LegacyFileName = "flink-conf.yaml"
	YAMLFileName   = "config.yaml"
)

// LoadConfiguration reads the file that Flink of this version reads in dir and
// returns its path too: flink-conf.yaml before 1.19; in 1.19 and 1.20
// flink-conf.yaml if it is there, else config.yaml; config.yaml from 2.0 on. A
// missing file is a [*Problem] that wraps fs.ErrNotExist.
//
// Java: GlobalConfiguration.loadConfiguration.
func LoadConfiguration(dir string, v Version) (*Configuration, string, error) {
	return loadConfiguration(filepath.Join(dir, LegacyFileName), filepath.Join(dir, YAMLFileName), v, readRegular)
}

// ReadConfiguration is [LoadConfiguration] of a folder that is not local: read
// gives the content of a file in it, and an error that wraps fs.ErrNotExist where
// there is none.
func ReadConfiguration(dir string, v Version, read func(path string) ([]byte, error)) (*Configuration, string, error) {
	return loadConfiguration(dir+"/"+LegacyFileName, dir+"/"+YAMLFileName, v, read)
}

func loadConfiguration(legacyPath, yamlPath string, v Version, read func(string) ([]byte, error)) (*Configuration, string, error) {
	legacy, legacyErr := read(legacyPath)
	yaml, yamlErr := read(yamlPath)
	hasLegacy, hasYAML := !missing(legacyErr), !missing(yamlErr)
	path, content, err := yamlPath, yaml, yamlErr
	if readsLegacy(v) && (hasLegacy || !readsYAML(v)) {
		path, content, err = legacyPath, legacy, legacyErr
	}
	if err != nil {
		return nil, path, loadProblem(path, v, err)
	}
	var c *Configuration
	if path == legacyPath {
		c = ParseLegacy(content, Origin(path))
		if hasYAML && readsYAML(v) {
			c.warn("%s is not read: Flink %s prefers the %s beside it", yamlPath, v, LegacyFileName)
		}
		return c, path, nil
	}
	if c, err = ParseYAML(content, Origin(path)); err != nil {
		return nil, path, err
	}
	if hasLegacy {
		c.warn("%s is not read: Flink %s knows %s only", legacyPath, v, YAMLFileName)
	}
	return c, path, nil
}

// missing tells that there is no file.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNotRegular)
}

func loadProblem(path string, v Version, err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err // Problem names the path already
	}
	p := &Problem{Path: path, Err: fmt.Errorf("read the configuration of Flink %s: %w", v, err)}
	if errors.Is(err, fs.ErrNotExist) {
		p.Advice = "name the folder with " + filepath.Base(path) + " (FLINK_CONF_DIR), or put the file there"
	}
	return p
}

var errNotRegular = errors.New("not a regular file")

// readRegular reads a regular file: opening anything else, a named pipe for
// one, could block for ever.
func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	return os.ReadFile(path)
}

func readsLegacy(v Version) bool { return !v.AtLeast(2, 0) }
func readsYAML(v Version) bool   { return v.AtLeast(1, 19) }

// FileName is the name under which the configuration is shipped: the one Flink
// of this version reads, and where it reads both, the one it was loaded from.
// A configuration loaded from flink-conf.yaml with values which that format
// can't carry goes as config.yaml where the version reads it, since the
// JobManager finds no other file beside it.
func (c *Configuration) FileName(v Version) string {
	if !readsLegacy(v) {
		return YAMLFileName
	}
	if readsYAML(v) && (!c.legacy || len(c.legacyUncarried()) > 0) {
		return YAMLFileName
	}
	return LegacyFileName
}

// File is the configuration file to ship: its name, see
// [Configuration.FileName], and its content with keys sorted. A [*FileError]
// lists every value the format can't carry. Secrets are written as they are.
//
// Java: BootstrapTools.writeConfiguration; differs: keys are flat and texts
// quoted, so that a key may be the prefix of another.
func (c *Configuration) File(v Version) (name string, content []byte, err error) {
	name = c.FileName(v)
	uncarried, write := c.yamlUncarried, c.yamlContent
	if name == LegacyFileName {
		uncarried, write = c.legacyUncarried, c.legacyContent
	}
	if values := uncarried(); len(values) > 0 {
		return name, nil, &FileError{Name: name, Values: values}
	}
	return name, write(), nil
}
