package flink

import (
	"fmt"
	"strconv"
	"strings"
)

// LegacyEnv holds the values of the two environment variables from which Flink
// before 2.0 still takes a memory size. Libraries don't read the environment;
// the caller fills it in. An empty string means that the variable is not set.
type LegacyEnv struct {
	JobManagerHeap  string // FLINK_JM_HEAP, a memory size ("1024m"; a bare number is bytes)
	TaskManagerHeap string // FLINK_TM_HEAP, a memory size
}

// processOptions are the options that the models of both processes have.
//
// Java: ProcessMemoryOptions, JvmMetaspaceAndOverheadOptions, LegacyMemoryOptions.
type processOptions struct {
	process          string // "JobManager" or "TaskManager"
	total            Option
	flink            Option
	metaspace        Option
	overheadMin      Option
	overheadMax      Option
	overheadFraction Option
	legacySize       Option // a size, read by Flink below 2.0
	legacyMB         Option // a number of MiB, read by Flink below 2.0
	legacyEnv        string // name of the environment variable
}

func newProcessOptions(process, prefix, legacyEnv string) processOptions {
	return processOptions{
		process:          process,
		total:            Option{Key: prefix + ".memory.process.size"},
		flink:            Option{Key: prefix + ".memory.flink.size"},
		metaspace:        Option{Key: prefix + ".memory.jvm-metaspace.size", Default: "256m"},
		overheadMin:      Option{Key: prefix + ".memory.jvm-overhead.min", Default: "192m"},
		overheadMax:      Option{Key: prefix + ".memory.jvm-overhead.max", Default: "1g"},
		overheadFraction: Option{Key: prefix + ".memory.jvm-overhead.fraction", Default: "0.1"},
		legacySize:       Option{Key: prefix + ".heap.size"},
		legacyMB:         Option{Key: prefix + ".heap.mb"},
		legacyEnv:        legacyEnv,
	}
}

// The options of the JobManager alone.
var (
	jmOptions     = newProcessOptions("JobManager", "jobmanager", "FLINK_JM_HEAP")
	jmHeap        = Option{Key: "jobmanager.memory.heap.size"}
	jmOffHeap     = Option{Key: "jobmanager.memory.off-heap.size", Default: "128m"}
	jmDirectLimit = Option{Key: "jobmanager.memory.enable-jvm-direct-memory-limit", Default: "false"}
)

// The options of the TaskManager alone.
var (
	tmOptions          = newProcessOptions("TaskManager", "taskmanager", "FLINK_TM_HEAP")
	tmFrameworkHeap    = Option{Key: "taskmanager.memory.framework.heap.size", Default: "128m"}
	tmFrameworkOffHeap = Option{Key: "taskmanager.memory.framework.off-heap.size", Default: "128m"}
	tmTaskHeap         = Option{Key: "taskmanager.memory.task.heap.size"}
	tmTaskOffHeap      = Option{Key: "taskmanager.memory.task.off-heap.size", Default: "0"}
	tmManaged          = Option{Key: "taskmanager.memory.managed.size", Aliases: []string{"taskmanager.memory.size"}}
	tmManagedFraction  = Option{Key: "taskmanager.memory.managed.fraction", Default: "0.4"}
	tmNetworkMin       = Option{Key: "taskmanager.memory.network.min", Aliases: []string{"taskmanager.network.memory.min"}, Default: "64m"}
	tmNetworkFraction  = Option{Key: "taskmanager.memory.network.fraction", Aliases: []string{"taskmanager.network.memory.fraction"}, Default: "0.1"}
	tmNetworkBuffers   = Option{Key: "taskmanager.network.numberOfBuffers"}
	tmSegmentSize      = Option{Key: "taskmanager.memory.segment-size", Default: "32k"}
)

// tmNetworkMax is unlimited since Flink 1.17.
func tmNetworkMax(v Version) Option {
	o := Option{Key: "taskmanager.memory.network.max", Aliases: []string{"taskmanager.network.memory.max"}, Default: "1g"}
	if v.AtLeast(1, 17) {
		o.Default = strconv.FormatInt(unlimited, 10) + "b"
	}
	return o
}

// memoryReader reads options and keeps every problem it meets, so that all of
// them are told at once. Only options the model of the configuration needs may
// be read: Java doesn't mind what an unused one says.
type memoryReader struct {
	conf     *Configuration
	problems []error
	hints    []string
}

func (r *memoryReader) isSet(o Option) bool { return r.conf.IsSet(o) }

// source says where the value in force of an option comes from.
func (r *memoryReader) source(o Option) string {
	_, key, _ := r.conf.Effective(o)
	if key == "" {
		return "default of " + o.Key
	}
	if origin := r.conf.Origin(key); origin != "" {
		return fmt.Sprintf("set by %s, %s", key, origin)
	}
	return "set by " + key
}

func (r *memoryReader) reject(o Option, err error) {
	_, key, _ := r.conf.Effective(o)
	origin := Origin("default")
	if key == "" {
		key = o.Key
	} else {
		origin = r.conf.Origin(key)
	}
	r.problems = append(r.problems, &ValueError{Key: key, Origin: origin, Err: err})
}

// size reads an option that has a default.
func (r *memoryReader) size(name string, o Option) Figure {
	n, _, err := r.conf.MemorySize(o)
	if err != nil {
		r.problems = append(r.problems, err)
	}
	return Figure{Name: name, Key: o.Key, Bytes: n.Bytes(), Reason: r.source(o)}
}

// optionalSize returns nil for an option that is not set.
func (r *memoryReader) optionalSize(name string, o Option) *Figure {
	if !r.isSet(o) {
		return nil
	}
	f := r.size(name, o)
	return &f
}

// fraction reads a float32, as Java does, and widens it: 0.1 becomes
// 0.10000000149011612, which the bytes derived from it show.
func (r *memoryReader) fraction(o Option) float64 {
	value := r.conf.Text(o)
	number := strings.TrimSpace(value)
	if trimmed := strings.TrimRight(number, "fFdD"); len(number)-len(trimmed) == 1 {
		number = trimmed // Java allows the suffix of a literal
	}
	f, err := strconv.ParseFloat(number, 32)
	if err != nil {
		r.reject(o, fmt.Errorf("%q is no fraction", value))
		return 0
	}
	if !(f >= 0 && f < 1) { // so written for NaN
		r.reject(o, fmt.Errorf("fraction %s is not at least 0 and below 1", value))
		return 0
	}
	return f
}

func (r *memoryReader) flag(o Option) bool {
	b, _, err := r.conf.Bool(o)
	if err != nil {
		r.problems = append(r.problems, err)
	}
	return b
}

// count reads an option of Java's type Integer that may not be negative.
func (r *memoryReader) count(o Option) int64 {
	n, err := strconv.ParseInt(r.conf.Text(o), 10, 32)
	switch {
	case err != nil:
		r.reject(o, fmt.Errorf("%q is no whole number of 32 bits", r.conf.Text(o)))
	case n < 0:
		r.reject(o, fmt.Errorf("%d is negative", n))
	}
	return n
}

// legacySize returns the size in the options and the variable from before the
// memory model, in the order Flink looks at them, or nil. Flink 2.0 has dropped them.
//
// Java: MemoryBackwardsCompatibilityUtils (1.20).
func (r *memoryReader) legacySize(o processOptions, env string) *Figure {
	switch {
	case env != "":
		n, err := ParseMemorySize(env)
		if err != nil {
			r.problems = append(r.problems, &ValueError{Key: o.legacyEnv, Origin: "environment", Err: err})
		}
		return &Figure{Key: o.legacyEnv, Bytes: n.Bytes(), Reason: "set by " + o.legacyEnv + ", environment"}
	case r.isSet(o.legacySize):
		return r.optionalSize("", o.legacySize)
	case r.isSet(o.legacyMB):
		mib := r.count(o.legacyMB)
		return &Figure{Key: o.legacyMB.Key, Bytes: mib * mebibyte, Reason: r.source(o.legacyMB)}
	}
	return nil
}

// legacyKeys names what legacySize would look at and finds set.
func (r *memoryReader) legacyKeys(o processOptions, env string) []string {
	var keys []string
	if env != "" {
		keys = append(keys, o.legacyEnv)
	}
	for _, legacy := range []Option{o.legacySize, o.legacyMB} {
		if r.isSet(legacy) {
			keys = append(keys, legacy.Key)
		}
	}
	return keys
}
