package flink

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// TaskManagerMemory is how the memory of a TaskManager's process is divided,
// in bytes. FlinkBytes is the sum of the six figures below it, TotalBytes that
// of FlinkBytes, metaspace and overhead.
type TaskManagerMemory struct {
	TotalBytes            int64
	FlinkBytes            int64
	FrameworkHeapBytes    int64
	TaskHeapBytes         int64
	FrameworkOffHeapBytes int64
	TaskOffHeapBytes      int64
	NetworkBytes          int64
	ManagedBytes          int64
	MetaspaceBytes        int64
	OverheadBytes         int64

	// Warnings are sentences about what works, but hardly as intended.
	Warnings []string

	figures []Figure
}

// DeriveTaskManagerMemory derives a TaskManager's memory as Flink's YARN client
// does before it submits. It needs Flink 1.11 or later. Sizes from before the
// memory model (the options taskmanager.heap.size and .mb, env.TaskManagerHeap)
// are taken for the process memory by Flink below 2.0 and ignored since. The
// error is a *MemoryError.
//
// Java: TaskExecutorProcessUtils.
func DeriveTaskManagerMemory(c *Configuration, v Version, env LegacyEnv) (TaskManagerMemory, error) {
	return deriveTaskManagerMemory(c, v, env, tmOptions.total)
}

func deriveTaskManagerMemory(c *Configuration, v Version, env LegacyEnv, legacyTarget Option) (TaskManagerMemory, error) {
	d := &taskManagerDerivation{memoryDerivation: newMemoryDerivation(tmOptions, c, v, env.TaskManagerHeap)}
	if legacyTarget.Key == tmOptions.flink.Key {
		d.adoptLegacy(&d.flink, "Flink memory", tmOptions.flink)
	} else {
		d.adoptLegacy(&d.process, "process memory", tmOptions.total)
	}
	d.read()
	if err := d.check(); err != nil {
		return TaskManagerMemory{}, err
	}
	m, err := d.divide()
	if err != nil {
		return TaskManagerMemory{}, err
	}
	m.Warnings = d.warnings
	return m, nil
}

// taskManagerDerivation derives the parts of a TaskManager's Flink memory.
//
// Java: TaskExecutorFlinkMemoryUtils.
type taskManagerDerivation struct {
	*memoryDerivation
	frameworkHeap    Figure
	frameworkOffHeap Figure
	taskOffHeap      Figure
	taskHeap         *Figure // nil until configured or derived
	managed          *Figure // nil until configured or derived
	managedFraction  cappedFraction
	network          *Figure // nil until the buffers are counted or it is derived
	networkFraction  cappedFraction
}

func (d *taskManagerDerivation) read() {
	d.frameworkHeap = d.size("framework heap", tmFrameworkHeap)
	d.frameworkOffHeap = d.size("framework off-heap", tmFrameworkOffHeap)
	d.taskOffHeap = d.size("task off-heap", tmTaskOffHeap)
	d.taskHeap = d.optionalSize("task heap", tmTaskHeap)
	if d.managed = d.optionalSize("managed memory", tmManaged); d.managed == nil {
		d.managedFraction = d.plainFraction("managed memory", "Flink memory", tmManagedFraction)
	}
	if d.network = d.networkBuffers(); d.network == nil {
		d.networkFraction = d.cappedFraction("network memory", "Flink memory", tmNetworkFraction, tmNetworkMin, tmNetworkMax(d.version))
	}
}

// networkBuffers returns the network memory in the unit it had before Flink
// 1.5, nil where that isn't set or any of the newer options is.
func (d *taskManagerDerivation) networkBuffers() *Figure {
	if !d.isSet(tmNetworkBuffers) {
		return nil
	}
	if d.version.AtLeast(2, 0) || d.isSet(tmNetworkMin) || d.isSet(tmNetworkMax(d.version)) || d.isSet(tmNetworkFraction) {
		d.warn("%s is ignored; the taskmanager.memory.network options count", tmNetworkBuffers.Key)
		return nil
	}
	buffers := d.count(tmNetworkBuffers)
	segment := d.size("buffer", tmSegmentSize)
	const minimum, maximum = 4 * kibibyte, 1 << 31
	if segment.Bytes < minimum || segment.Bytes >= maximum || bits.OnesCount64(uint64(segment.Bytes)) != 1 {
		d.reject(tmSegmentSize, errors.New("a buffer's size must be a power of 2, at least 4k and below 2g"))
	}
	return &Figure{
		Name:   "network memory",
		Key:    tmNetworkBuffers.Key,
		Bytes:  buffers * segment.Bytes, // both below 2^31
		Reason: fmt.Sprintf("%d buffers of %s, %s", buffers, sizeText(segment.Bytes), d.source(tmNetworkBuffers)),
	}
}

// countsBuffers tells whether network memory is a configured number of buffers.
func (d *taskManagerDerivation) countsBuffers() bool { return d.networkFraction.key == "" }

// divide starts from the most specific figures that are configured.
func (d *taskManagerDerivation) divide() (TaskManagerMemory, error) {
	var (
		flink, process, overhead Figure
		err                      error
	)
	switch {
	case d.taskHeap != nil && d.managed != nil:
		if flink, err = d.fromParts(); err == nil {
			process, overhead, err = d.aroundFlink(flink)
		}
	case d.flink != nil:
		flink = *d.flink
		if err = d.divideFlink(flink); err == nil {
			process, overhead, err = d.aroundFlink(flink)
		}
	case d.process != nil:
		process = *d.process
		if flink, overhead, err = d.insideProcess(d.fits); err == nil {
			err = d.divideFlink(flink)
		}
	default:
		err = d.missing(tmTaskHeap, tmManaged)
	}
	if err != nil {
		return TaskManagerMemory{}, err
	}
	return d.memory(process, flink, overhead), nil
}

func (d *taskManagerDerivation) memory(process, flink, overhead Figure) TaskManagerMemory {
	return TaskManagerMemory{
		TotalBytes:            process.Bytes,
		FlinkBytes:            flink.Bytes,
		FrameworkHeapBytes:    d.frameworkHeap.Bytes,
		TaskHeapBytes:         d.taskHeap.Bytes,
		FrameworkOffHeapBytes: d.frameworkOffHeap.Bytes,
		TaskOffHeapBytes:      d.taskOffHeap.Bytes,
		NetworkBytes:          d.network.Bytes,
		ManagedBytes:          d.managed.Bytes,
		MetaspaceBytes:        d.metaspace.Bytes,
		OverheadBytes:         overhead.Bytes,
		figures: []Figure{
			process, flink, d.frameworkHeap, *d.taskHeap, d.frameworkOffHeap, d.taskOffHeap,
			*d.network, *d.managed, d.metaspace, overhead,
		},
	}
}

// fromParts returns Flink's memory when task heap and managed memory are
// configured. A Flink memory that is configured too leaves the rest to the network.
func (d *taskManagerDerivation) fromParts() (Figure, error) {
	if d.flink != nil {
		return *d.flink, d.networkRest(*d.flink)
	}
	others := d.partsBeside("network memory")
	rest, ok := sumBytes(others...)
	if ok && d.network == nil {
		var network Figure
		if network, ok = d.networkFraction.on(rest); ok {
			d.network = &network
			d.warnCapped(d.networkFraction, network)
		}
	}
	flink := Figure{Name: "Flink memory", Key: tmOptions.flink.Key}
	if ok {
		others = append(others, *d.network)
		flink.Bytes, ok = sumBytes(others...)
	}
	if !ok {
		return Figure{}, d.fail("lower them", "%s with network memory exceed what 64 bits can count", describeAll(others))
	}
	sizes := make([]string, len(others))
	for i, f := range others {
		sizes[i] = f.size()
	}
	flink.Reason = strings.Join(sizes, " + ")
	return flink, nil
}

// divideFlink divides a known Flink memory: the rest goes to the network if the
// task heap is configured, else to the task heap.
func (d *taskManagerDerivation) divideFlink(flink Figure) error {
	if d.managed == nil {
		managed := d.managedFraction.of(flink.Bytes)
		managed.Key = tmManaged.Key
		d.managed = &managed
	}
	if d.taskHeap != nil {
		return d.networkRest(flink)
	}
	if d.network == nil {
		network := d.networkFraction.of(flink.Bytes)
		d.network = &network
		d.warnCapped(d.networkFraction, network)
	}
	others := d.partsBeside("task heap")
	rest, ok := subtractBytes(flink.Bytes, others...)
	if !ok {
		return d.fail(d.raiseTotal(d.fits), "%s exceed %s", describeAll(others), flink.describe())
	}
	d.taskHeap = &Figure{Name: "task heap", Key: tmTaskHeap.Key, Bytes: rest, Reason: "the rest of " + flink.size()}
	return nil
}

// networkRest gives the network what the other parts leave of Flink's memory.
func (d *taskManagerDerivation) networkRest(flink Figure) error {
	others := d.partsBeside("network memory")
	rest, ok := subtractBytes(flink.Bytes, others...)
	if !ok {
		return d.fail(d.taskHeapAdvice(flink), "%s exceed %s", describeAll(others), flink.describe())
	}
	network := Figure{Name: "network memory", Bytes: rest, Reason: "the rest of " + flink.size()}
	switch want := d.network; {
	case want != nil && want.Bytes != rest:
		return d.fail(d.taskHeapAdvice(flink), "%s minus %s leaves %s for the network, not %s",
			flink.describe(), describeAll(others), sizeText(rest), want.describe())
	case want == nil && !d.networkFraction.contains(rest):
		low, high := d.networkFraction.min, d.networkFraction.max
		return d.fail(d.taskHeapAdvice(flink), "%s minus %s leaves %s for the network, which must be between %s (%s) and %s (%s)",
			flink.describe(), describeAll(others), sizeText(rest), sizeText(low.Bytes), low.Reason, sizeText(high.Bytes), high.Reason)
	case want == nil:
		d.warnFractionUnused(d.networkFraction, network, flink.Bytes)
	}
	d.network = &network
	return nil
}

// networkBounds returns what the network needs and may have at most.
func (d *taskManagerDerivation) networkBounds() (low, high int64) {
	if d.countsBuffers() {
		return d.network.Bytes, d.network.Bytes
	}
	return d.networkFraction.min.Bytes, d.networkFraction.max.Bytes
}

// taskHeapAdvice says which task heap would leave the network its due.
func (d *taskManagerDerivation) taskHeapAdvice(flink Figure) string {
	low, high := d.networkBounds()
	room, ok := subtractBytes(flink.Bytes, d.frameworkHeap, d.frameworkOffHeap, d.taskOffHeap, *d.managed, Figure{Bytes: low})
	if !ok {
		return d.raiseTotal(d.fits)
	}
	least := max(0, room-(high-low))
	return fmt.Sprintf("set %s to %s, or leave it unset to have it derived", tmTaskHeap.Key, between(least, room))
}

// fits tells whether so much Flink memory is enough for the parts whose size
// doesn't follow from the rest.
func (d *taskManagerDerivation) fits(flink int64) bool {
	parts := []Figure{d.frameworkHeap, d.frameworkOffHeap, d.taskOffHeap}
	if d.isSet(tmManaged) {
		parts = append(parts, *d.managed)
	} else {
		parts = append(parts, d.managedFraction.of(flink))
	}
	switch low, _ := d.networkBounds(); {
	case d.isSet(tmTaskHeap):
		parts = append(parts, *d.taskHeap, Figure{Bytes: low})
	case d.countsBuffers():
		parts = append(parts, *d.network)
	default:
		parts = append(parts, d.networkFraction.of(flink))
	}
	_, ok := subtractBytes(flink, parts...)
	return ok
}

// partsBeside returns the parts that are known, without the named one.
func (d *taskManagerDerivation) partsBeside(name string) []Figure {
	parts := []Figure{d.frameworkHeap, d.frameworkOffHeap, d.taskOffHeap}
	for _, f := range []*Figure{d.taskHeap, d.managed, d.network} {
		if f != nil && f.Name != name {
			parts = append(parts, *f)
		}
	}
	return parts
}

func describeAll(figures []Figure) string {
	texts := make([]string, len(figures))
	for i, f := range figures {
		texts[i] = f.describe()
	}
	last := len(texts) - 1
	return strings.Join(texts[:last], ", ") + " and " + texts[last]
}

// HeapBytes returns framework and task heap: the JVM's.
func (m TaskManagerMemory) HeapBytes() int64 { return m.FrameworkHeapBytes + m.TaskHeapBytes }

// DirectBytes returns the limit of direct memory: both off-heap parts and the network.
func (m TaskManagerMemory) DirectBytes() int64 {
	return m.FrameworkOffHeapBytes + m.TaskOffHeapBytes + m.NetworkBytes
}

// JVMArgs returns the memory arguments of a TaskManager's java command. On YARN
// the JobManager makes that command; these are for showing.
func (m TaskManagerMemory) JVMArgs() string {
	return fmt.Sprintf("-Xmx%d -Xms%[1]d -XX:MaxDirectMemorySize=%d -XX:MaxMetaspaceSize=%d",
		m.HeapBytes(), m.DirectBytes(), m.MetaspaceBytes)
}

// ContainerMB returns the whole MiB in TotalBytes: the container the JobManager
// asks for, before YARN rounds up.
func (m TaskManagerMemory) ContainerMB() int64 { return m.TotalBytes / mebibyte }

// Reasons returns every figure of the model with the reason for its value,
// totals first.
func (m TaskManagerMemory) Reasons() []Figure { return slices.Clone(m.figures) }
