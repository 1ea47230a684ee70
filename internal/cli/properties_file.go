package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

// propertiesPath is the file about the last session. Its name has the system's
// user, not HADOOP_USER_NAME.
//
// Java: FlinkYarnSessionCli.getYarnPropertiesLocation.
func (e *Env) propertiesPath(c *flink.Configuration) string {
	return submit.PropertiesFilePath(e.abs(c.Text(flink.PropertiesFileLocation)), e.User)
}

// rememberSession writes the file about the last session. It is a cache: where
// it can't be written the session still runs, and has to be named.
func (e *Env) rememberSession(c *flink.Configuration, id yarn.ApplicationID, settings []setting) {
	file := submit.PropertiesFile{ApplicationID: id, DynamicProperties: map[string]string{}}
	for _, s := range settings {
		if s.Origin == "-D" {
			file.DynamicProperties[s.Key] = s.Value
		}
	}
	path := e.propertiesPath(c)
	if e.User == "" {
		e.out.warn("the system has no name for this user, so no properties file was written: name the session by -yid or --session")
		return
	}
	if err := submit.WritePropertiesFile(path, file); err != nil {
		e.out.warn(fmt.Sprintf("write %s: %v; name the session by -yid or --session", path, err))
	}
}

// forgetSession removes the file about the last session if that is the one with
// this id, which has ended.
//
// Java: FlinkYarnSessionCli.shutdownCluster; differs: the file of another
// session stays.
func (e *Env) forgetSession(c *flink.Configuration, id yarn.ApplicationID) {
	path := e.propertiesPath(c)
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || !ownedBy(info, e.UID) {
		return
	}
	if file, err := submit.ReadPropertiesFile(path); err != nil || file.ApplicationID != id {
		return
	}
	if err := os.Remove(path); err != nil {
		e.out.warn(fmt.Sprintf("the session has ended, but the properties file that names it is left: %v", err))
	}
}

// lastSession reads the file about the last session; nil means that there is
// none, or none to be trusted.
func (e *Env) lastSession(c *flink.Configuration) (*submit.PropertiesFile, string, error) {
	path := e.propertiesPath(c)
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, path, nil
	case err != nil:
		return nil, path, fmt.Errorf("read the properties file: %w", err)
	case !info.Mode().IsRegular() || !ownedBy(info, e.UID):
		e.out.note(path + " is not used: it is not a file of this user")
		return nil, path, nil
	}
	file, err := submit.ReadPropertiesFile(path)
	if err != nil {
		return nil, path, refusedf("remove it, or name the session by -yid or --session", "read the properties file %s: %w", path, err)
	}
	return file, path, nil
}
