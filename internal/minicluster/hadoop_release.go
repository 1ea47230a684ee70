package minicluster

// hadoopRelease is what differs between Hadoop's releases in what Maven brings. The same main classes, configuration and
// Java run all of them; see docs/versions.md.
type hadoopRelease struct {
	// exclusions are dependencies to leave out, whoever brings them.
	exclusions []pomExclusion
}

func hadoopReleaseOf(version string) hadoopRelease {
	if releaseOf(version).before(3, 0) {
		return hadoopRelease{
			// Jersey 1.9 needs the ASM 3 of another group, and which of the two wins in a folder of jars is chance. With this one
			// WebHDFS answers 500: IncompatibleClassChangeError. It comes with the JSON parser of a login that is not used here.
			exclusions: []pomExclusion{{"org.ow2.asm", "asm"}},
		}
	}
	return hadoopRelease{}
}
