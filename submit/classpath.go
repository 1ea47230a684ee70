package submit

import (
	"slices"
	"strings"
)

// userJarInclusion is where user jars stand in the class path.
//
// Java: YarnConfigOptions.UserJarInclusion.
type userJarInclusion string

const (
	includeOrder    userJarInclusion = "ORDER"
	includeFirst    userJarInclusion = "FIRST"
	includeLast     userJarInclusion = "LAST"
	includeDisabled userJarInclusion = "DISABLED"
)

// classpath returns _FLINK_CLASSPATH. Each part is sorted by itself and every
// element is followed by a colon, so that it starts with one where the working
// directory (the empty entry) belongs to it.
//
// Java: YarnClusterDescriptor.startAppMaster (1.20).
func classpath(mode userJarInclusion, system, user []string, dist, config string) string {
	system, user = slices.Clone(system), slices.Clone(user)
	if mode == includeOrder {
		system, user = append(system, user...), nil
	}
	slices.Sort(system)
	slices.Sort(user)
	var parts []string
	switch mode {
	case includeFirst:
		parts = slices.Concat(user, system, []string{dist, config})
	case includeDisabled:
		parts = slices.Concat(system, []string{dist, config})
	default:
		parts = slices.Concat(system, []string{dist, config}, user)
	}
	return strings.Join(parts, ":") + ":"
}
