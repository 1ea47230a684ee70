package submit

import (
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/hadoop"
)

func TestTokenRenewer(t *testing.T) {
	for name, c := range map[string]struct {
		properties map[string]string
		want       string
		wrong      string
	}{
		"as it stands": {map[string]string{"yarn.resourcemanager.principal": "rm/a.example.org@EXAMPLE.ORG", "yarn.resourcemanager.hostname": "b"}, "rm/a.example.org@EXAMPLE.ORG", ""},
		"by the host":  {map[string]string{"yarn.resourcemanager.principal": "rm/_HOST@EXAMPLE.ORG", "yarn.resourcemanager.hostname": "Master.example.org"}, "rm/master.example.org@EXAMPLE.ORG", ""},
		"the first of two": {map[string]string{"yarn.resourcemanager.principal": "rm/_HOST@EXAMPLE.ORG", "yarn.resourcemanager.ha.enabled": "true", "yarn.resourcemanager.ha.rm-ids": "x,y",
			"yarn.resourcemanager.hostname.x": "one.example.org", "yarn.resourcemanager.hostname.y": "two.example.org"}, "rm/one.example.org@EXAMPLE.ORG", ""},
		"none": {map[string]string{"yarn.resourcemanager.hostname": "b"}, "", "yarn.resourcemanager.principal is not set"},
	} {
		t.Run(name, func(t *testing.T) {
			client := &Client{options: Options{Hadoop: hadoop.NewConfiguration(c.properties)}}
			got, err := client.tokenRenewer()
			if got != c.want || (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%q (%v), want %q", got, err, c.want)
			}
		})
	}
}

// An application gets a token of every file system that it reads, and one of each.
func TestTokenRoots(t *testing.T) {
	client := &Client{options: Options{Hadoop: hadoop.NewConfiguration(map[string]string{"fs.defaultFS": "hdfs://main:8020"})}}
	conf := flink.NewConfiguration()
	conf.Set("security.kerberos.access.hadoopFileSystems", "hdfs://third:8020;hdfs://main:8020/data", flink.Origin("-D"))
	p := &Plan{StagingBase: "hdfs://main:8020/user/alice/.flink", configuration: conf, Resources: []PlannedResource{
		{Class: Remote, Source: "hdfs://other:8020/lib/a.jar"}, {Class: Remote, Source: "hdfs://main:8020/lib/b.jar"}, {Class: Cached, Source: "/opt/c.jar"}}}
	got, err := client.tokenRoots(p)
	want := []string{"hdfs://main:8020", "hdfs://third:8020", "hdfs://other:8020"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// The first token to end is the one that counts; one that ends within a day is warned of.
func TestCredentialsEnd(t *testing.T) {
	var log strings.Builder
	l := &launch{client: &Client{options: Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}}}
	now := time.Now().Truncate(time.Millisecond)
	for _, left := range []time.Duration{7 * 24 * time.Hour, 2 * time.Hour, 48 * time.Hour} {
		if err := l.note("hdfs://main:8020", tokenUntil(now.Add(left))); err != nil {
			t.Fatal(err)
		}
	}
	if !l.credentialsEnd.Equal(now.Add(2 * time.Hour)) {
		t.Errorf("they end %s, want %s", l.credentialsEnd, now.Add(2*time.Hour))
	}
	if text := log.String(); strings.Count(text, "level=WARN") != 1 || !strings.Contains(text, "dfs.namenode.delegation.token.max-lifetime") {
		t.Errorf("said: %s", text)
	}
	l.client.options.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	if err := l.note("hdfs://main:8020", hadoop.Token{Identifier: []byte{0, 3, 'b', 'o'}}); err == nil {
		t.Error("a token that is cut off is taken")
	}
}

// tokenUntil has an identifier of HDFS, for alice.
func tokenUntil(end time.Time) hadoop.Token {
	id := append([]byte{0, 5}, "alice"...)
	id = append(id, 0, 0) // nobody renews it, and nobody acts for her
	for _, at := range []time.Time{end.Add(-time.Hour), end} {
		id = append(id, 0x88) // a length of eight bytes
		for shift := 56; shift >= 0; shift -= 8 {
			id = append(id, byte(at.UnixMilli()>>shift))
		}
	}
	return hadoop.Token{Identifier: id, Kind: "HDFS_DELEGATION_TOKEN"}
}
