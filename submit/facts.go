package submit

import (
	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/yarn"
)

// Facts is what a plan is made from. Client.Gather reads them; nothing in
// them is decided.
type Facts struct {
	// User is the name the application runs under.
	User string
	// Login is who the application says it is, the Kerberos principal where User has
	// logged in as one; "" means User.
	Login string
	// Secured tells that the cluster is used with Kerberos.
	Secured bool
	// StagingBase is the qualified folder that holds .flink, hdfs://host:port/user/alice.
	StagingBase string
	// YarnClasspath is yarn.application.classpath, each entry trimmed.
	YarnClasspath []string
	// Ship are yarn.ship-files, folders expanded; Archives are yarn.ship-archives.
	Ship, Archives []flink.File
	// UserJar is the program's jar of a cluster for one job, nil for a session.
	UserJar *flink.File
	// Unseen names the local files among the program's arguments that are not shipped.
	Unseen []string
	// ProvidedLib and ProvidedUsrLib are the files of yarn.provided.lib.dirs and
	// yarn.provided.usrlib.dir.
	ProvidedLib, ProvidedUsrLib []flink.File
	// Keytab and Krb5 are the files of security.kerberos.login.keytab and
	// security.kerberos.krb5-conf.path, nil where not configured.
	Keytab, Krb5 *flink.File
	// DistJar and LogConfig are the files of yarn.flink-dist-jar and
	// $internal.yarn.log-config-file, nil where the distribution's own are used.
	DistJar, LogConfig *flink.File
	// Limits are the cluster's.
	Limits Limits
	// Cluster is nil where the cluster was not asked.
	Cluster *ClusterFacts
	// Problems were found while reading: files that are missing, folders that can't be listed.
	Problems []Problem
	// Warnings were found while reading and stop nothing.
	Warnings []string
	// Unchecked names the checks that could not be made.
	Unchecked []string
}

// Figure is a number with the key that sets it and the place it was read from.
type Figure struct {
	Value  int64
	Key    string
	Source string
}

// Limits of the cluster, in MB and cores.
type Limits struct {
	MinimumMB, MaximumMB, MaximumVCores Figure
	// Attempts is the limit in force for application attempts.
	Attempts Figure
	// Priority is the highest that the cluster gives; more is lowered silently.
	Priority Figure
}

// ClusterFacts are what the ResourceManager said.
type ClusterFacts struct {
	HadoopVersion string
	Nodes         []yarn.Node
	Scheduler     yarn.Scheduler
}
