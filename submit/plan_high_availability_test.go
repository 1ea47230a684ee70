package submit

import "testing"

func TestPlanHighAvailability(t *testing.T) {
	with := func(more ...string) map[string]string {
		m := map[string]string{
			"high-availability.type": "zookeeper", "high-availability.storageDir": "hdfs:///ha", "high-availability.zookeeper.quorum": "zk:2181",
		}
		for i := 0; i < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	const (
		interval = "yarn.application-attempt-failures-validity-interval"
		id       = "high-availability.cluster-id"
		storage  = "high-availability.storageDir"
	)
	testPlans(t, []planCase{
		{name: "whole", set: with()},
		{name: "by the oldest keys", set: map[string]string{
			"recovery.mode": "zookeeper", "recovery.zookeeper.quorum": "zk:2181", "recovery.zookeeper.storageDir": "hdfs:///ha",
		}, check: func(t *testing.T, p *Plan) {
			if !p.KeepContainers || p.MaxAttempts != 2 {
				t.Errorf("keeps containers %v, %d attempts", p.KeepContainers, p.MaxAttempts)
			}
		}},
		{name: "by the old keys", set: map[string]string{
			"high-availability": "ZooKeeper", "high-availability.zookeeper.quorum": "zk:2181", "high-availability.zookeeper.storageDir": "hdfs:///ha",
		}},
		{name: "nothing but the mode", set: map[string]string{"high-availability.type": "zookeeper"}, problems: []string{
			"no ZooKeeper is named|high-availability.zookeeper.quorum|high-availability.type from -D",
			"no folder for the metadata|high-availability.storageDir",
		}},
		{name: "a quorum of nobody", set: with("high-availability.zookeeper.quorum", " , "), problems: []string{"no ZooKeeper is named"}},
		{name: "a local folder", set: with(storage, "file:///ha"), warnings: []string{"file:///ha|a folder of the node"}},
		{name: "a folder without scheme", set: with(storage, "/ha"), warnings: []string{"/ha|name it in HDFS"}},
		{name: "a folder of the default scheme", set: with(storage, "/ha", "fs.default-scheme", "hdfs://nn")},
		{name: "by Kubernetes", set: with("high-availability.type", "kubernetes"), problems: []string{"Kubernetes|use zookeeper"}},
		{name: "by a class of one's own", set: map[string]string{"high-availability.type": "org.example.Factory", storage: "hdfs:///ha"}},
		{name: "an id of one's own", set: with(id, "mine"), warnings: []string{`"mine"|high-availability.cluster-id from -D|without it each application has its own`}},
		{name: "an id that is the root", set: with(id, "/"), problems: []string{"share their data"}},
		{name: "an id that leads out", set: with(id, "../other"), problems: []string{`"../other"|name another`}},
		{name: "ZooKeeper's own node", set: with(id, "zookeeper"), problems: []string{"its own data"}},
		{name: "an interval without it", set: map[string]string{interval: "5000"}, warnings: []string{interval + "|no effect"}},
		{name: "an interval too short to fail in", set: with(interval, "5000"), warnings: []string{"5s|again and again"}},
		{name: "all failures count", set: with(interval, "-1")},
		{name: "attempts without it", set: map[string]string{"yarn.application-attempts": "2"}, warnings: []string{"2 application attempts|set high-availability.type"}},
	})
}
