package flink

import (
	"fmt"
	"regexp"
	"strconv"
)

// Version is a release of Flink. The zero value is no release and is older
// than every one.
type Version struct {
	Major, Minor int
	// Patch is -1 where the text has none, as in "2.0-SNAPSHOT".
	Patch int
	// Suffix is what follows the numbers, separator included: "-SNAPSHOT".
	Suffix string
}

var versionPattern = regexp.MustCompile(`^(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?([-._+][0-9A-Za-z._+-]*)?$`)

// ParseVersion reads "1.20.5", "1.20", "2.0-SNAPSHOT" or a vendor's
// "1.14.3-csa1.6.1.0".
func ParseVersion(s string) (Version, error) {
	m := versionPattern.FindStringSubmatch(s)
	if m == nil {
		return Version{}, fmt.Errorf("flink version %q is not of the form MAJOR.MINOR[.PATCH][-SUFFIX]", s)
	}
	v := Version{Patch: -1, Suffix: m[4]}
	v.Major, _ = strconv.Atoi(m[1]) // six digits at most: fits
	v.Minor, _ = strconv.Atoi(m[2])
	if m[3] != "" {
		v.Patch, _ = strconv.Atoi(m[3])
	}
	return v, nil
}

// AtLeast says whether the version is of the given minor release or a newer
// one. A snapshot counts as its release.
func (v Version) AtLeast(major, minor int) bool {
	if v.Major != major {
		return v.Major > major
	}
	return v.Minor >= minor
}

// String is the text that ParseVersion reads.
func (v Version) String() string {
	if v.Patch < 0 {
		return fmt.Sprintf("%d.%d%s", v.Major, v.Minor, v.Suffix)
	}
	return fmt.Sprintf("%d.%d.%d%s", v.Major, v.Minor, v.Patch, v.Suffix)
}
