package submit

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
)

// CheckSession finds what is wrong with a job for a running session, from what
// this machine knows: it opens no socket.
func (s JobSpec) CheckSession() error {
	if s.Python != nil {
		return withHint(&ValidationError{[]Problem{{What: "Python in a running session",
			Why: "Flink's own client runs Python on its own machine for that, which takes a JVM"}}},
			"start a cluster for the job: yarnflink run -t yarn-application -py FILE")
	}
	if problems := s.problems(); len(problems) > 0 {
		return &ValidationError{problems}
	}
	return nil
}

func (s JobSpec) problems() []Problem {
	var problems []Problem
	if s.Parallelism < 0 {
		problems = append(problems, Problem{What: fmt.Sprintf("parallelism %d", s.Parallelism), Where: "-p", Why: "it must be positive"})
	}
	for _, address := range s.Classpaths {
		if !strings.Contains(address, ":") {
			problems = append(problems, Problem{What: fmt.Sprintf("the class path entry %q", address), Where: "-C", Why: "it is no address", Do: "write file:///… or http://…; each node must be able to read it"})
		}
	}
	if !slices.Contains([]string{"", "CLAIM", "NO_CLAIM", "LEGACY"}, normalClaimMode(s.ClaimMode)) {
		problems = append(problems, Problem{What: fmt.Sprintf("the claim mode %q", s.ClaimMode), Where: "-cm", Do: "use CLAIM, NO_CLAIM or LEGACY"})
	}
	if s.Python != nil {
		problems = append(problems, s.Python.problems()...)
	}
	switch {
	case s.isPython():
	case path.Ext(s.Jar) != ".jar":
		problems = append(problems, Problem{What: "the jar " + s.Jar, Why: "JobManagers take files only whose name ends with .jar"})
	case !isRemote(s.Jar):
		problems = append(problems, s.checkJar()...)
	}
	return problems
}

func normalClaimMode(mode string) string {
	return strings.ToUpper(strings.ReplaceAll(mode, "-", "_"))
}

func (s JobSpec) checkJar() []Problem {
	name := localPath(s.Jar)
	if _, err := regular(name); err != nil {
		return []Problem{{What: "the jar " + s.Jar, Why: err.Error()}}
	}
	jar, err := flink.OpenJar(name)
	if err != nil {
		return []Problem{{What: "the jar " + s.Jar, Why: err.Error()}}
	}
	defer jar.Close()
	class := s.EntryClass
	if class == "" {
		class, err = jar.MainClass()
		switch {
		case err != nil:
			return []Problem{{What: "the jar " + s.Jar, Why: err.Error()}}
		case class == "":
			return []Problem{{What: "the jar " + s.Jar, Why: "its manifest names no main class", Do: "name one by -c"}}
		}
	}
	// A class may also come from a jar inside the jar, or from the session's own
	// libraries; only where neither can be is a missing one certain.
	if s.EntryClass != "" && !jar.HasClass(class) && !jar.HasNestedJars() {
		return []Problem{{What: fmt.Sprintf("the class %s", class), Where: "-c", Why: "it is not in " + s.Jar}}
	}
	return nil
}
