package hadoop

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Origins that are not files; see [Configuration.Origin].
const (
	OriginDefault  = "default"  // Hadoop's built-in value
	OriginOverride = "override" // from LoadOptions.Overrides, NewConfiguration or With
)

// LoadOptions says where a configuration is found. The zero value finds it in
// /etc/hadoop/conf only.
type LoadOptions struct {
	// Dir is the configuration folder; "" = found by the environment.
	Dir string
	// Getenv looks up a variable, like os.LookupEnv; nil = an empty environment.
	// It finds the folders and fills ${env.NAME}, the latter whenever a value is
	// read: it has to be safe for concurrent use.
	Getenv func(name string) (string, bool)
	// SystemProperties are the Java system properties that ${name} may refer to:
	// user.name, user.home and java.io.tmpdir in practice. They win over
	// properties of the same name, but inside ${} only.
	SystemProperties map[string]string
	// Overrides are properties that win over all files, final ones too.
	Overrides map[string]string
}

// Configuration is a Hadoop configuration. It never changes and is safe for
// concurrent use. Names may be deprecated ones everywhere; surrounding blanks
// of a name do not count.
type Configuration struct {
	props    map[string]entry // by canonical name
	dirs     []string
	files    []string
	warnings []string
	getenv   func(string) (string, bool)
	system   map[string]string
}

// entry is a value before expansion and where it comes from.
type entry struct{ value, origin string }

// Load reads core-site.xml, hdfs-site.xml, hdfs-rbf-site.xml, yarn-site.xml and
// resource-types.xml, each from the first folder of [ConfDirs] that has it, over
// the built-in defaults. A missing file is no error as long as one of the first,
// second and fourth is there; else the error is [ErrNoConfDir]. All problems of
// all files are returned joined, malformed XML as [*ParseError]; then there is
// no configuration.
func Load(opts LoadOptions) (*Configuration, error) {
	dirs, err := confDirs(opts)
	if err != nil {
		return nil, err
	}
	l := newLoader(opts, dirs)
	for _, s := range siteFiles {
		l.defaults(s.defaults)
		if s.name != "" {
			l.site(s.name)
		}
	}
	if !l.found && len(l.errs) == 0 {
		return nil, &ConfDirError{Looked: dirs, Err: errors.New("no core-site.xml, hdfs-site.xml or yarn-site.xml in it")}
	}
	if len(l.errs) > 0 {
		return nil, fmt.Errorf("load Hadoop configuration: %w", errors.Join(l.errs...))
	}
	return l.c.With(opts.Overrides), nil
}

// NewConfiguration returns a configuration of props over the built-in defaults,
// without environment and system properties.
func NewConfiguration(props map[string]string) *Configuration {
	l := newLoader(LoadOptions{}, nil)
	for _, s := range siteFiles {
		l.defaults(s.defaults)
	}
	return l.c.With(props)
}

// With returns a copy in which props win, also over final values. Where props
// has a deprecated name and the current one, the current one counts.
func (c *Configuration) With(props map[string]string) *Configuration {
	d := *c
	d.props = maps.Clone(c.props)
	for key, value := range props {
		name := canonical(key)
		if name != trim(key) {
			if _, ok := props[name]; ok {
				continue
			}
		}
		d.props[name] = entry{value, OriginOverride}
	}
	return &d
}

// loader builds a configuration.
type loader struct {
	c      *Configuration
	reader reader
	final  map[string]string // where a name became final
	found  bool              // one of the three main files
	errs   []error
}

func newLoader(opts LoadOptions, dirs []string) *loader {
	return &loader{
		c: &Configuration{
			props: map[string]entry{}, dirs: dirs,
			getenv: opts.Getenv, system: maps.Clone(opts.SystemProperties),
		},
		reader: reader{dirs: dirs},
		final:  map[string]string{},
	}
}

// defaults applies the defaults of one of Hadoop's own files. Hadoop does so
// just before the site file of the same component; what an earlier site file
// says about such a property is lost unless it is final.
func (l *loader) defaults(source string) {
	for _, d := range defaults {
		if d.Source != source || l.final[d.Key] != "" {
			continue
		}
		if e, ok := l.c.props[d.Key]; ok && e.origin != OriginDefault && e.value != d.Value {
			l.warn("%s in %s has no effect: Hadoop reads %s after it; set it in %s",
				d.Key, e.origin, source, strings.Replace(source, "-default", "-site", 1))
		}
		l.c.props[d.Key] = entry{d.Value, OriginDefault}
	}
}

// site applies the first file of that name.
func (l *loader) site(name string) {
	for _, dir := range l.c.dirs {
		path := filepath.Join(dir, name)
		exists, err := present(path)
		if err == nil && !exists {
			continue
		}
		var properties []property
		if err == nil {
			properties, err = l.reader.read(path, nil)
		}
		if err != nil {
			l.errs = append(l.errs, err)
			return
		}
		l.c.files = append(l.c.files, path)
		l.found = l.found || name == "core-site.xml" || name == "hdfs-site.xml" || name == "yarn-site.xml"
		for _, p := range properties {
			l.apply(p)
		}
		return
	}
}

// apply sets a property of a file. Java: Configuration.loadProperty.
func (l *loader) apply(p property) {
	key := p.key
	if name, ok := deprecated[key]; ok {
		key = name
	}
	if p.hasValue {
		if by, final := l.final[key]; !final {
			l.c.props[key] = entry{p.value, p.file}
		} else if l.c.props[key].value != p.value {
			l.warn("%s in %s has no effect: %s says that it is final", key, p.file, by)
		}
	}
	if p.final && l.final[key] == "" {
		l.final[key] = p.file
	}
}

func (l *loader) warn(format string, args ...any) {
	l.c.warnings = append(l.c.warnings, fmt.Sprintf(format, args...))
}

// Dirs returns the folders the configuration was looked for in; none for
// [NewConfiguration].
func (c *Configuration) Dirs() []string { return slices.Clone(c.dirs) }

// Files returns the site files that were read, in load order, without the files
// that they include.
func (c *Configuration) Files() []string { return slices.Clone(c.files) }

// Warnings returns sentences about values in files that have no effect.
func (c *Configuration) Warnings() []string { return slices.Clone(c.warnings) }

// Keys returns the current names of all properties that have a value, defaults
// included, sorted.
func (c *Configuration) Keys() []string { return slices.Sorted(maps.Keys(c.props)) }

// Origin returns where a property's value comes from: the path of the file that
// has it (an included file rather than the including one), [OriginDefault],
// [OriginOverride], or "" for a property that has no value.
func (c *Configuration) Origin(key string) string { return c.props[canonical(key)].origin }

// Raw returns a property's value before expansion, and whether it has one.
func (c *Configuration) Raw(key string) (string, bool) {
	e, ok := c.props[canonical(key)]
	return e.value, ok
}

// Resolve returns a property's value with ${name} expanded, and whether it has
// one. The error is [ErrExpansion].
func (c *Configuration) Resolve(key string) (value string, ok bool, err error) {
	e, ok := c.props[canonical(key)]
	if !ok {
		return "", false, nil
	}
	value, err = expand(e.value, c.variable)
	if err != nil {
		return "", true, &PropertyError{Key: canonical(key), Origin: e.origin, Err: err}
	}
	return value, true, nil
}

// Lookup returns a property's value with ${name} expanded, and whether it has
// one. A value whose expansion does not end is returned as it is written;
// [Configuration.Resolve] tells. Blanks around the value are kept.
func (c *Configuration) Lookup(key string) (string, bool) {
	value, ok, err := c.Resolve(key)
	if err != nil {
		return c.Raw(key)
	}
	return value, ok
}

// Get is Lookup that returns "" for a property without a value.
func (c *Configuration) Get(key string) string {
	value, _ := c.Lookup(key)
	return value
}
