package submit

import (
	"strings"

	"github.com/yarnflink/yarnflink/flink"
)

// clusterKind is what a session and a cluster for one job differ in by name.
type clusterKind struct {
	name, target, entryPoint string
}

// Java: YarnClusterDescriptor.deploySessionCluster, .deployApplicationCluster.
var (
	sessionCluster     = clusterKind{"Flink session cluster", "yarn-session", "org.apache.flink.yarn.entrypoint.YarnSessionClusterEntrypoint"}
	applicationCluster = clusterKind{"Flink Application Cluster", "yarn-application", "org.apache.flink.yarn.entrypoint.YarnApplicationClusterEntryPoint"}
)

// command is the ApplicationMaster's command line. <LOG_DIR> is the
// NodeManager's to fill in; users' JVM options go in as they are.
//
// Java: Utils.getStartCommand and YarnClusterDescriptor.setupApplicationMasterContainer (1.20).
func command(c *flink.Configuration, v flink.Version, memory flink.JobManagerMemory, entryPoint, logConfig string, krb5 bool) string {
	template, _, _ := c.Effective(flink.ContainerStartCommandTemplate)
	values := []struct{ name, value string }{
		{"java", "$JAVA_HOME/bin/java"},
		{"jvmmem", memory.JVMArgs()},
		{"jvmopts", jvmOptions(c, v, krb5)},
		{"logging", loggingOptions(logConfig)},
		{"class", entryPoint},
		{"args", memory.DynamicArgs()},
		{"redirects", "1> <LOG_DIR>/jobmanager.out 2> <LOG_DIR>/jobmanager.err"},
	}
	line := template.String()
	for _, s := range values {
		line = strings.ReplaceAll(line, "%"+s.name+"%", s.value)
		line = strings.TrimSpace(strings.ReplaceAll(line, "  ", " "))
	}
	return line
}

// Java: Utils.generateJvmOptsString.
func jvmOptions(c *flink.Configuration, v flink.Version, krb5 bool) string {
	var options []string
	for _, o := range []flink.Option{
		flink.JavaDefaultOptsAll, flink.JavaOptsAll, flink.JavaDefaultOptsJobManager, flink.JavaOptsJobManager,
	} {
		if value, _, ok := c.Effective(o); ok && value.String() != "" {
			options = append(options, value.String())
		}
	}
	if v.AtLeast(1, 18) {
		options = append(options, "-XX:+IgnoreUnrecognizedVMOptions")
	}
	if krb5 {
		options = append(options, "-Djava.security.krb5.conf="+krb5Key)
	}
	return strings.Join(options, " ")
}

// Java: YarnLogConfigUtil.getLoggingYarnCommand.
func loggingOptions(logConfig string) string {
	const file = `-Dlog.file="<LOG_DIR>/jobmanager.log"`
	switch {
	case strings.HasSuffix(logConfig, "log4j.properties"):
		return file + " -Dlog4j.configuration=file:log4j.properties -Dlog4j.configurationFile=file:log4j.properties"
	case strings.HasSuffix(logConfig, "logback.xml"):
		return file + " -Dlogback.configurationFile=file:logback.xml"
	}
	return ""
}
