package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// The full set of command lines that are wrong in themselves. None of them may
// get as far as looking at a configuration.
func TestBadCommandLines(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want []string // in stderr
	}{
		{"nothing", nil, []string{"no command given", "Usage:"}},
		{"unknown command", []string{"sesion"}, []string{`unknown command "sesion"`, "did you mean session?"}},
		{"far from any command", []string{"xyzzy"}, []string{`unknown command "xyzzy"`, "the commands are session, run"}},
		{"unknown short option", []string{"session", "-jx", "1"}, []string{"unknown option -jx of session", "did you mean -jm?"}},
		{"unknown long option", []string{"session", "--slot-count", "1"}, []string{"unknown option --slot-count of session"}},
		{"misspelt long option", []string{"session", "--jobManagerMemry", "1g"}, []string{"did you mean --jobManagerMemory?"}},
		{"unknown option before the command", []string{"--jason", "kill"}, []string{"unknown option --jason of yarnflink"}},
		{"option of another command", []string{"kill", "-jm", "1g", "application_1_0001"}, []string{"unknown option -jm of kill", "session"}},
		{"memory without blank", []string{"session", "-jm1024", "-d"}, []string{"unknown option -jm1024", "did you mean -jm 1024?"}},
		{"memory with =", []string{"session", "-jm=1024", "-d"}, []string{"unknown option -jm=1024", "did you mean -jm 1024?"}},
		{"not a memory size", []string{"session", "-jm", "lots", "-d"}, []string{"-jm lots: "}},
		{"missing value at the end", []string{"session", "-jm"}, []string{"-jm needs a value: -jm SIZE"}},
		{"missing value before an option", []string{"session", "-D", "-d"}, []string{"-D needs a value: -D KEY=VALUE"}},
		{"property without key", []string{"session", "-D", "=v", "-d"}, []string{"-D =v: no key before the ="}},
		{"value for a flag", []string{"session", "--detached=yes"}, []string{`--detached takes no value, but "yes" was given`}},
		{"ambiguous prefix", []string{"session", "--flink", "x", "-d"}, []string{"several options start so", "--flink-conf", "--flink-home"}},
		{"two values", []string{"session", "-jm", "1g", "--jobManagerMemory", "2g", "-d"}, []string{"-jm is given twice, as 1g and as 2g"}},
		{"number of slots", []string{"session", "-s", "two", "-d"}, []string{"-s two: not a whole number of 1 or more"}},
		{"no slots", []string{"session", "-s", "0", "-d"}, []string{"-s 0: not a whole number of 1 or more"}},
		{"no TaskManagers", []string{"session", "-n", "-4", "-d"}, []string{"-n -4: not a whole number of 1 or more"}},
		{"all problems at once", []string{"session", "-s", "x", "-jm", "y", "-zz", "-d"}, []string{"3 problems:", "-s x:", "-jm y:", "unknown option -zz"}},
		{"attach to what is no id", []string{"session", "-id", "etl"}, []string{"-id etl: "}},
		{"attach to nothing", []string{"session", "attach"}, []string{"session attach needs the id or the name of a session"}},
		{"stop nothing", []string{"session", "stop", "-o", "json"}, []string{"session stop needs the id or the name of a session"}},
		{"attach to two", []string{"session", "stop", "etl", "-id", "application_1_0001"}, []string{"name a session each"}},
		{"misspelt attach", []string{"session", "atach", "etl"}, []string{`session has no use for "atach" "etl"`, "did you mean session attach?"}},
		{"stop of two", []string{"session", "stop", "a", "b"}, []string{`session has no use for "b"`}},
		{"status of nothing", []string{"status"}, []string{"status needs an application id or the name of a session"}},
		{"nodes with a word", []string{"nodes", "a"}, []string{`nodes has no use for "a"`}},
		{"watch a kill", []string{"kill", "--watch", "application_1_0001"}, []string{"unknown option --watch of kill", "it is an option of list, ps"}},
		{"session with a word", []string{"session", "-d", "4096"}, []string{`session has no use for "4096"`}},
		{"run without jar", []string{"run", "-d"}, []string{"run needs a jar"}},
		{"run with parallelism 0", []string{"run", "-p", "0", "a.jar"}, []string{"-p 0: not a whole number of 1 or more"}},
		{"run with a class path that is no URL", []string{"run", "-C", "a.jar", "b.jar"}, []string{"-C a.jar: not a URL"}},
		{"run with a wrong id", []string{"run", "-yid", "session_1", "a.jar"}, []string{"-yid session_1: "}},
		{"run with a wrong claim mode", []string{"run", "-cm", "mine", "a.jar"}, []string{"-cm mine: one of claim, no_claim, legacy is expected"}},
		{"run-application without a target", []string{"run-application", "a.jar"}, []string{"no target says so", "add -t yarn-application"}},
		{"unknown target", []string{"run", "-t", "yarn-sesion", "a.jar"}, []string{"-t yarn-sesion: the targets are", "did you mean yarn-session?"}},
		{"target without id", []string{"run", "-t", "yarn-session", "a.jar"}, []string{"the target yarn-session needs an application id"}},
		{"no target at all", []string{"run", "-t", "remote", "a.jar"}, []string{"no JobManager is named, and none is configured"}},
		{"JobManager without port", []string{"run", "-m", "host", "a.jar"}, []string{"-m host: host:port or yarn-cluster is expected"}},
		{"two savepoints", []string{"run", "-s", "hdfs:///a", "--from-latest", "hdfs:///b", "a.jar"}, []string{"-s hdfs:///a and --from-latest hdfs:///b name a savepoint each"}},
		{"unknown option before -py", []string{"run", "--in", "x", "-py", "a.py"}, []string{"unknown option --in of run"}},
		{"kill without id", []string{"kill"}, []string{"kill needs an application id"}},
		{"kill of something else", []string{"kill", "job_1_0001", "x"}, []string{"2 problems:", "job_1_0001"}},
		{"output format", []string{"version", "-o", "yaml"}, []string{"-o yaml: one of text, json is expected"}},
		{"transport", []string{"kill", "--hdfs-transport", "ftp", "application_1_0001"}, []string{"one of rpc, webhdfs is expected"}},
		{"timeout without unit", []string{"kill", "--timeout", "30", "application_1_0001"}, []string{"--timeout 30: no unit; write 30s for seconds"}},
		{"timeout that is none", []string{"kill", "--timeout", "soon", "application_1_0001"}, []string{"--timeout soon: not a duration such as 30s or 5min"}},
		{"timeout of nothing", []string{"kill", "--timeout", "0s", "application_1_0001"}, []string{"not a duration above zero"}},
		{"dry run of something else", []string{"session", "--dry-run=maybe", "-d"}, []string{"one of cluster is expected"}},
		{"unknown shell", []string{"completion", "tcsh"}, []string{`no completion for the shell "tcsh"`, "bash, zsh and fish"}},
		{"completion of nothing", []string{"completion"}, []string{"completion needs a shell"}},
		{"help on an unknown command", []string{"help", "kil"}, []string{`unknown command "kil"`, "did you mean kill?"}},
		{"version of Flink", []string{"memory", "--flink-version", "new"}, []string{"--flink-version new: "}},
		{"memory without version", []string{"memory"}, []string{"add --flink-version VERSION"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := Run(context.Background(), Env{
				Args: append([]string{"yarnflink"}, tt.args...), Stdout: &stdout, Stderr: &stderr, User: "alice", Dir: t.TempDir(),
			})
			if code != exitUsage {
				t.Errorf("exit code %d, want %d", code, exitUsage)
			}
			if stdout.Len() > 0 {
				t.Errorf("stdout: %s", &stdout)
			}
			for _, want := range tt.want {
				if !strings.Contains(stderr.String(), want) {
					t.Errorf("stderr lacks %q:\n%s", want, &stderr)
				}
			}
		})
	}
}

func TestErrorAsJSON(t *testing.T) {
	want := `{"error":"unknown command \"kil\"","code":2,"hint":"did you mean kill?"}` + "\n"
	for _, args := range [][]string{{"yarnflink", "kil", "x", "-o", "json"}, {"yarnflink", "-o", "json", "kil"}} {
		var stdout, stderr bytes.Buffer
		code := Run(context.Background(), Env{Args: args, Stdout: &stdout, Stderr: &stderr})
		if code != exitUsage || stderr.String() != want || stdout.Len() > 0 {
			t.Errorf("%q: code %d, stdout %q, stderr %q, want %q", args, code, &stdout, &stderr, want)
		}
	}
}
