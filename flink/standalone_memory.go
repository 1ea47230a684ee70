package flink

import (
	"fmt"
	"strings"
)

// DeriveStandaloneTaskManagerMemory derives a TaskManager's memory as Flink's
// own shell scripts do. It differs from [DeriveTaskManagerMemory] in that sizes
// from before the memory model are taken for Flink's memory, around which
// metaspace and overhead are added.
//
// Java: TaskExecutorProcessUtils as called by BashJavaUtils.
func DeriveStandaloneTaskManagerMemory(c *Configuration, v Version, env LegacyEnv) (TaskManagerMemory, error) {
	return deriveTaskManagerMemory(c, v, env, tmOptions.flink)
}

// ExternalResources are what a TaskManager offers besides slots, by name.
var ExternalResources = Option{Key: "external-resources"}

// DynamicArgs returns the arguments that tell a TaskManager's main class how its
// memory is divided, with its slots and cores; c is the configuration that the
// memory was derived from. A value that can't be read is a [*ValueError].
//
// Java: TaskExecutorProcessUtils.generateDynamicConfigsStr; differs: external
// resources that are configured are left to the configuration.
func (m TaskManagerMemory) DynamicArgs(c *Configuration, v Version) (string, error) {
	slots, _, err := c.Int(NumTaskSlots)
	if err != nil {
		return "", err
	}
	cores := javaDouble(float64(slots))
	if c.IsSet(TaskManagerCPUCores) {
		cores = c.Text(TaskManagerCPUCores)
	}
	args := []string{
		dynamicBytes(tmNetworkMin, m.NetworkBytes),
		dynamicArg(TaskManagerCPUCores, cores),
		dynamicBytes(tmTaskOffHeap, m.TaskOffHeapBytes),
		dynamicBytes(tmOptions.metaspace, m.MetaspaceBytes),
		dynamicBytes(tmOptions.overheadMin, m.OverheadBytes),
		dynamicBytes(tmFrameworkOffHeap, m.FrameworkOffHeapBytes),
		dynamicBytes(tmNetworkMax(v), m.NetworkBytes),
		dynamicBytes(tmFrameworkHeap, m.FrameworkHeapBytes),
		dynamicBytes(tmManaged, m.ManagedBytes),
		dynamicBytes(tmTaskHeap, m.TaskHeapBytes),
		dynamicBytes(tmOptions.overheadMax, m.OverheadBytes),
	}
	if v.AtLeast(1, 13) {
		args = append(args, dynamicArg(NumTaskSlots, fmt.Sprint(slots)))
		if !c.IsSet(ExternalResources) {
			args = append(args, dynamicArg(ExternalResources, "none"))
		}
	}
	return strings.Join(args, " "), nil
}

func dynamicBytes(o Option, bytes int64) string { return dynamicArg(o, fmt.Sprintf("%db", bytes)) }

func dynamicArg(o Option, value string) string { return "-D " + o.Key + "=" + value }
