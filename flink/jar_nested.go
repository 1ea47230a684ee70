package flink

import "strings"

// HasNestedJars says whether the jar holds jars in its lib folder, which Flink
// adds to the class path: a class may be in one of them.
//
// Java: PackagedProgram.extractContainedLibraries.
func (j *Jar) HasNestedJars() bool {
	for name := range j.entries {
		if strings.HasPrefix(name, "lib/") && strings.HasSuffix(name, ".jar") {
			return true
		}
	}
	return false
}
