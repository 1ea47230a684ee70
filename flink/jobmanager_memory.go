package flink

import (
	"fmt"
	"slices"
	"strings"
)

// minimumHeap is what Flink recommends for the JobManager; less is a warning.
const minimumHeap = 128 * mebibyte

// JobManagerMemory is how the memory of the JobManager's process is divided,
// in bytes. TotalBytes is the sum of heap, off-heap, metaspace and overhead.
type JobManagerMemory struct {
	TotalBytes     int64
	FlinkBytes     int64 // heap and off-heap
	HeapBytes      int64
	OffHeapBytes   int64
	MetaspaceBytes int64
	OverheadBytes  int64

	// DirectLimit is jobmanager.memory.enable-jvm-direct-memory-limit.
	DirectLimit bool
	// Warnings are sentences about what works, but hardly as intended.
	Warnings []string

	figures []Figure
}

// DeriveJobManagerMemory derives the JobManager's memory as Flink's YARN client
// does. It needs Flink 1.11 or later. Sizes from before the memory model (the
// options jobmanager.heap.size and .mb, env.JobManagerHeap) are taken for the
// process memory by Flink below 2.0 and ignored since. The error is a
// *MemoryError.
//
// Java: JobManagerProcessUtils as called by YarnClusterDescriptor.
func DeriveJobManagerMemory(c *Configuration, v Version, env LegacyEnv) (JobManagerMemory, error) {
	return deriveJobManagerMemory(c, v, env, jmOptions.total)
}

// DeriveStandaloneJobManagerMemory derives the JobManager's memory as Flink's
// own shell scripts do. It differs from DeriveJobManagerMemory in that sizes
// from before the memory model are taken for the heap.
//
// Java: JobManagerProcessUtils as called by BashJavaUtils.
func DeriveStandaloneJobManagerMemory(c *Configuration, v Version, env LegacyEnv) (JobManagerMemory, error) {
	return deriveJobManagerMemory(c, v, env, jmHeap)
}

// jobManagerDerivation derives the JobManager's part of Flink memory.
//
// Java: JobManagerFlinkMemoryUtils.
type jobManagerDerivation struct {
	*memoryDerivation
	heap    *Figure // nil if not configured
	offHeap Figure
}

func deriveJobManagerMemory(c *Configuration, v Version, env LegacyEnv, legacyTarget Option) (JobManagerMemory, error) {
	d := &jobManagerDerivation{memoryDerivation: newMemoryDerivation(jmOptions, c, v, env.JobManagerHeap)}
	d.heap = d.optionalSize("JVM heap", jmHeap)
	d.offHeap = d.size("off-heap", jmOffHeap)
	if legacyTarget.Key == jmHeap.Key {
		d.adoptLegacy(&d.heap, "JVM heap", jmHeap)
	} else {
		d.adoptLegacy(&d.process, "process memory", jmOptions.total)
	}
	limit := d.flag(jmDirectLimit)
	if err := d.check(); err != nil {
		return JobManagerMemory{}, err
	}
	m, err := d.divide()
	if err != nil {
		return JobManagerMemory{}, err
	}
	m.DirectLimit = limit
	if m.HeapBytes < minimumHeap {
		d.warn("JVM heap %s is less than the %s Flink recommends", sizeText(m.HeapBytes), sizeText(minimumHeap))
	}
	m.Warnings = d.warnings
	return m, nil
}

// divide starts from the most specific figure that is configured.
func (d *jobManagerDerivation) divide() (JobManagerMemory, error) {
	var (
		flink, heap, process, overhead Figure
		err                            error
	)
	switch {
	case d.heap != nil:
		heap = *d.heap
		if flink, err = d.fromHeap(); err == nil {
			process, overhead, err = d.aroundFlink(flink)
		}
	case d.flink != nil:
		flink = *d.flink
		if heap, err = d.heapIn(flink); err == nil {
			process, overhead, err = d.aroundFlink(flink)
		}
	case d.process != nil:
		process = *d.process
		if flink, overhead, err = d.insideProcess(d.fits); err == nil {
			heap, err = d.heapIn(flink)
		}
	default:
		err = d.missing(jmHeap)
	}
	if err != nil {
		return JobManagerMemory{}, err
	}
	return JobManagerMemory{
		TotalBytes:     process.Bytes,
		FlinkBytes:     flink.Bytes,
		HeapBytes:      heap.Bytes,
		OffHeapBytes:   d.offHeap.Bytes,
		MetaspaceBytes: d.metaspace.Bytes,
		OverheadBytes:  overhead.Bytes,
		figures:        []Figure{process, flink, heap, d.offHeap, d.metaspace, overhead},
	}, nil
}

// fromHeap returns Flink's memory for a configured heap. Off-heap memory that
// isn't configured takes what a configured Flink memory leaves.
func (d *jobManagerDerivation) fromHeap() (Figure, error) {
	sum, ok := sumBytes(*d.heap, d.offHeap)
	if d.flink == nil {
		if !ok {
			return Figure{}, d.fail("lower one of them", "%s and %s exceed what 64 bits can count", d.heap.describe(), d.offHeap.describe())
		}
		return Figure{
			Name:   "Flink memory",
			Key:    jmOptions.flink.Key,
			Bytes:  sum,
			Reason: fmt.Sprintf("%s + %s", d.heap.size(), d.offHeap.size()),
		}, nil
	}
	if d.isSet(jmOffHeap) {
		if ok && sum == d.flink.Bytes {
			return *d.flink, nil
		}
		return Figure{}, d.fail(d.alignAdvice(), "%s and %s don't add up to %s",
			d.heap.describe(), d.offHeap.describe(), d.flink.describe())
	}
	rest, ok := subtractBytes(d.flink.Bytes, *d.heap)
	if !ok {
		return Figure{}, d.fail(d.alignAdvice(), "%s exceeds %s", d.heap.describe(), d.flink.describe())
	}
	d.offHeap.Bytes = rest
	d.offHeap.Reason = fmt.Sprintf("%s minus %s", d.flink.size(), d.heap.size())
	return *d.flink, nil
}

// alignAdvice says how heap and Flink memory can be brought together.
func (d *jobManagerDerivation) alignAdvice() string {
	advice := fmt.Sprintf("set only one of %s and %s", d.heap.Key, jmOptions.flink.Key)
	if sum, ok := sumBytes(*d.heap, d.offHeap); ok {
		advice += fmt.Sprintf(", or %s to %s", jmOptions.flink.Key, sizeText(sum))
	}
	return advice
}

// fits tells whether so much Flink memory leaves a heap.
func (d *jobManagerDerivation) fits(flink int64) bool { return flink > d.offHeap.Bytes }

func (d *jobManagerDerivation) heapIn(flink Figure) (Figure, error) {
	if !d.fits(flink.Bytes) {
		return Figure{}, d.fail(d.raiseTotal(d.fits), "%s leaves no heap beside %s", flink.describe(), d.offHeap.describe())
	}
	return Figure{
		Name:   "JVM heap",
		Key:    jmHeap.Key,
		Bytes:  flink.Bytes - d.offHeap.Bytes,
		Reason: fmt.Sprintf("%s minus %s", flink.size(), d.offHeap.size()),
	}, nil
}

// JVMArgs returns the memory arguments of the JobManager's java command.
func (m JobManagerMemory) JVMArgs() string {
	direct := ""
	if m.DirectLimit {
		direct = fmt.Sprintf(" -XX:MaxDirectMemorySize=%d", m.OffHeapBytes)
	}
	return fmt.Sprintf("-Xmx%d -Xms%[1]d%s -XX:MaxMetaspaceSize=%d", m.HeapBytes, direct, m.MetaspaceBytes)
}

// DynamicArgs returns the arguments that tell the JobManager's main class how
// its memory is divided, in the order of Flink's own client.
func (m JobManagerMemory) DynamicArgs() string {
	pairs := []struct {
		option Option
		bytes  int64
	}{
		{jmOffHeap, m.OffHeapBytes},
		{jmOptions.overheadMin, m.OverheadBytes},
		{jmOptions.metaspace, m.MetaspaceBytes},
		{jmHeap, m.HeapBytes},
		{jmOptions.overheadMax, m.OverheadBytes},
	}
	args := make([]string, len(pairs))
	for i, p := range pairs {
		args[i] = fmt.Sprintf("-D %s=%db", p.option.Key, p.bytes)
	}
	return strings.Join(args, " ")
}

// ContainerMB returns the whole MiB in TotalBytes: the container to ask for,
// before YARN rounds up.
func (m JobManagerMemory) ContainerMB() int64 { return m.TotalBytes / mebibyte }

// Reasons returns every figure of the model with the reason for its value,
// totals first.
func (m JobManagerMemory) Reasons() []Figure { return slices.Clone(m.figures) }
