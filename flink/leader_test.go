package flink

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// javaUUID is a java.util.UUID as ObjectOutputStream writes it.
const javaUUID = "7372000e6a6176612e7574696c2e55554944bc9903f7986d852f0200024a000c6c65617374536967426974734a000b6d6f7374536967426974737870a1b2c3d4e5f607080102030405060708"

func TestParseLeader(t *testing.T) {
	long := "http://" + strings.Repeat("h", 300) + ":8081"
	for name, c := range map[string]struct {
		data, want string
		wrong      bool
	}{
		"none":          {"", "", false},
		"an address":    {"aced00057717" + "0015" + hex.EncodeToString([]byte("http://localhost:8081")) + javaUUID, "http://localhost:8081", false},
		"a long one":    {"aced00057a0000013a" + "0138" + hex.EncodeToString([]byte(long)) + javaUUID, long, false},
		"not Java":      {hex.EncodeToString([]byte("http://localhost:8081")), "", true},
		"header only":   {"aced0005", "", true},
		"another thing": {"aced000574000161", "", true},
		"cut":           {"aced00057717001568747470", "", true},
	} {
		data, err := hex.DecodeString(c.data)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseLeader(data)
		if got != c.want || (err != nil) != c.wrong {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func FuzzParseLeader(f *testing.F) {
	f.Add([]byte("\xac\xed\x00\x05\x77\x03\x00\x01a"))
	f.Add([]byte("\xac\xed\x00\x05\x7a\x00\x00\x00\x03\x00\x01a"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if address, _ := ParseLeader(data); len(address) > len(data) {
			t.Errorf("%q from %d bytes", address, len(data))
		}
	})
}

func TestLeaderNodes(t *testing.T) {
	c := NewConfiguration()
	if diff := cmp.Diff([]string{"/flink/default/leader/rest_server/connection_info", "/flink/default/leader/rest_server_lock"}, LeaderNodes(c)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	c.Set("recovery.zookeeper.path.root", "/a//", "test")
	c.Set("high-availability.cluster-id", "/b/c", "test")
	c.Set("recovery.zookeeper.path.leader", "/lead", "test")
	if diff := cmp.Diff([]string{"/a/b/c/leader/rest_server/connection_info", "/a/b/c/lead/rest_server_lock"}, LeaderNodes(c)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	c.Set("recovery.zookeeper.quorum", " a:1, ,b,", "test")
	if diff := cmp.Diff([]string{"a:1", "b"}, ZooKeeperServers(c)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
