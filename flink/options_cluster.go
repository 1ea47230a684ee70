package flink

// Options of high availability, execution and cluster size. Java:
// HighAvailabilityOptions, DeploymentOptions, PipelineOptions,
// StateRecoveryOptions, ResourceManagerOptions.
var (
	// HighAvailabilityType selects the mode, see [HighAvailability].
	HighAvailabilityType = Option{Key: "high-availability.type", Aliases: []string{"high-availability", "recovery.mode"}, Default: "NONE"}
	// HighAvailabilityClusterID separates clusters; on YARN it defaults to the application's id.
	HighAvailabilityClusterID = Option{Key: "high-availability.cluster-id", Aliases: []string{"high-availability.zookeeper.path.namespace", "recovery.zookeeper.path.namespace"}}
	// HighAvailabilityStorageDir is the remote folder for metadata.
	HighAvailabilityStorageDir = Option{Key: "high-availability.storageDir", Aliases: []string{"high-availability.zookeeper.storageDir", "recovery.zookeeper.storageDir"}}
	// ZooKeeperQuorum is a comma-separated list of host:port.
	ZooKeeperQuorum = Option{Key: "high-availability.zookeeper.quorum", Aliases: []string{"recovery.zookeeper.quorum"}}
	// ZooKeeperRoot is the node below which clusters keep theirs.
	ZooKeeperRoot = Option{Key: "high-availability.zookeeper.path.root", Aliases: []string{"recovery.zookeeper.path.root"}, Default: "/flink"}
	// ExecutionTarget is yarn-session, yarn-application or yarn-per-job.
	ExecutionTarget = Option{Key: "execution.target"}
	// ExecutionAttached says whether the client stays.
	ExecutionAttached = Option{Key: "execution.attached", Default: "false"}
	// ShutdownOnAttachedExit ends the cluster with its client.
	ShutdownOnAttachedExit = Option{Key: "execution.shutdown-on-attached-exit", Default: "false"}
	// ShutdownOnApplicationFinish ends an application cluster with its program.
	ShutdownOnApplicationFinish = Option{Key: "execution.shutdown-on-application-finish", Default: "true"}
	// StateRecoveryPath is the savepoint to start from; before 1.20 only the alias is known.
	StateRecoveryPath = Option{Key: "execution.state-recovery.path", Aliases: []string{"execution.savepoint.path"}}
	// StateRecoveryIgnoreUnclaimed skips state that no operator takes; before 1.20 only the alias is known.
	StateRecoveryIgnoreUnclaimed = Option{Key: "execution.state-recovery.ignore-unclaimed-state", Aliases: []string{"execution.savepoint.ignore-unclaimed-state"}, Default: "false"}
	// StateRecoveryClaimMode is NO_CLAIM, CLAIM or LEGACY; before 1.20 only the alias is known.
	StateRecoveryClaimMode = Option{Key: "execution.state-recovery.claim-mode", Aliases: []string{"execution.savepoint-restore-mode"}, Default: "NO_CLAIM"}
	// ClusterExecutionMode is NORMAL or DETACHED.
	ClusterExecutionMode = Option{Key: "internal.cluster.execution-mode", Default: "NORMAL"}
	// CheckpointsDirectory is the folder of checkpoints; before 1.20 only the alias is known.
	CheckpointsDirectory = Option{Key: "execution.checkpointing.dir", Aliases: []string{"state.checkpoints.dir", "state.backend.fs.checkpointdir"}}
	// SavepointsDirectory is where savepoints go that name no folder; before 1.20 only the aliases are known.
	SavepointsDirectory = Option{Key: "execution.checkpointing.savepoint-dir", Aliases: []string{"state.savepoints.dir", "savepoints.state.backend.fs.dir"}}
	// CheckpointsCreateSubdir puts each job's checkpoints into a folder named by its id.
	CheckpointsCreateSubdir = Option{Key: "execution.checkpointing.create-subdir", Aliases: []string{"state.checkpoints.create-subdir"}, Default: "true"}
	// PipelineJars is the list of the job's jars.
	PipelineJars = Option{Key: "pipeline.jars"}
	// PipelineClasspaths is a list of URLs.
	PipelineClasspaths = Option{Key: "pipeline.classpaths"}
	// PipelineName is the job's name.
	PipelineName = Option{Key: "pipeline.name"}
	// PythonFiles, PythonRequirements and PythonArchives are what Python code needs, PythonPath where it looks for more.
	PythonFiles        = Option{Key: "python.files"}
	PythonRequirements = Option{Key: "python.requirements"}
	PythonArchives     = Option{Key: "python.archives"}
	PythonPath         = Option{Key: "python.pythonpath"}
	// PythonExecutable is the interpreter of Python functions, PythonClientExecutable that of the program.
	PythonExecutable       = Option{Key: "python.executable", Default: "python"}
	PythonClientExecutable = Option{Key: "python.client.executable", Default: "python"}
	// PipelineFixedJobID fixes the id of the job.
	PipelineFixedJobID = Option{Key: "$internal.pipeline.job-id"}
	// ApplicationMainClass is the entry class; without it the jar's manifest names it.
	ApplicationMainClass = Option{Key: "$internal.application.main"}
	// ApplicationArgs is the list of program arguments.
	ApplicationArgs = Option{Key: "$internal.application.program-args"}
	// DeploymentConfigDir is the client's configuration folder.
	DeploymentConfigDir = Option{Key: "$internal.deployment.config-dir"}
	// LogConfigFile is the client's path of the logging configuration.
	LogConfigFile = Option{Key: "$internal.yarn.log-config-file"}
	// DefaultParallelism is the parallelism of jobs that set none.
	DefaultParallelism = Option{Key: "parallelism.default", Default: "1"}
	// NumTaskSlots is the number of slots of a TaskManager.
	NumTaskSlots = Option{Key: "taskmanager.numberOfTaskSlots", Default: "1"}
	// TaskManagerCPUCores is a fraction of cores that a TaskManager asks for.
	TaskManagerCPUCores = Option{Key: "taskmanager.cpu.cores"}
	// MinSlots is the number of slots to keep (Flink 1.19).
	MinSlots = Option{Key: "slotmanager.number-of-slots.min", Default: "0"}
	// MaxSlots is the number of slots never to exceed.
	MaxSlots = Option{Key: "slotmanager.number-of-slots.max", Default: "2147483647"}
	// JobManagerBindHost is the address the JobManager listens on.
	JobManagerBindHost = Option{Key: "jobmanager.bind-host"}
	// TaskManagerBindHost is the address TaskManagers listen on.
	TaskManagerBindHost = Option{Key: "taskmanager.bind-host"}
	// TaskManagerHost is the name of a TaskManager; never shipped.
	TaskManagerHost = Option{Key: "taskmanager.host"}
	// JobManagerRPCAddress is set by the JobManager itself on YARN.
	JobManagerRPCAddress = Option{Key: "jobmanager.rpc.address"}
	// JobManagerRPCPort has no meaning on YARN, see [ApplicationMasterPort].
	JobManagerRPCPort = Option{Key: "jobmanager.rpc.port", Default: "6123"}
)
