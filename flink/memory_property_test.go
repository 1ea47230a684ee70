package flink

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var memoryKeys = map[string][]string{
	"jobmanager": {"process.size", "flink.size", "heap.size", "off-heap.size", "jvm-metaspace.size", "jvm-overhead.min", "jvm-overhead.max", "jvm-overhead.fraction"},
	"taskmanager": {"process.size", "flink.size", "framework.heap.size", "framework.off-heap.size", "task.heap.size", "task.off-heap.size",
		"managed.size", "managed.fraction", "network.min", "network.max", "network.fraction", "jvm-metaspace.size", "jvm-overhead.min", "jvm-overhead.max", "jvm-overhead.fraction"},
}

// randomMemory sets some keys to plausible sizes and a few to extreme ones.
func randomMemory(r *rand.Rand) *Configuration {
	c := NewConfiguration()
	for prefix, keys := range memoryKeys {
		for _, key := range keys {
			if r.IntN(4) != 0 {
				continue
			}
			value := fmt.Sprint(r.Int64N(16 * gibibyte))
			switch {
			case strings.HasSuffix(key, "fraction"):
				value = fmt.Sprintf("%.3f", r.Float64()*0.999)
			case r.IntN(40) == 0:
				value = fmt.Sprint(math.MaxInt64 - r.Int64N(4))
			case strings.HasSuffix(key, "off-heap.size") || strings.HasSuffix(key, ".min"):
				value = fmt.Sprint(r.Int64N(512 * mebibyte))
			}
			c.Set(prefix+".memory."+key, value, "random")
		}
	}
	return c
}

func randomMemories(t *testing.T, check func(t *testing.T, c *Configuration)) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 4000 {
		c := randomMemory(r)
		check(t, c)
		if t.Failed() {
			t.Fatalf("configuration %d: %v", i, c.WithPrefix(""))
		}
	}
}

func TestJobManagerMemoryAddsUp(t *testing.T) {
	v, derived := memoryVersion(t, "1.20.5"), 0
	randomMemories(t, func(t *testing.T, c *Configuration) {
		m, err := DeriveJobManagerMemory(c, v, LegacyEnv{})
		if err != nil {
			return
		}
		derived++
		checkAddsUp(t, m.Reasons(), m.FlinkBytes, m.HeapBytes, m.OffHeapBytes)
		checkAddsUp(t, nil, m.TotalBytes, m.FlinkBytes, m.MetaspaceBytes, m.OverheadBytes)
		checkTotalKept(t, c, "jobmanager", m.TotalBytes, m.FlinkBytes)

		// The JobManager's main class must read the same model from its arguments.
		again, err := DeriveJobManagerMemory(dynamicConfiguration(m.DynamicArgs()), v, LegacyEnv{})
		if err != nil || again.JVMArgs() != m.JVMArgs() || again.TotalBytes != m.TotalBytes {
			t.Errorf("%s gives %s, %v; want %s", m.DynamicArgs(), again.JVMArgs(), err, m.JVMArgs())
		}
	})
	if derived < 500 {
		t.Errorf("only %d configurations gave a model", derived)
	}
}

func TestTaskManagerMemoryAddsUp(t *testing.T) {
	v, derived := memoryVersion(t, "2.2.1"), 0
	randomMemories(t, func(t *testing.T, c *Configuration) {
		m, err := DeriveTaskManagerMemory(c, v, LegacyEnv{})
		if err != nil {
			return
		}
		derived++
		checkAddsUp(t, m.Reasons(), m.FlinkBytes, m.FrameworkHeapBytes, m.TaskHeapBytes, m.FrameworkOffHeapBytes, m.TaskOffHeapBytes, m.NetworkBytes, m.ManagedBytes)
		checkAddsUp(t, nil, m.TotalBytes, m.FlinkBytes, m.MetaspaceBytes, m.OverheadBytes)
		checkAddsUp(t, nil, m.FlinkBytes, m.HeapBytes(), m.DirectBytes(), m.ManagedBytes)
		checkTotalKept(t, c, "taskmanager", m.TotalBytes, m.FlinkBytes)
	})
	if derived < 300 {
		t.Errorf("only %d configurations gave a model", derived)
	}
}

func checkAddsUp(t *testing.T, reasons []Figure, total int64, parts ...int64) {
	t.Helper()
	var sum int64
	for _, p := range parts {
		if p < 0 || p > total {
			t.Errorf("part %d of %d", p, total)
		}
		sum += p
	}
	if sum != total {
		t.Errorf("%v are %d, want %d", parts, sum, total)
	}
	for _, f := range reasons {
		if f.Name == "" || f.Reason == "" {
			t.Errorf("figure without name or reason: %+v", f)
		}
	}
}

// checkTotalKept holds that a configured total is never changed.
func checkTotalKept(t *testing.T, c *Configuration, prefix string, total, flink int64) {
	t.Helper()
	if s := c.Get(prefix + ".memory.process.size"); s != "" && s != fmt.Sprint(total) {
		t.Errorf("process memory %s became %d", s, total)
	}
	if s := c.Get(prefix + ".memory.flink.size"); s != "" && s != fmt.Sprint(flink) {
		t.Errorf("Flink memory %s became %d", s, flink)
	}
}

func dynamicConfiguration(args string) *Configuration {
	c := NewConfiguration()
	for pair := range strings.SplitSeq(strings.TrimPrefix(args, "-D "), " -D ") {
		key, value, _ := strings.Cut(pair, "=")
		c.Set(key, value, "-D")
	}
	return c
}

var (
	adviceAtLeast = regexp.MustCompile(`set (\S+) to at least (\d+[bkmg])`)
	adviceBetween = regexp.MustCompile(`set (\S+) to (?:between )?(\d+[bkmg]?)`)
)

// Whoever follows a hint must not meet the same error again.
func TestMemoryHintsHelp(t *testing.T) {
	v, followed := memoryVersion(t, "1.16.3"), 0
	follow := func(t *testing.T, c *Configuration, derive func(*Configuration) error) {
		var refused, again *MemoryError
		if !errors.As(derive(c), &refused) {
			return
		}
		advice := adviceAtLeast.FindStringSubmatch(refused.Hint())
		whole := advice != nil // then everything fits, not only the part that didn't
		if !whole {
			advice = adviceBetween.FindStringSubmatch(refused.Hint())
		}
		if advice == nil {
			return
		}
		followed++
		c = c.Clone()
		c.Set(advice[1], advice[2], "hint")
		if errors.As(derive(c), &again) && (again.Error() == refused.Error() || again.Hint() == refused.Hint()) {
			t.Errorf("%v\nhint: %s\nfollowed: %v", refused, refused.Hint(), again)
		}
	}
	randomMemories(t, func(t *testing.T, c *Configuration) {
		follow(t, c, func(c *Configuration) error { _, err := DeriveJobManagerMemory(c, v, LegacyEnv{}); return err })
		follow(t, c, func(c *Configuration) error { _, err := DeriveTaskManagerMemory(c, v, LegacyEnv{}); return err })
	})
	if followed < 300 {
		t.Errorf("only %d hints to follow", followed)
	}
}

// A TaskManager's model doesn't depend on how its sizes are written.
func TestMemoryUnitsDontMatter(t *testing.T) {
	v := memoryVersion(t, "1.20.5")
	want, err := DeriveTaskManagerMemory(taskManagerConfig("process.size", "4g"), v, LegacyEnv{})
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []string{"4 gb", "4096MB", "4194304 kibibytes", "4294967296"} {
		m, err := DeriveTaskManagerMemory(taskManagerConfig("process.size", size), v, LegacyEnv{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.Reasons(), m.Reasons()); diff != "" {
			t.Errorf("%s: %s", size, diff)
		}
	}
}

func FuzzDeriveMemory(f *testing.F) {
	f.Add("1600m", "", "0.1", "1g")
	f.Add("", "9223372036854775807", "0.99999994", "0")
	f.Add("1728m", "1g", "NaN", "8388607t")
	f.Add("4g", "1t", "1e-45", "9223372036854775807")
	v := memoryVersion(f, "1.20.5")
	f.Fuzz(func(t *testing.T, total, heap, fraction, limit string) {
		c := NewConfiguration()
		for _, prefix := range []string{"jobmanager.memory.", "taskmanager.memory."} {
			for key, value := range map[string]string{
				"process.size": total, "heap.size": heap, "task.heap.size": heap,
				"jvm-overhead.fraction": fraction, "network.fraction": fraction, "managed.fraction": fraction,
				"jvm-overhead.max": limit, "network.max": limit,
			} {
				if value != "" {
					c.Set(prefix+key, value, "fuzz")
				}
			}
		}
		if m, err := DeriveJobManagerMemory(c, v, LegacyEnv{}); err == nil {
			checkAddsUp(t, m.Reasons(), m.TotalBytes, m.HeapBytes, m.OffHeapBytes, m.MetaspaceBytes, m.OverheadBytes)
		}
		if m, err := DeriveTaskManagerMemory(c, v, LegacyEnv{}); err == nil {
			checkAddsUp(t, m.Reasons(), m.TotalBytes, m.HeapBytes(), m.DirectBytes(), m.ManagedBytes, m.MetaspaceBytes, m.OverheadBytes)
		}
	})
}
