package hdfs

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// lostExpiry is how long a DataNode that failed is not asked for.
// Java: dfs.client.write.exclude.nodes.cache.expiry.interval.millis.
const lostExpiry = 10 * time.Minute

// lostHosts are the hosts of DataNodes that failed lately. The zero value is empty;
// it is safe for concurrent use.
type lostHosts struct {
	mu    sync.Mutex
	until map[string]time.Time
}

func (l *lostHosts) add(hosts ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.until == nil {
		l.until = map[string]time.Time{}
	}
	for _, host := range hosts {
		l.until[host] = time.Now().Add(lostExpiry)
	}
}

// list returns the hosts as WebHDFS wants them, "" for none.
func (l *lostHosts) list() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var hosts []string
	for host, until := range l.until {
		if time.Now().Before(until) {
			hosts = append(hosts, host)
		}
	}
	slices.Sort(hosts)
	return strings.Join(hosts, ",")
}

func (l *lostHosts) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.until)
}
