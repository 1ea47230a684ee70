package submit

import (
	"fmt"
	"path"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/yarn"
)

// Class says how a resource gets to where containers find it.
type Class string

const (
	// Cached resources are the same for many applications: libraries, plugins, jars, ship files.
	Cached Class = "cached"
	// Private resources belong to one application and are readable by its owner only: configuration, keytab, krb5.conf.
	Private Class = "private"
	// Remote resources lie in the file system already and are used in place.
	Remote Class = "remote"
)

// PlannedResource is a file that the containers of the application will find.
type PlannedResource struct {
	// Key is its name in the container's working directory.
	Key string
	// Source is a local path, or a qualified address for Remote. It is "" for what
	// is made when the application id is known: the configuration, and keys.
	Source string
	// Size is in bytes; 0 for keys that are not made yet.
	Size  int64
	Class Class
	Type  yarn.LocalResourceType
	// Visibility is set for Remote only; what is staged has the one of its stage.
	Visibility yarn.Visibility
	// ModificationTime is in milliseconds since the epoch, of Remote only.
	ModificationTime int64
	// Shipped resources are handed on to the TaskManagers by their descriptors.
	Shipped bool
}

// Staged is a planned resource with the place it now lies at.
type Staged struct {
	Key string
	// Resource's URL is not escaped: it holds the path as it is.
	Resource yarn.LocalResource
}

// resources collects what is localized, and what of it makes the class path.
//
// Java: YarnApplicationFileUploader (1.20), whose calls registerMultipleLocalResources
// and registerProvidedLocalResources it keeps apart, because entries are made
// unique within a call only.
type resources struct {
	list   []PlannedResource
	system []string
	user   []string
	keys   map[string]string
	clash  func(key, first, second string)
}

func (r *resources) add(p PlannedResource) bool {
	if first, ok := r.keys[p.Key]; ok {
		r.clash(p.Key, first, p.Source)
		return false
	}
	r.keys[p.Key] = p.Source
	r.list = append(r.list, p)
	return true
}

// files adds files of one call and returns their class path entries.
func (r *resources) files(files []flink.File, kind yarn.LocalResourceType) []string {
	var entries []string
	seen := map[string]bool{}
	for _, f := range files {
		if isDistJar(f.Key) {
			continue
		}
		p := PlannedResource{Key: f.Key, Source: f.Path, Size: f.Size, Class: Cached, Type: kind, Shipped: true}
		if f.Remote {
			p.Class, p.Visibility, p.ModificationTime = Remote, yarn.VisibilityApplication, f.ModificationTime
		}
		if !r.add(p) {
			continue
		}
		if entry := classpathEntry(f.Key); !seen[entry] {
			seen[entry] = true
			entries = append(entries, entry)
		}
	}
	return entries
}

// provided adds files of yarn.provided.lib.dirs; those of plugins stay off the
// class path. Java takes them all for PUBLIC, and a NodeManager then refuses those
// that not everybody may read.
func (r *resources) provided(files []flink.File) (entries []string, dist *PlannedResource) {
	for _, f := range files {
		p := PlannedResource{
			Key: f.Key, Source: f.Path, Size: f.Size, Class: Remote, Type: yarn.FileResource,
			Visibility: yarn.VisibilityPrivate, ModificationTime: f.ModificationTime, Shipped: true,
		}
		if f.Public {
			p.Visibility = yarn.VisibilityPublic
		}
		if !r.add(p) {
			continue
		}
		switch {
		case isDistJar(f.Key):
			dist = &p
		case !isPlugin(f.Path):
			entries = append(entries, classpathEntry(f.Key))
		}
	}
	return unique(entries), dist
}

// classpathEntry is the key of a jar, and the folder of anything else; the
// working directory itself is the empty entry.
func classpathEntry(key string) string {
	if strings.HasSuffix(key, "jar") {
		return key
	}
	if dir := path.Dir(key); dir != "." {
		return dir
	}
	return ""
}

// Java: YarnApplicationFileUploader.isFlinkDistJar.
func isDistJar(key string) bool {
	base := path.Base(key)
	return strings.HasPrefix(base, "flink-dist") && strings.HasSuffix(base, "jar")
}

func isPlugin(address string) bool {
	for dir := range strings.SplitSeq(path.Dir(address), "/") {
		if dir == "plugins" {
			return true
		}
	}
	return false
}

func unique(entries []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, e := range entries {
		if !seen[e] {
			seen[e] = true
			out = append(out, e)
		}
	}
	return out
}

// stagedPath is where a resource lies below the application's folder: at its
// key, with every byte that a shell, an address or the descriptors would read
// in a way of their own written as _ and two hex digits, and with it each _
// that looks like the beginning of that, so that no two keys share a place.
func stagedPath(folder, key string) string {
	var b strings.Builder
	for i, c := range []byte(key) {
		if isPlain(c) && !isEscape(key[i:]) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "_%02x", c)
		}
	}
	return folder + "/" + b.String()
}

func isEscape(s string) bool {
	const hex = "0123456789abcdef"
	return len(s) > 2 && s[0] == '_' && strings.IndexByte(hex, s[1]) >= 0 && strings.IndexByte(hex, s[2]) >= 0
}

func isPlain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("/._-+=@", c) >= 0
}
