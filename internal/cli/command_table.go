package cli

// commandSpec is a command as the rewriting, help and the reference know it.
type commandSpec struct {
	name string
	// usage follows "yarnflink " in messages.
	usage string
	// short is one line, long the rest of what help says.
	short, long string
	examples    []string
	// program tells that a jar and its arguments end the options.
	program bool
	// least and most count the words besides options; most -1 is any number.
	least, most int
	// operand names what is missing when there are fewer than least.
	operand string
	// later holds words that belong to a later version, with what to do instead.
	later map[string]string
}

// commandTable holds the commands in the order of help.
var commandTable = []commandSpec{
	{
		name:  cmdSession,
		usage: "session [-n N] [-jm SIZE] [-tm SIZE] [-s SLOTS] [-nm NAME] [-qu QUEUE] [-D KEY=VALUE] -d",
		short: "start a Flink session on YARN",
		long: `Starts a session, waits until its JobManager serves, and prints its application id.
Until then Ctrl-C, SIGTERM and --timeout take everything back; from then on it is left running.
Everything that can be checked is checked before anything is uploaded, and all problems are reported at once.`,
		examples: []string{
			"yarnflink session -n 4 -jm 4096 -tm 8192 -s 2 -nm FlinkOnYarnSession -d",
			"yarnflink session -jm 1g -tm 4g -D yarn.application-attempts=2 -d -o json",
			"yarnflink session -jm 1g -tm 4g -d --dry-run=cluster",
		},
		later: map[string]string{
			"attach": "is not there in this version; submit to a session with: yarnflink run --session NAME JAR",
			"stop":   "is not there in this version; end a session with: yarnflink kill ID",
		},
	},
	{
		name:  cmdRun,
		usage: "run [-m HOST:PORT | -yid ID | --session NAME] [-c CLASS] [-p N] [-s SAVEPOINT] [-d] JAR [ARGUMENT…]",
		short: "run a job in a session, or at any JobManager",
		long: `Submits the jar, from disk or from HDFS, and waits for the job unless -d is given.
The target is the first of these that is given: -m; -yid or --session; -t with -Dyarn.application.id;
the properties file that the last session of this user has left; rest.address of Flink's configuration.
Options end at the jar: everything behind it is passed to the program untouched.
Once the job is submitted Ctrl-C leaves it running, unless -sae is given.`,
		examples: []string{
			"yarnflink run --session FlinkOnYarnSession WordCount.jar --input hdfs:///in --output hdfs:///out",
			"yarnflink run -yid application_1700000000000_0001 -c org.example.Main -p 4 -d hdfs:///jars/job.jar",
			"yarnflink run -m jobmanager:8081 job.jar",
		},
		program: true, most: -1, operand: "a jar",
	},
	{
		name:  cmdList,
		usage: "list [-m HOST:PORT | -yid ID | --session NAME] [-r] [-s] [-a]",
		short: "list the jobs of a session",
		long:  "Prints the jobs that run or wait for resources. The target is found as for run.",
		examples: []string{
			"yarnflink list --session FlinkOnYarnSession",
			"yarnflink list -m jobmanager:8081 -a -o json",
		},
	},
	{
		name:  cmdKill,
		usage: "kill ID…",
		short: "kill YARN applications",
		long: `Kills the applications, waits until they have ended, and removes their staging folders.
An application that has ended already is done. Of several ids the worst outcome decides the exit code.`,
		examples: []string{"yarnflink kill application_1700000000000_0001"},
		least:    1, most: -1, operand: "an application id",
	},
	{
		name:  cmdMemory,
		usage: "memory [--flink-version VERSION] [-jm SIZE] [-tm SIZE] [-s SLOTS] [-D KEY=VALUE]",
		short: "show what Flink's memory model makes of a configuration",
		long:  "Prints each figure of the JobManager and a TaskManager with its reason, and the arguments of their JVMs.",
		examples: []string{
			"yarnflink memory -jm 1600m -tm 4g",
			"yarnflink memory --flink-version 1.20.5 -D taskmanager.memory.process.size=4g -D jobmanager.memory.process.size=1600m",
		},
	},
	{
		name:     cmdConfig,
		usage:    "config [--show-origin] [-D KEY=VALUE]",
		short:    "show Flink's effective configuration",
		long:     "Prints the configuration with everything that was set over it, secrets masked.",
		examples: []string{"yarnflink config --show-origin -D parallelism.default=4"},
	},
	{
		name:  cmdCompletion,
		usage: "completion bash|zsh|fish",
		short: "print a completion script for a shell",
		long: `Ids and names of running applications are completed live.

  bash   source <(yarnflink completion bash)
  zsh    yarnflink completion zsh > "${fpath[1]}/_yarnflink"
  fish   yarnflink completion fish > ~/.config/fish/completions/yarnflink.fish`,
		least: 1, most: 1, operand: "a shell",
	},
	{
		name:  cmdVersion,
		usage: "version",
		short: "print the version",
	},
	{
		name:  cmdHelp,
		usage: "help [COMMAND]",
		short: "print help on a command",
		most:  1,
	},
}

func findCommand(name string) *commandSpec {
	for i := range commandTable {
		if commandTable[i].name == name {
			return &commandTable[i]
		}
	}
	return nil
}
