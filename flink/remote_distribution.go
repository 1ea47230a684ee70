package flink

import (
	"fmt"
	"io/fs"
	"strings"
)

// RemoteDistribution is the distribution that is made of files in one of
// Hadoop's file systems. home is its address; the files' keys are their paths
// below it, of which those in lib, plugins, usrlib, opt and conf count. What is
// wrong with it is a [*Problem].
func RemoteDistribution(home string, files []File) (*Distribution, error) {
	d := &Distribution{Home: home, ConfDir: home + "/conf", Remote: true}
	var lib []File
	conf := map[string]File{}
	for _, f := range files {
		switch folder, rest, _ := strings.Cut(f.Key, "/"); folder {
		case "lib":
			lib = append(lib, f)
		case "plugins":
			d.Plugins = append(d.Plugins, f)
		case "usrlib":
			d.UsrLib = append(d.UsrLib, f)
		case "opt":
			d.Opt = append(d.Opt, f)
		case "conf":
			conf[rest] = f
		}
	}
	for _, list := range [][]File{lib, d.Plugins, d.UsrLib, d.Opt} {
		sortFiles(list)
	}
	if len(lib) == 0 {
		return nil, &Problem{Path: home, Err: fmt.Errorf("open the distribution: no files in lib: %w", fs.ErrNotExist),
			Advice: "name the folder that has lib, plugins and conf of a distribution in it"}
	}
	if err := d.takeDistJar(lib, home+"/lib"); err != nil {
		return nil, err
	}
	for _, name := range logConfigNames() {
		f, ok := conf[name]
		switch {
		case !ok:
		case d.LogConfig != nil:
			d.spareLogConfig(f.Path)
		default:
			f.Key = name
			d.LogConfig = &f
		}
	}
	return d, nil
}

// Provided are the files of lib, with the dist jar, and those of plugins, in the
// order in which Flink's client takes them from yarn.provided.lib.dirs.
func (d *Distribution) Provided() []File {
	files := append([]File{d.DistJar}, d.Lib...)
	sortFiles(files)
	return append(files, d.Plugins...)
}

// ProvidedLibDirs are the folders of a remote distribution that
// yarn.provided.lib.dirs names.
func (d *Distribution) ProvidedLibDirs() []string {
	dirs := []string{d.Home + "/lib"}
	if len(d.Plugins) > 0 {
		dirs = append(dirs, d.Home+"/plugins")
	}
	return dirs
}
