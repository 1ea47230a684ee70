package minicluster

import (
	"strconv"
	"strings"
)

// release is the part of a version number that decides what differs: 3.4 of "3.4.2".
type release struct{ major, minor int }

// releaseOf reads a version that versionPattern accepts; a part that is no number counts as 0.
func releaseOf(version string) release {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	var r release
	r.major, _ = strconv.Atoi(major)
	r.minor, _ = strconv.Atoi(minor)
	return r
}

func (r release) before(major, minor int) bool {
	return r.major < major || r.major == major && r.minor < minor
}
