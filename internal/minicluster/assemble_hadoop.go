package minicluster

import (
	"context"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
)

// hadoopArtifacts are what the four daemons and the command line clients need. Each brings its dependencies.
var hadoopArtifacts = []string{
	"hadoop-common",
	"hadoop-hdfs",
	"hadoop-hdfs-client",
	"hadoop-yarn-server-resourcemanager",
	"hadoop-yarn-server-nodemanager",
	"hadoop-yarn-server-timelineservice", // the ResourceManager does not start without it
	"hadoop-yarn-client",
	"hadoop-mapreduce-client-jobclient",
}

// Maven's plugins are named in full: its own choice differs from release to release.
const (
	mavenCopyDependencies = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
	// mavenCopy copies one artifact. From 3.0 on the plugin wants the artifact's parent as well, which the examples of Flink
	// 2.3 don't have in Maven.
	mavenCopy = "org.apache.maven.plugins:maven-dependency-plugin:2.10:copy"
)

type pom struct {
	XMLName      xml.Name        `xml:"http://maven.apache.org/POM/4.0.0 project"`
	ModelVersion string          `xml:"modelVersion"`
	GroupID      string          `xml:"groupId"`
	ArtifactID   string          `xml:"artifactId"`
	Version      string          `xml:"version"`
	Packaging    string          `xml:"packaging"`
	Dependencies []pomDependency `xml:"dependencies>dependency"`
}

type pomDependency struct {
	GroupID    string         `xml:"groupId"`
	ArtifactID string         `xml:"artifactId"`
	Version    string         `xml:"version"`
	Exclusions []pomExclusion `xml:"exclusions>exclusion"`
}

type pomExclusion struct {
	GroupID    string `xml:"groupId"`
	ArtifactID string `xml:"artifactId"`
}

func hadoopPOM(version string) ([]byte, error) {
	p := pom{ModelVersion: "4.0.0", GroupID: "minicluster", ArtifactID: "hadoop", Version: version, Packaging: "pom"}
	exclusions := hadoopReleaseOf(version).exclusions
	for _, artifact := range hadoopArtifacts {
		p.Dependencies = append(p.Dependencies, pomDependency{"org.apache.hadoop", artifact, version, exclusions})
	}
	return xml.MarshalIndent(p, "", "  ")
}

// assembleHadoop puts Hadoop's jars into dir/lib.
func (o Options) assembleHadoop(ctx context.Context, dir string) error {
	o.logf("hadoop-%s: downloading about 92 MB of jars with Maven", o.HadoopVersion)
	content, err := hadoopPOM(o.HadoopVersion)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "pom.xml")
	if err := os.WriteFile(path, content, 0o644); err != nil {
		return err
	}
	lib := filepath.Join(dir, "lib")
	err = runTool(ctx, dir, "mvn", "-B", "-q", "-f", path, mavenCopyDependencies,
		"-DincludeScope=runtime", "-DoutputDirectory="+lib)
	if err != nil {
		return err
	}
	jars, err := filepath.Glob(filepath.Join(lib, "*.jar"))
	if err != nil {
		return err
	}
	if len(jars) < len(hadoopArtifacts) {
		return fmt.Errorf("maven copied %d jars into %s, fewer than the %d asked for", len(jars), lib, len(hadoopArtifacts))
	}
	return nil
}
