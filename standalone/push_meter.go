package standalone

import (
	"slices"
	"sync"
)

// pushMeter counts what goes out to all hosts, and tells of it. It is safe for
// concurrent use.
type pushMeter struct {
	tell func(PushProgress) // nil tells nobody

	mu          sync.Mutex
	unasked     int // hosts of which it is not known what they lack
	done, total int64
	hosts       []*pushedBytes // in the order they began
}

// pushedBytes counts those of one host, as a writer.
type pushedBytes struct {
	HostProgress
	meter *pushMeter
}

func (m *pushMeter) expect(hosts int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.unasked = hosts
}

// asked says that one more host is known, and how many bytes it lacks.
func (m *pushMeter) asked(bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.unasked--
	m.total += bytes
}

func (m *pushMeter) begin(host string, bytes int64) *pushedBytes {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := &pushedBytes{HostProgress{Host: host, Total: bytes}, m}
	m.hosts = append(m.hosts, p)
	return p
}

// Write counts what is written and never fails. Whoever is told holds up this
// host and all others: it has to be quick.
func (p *pushedBytes) Write(b []byte) (int, error) {
	m := p.meter
	m.mu.Lock()
	defer m.mu.Unlock()
	p.Done += int64(len(b))
	m.done += int64(len(b))
	if m.tell == nil {
		return len(b), nil
	}
	progress := PushProgress{Done: m.done, Total: m.total, Complete: m.unasked == 0}
	for _, h := range m.hosts {
		progress.Hosts = append(progress.Hosts, h.HostProgress)
	}
	m.tell(progress)
	return len(b), nil
}

// end forgets a host; without success what is left of it is not expected any more.
func (m *pushMeter) end(p *pushedBytes, success bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !success {
		m.total -= p.Total - p.Done
	}
	m.hosts = slices.DeleteFunc(m.hosts, func(other *pushedBytes) bool { return other == p })
}
