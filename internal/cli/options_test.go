package cli

import (
	"bytes"
	"context"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

// everyField compares unexported and embedded fields too.
var everyField = cmp.Exporter(func(reflect.Type) bool { return true })

// testEnv is an environment that prints into stderr.
func testEnv(t *testing.T, line string) (*Env, *bytes.Buffer) {
	t.Helper()
	var stderr bytes.Buffer
	env := &Env{
		Args: append([]string{"yarnflink"}, strings.Fields(line)...), Stdout: &stderr, Stderr: &stderr,
		User: "alice", Dir: filepath.FromSlash("/here"), Version: "test",
	}
	parsed, err := rewrite(env.arguments())
	if err != nil {
		t.Fatalf("rewrite: %v", err)
	}
	env.out = newOutput(env, parsed)
	return env, &stderr
}

// execute runs a command's constructor on a line, so that its run function gets
// the parsed options.
func execute(t *testing.T, env *Env, cmd *cobra.Command) error {
	t.Helper()
	line, err := rewrite(env.arguments())
	if err != nil {
		t.Fatalf("rewrite: %v", err)
	}
	root := &cobra.Command{Use: "yarnflink", SilenceErrors: true, SilenceUsage: true}
	root.AddCommand(cmd)
	root.SetArgs(line.argv())
	return root.ExecuteContext(context.Background())
}

func TestSessionOptions(t *testing.T) {
	tests := []struct {
		name, line string
		want       sessionOptions
		notices    []string
	}{
		{
			name: "documented line of Flink", line: "session -n 4 -jm 4096 -tm 8192 -s 2 -nm FlinkOnYarnSession -d -st",
			want: sessionOptions{
				TaskManagers: 4, Detached: true,
				Settings: []setting{
					{Key: "jobmanager.memory.process.size", Value: "4 gb", Origin: "-jm"},
					{Key: "taskmanager.memory.process.size", Value: "8 gb", Origin: "-tm"},
					{Key: "taskmanager.numberOfTaskSlots", Value: "2", Origin: "-s"},
					{Key: "yarn.application.name", Value: "FlinkOnYarnSession", Origin: "-nm"},
					{Key: "execution.attached", Value: "false", Origin: "-d"},
				},
			},
			notices: []string{"note: -st has no effect"},
		},
		{
			name: "everything", line: "session -qu etl -z ns -nl fast -at Mine -t a -t /b -j lib/d.jar -d --clamp-attempts --request-id r1 --timeout 1m --dry-run=cluster --hdfs-transport webhdfs",
			want: sessionOptions{
				globalOptions: globalOptions{Timeout: time.Minute, DryRun: dryCluster, RequestID: "r1", Transport: hdfs.WebHDFS},
				Detached:      true, ClampAttempts: true,
				Settings: []setting{
					{Key: "yarn.application.queue", Value: "etl", Origin: "-qu"},
					{Key: "high-availability.cluster-id", Value: "ns", Origin: "-z"},
					{Key: "yarn.application.node-label", Value: "fast", Origin: "-nl"},
					{Key: "yarn.application.type", Value: "Mine", Origin: "-at"},
					{Key: "yarn.ship-files", List: []string{"/here/a", "/b"}, Origin: "-t"},
					{Key: "yarn.flink-dist-jar", Value: "/here/lib/d.jar", Origin: "-j"},
					{Key: "execution.attached", Value: "false", Origin: "-d"},
				},
			},
		},
		{
			name: "-D counts last", line: "session -D yarn.application.name=a -Dx -nm b -d --flink-home fl --hadoop-conf hdfs-conf --flink-conf /c",
			want: sessionOptions{
				globalOptions: globalOptions{FlinkHome: "/here/fl", HadoopConf: "/here/hdfs-conf", FlinkConf: "/c"},
				Detached:      true,
				Settings: []setting{
					{Key: "yarn.application.name", Value: "b", Origin: "-nm"},
					{Key: "execution.attached", Value: "false", Origin: "-d"},
					{Key: "yarn.application.name", Value: "a", Origin: "-D"},
					{Key: "x", Value: "true", Origin: "-D"},
				},
			},
		},
		{
			name: "attach by id", line: "session -id application_1_0001 --stop-on-exit", want: sessionOptions{Attach: "application_1_0001", StopOnExit: true},
		},
		{
			name: "attach by name", line: "session attach etl", want: sessionOptions{Attach: "etl"},
		},
		{
			name: "stop", line: "session stop etl --timeout 1m", want: sessionOptions{globalOptions: globalOptions{Timeout: time.Minute}, Stop: "etl"},
		},
		{
			name: "query", line: "session -q", want: sessionOptions{Query: true},
		},
		{
			name: "lifetime", line: "session --ttl 12h", want: sessionOptions{Lifetime: 12 * time.Hour},
		},
		{
			name: "dry run of an attached session", line: "session --dry-run", want: sessionOptions{globalOptions: globalOptions{DryRun: dryOffline}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env, stderr := testEnv(t, tt.line)
			var got *sessionOptions
			if err := execute(t, env, newSessionCommand(env, func(_ context.Context, o *sessionOptions) error { got = o; return nil })); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tt.want, got, everyField); diff != "" {
				t.Errorf("options (-want +got):\n%s", diff)
			}
			for _, want := range tt.notices {
				if !strings.Contains(stderr.String(), want) {
					t.Errorf("stderr lacks %q: %s", want, stderr)
				}
			}
		})
	}
}

func TestRunOptions(t *testing.T) {
	tests := []struct {
		name, line string
		want       runOptions
	}{
		{
			name: "everything", line: "run -yid application_1_0001 -c org.example.Main -C file:///a.jar -C http://h/b.jar -p 4 -s hdfs:///sp -n -cm NO_CLAIM -sae -d -Da=b -yD c=d hdfs:///j.jar --in x -d",
			want: runOptions{
				Target: targetOptions{ApplicationID: "application_1_0001", Properties: []setting{{Key: "a", Value: "b", Origin: "-D"}, {Key: "c", Value: "d", Origin: "-yD"}}},
				Job: submit.JobSpec{
					Jar: "hdfs:///j.jar", EntryClass: "org.example.Main", Args: []string{"--in", "x", "-d"}, Parallelism: 4, Savepoint: "hdfs:///sp",
					AllowNonRestoredState: true, ClaimMode: "NO_CLAIM", Classpaths: []string{"file:///a.jar", "http://h/b.jar"},
					Configuration: map[string]string{"a": "b", "c": "d"},
				},
				Detached: true, CancelOnExit: true,
				Cluster: clusterOptions{Settings: []setting{{Key: "a", Value: "b", Origin: "-D"}, {Key: "c", Value: "d", Origin: "-yD"}}},
			},
		},
		{
			name: "cluster for the job", line: "run -m yarn-cluster -yn 2 -yjm 1024 -ytm 2g -ys 2 -ynm wc -yqu etl -yt ship -yz ns -yDk=v -Da=b --several-jobs --clamp-attempts a.jar",
			want: runOptions{
				Target: targetOptions{JobManager: "yarn-cluster", Properties: []setting{{Key: "k", Value: "v", Origin: "-yD"}, {Key: "a", Value: "b", Origin: "-D"}}},
				Job:    submit.JobSpec{Jar: "/here/a.jar", Configuration: map[string]string{"a": "b", "k": "v"}},
				Cluster: clusterOptions{
					Settings: []setting{
						{Key: "jobmanager.memory.process.size", Value: "1 gb", Origin: "-yjm"},
						{Key: "taskmanager.memory.process.size", Value: "2 gb", Origin: "-ytm"},
						{Key: "taskmanager.numberOfTaskSlots", Value: "2", Origin: "-ys"},
						{Key: "yarn.application.name", Value: "wc", Origin: "-ynm"},
						{Key: "yarn.application.queue", Value: "etl", Origin: "-yqu"},
						{Key: "yarn.ship-files", List: []string{"/here/ship"}, Origin: "-yt"},
						{Key: "high-availability.cluster-id", Value: "ns", Origin: "-yz"},
						{Key: "k", Value: "v", Origin: "-yD"},
						{Key: "a", Value: "b", Origin: "-D"},
					},
					TaskManagers: 2, ClampAttempts: true, SeveralJobs: true,
				},
				Notices: []string{
					"-yn " + whyCluster, "-yjm " + whyStarted, "-ytm " + whyStarted, "-ys " + whyStarted, "-ynm " + whyStarted, "-yqu " + whyStarted,
					"-yt " + whyStarted, "-yz " + whyStarted, "--several-jobs has no effect on a job in a session",
				},
			},
		},
		{
			name: "jar and arguments by option", line: "run -m host:8081 -j a.jar -a one -a -two three -d",
			want: runOptions{
				Target: targetOptions{JobManager: "host:8081"},
				Job:    submit.JobSpec{Jar: "/here/a.jar", Args: []string{"one", "-two", "three", "-d"}},
			},
		},
		{
			name: "older names", line: "run -yd -rm legacy -e yarn-session -Dyarn.application.id=application_1_0001 a.jar",
			want: runOptions{
				Target:   targetOptions{Execution: "yarn-session", Properties: []setting{{Key: "yarn.application.id", Value: "application_1_0001", Origin: "-D"}}},
				Job:      submit.JobSpec{Jar: "/here/a.jar", ClaimMode: "LEGACY"},
				Detached: true,
				Cluster:  clusterOptions{Settings: []setting{{Key: "yarn.application.id", Value: "application_1_0001", Origin: "-D"}}},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env, _ := testEnv(t, tt.line)
			var got *runOptions
			if err := execute(t, env, newRunCommand(env, cmdRun, func(_ context.Context, o *runOptions) error { got = o; return nil })); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tt.want, got, everyField); diff != "" {
				t.Errorf("options (-want +got):\n%s", diff)
			}
		})
	}
}

func TestKillOptions(t *testing.T) {
	env, _ := testEnv(t, "kill application_1_0002 application_1_0001 application_1_0002")
	var got *killOptions
	if err := execute(t, env, newKillCommand(env, func(_ context.Context, o *killOptions) error { got = o; return nil })); err != nil {
		t.Fatal(err)
	}
	want := &killOptions{Applications: []yarn.ApplicationID{{ClusterTimestamp: 1, ID: 2}, {ClusterTimestamp: 1, ID: 1}}}
	if diff := cmp.Diff(want, got, everyField); diff != "" {
		t.Errorf("each id once (-want +got):\n%s", diff)
	}
}

func TestTarget(t *testing.T) {
	tests := []struct {
		name, line string
		conf       map[string]string
		file       string // the properties file
		want       submit.Target
		says       string
	}{
		{name: "-m", line: "run -m host:8081 a.jar", want: submit.Target{RestURL: "http://host:8081", Origin: "-m"}},
		{name: "-m with a URL", line: "run -m https://host:443/flink/ a.jar", want: submit.Target{RestURL: "https://host:443/flink", Origin: "-m"}},
		{name: "-m before -yid", line: "run -m host:8081 -yid application_1_0001 a.jar", want: submit.Target{RestURL: "http://host:8081", Origin: "-m"}, says: "-yid application_1_0001 is not used"},
		{name: "-m yarn-cluster with an id", line: "run -m yarn-cluster -yid application_1_0001 a.jar", want: submit.Target{ApplicationID: "application_1_0001", Origin: "-yid"}},
		{name: "--session with a name", line: "run --session etl a.jar", want: submit.Target{Name: "etl", Origin: "--session"}},
		{name: "--session with an id", line: "run --session application_1_0001 a.jar", want: submit.Target{ApplicationID: "application_1_0001", Origin: "--session"}},
		{name: "-t with -D", line: "run -t yarn-session -Dyarn.application.id=application_1_0001 a.jar", want: submit.Target{ApplicationID: "application_1_0001", Origin: "yarn.application.id (-D)"}},
		{name: "id in the file", line: "run a.jar", conf: map[string]string{"yarn.application.id": "application_1_0001"}, want: submit.Target{ApplicationID: "application_1_0001", Origin: "yarn.application.id (config.yaml)"}},
		{name: "-t remote", line: "run -t remote a.jar", conf: map[string]string{"rest.address": "jm", "rest.port": "9000"}, file: "applicationID=application_1_0009\n",
			want: submit.Target{RestURL: "http://jm:9000", Origin: "rest.address (config.yaml)"}},
		{name: "properties file", line: "run a.jar", conf: map[string]string{"rest.address": "jm"}, file: "applicationID=application_1_0009\ndynamicPropertiesString=a\\=b@@c\\=d\n",
			want: submit.Target{ApplicationID: "application_1_0009"}, says: "the session is application_1_0009, which "},
		{name: "rest.address", line: "run a.jar", conf: map[string]string{"rest.address": "jm", "security.ssl.rest.enabled": "true"}, want: submit.Target{RestURL: "https://jm:8081", Origin: "rest.address (config.yaml)"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env, stderr := testEnv(t, tt.line)
			line, err := rewrite(env.arguments())
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			c := flink.NewConfiguration()
			c.Set("yarn.properties-file.location", dir, "config.yaml")
			for key, value := range tt.conf {
				c.Set(key, value, "config.yaml")
			}
			path := filepath.Join(dir, ".yarn-properties-alice")
			if tt.file != "" {
				writeFile(t, path, tt.file)
				env.UID = ownUID()
				if tt.want.Origin == "" {
					tt.want.Origin = path
				}
			}
			target := line.target(env)
			apply(c, target.Properties)
			got, err := target.resolve(env, c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("target (-want +got):\n%s", diff)
			}
			if !strings.Contains(stderr.String(), tt.says) {
				t.Errorf("stderr lacks %q: %s", tt.says, stderr)
			}
		})
	}
}

func TestPropertiesFileOfSomebodyElse(t *testing.T) {
	env, stderr := testEnv(t, "run a.jar")
	env.UID = ownUID() + 1
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, ".yarn-properties-alice"), "applicationID=application_1_0009\n")
	c := flink.NewConfiguration()
	c.Set("yarn.properties-file.location", dir, "-D")
	file, _, err := env.lastSession(c)
	if err != nil || file != nil {
		t.Errorf("got %v, %v; want no file", file, err)
	}
	if !strings.Contains(stderr.String(), "is not used") {
		t.Errorf("stderr: %s", stderr)
	}
}

func TestPropertiesFileThatIsBroken(t *testing.T) {
	env, _ := testEnv(t, "run a.jar")
	env.UID = ownUID()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, ".yarn-properties-alice"), "")
	c := flink.NewConfiguration()
	c.Set("yarn.properties-file.location", dir, "-D")
	_, _, err := env.lastSession(c)
	if exitCode(err) != exitRefused || hintOf(err) == "" || !strings.Contains(err.Error(), dir) {
		t.Errorf("error %v, hint %q", err, hintOf(err))
	}
}

func TestHadoopUser(t *testing.T) {
	tests := []struct {
		name, system string
		env          map[string]string
		want, real   string
	}{
		{"system", "alice", nil, "alice", ""},
		{"variable", "alice", map[string]string{"HADOOP_USER_NAME": "etl"}, "etl", ""},
		{"variable without system", "", map[string]string{"HADOOP_USER_NAME": "etl"}, "etl", ""},
		{"empty variable", "alice", map[string]string{"HADOOP_USER_NAME": ""}, "", ""},
		{"nothing", "", nil, "", ""},
		{"for another", "alice", map[string]string{"HADOOP_PROXY_USER": "carol"}, "carol", "alice"},
		{"both variables", "alice", map[string]string{"HADOOP_USER_NAME": "etl", "HADOOP_PROXY_USER": "carol"}, "carol", "etl"},
		{"for oneself", "alice", map[string]string{"HADOOP_PROXY_USER": "alice"}, "alice", ""},
		{"nobody for another", "", map[string]string{"HADOOP_PROXY_USER": "carol"}, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env := &Env{User: tt.system, LookupEnv: func(name string) (string, bool) { v, ok := tt.env[name]; return v, ok }}
			got, realUser, err := env.hadoopUser()
			if got != tt.want || realUser != tt.real || (err != nil) != (tt.want == "") {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
			if err != nil && (exitCode(err) != exitRefused || hintOf(err) == "") {
				t.Errorf("exit code %d, hint %q", exitCode(err), hintOf(err))
			}
		})
	}
}
