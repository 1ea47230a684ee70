package hadoop

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// site files, in the order Hadoop loads them, each after the defaults of the
// same component.
var siteFiles = []struct{ name, defaults string }{
	{"", codeDefault},
	{"core-site.xml", coreDefault},
	{"hdfs-site.xml", hdfsDefault},
	{"hdfs-rbf-site.xml", ""},
	{"yarn-site.xml", yarnDefault},
	{"resource-types.xml", ""},
}

// systemConfDir is where packages of most Hadoop distributions put the
// configuration.
const systemConfDir = "/etc/hadoop/conf"

// ConfDirs returns the configuration folders opts leads to, in the order in
// which a file is looked for; the first folder that has a file wins. Folders
// that do not exist are left out, so the result may be empty.
//
// opts.Dir stands alone. Without it HADOOP_CONF_DIR and YARN_CONF_DIR count,
// both of which may be lists. If neither is set, it is the first that exists of
// HADOOP_HOME/etc/hadoop, HADOOP_HOME/conf and /etc/hadoop/conf.
func ConfDirs(opts LoadOptions) []string {
	dirs, _ := confDirs(opts)
	return dirs
}

func confDirs(opts LoadOptions) ([]string, error) {
	s := confDirSearch{}
	if opts.Dir != "" {
		s.try(opts.Dir, "")
		return s.result()
	}
	getenv := func(name string) string {
		if opts.Getenv == nil {
			return ""
		}
		v, _ := opts.Getenv(name)
		return v
	}
	hadoop, yarn := getenv("HADOOP_CONF_DIR"), getenv("YARN_CONF_DIR")
	if hadoop != "" || yarn != "" {
		s.tryList(hadoop, "HADOOP_CONF_DIR")
		if hadoop != "" && len(s.dirs) == 0 {
			// A slip in it must not lead on to another cluster's folder.
			return s.result()
		}
		s.tryList(yarn, "YARN_CONF_DIR")
		return s.result()
	}
	if home := getenv("HADOOP_HOME"); home != "" {
		s.try(filepath.Join(home, "etc", "hadoop"), "HADOOP_HOME")
		if len(s.dirs) == 0 {
			s.try(filepath.Join(home, "conf"), "HADOOP_HOME")
		}
	} else {
		s.looked = append(s.looked, "HADOOP_CONF_DIR, YARN_CONF_DIR and HADOOP_HOME (not set)")
	}
	if len(s.dirs) == 0 {
		s.try(systemConfDir, "")
	}
	return s.result()
}

// confDirSearch collects folders, and what it has to say if there are none.
type confDirSearch struct {
	dirs   []string
	looked []string
	err    error
}

func (s *confDirSearch) tryList(list, from string) {
	for _, dir := range filepath.SplitList(list) {
		if dir != "" {
			s.try(dir, from)
		}
	}
}

func (s *confDirSearch) try(dir, from string) {
	if from != "" {
		from = " (" + from + ")"
	}
	s.looked = append(s.looked, dir+from)
	info, err := os.Stat(dir)
	switch {
	case err == nil && info.IsDir():
		s.dirs = append(s.dirs, filepath.Clean(dir))
	case err == nil:
		s.err = fmt.Errorf("%s is not a folder", dir)
	case !errors.Is(err, fs.ErrNotExist):
		s.err = err
	}
}

func (s *confDirSearch) result() ([]string, error) {
	if len(s.dirs) == 0 {
		return nil, &ConfDirError{Looked: s.looked, Err: s.err}
	}
	return s.dirs, nil
}
