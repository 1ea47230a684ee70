package submit

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
)

// archiveSuffixes are the ones a NodeManager unpacks.
var archiveSuffixes = []string{".tar.gz", ".tar", ".tgz", ".dst", ".jar", ".zip"}

// readShipFiles resolves yarn.ship-files and yarn.ship-archives.
//
// Java: YarnClusterDescriptor.addShipFiles, .addShipArchives (1.20).
func (f *Facts) readShipFiles(c *flink.Configuration) {
	v, key, _ := c.Effective(flink.ShipFiles)
	for _, entry := range v.List() {
		where := fmt.Sprintf("%s from %s", key, c.Origin(key))
		if strings.TrimSpace(entry) == "" { // the working directory, were it taken for a path
			f.Problems = append(f.Problems, Problem{What: "an empty name among the ship files", Where: where})
			continue
		}
		if isRemote(entry) {
			f.Ship = append(f.Ship, flink.File{Key: path.Base(pathOf(entry)), Path: entry, Remote: true})
			continue
		}
		files, err := expand(localPath(entry))
		if err != nil {
			f.Problems = append(f.Problems, Problem{What: fmt.Sprintf("the ship file %s", entry), Where: where, Why: err.Error()})
			continue
		}
		f.Ship = append(f.Ship, files...)
	}
	v, key, _ = c.Effective(flink.ShipArchives)
	for _, entry := range v.List() {
		where := fmt.Sprintf("%s from %s", key, c.Origin(key))
		name := path.Base(filepath.ToSlash(entry))
		if !slices.ContainsFunc(archiveSuffixes, func(s string) bool { return strings.HasSuffix(strings.ToLower(name), s) }) {
			f.Problems = append(f.Problems, Problem{What: fmt.Sprintf("the archive %s", entry), Where: where,
				Why: "NodeManagers unpack only " + strings.Join(archiveSuffixes, " ")})
			continue
		}
		if isRemote(entry) {
			f.Archives = append(f.Archives, flink.File{Key: name, Path: entry, Remote: true})
			continue
		}
		file, err := regular(localPath(entry))
		if err != nil {
			f.Problems = append(f.Problems, Problem{What: fmt.Sprintf("the archive %s", entry), Where: where, Why: err.Error()})
			continue
		}
		f.Archives = append(f.Archives, *file)
	}
}

// readNamedFiles finds the files that keys of their own name.
func (f *Facts) readNamedFiles(c *flink.Configuration) {
	find := func(o flink.Option) *flink.File {
		v, key, _ := c.Effective(o)
		if key == "" || v.String() == "" {
			return nil
		}
		file, err := regular(localPath(v.String()))
		if err != nil {
			f.Problems = append(f.Problems, Problem{What: fmt.Sprintf("the file %s", v), Where: fmt.Sprintf("%s from %s", key, c.Origin(key)), Why: err.Error()})
			return nil
		}
		return file
	}
	f.Keytab = find(flink.KerberosKeytab)
	f.Krb5 = find(flink.KerberosKRB5Conf)
	f.LogConfig = find(flink.LogConfigFile)
	if f.DistJar = find(flink.FlinkDistJar); f.DistJar != nil && !strings.HasSuffix(f.DistJar.Key, "jar") {
		f.Problems = append(f.Problems, Problem{What: "the file " + f.DistJar.Path, Where: flink.FlinkDistJar.Key, Why: "it is no jar by its name"})
	}
}

var errNotRegular = errors.New("it is not a regular file")

// regular describes a local file that can be read.
func regular(name string) (*flink.File, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(abs)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	file, err := os.Open(abs)
	if err != nil {
		return nil, err
	}
	return &flink.File{Key: filepath.Base(abs), Path: abs, Size: info.Size()}, file.Close()
}

// expand lists a file, or everything below a folder under the folder's name.
// Links are followed: what they point at is shipped under the link's name.
func expand(name string) ([]flink.File, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(abs)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		file, err := regular(abs)
		if err != nil {
			return nil, err
		}
		return []flink.File{*file}, nil
	}
	base := filepath.Base(abs)
	if strings.EqualFold(base, "usrlib") {
		return nil, errors.New("usrlib is Flink's own name for user jars; it is shipped by itself where it lies beside lib")
	}
	files, err := flink.WalkFolder(abs, base)
	return files, err
}

// isRemote tells an address of a file system from a local path.
func isRemote(entry string) bool {
	scheme, _, ok := strings.Cut(entry, ":")
	return ok && len(scheme) > 1 && scheme != "file" && !strings.ContainsAny(scheme, "/\\ ")
}

// localPath takes a path, or an address of the scheme file.
func localPath(entry string) string {
	if !strings.HasPrefix(entry, "file:") {
		return entry
	}
	if u, err := url.Parse(entry); err == nil && u.Path != "" {
		return u.Path
	}
	return strings.TrimPrefix(entry, "file:")
}

// pathOf is the path of an address, decoded no further than addresses are
// written in Flink's configuration: as they are.
func pathOf(address string) string {
	if _, rest, ok := strings.Cut(address, "://"); ok {
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			return path.Clean(rest[i:])
		}
		return "/"
	}
	if _, rest, ok := strings.Cut(address, ":"); ok && isRemote(address) {
		return path.Clean("/" + rest)
	}
	return path.Clean(address)
}
