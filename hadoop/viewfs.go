package hadoop

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
)

const (
	mountTable = "fs.viewfs.mounttable."
	maxMounts  = 8 // viewfs that leads to viewfs
)

// ResolveViewFS returns what a viewfs URI stands for: the target of the longest
// mount point that the path is below, with the rest of the path. A table without
// a matching mount point uses its linkFallback; linkMergeSlash mounts the root.
// "viewfs:///" means the table "default". URLs of other schemes are returned
// unchanged. The error is [ErrNoMount] if nothing matches; mounts of several
// targets (linkNfly) and by pattern (linkRegex) are not resolved.
// Java: InodeTree.resolve.
func (c *Configuration) ResolveViewFS(u *url.URL) (*url.URL, error) {
	target := u
	for range maxMounts {
		if target.Scheme != "viewfs" {
			return target, nil
		}
		var err error
		if target, err = c.resolveMount(target); err != nil {
			return nil, fmt.Errorf("resolve %s: %w", u, err)
		}
	}
	return nil, fmt.Errorf("resolve %s: mount points lead to each other", u)
}

// mount is a mount point and the property that has its target.
type mount struct {
	point, key string
	many       bool // several targets
}

func (c *Configuration) resolveMount(u *url.URL) (*url.URL, error) {
	table := u.Host
	if table == "" {
		table = "default"
	}
	prefix := mountTable + table + "."
	file := path.Clean("/" + u.Path)
	mounts := c.mounts(prefix)
	var points []string
	// Longest first, so the first that fits is the one.
	slices.SortFunc(mounts, func(a, b mount) int {
		return cmp.Or(cmp.Compare(len(b.point), len(a.point)), cmp.Compare(a.key, b.key))
	})
	for _, m := range mounts {
		if !below(file, m.point) {
			points = append(points, m.point)
			continue
		}
		if m.many {
			return nil, c.propertyError(m.key, errors.New("a mount of several targets cannot be resolved"), "name the hdfs:// path behind it")
		}
		return c.mountTarget(m, file)
	}
	if fallback := prefix + "linkFallback"; c.Origin(fallback) != "" {
		return c.mountTarget(mount{point: "/", key: fallback}, file)
	}
	return nil, &PropertyError{
		Key: prefix + "link." + file, Err: fmt.Errorf("%w for %s in mount table %q", ErrNoMount, file, table),
		hint: mountHint(table, points),
	}
}

// mounts returns the mount points of the table whose properties have the prefix.
func (c *Configuration) mounts(prefix string) []mount {
	var mounts []mount
	for key := range c.props {
		rest, ok := strings.CutPrefix(key, prefix)
		if !ok {
			continue
		}
		// The settings of linkNfly stand between it and the path.
		kind, point, ok := strings.Cut(rest, "./")
		switch {
		case rest == "linkMergeSlash":
			mounts = append(mounts, mount{point: "/", key: key})
		case ok && kind == "link":
			mounts = append(mounts, mount{point: path.Clean("/" + point), key: key})
		case ok && (kind == "linkNfly" || strings.HasPrefix(kind, "linkNfly.")):
			mounts = append(mounts, mount{point: path.Clean("/" + point), key: key, many: true})
		}
	}
	return mounts
}

func mountHint(table string, points []string) string {
	if len(points) == 0 {
		return fmt.Sprintf("the configuration has no mount table %q: set %s%s.link./PATH in core-site.xml", table, mountTable, table)
	}
	slices.Sort(points)
	return "mount points are " + strings.Join(points, ", ")
}

// below tells whether a clean path is point or below it.
func below(file, point string) bool {
	return point == "/" || file == point || strings.HasPrefix(file, point+"/")
}

// mountTarget appends what of file is below the mount point to its target.
func (c *Configuration) mountTarget(m mount, file string) (*url.URL, error) {
	value, err := c.value(m.key)
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(value)
	if err == nil && target.Scheme == "" {
		err = errors.New("no scheme in it")
	}
	if err != nil {
		return nil, c.propertyError(m.key, fmt.Errorf("%w: %w", ErrInvalidValue, err), "set it to hdfs://HOST:PORT/PATH")
	}
	resolved := *target
	resolved.Path = path.Join("/", target.Path, strings.TrimPrefix(file, m.point))
	resolved.RawPath = ""
	return &resolved, nil
}
