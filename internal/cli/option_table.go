package cli

// The commands that options name.
const (
	cmdSession        = "session"
	cmdRun            = "run"
	cmdRunApplication = "run-application"
	cmdKill           = "kill"
	cmdDist           = "dist"
	cmdGC             = "gc"
	cmdList           = "list"
	cmdCancel         = "cancel"
	cmdStop           = "stop"
	cmdSavepoint      = "savepoint"
	cmdCheckpoint     = "checkpoint"
	cmdInfo           = "info"
	cmdRescale        = "rescale"
	cmdPs             = "ps"
	cmdStatus         = "status"
	cmdNodes          = "nodes"
	cmdQueues         = "queues"
	cmdAuth           = "auth"
	cmdMemory         = "memory"
	cmdConfig         = "config"
	cmdCluster        = "cluster"
	cmdHistory        = "history"
	cmdQuorum         = "quorum"
	cmdCompletion     = "completion"
	cmdVersion        = "version"
	cmdHelp           = "help"
	cmdRoot           = "" // before any command
)

// Commands that share rows of the table.
var (
	onSession   = []string{cmdSession}
	onProgram   = []string{cmdRun, cmdRunApplication, cmdInfo}
	onRun       = []string{cmdRun, cmdRunApplication}
	onTarget    = []string{cmdRun, cmdRunApplication, cmdList, cmdCancel, cmdStop, cmdSavepoint, cmdCheckpoint, cmdInfo, cmdRescale}
	onSavepoint = []string{cmdCancel, cmdStop, cmdSavepoint}
	onWatch     = []string{cmdList, cmdPs, cmdStatus, cmdNodes, cmdQueues, cmdCluster, cmdHistory, cmdQuorum}
	onFigures   = []string{cmdSession, cmdMemory, cmdConfig}
	onCluster   = []string{cmdCluster}
	onHistory   = []string{cmdHistory}
	onHosts     = []string{cmdCluster, cmdHistory, cmdQuorum}
	onRoot      = []string{cmdRoot}
	onSettings  = append([]string{cmdSession, cmdMemory, cmdConfig, cmdKill, cmdPs, cmdStatus, cmdNodes, cmdQueues, cmdGC, cmdDist, cmdAuth, cmdCluster, cmdHistory, cmdQuorum}, onTarget...)
)

const (
	flinkAll = "all"
	flinkOld = "up to 1.9"
	flink1   = "1.x"

	whyStarted    = "has no effect on a session that runs already"
	whyCluster    = "has no effect here: how many TaskManagers there are is the session's own setting"
	whyNothingRun = "has no effect: nothing is run"
	whyStreams    = "has no effect: every cluster of today's Flink streams"
)

// optionTable holds every option of every command, once for each meaning.
// Options of one command have to differ in every spelling; a test holds that.
var optionTable = []option{
	// session
	{short: []string{"n"}, long: "container", arg: "N", arity: single, kind: number, commands: onSession, versions: flinkOld, key: "slotmanager.number-of-slots.min", planned: true,
		help: "TaskManagers to start with, instead of on demand; the key becomes N × slots"},
	{short: []string{"jm"}, long: "jobManagerMemory", arg: "SIZE", arity: single, kind: memoryMB, commands: onFigures, versions: flinkAll, key: "jobmanager.memory.process.size",
		help: "memory of the JobManager's container; a bare number is MB"},
	{short: []string{"tm"}, long: "taskManagerMemory", arg: "SIZE", arity: single, kind: memoryMB, commands: onFigures, versions: flinkAll, key: "taskmanager.memory.process.size",
		help: "memory of each TaskManager's container; a bare number is MB"},
	{short: []string{"s"}, long: "slots", arg: "N", arity: single, kind: number, commands: onFigures, versions: flinkAll, key: "taskmanager.numberOfTaskSlots",
		help: "slots of each TaskManager"},
	{short: []string{"nm"}, long: "name", arg: "NAME", arity: single, commands: onSession, versions: flinkAll, key: "yarn.application.name",
		help: "name of the application"},
	{short: []string{"qu"}, long: "queue", arg: "QUEUE", arity: single, commands: onSession, versions: flinkAll, key: "yarn.application.queue",
		help: "YARN queue"},
	{short: []string{"z"}, long: "zookeeperNamespace", arg: "NAME", arity: single, commands: onSession, versions: flinkAll, key: "high-availability.cluster-id",
		help: "namespace of the high availability data"},
	{short: []string{"nl"}, long: "nodeLabel", arg: "LABEL", arity: single, commands: onSession, versions: flinkAll, key: "yarn.application.node-label",
		help: "YARN node label"},
	{short: []string{"at"}, long: "applicationType", arg: "TYPE", arity: single, commands: onSession, versions: flinkAll, key: "yarn.application.type",
		help: "type of the application on YARN"},
	{short: []string{"t"}, long: "ship", arg: "PATH", arity: repeatable, kind: path, commands: onSession, versions: flinkAll, key: "yarn.ship-files",
		help: "file or folder to ship to every container"},
	{short: []string{"j"}, long: "jar", arg: "JAR", arity: single, kind: path, commands: onSession, versions: flinkAll, key: "yarn.flink-dist-jar",
		help: "Flink's dist jar, instead of the one in FLINK_HOME/lib"},
	{short: []string{"d"}, long: "detached", commands: onSession, versions: flinkAll, key: "execution.attached",
		help: "end once the session serves, and leave it running"},
	{short: []string{"yd"}, long: "yarndetached", commands: onSession, versions: flink1, key: "execution.attached", help: "older name of -d"},
	{short: []string{"D"}, long: "D", arg: "KEY=VALUE", arity: repeatable, kind: property, commands: onSettings, versions: flinkAll,
		help: "set a Flink key; counts after the options that set the same key"},
	{short: []string{"st"}, long: "streaming", commands: onSession, versions: flinkOld, effect: ignored, why: whyStreams, help: "no effect"},
	{short: []string{"m"}, long: "jobmanager", arg: "ADDRESS", arity: single, commands: onSession, versions: flinkAll, effect: ignored, why: "has no effect: a session brings its own JobManager", help: "no effect"},
	{short: []string{"id"}, long: "applicationId", arg: "ID", arity: single, kind: application, commands: onSession, versions: flinkAll,
		help: "attach to the session with this application id, instead of starting one"},
	{short: []string{"q"}, long: "query", commands: onSession, versions: flinkAll,
		help: "print nodes and queues of the cluster, and end"},
	{long: "ttl", arg: "DURATION", arity: single, kind: duration, commands: onSession,
		help: "let YARN kill the session when it has lived so long (Hadoop 2.10 and later)"},
	{long: "ttl", arg: "DURATION", arity: single, kind: duration, commands: onRun, effect: starting, why: whyStarted,
		help: "let YARN kill the job's cluster when it has lived so long (with -m yarn-cluster; Hadoop 2.10 and later)"},
	{long: "reservation", arg: "ID", arity: single, commands: onSession,
		help: "run in this reservation of YARN; -qu names its queue, by its path (root.plan) since Hadoop 3.4"},
	{long: "reservation", arg: "ID", arity: single, commands: onRun, effect: starting, why: whyStarted,
		help: "run in this reservation of YARN; -yqu names its queue, by its path since Hadoop 3.4 (with -m yarn-cluster)"},
	{long: "stop-on-exit", commands: onSession,
		help: "stop the session when the command that attached to it is interrupted"},
	{long: "clamp-attempts", commands: []string{cmdSession, cmdRun, cmdRunApplication},
		help: "lower an explicit yarn.application-attempts to the cluster's limit instead of refusing it"},

	{long: "lock", commands: onSession,
		help: "let nobody else use the session's JobManager: only commands of its owner, by a key that is made for this session"},
	{long: "lock", commands: onRun, effect: starting, why: whyStarted,
		help: "let nobody else use the JobManager of the job's cluster, by a key that is made for it (with -m yarn-cluster)"},
	{long: "no-cache", commands: []string{cmdSession, cmdRun, cmdRunApplication},
		help: "stage everything into the application's own folder, and use nothing that is staged already"},

	{long: "shared-cache", commands: onSession,
		help: "share what is staged with all users: PUBLIC where everybody may read it; whoever may write to the staging folder is trusted"},
	{long: "shared-cache", commands: onRun, effect: starting, why: whyStarted,
		help: "share what is staged with all users: PUBLIC where everybody may read it; whoever may write to the staging folder is trusted (with -m yarn-cluster)"},
	{long: "flink-dist", arg: "ADDRESS", arity: single, commands: onSession,
		help: "start from this distribution in HDFS, see dist; no FLINK_HOME is needed then"},
	{long: "flink-dist", arg: "ADDRESS", arity: single, commands: onRun, effect: starting, why: whyStarted,
		help: "start from this distribution in HDFS, see dist; no FLINK_HOME is needed then (with -m yarn-cluster)"},

	// dist
	{long: "to", arg: "ADDRESS", arity: single, commands: []string{cmdDist},
		help: "the folder in HDFS that dist push makes (default: flink/flink-VERSION in the home directory)"},

	// kill
	{long: "clean-ha", commands: []string{cmdKill},
		help: "also remove its high availability data from ZooKeeper and the storage folder; no cluster can go on from it then"},

	// gc
	{long: "older-than", arg: "DURATION", arity: single, kind: duration, commands: []string{cmdGC},
		help: "age from which on unused cache entries go (default: 30 days)"},
	{long: "include-unknown", commands: []string{cmdGC},
		help: "also remove folders of applications that this ResourceManager does not know, if they are a day old"},

	// run
	{short: []string{"m"}, long: "jobmanager", arg: "HOST:PORT", arity: single, commands: onTarget, versions: flinkAll,
		help: "the JobManager to talk to, instead of a session on YARN; run -m yarn-cluster starts a cluster for the job"},
	{short: []string{"yid"}, long: "yarnapplicationId", arg: "ID", arity: single, kind: application, commands: onTarget, versions: flinkAll, key: "yarn.application.id",
		help: "the session, by its application id"},
	{long: "session", arg: "NAME|ID", arity: single, commands: onTarget,
		help: "the session, by its name or application id"},
	{short: []string{"t"}, long: "target", arg: "TARGET", arity: single, commands: onTarget, versions: "1.11 and later", key: "execution.target",
		help: "yarn-session (with -Dyarn.application.id=ID), remote (with -Drest.address=HOST), or yarn-application: a cluster for the job"},
	{short: []string{"e"}, long: "executor", arg: "TARGET", arity: single, commands: onTarget, versions: "1.10 and later", key: "execution.target",
		help: "older name of -t"},
	{short: []string{"c"}, long: "class", arg: "CLASS", arity: single, commands: onProgram, versions: flinkAll,
		help: "the program's main class, instead of the manifest's"},
	{short: []string{"C"}, long: "classpath", arg: "URL", arity: repeatable, kind: address, commands: onProgram, versions: flinkAll, key: "pipeline.classpaths",
		help: "class path entry that every node of the cluster can reach (Flink 1.18 and later)"},
	{short: []string{"p"}, long: "parallelism", arg: "N", arity: single, kind: number, commands: onProgram, versions: flinkAll, key: "parallelism.default",
		help: "parallelism of the job"},
	{short: []string{"d"}, long: "detached", commands: onRun, versions: flinkAll, key: "execution.attached",
		help: "end once the job is submitted, and leave it running"},
	{short: []string{"yd"}, long: "yarndetached", commands: onRun, versions: flink1, key: "execution.attached", help: "older name of -d"},
	{short: []string{"s"}, long: "fromSavepoint", arg: "PATH", arity: single, commands: onRun, versions: flinkAll, key: "execution.state-recovery.path",
		help: "savepoint to start from"},
	{short: []string{"n"}, long: "allowNonRestoredState", commands: onRun, versions: flinkAll, key: "execution.state-recovery.ignore-unclaimed-state",
		help: "drop state of the savepoint that the job has no place for"},
	{short: []string{"cm"}, long: "claimMode", arg: "MODE", arity: single, kind: choice, choices: claimModes, commands: onRun, versions: "1.20 and later", key: "execution.state-recovery.claim-mode",
		help: "who owns the savepoint: claim, no_claim or legacy"},
	{short: []string{"rm"}, long: "restoreMode", arg: "MODE", arity: single, kind: choice, choices: claimModes, commands: onRun, versions: "1.15 to 1.20", key: "execution.state-recovery.claim-mode",
		help: "older name of -cm"},
	{short: []string{"sae"}, long: "shutdownOnAttachedExit", commands: onRun, versions: flinkAll, key: "execution.shutdown-on-attached-exit",
		help: "cancel the job when the command is interrupted"},
	{short: []string{"j"}, long: "jarfile", arg: "JAR", arity: single, commands: onProgram, versions: flinkAll,
		help: "the program's jar; everything behind the options is then the program's"},
	{short: []string{"a"}, long: "arguments", arg: "ARGUMENT", arity: repeatable, commands: onProgram, versions: flinkAll,
		help: "an argument for the program, before those behind the jar"},
	{short: []string{"z"}, long: "zookeeperNamespace", arg: "NAME", arity: single, commands: onTarget, versions: flinkAll, key: "high-availability.cluster-id", effect: starting, why: whyStarted, help: "namespace of the high availability data (with -m yarn-cluster)"},
	{long: "several-jobs", commands: onRun, effect: starting, why: "has no effect on a job in a session", help: "the program calls execute() more than once (with -m yarn-cluster)"},
	{long: "from-latest", arg: "JOBID|DIR", arity: single, commands: onRun,
		help: "start from the newest complete savepoint or checkpoint of a job, or below a folder of HDFS"},

	// run, with the prefix of flink's YARN options
	{short: []string{"yD"}, long: "yD", arg: "KEY=VALUE", arity: repeatable, kind: property, commands: onTarget, versions: flinkAll,
		help: "the same as -D"},
	{short: []string{"yn"}, long: "yarncontainer", arg: "N", arity: single, kind: number, commands: onTarget, versions: flinkOld, key: "slotmanager.number-of-slots.min", planned: true, effect: starting, why: whyCluster, help: "TaskManagers to start with, instead of on demand; the key becomes N × slots (with -m yarn-cluster)"},
	{short: []string{"yjm"}, long: "yarnjobManagerMemory", arg: "SIZE", arity: single, kind: memoryMB, commands: onTarget, versions: flinkAll, key: "jobmanager.memory.process.size", effect: starting, why: whyStarted, help: "memory of the JobManager's container; a bare number is MB (with -m yarn-cluster)"},
	{short: []string{"ytm"}, long: "yarntaskManagerMemory", arg: "SIZE", arity: single, kind: memoryMB, commands: onTarget, versions: flinkAll, key: "taskmanager.memory.process.size", effect: starting, why: whyStarted, help: "memory of each TaskManager's container; a bare number is MB (with -m yarn-cluster)"},
	{short: []string{"ys"}, long: "yarnslots", arg: "N", arity: single, kind: number, commands: onTarget, versions: flinkAll, key: "taskmanager.numberOfTaskSlots", effect: starting, why: whyStarted, help: "slots of each TaskManager (with -m yarn-cluster)"},
	{short: []string{"ynm"}, long: "yarnname", arg: "NAME", arity: single, commands: onTarget, versions: flinkAll, key: "yarn.application.name", effect: starting, why: whyStarted, help: "name of the application (with -m yarn-cluster)"},
	{short: []string{"yqu"}, long: "yarnqueue", arg: "QUEUE", arity: single, commands: onTarget, versions: flinkAll, key: "yarn.application.queue", effect: starting, why: whyStarted, help: "YARN queue (with -m yarn-cluster)"},
	{short: []string{"yt"}, long: "yarnship", arg: "PATH", arity: repeatable, kind: path, commands: onTarget, versions: flinkAll, key: "yarn.ship-files", effect: starting, why: whyStarted, help: "file or folder to ship to every container (with -m yarn-cluster)"},
	{short: []string{"yj"}, long: "yarnjar", arg: "JAR", arity: single, kind: path, commands: onTarget, versions: flinkAll, key: "yarn.flink-dist-jar", effect: starting, why: whyStarted, help: "Flink's dist jar, instead of the one in FLINK_HOME/lib (with -m yarn-cluster)"},
	{short: []string{"yz"}, long: "yarnzookeeperNamespace", arg: "NAME", arity: single, commands: onTarget, versions: flinkAll, key: "high-availability.cluster-id", effect: starting, why: whyStarted, help: "namespace of the high availability data (with -m yarn-cluster)"},
	{short: []string{"yat"}, long: "yarnapplicationType", arg: "TYPE", arity: single, commands: onTarget, versions: flinkAll, key: "yarn.application.type", effect: starting, why: whyStarted, help: "type of the application on YARN (with -m yarn-cluster)"},
	{short: []string{"ynl"}, long: "yarnnodeLabel", arg: "LABEL", arity: single, commands: onTarget, versions: flinkAll, key: "yarn.application.node-label", effect: starting, why: whyStarted, help: "YARN node label (with -m yarn-cluster)"},
	{short: []string{"yst"}, long: "yarnstreaming", commands: onTarget, versions: flinkOld, effect: ignored, why: whyStreams, help: "no effect"},
	{short: []string{"yq"}, long: "yarnquery", commands: onTarget, versions: flinkAll, effect: ignored, why: "has no effect, as in Flink's own client", help: "no effect"},
	{short: []string{"py"}, long: "python", arg: "FILE", arity: single, commands: onProgram, versions: flinkAll, help: "Python program of a cluster for one job, in place of a jar; a path that the containers see"},
	{short: []string{"pym"}, long: "pyModule", arg: "MODULE", arity: single, commands: onProgram, versions: flinkAll, help: "module of -pyfs that is the program, in place of -py"},
	{short: []string{"pyfs"}, long: "pyFiles", arg: "FILES", arity: single, commands: onProgram, versions: flinkAll, key: "python.files", planned: true, help: "files, folders and zips that Python imports from, separated by commas"},
	{short: []string{"pyreq"}, long: "pyRequirements", arg: "FILE", arity: single, commands: onProgram, versions: flinkAll, key: "python.requirements", planned: true, help: "FILE, or FILE#FOLDER with the packages, that pip installs for Python functions"},
	{short: []string{"pyarch"}, long: "pyArchives", arg: "FILES", arity: single, commands: onProgram, versions: flinkAll, key: "python.archives", planned: true, help: "FILE, or FILE#FOLDER to unpack it to, separated by commas"},
	{short: []string{"pyexec"}, long: "pyExecutable", arg: "PATH", arity: single, commands: onProgram, versions: flinkAll, key: "python.executable", planned: true, help: "interpreter of Python functions"},
	{short: []string{"pyclientexec"}, long: "pyClientExecutable", arg: "PATH", arity: single, commands: onProgram, versions: flinkAll, key: "python.client.executable", planned: true, help: "interpreter of the program, which runs in the cluster"},
	{short: []string{"pypath"}, long: "pyPythonPath", arg: "PATH", arity: single, commands: onProgram, versions: "1.18 and later", key: "python.pythonpath", planned: true, help: "where Python looks for more"},

	// list
	{short: []string{"r"}, long: "running", commands: []string{cmdList}, versions: flinkAll, help: "only jobs that run"},
	{short: []string{"s"}, long: "scheduled", commands: []string{cmdList}, versions: flinkAll, help: "only jobs that wait for resources"},
	{short: []string{"a"}, long: "all", commands: []string{cmdList}, versions: flinkAll, help: "all jobs, those that have ended included"},

	// cancel, stop, savepoint, checkpoint
	{short: []string{"s"}, long: "withSavepoint", arg: "DIR", arity: swallowing, commands: []string{cmdCancel}, versions: flinkAll,
		help: "take a savepoint first, into that folder or the cluster's own; stop is better"},
	{long: "type", arg: "FORMAT", arity: single, kind: choice, choices: savepointFormats, commands: onSavepoint, versions: "1.15 and later",
		help: "format of the savepoint: canonical or native"},

	{short: []string{"p"}, long: "savepointPath", arg: "DIR", arity: swallowing, commands: []string{cmdStop}, versions: "1.9 and later",
		help: "folder for the savepoint, instead of the cluster's own"},
	{short: []string{"d"}, long: "drain", commands: []string{cmdStop}, versions: "1.9 and later",
		help: "end the job for good: all its timers fire before the savepoint, which no job should be started from"},
	{short: []string{"d"}, long: "dispose", arg: "PATH", arity: single, commands: []string{cmdSavepoint}, versions: flinkAll,
		help: "remove that savepoint with all its files, instead of taking one"},
	{short: []string{"j"}, long: "jarfile", arg: "JAR", arity: single, commands: []string{cmdSavepoint}, versions: flinkAll, effect: ignored, why: "has no effect: the JobManager disposes without the program", help: "no effect"},
	{long: "detached", commands: []string{cmdStop, cmdSavepoint}, versions: "1.20 and later",
		help: "end once the JobManager has agreed, and print the operation's id"},
	{long: "full", commands: []string{cmdCheckpoint}, versions: "1.17 and later",
		help: "take a full checkpoint also where the job takes incremental ones"},

	// what Flink takes without use, rescale
	{short: []string{"d"}, long: "detached", commands: []string{cmdInfo, cmdList, cmdCancel, cmdCheckpoint}, versions: flinkAll, effect: ignored, why: whyNothingRun, help: "no effect"},
	{short: []string{"yd"}, long: "yarndetached", commands: []string{cmdInfo, cmdList, cmdCancel, cmdStop, cmdSavepoint, cmdCheckpoint}, versions: flink1, effect: ignored, why: whyNothingRun, help: "no effect"},
	{short: []string{"sae"}, long: "shutdownOnAttachedExit", commands: []string{cmdInfo}, versions: flinkAll, effect: ignored, why: whyNothingRun, help: "no effect"},
	{short: []string{"p"}, long: "parallelism", arg: "N", arity: single, kind: number, commands: []string{cmdRescale},
		help: "parallelism of all vertices, at most what each allows"},

	// list, ps, status, nodes, queues
	{short: []string{"w"}, long: "watch", commands: onWatch, help: "go on: redraw every 2 seconds on a terminal, else print what changes; Ctrl-C ends it (exit 130)"},

	// memory, config
	{long: "flink-version", arg: "VERSION", arity: single, commands: []string{cmdMemory}, help: "Flink version to derive for, instead of FLINK_HOME's; with it no FLINK_HOME is needed"},
	{long: "show-origin", commands: []string{cmdConfig}, help: "show where each value comes from"},

	// cluster
	{long: "flink-home-remote", arg: "DIR", arity: single, commands: onHosts, help: "Flink's distribution on the other hosts (default: the same path as here)"},
	{long: "force", commands: onCluster, help: "of stop: kill the processes at once, instead of after 10 s; of remove: take a host out of conf/workers or conf/masters though it is not reached"},
	{long: "force", commands: []string{cmdQuorum}, help: "of stop: kill the processes at once, instead of after 10 s"},
	{long: "delete", commands: onCluster, help: "of push: remove what is only there from lib and plugins, and a configuration file that is not here"},
	{long: "rolling", commands: onCluster, help: "of restart: replace one TaskManager after another, each new one before the old one ends"},

	// history
	{long: "archive-dir", arg: "DIR", arity: repeatable, commands: onHistory, help: "of list and show: folder of archives, in HDFS or on this machine (default: historyserver.archive.fs.dir, else jobmanager.archive.fs.dir)"},
	{long: "limit", arg: "N", arity: single, kind: number, commands: onHistory, help: "of list: only so many, the newest"},

	// all commands
	{long: "hadoop-conf", arg: "DIR", arity: single, kind: path, help: "Hadoop's configuration folder (default: HADOOP_CONF_DIR, YARN_CONF_DIR, HADOOP_HOME/etc/hadoop)"},
	{long: "flink-conf", arg: "DIR", arity: single, kind: path, help: "Flink's configuration folder (default: FLINK_CONF_DIR, else conf in FLINK_HOME)"},
	{long: "flink-home", arg: "DIR", arity: single, kind: path, help: "Flink's distribution (default: the one in whose bin folder a link stands that this is called by, else FLINK_HOME)"},
	{long: "ca-cert", arg: "FILE", arity: single, kind: path, help: "certificates of CAs as PEM that servers' may be signed by, besides the system's (default: the truststore of Hadoop's ssl-client.xml)"},
	{short: []string{"o"}, long: "output", arg: "FORMAT", arity: single, kind: choice, choices: []string{"text", "json"}, help: "format of the result: text or json"},
	{long: "timeout", arg: "DURATION", arity: single, kind: duration, help: "give up when the hand-over takes longer, and take everything back (exit 124)"},
	{long: "wait-timeout", arg: "DURATION", arity: single, kind: duration, help: "stop waiting for the job after this time (exit 124); the job goes on"},
	{long: "dry-run", arg: "cluster", arity: optional, kind: choice, choices: []string{"cluster"}, help: "say what would be done, without asking anyone; =cluster asks the cluster, read-only"},
	{long: "request-id", arg: "ID", arity: single, help: "makes a start repeatable: a live application with this id is returned instead of a second one"},
	{long: "principal", arg: "NAME", arity: single, help: "log in to Kerberos as this principal, by a password that is asked for on the terminal, instead of a keytab or kinit's tickets"},
	{long: "hdfs-transport", arg: "TRANSPORT", arity: single, kind: choice, choices: []string{"rpc", "webhdfs"}, help: "how to talk to HDFS: rpc or webhdfs (default: by the scheme of the file system; webhdfs where rpc does not get through)"},
	{short: []string{"v"}, long: "verbose", versions: flinkAll, help: "log what is asked of whom", commands: allCommands},
	{long: "log-format", arg: "FORMAT", arity: single, kind: choice, choices: []string{"text", "json"}, help: "format of progress, logs and warnings on stderr: text or json"},
	{long: "no-progress", help: "print no progress"},
	{short: []string{"h", "yh"}, long: "help", versions: flinkAll, help: "print help"},
	{short: []string{"v"}, long: "version", commands: onRoot, versions: flinkAll, help: "print the version"},
}

var claimModes = []string{"claim", "no_claim", "legacy"}

// allCommands are the commands that share -v, which before any command asks for the version.
var allCommands = []string{cmdSession, cmdRun, cmdRunApplication, cmdKill, cmdDist, cmdGC, cmdList, cmdCancel, cmdStop, cmdSavepoint, cmdCheckpoint, cmdInfo, cmdRescale, cmdPs, cmdStatus, cmdNodes, cmdQueues, cmdAuth, cmdMemory, cmdConfig, cmdCluster, cmdHistory, cmdQuorum, cmdCompletion, cmdVersion, cmdHelp}

// optionsOf returns the rows of a command, in the order of the table.
func optionsOf(command string) []*option {
	var rows []*option
	for i := range optionTable {
		if o := &optionTable[i]; o.on(command) {
			rows = append(rows, o)
		}
	}
	return rows
}
