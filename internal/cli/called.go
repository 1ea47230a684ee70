package cli

import (
	"os"
	"path/filepath"
	"strings"
)

// calledAs is the name that the program was called by.
func (e *Env) calledAs() string {
	if len(e.Args) == 0 {
		return ""
	}
	return strings.TrimSuffix(filepath.Base(e.Args[0]), ".exe")
}

// asSession tells that the program was called as Flink's script for sessions.
func (e *Env) asSession() bool {
	name := e.calledAs()
	return name == "yarn-session.sh" || name == "yarn-session"
}

// homeOfLink is the distribution in whose bin folder the link stands that the
// program was called by, with the name of one of Flink's scripts; "" where it
// stands elsewhere.
//
// Java: bin/config.sh, which so finds FLINK_HOME, whatever is set.
func (e *Env) homeOfLink() string {
	if !e.asSession() && e.calledAs() != "flink" {
		return ""
	}
	link := e.Args[0]
	if filepath.Base(link) == link {
		link = e.onPath(link)
	}
	home := filepath.Dir(filepath.Dir(e.abs(link)))
	if found, err := filepath.Glob(filepath.Join(home, "lib", "flink-dist*.jar")); link == "" || err != nil || len(found) == 0 {
		return ""
	}
	return home
}

// onPath is where a shell has found the program.
func (e *Env) onPath(name string) string {
	for _, dir := range filepath.SplitList(e.getenv("PATH")) {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && !info.IsDir() {
			return file
		}
	}
	return ""
}
