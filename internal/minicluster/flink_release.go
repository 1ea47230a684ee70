package minicluster

// flinkRelease is what differs between Flink's releases: where their parts are found, and which Java they run on.
type flinkRelease struct {
	// oneWheel says that the wheel apache-flink holds all of the distribution, jars included. Later releases have the jars in
	// the source distribution apache-flink-libraries.
	oneWheel bool
	// wheelPython is a version of Python that has a wheel of the release. The part that matters here is the same in all.
	wheelPython string
	// java11 says that the release does not run on Java 17.
	java11 bool
	// examples is the Maven artifact of org.apache.flink with the streaming examples. Most releases have none in Maven; the
	// examples of these run on the releases around them.
	examplesArtifact, examplesVersion string
}

func flinkReleaseOf(version string) flinkRelease {
	r := releaseOf(version)
	f := flinkRelease{
		oneWheel:         r.before(1, 13),
		wheelPython:      "3.11",
		java11:           r.before(1, 18),
		examplesArtifact: "flink-examples-streaming",
		examplesVersion:  "2.3.0",
	}
	switch {
	case r.before(1, 17):
		f.wheelPython = "3.7"
	case r.before(1, 19):
		f.wheelPython = "3.10"
	}
	switch {
	case r.before(1, 15): // the Scala version in the name goes with 1.15; the Java examples don't depend on it
		f.examplesArtifact, f.examplesVersion = "flink-examples-streaming_2.11", "1.12.5"
	case r.before(1, 20):
		f.examplesVersion = "1.18.1"
	case r.before(2, 0):
		f.examplesVersion = "1.20.0"
	}
	return f
}

// examplesJarName is the file that Maven makes of the artifact.
func (f flinkRelease) examplesJarName() string {
	return f.examplesArtifact + "-" + f.examplesVersion + ".jar"
}
