package flink

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Distribution is a FLINK_HOME: what of it goes into the containers. It is a
// snapshot; files are only looked at when it is opened.
type Distribution struct {
	// Home and ConfDir are local folders, absolute, or addresses where Remote is set.
	Home, ConfDir string
	// Remote tells that it lies in one of Hadoop's file systems, from where
	// containers take it.
	Remote bool
	// Version is taken from the name of the dist jar.
	Version Version
	// DistJar is lib's flink-dist jar; its key is the bare name, as it is
	// shipped beside lib, but that of a remote one.
	DistJar File
	// Lib (without the dist jar), Plugins, UsrLib and Opt hold all files
	// below the folders, sorted by key. A folder that is missing has none.
	Lib, Plugins, UsrLib, Opt []File
	// LogConfig is the logging configuration in ConfDir; nil for none. Its key
	// is its name.
	LogConfig *File
	// Warnings are for the user, a sentence each.
	Warnings []string
}

// File is a file and its place in a container's working directory.
type File struct {
	// Path is a local one, absolute, with links not resolved; where Remote is set
	// it is a qualified address in one of Hadoop's file systems.
	Path   string
	Remote bool
	// Key is slash-separated and begins with the canonical name of the folder
	// ("lib/x.jar"), whatever the folder is called here or linked to.
	Key string
	// Size is in bytes.
	Size int64
	// ModificationTime is in milliseconds since the epoch; of remote files only.
	ModificationTime int64
	// Public tells that everybody may read the file and enter all the folders
	// above it; of remote files only.
	Public bool
}

// DistributionOptions say where a distribution's folders are. Only Home is
// needed.
type DistributionOptions struct {
	// Home is FLINK_HOME.
	Home string
	// ConfDir is FLINK_CONF_DIR; "" is Home/conf.
	ConfDir string
	// LibDir is FLINK_LIB_DIR; "" is Home/lib.
	LibDir string
	// PluginsDir is FLINK_PLUGINS_DIR; "" is Home/plugins if it exists.
	PluginsDir string
	// UsrLibDir is the folder of user libraries; "" is usrlib beside the lib
	// folder if it exists.
	UsrLibDir string
}

// OpenDistribution looks at the distribution in home with its configuration in
// confDir, which may be "". All problems are returned joined, each a
// [*Problem].
func OpenDistribution(home, confDir string) (*Distribution, error) {
	return DistributionOptions{Home: home, ConfDir: confDir}.Open()
}

// Open looks at the distribution. Files that would be shipped must be regular,
// readable and, if they are jars, not empty; opt is not shipped as a whole, so
// what can't be used there is left out. All problems are returned joined, each
// a [*Problem].
//
// Java: YarnClusterDescriptor.addLibFoldersToShipFiles and its neighbours,
// YarnLogConfigUtil; differs: keys keep the canonical prefix where a folder is
// a link, and what Java notices while uploading is reported here.
func (o DistributionOptions) Open() (*Distribution, error) {
	home, err := absolute(o.Home)
	if err != nil {
		return nil, err
	}
	d := &Distribution{Home: home}
	libDir := cmp.Or(o.LibDir, filepath.Join(home, "lib"))
	usrLibDir := cmp.Or(o.UsrLibDir, filepath.Join(filepath.Dir(libDir), "usrlib"))

	var problems []error
	walk := func(dir, prefix string, required bool) []File {
		files, found := walkFolder(dir, prefix, required)
		problems = append(problems, found...)
		return files
	}
	lib := walk(libDir, "lib", true)
	d.Plugins = walk(cmp.Or(o.PluginsDir, filepath.Join(home, "plugins")), "plugins", o.PluginsDir != "")
	d.UsrLib = walk(usrLibDir, "usrlib", o.UsrLibDir != "")
	d.Opt, _ = walkFolder(filepath.Join(home, "opt"), "opt", false)
	// A missing lib says it all: no need to miss the dist jar in it too.
	libMissing := len(problems) > 0 && len(lib) == 0
	if err := d.takeDistJar(lib, libDir); err != nil && !libMissing {
		problems = append(problems, err)
	}
	d.DistJar.Key = path.Base(d.DistJar.Key)
	if err := d.UseConfDir(cmp.Or(o.ConfDir, filepath.Join(home, "conf"))); err != nil {
		problems = append(problems, err)
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return d, nil
}

func absolute(home string) (string, error) {
	if home == "" {
		return "", &Problem{Path: "FLINK_HOME", Err: errors.New("not set"),
			Advice: "name the folder of the Flink distribution"}
	}
	abs, err := filepath.Abs(home)
	if err != nil {
		return "", &Problem{Path: home, Err: err}
	}
	info, err := os.Stat(abs)
	if err == nil && !info.IsDir() {
		err = errors.New("not a folder")
	}
	if err != nil {
		return "", &Problem{Path: abs, Err: fmt.Errorf("open the distribution: %w", bare(err)),
			Advice: "name the folder of an unpacked Flink distribution, which has lib and conf in it"}
	}
	return abs, nil
}

var distJarName = regexp.MustCompile(`^flink-dist(?:_\d+\.\d+)?-(\d.*)\.jar$`)

// takeDistJar separates the dist jar from the libraries and reads the version
// from its name.
func (d *Distribution) takeDistJar(lib []File, libDir string) error {
	var dist []File
	for _, f := range lib {
		// Java leaves out every such file, however deep it lies.
		if name := path.Base(f.Key); strings.HasPrefix(name, "flink-dist") && strings.HasSuffix(name, "jar") {
			dist = append(dist, f)
		} else {
			d.Lib = append(d.Lib, f)
		}
	}
	switch len(dist) {
	case 1:
	case 0:
		return &Problem{Path: libDir, Err: fmt.Errorf("no flink-dist jar: %w", fs.ErrNotExist),
			Advice: "name the folder of an unpacked Flink distribution; its lib has flink-dist-VERSION.jar"}
	default:
		names := make([]string, len(dist))
		for i, f := range dist {
			names[i] = f.Key
		}
		return &Problem{Path: libDir, Err: fmt.Errorf("%d flink-dist jars: %s", len(dist), strings.Join(names, ", ")),
			Advice: "keep the one that belongs to the other libraries"}
	}
	d.DistJar = dist[0]
	m := distJarName.FindStringSubmatch(path.Base(dist[0].Key))
	if m == nil {
		return &Problem{Path: dist[0].Path, Err: errors.New("the name has no version"),
			Advice: "call the file flink-dist-VERSION.jar as the distribution does"}
	}
	var err error
	if d.Version, err = ParseVersion(m[1]); err != nil {
		return &Problem{Path: dist[0].Path, Err: err, Advice: "call the file flink-dist-VERSION.jar as the distribution does"}
	}
	return nil
}

// UseConfDir takes the logging configuration from a local folder; "" is the
// working directory. What is wrong with it is a [*Problem].
func (d *Distribution) UseConfDir(dir string) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return &Problem{Path: dir, Err: err}
	}
	d.ConfDir, d.LogConfig = abs, nil
	if info, err := os.Stat(abs); err != nil || !info.IsDir() {
		if err == nil {
			err = errors.New("not a folder")
		}
		return &Problem{Path: abs, Err: fmt.Errorf("open the configuration folder: %w", bare(err)),
			Advice: "set FLINK_CONF_DIR to the folder with Flink's configuration"}
	}
	for _, name := range logConfigNames() {
		file := filepath.Join(abs, name)
		info, err := os.Stat(file)
		switch {
		case err != nil || !info.Mode().IsRegular():
		case d.LogConfig != nil:
			d.spareLogConfig(file)
		default:
			if err := readable(file); err != nil {
				return err
			}
			d.LogConfig = &File{Path: file, Key: name, Size: info.Size()}
		}
	}
	return nil
}

// logConfigNames are the files that Flink's client looks for, in its order.
//
// Java: YarnLogConfigUtil.discoverLogConfigFile.
func logConfigNames() []string { return []string{"log4j.properties", "logback.xml"} }

func (d *Distribution) spareLogConfig(file string) {
	d.Warnings = append(d.Warnings, fmt.Sprintf("%s is not used: %s is there too", file, d.LogConfig.Key))
}

func sortFiles(files []File) {
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Key, b.Key) })
}
