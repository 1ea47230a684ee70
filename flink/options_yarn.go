package flink

// Options of the submission to YARN. Java: YarnConfigOptions.
var (
	// ApplicationID names the running application to attach to.
	ApplicationID = Option{Key: "yarn.application.id"}
	// ApplicationName is the name shown by YARN; each kind of cluster has its own default.
	ApplicationName = Option{Key: "yarn.application.name"}
	// ApplicationType is the type shown by YARN.
	ApplicationType = Option{Key: "yarn.application.type", Default: "Apache Flink"}
	// ApplicationQueue is the queue; without it the ResourceManager chooses.
	ApplicationQueue = Option{Key: "yarn.application.queue"}
	// ApplicationPriority is sent when it is not negative.
	ApplicationPriority = Option{Key: "yarn.application.priority", Default: "-1"}
	// ApplicationNodeLabel restricts the application to labelled nodes.
	ApplicationNodeLabel = Option{Key: "yarn.application.node-label"}
	// TaskManagerNodeLabel restricts TaskManagers to labelled nodes; the JobManager applies it.
	TaskManagerNodeLabel = Option{Key: "yarn.taskmanager.node-label"}
	// ApplicationTags is a comma-separated list.
	ApplicationTags = Option{Key: "yarn.tags"}
	// ApplicationAttempts is how often the JobManager may be started; 1 by default, 2 with high availability.
	ApplicationAttempts = Option{Key: "yarn.application-attempts"}
	// ApplicationAttemptValidityInterval is in milliseconds: older failures don't count; -1 counts all.
	ApplicationAttemptValidityInterval = Option{Key: "yarn.application-attempt-failures-validity-interval", Default: "10000"}
	// StagingDirectory replaces the user's home folder as base of the application's files.
	StagingDirectory = Option{Key: "yarn.staging-directory"}
	// FileReplication is the replication of staged files; not positive means dfs.replication.
	FileReplication = Option{Key: "yarn.file-replication", Default: "-1"}
	// FlinkDistJar is the flink-dist jar to ship in place of the distribution's.
	FlinkDistJar = Option{Key: "yarn.flink-dist-jar"}
	// ProvidedLibDirs is a list of remote folders that replace lib and plugins.
	ProvidedLibDirs = Option{Key: "yarn.provided.lib.dirs"}
	// ProvidedUsrLibDir is the remote folder that replaces usrlib.
	ProvidedUsrLibDir = Option{Key: "yarn.provided.usrlib.dir"}
	// ShipFiles is a list of files and folders to ship, local or remote.
	ShipFiles = Option{Key: "yarn.ship-files", Aliases: []string{"yarn.ship-directories"}}
	// ShipArchives is a list of archives that YARN unpacks.
	ShipArchives = Option{Key: "yarn.ship-archives"}
	// ClasspathIncludeUserJar is ORDER, FIRST, LAST or DISABLED, in any case.
	ClasspathIncludeUserJar = Option{Key: "yarn.classpath.include-user-jar", Aliases: []string{"yarn.per-job-cluster.include-user-jar"}, Default: "ORDER"}
	// AppMasterVCores is the number of vcores of the JobManager's container.
	AppMasterVCores = Option{Key: "yarn.appmaster.vcores", Default: "1"}
	// ContainerVCores is the number of vcores of a TaskManager; not positive means its slots.
	ContainerVCores = Option{Key: "yarn.containers.vcores", Default: "-1"}
	// ContainerStartCommandTemplate is the JobManager's command line.
	ContainerStartCommandTemplate = Option{Key: "yarn.container-start-command-template", Default: "%java% %jvmmem% %jvmopts% %logging% %class% %args% %redirects%"}
	// ApplicationMasterPort is the range of the JobManager's RPC port.
	ApplicationMasterPort = Option{Key: "yarn.application-master.port", Default: "0"}
	// ViewACLs says who may look at the application (Flink 1.18).
	ViewACLs = Option{Key: "yarn.view.acls"}
	// ModifyACLs says who may change the application (Flink 1.18).
	ModifyACLs = Option{Key: "yarn.modify.acls"}
	// RolledLogsInclude selects logs to aggregate while the application runs (Flink 2.1).
	RolledLogsInclude = Option{Key: "yarn.rolled-logs.include-pattern"}
	// RolledLogsExclude takes logs out of that selection (Flink 2.1).
	RolledLogsExclude = Option{Key: "yarn.rolled-logs.exclude-pattern"}
	// PropertiesFileLocation is the folder of Flink's file about the last session.
	PropertiesFileLocation = Option{Key: "yarn.properties-file.location"}
	// ShipLocalKeytab says whether the keytab is shipped.
	ShipLocalKeytab = Option{Key: "yarn.security.kerberos.ship-local-keytab", Default: "true"}
	// LocalizedKeytabPath is where the containers find the keytab.
	LocalizedKeytabPath = Option{Key: "yarn.security.kerberos.localized-keytab-path", Default: "krb5.keytab"}
	// AppMasterTokenServices lists the providers whose tokens the JobManager gets.
	AppMasterTokenServices = Option{Key: "yarn.security.appmaster.delegation.token.services", Default: "hadoopfs"}
)
