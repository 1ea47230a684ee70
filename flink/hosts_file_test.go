package flink

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const hostsText = "# the cluster\nnode-1:8081  # the first\n\n/rack-2/node-2\nlocalhost\nlocalhost\n  node-3\n[fd00::1]:9000\nfd00::2\n# the end\n"

func TestHosts(t *testing.T) {
	got, err := ParseHostsFile([]byte(hostsText)).Hosts()
	if err != nil {
		t.Fatal(err)
	}
	want := []HostLine{{"node-1", 8081}, {"node-2", 0}, {"localhost", 0}, {"localhost", 0}, {"node-3", 0}, {"fd00::1", 9000}, {"fd00::2", 0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, bad := range []string{"a b\n", "a:x\n", "a:70000\n", "$(reboot)\n", "a;b\n", "-oProxyCommand=x\n", "user@host\n"} {
		if got, err := ParseHostsFile([]byte(bad)).Hosts(); err == nil {
			t.Errorf("%q: got %v, want an error", bad, got)
		}
	}
}

func TestHostsFileKeepsWhatIsNotChanged(t *testing.T) {
	f := ParseHostsFile([]byte(hostsText))
	if diff := cmp.Diff(hostsText, string(f.Content())); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	f.Add(HostLine{Host: "node-4"})
	if !f.Remove(HostLine{Host: "localhost"}) || !f.Remove(HostLine{"node-1", 8081}) || f.Remove(HostLine{Host: "node-9"}) || f.Remove(HostLine{"fd00::1", 9001}) {
		t.Error("what Remove says is wrong")
	}
	want := "# the cluster\n\n/rack-2/node-2\nlocalhost\n  node-3\n[fd00::1]:9000\nfd00::2\nnode-4\n# the end\n"
	if diff := cmp.Diff(want, string(f.Content())); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	empty := ParseHostsFile(nil)
	empty.Add(HostLine{Host: "a", WebUIPort: 8081})
	if got := string(empty.Content()); got != "a:8081\n" {
		t.Errorf("got %q", got)
	}
}
