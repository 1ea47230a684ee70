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
}

// commandTable holds the commands in the order of help.
var commandTable = []commandSpec{
	{
		name:  cmdSession,
		usage: "session [-n N] [-jm SIZE] [-tm SIZE] [-s SLOTS] [-nm NAME] [-qu QUEUE] [-D KEY=VALUE] [-d] | attach ID|NAME | stop ID|NAME",
		short: "start a Flink session on YARN, attach to one, stop one",
		long: `Starts a session, waits until its JobManager serves, and prints its application id.
Until then Ctrl-C, SIGTERM and --timeout take everything back.
Everything that can be checked is checked before anything is uploaded, and all problems are reported at once.

With -d the command ends then, and the session is left running. Without it the command stays: it prints a
line for each change of TaskManagers, slots and jobs, and reads the commands help, stop (or quit) and detach.
Ctrl-C, SIGTERM and, on a terminal, Ctrl-D stop the session in order; a second Ctrl-C kills it. SIGHUP
detaches. The end of an input that is no terminal means that no more commands come, and the command stays.
It ends when the session does, and the exit code tells why: 0 stopped or detached by a command, or stopped by
somebody else; 1 failed; 8 killed; 130 and 143 by a signal. With -o json each change is a line, the result the last.

attach (or -id ID) attaches to a session that runs; Ctrl-C then detaches from it, unless --stop-on-exit is
given. stop ends a session in order: its JobManager cancels the jobs and removes its data.`,
		examples: []string{
			"yarnflink session -n 4 -jm 4096 -tm 8192 -s 2 -nm FlinkOnYarnSession -d",
			"yarnflink session -jm 1g -tm 4g -D yarn.application-attempts=2 -d -o json",
			"yarnflink session -jm 1g -tm 4g -d --dry-run=cluster",
			"yarnflink session attach FlinkOnYarnSession",
			"echo stop | yarnflink session -id application_1700000000000_0001",
		},
		most: 2,
	},
	{
		name:  cmdRun,
		usage: "run [-m HOST:PORT | -yid ID | --session NAME | -m yarn-cluster] [-c CLASS] [-p N] [-s SAVEPOINT] [-d] JAR [ARGUMENT…]",
		short: "run a job in a session, at any JobManager, or in a cluster of its own",
		long: `Submits the jar, from disk or from HDFS, and waits for the job unless -d is given.
The target is the first of these that is given: -m; -yid or --session; -t with -Dyarn.application.id;
the properties file that the last session of this user has left; rest.address of Flink's configuration, or, with
high-availability.type zookeeper, the JobManager that leads. That one is followed: when it dies, the command goes on
with the next, which it waits for up to 2 minutes.
Options end at the jar: everything behind it is passed to the program untouched.
Once the job is submitted Ctrl-C leaves it running, unless -sae is given.
With -m yarn-cluster (or -t yarn-application) a cluster is started for the job, and ends with it; the options
with y say how large it is. The program's main method then runs in that cluster, as it does in a session.`,
		examples: []string{
			"yarnflink run --session FlinkOnYarnSession WordCount.jar --input hdfs:///in --output hdfs:///out",
			"yarnflink run -yid application_1700000000000_0001 -c org.example.Main -p 4 -d hdfs:///jars/job.jar",
			"yarnflink run -m jobmanager:8081 job.jar",
			"yarnflink run -m yarn-cluster -yn 2 -yjm 1024 -ytm 2048 -ys 2 -ynm wc WordCount.jar --input hdfs:///in --output hdfs:///out",
		},
		program: true, most: -1, operand: "a jar",
	},
	{
		name:  cmdRunApplication,
		usage: "run-application -t yarn-application [-c CLASS] [-p N] [-s SAVEPOINT] [-d] [-D KEY=VALUE] JAR [ARGUMENT…]",
		short: "run a job in a cluster of its own",
		long:  "The same as run with the target yarn-application.",
		examples: []string{
			"yarnflink run-application -t yarn-application -Dyarn.application.name=wc WordCount.jar --input hdfs:///in --output hdfs:///out",
		},
		program: true, most: -1, operand: "a jar",
	},
	{
		name:  cmdList,
		usage: "list [-m HOST:PORT | -yid ID | --session NAME] [-r] [-s] [-a] [--watch]",
		short: "list the jobs of a session, or of all your sessions",
		long: `Prints the jobs that run or wait for resources. The target is found as for run; where none is named, and no
properties file names one, the jobs of all your sessions on YARN are printed; or those of the standalone cluster whose
leader ZooKeeper names, with high-availability.type zookeeper.`,
		examples: []string{
			"yarnflink list --session FlinkOnYarnSession",
			"yarnflink list -m jobmanager:8081 -a -o json",
		},
	},
	{
		name:  cmdCancel,
		usage: "cancel [-m HOST:PORT | -yid ID | --session NAME] [-s [DIR]] JOBID",
		short: "cancel a job",
		long: `Returns when the JobManager has agreed. A job that has ended already is done. The target is found as for run.
-s takes a savepoint before; a word behind -s that is the last one is the job's id.`,
		examples: []string{
			"yarnflink cancel --session FlinkOnYarnSession 0123456789abcdef0123456789abcdef",
			"yarnflink cancel -s hdfs:///savepoints 0123456789abcdef0123456789abcdef",
		},
		most: 1,
	},
	{
		name:  cmdStop,
		usage: "stop [-m HOST:PORT | -yid ID | --session NAME] [-p [DIR]] [-d] [--type canonical|native] [--detached] JOBID",
		short: "stop a job with a savepoint",
		long: `Takes a savepoint after which the job sees no more records, prints its path, and lets the job finish.
The command waits as long as it takes, also where YARN starts the JobManager again meanwhile; Ctrl-C ends the
waiting, not the savepoint. A word behind -p that is the last one is the job's id. To end a session: session stop.`,
		examples: []string{
			"yarnflink stop --session FlinkOnYarnSession -p hdfs:///savepoints 0123456789abcdef0123456789abcdef",
			"yarnflink stop -d 0123456789abcdef0123456789abcdef",
		},
		most: 1,
	},
	{
		name:  cmdSavepoint,
		usage: "savepoint [-m HOST:PORT | -yid ID | --session NAME] [--type canonical|native] [--detached] JOBID [DIR] | --dispose PATH",
		short: "take a savepoint of a job, or dispose of one",
		long: `Prints the path of the savepoint once it is complete; the job goes on. DIR is the folder for it, instead of the
cluster's own. With --detached the command ends once the JobManager has agreed. A session that is stopped then
waits until somebody asks for the outcome, up to 5 minutes (rest.async.store-duration).`,
		examples: []string{
			"yarnflink savepoint --session FlinkOnYarnSession 0123456789abcdef0123456789abcdef hdfs:///savepoints",
			"yarnflink savepoint --dispose hdfs:///savepoints/savepoint-012345-0123456789ab",
		},
		most: 2,
	},
	{
		name:     cmdCheckpoint,
		usage:    "checkpoint [-m HOST:PORT | -yid ID | --session NAME] [--full] JOBID",
		short:    "take a checkpoint of a job now",
		long:     "Takes a checkpoint beside those that the job takes by itself, and waits for it. Needs Flink 1.17 or later.",
		examples: []string{"yarnflink checkpoint --session FlinkOnYarnSession 0123456789abcdef0123456789abcdef"},
		least:    1, most: 1, operand: "a job id",
	},
	{
		name:  cmdInfo,
		usage: "info [-m HOST:PORT | -yid ID | --session NAME] [-c CLASS] [-C URL] [-p N] JAR [ARGUMENT…]",
		short: "show the plan of a program",
		long: `Brings the jar to a JobManager, which runs the program's main method up to where it would submit its job, and
prints that job's data flow as JSON. No job is started, and the jar is deleted again. Flink's own client runs
main itself; here a session is needed, found as for run.`,
		examples: []string{"yarnflink info --session FlinkOnYarnSession -p 4 WordCount.jar --input hdfs:///in"},
		program:  true, most: -1, operand: "a jar",
	},
	{
		name:  cmdRescale,
		usage: "rescale [-m HOST:PORT | -yid ID | --session NAME] -p N JOBID",
		short: "change the parallelism of a running job",
		long: `Returns when the JobManager has agreed; the job restarts from its latest checkpoint when there are slots for it.
Needs Flink 1.18 or later and a session with jobmanager.scheduler adaptive.`,
		examples: []string{"yarnflink rescale --session FlinkOnYarnSession -p 8 0123456789abcdef0123456789abcdef"},
		least:    1, most: 1, operand: "a job id",
	},
	{
		name:  cmdKill,
		usage: "kill ID…",
		short: "kill YARN applications",
		long: `Kills the applications, waits until they have ended, and removes their staging folders.
An application that has ended already is done. Of several ids the worst outcome decides the exit code.

What high availability keeps of a killed application in ZooKeeper and its storage folder stays, for a cluster with
the same id goes on from it, unless --clean-ha is given. Where it is, the application's own configuration says, or, where
that is gone, this machine's with what -D sets. A ZooKeeper that asks for authentication is refused.`,
		examples: []string{"yarnflink kill application_1700000000000_0001", "yarnflink kill --clean-ha application_1700000000000_0001"},
		least:    1, most: -1, operand: "an application id",
	},
	{
		name:     cmdPs,
		usage:    "ps [--watch]",
		short:    "list your sessions and applications on YARN",
		long:     "Prints the applications of the type Apache Flink, and those that yarnflink has tagged, that are not over yet.",
		examples: []string{"yarnflink ps", "yarnflink ps -o json"},
	},
	{
		name:     cmdStatus,
		usage:    "status ID|NAME [--watch]",
		short:    "show the state of a session or application",
		long:     "Prints what YARN reports of it and, while it runs, what its JobManager tells. By its id one that has ended is found, too.",
		examples: []string{"yarnflink status FlinkOnYarnSession", "yarnflink status application_1700000000000_0001 -o json"},
		least:    1, most: 1, operand: "an application id or the name of a session",
	},
	{
		name:     cmdNodes,
		usage:    "nodes [--watch]",
		short:    "list the nodes of the cluster",
		long:     "Prints the NodeManagers in all states, with what they have, what is used of it, and why one is unhealthy.",
		examples: []string{"yarnflink nodes"},
	},
	{
		name:     cmdQueues,
		usage:    "queues [--watch]",
		short:    "list the queues of the cluster",
		long:     "Prints all queues of the scheduler, each parent before its children. Capacities are of the parent's.",
		examples: []string{"yarnflink queues -o json"},
	},
	{
		name:  cmdDist,
		usage: "dist push [FLINK_HOME] [--to ADDRESS] [--dry-run] | list [ADDRESS]",
		short: "put a Flink distribution into HDFS, list those that are there",
		long: `push puts lib, plugins, usrlib, opt and the configuration of FLINK_HOME into a folder of HDFS, for
--flink-dist of session and run, and for yarn.provided.lib.dirs of Flink's own client. The folder appears complete
or not at all and is never changed; pushing the same distribution again sends nothing. Everybody may read what is
pushed: a configuration with secrets is refused. list shows the distributions in a folder, by default in the one of push.`,
		examples: []string{
			"yarnflink dist push /opt/flink-1.20.5 --to hdfs:///flink/flink-1.20.5",
			"yarnflink dist list hdfs:///flink",
			"yarnflink session --flink-dist hdfs:///flink/flink-1.20.5 -d",
		},
		least: 1, most: 2, operand: "push or list",
	},
	{
		name:  cmdGC,
		usage: "gc [--dry-run] [--older-than DURATION] [--include-unknown]",
		short: "remove what no application needs from the staging folder",
		long: `Removes the folders of applications that have ended, uploads that were given up a day ago, and cache entries
that no live application uses and that are older than --older-than. It may run beside starts. What belongs to
applications that this ResourceManager does not know is kept; if it does not answer, nothing is removed.`,
		examples: []string{
			"yarnflink gc --dry-run",
			"yarnflink gc --older-than 168h -o json",
		},
	},
	{
		name:  cmdAuth,
		usage: "auth status",
		short: "show who one is to the cluster, by what, and for how long",
		long: `Logs in as every other command does: by the keytab of security.kerberos.login.keytab, else by the ticket cache of
kinit (KRB5CCNAME), where hadoop.security.authentication asks for Kerberos. The cluster is asked what it takes the
caller for, and how long the tokens last that an application would get now.`,
		examples: []string{
			"yarnflink auth status",
			"yarnflink auth status -D security.kerberos.login.keytab=/etc/alice.keytab -D security.kerberos.login.principal=alice -o json",
		},
		least: 1, most: 1, operand: "status",
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
		name:  cmdCluster,
		usage: "cluster start | stop [--force] | status [--watch] | restart [--rolling] | push [--delete] [--dry-run] | add jobmanager HOST[:PORT]… | add taskmanager HOST… | remove jobmanager|taskmanager HOST… [--flink-home-remote DIR] [-D KEY=VALUE]",
		short: "start, stop, grow, look at a standalone cluster, without YARN; copy Flink to its hosts",
		long: `The hosts are those of conf/masters and conf/workers; a host that stands in conf/workers several times has as many
TaskManagers. Other hosts than localhost are reached by SSH, as ssh itself would reach them: by the agent, keys and
~/.ssh/config, and known_hosts; of env.ssh.opts -p, -i, -l and the usual -o are understood. Nothing is asked for.
Each host's own configuration counts there, with what -D sets.

Several JobManagers need high availability (high-availability.type: zookeeper, see quorum). Each has its line in
conf/masters, with the port of its web address; without one it takes any free port. Several on one host differ by port.

start starts JobManagers, then TaskManagers, on all hosts at once, and waits until every TaskManager has registered
with its slots (--timeout, 5 minutes by default). What runs already is left alone. Hosts that fail are named, with the
cause and the end of the log, and the rest is left running (exit 6); the same command starts what is missing. Without
any JobManager, and by Ctrl-C or --timeout, what was started is stopped again.

stop ends TaskManagers, then JobManagers, also those that the pid files have lost. Pid files, logs and command lines
are those of Flink's own scripts, which may be used beside.
status shows the processes of each host and what the JobManager has, and with high availability which JobManager leads
by ZooKeeper; what is missing of the cluster is exit 6.

add starts one more TaskManager on each host, with the properties that the running JobManager was started with, waits
until it has registered, and adds the host to conf/workers; remove ends the last one of each host and takes a line out.
Comments stay. A TaskManager that fails is not written down.
add jobmanager starts one more JobManager, which stands by, and writes it into conf/masters; remove jobmanager ends one
and waits, if it was the leader, until another one leads. The only one, or the last that runs, is not removed.
restart stops and starts. With --rolling the TaskManagers are replaced one after another, each when its successor has
registered, so that there are never fewer slots and jobs go on from their checkpoints; JobManagers are left alone.

push copies FLINK_HOME and its configuration to all hosts, only what differs there, where they share no folder. The
configuration goes to where the host reads it. Links are followed; logs, pid files and temporary folders stay here. A
file gets its name there once all have arrived, by renaming, so that processes that run keep what they have open; what
is new counts for those that are started from then on. Files that are only there stay; of those that Flink loads (lib,
plugins, the configuration file) a warning tells, and --delete removes them. --dry-run asks the hosts, and lists what
would be done.`,
		examples: []string{
			"yarnflink cluster start",
			"yarnflink cluster start --flink-home-remote /opt/flink -D taskmanager.numberOfTaskSlots=4",
			"yarnflink cluster status -o json",
			"yarnflink cluster add taskmanager node-4 node-5",
			"yarnflink cluster add jobmanager node-2:8081",
			"yarnflink cluster restart --rolling",
			"yarnflink cluster push --flink-home-remote /opt/flink --dry-run",
			"yarnflink cluster stop",
		},
		least: 1, most: -1, operand: "start, stop, status, restart, push, add or remove",
	},
	{
		name:  cmdHistory,
		usage: "history start [HOST] | stop [HOST] | status [HOST] [--watch] | list [--archive-dir DIR] [--limit N] | show JOBID [--archive-dir DIR]",
		short: "see what has become of jobs that have ended, with or without a history server",
		long: `list and show read the archives that JobManagers leave in jobmanager.archive.fs.dir, from HDFS or a local folder,
and need no server. The folder is --archive-dir, else historyserver.archive.fs.dir, else jobmanager.archive.fs.dir
of Flink's configuration; each may be several, separated by commas. An archive that is damaged, or being written, is a
row with the cause. show prints times, vertices, exceptions and checkpoints; with -o json also the configuration.

start starts Flink's own history server on HOST, by default on this machine, and waits until its web side answers
(--timeout, 2 minutes by default). Other hosts are reached by SSH, as for cluster. The host's own configuration counts:
historyserver.archive.fs.dir has to be set in it; of -D only keys that begin with env. have an effect, for a history
server has no command line. One that runs already is left alone. One that fails is named with the cause and the end of
its log (exit 6); by Ctrl-C or --timeout it is stopped again. Pid file and log are those of Flink's historyserver.sh.
Archives in HDFS need Hadoop's classes: HADOOP_CLASSPATH has to be set on that host, as for Flink's script.`,
		examples: []string{
			"yarnflink history list --archive-dir hdfs:///completed-jobs",
			"yarnflink history show 0123456789abcdef0123456789abcdef -o json",
			"yarnflink history start",
			"yarnflink history status node-4",
		},
		least: 1, most: -1, operand: "start, stop, status, list or show",
	},
	{
		name:  cmdQuorum,
		usage: "quorum start | stop [--force] | status [--watch] [--flink-home-remote DIR] [-D KEY=VALUE]",
		short: "start, stop, look at the ZooKeeper that comes with Flink",
		long: `The hosts are those of the server.N lines of conf/zoo.cfg; they are reached as for cluster. On each its own zoo.cfg
counts, which may have another dataDir and client port, but not other servers. What is wrong with conf/zoo.cfg is told
at once, with its lines.

start starts the peers that are missing, on all hosts at once, and waits until each gives clients a session (--timeout,
2 minutes by default). A peer that fails is named, with the cause and the end of its log, and the others are left
running (exit 6). By Ctrl-C or --timeout, what was started is stopped again.
stop ends the leader after all others.
status shows each peer's process, whether it gives sessions, and whether it leads or follows.

Pid files, logs and command lines are those of Flink's own start-zookeeper-quorum.sh, stop-zookeeper-quorum.sh and
zookeeper.sh, which may be used beside.`,
		examples: []string{
			"yarnflink quorum start",
			"yarnflink quorum status -o json",
			"yarnflink quorum stop",
		},
		least: 1, most: 1, operand: "start, stop or status",
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
