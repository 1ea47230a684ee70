package minicluster

import (
	"encoding/xml"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

var configFiles = []string{"core-site.xml", "hdfs-site.xml", "yarn-site.xml", "capacity-scheduler.xml"}

func isConfigFile(name string) bool { return slices.Contains(configFiles, name) }

// The node is far larger than the machine: heaps are reserved, not touched, and documented command lines ask for much.
const (
	nodeMemoryMB = 64 * 1024
	nodeVCores   = 32
)

type properties map[string]string

// hadoopConfig is the whole configuration of a cluster, by file name.
func hadoopConfig(dir string, s state, debugDelay time.Duration, extra map[string]map[string]string) map[string]properties {
	files := map[string]properties{
		"core-site.xml":          coreSite(dir, s),
		"hdfs-site.xml":          hdfsSite(dir, s),
		"yarn-site.xml":          yarnSite(dir, s, debugDelay),
		"capacity-scheduler.xml": capacityScheduler(),
	}
	if s.HA {
		highlyAvailable(dir, s, files)
	}
	if s.Secure {
		secure(dir, files)
	}
	if s.TLS {
		overTLS(s, files)
	}
	for file, props := range extra {
		for key, value := range props {
			if value == "" {
				delete(files[file], key)
				continue
			}
			files[file][key] = value
		}
	}
	return files
}

// coreSite lets the cluster's own user act for everybody.
func coreSite(dir string, s state) properties {
	return properties{
		"fs.defaultFS":                           "hdfs://" + address(s.Ports.NameNodeRPC),
		"hadoop.tmp.dir":                         filepath.Join(dir, "tmp"),
		"hadoop.proxyuser." + s.User + ".hosts":  "*",
		"hadoop.proxyuser." + s.User + ".groups": "*",
	}
}

func hdfsSite(dir string, s state) properties {
	p := s.Ports
	return properties{
		"dfs.namenode.rpc-address":                             address(p.NameNodeRPC),
		"dfs.namenode.http-address":                            address(p.NameNodeHTTP),
		"dfs.namenode.name.dir":                                "file://" + nameDir(dir),
		"dfs.datanode.data.dir":                                "file://" + filepath.Join(dir, "dfs", "data"),
		"dfs.datanode.hostname":                                loopback,
		"dfs.datanode.address":                                 address(p.DataNodeData),
		"dfs.datanode.http.address":                            address(p.DataNodeHTTP),
		"dfs.datanode.ipc.address":                             address(p.DataNodeIPC),
		"dfs.replication":                                      strconv.Itoa(max(s.DataNodes, 1)),
		"dfs.permissions.enabled":                              "true",
		"dfs.namenode.safemode.extension":                      "0", // files are refused for 30 s after a restart otherwise
		"dfs.namenode.resource.du.reserved":                    "0", // a nearly full disk must not make the NameNode read-only
		"dfs.namenode.datanode.registration.ip-hostname-check": "false",
	}
}

func yarnSite(dir string, s state, debugDelay time.Duration) properties {
	p := s.Ports
	return properties{
		"yarn.resourcemanager.hostname":                                                 loopback,
		"yarn.resourcemanager.address":                                                  address(p.ResourceManagerRPC),
		"yarn.resourcemanager.webapp.address":                                           address(p.ResourceManagerWeb),
		"yarn.resourcemanager.scheduler.address":                                        address(p.Scheduler),
		"yarn.resourcemanager.resource-tracker.address":                                 address(p.ResourceTracker),
		"yarn.resourcemanager.admin.address":                                            address(p.ResourceManagerOps),
		"yarn.resourcemanager.nodemanagers.heartbeat-interval-ms":                       "150",
		"yarn.resourcemanager.scheduler.class":                                          "org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CapacityScheduler",
		"yarn.scheduler.minimum-allocation-mb":                                          "128",
		"yarn.scheduler.maximum-allocation-mb":                                          strconv.Itoa(nodeMemoryMB),
		"yarn.scheduler.maximum-allocation-vcores":                                      strconv.Itoa(nodeVCores),
		"yarn.nodemanager.hostname":                                                     loopback,
		"yarn.nodemanager.address":                                                      address(p.NodeManagerRPC),
		"yarn.nodemanager.localizer.address":                                            address(p.NodeManagerLocalize),
		"yarn.nodemanager.webapp.address":                                               address(p.NodeManagerWeb),
		"yarn.nodemanager.resource.memory-mb":                                           strconv.Itoa(nodeMemoryMB),
		"yarn.nodemanager.resource.cpu-vcores":                                          strconv.Itoa(nodeVCores),
		"yarn.nodemanager.vmem-check-enabled":                                           "false",
		"yarn.nodemanager.pmem-check-enabled":                                           "false",
		"yarn.nodemanager.local-dirs":                                                   localDir(dir),
		"yarn.nodemanager.log-dirs":                                                     containerLogDir(dir), // must be absolute, or no container starts
		"yarn.nodemanager.delete.debug-delay-sec":                                       strconv.FormatInt(int64(debugDelay/time.Second), 10),
		"yarn.nodemanager.env-whitelist":                                                "JAVA_HOME,HADOOP_CONF_DIR",
		"yarn.nodemanager.container-executor.class":                                     "org.apache.hadoop.yarn.server.nodemanager.DefaultContainerExecutor",
		"yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage": "99.5",
		"yarn.log-aggregation-enable":                                                   "false",
		"yarn.application.classpath":                                                    confDir(dir) + "," + filepath.Join(s.Distributions.HadoopLib, "*"),
	}
}

// capacityScheduler has two queues that run and one that is stopped, for the refusals. One user may fill the cluster.
func capacityScheduler() properties {
	const root = "yarn.scheduler.capacity.root"
	p := properties{
		root + ".queues": "default,etl,closed",
		"yarn.scheduler.capacity.maximum-am-resource-percent": "0.9", // the second session would wait for ever otherwise
	}
	// Fractions of two: with others the ResourceManager reports 60.000004.
	for queue, capacity := range map[string]string{"default": "50", "etl": "25", "closed": "25"} {
		p[root+"."+queue+".capacity"] = capacity
		p[root+"."+queue+".maximum-capacity"] = "100"
		p[root+"."+queue+".user-limit-factor"] = "10"
		p[root+"."+queue+".state"] = "RUNNING"
	}
	p[root+".closed.state"] = "STOPPED"
	return p
}

type configurationXML struct {
	XMLName    xml.Name      `xml:"configuration"`
	Properties []propertyXML `xml:"property"`
}

type propertyXML struct {
	Name  string `xml:"name"`
	Value string `xml:"value"`
}

func (p properties) xml() ([]byte, error) {
	var c configurationXML
	for _, key := range slices.Sorted(maps.Keys(p)) {
		c.Properties = append(c.Properties, propertyXML{key, p[key]})
	}
	body, err := xml.MarshalIndent(c, "", "  ")
	return append([]byte(xml.Header), append(body, '\n')...), err
}

const (
	// The conf folder is also that of command line clients, whose output must stay clean.
	clientLog4j = `log4j.rootLogger=WARN, stderr
log4j.appender.stderr=org.apache.log4j.ConsoleAppender
log4j.appender.stderr.target=System.err
log4j.appender.stderr.layout=org.apache.log4j.PatternLayout
log4j.appender.stderr.layout.ConversionPattern=%d{ISO8601} %p %c{2}: %m%n
`
	daemonLog4j = `log4j.rootLogger=INFO, stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.target=System.out
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=%d{ISO8601} %p %c: %m%n
`
	emptyWebapp = "<web-app/>\n"
)

// writeConfig writes the conf folder and, apart from it, what only the daemons have in their classpath.
func writeConfig(dir string, files map[string]properties) error {
	contents := map[string][]byte{
		filepath.Join(confDir(dir), "log4j.properties"):       []byte(clientLog4j),
		filepath.Join(daemonConfDir(dir), "log4j.properties"): []byte(daemonLog4j),
	}
	// The Maven jars carry no HDFS web pages, and without these folders the daemons don't start.
	for _, webapp := range []string{"hdfs", "datanode", "secondary", "journal"} {
		contents[filepath.Join(daemonConfDir(dir), "webapps", webapp, "WEB-INF", "web.xml")] = []byte(emptyWebapp)
	}
	for name, props := range files {
		content, err := props.xml()
		if err != nil {
			return fmt.Errorf("render %s: %w", name, err)
		}
		contents[filepath.Join(confDir(dir), name)] = content
	}
	for path, content := range contents {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func nameDir(dir string) string         { return filepath.Join(dir, "dfs", "name") }
func containerLogDir(dir string) string { return filepath.Join(dir, "container-logs") }
